//! The program itself, as it is shipped: in a terminal, or without one, and what the system says of it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use leave_org::simulator::Server;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;

use crate::practice;

/// The program.
pub const PATH: &str = env!("CARGO_BIN_EXE_leave-org");

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// How the program marks that a frame is whole.
const END_OF_FRAME: &[u8] = b"\x1b[?2026l";

/// The program in a terminal.
pub struct InTerminal {
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    output: Receiver<(Instant, Vec<u8>)>,
    parser: vt100::Parser,
    started: Instant,
    /// When it was started, by the clock that the practice AWS writes down.
    pub started_at: Timestamp,
    _master: Box<dyn MasterPty + Send>,
    _home: TempDir,
}

impl InTerminal {
    /// Starts any program in a terminal of this size, in an empty home of its own, with `server` as AWS.
    pub fn start(program: &str, arguments: &[&str], (cols, rows): (u16, u16), server: &Server) -> Self {
        let home = tempfile::tempdir().unwrap();
        let pair = native_pty_system().openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        command.env("HOME", home.path());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("TERM", "xterm-256color");
        for (name, value) in practice::environment(server) {
            command.env(name, value);
        }
        command.cwd(home.path());
        let writer = pair.master.take_writer().unwrap();
        let mut source = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 8_192];
            while let Ok(read @ 1..) = source.read(&mut buffer) {
                if sender.send((Instant::now(), buffer[..read].to_vec())).is_err() {
                    break;
                }
            }
        });
        let (started_at, started) = (Timestamp::now(), Instant::now());
        let child = pair.slave.spawn_command(command).unwrap();
        let cells = |count| NonZeroU16::new(count).unwrap();
        let parser = vt100::Parser::new(cells(rows), cells(cols), 0);
        Self { child, writer, output, parser, started, started_at, _master: pair.master, _home: home }
    }

    /// How long it took from just before the start to the end of the first frame that shows something.
    pub fn first_frame(&mut self) -> Duration {
        let mut seen = Vec::new();
        loop {
            let (at, bytes) = self.output.recv_timeout(PATIENCE).unwrap();
            self.parser.process(&bytes);
            seen.extend(bytes);
            let is_whole = seen.windows(END_OF_FRAME.len()).any(|window| window == END_OF_FRAME);
            if is_whole && !self.screen().trim().is_empty() {
                return at.duration_since(self.started);
            }
        }
    }

    /// How long it took from just before the start to its end, for a program that ends by itself.
    pub fn end(&mut self) -> Duration {
        self.child.wait().unwrap();
        self.started.elapsed()
    }

    /// Waits until the terminal has been quiet for so long.
    pub fn quiet(&mut self, long: Duration) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.output.recv_timeout(long) {
                Ok((_, bytes)) => self.parser.process(&bytes),
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => panic!("it ended:\n{}", self.screen()),
            }
            assert!(Instant::now() < deadline, "it never rests:\n{}", self.screen());
        }
    }

    /// Types.
    pub fn send(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// What the screen shows.
    pub fn screen(&self) -> String {
        self.parser.screen().contents()
    }

    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }
}

impl Drop for InTerminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One run of `leave-org check`.
pub struct Checked {
    /// When it was started.
    pub started: Timestamp,
    /// How long it ran.
    pub took: Duration,
    /// The most memory it had at any time, in bytes, when that was looked at.
    pub peak: Option<u64>,
}

/// Runs `leave-org check` with `server` as AWS, and looks at its memory all the while if `watched`.
pub fn check(server: &Server, watched: bool) -> Checked {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(PATH);
    command.args(["check", "--format", "json"]).env_clear().envs(practice::environment(server)).env("HOME", home.path());
    command.current_dir(home.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (started, begun) = (Timestamp::now(), Instant::now());
    let child = command.spawn().unwrap();
    let watch = watched.then(|| {
        let pid = child.id();
        // The figure never falls while the process lives, so the last one read is the peak but for its last moments.
        thread::spawn(move || {
            let mut peak = None;
            while let Some(now) = peak_memory(pid) {
                peak = Some(now);
                thread::sleep(Duration::from_micros(200));
            }
            peak
        })
    });
    let output = child.wait_with_output().unwrap();
    let took = begun.elapsed();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let unknown = report["steps"].as_array().unwrap().iter().filter(|step| step["standing"] == "unknown").count();
    assert_eq!(unknown, 0, "a check that finds nothing out is no full check: {report}");
    Checked { started, took, peak: watch.and_then(|watch| watch.join().unwrap()) }
}

/// The most memory that a process had at any time, in bytes.
pub fn peak_memory(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1_024)
}

/// The time that each thread of a process has spent on a processor, by its number.
pub fn cpu_time(pid: u32) -> Option<BTreeMap<String, Duration>> {
    let tasks = fs::read_dir(Path::new("/proc").join(pid.to_string()).join("task")).ok()?;
    let time = |task: fs::DirEntry| {
        let told = fs::read_to_string(task.path().join("schedstat")).ok()?;
        let nanoseconds = told.split(' ').next()?.parse().ok()?;
        Some((task.file_name().to_string_lossy().into_owned(), Duration::from_nanos(nanoseconds)))
    };
    tasks.map(|task| time(task.ok()?)).collect()
}
