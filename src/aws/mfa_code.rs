//! What is known of the code of an MFA device, and how it is kept out of what is shown.

use crate::checklist::OneTimeCode;

/// `text` without `code`, wherever it stands as a number of its own: words from outside may repeat what they were told.
pub(super) fn hide_digits(code: &str, text: &str) -> String {
    let digits: Vec<char> = code.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let is_digit = |at: Option<&char>| at.is_some_and(char::is_ascii_digit);
    let (mut shown, mut at) = (String::new(), 0);
    while at < text.len() {
        let end = at + digits.len();
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        if text[at..].starts_with(&digits) && !is_digit(before) && !is_digit(text.get(end)) {
            shown.push('…');
            at = end;
        } else {
            shown.push(text[at]);
            at += 1;
        }
    }
    shown
}

/// What is known of the code that a role may ask for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Code<'a> {
    Typed(&'a OneTimeCode),
    NotYetTyped,
    NeverAskedFor,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_hidden_wherever_it_stands_by_itself() {
        let code: OneTimeCode = "123456".parse().unwrap();
        for (said, shown) in [
            ("Value '123456' at 'tokenCode'", "Value '…' at 'tokenCode'"),
            ("123456", "…"),
            ("code=123456&x=123456", "code=…&x=…"),
            ("account 123456789012", "account 123456789012"),
            ("0123456 and 12345 6", "0123456 and 12345 6"),
            ("ü123456ü", "ü…ü"),
        ] {
            assert_eq!(hide_digits(code.as_str(), said), shown);
        }
        assert!(!format!("{code:?}{:?}", Code::Typed(&code)).contains("123456"));
    }
}
