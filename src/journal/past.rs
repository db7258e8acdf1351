//! What the lines of a journal come to: the walk as it went, without what it found out.
//!
//! Pure. The lines go through the very methods that the live walk uses, so that a word which was taken back then does not come back now.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::entry::{Entry, Intent, Line, MembershipRead, Settled, places};
use crate::checklist::{
    AccountId, Attestation, Checklist, FixRecord, LeaveAnswer, Meeting, Membership, Organization, Partition, Retry, Sightings,
    StepId, texts,
};

/// What is known of an account from earlier runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    pub account: AccountId,
    /// A leave that was asked for and of which nobody knows what became of it: the membership has to be read before anything else.
    pub unsettled: Option<Unsettled>,
    /// The last request to leave of which AWS showed no effect. If the account turns out to have left, it was by this one.
    pub without_effect: Option<Unsettled>,
    /// The last request to leave that AWS put off, and that may still turn out to have been taken: it explains a departure before the one
    /// above.
    pub put_off: Option<Unsettled>,
    pub last_at: Option<Timestamp>,
    /// The last time that it left an organization, whatever came after.
    pub left: Option<Left>,
    /// What could not be read just now, if so.
    pub set_aside: Option<SetAside>,
    /// A change that was about to be asked for when the last run ended, of which no answer was written, and nothing was found since.
    pub cut_off: Option<FixRecord>,
    /// The checklist as the walks before left it, with what they found out: for telling what it was, and for nothing else. Its texts come from
    /// a file.
    pub checklist: Checklist,
    now: Timestamp,
}

/// A leave whose outcome is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    pub intent: Intent,
    pub at: Timestamp,
    /// What the call told, when that was still written down: accepted, or unknown.
    pub answer: Option<LeaveAnswer>,
    pub seen: Sightings,
    /// How often AWS had asked us to try again later: this and the requests of which it is the last.
    pub put_off: u32,
}

impl Unsettled {
    /// From when on AWS's records count as settled.
    pub(crate) fn settles_at(&self) -> Timestamp {
        self.seen.settles_at(self.intent.made_at)
    }

    /// Whether AWS put it off and the account was still a member long after: what comes later is not this request's.
    pub(crate) fn is_over(&self) -> bool {
        self.put_off > 0 && self.seen.outlast(self.intent.made_at)
    }

    /// The same, with a read of the membership at `now` taken in.
    pub(crate) fn seen_as(&self, membership: &Membership, now: Timestamp) -> Self {
        let mut request = self.clone();
        request.seen.saw(membership.is_outside(&request.intent.organization), now);
        request
    }
}

/// An account that left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    pub at: Timestamp,
    /// The organization that it left, when that is known.
    pub organization: Option<String>,
    /// The checklist as it was read before. Its texts come from a file.
    pub checklist: Box<Checklist>,
    /// Whether it was seen in an organization since, once AWS's records had settled: until then a read may show what was.
    pub has_joined_since: bool,
    /// The request by which it left, where that is known.
    pub request: Option<Unsettled>,
}

/// Lines that could not be read, and where they are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    pub lines: u64,
    /// The name of the file, in the journal's folder.
    pub file: String,
}

impl Past {
    /// What `lines` come to for a run on `account` that speaks with `endpoints`, at the time `now`.
    #[cfg(test)]
    pub(crate) fn of(account: &AccountId, endpoints: &[String], now: Timestamp, lines: impl IntoIterator<Item = Line>) -> Self {
        let mut replay = Replay::new(account, endpoints, now);
        lines.into_iter().for_each(|line| replay.take(line));
        replay.finish(None)
    }

    /// The request to leave of which the membership has to be read before anything else, where AWS says at `now` that the account is
    /// there: one whose outcome is open; one of which AWS had shown no effect, now that the account is outside; and the one by which it had
    /// left, now that it is a member again before AWS's records count as settled. That read is taken in.
    pub(crate) fn request_to_settle(&self, membership: &Membership, now: Timestamp) -> Option<Unsettled> {
        let is_outside = |request: &&Unsettled| membership.is_outside(&request.intent.organization);
        let closed = self.put_off.iter().chain(&self.without_effect);
        let without_effect = closed.into_iter().find(|request| is_outside(request) == Some(true));
        let by_which_it_left = self.left.as_ref().and_then(|left| left.request.as_ref());
        let taken_back = by_which_it_left.filter(|_| self.is_taken_back(membership, now));
        let request = self.unsettled.as_ref().or(without_effect).or(taken_back)?;
        Some(request.seen_as(membership, now))
    }

    /// Takes in a read of the membership that no line tells of yet: what it contradicts is open again.
    pub fn saw(&mut self, membership: &Membership, at: Timestamp) {
        if let Some(request) = self.request_to_settle(membership, at) {
            self.unsettled = Some(request);
        }
    }

    /// Whether AWS says at `now` that the account is in the organization which it had left, before AWS's records count as settled.
    fn is_taken_back(&self, membership: &Membership, now: Timestamp) -> bool {
        let request = self.left.as_ref().and_then(|left| left.request.as_ref());
        request.is_some_and(|request| {
            membership.is_outside(&request.intent.organization) == Some(false) && now < request.settles_at()
        })
    }

    /// Since when it is not known what became of a leave, if that is so where AWS says at `now` that the account is. Once AWS's records count
    /// as settled, one read tells it, unless they had said otherwise.
    pub(crate) fn open_outcome(&self, membership: &Membership, now: Timestamp) -> Option<Timestamp> {
        let request = self.request_to_settle(membership, now)?;
        let made_at = request.intent.made_at;
        let is_open = match membership.is_outside(&request.intent.organization) {
            Some(false) => !request.seen.show_no_effect(made_at, now),
            Some(true) => now < Sightings::default().settles_at(made_at),
            None => true,
        };
        is_open.then_some(request.at.min(now))
    }

    /// Whether anything of what was said or refused may still hold.
    #[cfg(test)]
    pub(crate) fn has_words(&self) -> bool {
        self.checklist.steps().any(|step| step.attestation.is_some() || step.is_refused())
    }

    /// Gives `checklist` back what was said and refused, as far as it holds for the account, organization and principal that it names:
    /// never what was found out. What `checklist` knows already goes before.
    ///
    /// Says what the account is to the one that was last seen here, or `None` while `checklist` does not name one: then it is unchanged.
    pub fn restore(&self, checklist: &mut Checklist) -> Option<Meeting> {
        let subject = checklist.subject.as_ref()?;
        if subject.identity.account != self.account {
            let now = subject.identity.account.clone();
            return Some(Meeting::OtherAccount { before: self.account.clone(), now });
        }
        match &self.left {
            // Where AWS's records go back, what it refused before the account left stands as before.
            Some(left) if self.is_taken_back(&subject.membership, self.now) => {
                let mut walk = self.checklist.clone();
                walk.refuse_as(&left.checklist);
                checklist.resume(&walk)
            }
            _ => checklist.resume(&self.checklist),
        }
    }
}

/// An intent, and the run that had it.
#[derive(Clone)]
struct Open {
    run: String,
    unsettled: Unsettled,
}

/// Takes a journal's lines in, one after the other.
pub(super) struct Replay {
    account: AccountId,
    endpoints: BTreeSet<String>,
    now: Timestamp,
    runs: BTreeMap<String, Run>,
    walk: Checklist,
    open: Vec<Open>,
    without_effect: Option<Open>,
    put_off: Option<Open>,
    left: Option<Left>,
    left_by: Option<Open>,
    last_at: Option<Timestamp>,
    cut_off: Option<FixRecord>,
}

/// What a run said of itself.
#[derive(Default)]
struct Run {
    /// The endpoints it spoke with. `None`: the line that says so is not there.
    endpoints: Option<BTreeSet<String>>,
    is_identified: bool,
}

/// How far a run's lines count for the run that replays them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counts {
    Whole,
    /// Nobody knows with which: what it takes back is taken back, and what it gives does not count.
    OnlyAgainst,
    /// It spoke with others: another AWS, such as a practice one.
    No,
}

impl Replay {
    /// For a run on `account` that speaks with `endpoints`, at the time `now`.
    pub(super) fn new(account: &AccountId, endpoints: &[String], now: Timestamp) -> Self {
        Self {
            account: account.clone(),
            endpoints: places(endpoints),
            now,
            runs: BTreeMap::new(),
            walk: Checklist::default(),
            open: Vec::new(),
            without_effect: None,
            put_off: None,
            left: None,
            left_by: None,
            last_at: None,
            cut_off: None,
        }
    }

    pub(super) fn take(&mut self, line: Line) {
        let Line { at, run, entry, .. } = line;
        self.last_at = Some(at);
        let counts = self.counts(&run);
        match entry {
            Entry::Opened { endpoints, .. } => {
                self.forget_runs();
                self.runs.insert(run, Run { endpoints: Some(places(&endpoints)), is_identified: false });
            }
            // What happened to a call is nobody's word, and an outcome that is open in another AWS is still open there.
            Entry::Intended(intent) => {
                self.open.push(Open {
                    run,
                    unsettled: Unsettled { intent, at, answer: None, seen: Sightings::default(), put_off: 0 },
                });
            }
            Entry::Answered { mut answer } => {
                if let (LeaveAnswer::Refused { refusal }, Counts::Whole | Counts::OnlyAgainst) = (&mut answer, counts) {
                    // Links come from this program's own texts and from nowhere else.
                    refusal.link = refusal.link.take().filter(|link| is_ours(link));
                    self.walk.refuse(refusal);
                }
                self.answered(&run, answer);
            }
            Entry::Settled { outcome, organization, .. } => self.settled(&run, at, outcome, organization, counts),
            Entry::Identified { subject } => {
                if counts != Counts::No && subject.identity.account == self.account {
                    self.runs.entry(run).or_default().is_identified = true;
                    if counts == Counts::Whole {
                        self.seen(|organization| subject.membership.is_outside(organization), at);
                        // Until AWS's records count as settled, a read may show what was.
                        if let Some(left) = &mut self.left {
                            let is_settled = Sightings::default().settles_at(left.at) <= at;
                            let may_be_what_was = |there: &Organization| {
                                !is_settled && left.organization.as_ref().is_none_or(|left| *left == there.id)
                            };
                            left.has_joined_since |= subject.organization().is_some_and(|there| !may_be_what_was(there));
                        }
                    }
                    self.walk.meet(subject);
                }
            }
            Entry::FixIntended { fix } if counts == Counts::Whole => self.cut_off = Some(fix),
            Entry::FixAnswered { .. } if counts == Counts::Whole => self.cut_off = None,
            Entry::Found { finding, .. } if counts != Counts::No => {
                // What was read after it tells what became of it.
                self.cut_off = self.cut_off.take().filter(|fix| fix.step() != finding.step);
                self.walk.record(finding);
            }
            Entry::Chosen { destination } if counts == Counts::Whole => self.walk.destination = Some(destination),
            Entry::Attested { step, attestation } if counts == Counts::Whole && self.runs[&run].is_identified => {
                self.attested(step, attestation);
            }
            Entry::Withdrawn { step } if counts != Counts::No => self.walk.step_mut(step).attestation = None,
            Entry::MembershipRead { look } if counts == Counts::Whole => {
                let there = |organization: &str| match &look {
                    MembershipRead::Standalone { .. } => Some(true),
                    MembershipRead::Member { organization: there, .. } => Some(there != organization),
                    MembershipRead::Unknown { .. } => None,
                };
                self.seen(there, at);
            }
            Entry::Found { .. }
            | Entry::Withdrawn { .. }
            | Entry::Chosen { .. }
            | Entry::AlsoAsked { .. }
            | Entry::Attested { .. }
            | Entry::Confirmed { .. }
            | Entry::MembershipRead { .. }
            | Entry::FixIntended { .. }
            | Entry::FixAnswered { .. }
            | Entry::SetAside { .. }
            | Entry::Closed { .. } => {}
        }
    }

    /// Forgets the runs of a long journal that have nothing open. They have ended, because no two have the journal at the same time.
    fn forget_runs(&mut self) {
        const MOST: usize = 1_000;
        if self.runs.len() < MOST {
            return;
        }
        let closed = self.without_effect.iter().chain(&self.put_off).chain(&self.left_by);
        let needed: BTreeSet<&str> = self.open.iter().chain(closed).map(|open| open.run.as_str()).collect();
        self.runs.retain(|run, _| needed.contains(run.as_str()));
    }

    fn counts(&self, run: &str) -> Counts {
        match self.runs.get(run).and_then(|run| run.endpoints.as_ref()) {
            Some(endpoints) if *endpoints == self.endpoints => Counts::Whole,
            Some(_) => Counts::No,
            None => Counts::OnlyAgainst,
        }
    }

    fn attested(&mut self, step: StepId, word: Attestation) {
        // The rule may have become stricter since, and a file can say anything: the word counts no longer than it would today.
        let longest = SignedDuration::from_hours(texts::rules().attestation.hours_for(step, word.is_override));
        let last = word.at.checked_add(longest).unwrap_or(Timestamp::MAX);
        if word.at <= self.now && word.expires_at <= last {
            self.walk.step_mut(step).restore(word);
        }
    }

    /// The answer belongs to the call that its own run made last. Only one that shows that nothing was taken closes it.
    fn answered(&mut self, run: &str, answer: LeaveAnswer) {
        let Some(at) = self.open.iter().rposition(|open| open.run == run).filter(|at| self.open[*at].unsettled.answer.is_none())
        else {
            return;
        };
        match answer {
            // If the account is out later, a request that AWS put off may have done it all the same.
            LeaveAnswer::Refused { ref refusal } if refusal.retry == Retry::AfterAPause => {
                let open = self.open.remove(at);
                // An earlier one that is open goes before.
                if self.is_sent_here(&open.run) && !self.has_open() {
                    let is_about_it = |before: &Open| before.unsettled.intent.organization == open.unsettled.intent.organization;
                    let before = self.put_off.take().filter(is_about_it).filter(|before| !before.unsettled.is_over());
                    let put_off = before.map_or(0, |before| before.unsettled.put_off) + 1;
                    let Open { run, unsettled } = open;
                    self.put_off = Some(Open { run, unsettled: Unsettled { put_off, answer: Some(answer), ..unsettled } });
                }
            }
            LeaveAnswer::Refused { .. } | LeaveAnswer::NeverSent { .. } => {
                self.open.remove(at);
            }
            LeaveAnswer::Accepted { .. } | LeaveAnswer::Unknown { .. } => self.open[at].unsettled.answer = Some(answer),
        }
    }

    /// It is certain what became of the account.
    fn settled(&mut self, run: &str, at: Timestamp, outcome: Settled, organization: Option<String>, counts: Counts) {
        let last = self.open.iter().rev().find(|open| self.is_sent_here(&open.run)).cloned();
        self.close(run);
        let is_out = match outcome {
            Settled::Left => {
                let checklist = (counts != Counts::No).then(|| std::mem::take(&mut self.walk));
                if counts == Counts::Whole {
                    let before = self.left.take();
                    self.left_by = last.clone().or_else(|| self.last_closed());
                    if let Some(request) = &mut self.left_by {
                        request.unsettled.seen.saw_outside(at);
                        request.unsettled.seen.had_left = true;
                    }
                    // Where the records had gone back in between, the first time tells how the account was before.
                    let known = checklist.filter(Checklist::has_findings).map(Box::new);
                    let checklist = known.or_else(|| before.map(|left| left.checklist)).unwrap_or_default();
                    self.left = Some(Left { at, organization, checklist, has_joined_since: false, request: None });
                }
                true
            }
            Settled::AlreadyStandalone => {
                // Records can flap: what AWS refused is not forgotten for that. Where the account joins an organization later, that tells
                // whether it is the same one.
                if counts != Counts::No {
                    self.walk.forget_words();
                }
                true
            }
            Settled::StillMember => false,
        };
        // What another AWS says of the membership is about another account.
        if counts == Counts::Whole && is_out {
            (self.without_effect, self.put_off) = (None, None);
        } else if counts == Counts::Whole {
            match last.filter(|request| !request.unsettled.seen.had_left) {
                Some(request) if request.unsettled.put_off > 0 => self.put_off = Some(request),
                Some(request) => (self.without_effect, self.put_off) = (Some(request), None),
                None => {}
            }
            if let Some(left) = &mut self.left {
                // That departure was taken back.
                left.has_joined_since = true;
            }
        }
    }

    /// The membership was read: `is_outside` says of an organization whether the account is outside it, where AWS told that.
    fn seen(&mut self, is_outside: impl Fn(&str) -> Option<bool>, at: Timestamp) {
        let take_in = |request: &mut Unsettled| request.seen.saw(is_outside(&request.intent.organization), at);
        let here: Vec<bool> = self.open.iter().map(|open| self.is_sent_here(&open.run)).collect();
        for (open, _) in self.open.iter_mut().zip(here).filter(|(_, is_here)| *is_here) {
            take_in(&mut open.unsettled);
        }
        self.put_off = self.put_off.take().filter(|request| !request.unsettled.is_over());
        let mut has_open = self.has_open();
        for closed in [&mut self.put_off, &mut self.without_effect] {
            let Some(mut request) = closed.take() else { continue };
            let is_out = is_outside(&request.unsettled.intent.organization) == Some(true);
            if is_out && !has_open {
                // So it had an effect, perhaps: it is open again. Of several, the newest may have had it.
                has_open = true;
                take_in(&mut request.unsettled);
                self.open.push(request);
            } else {
                if !is_out {
                    take_in(&mut request.unsettled);
                }
                *closed = Some(request);
            }
        }
        if let Some(mut request) = self.left_by.take() {
            let may_flap = at < request.unsettled.settles_at();
            match is_outside(&request.unsettled.intent.organization) {
                Some(false) if may_flap => {
                    take_in(&mut request.unsettled);
                    self.open.push(request);
                    if let Some(left) = &self.left {
                        self.walk.refuse_as(&left.checklist);
                    }
                }
                Some(_) | None => self.left_by = Some(request),
            }
        }
    }

    /// Whether the outcome of a request that was sent here is open.
    fn has_open(&self) -> bool {
        self.open.iter().any(|open| self.is_sent_here(&open.run))
    }

    /// The request that explains a departure which shows now, where none is open: one that was put off, and is not over, before an earlier
    /// one without effect.
    fn last_closed(&self) -> Option<Open> {
        self.put_off.as_ref().filter(|open| !open.unsettled.is_over()).or(self.without_effect.as_ref()).cloned()
    }

    /// What `run` found out about the membership closes its own intents and every earlier one that was sent to the same AWS, or of which
    /// nobody knows where it was sent.
    fn close(&mut self, run: &str) {
        let runs = &self.runs;
        let endpoints = |run: &str| runs.get(run).and_then(|run| run.endpoints.as_ref());
        let there = endpoints(run);
        self.open.retain(|open| {
            let sent_to = endpoints(&open.run);
            open.run != run && (there.is_none() || sent_to.is_some_and(|sent_to| Some(sent_to) != there))
        });
    }

    /// Whether the requests of a run went where this one asks, or nobody knows where.
    fn is_sent_here(&self, run: &str) -> bool {
        self.runs.get(run).and_then(|run| run.endpoints.as_ref()).is_none_or(|endpoints| *endpoints == self.endpoints)
    }

    pub(super) fn finish(mut self, set_aside: Option<SetAside>) -> Past {
        for step in StepId::ALL {
            let step = self.walk.step_mut(step);
            step.attestation = step.attestation.take().filter(|word| self.now < word.expires_at);
        }
        // What another AWS says of the membership decides nothing about a request that went elsewhere.
        let unsettled = self.open.iter().rev().find(|open| self.is_sent_here(&open.run)).map(|open| open.unsettled.clone());
        if let Some(left) = &mut self.left {
            left.request = self.left_by.map(|open| open.unsettled);
        }
        Past {
            account: self.account,
            unsettled,
            without_effect: self.without_effect.map(|open| open.unsettled),
            put_off: self.put_off.map(|open| open.unsettled).filter(|request| !request.is_over()),
            last_at: self.last_at,
            left: self.left,
            set_aside,
            cut_off: self.cut_off,
            now: self.now,
            checklist: self.walk,
        }
    }
}

fn is_ours(link: &str) -> bool {
    let names = texts::all_refusals().iter().filter_map(|refusal| refusal.link.as_deref());
    names.flat_map(|name| Partition::ALL.map(|partition| texts::link(name, partition))).any(|ours| ours == Some(link))
}
