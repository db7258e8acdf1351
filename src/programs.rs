//! Starts programs that talk to the person: found only where their owner installed them, with the terminal to themselves while they run, and
//! ended with whoever waits for them.

use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind, Write as _};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// The most that a program may print where somebody reads it, in bytes.
const MOST_PRINTED: usize = 64 << 10;
/// How much is kept of what it complained about last, in bytes.
const MOST_SAID: usize = 2 << 10;
/// How long its pipes are listened to after its end. What it printed is there by then; a process that it left behind may hold them open.
const AFTER_ITS_END: Duration = Duration::from_millis(200);

/// `program`, to be found in the absolute entries of PATH only: a relative or empty one means the present folder, where the file
/// of that name may be anybody's.
///
/// # Errors
/// When PATH has entries, and none is absolute.
pub fn installed(mut command: Command) -> io::Result<Command> {
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", absolute_entries(&path).ok_or_else(|| io::Error::from(ErrorKind::NotFound))?);
    }
    Ok(command)
}

fn absolute_entries(path: &OsStr) -> Option<OsString> {
    let entries = std::env::split_paths(path).filter(|entry| entry.is_absolute());
    std::env::join_paths(entries).ok().filter(|kept| !kept.is_empty())
}

/// Where what a program prints goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prints {
    ForThePerson,
    /// To whoever started it.
    ForUs,
}

/// Whether a program can have the terminal to itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terminal {
    Whole,
    Shared,
}

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    /// `None`: it took too long, or printed too much, and was ended.
    pub status: Option<ExitStatus>,
    /// What it printed, where that was for us.
    pub printed: Vec<u8>,
    pub is_too_long: bool,
    /// The end of what it wrote to standard error. Sanitize it before showing.
    pub said: String,
    pub is_all_said: bool,
}

impl Ended {
    /// Whether Ctrl-C ended it.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        #[cfg(unix)]
        let signal = self.status.and_then(|status| std::os::unix::process::ExitStatusExt::signal(&status));
        #[cfg(not(unix))]
        let signal = None;
        // A shell whose own child was interrupted ends with this exit code.
        signal == Some(2) || self.status.and_then(|status| status.code()) == Some(130)
    }
}

/// Runs `command` for at most `limit`, with the terminal. What it writes to standard error is shown as it comes. Where this future is dropped,
/// and at the limit, the program is ended with all that it started.
///
/// # Errors
/// When it cannot be started.
pub async fn run(command: Command, prints: Prints, terminal: Terminal, limit: Duration) -> io::Result<Ended> {
    let mut command = installed(command)?;
    command.stdout(if prints == Prints::ForUs { Stdio::piped() } else { Stdio::inherit() }).stderr(Stdio::piped());
    #[cfg(unix)]
    if terminal == Terminal::Whole {
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
    }
    let mut child = tokio::process::Command::from(command).kill_on_drop(true).spawn()?;
    let mut in_front = front::Group::of(child.id().filter(|_| terminal == Terminal::Whole));
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (mut printed, mut said) = (Vec::new(), Vec::new());
    let (mut is_too_long, mut is_all_said) = (false, true);
    let status = {
        let reads = async {
            tokio::join!(read(stdout, &mut printed, &mut is_too_long), show(stderr, &mut said, &mut is_all_said));
        };
        tokio::pin!(reads);
        let work = async {
            tokio::select! {
                status = child.wait() => {
                    let _ = tokio::time::timeout(AFTER_ITS_END, &mut reads).await;
                    status
                }
                // Both pipes are closed: only the exit is left to wait for.
                () = &mut reads => child.wait().await,
            }
        };
        tokio::time::timeout(limit, work).await.ok().transpose()?
    };
    if status.is_some() {
        in_front.has_ended();
    }
    Ok(Ended { status, printed, is_too_long, said: String::from_utf8_lossy(&said).trim().to_owned(), is_all_said })
}

/// Reads to the end, as long as that is no more than anybody reads; the rest is thrown away.
async fn read(from: Option<impl AsyncRead + Unpin>, into: &mut Vec<u8>, is_too_long: &mut bool) {
    let Some(mut from) = from else { return };
    let mut chunk = vec![0; 4_096];
    while let Ok(count @ 1..) = from.read(&mut chunk).await {
        let room = MOST_PRINTED.saturating_sub(into.len());
        *is_too_long |= count > room;
        into.extend_from_slice(&chunk[..count.min(room)]);
    }
}

/// Shows what comes, and keeps the end of it.
async fn show(from: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>, is_all: &mut bool) {
    let Some(mut from) = from else { return };
    let mut chunk = vec![0; 4_096];
    while let Ok(count @ 1..) = from.read(&mut chunk).await {
        // Whoever closed it does not want to see it.
        let _ = io::stderr().write_all(&chunk[..count]);
        kept.extend_from_slice(&chunk[..count]);
        *is_all &= kept.len() <= MOST_SAID;
        kept.drain(..kept.len().saturating_sub(MOST_SAID));
    }
}

#[cfg(unix)]
mod front {
    use std::fs::File;

    use nix::sys::signal::{SigSet, Signal};
    use rustix::process::{Pid, getpgrp, kill_process_group};
    use rustix::termios::{OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr, tcsetpgrp};

    /// A program and all that it starts, in the foreground of the terminal as a shell would put it there, where there is one.
    pub struct Group {
        group: Option<Pid>,
        terminal: Option<(File, Termios)>,
    }

    impl Group {
        /// The group that the process of this id leads.
        pub fn of(id: Option<u32>) -> Self {
            let group = id.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
            let terminal = group.and_then(to_front);
            Self { group, terminal }
        }

        /// It ended by itself: what it left behind is meant to go on.
        pub fn has_ended(&mut self) {
            self.group = None;
        }
    }

    impl Drop for Group {
        fn drop(&mut self) {
            if let Some(group) = self.group {
                let _ = kill_process_group(group, rustix::process::Signal::KILL);
            }
            if let Some((terminal, modes)) = &self.terminal {
                // A background process that takes the terminal is stopped by SIGTTOU unless the signal is blocked.
                let mut stops = SigSet::empty();
                stops.add(Signal::SIGTTOU);
                let _ = stops.thread_block();
                let _ = tcsetpgrp(terminal, getpgrp());
                // As it was, whatever the program has left behind.
                let _ = tcsetattr(terminal, OptionalActions::Drain, modes);
                let _ = stops.thread_unblock();
            }
        }
    }

    /// Puts the group in front, if it is ours to do. Ctrl-Z does nothing there: nobody would continue it.
    fn to_front(group: Pid) -> Option<(File, Termios)> {
        let terminal = File::options().read(true).write(true).open("/dev/tty").ok()?;
        if tcgetpgrp(&terminal).ok()? != getpgrp() {
            return None;
        }
        let modes = tcgetattr(&terminal).ok()?;
        let mut without_stop = modes.clone();
        without_stop.special_codes[SpecialCodeIndex::VSUSP] = 0;
        let _ = tcsetattr(&terminal, OptionalActions::Now, &without_stop);
        tcsetpgrp(&terminal, group).ok()?;
        // It may have asked for the terminal before it was in front, and have been stopped for that.
        let _ = kill_process_group(group, rustix::process::Signal::CONT);
        Some((terminal, modes))
    }
}

/// Elsewhere a terminal has no foreground.
#[cfg(not(unix))]
mod front {
    /// No group.
    pub struct Group;

    impl Group {
        /// None.
        pub fn of(_: Option<u32>) -> Self {
            Self
        }

        /// Nothing to do.
        pub fn has_ended(&mut self) {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(Stdio::null());
        command
    }

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn only_absolute_entries_of_path_are_looked_in() {
        let kept = |path: &str| absolute_entries(OsStr::new(path)).map(|kept| kept.into_string().unwrap());
        assert_eq!(kept("/usr/bin:bin:.::/bin").as_deref(), Some("/usr/bin:/bin"));
        assert_eq!(kept("/usr/bin:").as_deref(), Some("/usr/bin"));
        for path in ["", ".", ":", "bin:../bin"] {
            assert_eq!(kept(path), None, "{path:?}");
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn what_a_program_prints_and_complains_about_is_told_up_to_a_bound() {
        let ended = run(shell("echo out; echo err >&2; exit 3"), Prints::ForUs, Terminal::Whole, LONG).await.unwrap();
        assert_eq!((ended.printed.as_slice(), ended.said.as_str()), (&b"out\n"[..], "err"));
        assert_eq!(ended.status.unwrap().code(), Some(3));
        let ended = run(shell("head -c 1000000 /dev/zero"), Prints::ForUs, Terminal::Whole, LONG).await.unwrap();
        assert!(ended.is_too_long && ended.printed.len() == MOST_PRINTED);
        let ended = run(shell("printf %05000d 1 >&2"), Prints::ForUs, Terminal::Whole, LONG).await.unwrap();
        assert!(ended.said.len() <= MOST_SAID && !ended.is_all_said);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_process_that_is_left_behind_is_not_waited_for() {
        let ended = run(shell("sleep 60 & echo out"), Prints::ForUs, Terminal::Whole, LONG).await.unwrap();
        assert_eq!(ended.printed, b"out\n");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn at_the_limit_a_program_is_ended_with_all_that_it_started() {
        // The pipe closes once every process that has it is gone.
        let (mut reader, writer) = io::pipe().unwrap();
        let mut command = shell("sleep 60 & sleep 60");
        command.stdin(Stdio::from(writer));
        let ended = run(command, Prints::ForUs, Terminal::Whole, Duration::from_millis(50)).await.unwrap();
        assert!(ended.status.is_none());
        let all = tokio::task::spawn_blocking(move || io::Read::read(&mut reader, &mut [0]));
        assert_eq!(all.await.unwrap().unwrap(), 0);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_program_that_ctrl_c_ended_is_told_apart() {
        for script in ["kill -INT $$", "exit 130"] {
            let ended = run(shell(script), Prints::ForUs, Terminal::Whole, LONG).await.unwrap();
            assert!(ended.is_interrupted(), "{script}");
        }
    }
}
