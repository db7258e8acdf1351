//! What the views lay out for a screen, as prose: no signs, no columns, no keys to press.

use std::sync::LazyLock;

use jiff::tz::TimeZone;
use ratatui::style::Modifier;
use ratatui::text::Line;
use regex_lite::{Captures, Regex};

use crate::views::Sight;
use crate::views::page::Page;
use crate::views::theme::{self, Theme};
use crate::wizard::Model;

/// Wide enough that no paragraph of a view is broken: it is broken where it is printed.
pub const UNBROKEN: u16 = u16::MAX;

/// The longest heading, in words; what is longer and ends without a full stop ends in an id.
const LONGEST_HEADING: usize = 6;

/// Sentences of the views that name a key which is another word here.
const INSTEAD: [(&str, &str); 6] = [
    ("Press Enter to go on to the leave.", "Type leave to go on to the leave."),
    ("Enter goes on to the confirmation.", "type leave to go on to the confirmation."),
    ("Or press Enter to begin anew", "Or type begin to begin anew"),
    ("Press Esc, then f.", "Go back, then type f."),
    ("r does it now; Esc stops.", "Ctrl-C stops."),
    (". y copies ", ". The page is "),
];

/// What a view looks at. Colours are nothing here.
pub fn sight(model: &Model) -> Sight<'_> {
    static ZONE: LazyLock<TimeZone> = LazyLock::new(TimeZone::system);
    Sight { model, now: model.departure.now, zone: &ZONE, theme: Theme::MONO }
}

/// A page of its own, on which a view writes for [`paragraphs`].
pub fn page() -> Page {
    Page::new(Theme::MONO, UNBROKEN)
}

/// The paragraphs of a page, each on one line.
pub fn paragraphs(page: Page) -> Vec<String> {
    let (lines, _) = page.window(0, u16::MAX);
    lines.iter().map(said).filter(|line| !line.is_empty()).collect()
}

/// `text` for a terminal that has nothing but ASCII. What people named their things stays as it is.
#[must_use]
pub fn in_ascii(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for character in text.chars() {
        match theme::ascii(character.encode_utf8(&mut [0; 4])) {
            _ if character == '…' => written.push_str("..."),
            Some(ascii) => written.push_str(ascii),
            None => written.push(character),
        }
    }
    written
}

fn said(line: &Line) -> String {
    let laid_out = line.to_string();
    let text = spoken(&numbered(&laid_out));
    let is_heading = line.style.add_modifier.contains(Modifier::BOLD) && text.ends_with(char::is_alphabetic);
    if is_heading && text.split(' ').count() <= LONGEST_HEADING && !text.contains(|c: char| c.is_ascii_digit()) {
        format!("{text}:")
    } else {
        text
    }
}

/// The number of an item stands in a column of its own; here it gets a full stop.
fn numbered(line: &str) -> String {
    let text = line.trim_start();
    match text.split_once("  ") {
        Some((number, rest)) if !number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit()) => {
            format!("{number}. {}", rest.trim_start())
        }
        _ => text.to_owned(),
    }
}

/// One line of a view as it is said here.
pub fn spoken(line: &str) -> String {
    #[expect(clippy::expect_used, reason = "the pattern is written here, and tests use it")]
    static LETTER: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\b([Pp])ress ([A-Za-z])\b").expect("the pattern is one of regular expressions"));
    let mut text = line.split_whitespace().collect::<Vec<_>>().join(" ");
    for (said, instead) in INSTEAD {
        text = text.replace(said, instead);
    }
    // Nothing moves here while something is going on.
    if let Some(begun) = text.strip_suffix(" …") {
        text = format!("{begun}.");
    }
    let typed = |found: &Captures| format!("{} {}", if &found[1] == "P" { "Type" } else { "type" }, &found[2]);
    without_sign(&LETTER.replace_all(&text, typed))
}

/// A paragraph without the sign in front of it: the words say the same. What is one of a list gets a dash that every terminal has.
fn without_sign(text: &str) -> String {
    const SIGNS: [&str; 8] = ["✓ ", "✗ ", "✎ ", "¿ ", "? ", "! ", "~ ", "… "];
    const DOTS: [&str; 3] = ["• ", "· ", "→ "];
    let text = text.strip_prefix("▸ ").unwrap_or(text);
    if let Some(rest) = DOTS.iter().find_map(|dot| text.strip_prefix(dot)) {
        return format!("- {rest}");
    }
    SIGNS.iter().find_map(|sign| text.strip_prefix(sign)).unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_that_is_said_in_another_way_is_still_one_of_the_screens() {
        let source = [
            include_str!("../driver/mod.rs"),
            include_str!("../wizard/words.rs"),
            include_str!("../views/footer.rs"),
            include_str!("../views/other_account.rs"),
            include_str!("../views/leaving.rs"),
        ];
        // A long sentence goes on in the next line of the source.
        let source = source.concat().replace("\\\n", "").split_whitespace().collect::<Vec<_>>().join(" ");
        for (said, _) in INSTEAD {
            assert!(source.contains(said), "{said}");
        }
    }

    #[test]
    fn a_line_of_a_screen_is_said_without_its_sign_its_columns_and_its_keys() {
        for (line, said) in [
            (
                "  ✗ AWS refused. payments-prod  4120-9876-5432  is still a member.",
                "AWS refused. payments-prod 4120-9876-5432 is still a member.",
            ),
            ("  1  Add a card.", "1 Add a card."),
            (
                "     Then press a to say that it is done, or r to check again.",
                "Then type a to say that it is done, or r to check again.",
            ),
            ("Press m: it can tell more.", "Type m: it can tell more."),
            (
                "Payment method is settled, and with it every step. Press Enter to go on to the leave.",
                "Payment method is settled, and with it every step. Type leave to go on to the leave.",
            ),
            ("  · guardduty.amazonaws.com", "- guardduty.amazonaws.com"),
            ("  ▸ · config.amazonaws.com", "- config.amazonaws.com"),
            ("Asking AWS …", "Asking AWS."),
            ("We pressed on and press Enter stays", "We pressed on and press Enter stays"),
        ] {
            assert_eq!(spoken(line), said);
        }
    }
}
