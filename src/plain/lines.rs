//! Lines from the person, read only while a question is open, so that nothing typed before a question can answer it unless it may.

use std::io::{self, BufRead as _};
use std::thread;

use tokio::sync::mpsc;

use crate::untrusted::neutralise;

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A line, without its end and without anything that could move a cursor.
    Typed(String),
    /// A line that the terminal marked as pasted, in whole or in part.
    Pasted(String),
    /// Nothing more will come.
    End,
}

/// How a terminal marks what was pasted, once it was asked to.
const PASTE: [&str; 2] = ["\u{1b}[200~", "\u{1b}[201~"];

/// Whoever waits for lines.
pub struct Lines {
    wishes: std::sync::mpsc::Sender<()>,
    lines: mpsc::UnboundedReceiver<Line>,
    is_reading: bool,
}

impl Lines {
    /// Gets ready. Nothing is read before a line is asked for.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start() -> io::Result<Self> {
        let (wishes, wished) = std::sync::mpsc::channel();
        let (sender, lines) = mpsc::unbounded_channel();
        // A thread of its own: a read of the terminal cannot be called back, and must keep nobody from ending.
        thread::Builder::new().name("lines".to_owned()).spawn(move || {
            while let Ok(()) = wished.recv() {
                if sender.send(read()).is_err() {
                    break;
                }
            }
        })?;
        Ok(Self { wishes, lines, is_reading: false })
    }

    /// The next line. Whoever stops waiting can wait again: nothing is lost.
    pub async fn next(&mut self) -> Line {
        if !self.is_reading {
            self.is_reading = true;
            if self.wishes.send(()).is_err() {
                return Line::End;
            }
        }
        let line = self.lines.recv().await.unwrap_or(Line::End);
        self.is_reading = false;
        line
    }

    /// Forgets what was typed so far and not taken yet.
    pub fn forget(&mut self) {
        #[cfg(unix)]
        let _ = rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush);
        while self.lines.try_recv().is_ok() {
            self.is_reading = false;
        }
    }
}

fn read() -> Line {
    let mut bytes = Vec::new();
    match io::stdin().lock().read_until(b'\n', &mut bytes) {
        Ok(0) | Err(_) => Line::End,
        Ok(_) => line(&String::from_utf8_lossy(&bytes)),
    }
}

fn line(text: &str) -> Line {
    let text = text.trim_end_matches(['\n', '\r']);
    if PASTE.iter().any(|mark| text.contains(mark)) {
        let bare = PASTE.iter().fold(text.to_owned(), |text, mark| text.replace(mark, ""));
        return Line::Pasted(neutralise(&bare).trim().to_owned());
    }
    Line::Typed(neutralise(text).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_without_its_end_and_what_could_move_a_cursor() {
        assert_eq!(line("  yes \r\n"), Line::Typed("yes".into()));
        assert_eq!(line("a\u{1b}[2Jb\n"), Line::Typed("a\u{FFFD}[2Jb".into()));
        assert_eq!(line("\n"), Line::Typed(String::new()));
    }

    #[test]
    fn what_the_terminal_marks_as_pasted_is_pasted() {
        assert_eq!(line("\u{1b}[200~412098765432\u{1b}[201~\n"), Line::Pasted("412098765432".into()));
        assert_eq!(line("4120\u{1b}[200~98765432\n"), Line::Pasted("412098765432".into()));
    }
}
