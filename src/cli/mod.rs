//! The command line: flags, commands and exit codes. A frozen contract; see the README.

mod check;
mod demo;
mod guided;
mod help;
mod journal;
mod looks;
mod policy;
mod reading;
mod request;
mod shell;

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _};
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum, ValueHint};

use crate::aws::ConnectOptions;
use crate::checklist::{AccountId, Problem, StepId, texts};
use crate::driver;
use crate::report::{self, Form};
use crate::simulator::Scenario;
use crate::tui;
use crate::untrusted::sanitize;
use crate::views::theme::{Glyphs, Theme, in_ascii};

/// Ready, left, or already standalone.
pub const READY: u8 = 0;
/// Something that should not happen.
pub const UNEXPECTED: u8 = 1;
/// The command line cannot be followed.
pub const USAGE: u8 = 2;
/// No usable credentials, or the identity could not be established.
pub const NO_IDENTITY: u8 = 3;
/// Nobody knows what became of a leave.
pub const OUTCOME_NOT_KNOWN: u8 = 8;

/// Takes one AWS member account out of its AWS Organization, safely.
///
/// Without a command it guides you through leaving: what AWS requires of a standalone account, what is still missing, what it costs, and a
/// typed confirmation at the end. Nothing changes unless you confirm it.
///
/// A confirmation counts for 14 days where a wrong one costs at most a refusal by AWS (support plan, contact information, payment method,
/// IAM access to billing), and for 24 hours elsewhere. An override always needs a reason and counts for 24 hours. Press A to withdraw it.
#[derive(Debug, Parser)]
#[command(name = "leave-org", version, max_term_width = 100, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    credentials: Credentials,
    #[command(flatten)]
    look: DisplayOptions,
}

/// Whose credentials.
#[derive(Debug, Clone, Args)]
struct Credentials {
    /// The profile of the account that shall leave
    #[arg(long, value_name = "P", value_hint = ValueHint::Other)]
    profile: Option<String>,
    /// A profile of the organization's management account: makes exact what a member can only guess
    #[arg(long, value_name = "P", value_hint = ValueHint::Other)]
    management_profile: Option<String>,
    /// Allow custom http:// endpoints on other machines (anyone on the network can then read tokens)
    #[arg(long)]
    allow_http: bool,
}

/// How it looks.
#[derive(Debug, Clone, Copy, Args)]
struct DisplayOptions {
    /// Whether to use colours; auto heeds `NO_COLOR`
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    color: When,
    /// Line by line, for screen readers and simple terminals; so it is where `TERM` is dumb
    #[arg(long)]
    plain: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum When {
    /// Unless `NO_COLOR` is set or the terminal is dumb
    Auto,
    /// In any case
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The same walk, unable to leave
    ///
    /// Shows every step of the guided leave and checks it live. It holds nothing with which the account could leave.
    Review {
        #[command(flatten)]
        credentials: Credentials,
        #[command(flatten)]
        look: DisplayOptions,
    },
    /// Check once and report; needs no terminal
    ///
    /// Asks AWS everything once, side by side, and prints what holds, what is missing, what could not be found out and what to do next.
    /// What was said in the wizard counts as long as it holds. It only reads, and AWS documents no charge for its calls. The report goes to
    /// standard output, everything else to standard error.
    Check {
        #[command(flatten)]
        credentials: Credentials,
        /// The form of the report
        #[arg(long, default_value = "text")]
        format: Format,
        /// Write the report to this file instead of standard output
        ///
        /// For its owner alone, and as a whole: it replaces a file of that name in one step.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Only this step; may be given several times
        #[arg(long = "step", value_name = "ID")]
        steps: Vec<StepId>,
        /// Mask account ids, names, e-mail addresses, phone numbers and request ids
        #[arg(long)]
        redact: bool,
        /// Stop waiting after this many seconds, for AWS and for a pipe that nobody reads
        #[arg(long, value_name = "SECONDS", value_hint = ValueHint::Other, default_value_t = 60,
            value_parser = clap::value_parser!(u64).range(1..=3600))]
        timeout: u64,
    },
    /// Write a message to the organization's owner: what only they can do
    ///
    /// Asks AWS what `check` asks, and writes down what nobody but the owner can do, with the reason, the exact AWS CLI commands, and what
    /// they do not do. What is settled is not asked for. It only reads, and sends nothing: the message is for you to read and send. It goes
    /// to standard output, everything else to standard error.
    Request {
        #[command(flatten)]
        credentials: Credentials,
        /// Write the message to this file instead of standard output
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Stop waiting after this many seconds, for AWS and for a pipe that nobody reads
        #[arg(long, value_name = "SECONDS", value_hint = ValueHint::Other, default_value_t = 60,
            value_parser = clap::value_parser!(u64).range(1..=3600))]
        timeout: u64,
    },
    /// The wizard on a built-in practice AWS; nothing real is touched
    ///
    /// Walks the whole road to having left, on an account that exists only inside this program. `o` does the selected step in a practice
    /// console. Each scenario has a trouble of its own.
    Demo {
        /// Which scenario
        #[arg(default_value = Scenario::DEFAULT, value_parser = scenarios())]
        scenario: Box<Scenario>,
        /// List the scenarios
        #[arg(long)]
        list: bool,
        /// Walk it as a review, unable to leave
        #[arg(long)]
        review: bool,
        /// Append one JSON line for each request that the practice AWS receives
        #[arg(long, value_name = "FILE")]
        log: Option<PathBuf>,
        #[command(flatten)]
        look: DisplayOptions,
    },
    /// Serve the practice AWS to other clients
    ///
    /// Prints what to set in the environment of any AWS client, and answers until it is ended with Ctrl-C. Signatures are not verified.
    Simulate {
        /// Which scenario
        #[arg(default_value = Scenario::DEFAULT, value_parser = scenarios())]
        scenario: Box<Scenario>,
        /// The loopback address to listen on; port 0 takes a free one
        #[arg(long, value_name = "127.0.0.1:PORT", value_hint = ValueHint::Other, default_value = "127.0.0.1:8471")]
        listen: SocketAddr,
        /// Append one JSON line for each request
        #[arg(long, value_name = "FILE")]
        log: Option<PathBuf>,
    },
    /// Print the least-privilege IAM policy for one phase
    ///
    /// Prints JSON that can be pasted into IAM as it is. It allows the calls that this program makes, and nothing else. A call that is not
    /// allowed makes its step unknown, with the reason; the others go on.
    ///
    /// sts:GetCallerIdentity is called too and not listed: it needs no permission. What your way of signing in needs (to assume a role,
    /// say) is not part of it either. Resources are not narrowed: that takes names which only you know, such as that of your own role.
    Policy {
        /// What the policy is for
        phase: policy::Phase,
    },
    /// Print what was done to an account, from its journal
    ///
    /// Tells what was found, said, sent and answered, with local times, and after a leave how to find it in CloudTrail. It asks nobody, and
    /// changes nothing.
    Journal {
        /// The account's id, 12 digits; without one, the only journal there is, or a list of them
        #[arg(value_parser = journal::account_id, value_hint = ValueHint::Other)]
        account: Option<AccountId>,
    },
    /// Print completions for a shell
    ///
    /// With them the shell completes commands, options, steps and scenarios.
    Completions {
        /// Which shell
        shell: shell::Shell,
    },
    /// Print the man page
    ///
    /// One page for the program and all its commands, as roff.
    Man,
}

impl ValueEnum for StepId {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.as_str()).help(texts::step(*self).title.as_str()))
    }
}

/// Understands the name of a scenario.
fn scenarios() -> impl clap::builder::TypedValueParser<Value = Box<Scenario>> {
    let names = Scenario::all().iter().map(|scenario| PossibleValue::new(&*scenario.name).help(&*scenario.title));
    PossibleValuesParser::new(names).try_map(|name| Scenario::named(&name).map(Box::new).ok_or("there is no such scenario"))
}

/// The forms of the report of `check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For reading
    Text,
    /// For programs: one object, `schema_version` 1
    Json,
    /// For a ticket
    Markdown,
    /// One file for a browser, a phone and paper
    Html,
}

impl From<Format> for Form {
    fn from(format: Format) -> Self {
        match format {
            Format::Text => Self::Text,
            Format::Json => Self::Json,
            Format::Markdown => Self::Markdown,
            Format::Html => Self::Html,
        }
    }
}

/// Why a command ended without doing what it was asked: a sentence, what to do, and the exit code.
#[derive(Debug)]
struct Failure {
    code: u8,
    what: String,
    hint: Option<String>,
}

impl Failure {
    fn new(code: u8, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, what: what.into(), hint: Some(hint.into()) }
    }

    fn unexpected(doing: &str, error: &dyn std::fmt::Display) -> Self {
        Self { code: UNEXPECTED, what: format!("{doing}: {error}"), hint: None }
    }

    /// Nobody can be asked anything: no credentials, or nobody knows whose.
    fn no_identity(problem: &Problem) -> Self {
        let code = problem.code.as_deref().map(|code| format!(" ({code})")).unwrap_or_default();
        let said = if problem.message.is_empty() {
            String::new()
        } else {
            format!("\n  {}{code}: {}", problem.operation, problem.message)
        };
        Self::new(NO_IDENTITY, format!("{}{said}", texts::problem(problem.kind).cause), problem.remedy.clone())
    }
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    ExitCode::from(run(std::env::args_os()))
}

/// The program as clap knows it, with every word of its help.
fn command() -> clap::Command {
    help::complete(Cli::command())
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let mut command = command();
    let mut matches = command.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    if let Err(error) = tui::install_hooks().and_then(|()| Ok(driver::survive_file_limits()?)) {
        say(&mut io::stderr(), &format!("Error: {error}"));
        return UNEXPECTED;
    }
    let cli = match parse(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, not mistakes.
            let _ = error.print();
            return if error.use_stderr() { USAGE } else { READY };
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            say(&mut io::stderr(), &format!("Error: no threads could be started: {error}"));
            return UNEXPECTED;
        }
    };
    let result = runtime.block_on(dispatch(cli));
    // Whatever still runs (a hanging connection, a started browser) must not keep the shell waiting.
    runtime.shutdown_background();
    match result {
        Ok(code) => code,
        Err(failure) => {
            let hint = failure.hint.map(|hint| format!("\nHint: {hint}")).unwrap_or_default();
            tell(format!("Error: {}{hint}", failure.what));
            failure.code
        }
    }
}

async fn dispatch(cli: Cli) -> Result<u8, Failure> {
    match cli.command {
        None => guided::leave(&cli.credentials, cli.look).await,
        Some(Command::Review { credentials, look }) => guided::review(&credentials, look).await,
        Some(Command::Check { credentials, format, output, steps, redact, timeout }) => {
            // Each once, in the order of the checklist, however they were asked for.
            let steps: Vec<StepId> = StepId::ALL.into_iter().filter(|step| steps.is_empty() || steps.contains(step)).collect();
            Box::pin(check::check(&credentials, format, output.as_deref(), &steps, redact, timeout)).await
        }
        Some(Command::Request { credentials, output, timeout }) => {
            request::request(&credentials, output.as_deref(), timeout).await
        }
        Some(Command::Demo { list: true, .. }) => demo::list(),
        Some(Command::Demo { scenario, review, log, look, .. }) => demo::demo(*scenario, review, log, look).await,
        Some(Command::Simulate { scenario, listen, log }) => demo::simulate(*scenario, listen, log).await,
        Some(Command::Policy { phase }) => policy::policy(phase),
        Some(Command::Journal { account }) => journal::journal(account.as_ref()),
        Some(Command::Completions { shell }) => shell::completions(shell, command()),
        Some(Command::Man) => shell::man(command()),
    }
}

impl Credentials {
    fn wanted(&self) -> ConnectOptions {
        ConnectOptions {
            profile: self.profile.clone(),
            management_profile: self.management_profile.clone(),
            allow_http: self.allow_http,
            ..ConnectOptions::default()
        }
    }
}

impl DisplayOptions {
    fn theme(self) -> Theme {
        looks::theme(self.color, variable)
    }
}

/// Whether the terminal says that it can do nothing but show lines.
fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// How long something is written at least, however much time there was for everything else.
const LEAST_TO_WRITE: Duration = Duration::from_secs(1);

/// Writes a document to `output`, or to standard output when there is none or it is `-`, until `end`. `what` begins a sentence.
fn deliver(what: &'static str, text: String, output: Option<&Path>, end: Instant) -> Result<(), Failure> {
    let path = output.filter(|path| path.as_os_str() != "-").map(Path::to_owned);
    let place = path.as_ref().map_or("standard output".to_owned(), |path| sanitize(&path.to_string_lossy()));
    let limit = end.saturating_duration_since(Instant::now()).max(LEAST_TO_WRITE);
    let written = within(limit, move || match path {
        None => print(what, text),
        Some(path) => report::put(&path, &text).map_err(|error| {
            let place = sanitize(&path.to_string_lossy());
            let failed = format!("{what} could not be written to {place}: {}.", report::in_words(&error));
            Failure::new(UNEXPECTED, failed, "Choose another file, or omit --output to print it here.")
        }),
    });
    written.unwrap_or_else(|| {
        let failed = format!("{what} could not be written to {place} in time. Nothing may be reading it.");
        Err(Failure::new(
            UNEXPECTED,
            failed,
            "Start the reading program before leave-org, choose another file, or raise --timeout.",
        ))
    })
}

/// What `work` comes to within `limit`. A pipe that nobody reads keeps whoever writes waiting without end; then the thread ends with the process.
fn within<T: Send + 'static>(limit: Duration, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (done, result) = mpsc::channel();
    thread::Builder::new().name("writing".to_owned()).spawn(move || done.send(work())).ok()?;
    result.recv_timeout(limit).ok()
}

/// Prints lines to standard error, as far as somebody reads them.
fn tell(lines: String) {
    let _ = within(LEAST_TO_WRITE, move || say(&mut io::stderr(), &lines));
}

/// Prints a result, whole. Whoever closed the pipe has read enough.
fn print(what: &str, text: impl AsRef<[u8]>) -> Result<(), Failure> {
    let mut stdout = io::stdout();
    match stdout.write_all(text.as_ref()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::unexpected(&format!("{what} could not be written to standard output"), &error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Prints one line for a person. A reader that has gone away is no error of ours.
fn say(to: &mut impl Write, line: &str) {
    let _ = writeln!(to, "{}", for_people(line));
}

/// A text as this terminal can show it: where its locale has no UTF-8, the program's own signs are ASCII.
fn for_people(text: &str) -> Cow<'_, str> {
    match looks::theme(When::Auto, variable).glyphs {
        Glyphs::Unicode => Cow::Borrowed(text),
        Glyphs::Ascii => Cow::Owned(in_ascii(text)),
    }
}

/// A variable of this process's environment.
fn variable(name: &str) -> Option<String> {
    Some(std::env::var_os(name)?.to_string_lossy().into_owned())
}

/// The wizard asks and answers in a terminal: without one there is nobody to ask.
fn need_a_terminal() -> Result<(), Failure> {
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        return Ok(());
    }
    Err(Failure::new(
        USAGE,
        "This needs a terminal for both input and output, and at least one of them is not one.",
        "Run it in a terminal. To check an account without one, run `leave-org check`.",
    ))
}
