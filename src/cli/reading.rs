//! Reads the checklist of an account once, for the commands that need no terminal.
//!
//! It asks AWS and looks into the journal. It changes neither, and nobody is asked anything.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

use super::{Credentials, Failure, say, tell};
use crate::aws::{self, Commands, Endpoint, Loan, Reader, Round, Session, Wanted};
use crate::checklist::{
    Attestation, Checklist, Finding, Meeting, Membership, Problem, ProblemKind, Step, StepId, Subject, texts,
};
use crate::driver::sign_in::{self, Returned};
use crate::driver::{Signal, Signals, connect_within, read_subject_patiently, run_check_patiently};
use crate::journal::{Entry, Folder, Kept, Line, Settled};
use crate::programs::Terminal;

/// What is left for the checks when finding credentials took all of the time.
const LEAST: Duration = Duration::from_secs(1);

/// What was read.
pub(super) struct Seen {
    /// Every step that was asked for has a finding in it; what people said and still holds is in it as well.
    pub checklist: Checklist,
    /// The account's journal, if there is one that can be read.
    pub journal: Option<Kept>,
    /// The hosts in place of AWS's own that answered about the account, in words.
    pub answering: Vec<String>,
    /// Every endpoint in place of AWS's own.
    pub endpoints: Vec<Endpoint>,
    /// Since when it is not known what became of a leave, if so.
    pub open_outcome: Option<Timestamp>,
    /// When the time for all of it is over, the writing included.
    pub end: Instant,
}

/// Asks AWS for `steps`, for at most about `limit`, the search for credentials included. What counts of the account's
/// journal is taken in. Notes go to standard error.
pub(super) async fn read(credentials: &Credentials, steps: &[StepId], limit: Duration) -> Result<Seen, Failure> {
    let begun = Instant::now();
    let (session, ran) = connect(credentials, limit).await?;
    let end = begun + limit + ran;
    let limit = end.saturating_duration_since(Instant::now()).max(LEAST);
    let reader = session.reader();
    // A slip of the pen in the name of a profile is told at once, and not as something that AWS would not say.
    if let Some(problem) = reader.management_problem().filter(|problem| problem.kind == ProblemKind::Configuration) {
        return Err(Failure::no_identity(problem));
    }
    let mut round = reader.round();
    let begun_checks = Instant::now();
    let left = || limit.saturating_sub(begun_checks.elapsed()).max(LEAST);
    let mut checks = start(&reader, &round, steps, limit);
    let mut subject = read_subject(&reader, &round, limit).await?;
    // Records can flap: that there is nothing to leave has to be said twice.
    let mut reads = vec![subject.membership.clone()];
    if subject.membership == Membership::Standalone {
        let again = reader.round();
        subject = read_subject(&reader, &again, left()).await?;
        reads.push(subject.membership.clone());
        if subject.membership != Membership::Standalone {
            checks = start(&reader, &again, steps, left());
            round = again;
        }
    }
    let mut checklist = Checklist::default();
    checklist.subject = Some(subject);
    finish(checks, &mut checklist).await?;
    let (answering, endpoints) = (aws::in_words(session.answering()), session.endpoints().to_vec());
    let mut seen = Seen { checklist, journal: None, answering, endpoints, open_outcome: None, end };
    take_in(&mut seen, &reads);
    // Where AWS refused a leave over a step that nobody asked for, that step is looked at and told too.
    let is_unread = |step: &&Step| step.is_refused() && step.finding.is_none();
    let refused: Vec<StepId> = seen.checklist.steps().filter(is_unread).map(|step| step.id).collect();
    let checks = start(&reader, &round, &refused, left());
    finish(checks, &mut seen.checklist).await?;
    Ok(seen)
}

async fn read_subject(reader: &Reader, round: &Arc<Round>, limit: Duration) -> Result<Subject, Failure> {
    let subject = read_subject_patiently(reader.clone(), round.clone(), limit).await;
    subject.map_err(|problem| Failure::no_identity(&problem))
}

/// Starts the checks of these steps.
fn start(reader: &Reader, round: &Arc<Round>, steps: &[StepId], limit: Duration) -> JoinSet<Finding> {
    steps.iter().map(|step| run_check_patiently(reader.clone(), round.clone(), *step, limit)).collect()
}

/// Takes in what the checks find, as it comes.
async fn finish(mut checks: JoinSet<Finding>, checklist: &mut Checklist) -> Result<(), Failure> {
    let watched = io::stderr().is_terminal();
    while let Some(finished) = checks.join_next().await {
        let finding = finished.map_err(|error| Failure::unexpected("A check could not be carried out", &error))?;
        if watched {
            say(&mut io::stderr(), &format!("checked: {}", texts::step(finding.step).title));
        }
        checklist.record(finding);
    }
    Ok(())
}

/// Connects, and says for how long the commands of profiles ran, which does not count.
async fn connect(credentials: &Credentials, limit: Duration) -> Result<(Session, Duration), Failure> {
    let (ask, mut loans) = mpsc::unbounded_channel();
    let wanted = Wanted { commands: Commands::asking(ask), ..credentials.wanted() };
    let endpoints = wanted.endpoints.clone();
    // In a task of its own: it has to see that a command runs while the terminal is lent here.
    let mut connecting = AbortOnDropHandle::new(tokio::spawn(connect_within(wanted, limit)));
    let mut ran = Duration::ZERO;
    let session = loop {
        tokio::select! {
            session = &mut connecting => {
                break session.map_err(|error| Failure::unexpected("The connection could not be carried out", &error))?;
            }
            Some(loan) = loans.recv() => {
                let begun = Instant::now();
                let ended_by = lend(loan).await?;
                ran += begun.elapsed();
                if let Some(signal) = ended_by {
                    // Whoever stopped the command of one profile does not want that of another, and it has to be gone first.
                    drop(loans);
                    let _ = connecting.await;
                    signal.end_the_program();
                }
            }
        }
    };
    // Names every endpoint that received a token, even if connecting failed.
    for words in aws::in_words(&endpoints.list()) {
        note(&format!("requests go to a custom endpoint, not to AWS itself: {words}"));
    }
    if let Some(chosen) = session.as_ref().ok().and_then(Session::chosen) {
        note(chosen);
    }
    match session {
        // Nobody is there to type it.
        Err(problem) if problem.kind == ProblemKind::MfaCodeNeeded => {
            let hint = "This command cannot ask for it: run `leave-org review`, which can, or name a profile that needs no code.";
            Err(Failure { hint: Some(hint.to_owned()), ..Failure::no_identity(&problem) })
        }
        result => result.map(|session| (session, ran)).map_err(|problem| Failure::no_identity(&problem)),
    }
}

/// Lets the command of a profile have the terminal. What ends this program meanwhile ends the command first, and is given back.
async fn lend(loan: Loan) -> Result<Option<Signal>, Failure> {
    let mut signals = Signals::listen().map_err(|error| Failure::unexpected("Could not listen for signals", &error))?;
    let ended_by = match sign_in::lend(loan, Terminal::Whole, &mut signals).await {
        Returned::Ended => None,
        Returned::Interrupted => Some(Signal::Interrupt),
        Returned::Stopped(signal) => Some(signal),
    };
    // Nobody else listens from here on: they end the program as before.
    tokio::spawn(async move { signals.next().await.end_the_program() });
    Ok(ended_by)
}

/// Takes what people said before, and what still holds of it, out of the journal into what was seen. `reads` are those of the membership.
fn take_in(seen: &mut Seen, reads: &[Membership]) {
    let Some(subject) = seen.checklist.subject.clone() else { return };
    let account = &subject.identity.account;
    let now = Timestamp::now();
    let read = || {
        let mut said = Said::of(seen);
        let read = Folder::of_user()?.until(seen.end).read_with_past(account, &seen.answering, now, |line| said.take(line))?;
        Ok(read.map(|(kept, past)| (kept, past, said.last)))
    };
    let (kept, mut past, said) = match read() {
        Ok(Some(read)) => read,
        Ok(None) => return,
        Err(Problem { message: why, .. }) => {
            note(&format!("what was said in the wizard does not count here, because its journal was not read. {why}"));
            return;
        }
    };
    for membership in reads {
        past.saw(membership, now);
    }
    seen.open_outcome = past.open_outcome(&subject.membership, now);
    if seen.open_outcome.is_some() {
        note("a leave was asked for earlier, and it is not known what became of it. Start `leave-org`: it finds out.");
    } else if subject.membership == Membership::Standalone && past.request_to_settle(&subject.membership, now).is_some() {
        note("an earlier request to leave may be why the account is in no organization. Start `leave-org` to find out.");
    }
    match past.restore(&mut seen.checklist) {
        Some(Meeting::Known | Meeting::OtherPrincipal) => seen.checklist.destination = past.destination,
        Some(Meeting::OtherOrganization { before, now }) => note(&format!(
            "the account was in {before} when the wizard saw it last, and is in {now}: what was said there does not count."
        )),
        Some(Meeting::OtherAccount { .. }) | None => {}
    }
    tell_what_ended(seen, &said, now);
    seen.journal = Some(kept);
}

/// The last word for each step that was said here, since the account is in this organization.
struct Said {
    here: BTreeSet<String>,
    organization: Option<String>,
    /// The run whose lines these are, if it speaks with the same endpoints. No two have the journal at the same time.
    run: Option<String>,
    last: BTreeMap<StepId, Attestation>,
}

impl Said {
    fn of(seen: &Seen) -> Self {
        let organization = seen.checklist.subject.as_ref().and_then(|subject| Some(subject.organization()?.id.clone()));
        Self { here: seen.answering.iter().cloned().collect(), organization, run: None, last: BTreeMap::new() }
    }

    fn take(&mut self, line: &Line) {
        if let Entry::Opened { endpoints, .. } = &line.entry {
            let is_here = endpoints.iter().cloned().collect::<BTreeSet<_>>() == self.here;
            self.run = is_here.then(|| line.run.clone());
        }
        if self.run.as_ref() != Some(&line.run) {
            return;
        }
        match &line.entry {
            // What was said before the account left, or in another organization, ended with that.
            Entry::Settled { outcome, .. } if *outcome != Settled::StillMember => self.last.clear(),
            Entry::Identified { subject }
                if subject.organization().is_some_and(|before| Some(&before.id) != self.organization.as_ref()) =>
            {
                self.last.clear();
            }
            Entry::Attested { step, attestation } => {
                self.last.insert(*step, attestation.clone());
            }
            _ => {}
        }
    }
}

/// Says which words would be missed: the last one for a step that is open, when its time is over.
fn tell_what_ended(seen: &Seen, said: &BTreeMap<StepId, Attestation>, now: Timestamp) {
    for step in seen.checklist.steps().filter(|step| step.finding.is_some() && !step.is_settled(now)) {
        let last = said.get(&step.id);
        if let Some(word) = last.filter(|word| word.expires_at <= now) {
            let title = &texts::step(step.id).title;
            note(&format!(
                "the word for “{title}” counted until {}, and does not count any more. It can be given again in `leave-org review`.",
                word.expires_at.strftime("%Y-%m-%d %H:%M UTC")
            ));
        }
    }
}

/// Says something beside the result.
pub(super) fn note(text: &str) {
    tell(format!("Note: {text}"));
}
