//! Says what the views write: the same blocks, each a paragraph.

use std::sync::LazyLock;

use jiff::tz::TimeZone;

use crate::views::ViewContext;
use crate::views::page::{Block, Page};
use crate::views::theme::Theme;
use crate::wizard::Model;

/// What a view looks at. Colours are nothing here.
pub fn context(model: &Model) -> ViewContext<'_> {
    static ZONE: LazyLock<TimeZone> = LazyLock::new(TimeZone::system);
    ViewContext { model, now: model.departure.now, zone: &ZONE, theme: Theme::MONO }
}

pub fn written(write: impl FnOnce(&mut Page)) -> Vec<String> {
    let mut page = Page::default();
    write(&mut page);
    spoken(&page)
}

pub fn spoken(page: &Page) -> Vec<String> {
    let mut said = Vec::new();
    for block in &page.blocks {
        match block {
            Block::Gap | Block::Pieces(_) => {}
            Block::AtMost(_, page) => said.extend(spoken(page)),
            Block::Paragraph { text, .. } if text.said.is_empty() => {}
            Block::Paragraph { mark, text, .. } => said.push(in_a_row(&format!("{} {}", mark.said, text.said))),
        }
    }
    said
}

/// Names stand apart on a screen.
pub fn in_a_row(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::theme::Role;
    use crate::wizard::keyed;

    #[test]
    fn a_page_is_said_without_its_signs_its_columns_and_its_keys() {
        let said = written(|page| {
            page.sign(2, "✗", "AWS refused. payments-prod  4120-9876-5432  is still a member.", Role::Bad);
            page.heading(2, "What to do");
            page.numbered(["Add a card."]);
            page.say(5, keyed("Then `press a` to say that it is done, or r to check again."));
            page.dot(4, "·", "guardduty.amazonaws.com", Role::Text);
            page.number(2, 1, "▸ ✓", "config.amazonaws.com", Role::Good);
            page.item(2, "Not done:   ", "none", Role::Bad);
            page.busy(2, "Asking AWS", "3 s");
            page.on_screen(|page| page.say(0, "Esc closes this."));
            page.said("Only here.");
        });
        assert_eq!(
            said,
            [
                "AWS refused. payments-prod 4120-9876-5432 is still a member.",
                "What to do:",
                "1. Add a card.",
                "Then type a to say that it is done, or r to check again.",
                "- guardduty.amazonaws.com",
                "1. config.amazonaws.com",
                "Not done: none",
                "Asking AWS.",
                "Only here.",
            ]
        );
    }
}
