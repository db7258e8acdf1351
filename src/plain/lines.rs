//! Lines from the person. One is read when a question asks for it; what was typed before a question can be forgotten.

use std::io::{self, Read as _};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::checklist::texts;
use crate::untrusted::sanitize;

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
    Lost,
}

/// How a terminal marks what is pasted, once it was asked to.
const PASTE: [&str; 2] = ["\u{1b}[200~", "\u{1b}[201~"];
/// What comes within this time after something that is forgotten belongs to it.
const BREATH: Duration = Duration::from_millis(20);

/// What the thread that reads is to do.
enum Wish {
    Read,
    /// Forget what came after the last line. Whether a paste goes on after that, where its marks were dropped.
    Forget(Option<bool>),
}

/// Whoever waits for lines.
pub struct Lines {
    wishes: std::sync::mpsc::Sender<Wish>,
    came: mpsc::UnboundedReceiver<(Instant, Line)>,
    /// Whether the terminal is being read: that cannot be called back.
    pub is_reading: bool,
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
            let (mut rest, mut is_pasting) = (Vec::new(), false);
            while let Ok(wish) = granted.recv() {
                match wish {
                    Wish::Forget(goes_on) => {
                        is_pasting = goes_on_pasting(&String::from_utf8_lossy(&rest), is_pasting);
                        is_pasting = goes_on.unwrap_or(is_pasting);
                        rest.clear();
                    }
                    Wish::Read => {
                        let line = read(&mut rest, &mut is_pasting);
                        if sender.send((Instant::now(), line)).is_err() {
                            break;
                        }
                    }
                }
            }
        })?;
        Ok(Self { wishes, came, is_reading: false, forgotten: Instant::now() })
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

    /// Forgets what was typed so far and not taken yet, and what follows without a pause, for a second at most. Returns whether that was a
    /// paste: more than anybody types, or with the terminal's mark in it.
    pub async fn forget(&mut self) -> bool {
        let dropped = if self.is_reading {
            flush();
            tokio::time::sleep(BREATH).await;
            Dropped::default()
        } else {
            // Nobody else reads now, and it ends by itself.
            tokio::task::spawn_blocking(drain).await.unwrap_or_default()
        };
        flush();
        // Nobody listens any more: then nothing can answer anything.
        let _ = self.wishes.send(Wish::Forget(dropped.goes_on));
        self.forgotten = Instant::now();
        dropped.goes_on.is_some() || dropped.bytes >= texts::rules().confirmation.flood_keys
    }
}

/// Has the terminal forget what it holds of lines that nobody read.
fn flush() {
    #[cfg(unix)]
    let _ = rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush);
}

/// What was forgotten in one breath.
#[derive(Debug, Default)]
struct Dropped {
    bytes: usize,
    /// Whether a paste goes on after it, where the terminal marked something of it as pasted. Line-editing keys may have erased the first mark.
    goes_on: Option<bool>,
}

/// Reads what comes up to the first breath without anything. Where the terminal holds lines back, it shows
/// nothing of one that is still being typed, or that was taken back with the terminal's own keys: so for this long it holds none back.
#[cfg(unix)]
fn drain() -> Dropped {
    use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};
    /// In tenths of a second.
    const BREATH: u8 = 1;
    const LONGEST: Duration = Duration::from_secs(1);
    let (stdin, begun) = (io::stdin(), Instant::now());
    let Ok(modes) = tcgetattr(&stdin) else {
        thread::sleep(self::BREATH);
        return Dropped::default();
    };
    let mut at_once = modes.clone();
    at_once.local_modes.remove(LocalModes::ICANON);
    at_once.special_codes[SpecialCodeIndex::VMIN] = 0;
    at_once.special_codes[SpecialCodeIndex::VTIME] = BREATH;
    let mut dropped = Dropped::default();
    if tcsetattr(&stdin, OptionalActions::Now, &at_once).is_ok() {
        let mut chunk = [0; 4_096];
        // A mark may come in two parts.
        let mut end = String::new();
        while begun.elapsed() < LONGEST
            && let Ok(count @ 1..) = rustix::io::read(&stdin, &mut chunk)
        {
            dropped.bytes += count;
            let text = end + &String::from_utf8_lossy(&chunk[..count]);
            if PASTE.iter().any(|mark| text.contains(mark)) {
                dropped.goes_on = Some(goes_on_pasting(&text, false));
            }
            end = text.chars().rev().take(PASTE[0].len() - 1).collect::<Vec<_>>().into_iter().rev().collect();
        }
        let _ = tcsetattr(&stdin, OptionalActions::Now, &modes);
    }
    dropped
}

#[cfg(not(unix))]
fn drain() -> Dropped {
    thread::sleep(BREATH);
    Dropped::default()
}

/// Reads up to the end of a line, or of a paste that goes over several. `rest` is what came behind the line before, and `is_pasting` whether a
/// paste goes on from there.
fn read(rest: &mut Vec<u8>, is_pasting: &mut bool) -> Line {
    // Larger than the buffer that the standard library would keep what it has read ahead in, where nobody could forget it.
    let mut chunk = vec![0; 64 * 1024];
    let mut is_paste = *is_pasting;
    loop {
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let bytes: Vec<u8> = rest.drain(..=end).collect();
            let text = String::from_utf8_lossy(&bytes);
            *is_pasting = goes_on_pasting(&text, *is_pasting);
            is_paste |= *is_pasting;
            if !*is_pasting {
                return if is_paste { Line::PastedLines } else { line(&text) };
            }
        }
        match io::stdin().lock().read(&mut chunk) {
            Ok(0) => return Line::End,
            Ok(count) => rest.extend_from_slice(&chunk[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return Line::Lost,
        }
    }
}

/// Whether a paste goes on behind `text`. Only the terminal ends one, however late its lines come.
fn goes_on_pasting(text: &str, is_pasting: bool) -> bool {
    let [begins_last, ends_last] = PASTE.map(|mark| text.rfind(mark));
    if begins_last.is_none() && ends_last.is_none() { is_pasting } else { begins_last > ends_last }
}

fn line(text: &str) -> Line {
    let text = text.trim_end_matches(['\n', '\r']);
    let [begins, ends] = PASTE.map(|mark| text.matches(mark).count());
    if begins != ends {
        return Line::PastedLines;
    }
    if begins > 0 {
        let bare = PASTE.iter().fold(text.to_owned(), |text, mark| text.replace(mark, ""));
        return Line::Pasted(sanitize(&bare).trim().to_owned());
    }
    Line::Typed(sanitize(text).trim().to_owned())
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

    #[test]
    fn a_paste_goes_on_until_the_terminal_ends_it() {
        let mut goes_on = false;
        for (text, wanted) in [
            ("4120\n", false),
            ("\u{1b}[200~note\n", true),
            ("4120\n", true),
            ("\n", true),
            ("5432\u{1b}[201~\n", false),
            ("\u{1b}[200~a\u{1b}[201~\u{1b}[200~b\n", true),
            ("\u{1b}[201~\u{1b}[200~a\u{1b}[201~\n", false),
            ("\u{1b}[201~\n", false),
        ] {
            goes_on = goes_on_pasting(text, goes_on);
            assert_eq!(goes_on, wanted, "{text:?}");
        }
    }
}
