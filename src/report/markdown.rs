//! Keeps foreign text from being markup in Markdown, in a ticket as much as in a file.

/// `text` as it reads, whatever is in it: nothing in it becomes markup, HTML or a link.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    let mut characters = text.chars().peekable();
    let mut is_start = true;
    while let Some(character) = characters.next() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '^' | '{' | '}' | '#' | '!' => {
                escaped.push('\\');
                escaped.push(character);
            }
            // A backslash does not keep a ticket from calling the person; code does. In an address it calls nobody.
            '@' => {
                let calls = !escaped.ends_with(char::is_alphanumeric) && characters.peek().is_some_and(|c| c.is_alphanumeric());
                escaped.push_str(if calls { "`@`" } else { "\\@" });
            }
            // Headings, lists and rules are only that at the beginning of a line; links are made of what looks like an address.
            '+' | '-' | '=' if is_start => {
                escaped.push('\\');
                escaped.push(character);
            }
            ':' if characters.peek() == Some(&'/') || ends_with_scheme(&escaped) => escaped.push_str("\\:"),
            '.' if ends_with_www(&escaped) || is_number(&escaped) => escaped.push_str("\\."),
            ')' if is_number(&escaped) => escaped.push_str("\\)"),
            other => escaped.push(other),
        }
        is_start = is_start && character == ' ';
    }
    escaped
}

/// Whether a colon would now begin an address without slashes, of which readers make a link.
///
/// Source: GitHub Flavored Markdown specification, Autolinks (extension).
fn ends_with_scheme(text: &str) -> bool {
    let word = text.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    ["mailto", "xmpp", "tel", "sms", "javascript", "data"].iter().any(|scheme| word.eq_ignore_ascii_case(scheme))
}

fn ends_with_www(text: &str) -> bool {
    text.len().checked_sub(3).and_then(|from| text.get(from..)).is_some_and(|end| end.eq_ignore_ascii_case("www"))
}

/// Whether all of it so far would be the number of a list.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() < 10 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `text`, which is one line, for a message that is read as it stands as often as through Markdown: only what would be markup is escaped, so
/// that ordinary names stay as they are.
///
/// What would call somebody (`@owner`) becomes code: where such calls are answered, a backslash does not stop them.
/// Source: <https://github.com/github/cmark-gfm/issues/389>.
pub(crate) fn without_markup(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut plain = String::with_capacity(text.len());
    let mut code_ends = 0;
    for (at, &character) in characters.iter().enumerate() {
        if at < code_ends {
            continue;
        }
        if let Some(length) = mention(&characters, at) {
            code_ends = at + length;
            plain.extend(std::iter::once(&'`').chain(&characters[at..code_ends]).chain(&['`']));
            continue;
        }
        let before = at.checked_sub(1).and_then(|at| characters.get(at)).copied();
        let after = characters.get(at + 1).copied();
        let opens = before.is_none_or(char::is_whitespace);
        let is_edge = |side: Option<char>| side.is_none_or(|c| !c.is_alphanumeric());
        let marks = match character {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '|' | '~' | '#' | '&' | '!' => true,
            '_' => is_edge(before) || is_edge(after),
            // A wrapped line may begin here, and a list or an underline with it.
            '-' | '+' | '=' => opens,
            '.' | ')' => begins_a_list(&characters[..at]) && after.is_none_or(char::is_whitespace),
            // Readers make links of addresses.
            ':' => after == Some('/') || ends_with_scheme(&plain),
            _ => false,
        };
        if marks || (character == '.' && www_before(&characters[..at])) {
            plain.push('\\');
        }
        plain.push(character);
    }
    plain
}

/// How many characters from `at` on call somebody. An `@` within a word, as in the address of a mailbox, calls nobody.
fn mention(characters: &[char], at: usize) -> Option<usize> {
    let before = at.checked_sub(1).and_then(|at| characters.get(at));
    if characters[at] != '@' || before.is_some_and(|&c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let name = characters[at + 1..].iter().take_while(|c| c.is_alphanumeric() || "-_./@".contains(**c)).count();
    (name > 0).then_some(name + 1)
}

/// Whether a full stop or a bracket would now make a number out of the word that ends here. In the midst of a paragraph only 1 does.
fn begins_a_list(before: &[char]) -> bool {
    let from = before.iter().rposition(|c| c.is_whitespace()).map_or(0, |at| at + 1);
    let word = &before[from..];
    word == ['1'] || (from == 0 && !word.is_empty() && word.iter().all(char::is_ascii_digit))
}

fn www_before(characters: &[char]) -> bool {
    characters.len() >= 3 && characters[characters.len() - 3..].iter().all(|c| c.eq_ignore_ascii_case(&'w'))
}

/// `text` as code, with a fence that no backtick in it closes.
pub(crate) fn code(text: &str) -> String {
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
            ("@owner #12", r"`@`owner \#12"),
            ("anna@corp", r"anna\@corp"),
            ("pay MailTo:anna@corp.example", r"pay MailTo\:anna\@corp.example"),
        ] {
            assert_eq!(escape(text), escaped);
        }
    }

    #[test]
    fn plain_names_stay_as_they_are_and_markup_becomes_text() {
        for plain in [
            "analytics-legacy",
            "Payments (Prod), EU: 2026.",
            "snake_case_name",
            "Zahlungen – Prod",
            "v1.2 a+b=c",
            "anna@example.com",
            "a @ b",
        ] {
            assert_eq!(without_markup(plain), plain);
        }
        for (name, harmless) in [
            ("[pay](http://evil)", r"\[pay\](http\://evil)"),
            ("`rm`", r"\`rm\`"),
            ("**now** _urgent_", r"\*\*now\*\* \_urgent\_"),
            ("# Title", r"\# Title"),
            ("a - b", r"a \- b"),
            ("1. first", r"1\. first"),
            ("<b>&amp;|", r"\<b\>\&amp;\|"),
            ("www.evil.example", r"www\.evil.example"),
            ("mailto:a@b.example", r"mailto\:a@b.example"),
            ("@org/team", "`@org/team`"),
            ("for (@anna, `@bob`)", r"for (`@anna`, \``@bob`\`)"),
        ] {
            assert_eq!(without_markup(name), harmless);
        }
    }

    #[test]
    fn code_ends_where_it_should_whatever_is_in_it() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`"), "`` ` ``");
    }
}
