//! The program in a real pseudo-terminal: keys in, a screen out, and what the terminal was left like.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Longer than anything here takes on a busy machine; a wait that reaches it has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// How the program marks that a frame is whole.
const END_OF_FRAME: &[u8] = b"\x1b[?2026l";

/// A program in a terminal.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    output: Receiver<Vec<u8>>,
    reader: Option<thread::JoinHandle<()>>,
    /// Whether the reader is to end after one more frame.
    looks_away: Arc<AtomicBool>,
    parser: vt100::Parser,
    /// Every byte that came, in order.
    pub raw: Vec<u8>,
    /// How the terminal edited lines, echoed and heeded keys before the program started.
    modes_before: String,
    pending: Vec<u8>,
    home: tempfile::TempDir,
}

impl Terminal {
    /// Starts `leave-org` with `arguments` in a terminal of this size, with nothing in its environment but what is given.
    pub fn start(arguments: &[&str], size: (u16, u16), environment: &[(&str, &str)]) -> Self {
        Self::start_program(Path::new(env!("CARGO_BIN_EXE_leave-org")), arguments, size, environment)
    }

    /// The folder in which it was started, its home.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Starts any program.
    pub fn start_program(program: &Path, arguments: &[&str], size: (u16, u16), environment: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (cols, rows) = size;
        let pair = native_pty_system().openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        for (name, value) in crate::clock() {
            command.env(name, value);
        }
        command.env("HOME", home.path());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("TERM", "xterm-256color");
        command.env("AWS_EC2_METADATA_DISABLED", "true");
        for (name, value) in environment {
            command.env(name, value);
        }
        command.cwd(home.path());
        let modes_before = modes(pair.master.as_ref());
        let child = pair.slave.spawn_command(command).unwrap();
        // Held open here, the slave side would keep the reader from ever seeing the end.
        drop(pair.slave);
        let writer = pair.master.take_writer().unwrap();
        let mut source = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        let looks_away = Arc::new(AtomicBool::new(false));
        let looked_away = Arc::clone(&looks_away);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 8192];
            let mut last_frame = Vec::new();
            while let Ok(read @ 1..) = source.read(&mut buffer) {
                if sender.send(buffer[..read].to_vec()).is_err() {
                    break;
                }
                if looked_away.load(Ordering::SeqCst) {
                    last_frame.extend_from_slice(&buffer[..read]);
                    if last_frame.windows(END_OF_FRAME.len()).any(|window| window == END_OF_FRAME) {
                        break;
                    }
                }
            }
        });
        Self {
            child,
            master: Some(pair.master),
            writer: Some(writer),
            output,
            reader: Some(reader),
            looks_away,
            parser: vt100::Parser::new(cells(rows), cells(cols), 0),
            raw: Vec::new(),
            modes_before,
            pending: Vec::new(),
            home,
        }
    }

    /// What the screen shows, without the white space at the ends of its lines.
    pub fn screen(&self) -> String {
        let text = self.parser.screen().contents();
        text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }

    /// What the first columns of the screen show, cell by cell, with colours and styles: one text for each line.
    fn picture(&self, columns: u16) -> Vec<String> {
        let screen = self.parser.screen();
        let (rows, cols) = (screen.size().0.get(), screen.size().1.get().min(columns));
        let cell = |row, col| {
            let cell = screen.cell(row, col).unwrap();
            // A cell that was never written and one with a space look the same.
            let text = if cell.has_contents() { cell.contents() } else { " " };
            let styles = [cell.bold(), cell.dim(), cell.italic(), cell.underline(), cell.inverse()].map(u8::from);
            format!("{text}{:?}{:?}{styles:?}", cell.fgcolor(), cell.bgcolor())
        };
        (0..rows).map(|row| (0..cols).map(|col| cell(row, col)).collect()).collect()
    }

    /// The terminal's state, for colours and modes.
    pub fn state(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// Types.
    pub fn send(&mut self, keys: &str) {
        let writer = self.writer.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Waits until the screen satisfies `wanted`.
    #[track_caller]
    pub fn wait_until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !wanted(&self.screen()) {
            match self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Timeout) => panic!("waited in vain for {what}:\n{}", self.screen()),
                Err(RecvTimeoutError::Disconnected) => panic!("it ended before {what}:\n{}", self.screen()),
            }
        }
    }

    /// Waits until the screen shows `text`.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) {
        self.wait_until(text, |screen| on_one_line(screen).contains(text));
    }

    /// Waits until the screen looks as that of `other` does, in its first `columns`.
    #[track_caller]
    pub fn wait_to_look_like(&mut self, other: &Self, columns: u16) {
        let wanted = other.picture(columns);
        let deadline = Instant::now() + PATIENCE;
        while self.picture(columns) != wanted {
            match self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.take(&bytes),
                Err(error) => panic!("not that picture ({error}):\n{}\nbut:\n{}", other.screen(), self.screen()),
            }
        }
    }

    /// Waits until every byte that came so far satisfies `wanted`.
    #[track_caller]
    pub fn wait_until_raw(&mut self, what: &str, wanted: impl Fn(&[u8]) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !wanted(&self.raw) {
            match self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.take(&bytes),
                Err(error) => panic!("waited in vain for {what} ({error}):\n{}", String::from_utf8_lossy(&self.raw)),
            }
        }
    }

    /// How many frames were drawn so far.
    pub fn frames(&self) -> usize {
        self.raw.windows(END_OF_FRAME.len()).filter(|window| *window == END_OF_FRAME).count()
    }

    /// Waits until there are more frames than these.
    #[track_caller]
    pub fn wait_for_more_frames(&mut self, than: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.frames() <= than {
            match self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.take(&bytes),
                Err(error) => panic!("no more frames ({error}):\n{}", self.screen()),
            }
        }
    }

    /// Presses one key, or pastes, and waits until the program has drawn, as it does after every key. Whether it still runs.
    pub fn stroke(&mut self, keys: &str) -> bool {
        while let Ok(bytes) = self.output.try_recv() {
            self.take(&bytes);
        }
        // Half a mark may have come already.
        let from = self.raw.len().saturating_sub(END_OF_FRAME.len() - 1);
        let writer = self.writer.as_mut().unwrap();
        if writer.write_all(keys.as_bytes()).and_then(|()| writer.flush()).is_err() {
            return false;
        }
        let deadline = Instant::now() + PATIENCE;
        while !self.raw[from..].windows(END_OF_FRAME.len()).any(|window| window == END_OF_FRAME) {
            match self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Disconnected) => return false,
                Err(RecvTimeoutError::Timeout) => panic!("it neither draws nor ends:\n{}", self.screen()),
            }
        }
        true
    }

    /// Types, then waits until the screen shows `text`.
    #[track_caller]
    pub fn press(&mut self, keys: &str, text: &str) {
        self.send(keys);
        self.wait_for(text);
    }

    /// Makes the window larger or smaller. One of no cells is shown as one cell, and of a very large one the upper left corner.
    pub fn resize(&mut self, cols: u16, rows: u16) {
        self.parser.screen_mut().set_size(cells(rows), cells(cols));
        self.master.as_ref().unwrap().resize(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
    }

    /// Puts `text` on the screen, as somebody did who had the terminal before the program.
    pub fn show(&mut self, text: &str) {
        self.parser.process(text.as_bytes());
    }

    /// The escape sequences that came, in order: each without its text, with ESC written as `^[`.
    pub fn sequences(&self) -> Vec<String> {
        let bytes: Vec<char> = self.raw.iter().copied().map(char::from).collect();
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(start) = bytes[at..].iter().position(|byte| *byte == '\u{1b}').map(|offset| at + offset) {
            let rest = &bytes[start + 1..];
            let length = match rest.first() {
                // Parameters and intermediates, then one letter.
                Some('[') => 2 + rest[1..].iter().take_while(|byte| !('@'..='~').contains(*byte)).count(),
                // A string, up to BEL or ESC and a backslash.
                Some(']' | 'P' | 'X' | '^' | '_') => {
                    1 + rest.iter().take_while(|byte| !matches!(**byte, '\u{7}' | '\u{1b}')).count()
                }
                Some(' '..='/') => 1 + rest.iter().take_while(|byte| (' '..='/').contains(*byte)).count(),
                _ => 1,
            };
            let end = (length + 1).min(bytes.len() - start) + start;
            found.push(format!("^[{}", bytes[start + 1..end].iter().collect::<String>()));
            at = end;
        }
        found
    }

    /// The processor time that the program has used, with its threads and the programs that it waited for.
    #[cfg(target_os = "linux")]
    pub fn processor_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap();
        // The name stands in parentheses and may hold anything; from the 14th field on there are ticks: its own in user
        // and in kernel mode, then those of its children.
        let (_, fields) = stat.rsplit_once(") ").unwrap();
        let ticks: u64 = fields.split(' ').skip(11).take(4).map(|field| field.parse::<u64>().unwrap()).sum();
        Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second())
    }

    /// Waits until the program has ended, and looks at it before it is forgotten.
    #[track_caller]
    fn await_end(&self) {
        use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
        let pid = Pid::from_raw(self.pid().cast_signed()).unwrap();
        let (sender, ended) = channel();
        thread::spawn(move || {
            // It is left to be asked for its exit code.
            let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
            let _ = sender.send(());
        });
        assert!(ended.recv_timeout(PATIENCE).is_ok(), "it does not end:\n{}", self.screen());
    }

    /// The process id of the program.
    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Ends the program as a power cut would: it gets no chance to do anything more.
    pub fn kill(mut self) {
        let status = std::process::Command::new("kill").args(["-KILL", &self.pid().to_string()]).status().unwrap();
        assert!(status.success());
        self.child.wait().unwrap();
    }

    /// Waits for the end and gives the exit code, and the processor time that was used since `begun`.
    #[cfg(target_os = "linux")]
    #[track_caller]
    pub fn end_and_time_since(&mut self, begun: Duration) -> (u32, Duration) {
        self.await_end();
        let used = self.processor_time().saturating_sub(begun);
        (self.end(), used)
    }

    /// Waits for the end and gives the exit code.
    #[track_caller]
    pub fn end(&mut self) -> u32 {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it does not end:\n{}", self.screen()),
            }
        }
        self.child.wait().unwrap().exit_code()
    }

    /// Takes the terminal away while the program runs.
    pub fn hang_up(&mut self) {
        // The reader's thread holds the terminal open, too: it ends after one more frame. That has come as a whole by then, so it is not by
        // drawing that the program hears of the end.
        self.looks_away.store(true, Ordering::SeqCst);
        self.resize(110, 31);
        let reader = self.reader.take().unwrap();
        reader.join().unwrap();
        self.master = None;
        self.writer = None;
    }

    /// Whether the terminal was given back: the ordinary screen, a cursor, no mode of the screen that is not as it was, and keys that are
    /// edited, echoed and heeded as before, byte for byte.
    pub fn is_given_back(&self) -> bool {
        let screen = self.parser.screen();
        let is_plain = !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste();
        is_plain && self.modes_left().is_empty() && self.modes_are_as_before()
    }

    /// Whether keys are edited, echoed and heeded as before the program started.
    pub fn modes_are_as_before(&self) -> bool {
        self.master.as_ref().is_none_or(|master| modes(master.as_ref()) == self.modes_before)
    }

    /// The modes of the screen that are not as they were, by their numbers. A cursor that shows is how it was.
    pub fn modes_left(&self) -> std::collections::BTreeSet<String> {
        let mut left = std::collections::BTreeSet::new();
        for sequence in self.sequences() {
            let Some(mode) = sequence.strip_prefix("^[[?") else { continue };
            let (mode, is_on) = match (mode.strip_suffix('h'), mode.strip_suffix('l')) {
                (Some(mode), _) => (mode, true),
                (_, Some(mode)) => (mode, false),
                _ => continue,
            };
            let was_on = mode == "25";
            if is_on == was_on {
                left.remove(mode)
            } else {
                left.insert(mode.to_owned())
            };
        }
        left
    }

    /// Takes bytes in, and shows them once the frame that they belong to is whole: half a frame is nothing that a person sees.
    fn take(&mut self, bytes: &[u8]) {
        const BEGIN: &[u8] = b"\x1b[?2026h";
        let last = |pending: &[u8], mark: &[u8]| pending.windows(mark.len()).rposition(|window| window == mark);
        self.raw.extend_from_slice(bytes);
        self.pending.extend_from_slice(bytes);
        let whole = match (last(&self.pending, BEGIN), last(&self.pending, END_OF_FRAME)) {
            (Some(begin), end) if end.is_none_or(|end| end < begin) => begin,
            _ => self.pending.len(),
        };
        self.parser.process(&self.pending[..whole]);
        self.pending.drain(..whole);
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

/// How the terminal edits lines, echoes and heeds keys: all of it, the special characters and speeds included.
fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().unwrap())
}

/// As many cells as are shown of a window.
fn cells(count: u16) -> NonZeroU16 {
    const MOST: u16 = 1000;
    NonZeroU16::new(count.clamp(1, MOST)).unwrap()
}

/// A screen's text as one line, so that a sentence is found wherever it was broken: first what stands left of a bar, then the rest.
pub fn on_one_line(screen: &str) -> String {
    let parts = screen.lines().map(|line| line.split_once(['│', '┃']).unwrap_or((line, "")));
    let (left, right): (Vec<&str>, Vec<&str>) = parts.unzip();
    let text = format!("{} {}", left.join(" "), right.join(" "));
    text.replace(['│', '┃'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}
