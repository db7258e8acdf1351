//! Keeps foreign text from being markup in Markdown, in a ticket as much as in a file.

/// `text` as it reads, whatever is in it: nothing in it becomes markup, HTML or a link.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    let mut characters = text.chars().peekable();
    let mut is_start = true;
    while let Some(character) = characters.next() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '^' | '{' | '}' | '@' | '#' | '!' => {
                escaped.push('\\');
                escaped.push(character);
            }
            // Headings, lists and rules are only that at the beginning of a line; links are made of what looks like an address.
            '+' | '-' | '=' if is_start => {
                escaped.push('\\');
                escaped.push(character);
            }
            ':' if characters.peek() == Some(&'/') => escaped.push_str("\\:"),
            '.' if ends_with_www(&escaped) || is_number(&escaped) => escaped.push_str("\\."),
            ')' if is_number(&escaped) => escaped.push_str("\\)"),
            other => escaped.push(other),
        }
        is_start = is_start && character == ' ';
    }
    escaped
}

fn ends_with_www(text: &str) -> bool {
    text.len().checked_sub(3).and_then(|from| text.get(from..)).is_some_and(|end| end.eq_ignore_ascii_case("www"))
}

/// Whether all of it so far would be the number of a list.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() < 10 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `text` as code, with a fence that no backtick in it closes.
#[must_use]
pub fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let needs_room = text.starts_with('`') || text.ends_with('`') || text.trim().is_empty();
    let room = if needs_room { " " } else { "" };
    format!("{fence}{room}{text}{room}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup() {
        for (text, escaped) in [
            ("plain words, nothing else.", "plain words, nothing else."),
            ("*a* _b_ `c`", r"\*a\* \_b\_ \`c\`"),
            ("[x](https://evil.example)", r"\[x\](https\://evil.example)"),
            ("![x](y)", r"\!\[x\](y)"),
            ("<img src=x>", "&lt;img src=x&gt;"),
            ("a | b", r"a \| b"),
            ("# no heading", r"\# no heading"),
            ("1. no list", r"1\. no list"),
            ("- no list", r"\- no list"),
            ("www.evil.example", r"www\.evil.example"),
            ("&lt;", "&amp;lt;"),
            ("@owner #12", r"\@owner \#12"),
        ] {
            assert_eq!(escape(text), escaped);
        }
    }

    #[test]
    fn code_ends_where_it_should_whatever_is_in_it() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`"), "`` ` ``");
    }
}
