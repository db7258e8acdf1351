//! Runs the commands that sign a person in, with the terminal to themselves. Whoever owns the screen puts it away first.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use super::{Signal, Signals};
use crate::aws::Loan;
use crate::programs::{self, Prints, Terminal};
use crate::untrusted::sanitize;
use crate::wizard::{Message, Text, keyed};

/// The longest that a sign-in is waited for. AWS's own codes for it expire sooner.
const SIGN_IN_LIMIT: Duration = Duration::from_mins(20);
/// A command that takes longer than this is told of.
const SLOW: Duration = Duration::from_secs(1);
/// And how long it has taken, once this much time has passed again.
const AND_AGAIN: Duration = Duration::from_secs(30);

/// Runs `command`, waits for its end and says what the model is told of it.
pub async fn run(command: &[String], signals: &mut Signals) -> Message {
    let shown = sanitize(&command.join(" "));
    let Some((program, arguments)) = command.split_first() else {
        return Message::SignInEnded(Err("This profile has no command to sign in with.".into()));
    };
    let mut command = std::process::Command::new(program);
    command.args(arguments);
    let run = programs::run(command, Prints::ForThePerson, Terminal::Whole, SIGN_IN_LIMIT);
    let ended = tokio::select! {
        ended = run => Some(ended),
        // Whoever ends this program ends the command with it.
        _ = signals.ended() => None,
    };
    signals.forget_interrupts();
    let elsewhere = keyed("Run it in another terminal, then `press r`.");
    Message::SignInEnded(match ended {
        None => return Message::Interrupted,
        Some(Ok(ended)) if ended.status.is_some_and(|status| status.success()) => {
            Ok("You are signed in. Checking everything again.".into())
        }
        Some(Ok(ended)) => {
            let how =
                ended.status.map_or_else(|| "did not finish within 20 minutes".to_owned(), |status| format!("failed ({status})"));
            let said = sanitize(&ended.said).split_whitespace().collect::<Vec<_>>().join(" ");
            let said = if said.is_empty() { String::new() } else { format!(" Its last output: {}", end_of(&said)) };
            Err(Text::from(format!("“{shown}” {how}.{said} ")).and(elsewhere))
        }
        Some(Err(error)) if error.kind() == io::ErrorKind::NotFound => {
            let text = Text::from(format!("The AWS CLI was not found. Install it, or run “{shown}” where it is, "));
            Err(text.and(keyed("then `press r`.")))
        }
        Some(Err(error)) => Err(Text::from(format!("“{shown}” could not be started ({error}). ")).and(elsewhere)),
    })
}

/// The end of a text, as much as a notice holds.
fn end_of(text: &str) -> String {
    const LONGEST: usize = 300;
    let count = text.chars().count();
    if count <= LONGEST { text.to_owned() } else { format!("… {}", text.chars().skip(count - LONGEST).collect::<String>()) }
}

/// How the loan of the terminal to the command of a profile ended.
pub enum Returned {
    Ended,
    Interrupted,
    /// This program is being ended, and the command with it.
    Stopped(Signal),
}

/// Gives the terminal to the command of a profile until the command ends, and tells the person there how long it may still take.
pub async fn lend(loan: Loan, terminal: Terminal, signals: &mut Signals) -> Returned {
    let words = loan.words.clone();
    let give = loan.give(terminal);
    tokio::pin!(give);
    let mut waited = Duration::ZERO;
    let returned = loop {
        let pause = if waited.is_zero() { SLOW } else { AND_AGAIN };
        tokio::select! {
            is_interrupted = &mut give => break if is_interrupted { Returned::Interrupted } else { Returned::Ended },
            signal = signals.ended() => break Returned::Stopped(signal),
            () = tokio::time::sleep(pause) => {
                let so_far = if waited.is_zero() { String::new() } else { format!(" {} s have passed.", (waited + pause).as_secs()) };
                // Whoever closed it does not want to hear it.
                let new_line = if io::stderr().is_terminal() { "\n" } else { "" };
                let _ = writeln!(io::stderr(), "{new_line}leave-org: {words}{so_far} Press Ctrl-C to stop it.");
                waited += pause;
            }
        }
    };
    signals.forget_interrupts();
    returned
}
