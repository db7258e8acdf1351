//! One line of text that is being written; it scrolls with its cursor.

use ratatui::text::{Line, Span};
use tui_input::Input;
use unicode_width::UnicodeWidthChar as _;

use crate::views::theme::{Role, Theme};

/// The text with its cursor, in at most `width` cells.
pub fn spans(input: Option<&Input>, width: usize, theme: Theme) -> Vec<Span<'static>> {
    let cursor = |text: String| Span::styled(text, theme.style(Role::Selected));
    let Some(input) = input else { return vec![cursor(" ".to_owned())] };
    let room = width.saturating_sub(1);
    let scroll = input.visual_scroll(room);
    let mut left = String::new();
    let mut right = String::new();
    let mut under = " ".to_owned();
    let mut cell = 0;
    for (at, character) in input.value().chars().enumerate() {
        let wide = character.width().unwrap_or(0);
        if cell >= scroll && cell + wide <= scroll + room {
            match at.cmp(&input.cursor()) {
                std::cmp::Ordering::Less => left.push(character),
                std::cmp::Ordering::Equal => under = character.to_string(),
                std::cmp::Ordering::Greater => right.push(character),
            }
        }
        cell += wide;
    }
    vec![Span::raw(left), cursor(under), Span::raw(right)]
}

/// What is asked for, and what was typed of it so far: it grows at its end alone, where the cursor is.
pub fn typed(asks: String, typed: String, theme: Theme) -> Line<'static> {
    let cursor = Span::styled(" ", theme.style(Role::Selected));
    Line::from(vec![Span::raw(asks), Span::styled(typed, theme.style(Role::Strong)), cursor])
}
