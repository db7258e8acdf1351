//! What is written to the terminal: paragraphs, and the marks around a question.

use std::io::{self, Write as _};

use crate::report;
use crate::views::theme::{Glyphs, in_ascii};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};

/// What the terminal can do with what is written to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writing {
    pub glyphs: Glyphs,
    pub marks_pastes: bool,
}

impl Writing {
    /// Writes paragraphs, each broken at the terminal's width.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn say(self, paragraphs: &[String]) -> io::Result<()> {
        let mut text: String = paragraphs.iter().map(|paragraph| in_lines(paragraph, width()) + "\n").collect();
        if self.glyphs == Glyphs::Ascii {
            text = in_ascii(&text);
        }
        put(&text)
    }

    /// Asks for a line. As long as one is awaited, the terminal marks what is pasted, where it can.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn open_prompt(self) -> io::Result<()> {
        self.mark_pastes(&EnableBracketedPaste)?;
        put("> ")
    }

    /// Nothing is awaited any more.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn close_prompt(self) -> io::Result<()> {
        self.mark_pastes(&DisableBracketedPaste)
    }

    fn mark_pastes(self, mode: &impl crossterm::Command) -> io::Result<()> {
        let mut sequence = String::new();
        if self.marks_pastes && mode.write_ansi(&mut sequence).is_ok() { put(&sequence) } else { Ok(()) }
    }
}

fn put(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// `paragraph` in lines of this width, broken only between words: a link or an id stays in one piece.
pub(crate) fn in_lines(paragraph: &str, width: usize) -> String {
    report::in_lines(paragraph, width.into())
}

/// Where lines are broken, in cells: at the edge of the terminal, but never so late that a line is hard to follow.
pub(crate) fn width() -> usize {
    const WIDEST: u16 = 80;
    const NARROWEST: u16 = 20;
    let cols = crossterm::terminal::size().map_or(WIDEST, |(cols, _)| cols);
    usize::from(if cols == 0 { WIDEST } else { cols.clamp(NARROWEST, WIDEST) }) - 1
}

#[cfg(test)]
mod tests {
    use super::in_lines;

    #[test]
    fn a_paragraph_is_broken_between_words_and_nothing_of_it_is_lost() {
        let line = "It is not known whether account 412098765432 has left. Start leave-org again: it reads the membership first.";
        assert_eq!(
            in_lines(line, 60),
            "It is not known whether account 412098765432 has left. Start\nleave-org again: it reads the membership first."
        );
        assert_eq!(in_lines(line, 200), line);
        assert_eq!(in_lines(line, 0).split_whitespace().count(), line.split_whitespace().count());
    }
}
