//! Hands pages to the browser of this machine, which gets nothing of AWS.

use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::browser::System;
use crate::programs::installed;

/// How long a program that opens pages is watched: one that cannot fails at once, and one that can may run as long as its browser.
const WATCHED: Duration = Duration::from_secs(1);

/// Hands a page to the first program of this machine that takes it. It goes on without this one, and knows nothing of AWS: a
/// browser and its extensions have no use for keys.
///
/// # Errors
/// What the first one said that could be started, or that there is none.
pub(super) fn open_page(url: &str) -> io::Result<()> {
    let mut failed = None;
    for command in open::commands(url) {
        let program = command.get_program().to_string_lossy().into_owned();
        match installed(command).and_then(|command| start(without_aws(command))) {
            Ok(None) => return Ok(()),
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => {
                failed.get_or_insert_with(|| io::Error::other(format!("{program} did not succeed ({status})")));
                // Where a desktop opens pages, its exit code says nothing that can be relied on: another try may open it twice.
                if System::HERE == System::Desktop {
                    break;
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                failed.get_or_insert(error);
            }
        }
    }
    Err(failed.unwrap_or_else(|| io::Error::new(ErrorKind::NotFound, "no program that opens pages was found")))
}

fn without_aws(mut command: Command) -> Command {
    let is_of_aws = |name: &OsStr| name.to_string_lossy().to_ascii_uppercase().starts_with("AWS_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_of_aws(name)) {
        command.env_remove(name);
    }
    command
}

/// Starts it away from the terminal. `None` means that it still runs.
fn start(mut command: Command) -> io::Result<Option<ExitStatus>> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let (told, ended) = mpsc::channel();
    // Somebody has to wait for it, however long it runs.
    std::thread::spawn(move || told.send(child.wait()));
    ended.recv_timeout(WATCHED).ok().transpose()
}
