//! What can be asked of a departure, and why not, where something cannot be done now.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Attempt, Departure, Leave, Lock, Mode, Outcome};
use crate::checklist::OneTimeCode;
use crate::checklist::gate::{Acknowledgement, NotConfirmed};
use crate::checklist::{AttestationRefused, Destination, Fix, StepId};
use crate::journal::Entry;

/// What somebody can ask of a departure.
#[derive(Debug)]
pub enum Action {
    /// Find the credentials of this profile, or those that the standard chain comes to.
    Use(Option<String>),
    /// Wait for the profiles of this machine to be listed; [`Event::ProfilesListed`](super::Event::ProfilesListed) ends that.
    AwaitProfile,
    /// Go back to before a profile was chosen.
    ForgetProfile,
    /// Find the credentials anew, with the code of an MFA device where somebody typed one.
    Connect(Option<OneTimeCode>),
    Check(Vec<StepId>),
    Choose(Destination),
    /// Confirm a step, or override what its check says.
    Attest {
        step: StepId,
        /// The person's note, or their reason.
        note: String,
    },
    /// Withdraw the confirmation or override of a step.
    Withdraw(StepId),
    /// Leave: every check runs once more, then the call is made.
    Confirm {
        seen: BTreeSet<Acknowledgement>,
        typed: String,
    },
    Stop,
    /// Retry now what the departure waits for, or ended without.
    AskAgain,
    /// Go back from how the leave ended to the checklist.
    GoBack,
    /// Go on with the account that the credentials belong to now.
    ChangeAccount,
    /// Ask with the profile of the organization's owner, too.
    AskOwner(String),
    ReadContact,
    /// Change something in AWS that a step needs.
    Fix(Fix),
}

/// Why something cannot be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyNot {
    Pointless,
    /// A review changes nothing in AWS.
    Review,
    Locked(Lock),
    /// Nobody may say this of the step, or not like this.
    NotAttested(AttestationRefused),
    NotConfirmed(NotConfirmed),
}

/// Something that makes sense as things stand.
#[derive(Debug)]
pub struct Offer {
    /// The action, with the person's own words still blank.
    pub action: Action,
    /// Why it cannot be done just now, if so.
    pub why_not: Option<WhyNot>,
}

impl Departure {
    /// Performs `action` at the time `now`; [`Self::take_effects`] says what has to be done for it. If the answer will come as
    /// [`News`](super::News), returns the attempt that it will carry.
    ///
    /// # Errors
    /// When that cannot be done now: see `why_not`. Nothing has changed then.
    pub fn act(&mut self, action: Action, now: Timestamp) -> Result<Option<Attempt>, WhyNot> {
        self.now = now;
        if let Some(why) = self.why_not(&action) {
            return Err(why);
        }
        match action {
            Action::Use(profile) => {
                self.profile = profile;
                self.connect(None);
            }
            Action::AwaitProfile => drop(self.start_connecting()),
            Action::ForgetProfile => self.forget_the_profile(),
            Action::Connect(code) => self.connect(code),
            Action::Check(steps) => self.check(&steps),
            Action::Choose(destination) => self.choose(destination),
            Action::Attest { step, note } => self.attest(step, &note).map_err(WhyNot::NotAttested)?,
            Action::Withdraw(step) => self.withdraw(step),
            Action::Confirm { seen, typed } => self.confirm(&seen, &typed).map_err(WhyNot::NotConfirmed)?,
            Action::Stop => self.leave = Leave::Idle,
            Action::AskAgain => self.ask_again(),
            Action::GoBack => self.go_back(),
            Action::ChangeAccount => {
                self.forget_the_account();
                self.check_all();
            }
            Action::AskOwner(profile) => self.ask_owner(profile, true),
            Action::ReadContact => return Ok(Some(self.read_contact())),
            Action::Fix(fix) => return Ok(self.apply(fix)),
        }
        Ok(None)
    }

    /// Why `action` cannot be done now, whatever words a person gives with it. `None` means that it can.
    pub(crate) fn why_not(&self, action: &Action) -> Option<WhyNot> {
        let unless = |makes_sense: bool| (!makes_sense).then_some(WhyNot::Pointless);
        let is_here = self.is_at_the_checklist();
        match action {
            Action::Connect(_) => None,
            // What became of a leave is told first, and with the credentials that it was made with.
            Action::Use(_) | Action::AwaitProfile | Action::ForgetProfile => unless(matches!(self.leave, Leave::Idle)),
            Action::Check(_) => unless(is_here),
            Action::Choose(_) => unless(is_here && self.checklist.subject.is_some()),
            Action::Attest { .. } | Action::Withdraw(_) if !is_here => Some(WhyNot::Pointless),
            Action::Attest { step, .. } => {
                let refused = self.checklist.step(*step).attestable().refused();
                refused.map(WhyNot::NotAttested).or_else(|| self.locked_by_the_journal())
            }
            // An unrecorded withdrawal would be undone at the next start.
            Action::Withdraw(step) => unless(self.checklist.step(*step).standing_attestation(self.now).is_some())
                .or_else(|| self.locked_by_the_journal()),
            Action::Confirm { .. } | Action::Fix(_) | Action::ReadContact if self.mode == Mode::Review => Some(WhyNot::Review),
            Action::Confirm { .. } => unless(is_here && self.checklist.destination.is_some())
                .or_else(|| self.locks().first().copied().map(WhyNot::Locked)),
            Action::Stop => unless(self.leave.can_be_stopped()),
            Action::AskAgain => unless(self.can_ask_again()),
            Action::GoBack => unless(match &self.leave {
                Leave::Ended(outcome) => match outcome {
                    Outcome::Refused(_) | Outcome::NeverSent(_) | Outcome::StillMember { .. } => true,
                    // Whoever reads that AWS shows the membership may go on.
                    Outcome::NotKnown(verification) => verification.is_member(),
                    Outcome::Left { .. } | Outcome::AlreadyStandalone => false,
                },
                Leave::Idle
                | Leave::Rechecking { .. }
                | Leave::Postponed { .. }
                | Leave::Calling { .. }
                | Leave::Verifying(_) => false,
            }),
            Action::ChangeAccount => unless(self.elsewhere.is_some()),
            Action::AskOwner(_) if self.owner.asking.is_some() || !is_here || self.checklist.is_standalone() => {
                Some(WhyNot::Pointless)
            }
            Action::AskOwner(_) => self.locked_for_the_owner().map(WhyNot::Locked),
            Action::ReadContact => self.session().is_none().then_some(WhyNot::Locked(Lock::Connection)),
            Action::Fix(Fix::VerifyPhone(_)) if !self.code_is_good() => Some(WhyNot::Pointless),
            Action::Fix(_) => unless(is_here).or_else(|| self.keeps_from_fixing().map(WhyNot::Locked)),
        }
    }

    /// Whether there is something that `action` would do, if nothing kept it back.
    pub(crate) fn makes_sense(&self, action: &Action) -> bool {
        self.why_not(action) != Some(WhyNot::Pointless)
    }

    pub(crate) fn can(&self, action: &Action) -> bool {
        self.why_not(action).is_none()
    }

    /// What makes sense as things stand: what can be done now, and what cannot, with the reason.
    #[must_use]
    pub fn offers(&self) -> Vec<Offer> {
        let about = |step| [Action::Check(vec![step]), Action::Attest { step, note: String::new() }, Action::Withdraw(step)];
        let whole = [
            Action::Connect(None),
            Action::Check(StepId::ALL.to_vec()),
            Action::Confirm { seen: BTreeSet::new(), typed: String::new() },
            Action::Stop,
            Action::AskAgain,
            Action::GoBack,
            Action::ChangeAccount,
            Action::AskOwner(String::new()),
            Action::ReadContact,
            Action::Fix(Fix::SendCode),
        ];
        let destinations = Destination::ALL.into_iter().map(Action::Choose);
        let all = whole.into_iter().chain(destinations).chain(StepId::ALL.into_iter().flat_map(about));
        let offered = all.filter(|action| self.makes_sense(action));
        offered.map(|action| Offer { why_not: self.why_not(&action), action }).collect()
    }

    /// While the journal opens, confirmations wait for it. If it cannot be written, none is accepted.
    fn locked_by_the_journal(&self) -> Option<WhyNot> {
        self.record.problem().map(|_| WhyNot::Locked(Lock::Journal))
    }

    fn choose(&mut self, destination: Destination) {
        if self.checklist.destination.replace(destination) != Some(destination) {
            self.note(Entry::Chosen { destination });
        }
    }

    fn attest(&mut self, step: StepId, note: &str) -> Result<(), AttestationRefused> {
        self.checklist.step_mut(step).attest(&self.person, note, self.now)?;
        if let Some(attestation) = self.checklist.step(step).attestation.clone() {
            self.note(Entry::Attested { step, attestation });
        }
        Ok(())
    }

    fn withdraw(&mut self, step: StepId) {
        if self.checklist.step_mut(step).withdraw(self.now).is_some() {
            self.note(Entry::Withdrawn { step });
        }
    }

    /// Whether the leave waits for an answer that AWS can be asked for at once, or ended without one.
    fn can_ask_again(&self) -> bool {
        match &self.leave {
            Leave::Rechecking { .. } => self.questions().any(|row| row.waiting.is_some()),
            Leave::Verifying(verification) => verification.waits(),
            // Only the journal is missing.
            Leave::Ended(Outcome::Left { .. }) => self.record.problem().is_some(),
            Leave::Postponed { .. } | Leave::Ended(_) => true,
            Leave::Idle | Leave::Calling { .. } => false,
        }
    }

    fn ask_again(&mut self) {
        match &self.leave {
            Leave::Rechecking { attempt, .. } => self.retry_now(*attempt),
            Leave::Postponed { .. } => self.ask_again_now(),
            Leave::Verifying(_) => self.look_now(),
            Leave::Ended(Outcome::NotKnown(_)) => self.look_again(),
            Leave::Ended(Outcome::Left { .. }) => self.open_journal(),
            Leave::Ended(Outcome::Refused(_)) => self.go_back(),
            // The cause may be gone: everything is read again, and confirmed anew.
            Leave::Ended(Outcome::AlreadyStandalone | Outcome::NeverSent(_) | Outcome::StillMember { .. }) => {
                self.leave = Leave::Idle;
                self.outside = 0;
                self.retry(&StepId::ALL);
            }
            Leave::Idle | Leave::Calling { .. } => {}
        }
    }
}
