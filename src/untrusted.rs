//! Makes text from outside harmless before anything shows or stores it.
//!
//! Account names, AWS messages, profiles and files are data. They may hold escape sequences, bidi overrides or a hundred
//! thousand characters; nothing here interprets them, it only takes the teeth out.

/// The longest piece of foreign text that is kept, in characters. AWS's own messages stay far below it.
pub const LONGEST: usize = 2_000;

/// Returns `text` on one line, without control characters or invisible direction changes, at most [`LONGEST`] characters long.
///
/// Line breaks and tabs become a space, every other forbidden character becomes `�`, and a cut is marked with `…`.
#[must_use]
pub fn neutralise(text: &str) -> String {
    neutralise_to(text, LONGEST)
}

/// Like [`neutralise`], with a length of the caller's choosing, in characters.
#[must_use]
pub fn neutralise_to(text: &str, longest: usize) -> String {
    let mut clean = String::with_capacity(text.len().min(longest * 4));
    for (count, character) in text.chars().enumerate() {
        if count == longest {
            clean.push('…');
            break;
        }
        clean.push(match character {
            '\n' | '\r' | '\t' => ' ',
            c if is_forbidden(c) => '\u{FFFD}',
            c => c,
        });
    }
    clean
}

/// Control characters, direction changes, and characters that take no room but change what is read.
fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_lose_their_escape() {
        assert_eq!(neutralise("a\u{1b}[31mred\u{9b}2J"), "a\u{FFFD}[31mred\u{FFFD}2J");
    }

    #[test]
    fn a_name_cannot_turn_the_line_around_or_break_it() {
        assert_eq!(neutralise("prod\u{202E}dorp\nnext\tcell"), "prod\u{FFFD}dorp next cell");
    }

    #[test]
    fn a_name_of_any_length_is_cut_with_a_mark() {
        let long = "x".repeat(100_000);
        assert_eq!(neutralise(&long).chars().count(), LONGEST + 1);
        assert!(neutralise(&long).ends_with('…'));
    }

    #[test]
    fn ordinary_names_in_any_script_stay_as_they_are() {
        for name in ["Zahlungen – Prod", "支払い本番", "платежи"] {
            assert_eq!(neutralise(name), name);
        }
    }
}
