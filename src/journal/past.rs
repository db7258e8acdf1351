//! What the lines of a journal come to: the walk as it went, without what it found out.
//!
//! Pure. The lines go through the very methods that the live walk uses, so that a word which was taken back then does not come back now.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::entry::{Answer, Entry, Intent, Line, Look, Settled, harmless_endpoints};
use crate::checklist::{
    AccountId, Attestation, Checklist, Destination, FixRecord, Meeting, Membership, Partition, Retry, StepId, texts,
};

/// What is known of an account from earlier runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Whose past it is.
    pub account: AccountId,
    /// Where the account was going. Holds as far as [`Self::restore`] says that this is still the same organization.
    pub destination: Option<Destination>,
    /// A leave that was asked for and of which nobody knows what became of it: the membership has to be read before anything else.
    pub unsettled: Option<Unsettled>,
    /// The last request to leave of which AWS showed no effect. If the account turns out to have left, it was by this one.
    pub without_effect: Option<Unsettled>,
    /// When the last line was written.
    pub last_at: Option<Timestamp>,
    /// The last time that it left an organization, whatever came after.
    pub left: Option<Left>,
    /// What could not be read just now, if so.
    pub set_aside: Option<SetAside>,
    /// A change that was about to be asked for when the last run ended, of which no answer was written, and nothing was found since.
    pub cut_off: Option<FixRecord>,
    walk: Checklist,
}

/// A leave whose outcome is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    /// What was about to be asked for.
    pub intent: Intent,
    /// When that was written down.
    pub at: Timestamp,
    /// What the call told, when that was still written down: accepted, or unknown.
    pub answer: Option<Answer>,
    /// When a read of the membership last found the account outside the organization.
    pub outside_at: Option<Timestamp>,
    /// How often AWS had asked us to try again later: this and the requests of which it is the last.
    pub put_off: u32,
}

impl Unsettled {
    /// From when on AWS's records count as settled.
    #[must_use]
    pub fn settles_at(&self) -> Timestamp {
        texts::rules().verification.settles_at(self.intent.made_at, self.outside_at)
    }
}

/// An account that left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// When that was certain.
    pub at: Timestamp,
    /// The organization that it left, when that is known.
    pub organization: Option<String>,
    /// The checklist as it was read before. Its texts come from a file.
    pub checklist: Box<Checklist>,
    /// Whether it was seen in an organization since, once AWS's records had settled: until then a read may show what was.
    pub has_joined_since: bool,
}

/// Lines that could not be read, and where they are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// How many.
    pub lines: u64,
    /// The name of the file, in the journal's folder.
    pub file: String,
}

impl Past {
    /// What `lines` come to for a run on `account` that speaks with `endpoints`, at the time `now`.
    #[must_use]
    pub fn of(account: &AccountId, endpoints: &[String], now: Timestamp, lines: impl IntoIterator<Item = Line>) -> Self {
        let mut replay = Replay::new(account, endpoints, now);
        lines.into_iter().for_each(|line| replay.take(line));
        replay.finish(None)
    }

    /// Since when it is not known what became of a leave, if that is so where AWS says at `now` that the account is. One read tells it once
    /// AWS's records count as settled.
    #[must_use]
    pub fn open_outcome(&self, membership: &Membership, now: Timestamp) -> Option<Timestamp> {
        let unsettled = self.unsettled.as_ref()?;
        let is_settled = unsettled.settles_at() <= now;
        let is_open = match membership {
            // Where AWS's records had said otherwise, one read is not enough.
            Membership::Member(organization) if organization.id == unsettled.intent.organization => {
                unsettled.outside_at.is_some() || !is_settled
            }
            Membership::Standalone | Membership::Member(_) => !is_settled,
            Membership::Unknown => true,
        };
        is_open.then_some(unsettled.at.min(now))
    }

    /// The checklist as the walks before left it, with what they found out: for telling what it was, and for nothing else. Its texts come from
    /// a file.
    #[must_use]
    pub fn checklist(&self) -> &Checklist {
        &self.walk
    }

    /// Whether anything of what was said or refused may still hold.
    #[must_use]
    pub fn has_words(&self) -> bool {
        self.walk.steps().any(|step| step.attestation.is_some() || step.is_refused())
    }

    /// Gives `checklist` back what was said and refused, as far as it holds for the account, organization and principal that it names:
    /// never what was found out. What `checklist` knows already goes before.
    ///
    /// Says what the account is to the one that was last seen here, or `None` while `checklist` does not name one: then it is unchanged.
    pub fn restore(&self, checklist: &mut Checklist) -> Option<Meeting> {
        let now = &checklist.subject.as_ref()?.identity.account;
        if *now != self.account {
            return Some(Meeting::OtherAccount { before: self.account.clone(), now: now.clone() });
        }
        checklist.resume(&self.walk)
    }
}

/// An intent that nothing has closed yet.
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
    without_effect: Option<Unsettled>,
    left: Option<Left>,
    last_at: Option<Timestamp>,
    cut_off: Option<FixRecord>,
}

/// What a run said of itself.
#[derive(Default)]
struct Run {
    /// The endpoints it spoke with. `None`: the line that says so is not there.
    endpoints: Option<BTreeSet<String>>,
    /// Whether it said who and where it was.
    is_identified: bool,
}

/// How far a run's lines count for the run that replays them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counts {
    /// It spoke with the same endpoints.
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
            endpoints: harmless_endpoints(endpoints).into_iter().collect(),
            now,
            runs: BTreeMap::new(),
            walk: Checklist::default(),
            open: Vec::new(),
            without_effect: None,
            left: None,
            last_at: None,
            cut_off: None,
        }
    }

    /// Takes one line in.
    pub(super) fn take(&mut self, line: Line) {
        let Line { at, run, entry, .. } = line;
        self.last_at = Some(at);
        let counts = self.counts(&run);
        match entry {
            Entry::Opened { endpoints, .. } => {
                self.runs.insert(run, Run { endpoints: Some(endpoints.into_iter().collect()), is_identified: false });
            }
            // What happened to a call is nobody's word, and an outcome that is open in another AWS is still open there.
            Entry::Intended(intent) => {
                self.open.push(Open { run, unsettled: Unsettled { intent, at, answer: None, outside_at: None, put_off: 0 } });
            }
            Entry::Answered { mut answer } => {
                if let (Answer::Refused { refusal }, Counts::Whole | Counts::OnlyAgainst) = (&mut answer, counts) {
                    // Links come from this program's own texts and from nowhere else.
                    refusal.link = refusal.link.take().filter(|link| is_ours(link));
                    self.walk.refuse(refusal);
                }
                self.answered(&run, answer);
            }
            Entry::Settled { outcome, organization, .. } => {
                // What another AWS says of the membership is about another account.
                if counts == Counts::Whole {
                    self.without_effect = match outcome {
                        Settled::StillMember => self
                            .open
                            .iter()
                            .rev()
                            .find(|open| self.is_sent_here(open))
                            .map(|open| open.unsettled.clone())
                            .or(self.without_effect.take()),
                        Settled::Left | Settled::AlreadyStandalone => None,
                    };
                }
                self.close(&run);
                match outcome {
                    Settled::Left if counts != Counts::No => {
                        let checklist = Box::new(std::mem::take(&mut self.walk));
                        if counts == Counts::Whole {
                            self.left = Some(Left { at, organization, checklist, has_joined_since: false });
                        }
                    }
                    // Records can flap: what AWS refused is not forgotten for that. Where the account joins an organization later, that
                    // tells whether it is the same one.
                    Settled::AlreadyStandalone if counts != Counts::No => self.walk.forget_words(),
                    Settled::Left | Settled::AlreadyStandalone | Settled::StillMember => {}
                }
            }
            Entry::Identified { subject } => {
                if counts != Counts::No && subject.identity.account == self.account {
                    self.runs.entry(run).or_default().is_identified = true;
                    // Long after AWS put a request off it was a member: what comes later is not that request's.
                    let is_over = |request: &Unsettled| {
                        let is_there = subject.organization().is_some_and(|there| there.id == request.intent.organization);
                        request.put_off > 0 && is_there && request.settles_at() <= at
                    };
                    self.without_effect = self.without_effect.take().filter(|request| !is_over(request));
                    let is_settled = |left: &&mut Left| texts::rules().verification.settles_at(left.at, None) <= at;
                    if let Some(left) = self.left.as_mut().filter(|_| counts == Counts::Whole).filter(is_settled) {
                        left.has_joined_since |= subject.organization().is_some();
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
            Entry::Attested { step, attestation } if counts == Counts::Whole && self.is_identified(&run) => {
                self.attested(step, attestation);
            }
            Entry::Withdrawn { step } if counts != Counts::No => self.walk.step_mut(step).attestation = None,
            Entry::MembershipRead { look } if counts == Counts::Whole => {
                for unsettled in self.open.iter_mut().map(|open| &mut open.unsettled) {
                    let is_outside = match &look {
                        Look::Standalone { .. } => true,
                        Look::Member { organization, .. } => *organization != unsettled.intent.organization,
                        Look::Unknown { .. } => false,
                    };
                    if is_outside {
                        unsettled.outside_at = Some(at);
                    }
                }
            }
            Entry::Found { .. }
            | Entry::Withdrawn { .. }
            | Entry::Chosen { .. }
            | Entry::Attested { .. }
            | Entry::Confirmed { .. }
            | Entry::MembershipRead { .. }
            | Entry::FixIntended { .. }
            | Entry::FixAnswered { .. }
            | Entry::SetAside { .. }
            | Entry::Closed { .. } => {}
        }
    }

    fn counts(&self, run: &str) -> Counts {
        match self.runs.get(run).and_then(|run| run.endpoints.as_ref()) {
            Some(endpoints) if *endpoints == self.endpoints => Counts::Whole,
            Some(_) => Counts::No,
            None => Counts::OnlyAgainst,
        }
    }

    fn is_identified(&self, run: &str) -> bool {
        self.runs.get(run).is_some_and(|run| run.is_identified)
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
    fn answered(&mut self, run: &str, answer: Answer) {
        let Some(at) = self.open.iter().rposition(|open| open.run == run).filter(|at| self.open[*at].unsettled.answer.is_none())
        else {
            return;
        };
        match answer {
            // If the account is out later, a request that AWS put off may have done it all the same.
            Answer::Refused { ref refusal } if refusal.retry == Retry::AfterAPause => {
                let open = self.open.remove(at);
                if self.is_sent_here(&open) {
                    let earlier = self
                        .without_effect
                        .take()
                        .filter(|before| before.put_off > 0 && before.intent.organization == open.unsettled.intent.organization);
                    let first = earlier.unwrap_or(open.unsettled);
                    self.without_effect = Some(Unsettled { put_off: first.put_off + 1, answer: Some(answer), ..first });
                }
            }
            Answer::Refused { .. } | Answer::NeverSent { .. } => {
                self.open.remove(at);
            }
            Answer::Accepted { .. } | Answer::Unknown { .. } => self.open[at].unsettled.answer = Some(answer),
        }
    }

    /// What `run` found out about the membership closes its own intents and every earlier one that was sent to the same AWS, or of which
    /// nobody knows where it was sent.
    fn close(&mut self, run: &str) {
        let runs = &self.runs;
        let endpoints = |run: &str| runs.get(run).and_then(|run| run.endpoints.as_ref());
        let there = endpoints(run);
        self.open.retain(|open| {
            let sent_to = endpoints(&open.run);
            open.run != run && !closes(there, sent_to)
        });
    }

    /// Whether a request went where this run asks, or nobody knows where.
    fn is_sent_here(&self, open: &Open) -> bool {
        self.runs.get(&open.run).and_then(|run| run.endpoints.as_ref()).is_none_or(|endpoints| *endpoints == self.endpoints)
    }

    /// What it all comes to.
    pub(super) fn finish(mut self, set_aside: Option<SetAside>) -> Past {
        for step in StepId::ALL {
            let step = self.walk.step_mut(step);
            step.attestation = step.attestation.take().filter(|word| self.now < word.expires_at);
        }
        // What another AWS says of the membership decides nothing about a request that went elsewhere.
        let unsettled = self.open.iter().rev().find(|open| self.is_sent_here(open)).map(|open| open.unsettled.clone());
        Past {
            account: self.account,
            destination: self.walk.destination,
            unsettled,
            without_effect: self.without_effect,
            last_at: self.last_at,
            left: self.left,
            set_aside,
            cut_off: self.cut_off,
            walk: self.walk,
        }
    }
}

/// Whether what a run found out about the membership says what became of a request: it looked at `there`, and the request was `sent_to`.
/// `None`: nobody knows where.
pub(crate) fn closes<E: PartialEq>(there: Option<&E>, sent_to: Option<&E>) -> bool {
    there.is_some() && (sent_to.is_none() || sent_to == there)
}

fn is_ours(link: &str) -> bool {
    let names = texts::all_refusals().iter().filter_map(|refusal| refusal.link.as_deref());
    names.flat_map(|name| Partition::ALL.map(|partition| texts::link(name, partition))).any(|ours| ours == Some(link))
}
