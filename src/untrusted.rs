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
pub fn sanitize(text: &str) -> String {
    sanitize_to(text, LONGEST)
}

/// Like [`sanitize`], with a length of the caller's choosing, in characters.
#[must_use]
pub fn sanitize_to(text: &str, longest: usize) -> String {
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

/// Control characters, line breaks, direction changes, and what shows as nothing: every character that Unicode lets a font leave out, the marks
/// of interlinear annotations, and the empty braille pattern.
///
/// Source: Unicode 16, `DerivedCoreProperties.txt`, `Default_Ignorable_Code_Point`.
fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_lose_their_escape() {
        assert_eq!(sanitize("a\u{1b}[31mred\u{9b}2J"), "a\u{FFFD}[31mred\u{FFFD}2J");
    }

    #[test]
    fn a_name_cannot_turn_the_line_around_or_break_it() {
        assert_eq!(sanitize("prod\u{202E}dorp\nnext\tcell"), "prod\u{FFFD}dorp next cell");
    }

    #[test]
    fn what_shows_as_nothing_is_made_visible() {
        for nothing in [
            '\u{34F}',
            '\u{115F}',
            '\u{1160}',
            '\u{17B4}',
            '\u{180B}',
            '\u{180F}',
            '\u{200D}',
            '\u{2800}',
            '\u{3164}',
            '\u{FE0F}',
            '\u{FFA0}',
            '\u{FFF0}',
            '\u{1BCA0}',
            '\u{1D173}',
            '\u{1D17A}',
            '\u{E0001}',
            '\u{E0FFF}',
        ] {
            assert_eq!(sanitize(&format!("pro{nothing}d")), "pro\u{FFFD}d", "{nothing:?}");
        }
    }

    #[test]
    fn a_name_of_any_length_is_cut_with_a_mark() {
        let long = "x".repeat(100_000);
        assert_eq!(sanitize(&long).chars().count(), LONGEST + 1);
        assert!(sanitize(&long).ends_with('…'));
    }

    #[test]
    fn ordinary_names_in_any_script_stay_as_they_are() {
        for name in ["Zahlungen – Prod", "支払い本番", "платежи"] {
            assert_eq!(sanitize(name), name);
        }
    }
}
