//! The record of a departure: what goes into the journal, and what an earlier run left there.
//!
//! Entries are gathered while a message is taken, and leave before every other effect of it: what is about to be done is written down
//! first. While there is no journal to write to, they wait.

use super::{Answered, Attempt, Departure, Effect, LastRequest, LeaveTarget, Mode, News, Opened};
use crate::aws;
use crate::checklist::gate::Change;
use crate::checklist::{Finding, LeaveAnswer, Meeting, Problem, Refusal, Step, StepId};
use crate::journal::{Entry, Intent, Past, Unsettled};

/// How the journal of the account is doing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum JournalState {
    /// Not asked for: nobody knows the account yet.
    #[default]
    NotYet,
    /// It is being opened. What failed before stays in sight.
    Opening {
        attempt: Attempt,
        previous: Option<Problem>,
        /// How often it has been tried, this time included.
        tries: u32,
        /// Hosts that take AWS's place, in words: what is said counts there.
        endpoints: Vec<String>,
        /// How many bytes of it were read, and of how many, where that takes long.
        read: Option<(u64, u64)>,
    },
    Open {
        path: String,
    },
    /// It cannot be opened or written. Nothing is sent until it can.
    Failed {
        problem: Problem,
        tries: u32,
    },
}

impl JournalState {
    /// Whether it can be written.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. })
    }

    /// How far reading it is, where that takes long.
    pub(crate) fn in_words(&self) -> Option<String> {
        let Self::Opening { read: Some((read, of)), .. } = self else { return None };
        Some(format!("Reading the journal: {} of {} MB", read >> 20, of >> 20))
    }

    /// Why there is no journal, if so.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Failed { problem, .. } => Some(problem),
            Self::Opening { previous, .. } => previous.as_ref(),
            Self::NotYet | Self::Open { .. } => None,
        }
    }
}

impl Departure {
    /// Notes down what happened.
    pub fn note(&mut self, entry: Entry) {
        self.to_write.push((self.now, entry));
    }

    /// Notes down who and where we are, and opens the journal of the account when that is not done.
    pub(super) fn note_subject(&mut self) {
        let Some(subject) = self.checklist.subject.clone() else { return };
        if !self.has_journal && self.reads_before_journal.last().is_none_or(|(_, before)| *before != subject.membership) {
            self.reads_before_journal.push((self.now, subject.membership.clone()));
        }
        // Before there is a journal, its beginning says it.
        if self.has_journal && self.written_subject.as_ref() != Some(&subject) {
            self.note(Entry::Identified { subject: subject.clone() });
        }
        self.written_subject = Some(subject);
        if matches!(self.record, JournalState::NotYet | JournalState::Failed { .. }) {
            self.open_journal();
        }
    }

    /// Notes down what a check found, when it is news, or when a leave is about to rest on it.
    pub(super) fn note_finding(&mut self, step: StepId, is_rechecked: bool) {
        // What the check read itself: what a refusal makes of it is worked out anew from the refusal.
        let Some(finding) = self.checklist.step(step).reading().cloned() else { return };
        let standing = self.checklist.step(step).standing(self.now);
        let place = step.index();
        let is_news = self.written_findings[place].as_ref().is_none_or(|written| !written.is_the_same_fact(&finding));
        if is_news || is_rechecked {
            self.written_findings[place] = Some(finding.clone());
            self.note(Entry::Found { finding, standing });
        }
    }

    /// Opens the journal of the account, or tries again to write it.
    pub(super) fn open_journal(&mut self) {
        let (Some(subject), Some(session)) = (&self.checklist.subject, self.session()) else { return };
        let (account, endpoints) = (subject.identity.account.clone(), session.custom_endpoints.clone());
        let (previous, tries) = match &self.record {
            JournalState::Failed { problem, tries } => (Some(problem.clone()), tries + 1),
            JournalState::Opening { .. } | JournalState::Open { .. } => return,
            JournalState::NotYet => (None, 1),
        };
        let attempt = self.next_attempt();
        self.record = JournalState::Opening { attempt, previous, tries, endpoints: endpoints.clone(), read: None };
        self.effects.push(Effect::OpenJournal { attempt, account, endpoints });
    }

    pub(super) fn journal_read(&mut self, attempt: Attempt, progress: (u64, u64)) {
        if let JournalState::Opening { attempt: awaited, read, .. } = &mut self.record
            && *awaited == attempt
        {
            *read = Some(progress);
        }
    }

    pub(super) fn journal_opened(&mut self, attempt: Attempt, result: Result<Opened, Problem>) {
        let JournalState::Opening { attempt: awaited, tries, endpoints, .. } = self.record.clone() else { return };
        if awaited != attempt {
            return;
        }
        let Opened { path, mut past } = match result {
            Ok(opened) => opened,
            Err(problem) => {
                self.record = JournalState::Failed { problem, tries };
                return self.conclude_standalone();
            }
        };
        self.record = JournalState::Open { path };
        // From here on its journal tells.
        self.in_doubt = self.in_doubt.take().filter(|account| *account != past.account);
        self.note_beginning(endpoints);
        // What this run has said, heard and asked for itself it knows better than its journal does, unless an outcome is open.
        let is_first = !self.has_journal;
        if is_first {
            self.has_journal = true;
            for (at, membership) in self.reads_before_journal.drain(..) {
                past.saw(&membership, at);
            }
            self.welcome_back(&past);
        }
        let is_to_settle = past.unsettled.is_some() || (is_first && self.last_request.is_none());
        let membership = self.checklist.subject.as_ref().map(|subject| &subject.membership).filter(|_| self.is_identified);
        if let Some(request) = membership.and_then(|there| past.request_to_settle(there, self.now)).filter(|_| is_to_settle) {
            self.settle_first(&request);
            if request.put_off > 0 {
                self.earlier_request = past.without_effect.and_then(|earlier| self.request_of(earlier));
            }
            return;
        }
        if past.unsettled.is_some() {
            self.unsettled = past.unsettled;
        } else if self.last_request.is_none() {
            let now = self.now;
            let seen = |request: Unsettled| match membership {
                Some(there) => request.seen_as(there, now),
                None => request,
            };
            let (put_off, without_effect) = (past.put_off.map(seen), past.without_effect.map(seen));
            let [put_off, without_effect] = [put_off, without_effect].map(|request| self.request_of(request?));
            let (last, earlier) = if put_off.is_some() { (put_off, without_effect) } else { (without_effect, None) };
            self.remember_request(last);
            self.earlier_request = earlier;
        }
        self.conclude_standalone();
    }

    fn welcome_back(&mut self, past: &Past) {
        let meeting = past.restore(&mut self.checklist);
        let is_elsewhere = matches!(meeting, Some(Meeting::OtherOrganization { .. } | Meeting::OtherAccount { .. }) | None);
        self.news.push(News::JournalTold(past.checklist.destination.filter(|_| !is_elsewhere)));
        self.before = past.last_at.is_some().then(|| past.clone());
    }

    /// Begins the journal, or goes on with one that may not be the file any more that it was: first whose it is, then what is said
    /// already, and only then what waits.
    fn note_beginning(&mut self, endpoints: Vec<String>) {
        let mut beginning = vec![self.opened(endpoints)];
        beginning.extend(self.checklist.subject.clone().map(|subject| Entry::Identified { subject }));
        beginning.extend(self.checklist.destination.map(|destination| Entry::Chosen { destination }));
        // Refusals take words back, so they come before them; one may be about several steps.
        let refused = |refusal: &Refusal| Entry::Answered { answer: LeaveAnswer::Refused { refusal: refusal.clone() } };
        let found = |finding: &Finding| Entry::Found { finding: finding.clone(), standing: None };
        // Each after what it refuted: what is found later is weighed against that.
        for refusal in self.checklist.refusals() {
            let at_its_steps = self.checklist.steps().flat_map(Step::refused).filter(|refused| refused.refusal == *refusal);
            beginning.extend(at_its_steps.filter_map(|refused| refused.refuted.as_deref()).map(found));
            beginning.push(refused(refusal));
        }
        for step in self.checklist.steps() {
            if let (Some(finding), Some(attestation)) = (step.reading(), &step.attestation) {
                beginning.push(Entry::Found { finding: finding.clone(), standing: step.standing(self.now) });
                beginning.push(Entry::Attested { step: step.id, attestation: attestation.clone() });
            }
        }
        self.written_endpoints = self.other_endpoints();
        if !self.written_endpoints.is_empty() {
            beginning.insert(beginning.len().min(2), Entry::AlsoAsked { endpoints: self.written_endpoints.clone() });
        }
        let now = self.now;
        self.to_write.splice(0..0, beginning.into_iter().map(|entry| (now, entry)));
    }

    /// The endpoints in place of AWS's own that the beginning of a journal does not name: on the way to credentials, and the management
    /// profile's.
    fn other_endpoints(&self) -> Vec<String> {
        aws::in_words(&self.endpoints).into_iter().filter(|words| !self.custom_endpoints.contains(words)).collect()
    }

    /// Notes down which other endpoints are asked, once that has changed. Before there is a journal, its beginning says it.
    pub(super) fn note_endpoints(&mut self) {
        let endpoints = self.other_endpoints();
        if self.has_journal && endpoints != self.written_endpoints {
            self.written_endpoints.clone_from(&endpoints);
            self.note(Entry::AlsoAsked { endpoints });
        }
    }

    /// The journal could be written again after it could not.
    pub(super) fn journal_recovered(&mut self, path: String) {
        if self.has_journal && matches!(self.record, JournalState::Failed { .. }) {
            self.record = JournalState::Open { path };
        }
    }

    /// The journal could not be written. What was not written waits.
    pub(super) fn journal_failed(&mut self, problem: Problem) {
        if self.record.is_open() {
            self.news.push(News::JournalFailed(problem.clone()));
            self.record = JournalState::Failed { problem, tries: 1 };
            if self.leave.can_be_stopped() {
                self.abandon_recheck(vec![Change::JournalLost]);
            }
        }
    }

    /// An earlier run ended while a request to leave may have been on its way: before anything else, the membership is read.
    pub(super) fn settle_first(&mut self, unsettled: &Unsettled) {
        if let Some(left) = self.before.as_mut().and_then(|before| before.left.as_mut()) {
            left.request = None;
        }
        let Some(subject) = &self.checklist.subject else { return };
        let of = LeaveTarget { account: subject.identity.account.clone(), organization: unsettled.intent.organization.clone() };
        let answered = answered(unsettled);
        self.stop_rounds();
        // What was found just now may have been found after the leave.
        self.checklist.forget_findings();
        self.written_findings = Default::default();
        // The records have had the time since then to become visible.
        let since = unsettled.intent.made_at.min(self.now);
        let request = LastRequest { answered: answered.clone(), of: of.clone(), at: since, is_open: true, seen: unsettled.seen };
        self.remember_request(Some(request));
        self.verify(of, answered, since);
    }

    /// The request by which the account had left, where AWS calls it a member again before its records count as settled: what AWS refused
    /// before then stands as before.
    pub(super) fn taken_back(&mut self) -> Option<Unsettled> {
        let membership = &self.checklist.subject.as_ref()?.membership;
        let left = self.before.as_ref()?.left.as_ref()?;
        let request = left.request.clone()?;
        let is_back = membership.is_outside(&request.intent.organization) == Some(false) && self.now < request.settles_at();
        if !is_back || self.last_request.is_some() {
            return None;
        }
        let before = left.checklist.clone();
        self.checklist.refuse_as(&before);
        Some(request)
    }

    /// A request of an earlier run of which AWS had shown no effect.
    fn request_of(&self, earlier: Unsettled) -> Option<LastRequest> {
        let account = self.checklist.subject.as_ref()?.identity.account.clone();
        let answered = answered(&earlier);
        let Intent { organization, made_at: at, .. } = earlier.intent;
        Some(LastRequest { answered, of: LeaveTarget { account, organization }, at, is_open: false, seen: earlier.seen })
    }

    fn opened(&self, endpoints: Vec<String>) -> Entry {
        Entry::Opened {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            mode: match self.mode {
                Mode::Guided => "guided",
                Mode::Review => "review",
            }
            .to_owned(),
            by: self.person.clone(),
            profile: self.session().and_then(|session| session.profile.clone()),
            endpoints,
        }
    }

    /// Another account: what is written from here on goes into another journal.
    pub(super) fn close_record(&mut self) {
        self.record = JournalState::NotYet;
        self.has_journal = false;
        self.unsettled = None;
        self.reads_before_journal.clear();
        self.before = None;
        self.to_write.clear();
        self.written_endpoints.clear();
        self.written_subject = None;
        self.written_findings = Default::default();
    }
}

/// What the call of an earlier run told, as far as that was written down.
fn answered(earlier: &Unsettled) -> Answered {
    match &earlier.answer {
        _ if earlier.put_off > 0 => Answered::PutOff { calls: earlier.put_off },
        Some(LeaveAnswer::Accepted { request_id }) => Answered::Accepted { request_id: request_id.clone() },
        Some(LeaveAnswer::Unknown { problem }) => Answered::Lost(problem.clone()),
        Some(LeaveAnswer::Refused { .. } | LeaveAnswer::NeverSent { .. }) | None => Answered::Interrupted { at: earlier.at },
    }
}
