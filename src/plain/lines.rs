//! Lines from the person. One is read when a question asks for it; what was typed before a question can be forgotten.

use std::io::{self, Read as _};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::untrusted::neutralise;

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A line, without its end and without anything that could move a cursor.
    Typed(String),
    /// A line with something in it that the terminal marked as pasted.
    Pasted(String),
    /// The beginning or the end of several lines that were pasted in one go.
    PastedLines,
    /// Nothing more will come. What was typed without an Enter is no line.
    End,
    /// The terminal cannot be read any more.
    Lost,
}

/// How a terminal marks what is pasted, once it was asked to.
const PASTE: [&str; 2] = ["\u{1b}[200~", "\u{1b}[201~"];
/// What comes within this time after something that is forgotten belongs to it.
const BREATH: Duration = Duration::from_millis(20);

/// What the thread that reads is to do.
enum Wish {
    /// Read a line.
    Read,
    /// Forget what came behind the last line.
    Forget,
}

/// Whoever waits for lines.
pub struct Lines {
    wishes: std::sync::mpsc::Sender<Wish>,
    came: mpsc::UnboundedReceiver<(Instant, Line)>,
    is_reading: bool,
    /// What came before this is no answer.
    forgotten: Instant,
}

impl Lines {
    /// Gets ready. Nothing is read before a line is asked for.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start() -> io::Result<Self> {
        let (wishes, granted) = std::sync::mpsc::channel();
        let (sender, came) = mpsc::unbounded_channel();
        // A thread of its own: a read of the terminal cannot be called back, and must keep nobody from ending.
        thread::Builder::new().name("lines".to_owned()).spawn(move || {
            let mut rest = Vec::new();
            while let Ok(wish) = granted.recv() {
                match wish {
                    Wish::Forget => rest.clear(),
                    Wish::Read => {
                        let line = read(&mut rest);
                        if sender.send((Instant::now(), line)).is_err() {
                            break;
                        }
                    }
                }
            }
        })?;
        Ok(Self { wishes, came, is_reading: false, forgotten: Instant::now() })
    }

    /// Whether the terminal is being read: that cannot be called back.
    pub fn is_reading(&self) -> bool {
        self.is_reading
    }

    /// The next line. Whoever stops waiting can wait again: nothing is lost.
    pub async fn next(&mut self) -> Line {
        loop {
            if !self.is_reading {
                self.is_reading = true;
                if self.wishes.send(Wish::Read).is_err() {
                    return Line::Lost;
                }
            }
            let (at, line) = self.came.recv().await.unwrap_or((Instant::now(), Line::Lost));
            self.is_reading = false;
            let is_text = matches!(line, Line::Typed(_) | Line::Pasted(_) | Line::PastedLines);
            if !is_text || at >= self.forgotten {
                return line;
            }
        }
    }

    /// Forgets what was typed so far and not taken yet, and what comes in the same breath.
    pub async fn forget(&mut self) {
        flush();
        tokio::time::sleep(BREATH).await;
        flush();
        // Nobody listens any more: then nothing can answer anything.
        let _ = self.wishes.send(Wish::Forget);
        self.forgotten = Instant::now();
    }
}

/// Has the terminal forget what it holds of lines that nobody read.
fn flush() {
    #[cfg(unix)]
    let _ = rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush);
}

/// Reads up to the end of a line. `rest` is what came behind the line before.
fn read(rest: &mut Vec<u8>) -> Line {
    // Larger than the buffer that the standard library would keep what it has read ahead in, where nobody could forget it.
    let mut chunk = vec![0; 64 * 1024];
    loop {
        if let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let bytes: Vec<u8> = rest.drain(..=end).collect();
            return line(&String::from_utf8_lossy(&bytes));
        }
        match io::stdin().lock().read(&mut chunk) {
            Ok(0) => return Line::End,
            Ok(count) => rest.extend_from_slice(&chunk[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return Line::Lost,
        }
    }
}

fn line(text: &str) -> Line {
    let text = text.trim_end_matches(['\n', '\r']);
    let [begins, ends] = PASTE.map(|mark| text.matches(mark).count());
    if begins != ends {
        return Line::PastedLines;
    }
    if begins > 0 {
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
        assert_eq!(line("4120\u{1b}[200~98765432\u{1b}[201~\n"), Line::Pasted("412098765432".into()));
        assert_eq!(line("\u{1b}[200~412098765432\n"), Line::PastedLines);
        assert_eq!(line("\u{1b}[201~\n"), Line::PastedLines);
    }
}
