//! Reads the checklist of an account once, for the commands that need no terminal: an unattended departure.
//!
//! It asks AWS and looks into the journal. It changes neither, and nobody is asked anything.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::{Credentials, Failure, say, tell};
use crate::aws::{self, Loan};
use crate::checklist::{Attestation, Meeting, Membership, Problem, ProblemKind, StepId, texts};
use crate::departure::{Action, CheckStatus, Connection, Departure, DepartureId, Effect};
use crate::driver::sign_in::{self, Returned};
use crate::driver::{Driver, OnlyReading, Signal, Signals};
use crate::journal::{Entry, Folder, JournalContents, Line, Settled};
use crate::programs::Terminal;
use crate::wizard::{self, Message};

/// What was read.
pub(super) struct Seen {
    /// Every step that was asked for has a finding in it; what people said and still holds is in it as well.
    pub departure: Departure,
    /// The account's journal, if there is one that can be read.
    pub journal: Option<JournalContents>,
    /// Since when it is not known what became of a leave, if so.
    pub open_outcome: Option<Timestamp>,
    /// When the time for all of it is over, the writing included.
    pub end: Instant,
}

/// Asks AWS for `steps`, for at most about `limit`, the search for credentials included. What counts of the account's
/// journal is taken in. Notes go to standard error.
pub(super) async fn read(credentials: &Credentials, steps: &[StepId], limit: Duration) -> Result<Seen, Failure> {
    let end = Instant::now() + limit;
    let (sender, messages) = mpsc::unbounded_channel();
    let mut driver = Driver::new(credentials.wanted(), None, Folder::of_user(), sender);
    driver.end_at(end);
    let seen = Seen { departure: Departure::unattended(steps), journal: None, open_outcome: None, end };
    let mut reading = Reading { seen, driver, messages, told: BTreeSet::new(), ended_by: None };
    reading.connect().await?;
    reading.answers().await?;
    take_in(&mut reading.seen);
    // Where AWS refused a leave over a step that nobody asked for, that step is looked at and told too.
    let departure = &mut reading.seen.departure;
    let unread = departure.checklist.steps().filter(|step| step.is_refused() && step.finding.is_none());
    let unread: Vec<StepId> = unread.map(|step| step.id).collect();
    if !unread.is_empty() {
        departure.asked.extend(&unread);
        reading.ask(Action::Check(unread));
        reading.answers().await?;
    }
    Ok(reading.seen)
}

/// The unattended departure and the driver that carries out its effects.
struct Reading {
    seen: Seen,
    driver: Driver<OnlyReading>,
    messages: mpsc::UnboundedReceiver<Message>,
    /// The steps that were reported as checked.
    told: BTreeSet<StepId>,
    /// What ended the command of a profile, and ends the program with it.
    ended_by: Option<Signal>,
}

impl Reading {
    /// Connects. Commands of profiles get the terminal, and their time does not count.
    async fn connect(&mut self) -> Result<(), Failure> {
        self.ask(Action::Use(None));
        self.carry_out();
        while matches!(self.seen.departure.connection, Connection::Connecting { .. }) {
            self.next().await?;
        }
        // Only now: the command has to be gone first.
        if let Some(signal) = self.ended_by {
            signal.end_the_program();
        }
        let departure = &self.seen.departure;
        // Names every endpoint that received a token, even if connecting failed.
        for words in aws::in_words(&departure.endpoints) {
            note(&format!("requests go to a custom endpoint, not to AWS itself: {words}"));
        }
        let facts = departure.session();
        if let Some(chosen) = facts.and_then(|facts| facts.chosen.as_ref()) {
            note(chosen);
        }
        // A typo in a profile name is reported at once, not as something that AWS would not say.
        let slip = facts.and_then(|facts| facts.management_problem.as_ref());
        let slip = slip.filter(|problem| problem.kind == ProblemKind::Configuration);
        match departure.connection_problem().or(slip) {
            None => Ok(()),
            // Nobody is there to type it.
            Some(problem) if problem.kind == ProblemKind::MfaCodeNeeded => {
                let hint =
                    "This command cannot ask for it: run `leave-org review`, which can, or name a profile that needs no code.";
                Err(Failure { hint: Some(hint.to_owned()), ..Failure::no_identity(problem) })
            }
            Some(problem) => Err(Failure::no_identity(problem)),
        }
    }

    /// Waits until every question is answered. The driver ends each one at the deadline.
    async fn answers(&mut self) -> Result<(), Failure> {
        let is_watched = io::stderr().is_terminal();
        loop {
            self.carry_out();
            let departure = &self.seen.departure;
            let is_over = |row: &CheckStatus| is_over(row, self.seen.end);
            if departure.checklist.subject.is_some() {
                let over = departure.asked.iter().filter(|step| is_over(departure.row(**step)));
                for step in over.filter(|step| self.told.insert(**step) && is_watched) {
                    say(&mut io::stderr(), &format!("checked: {}", texts::step(*step).title));
                }
            } else if let Some(problem) = departure.identity_problem.as_ref().filter(|_| is_over(&departure.identity)) {
                return Err(Failure::no_identity(problem));
            }
            if departure.questions().all(is_over) {
                if let Some(signal) = self.ended_by {
                    signal.end_the_program();
                }
                let checklist = &departure.checklist;
                let is_half_said = checklist.is_standalone() && !departure.is_outside_for_certain();
                // That there is nothing to leave has to be said twice.
                return match departure.identity_problem.as_ref().filter(|_| is_half_said) {
                    Some(problem) => Err(Failure::no_identity(problem)),
                    None => Ok(()),
                };
            }
            self.next().await?;
        }
    }

    /// Waits for the next thing that happens. A command of a profile may run again while the checks do.
    async fn next(&mut self) -> Result<(), Failure> {
        tokio::select! {
            Some(message) = self.messages.recv() => self.take(message),
            // Whoever stopped the command of one profile does not want that of another.
            loan = self.driver.wants_terminal() => if self.ended_by.is_none() {
                let begun = Instant::now();
                self.ended_by = lend(loan).await?;
                self.seen.end += begun.elapsed();
                self.driver.end_at(self.seen.end);
            },
        }
        Ok(())
    }

    /// Asks for `action`. Where another account has turned up behind the credentials, nothing more is asked.
    fn ask(&mut self, action: Action) {
        let _ = self.seen.departure.act(action, Timestamp::now());
    }

    fn take(&mut self, message: Message) {
        let Message::Of(_, event) = message else { return };
        self.seen.departure.update(event, Timestamp::now());
    }

    /// Hands the effects to the driver, except those that would write: the journal is only read here.
    fn carry_out(&mut self) {
        for effect in self.seen.departure.take_effects() {
            if !matches!(effect, Effect::OpenJournal { .. } | Effect::Record(..)) {
                let effect = wizard::Effect::Of(DepartureId::default(), effect);
                self.driver.carry_out(effect, &self.seen.departure.checklist);
            }
        }
    }
}

/// Whether nothing more comes of a question before `end`: it was answered, or its next retry would be too late.
fn is_over(row: &CheckStatus, end: Instant) -> bool {
    let end = Timestamp::now() + end.saturating_duration_since(Instant::now());
    row.running.is_none() && (row.waiting.is_none() || row.retry_at.is_some_and(|at| at >= end))
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

/// Adds the confirmations from the journal that still apply.
fn take_in(seen: &mut Seen) {
    let Some(subject) = seen.departure.checklist.subject.clone() else { return };
    let account = &subject.identity.account;
    let now = Timestamp::now();
    let read = || {
        let mut said = Said::of(seen);
        let read = Folder::of_user()?
            .until(seen.end)
            .read_with_past(account, &seen.departure.custom_endpoints, now, |line| said.take(line))?;
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
    for (at, membership) in &seen.departure.reads_before_journal {
        past.saw(membership, *at);
    }
    seen.open_outcome = past.open_outcome(&subject.membership, now);
    if seen.open_outcome.is_some() {
        note("a leave was asked for earlier, and it is not known what became of it. Start `leave-org`: it finds out.");
    } else if subject.membership == Membership::Standalone && past.request_to_settle(&subject.membership, now).is_some() {
        note("an earlier request to leave may be why the account is in no organization. Start `leave-org` to find out.");
    }
    match past.restore(&mut seen.departure.checklist) {
        Some(Meeting::Known | Meeting::OtherPrincipal) => seen.departure.checklist.destination = past.checklist.destination,
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
        let departure = &seen.departure;
        let organization = departure.checklist.subject.as_ref().and_then(|subject| Some(subject.organization()?.id.clone()));
        Self { here: departure.custom_endpoints.iter().cloned().collect(), organization, run: None, last: BTreeMap::new() }
    }

    #[expect(clippy::match_same_arms, reason = "in one arm, each kind would stand on a line of its own")]
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
            Entry::Withdrawn { step } => {
                self.last.remove(step);
            }
            Entry::Opened { .. } | Entry::AlsoAsked { .. } | Entry::Identified { .. } | Entry::Chosen { .. } => {}
            Entry::Found { .. } | Entry::Confirmed { .. } | Entry::Intended(_) | Entry::Answered { .. } => {}
            Entry::MembershipRead { .. } | Entry::FixIntended { .. } | Entry::FixAnswered { .. } => {}
            Entry::Settled { .. } | Entry::SetAside { .. } | Entry::Closed { .. } => {}
        }
    }
}

/// Says which words would be missed: the last one for a step that is open, when its time is over.
fn tell_what_ended(seen: &Seen, said: &BTreeMap<StepId, Attestation>, now: Timestamp) {
    for step in seen.departure.checklist.steps().filter(|step| step.finding.is_some() && !step.is_settled(now)) {
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
