//! Running text for a given width: broken into lines here, so that whoever scrolls knows where it ends.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use textwrap::{Options, WordSplitter, wrap};

use super::theme::{Role, Theme};

/// The longest account name in running text, in cells: what stands behind it must stay in sight.
pub const LONGEST_NAME: usize = 64;

/// Lines in the making.
pub struct Page {
    theme: Theme,
    width: usize,
    lines: Vec<Line<'static>>,
    focus: Option<(usize, usize)>,
}

impl Page {
    /// An empty page, `width` cells wide.
    #[must_use]
    pub fn new(theme: Theme, width: u16) -> Self {
        Self { theme, width: usize::from(width).max(8), lines: Vec::new(), focus: None }
    }

    /// A style of the theme.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// An empty line, but never two in a row and none at the top.
    pub fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| line.width() > 0) {
            self.lines.push(Line::default());
        }
    }

    /// A heading.
    pub fn heading(&mut self, text: &str) {
        self.gap();
        self.text(0, text, Role::Strong);
    }

    /// A paragraph of running text, `indent` cells from the left.
    pub fn say(&mut self, indent: usize, text: &str) {
        self.text(indent, text, Role::Text);
    }

    /// The same in another role.
    pub fn text(&mut self, indent: usize, text: &str, role: Role) {
        let indent = " ".repeat(indent);
        self.hanging(&indent, &indent, text, role);
    }

    /// A paragraph whose first line begins with `mark`, and whose others line up behind it.
    pub fn item(&mut self, mark: &str, text: &str, role: Role) {
        let rest = " ".repeat(textwrap::core::display_width(mark));
        self.hanging(mark, &rest, text, role);
    }

    /// A line that was laid out elsewhere.
    pub fn line(&mut self, line: Line<'static>) {
        self.lines.push(line);
    }

    /// A link: all of it is shown, broken at the edge where it is longer than the page.
    pub fn link(&mut self, indent: usize, url: &str) {
        let style = self.style(Role::Link);
        let room = self.width.saturating_sub(indent).max(1);
        let characters: Vec<char> = url.chars().collect();
        for part in characters.chunks(room) {
            self.lines
                .push(Line::from(vec![Span::raw(" ".repeat(indent)), Span::styled(part.iter().collect::<String>(), style)]));
        }
    }

    /// Adds the lines of `other`, at most `room` of them: where there are more, `rest` stands in place of those.
    pub fn append_at_most(&mut self, other: Self, room: usize, rest: &str) {
        if other.lines.len() <= room {
            self.lines.extend(other.lines);
            return;
        }
        self.lines.extend(other.lines.into_iter().take(room.saturating_sub(1)));
        self.text(2, rest, Role::Quiet);
    }

    /// Everything from line `first` on has to stay in sight, as far as there is room.
    pub fn keep_in_sight(&mut self, first: usize) {
        self.focus = Some((first, self.lines.len()));
    }

    /// A line that was laid out elsewhere and has to stay in sight.
    pub fn focused_line(&mut self, line: Line<'static>) {
        self.focus = Some((self.lines.len(), self.lines.len() + 1));
        self.lines.push(line);
    }

    /// Everything that `write` adds is selected: it is shown in reverse video and stays in sight.
    pub fn focused(&mut self, write: impl FnOnce(&mut Self)) {
        let from = self.lines.len();
        write(self);
        self.focus = Some((from, self.lines.len()));
        let selected = self.style(Role::Selected);
        for line in &mut self.lines[from..] {
            *line = std::mem::take(line).patch_style(selected);
        }
    }

    /// One of several that can be chosen, behind `indent` cells.
    pub fn choice(&mut self, indent: usize, text: &str, is_chosen: bool) {
        let indent = " ".repeat(indent);
        if is_chosen {
            self.focused(|page| page.item(&format!("{indent}▸ "), text, Role::Text));
        } else {
            self.item(&format!("{indent}  "), text, Role::Text);
        }
    }

    /// Things to do, one after the other.
    pub fn numbered<'a>(&mut self, lines: impl IntoIterator<Item = &'a String>) {
        for (line, number) in lines.into_iter().zip(1..) {
            self.item(&format!("  {number}  "), line, Role::Text);
        }
    }

    /// How many lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// The lines from `scroll` on, or from where the selected part is in sight, and how many lines do not fit into `height`.
    #[must_use]
    pub fn window(self, scroll: u16, height: u16) -> (Vec<Line<'static>>, u16) {
        let height = usize::from(height);
        let overflow = self.lines.len().saturating_sub(height);
        let mut from = usize::from(scroll).min(overflow);
        if let Some((first, after)) = self.focus {
            // One line of company below, where there is room for it.
            from = from.max((after + 1).saturating_sub(height)).min(first).min(overflow);
        }
        let lines = self.lines.into_iter().skip(from).take(height).collect();
        (lines, u16::try_from(overflow).unwrap_or(u16::MAX))
    }

    fn hanging(&mut self, first: &str, rest: &str, text: &str, role: Role) {
        let style = self.style(role);
        // Most lines of a long list fit, and need no search for places to break them.
        let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && !text.trim().is_empty();
        if is_plain && textwrap::core::display_width(first) + text.len() <= self.width {
            self.lines.push(Line::styled(format!("{first}{}", text.trim_end()), style));
            return;
        }
        let options =
            Options::new(self.width).initial_indent(first).subsequent_indent(rest).word_splitter(WordSplitter::NoHyphenation);
        for line in wrap(text, options) {
            self.lines.push(Line::styled(line.into_owned(), style));
        }
    }
}

/// `text` in at most `width` cells, cut with an ellipsis where it is longer.
#[must_use]
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
                let mut page = Page::new(Theme::MONO, 8 + u16::try_from(rest.len()).unwrap());
                page.hanging(first, rest, text, Role::Text);
                let options = Options::new(page.width).initial_indent(first).subsequent_indent(rest);
                let wanted = wrap(text, options.word_splitter(WordSplitter::NoHyphenation));
                assert_eq!(page.lines.iter().map(Line::to_string).collect::<Vec<_>>(), wanted, "{first:?} {text:?}");
            }
        }
    }

    #[test]
    fn the_selected_part_stays_in_sight() {
        let mut page = Page::new(Theme::MONO, 20);
        for number in 0..30 {
            if number == 20 {
                page.focused(|page| page.say(0, "here"));
            } else {
                page.say(0, &number.to_string());
            }
        }
        let (lines, overflow) = page.window(0, 10);
        assert_eq!(overflow, 20);
        assert!(lines.iter().any(|line| line.to_string() == "here"));
    }
}
