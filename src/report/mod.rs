//! A checklist as a document: for reading, for programs, for a ticket, for a lawyer.
//!
//! [`Document`] says what a report says, once; the forms lay it out. They are apart from the domain's types, so that the public forms change
//! only on purpose.

mod document;
mod evidence;
mod files;
mod form;
pub mod journal;
mod json;
mod local_errors;
mod markdown;
mod message;
mod redact;
pub mod request;
mod story;
#[cfg(test)]
mod tests;
mod verdict;
mod words;

pub use document::{Document, Origin};
pub(crate) use files::in_words;
pub use files::{put, save};
pub use redact::Private;
pub use story::Story;

use textwrap::{Options, WordSeparator, WordSplitter};

use crate::checklist::named;

named! {
    /// The forms of a report, by how the names of such files end.
    pub enum Form {
        /// For reading: what holds, what is missing, what could not be found out, what to do next.
        Text = "txt",
        /// The public form for programs, `schema_version` 1.
        Json = "json",
        Markdown = "md",
        /// One file that holds all it needs, for a screen, a phone and paper.
        Html = "html",
    }
}

/// `text` in lines, broken only between words: what is to be copied must not be broken, neither at a hyphen or a slash, nor because it is long.
pub(crate) fn in_lines(text: &str, options: Options) -> String {
    let options = options.word_separator(WordSeparator::AsciiSpace).word_splitter(WordSplitter::NoHyphenation);
    textwrap::fill(text, options.break_words(false))
}

impl Form {
    pub(crate) fn write(self, document: &Document) -> String {
        match self.template() {
            Some((name, _)) => form::render(name, document),
            None => json::write(document),
        }
    }

    /// The template by which it is laid out, with its name in `assets/report/`.
    fn template(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Text => Some(("report.txt", include_str!("../../assets/report/report.txt"))),
            Self::Json => None,
            Self::Markdown => Some(("report.md", include_str!("../../assets/report/report.md"))),
            Self::Html => Some(("report.html", include_str!("../../assets/report/report.html"))),
        }
    }
}
