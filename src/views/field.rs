//! One line of text that is being written; it scrolls with its cursor.

use tui_input::Input;
use unicode_width::UnicodeWidthChar as _;

use crate::views::page::Piece;
use crate::views::theme::Role;

/// The text with its cursor, in at most `width` cells.
pub fn pieces(input: Option<&Input>, width: usize) -> Vec<Piece> {
    let Some(input) = input else { return vec![(" ".to_owned(), Role::Selected)] };
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
    vec![(left, Role::Text), (under, Role::Selected), (right, Role::Text)]
}

/// What is asked for, and what was typed of it so far: it grows at its end alone, where the cursor is.
pub fn typed(asks: String, typed: String) -> Vec<Piece> {
    vec![(asks, Role::Text), (typed, Role::Strong), (" ".to_owned(), Role::Selected)]
}
