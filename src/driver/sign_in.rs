//! Runs the command that signs a person in again, with the terminal in its hands. Whoever owns the screen puts it away first.

use std::io;

use super::{Signals, programs};
use crate::untrusted::neutralise;

/// How it went.
pub enum SignIn {
    /// The command ended, well or not; in words.
    Ended(Result<String, String>),
    /// This program is being ended, and the command with it.
    Stopped,
}

/// Runs `command` and waits for its end.
pub async fn run(command: &[String], signals: &mut Signals) -> SignIn {
    let shown = neutralise(&command.join(" "));
    let Some((program, arguments)) = command.split_first() else {
        return SignIn::Ended(Err("This profile has no command to sign in with.".to_owned()));
    };
    let mut command = std::process::Command::new(program);
    command.args(arguments);
    let run = async { tokio::process::Command::from(programs::installed(command)?).kill_on_drop(true).status().await };
    let ended = tokio::select! {
        ended = run => Some(ended),
        // Ctrl-C is meant for that command; whoever ends this program ends the command with it.
        () = signals.ended() => None,
    };
    signals.forget_interrupts();
    SignIn::Ended(match ended {
        None => return SignIn::Stopped,
        Some(Ok(status)) if status.success() => Ok("You are signed in again. Everything is being read anew.".to_owned()),
        Some(Ok(status)) => Err(format!("“{shown}” did not succeed ({status}). Run it in another terminal, then press r.")),
        Some(Err(error)) if error.kind() == io::ErrorKind::NotFound => {
            Err(format!("The AWS CLI was not found. Install it, or run “{shown}” where it is, then press r."))
        }
        Some(Err(error)) => Err(format!("“{shown}” could not be started ({error}). Run it in another terminal, then press r.")),
    })
}
