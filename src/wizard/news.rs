//! What the departure tells, shown: the screen follows the leave, and what happened is said.

use super::{Digits, Effect, Model, Overlay, Screen, notices};
use crate::checklist::gate::{self, Change};
use crate::checklist::{Destination, FixAnswer, FixKind, FixRecord, ProblemKind, StepId};
use crate::departure::{Attempt, Leave, Lock, Mode, News, Outcome};

/// How far the leave is, as far as what is shown depends on it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Idle,
    BeforeTheCall,
    Calling,
    AfterTheCall,
    Ended,
}

impl Phase {
    pub(super) fn of(leave: &Leave) -> Self {
        match leave {
            Leave::Idle => Self::Idle,
            Leave::Rechecking { .. } | Leave::Postponed { .. } => Self::BeforeTheCall,
            Leave::Calling { .. } => Self::Calling,
            Leave::Verifying(_) => Self::AfterTheCall,
            Leave::Ended(_) => Self::Ended,
        }
    }
}

impl Model {
    pub(super) fn tell_the_news(&mut self) {
        loop {
            let news = self.departure.take_news();
            if news.is_empty() {
                return;
            }
            for news in news {
                self.tell(news);
            }
        }
    }

    /// While there is a leave to tell of, that is what is shown.
    pub(super) fn follow_the_leave(&mut self, before: Phase) {
        let now = Phase::of(&self.departure.leave);
        if now == Phase::Idle {
            if matches!(self.screen, Screen::Leave) {
                self.screen = self.home();
                self.scroll = 0;
            }
            return;
        }
        self.screen = Screen::Leave;
        let begins_to_look = now == Phase::AfterTheCall && !matches!(before, Phase::Calling | Phase::AfterTheCall);
        let ends = now == Phase::Ended && before != Phase::Ended;
        if !begins_to_look && !ends {
            return;
        }
        self.overlay = None;
        self.scroll = 0;
        if begins_to_look {
            self.notice = None;
        }
        if let Leave::Ended(Outcome::Refused(refusal)) = &self.departure.leave
            && let Some(step) = refusal.about().first().copied()
        {
            self.select(step);
        }
        self.effects.push(Effect::DiscardTypeAhead);
    }

    fn tell(&mut self, news: News) {
        match news {
            News::CredentialsChanged { ended_confirmation } => self.credentials_changed(ended_confirmation),
            News::NotConnected => {
                self.notice = None;
                let problem = self.departure.connection_problem();
                if problem.is_some_and(|problem| problem.kind == ProblemKind::MfaCodeNeeded) && self.overlay.is_none() {
                    self.overlay = Some(Overlay::Code { typed: Digits::default() });
                }
            }
            News::OtherEndpoints => {
                self.screen = Screen::Account;
                self.warn(notices::OTHER_ENDPOINTS);
            }
            News::AnotherPrincipal(principal) => self.say(notices::another_principal(&principal)),
            News::AnotherAccount => {
                self.overlay = None;
                self.notice = None;
                self.screen = Screen::OtherAccount;
                self.effects.push(Effect::DiscardTypeAhead);
            }
            News::TheAccountAgain => {
                self.screen = self.home();
                self.say(notices::THE_ACCOUNT_AGAIN);
            }
            News::AnotherOrganization { before, now, begins } => {
                self.drafts.clear();
                self.overlay = None;
                if begins {
                    self.screen = Screen::Account;
                    self.warn(notices::another_organization(&before, &now));
                }
            }
            News::Forgotten => {
                self.overlay = None;
                self.drafts.clear();
                self.follows = true;
                self.destination_cursor = 0;
            }
            News::JournalTold(destination) => {
                if let Some(destination) = destination {
                    self.destination_cursor = Destination::ALL.iter().position(|d| *d == destination).unwrap_or(0);
                }
                self.follow_first_open();
            }
            News::JournalFailed(problem) => self.warn(notices::journal_failed(&problem)),
            News::Found { step, was_settled } => {
                self.follow(step, was_settled);
                if step == StepId::ContactInformation {
                    self.reconsider_phone();
                }
            }
            News::Changed(changes) => self.show_changes(changes),
            News::NoEffect { at, outside_at } => self.say(notices::no_effect(at, outside_at)),
            News::OwnerProven { profile, proof, rechecks } => {
                if matches!(self.overlay, Some(Overlay::Owner(_))) {
                    self.overlay = None;
                }
                if rechecks {
                    self.say(notices::owner_proven(&profile, &proof));
                }
            }
            News::OwnerRefused { profile, problem } => {
                // Where the list of profiles is not open, nobody would see it.
                let is_open = matches!(self.overlay, Some(Overlay::Owner(_)));
                if !is_open && matches!(self.screen, Screen::Account | Screen::Checklist) {
                    self.warn(notices::owner_refused(&profile, &problem));
                }
            }
            News::ContactRead(attempt, result) => self.contact_read(attempt, result),
            News::FixAnswered(attempt, fix, answer) => self.fix_answered(attempt, &fix, &answer),
        }
    }

    /// What was seen with other credentials counts for nothing: what rests on it is closed.
    fn credentials_changed(&mut self, ended_confirmation: bool) {
        if matches!(self.overlay, Some(Overlay::Phone(_) | Overlay::Owner(_))) {
            self.overlay = None;
            self.warn(notices::CREDENTIALS_CHANGED_WHILE_FIXING);
        }
        if matches!(self.screen, Screen::Contact(_) | Screen::Deregister(_)) {
            self.screen = Screen::Checklist;
            self.warn(notices::CREDENTIALS_CHANGED_WHILE_FIXING);
        }
        let is_confirming = matches!(self.screen, Screen::Confirm(_));
        if is_confirming {
            self.screen = Screen::Checklist;
        }
        if is_confirming || ended_confirmation {
            self.warn(notices::changed_while_confirming(Some(Lock::Connection)));
        }
    }

    /// Nothing was sent, because something changed since the confirmation.
    fn show_changes(&mut self, changes: Vec<Change>) {
        let about = changes.iter().find_map(|change| match change {
            Change::Step { id, .. } | Change::NotReadAgain(id) => Some(*id),
            Change::Account { .. }
            | Change::Principal
            | Change::Name { .. }
            | Change::Organization { .. }
            | Change::OrganizationNotRead
            | Change::CredentialsEndSoon
            | Change::JournalLost
            | Change::NotAcknowledged
            | Change::TookTooLong => None,
        });
        self.select(about.or_else(|| self.next_open_after(StepId::ALL[0])).unwrap_or(self.cursor));
        self.overlay = Some(Overlay::Changes { changes, scroll: 0 });
        self.effects.push(Effect::DiscardTypeAhead);
    }

    /// A change was answered. Where whoever asked for it is gone, the step tells what holds now.
    fn fix_answered(&mut self, attempt: Attempt, fix: &FixRecord, answer: &FixAnswer) {
        let taken = match fix.kind() {
            FixKind::Contact => self.contact_answered(attempt, answer),
            FixKind::SendCode | FixKind::VerifyPhone => self.phone_answered(attempt, answer),
            FixKind::Deregister => self.deregister_answered(attempt, answer),
        };
        if !taken && matches!(answer, FixAnswer::Done { .. } | FixAnswer::Unknown { .. }) {
            self.departure.look_at(fix.step());
        }
    }

    /// The selection of the guided walk stands on the first open step until the person moves it, and goes on when that is settled.
    fn follow(&mut self, finished: StepId, was_settled: bool) {
        if self.departure.mode == Mode::Review {
            return;
        }
        if self.follows {
            return self.follow_first_open();
        }
        let settles = !was_settled && self.departure.checklist.step(finished).is_settled(self.departure.now);
        if settles && finished == self.cursor && matches!(self.screen, Screen::Checklist) && self.overlay.is_none() {
            self.go_on_from(finished);
        }
    }

    pub(super) fn follow_first_open(&mut self) {
        if !self.follows || self.departure.mode == Mode::Review {
            return;
        }
        let checklist = &self.departure.checklist;
        // Whoever goes to another organization that has invited the account need not leave: that comes before all that a leave needs.
        if checklist.destination == Some(Destination::AnotherOrganization) && checklist.is_invited() {
            self.select(StepId::OtherWayOut);
            return;
        }
        // While answers come in, the steps before the first unsettled one may still be unanswered: those count as open.
        if let Some(first) = gate::locked_by(checklist, self.departure.now).first().copied() {
            self.select(first);
        }
    }

    /// Says that `step` was settled, and moves to the next open one. A review is not moved about.
    pub(super) fn go_on_from(&mut self, step: StepId) {
        let next = self.next_open_after(step);
        self.say(notices::settled(step, next, self.departure.mode));
        if let Some(next) = next.filter(|_| self.departure.mode == Mode::Guided) {
            self.select(next);
        }
    }

    pub(super) fn select(&mut self, step: StepId) {
        if self.cursor != step {
            self.cursor = step;
            self.scroll = 0;
        }
    }
}
