//! The program in a real pseudo-terminal: keys in, a screen out, and what the terminal was left like.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
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
    parser: vt100::Parser,
    /// Every byte that came, in order.
    pub raw: Vec<u8>,
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
        command.env("HOME", home.path());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("TERM", "xterm-256color");
        command.env("AWS_EC2_METADATA_DISABLED", "true");
        for (name, value) in environment {
            command.env(name, value);
        }
        command.cwd(home.path());
        let child = pair.slave.spawn_command(command).unwrap();
        // Held open here, the slave side would keep the reader from ever seeing the end.
        drop(pair.slave);
        let writer = pair.master.take_writer().unwrap();
        let mut source = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        let reader = thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(read @ 1..) = source.read(&mut buffer) {
                if sender.send(buffer[..read].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            master: Some(pair.master),
            writer: Some(writer),
            output,
            reader: Some(reader),
            parser: vt100::Parser::new(cells(rows), cells(cols), 0),
            raw: Vec::new(),
            pending: Vec::new(),
            home,
        }
    }

    /// What the screen shows, without the white space at the ends of its lines.
    pub fn screen(&self) -> String {
        self.parser.screen().contents()
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

    /// Makes the window larger or smaller.
    pub fn resize(&mut self, cols: u16, rows: u16) {
        self.parser.screen_mut().set_size(cells(rows), cells(cols));
        self.master.as_ref().unwrap().resize(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
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

    /// Takes the terminal away while the program runs, and gives its exit code.
    pub fn vanish(&mut self) -> u32 {
        // The reader's thread holds the terminal open, too: it ends once nobody listens to it and the program draws once more.
        let (_, nobody) = channel();
        self.output = nobody;
        self.resize(110, 31);
        let reader = self.reader.take().unwrap();
        reader.join().unwrap();
        self.master = None;
        self.writer = None;
        self.child.wait().unwrap().exit_code()
    }

    /// Whether the terminal was given back: the ordinary screen, a cursor, pastes as they come, and line editing as it was.
    pub fn is_given_back(&self) -> bool {
        let screen = self.parser.screen();
        !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste()
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

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

/// A screen's text as one line, so that a sentence is found wherever it was broken: first what stands left of a bar, then the rest.
pub fn on_one_line(screen: &str) -> String {
    let parts = screen.lines().map(|line| line.split_once(['│', '┃']).unwrap_or((line, "")));
    let (left, right): (Vec<&str>, Vec<&str>) = parts.unzip();
    let text = format!("{} {}", left.join(" "), right.join(" "));
    text.replace(['│', '┃'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}
