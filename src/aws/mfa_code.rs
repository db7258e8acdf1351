//! The code of an MFA device: it is typed once, sent once, and shown nowhere.

/// The six digits that an MFA device shows. It never prints itself.
#[derive(Clone, PartialEq, Eq)]
pub struct MfaCode(String);

/// The text is not six ASCII digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the code of an MFA device has six digits")]
pub struct NotAnMfaCode;

impl MfaCode {
    /// How many digits a code has.
    pub const DIGITS: usize = 6;
}

impl std::fmt::Debug for MfaCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MfaCode(…)")
    }
}

impl std::str::FromStr for MfaCode {
    type Err = NotAnMfaCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_code = text.len() == Self::DIGITS && text.bytes().all(|b| b.is_ascii_digit());
        if is_code { Ok(Self(text.to_owned())) } else { Err(NotAnMfaCode) }
    }
}

impl MfaCode {
    /// The digits, for the one call that they are made for.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// `text` without the code.
    pub(super) fn hidden_in(&self, text: &str) -> String {
        hide_digits(&self.0, text)
    }
}

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
    Typed(&'a MfaCode),
    NotYetTyped,
    NeverAskedFor,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_hidden_wherever_it_stands_by_itself() {
        let code: MfaCode = "123456".parse().unwrap();
        for (said, shown) in [
            ("Value '123456' at 'tokenCode'", "Value '…' at 'tokenCode'"),
            ("123456", "…"),
            ("code=123456&x=123456", "code=…&x=…"),
            ("account 123456789012", "account 123456789012"),
            ("0123456 and 12345 6", "0123456 and 12345 6"),
            ("ü123456ü", "ü…ü"),
        ] {
            assert_eq!(code.hidden_in(said), shown);
        }
        assert!(!format!("{code:?}{:?}", Code::Typed(&code)).contains("123456"));
    }

    #[test]
    fn only_six_digits_are_a_code() {
        for wrong in ["", "12345", "1234567", "12345a", " 123456", "１２３４５６"] {
            assert!(wrong.parse::<MfaCode>().is_err(), "{wrong}");
        }
    }
}
