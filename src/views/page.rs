//! What a screen says, as blocks, written once: the full screen lays them out, and line by line they are spoken.

use std::ops::Range;

use crate::views::theme::Role;
use crate::wizard::Text;

/// The longest account name in running text, in cells: what stands behind it must stay in sight.
pub const LONGEST_NAME: usize = 64;

pub type Piece = (String, Role);

#[derive(Debug)]
pub enum Block {
    /// An empty line, but never two in a row and none at the top.
    Gap,
    /// A paragraph, `indent` cells from the left; its lines line up behind its mark.
    Paragraph { indent: usize, mark: Text, text: Text, role: Role },
    /// Pieces side by side, on a screen alone.
    Pieces(Vec<Piece>),
    /// At most so many lines of a page; where there are more, the last one of them says so.
    AtMost(usize, Page),
}

#[derive(Debug, Default)]
pub struct Page {
    pub blocks: Vec<Block>,
    /// What has to stay in sight, as far as there is room.
    pub(super) focus: Range<usize>,
    /// What is shown in reverse video.
    pub(super) selected: Range<usize>,
}

impl Page {
    pub fn gap(&mut self) {
        self.blocks.push(Block::Gap);
    }

    pub fn heading(&mut self, indent: usize, text: &str) {
        self.gap();
        self.text(indent, Text::voices(text, format!("{text}:")), Role::Strong);
    }

    pub fn say(&mut self, indent: usize, text: impl Into<Text>) {
        self.text(indent, text, Role::Text);
    }

    pub fn text(&mut self, indent: usize, text: impl Into<Text>, role: Role) {
        self.item(indent, "", text, role);
    }

    /// A paragraph with something in front of it, such as a label as wide as its column.
    pub fn item(&mut self, indent: usize, mark: impl Into<Text>, text: impl Into<Text>, role: Role) {
        self.blocks.push(Block::Paragraph { indent, mark: mark.into(), text: text.into(), role });
    }

    /// The sign says what kind of news it is, and so do the words.
    pub fn sign(&mut self, indent: usize, sign: &str, text: impl Into<Text>, role: Role) {
        self.item(indent, Text::voices(sign, ""), text, role);
    }

    pub fn dot(&mut self, indent: usize, dot: &str, text: impl Into<Text>, role: Role) {
        self.item(indent, Text::voices(dot, "-"), text, role);
    }

    /// One of a list, with its number as a screen shows it.
    pub fn number(&mut self, indent: usize, number: usize, shown: impl Into<String>, text: impl Into<Text>, role: Role) {
        self.item(indent, Text::voices(shown, format!("{number}.")), text, role);
    }

    /// Things to do, one after the other.
    pub fn numbered<T: Into<Text>>(&mut self, lines: impl IntoIterator<Item = T>) {
        for (line, number) in lines.into_iter().zip(1..) {
            self.number(2, number, format!("{number} "), line, Role::Text);
        }
    }

    /// An address or a command, to be selected: all of it is shown, broken at the edge.
    pub fn link(&mut self, indent: usize, url: &str) {
        self.text(indent, url, Role::Link);
    }

    /// Work in progress. The full screen also shows how long it has taken; plain mode cannot update a line.
    pub fn busy(&mut self, indent: usize, what: &str, since: &str) {
        let gap = if since.is_empty() { "" } else { "   " };
        self.text(indent, Text::voices(format!("{what} …{gap}{since}"), format!("{what}.")), Role::Progress);
    }

    /// What is said line by line alone.
    pub fn said(&mut self, text: impl Into<String>) {
        self.say(0, Text::voices("", text));
    }

    /// The one at this place of a list to choose from.
    pub fn choice(&mut self, indent: usize, at: usize, text: impl Into<Text>, chosen: usize) {
        if at == chosen {
            self.focused(|page| page.number(indent, at + 1, "▸", text, Role::Text));
        } else {
            self.number(indent, at + 1, " ", text, Role::Text);
        }
    }

    pub fn pieces(&mut self, pieces: Vec<Piece>) {
        self.blocks.push(Block::Pieces(pieces));
    }

    pub fn field(&mut self, pieces: Vec<Piece>) {
        self.pieces(pieces);
        self.keep_in_sight(self.len() - 1);
    }

    /// Everything that `write` adds is for a screen alone.
    pub fn on_screen(&mut self, write: impl FnOnce(&mut Self)) {
        let from = self.len();
        write(self);
        for block in &mut self.blocks[from..] {
            if let Block::Paragraph { text, .. } = block {
                text.said.clear();
            }
        }
    }

    pub fn focused(&mut self, write: impl FnOnce(&mut Self)) {
        let from = self.len();
        write(self);
        self.keep_in_sight(from);
        self.selected = self.focus.clone();
    }

    /// Everything from block `first` on has to stay in sight, as far as there is room.
    pub fn keep_in_sight(&mut self, first: usize) {
        self.focus = first..self.len();
    }

    pub fn len(&self) -> usize {
        self.blocks.len()
    }
}
