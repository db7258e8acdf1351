//! Credentials from a command that the profile names (`credential_process`), and the roles over it.
//!
//! The SDK would run the command in the background: its prompts would be painted over the screen, keystrokes meant for it would go to the
//! wizard, and it would keep running after the wait ended. So it runs here, with the terminal to itself.
//!
//! Source: AWS SDKs and Tools Reference Guide, Process credential provider; it names no bound, and 120 s leave a person the time for a browser.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::sync::{mpsc, oneshot, watch};

use super::mfa;
use super::profiles::CredentialRoute;
use super::source::{OPERATION, Source, UNSENDABLE, can_be_sent, is_over};
use crate::checklist::{Problem, ProblemKind};
use crate::programs::{self, Ended, Prints, Terminal};
use crate::untrusted::sanitize;

/// How long a command may take. This is not counted in the time limit for AWS.
const PATIENCE: Duration = Duration::from_mins(2);

/// What to do where it gives nothing. AWS was not asked.
const REMEDY: &str = "Nothing was sent to AWS. Run the credential_process command of the profile in another terminal to see what is wrong, then try again.";

/// How commands of profiles come to the terminal, and whether one is running.
#[derive(Debug, Clone, Default)]
pub struct Commands {
    loans: Option<mpsc::UnboundedSender<Loan>>,
    is_running: Arc<watch::Sender<bool>>,
}

impl Commands {
    /// Those that ask whoever has the terminal for it.
    #[must_use]
    pub fn asking(loans: mpsc::UnboundedSender<Loan>) -> Self {
        Self { loans: Some(loans), is_running: Arc::default() }
    }

    /// Whether one is running: then nobody is waiting for AWS.
    #[must_use]
    pub fn is_running(&self) -> watch::Receiver<bool> {
        self.is_running.subscribe()
    }
}

/// A command wants the terminal.
#[derive(Debug)]
pub struct Loan {
    /// What to tell the person once it takes its time: which command it is, and how long it may take.
    pub words: String,
    given: oneshot::Sender<Terminal>,
    /// Once the command has ended: whether Ctrl-C ended it.
    over: oneshot::Receiver<bool>,
}

impl Loan {
    /// Gives the terminal, and waits until the command has ended. Says whether Ctrl-C ended it.
    pub async fn give(self, terminal: Terminal) -> bool {
        let _ = self.given.send(terminal);
        self.over.await.unwrap_or_default()
    }
}

/// Says that a command is running until it is dropped.
struct Running<'a>(&'a watch::Sender<bool>);

impl<'a> Running<'a> {
    fn new(is_running: &'a watch::Sender<bool>) -> Self {
        is_running.send_replace(true);
        Self(is_running)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.send_replace(false);
    }
}

/// Runs the command that the road begins with, and assumes the roles over it, but for the first `done` of them, which the caller assumes.
pub(super) async fn assume(source: &Source<'_>, road: &CredentialRoute<'_>, done: usize) -> Result<Credentials, Problem> {
    let mut credentials = run(source, road).await?;
    for role in road.roles[done..].iter().rev() {
        credentials = mfa::assume_role(source, credentials, role, mfa::session_seconds(source, role)?, None).await?;
    }
    Ok(credentials)
}

async fn run(source: &Source<'_>, road: &CredentialRoute<'_>) -> Result<Credentials, Problem> {
    let name = sanitize(road.start.name());
    let line = road.start.get("credential_process").unwrap_or_default();
    let commands = &source.commands;
    let _running = Running::new(&commands.is_running);
    let (given, terminal) = oneshot::channel();
    // Dropping it tells the lender of the terminal that the command has ended. If the lender stops waiting, the command is stopped.
    let (mut tell, over) = oneshot::channel();
    let words = format!("The command of profile {name} (credential_process) may run for at most {} s.", PATIENCE.as_secs());
    let terminal = match &commands.loans {
        Some(loans) if loans.send(Loan { words, given, over }).is_ok() => terminal.await.unwrap_or(Terminal::Shared),
        _ => Terminal::Whole,
    };
    let is_lent = commands.loans.is_some();
    let given_up = async { if is_lent { tell.closed().await } else { std::future::pending().await } };
    let ended = tokio::select! {
        // First: where nobody lends the terminal any more, nothing is started.
        biased;
        () = given_up => None,
        ended = programs::run(shell(line), Prints::ForUs, terminal, PATIENCE) => Some(ended),
    };
    let now = source.clock.now();
    let problem = |kind, said: &str| {
        let message = format!("The command of profile {name} (credential_process) {said}");
        let problem = Problem::here(kind, OPERATION, &message, now);
        if kind == ProblemKind::NoCredentials { Problem { remedy: REMEDY.to_owned(), ..problem } } else { problem }
    };
    let ended = ended.ok_or_else(|| problem(ProblemKind::NoCredentials, "was stopped."))?;
    let ended = ended.map_err(|error| problem(ProblemKind::NoCredentials, &format!("could not be started: {error}.")))?;
    if ended.is_interrupted() {
        let _ = tell.send(true);
        return Err(problem(ProblemKind::NoCredentials, "was stopped with Ctrl-C."));
    }
    let complaint = || {
        let said = sanitize(&ended.said);
        // The person has seen it on the terminal. What it prints by mistake there may be the credentials, and must get into no report.
        let is_shown = ended.is_all_said && !said.trim().is_empty() && !may_hold_a_secret(&said);
        let last: Vec<&str> = said.split_whitespace().collect();
        if is_shown { format!(" Its last output: {}", last.join(" ")) } else { String::new() }
    };
    match &ended {
        Ended { status: None, .. } => {
            Err(problem(ProblemKind::NoCredentials, &format!("did not finish within {} s.{}", PATIENCE.as_secs(), complaint())))
        }
        Ended { status: Some(status), .. } if !status.success() => {
            let is_expired = ended.said.to_lowercase().contains("expired");
            let kind = if is_expired { ProblemKind::ExpiredCredentials } else { ProblemKind::NoCredentials };
            Err(problem(kind, &format!("failed ({status}).{}", complaint())))
        }
        Ended { is_too_long: true, .. } => Err(problem(ProblemKind::NoCredentials, "printed more than 64 KiB.")),
        Ended { printed, .. } => {
            let credentials = parsed(printed).map_err(|why| problem(ProblemKind::NoCredentials, &format!("{why}.")))?;
            if is_over(&credentials, now) {
                return Err(problem(ProblemKind::ExpiredCredentials, "returned expired credentials."));
            }
            Ok(credentials)
        }
    }
}

/// Whether a text names a secret, or holds a word that looks like one: long, of letters and digits mixed as keys are.
fn may_hold_a_secret(text: &str) -> bool {
    const NAMES: [&str; 7] = ["secret", "sessiontoken", "password", "passwd", "accesskey", "apikey", "bearer"];
    let plain: String = text.to_lowercase().chars().filter(|c| c.is_alphanumeric() || c.is_whitespace()).collect();
    let looks_like_one = |word: &str| {
        let has_upper = word.bytes().any(|byte| byte.is_ascii_uppercase());
        // What has slashes and no capitals is a path.
        word.len() >= if has_upper { 16 } else { 20 }
            && (has_upper || !word.contains('/'))
            && word.bytes().any(|byte| byte.is_ascii_digit())
            && word.bytes().any(|byte| byte.is_ascii_alphabetic())
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/+=_-".contains(&byte))
    };
    let mut words = text.split(|c: char| c.is_whitespace() || "\"'`:,;.()<>[]{}".contains(c)).flat_map(|word| word.split('='));
    NAMES.iter().any(|name| plain.contains(name)) || words.any(looks_like_one)
}

/// The line of a profile, as the AWS CLI and the SDKs run it.
fn shell(line: &str) -> Command {
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt;
        let mut command = Command::new("cmd.exe");
        command.arg("/C").raw_arg(format!("\"{line}\""));
        command
    }
    #[cfg(not(windows))]
    {
        let mut command = Command::new("sh");
        command.args(["-c", line]);
        command
    }
}

/// The credentials that a command printed, or what is wrong with them. Nothing of what it printed is repeated: it may hold a secret.
fn parsed(printed: &[u8]) -> Result<Credentials, String> {
    let fields: Map<String, Value> =
        serde_json::from_slice(printed).map_err(|_| "did not print a JSON object with credentials".to_owned())?;
    let field = |name: &str| fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    if field("Version").and_then(Value::as_u64) != Some(1) {
        return Err("printed credentials without “Version”: 1".to_owned());
    }
    let text = |name: &str| match field(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("printed a {name} that is not a string")),
    };
    let needed =
        |name: &str| text(name)?.filter(|text| !text.is_empty()).ok_or_else(|| format!("printed credentials without {name}"));
    let ends = text("Expiration")?
        .map(|end| end.parse::<Timestamp>().map_err(|_| "printed an Expiration that is not a time".to_owned()))
        .transpose()?;
    let ends = ends
        .map(|end| SystemTime::try_from(end).map_err(|_| "printed an Expiration that is out of range".to_owned()))
        .transpose()?;
    let (id, secret) = (needed("AccessKeyId")?, needed("SecretAccessKey")?);
    let credentials = Credentials::new(id, secret, text("SessionToken")?, ends, "CredentialProcess");
    if can_be_sent(&credentials) {
        Ok(credentials)
    } else {
        Err(format!("printed an AccessKeyId or a SessionToken with {UNSENDABLE}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_secret_is_not_repeated() {
        for text in [
            "aws_secret_access_key=hush",
            "Secret-Access-Key: hush",
            "the password was hush",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "key=AKIAIOSFODNN7EXAMPLE",
            "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.sig0",
            "0123456789abcdef0123456789abcdef",
        ] {
            assert!(may_hold_a_secret(text), "{text}");
        }
        for text in
            ["Error: no route to vault.example.com:8200", "/usr/local/lib/python3.11/site-packages/tool.py: not found", ""]
        {
            assert!(!may_hold_a_secret(text), "{text}");
        }
    }

    #[test]
    fn what_a_command_prints_counts_as_the_guide_says_and_nothing_of_it_is_repeated() {
        let whole = r#"{"Version":1,"AccessKeyId":"ASIAX","SecretAccessKey":"hush","SessionToken":"hush2","Expiration":"2099-01-01T00:00:00+01:00"}"#;
        let credentials = parsed(whole.as_bytes()).unwrap();
        assert_eq!((credentials.access_key_id(), credentials.session_token()), ("ASIAX", Some("hush2")));
        assert_eq!(Timestamp::try_from(credentials.expiry().unwrap()).unwrap().to_string(), "2098-12-31T23:00:00Z");
        assert!(parsed(br#"{"version":1,"accesskeyid":"A","secretaccesskey":"s"}"#).is_ok(), "names in any case");
        for (printed, why) in [
            ("", "JSON object"),
            ("hush", "JSON object"),
            ("[]", "JSON object"),
            (&whole[..60], "JSON object"),
            (r#"{"AccessKeyId":"A","SecretAccessKey":"hush"}"#, "Version"),
            (r#"{"Version":2,"AccessKeyId":"A","SecretAccessKey":"hush"}"#, "Version"),
            (r#"{"Version":1,"SecretAccessKey":"hush"}"#, "without AccessKeyId"),
            (r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":""}"#, "without SecretAccessKey"),
            (r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":["hush"]}"#, "not a string"),
            (r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"hush","Expiration":"soon"}"#, "not a time"),
            (r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","SessionToken":"hush\nhush"}"#, "such as a line break"),
            (r#"{"Version":1,"AccessKeyId":"\u0007","SecretAccessKey":"hush"}"#, "such as a line break"),
        ] {
            let said = parsed(printed.as_bytes()).unwrap_err();
            assert!(said.contains(why) && !said.contains("hush"), "{printed}: {said}");
        }
    }
}
