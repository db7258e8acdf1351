//! Lays a page out for a width and a theme: it is broken into lines here, so that whoever scrolls knows where it ends.

use std::ops::Range;

use ratatui::text::{Line, Span};
use textwrap::{Options, WordSplitter, wrap};

use super::page::{Block, Page, Piece};
use super::theme::{Role, Theme};

pub struct Lines {
    theme: Theme,
    width: usize,
    pub rows: Vec<Line<'static>>,
    focus: Range<usize>,
}

impl Page {
    pub fn lay_out(&self, theme: Theme, width: u16) -> Lines {
        let mut lines = Lines { theme, width: usize::from(width).max(8), rows: Vec::new(), focus: 0..0 };
        for (at, block) in self.blocks.iter().enumerate() {
            let from = lines.rows.len();
            lines.add(block);
            if self.selected.contains(&at) {
                let selected = theme.style(Role::Selected);
                for line in &mut lines.rows[from..] {
                    *line = std::mem::take(line).patch_style(selected);
                }
            }
            if at == self.focus.start {
                lines.focus.start = from;
            }
            if at + 1 == self.focus.end {
                lines.focus.end = lines.rows.len();
            }
        }
        lines
    }
}

impl Lines {
    /// The lines from `scroll` on, or from where the selected part is in sight, and how many lines do not fit into `height`.
    pub fn window(self, scroll: u16, height: u16) -> (Vec<Line<'static>>, u16) {
        let height = usize::from(height);
        let overflow = self.rows.len().saturating_sub(height);
        let mut from = usize::from(scroll).min(overflow);
        if !self.focus.is_empty() {
            // One line of company below, where there is room for it.
            from = from.max((self.focus.end + 1).saturating_sub(height)).min(self.focus.start).min(overflow);
        }
        let lines = self.rows.into_iter().skip(from).take(height).collect();
        (lines, u16::try_from(overflow).unwrap_or(u16::MAX))
    }

    fn add(&mut self, block: &Block) {
        match block {
            Block::Gap => {
                if self.rows.last().is_some_and(|line| line.width() > 0) {
                    self.rows.push(Line::default());
                }
            }
            Block::Pieces(pieces) => self.rows.push(line(pieces, self.theme)),
            Block::AtMost(room, page) => {
                let lines = page.lay_out(self.theme, u16::try_from(self.width).unwrap_or(u16::MAX)).rows;
                let more = lines.len() > *room;
                self.rows.extend(lines.into_iter().take(if more { room.saturating_sub(1) } else { *room }));
                if more {
                    self.hanging("  ", "  ", "… and more, in a taller window.", Role::Quiet);
                }
            }
            Block::Paragraph { mark, text, .. } if mark.shown.is_empty() && text.shown.is_empty() => {}
            Block::Paragraph { indent, mark, text, role } => {
                let mut first = " ".repeat(*indent);
                if !mark.shown.is_empty() {
                    first = format!("{first}{} ", mark.shown);
                }
                let rest = " ".repeat(textwrap::core::display_width(&first));
                if *role == Role::Link { self.link(&first, &text.shown) } else { self.hanging(&first, &rest, &text.shown, *role) }
            }
        }
    }

    fn link(&mut self, indent: &str, url: &str) {
        let style = self.theme.style(Role::Link);
        let room = self.width.saturating_sub(indent.len()).max(1);
        let characters: Vec<char> = url.chars().collect();
        for part in characters.chunks(room) {
            self.rows.push(Line::from(vec![Span::raw(indent.to_owned()), Span::styled(part.iter().collect::<String>(), style)]));
        }
    }

    fn hanging(&mut self, first: &str, rest: &str, text: &str, role: Role) {
        let style = self.theme.style(role);
        // Most lines of a long list fit, and need no search for places to break them.
        let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && !text.trim().is_empty();
        if is_plain && textwrap::core::display_width(first) + text.len() <= self.width {
            self.rows.push(Line::styled(format!("{first}{}", text.trim_end()), style));
            return;
        }
        let options =
            Options::new(self.width).initial_indent(first).subsequent_indent(rest).word_splitter(WordSplitter::NoHyphenation);
        for line in wrap(text, options) {
            self.rows.push(Line::styled(line.into_owned(), style));
        }
    }
}

pub fn line(pieces: &[Piece], theme: Theme) -> Line<'static> {
    pieces.iter().map(|(text, role)| Span::styled(text.clone(), theme.style(*role))).collect()
}

/// `text` in at most `width` cells, cut with an ellipsis where it is longer.
pub fn cut(text: &str, width: usize) -> String {
    use unicode_segmentation::UnicodeSegmentation as _;
    use unicode_width::UnicodeWidthStr as _;
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for cluster in text.graphemes(true) {
        if kept.width() + cluster.width() + 1 > width {
            break;
        }
        kept.push_str(cluster);
    }
    if width > 0 {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_cut_by_the_cells_it_takes() {
        assert_eq!(cut("payments-prod", 13), "payments-prod");
        assert_eq!(cut("payments-prod", 8), "payment…");
        assert_eq!(cut("支払い本番", 5), "支払…");
        assert_eq!(cut("anything", 0), "");
    }

    #[test]
    fn a_line_that_fits_is_what_the_search_for_breaks_would_make_of_it() {
        for text in ["a b-c", "12345678", "123456789", " led", "trailed  ", "a  b", "\u{fffd}", "ünï", "two\nlines", "", "  "] {
            for (first, rest) in [("", ""), ("  ", "  "), ("▸ [x] ", "      ")] {
                let mut lines = Page::default().lay_out(Theme::MONO, 8 + u16::try_from(rest.len()).unwrap());
                lines.hanging(first, rest, text, Role::Text);
                let options = Options::new(lines.width).initial_indent(first).subsequent_indent(rest);
                let wanted = wrap(text, options.word_splitter(WordSplitter::NoHyphenation));
                assert_eq!(lines.rows.iter().map(Line::to_string).collect::<Vec<_>>(), wanted, "{first:?} {text:?}");
            }
        }
    }

    #[test]
    fn the_selected_part_stays_in_sight() {
        let mut page = Page::default();
        for number in 0..30 {
            if number == 20 {
                page.focused(|page| page.say(0, "here"));
            } else {
                page.say(0, number.to_string());
            }
        }
        let (lines, overflow) = page.lay_out(Theme::MONO, 20).window(0, 10);
        assert_eq!(overflow, 20);
        assert!(lines.iter().any(|line| line.to_string() == "here"));
    }
}
