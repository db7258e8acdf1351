//! A walk with a clock, an AWS and a disk that the tests play: what a driver would do, and the rules that no effect may break.

mod contact;
mod contradictions;
mod departures;
mod deregister;
mod guided;
mod owner;
mod phone;
pub(crate) mod random;
mod refusals;
mod resuming;
mod trouble;
mod typing;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::aws::{ContactOnFile, Reading};
use crate::checklist::gate;
use crate::checklist::{
    Attestable, Confidence, Contact, ContactField, Deregistration, Finding, Fix, FixAnswer, LeaveAnswer, Membership, OwnerProof,
    Partition, Problem, ProblemKind, Refusal, Retry, Standing, StepId, Subject, Verdict, VerdictKind, texts,
};
pub(crate) use crate::departure::tests::world::{self, Driven, Met};
pub(crate) use crate::departure::tests::*;
use crate::departure::{
    Answered, Attempt, CheckStatus, ConnectError, Departure, Event, LastOutcome, LastRequest, Leave, Lock, Mode, Opened, Outcome,
    SessionFacts,
};
use crate::journal::Entry;

/// A walk through the screens.
pub(crate) type Walk = world::Walk<Model>;

/// What was seen of the person.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Everything that arrived at the field for the account ID since it opened.
    arrived: typing::Arrived,
    /// How often the front end was told to forget what was typed ahead.
    discards: usize,
}

impl Driven for Model {
    type Effect = Effect;
    type Seen = Seen;

    fn begin(mode: Mode) -> Walk {
        let setting = WizardConfig {
            mode,
            practice: None,
            profile: ProfileWish::Chain,
            person: "maria".to_owned(),
            management_profile: None,
        };
        let mut walk = Walk::around(Self::new(setting));
        let effects = walk.model.begin();
        Self::note(&mut walk, effects);
        walk
    }

    fn departure(&self) -> &Departure {
        &self.departure
    }

    fn departure_mut(&mut self) -> &mut Departure {
        &mut self.departure
    }

    fn hear(&mut self, event: Event, now: Timestamp) -> Vec<Effect> {
        self.update(Message::Of(self.id, event), now)
    }

    fn note(walk: &mut Walk, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Of(_, effect) => walk.note(vec![effect]),
                Effect::DiscardTypeAhead => walk.seen.discards += 1,
                _ => {}
            }
        }
    }

    fn check_fix(&self, attempt: Attempt, fix: &Fix) {
        match (fix, &self.screen, &self.overlay) {
            (Fix::Contact { contact, changed }, Screen::Contact(form), None) => {
                assert_eq!(form.stage, ContactStage::Saving(attempt));
                assert!(contact.problems().is_empty(), "what AWS would not take");
                assert_eq!(**contact, form.contact());
                assert_eq!(*changed, form.differences().iter().map(|difference| difference.field).collect::<Vec<_>>());
                assert!(!changed.is_empty());
            }
            (Fix::SendCode, Screen::Checklist, Some(Overlay::Phone(check))) => {
                assert_eq!(check.stage, PhoneStage::Sending(attempt));
            }
            (Fix::VerifyPhone(code), Screen::Checklist, Some(Overlay::Phone(check))) => {
                let PhoneStage::Verifying { attempt: awaited, typed } = &check.stage else { panic!("{check:?}") };
                assert_eq!((*awaited, typed.0.as_str()), (attempt, code.as_str()));
            }
            (Fix::Deregister(confirmed), Screen::Deregister(state), None) => {
                assert_eq!(state.stage, DeregisterStage::Calling(attempt));
                assert_eq!(state.typed, Deregistration::word(confirmed.service()), "a word that nobody typed");
            }
            other => panic!("a change from no screen of its own: {other:?}"),
        }
    }
}

impl Walk {
    pub(crate) fn new(mode: Mode) -> Self {
        <Model as Driven>::begin(mode)
    }

    pub(crate) fn tell(&mut self, message: Message) {
        self.now = self.now.checked_add(SignedDuration::from_millis(10)).unwrap();
        self.tell_now(message);
    }

    /// Tells it at the present moment: no time has gone by since what happened before.
    fn tell_now(&mut self, message: Message) {
        let before = self.arrives_at_the_field(&message);
        let effects = self.model.update(message, self.now);
        self.check_what_was_typed(before, &effects);
        Model::note(self, effects);
    }

    /// The checklist, on the contact information, which needs a person.
    pub(crate) fn reach_contact(&mut self) {
        self.reach_checklist_with(|step| match step {
            StepId::ContactInformation | StepId::PaymentMethod => Verdict::NeedsYou,
            StepId::DelegatedAdministrator => Verdict::Unmet,
            _ => Verdict::Met,
        });
        self.go_to(StepId::ContactInformation);
    }

    pub(crate) fn reach_delegated(&mut self) {
        self.reach_contact();
        self.go_to(StepId::DelegatedAdministrator);
    }

    fn reach_checklist_with(&mut self, verdict: fn(StepId) -> Verdict) {
        self.connect(true);
        self.identify(Ok(subject(ACCOUNT)));
        while let Some((_, step)) = self.checks.first().copied() {
            self.answer(0, verdict(step), Confidence::Proven);
        }
        self.press(Key::Enter);
    }

    pub(crate) fn go_to(&mut self, step: StepId) {
        self.press(Key::Home);
        for _ in 0..step.index() {
            self.press(Key::Down);
        }
        assert_eq!(self.model.cursor, step);
    }

    fn notice(&self) -> &str {
        self.model.notice.as_ref().map(|notice| notice.text().shown.as_str()).unwrap_or_default()
    }

    pub(crate) fn paste(&mut self, text: &str) {
        self.tell(Message::Pasted(text.to_owned()));
    }

    fn hold(&mut self, key: Key) {
        self.tell(Message::Pressed(KeyPress { key, is_repeat: true }));
    }

    /// New credentials are looked for, as after a sign-in.
    fn credentials_change(&mut self) {
        self.tell(Message::SignInEnded(Ok("".into())));
    }

    pub(crate) fn press(&mut self, key: Key) {
        self.tell(Message::Pressed(key.into()));
    }

    pub(crate) fn type_text(&mut self, text: &str) {
        for character in text.chars() {
            self.press(Key::Char(character));
        }
    }

    /// From the first frame to the checklist with one step open.
    fn reach_checklist(&mut self) {
        self.connect(true);
        self.identify(Ok(subject(ACCOUNT)));
        self.all_is_well();
        self.press(Key::Enter);
    }

    fn attest_payment(&mut self) {
        assert_eq!(self.model.cursor, StepId::PaymentMethod);
        self.press(Key::Char('a'));
        self.press(Key::Enter);
    }

    /// From the checklist, with nothing open, to the call.
    fn confirm(&mut self) {
        self.mark_all();
        self.type_id();
        self.identify(Ok(subject(ACCOUNT)));
        self.all_is_well();
        assert!(matches!(self.model.departure.leave, Leave::Calling { .. }), "{:?}", self.model.departure.leave);
    }

    fn reach_typed_id(&mut self) {
        self.reach_checklist();
        self.attest_payment();
        self.mark_all();
    }

    /// From the checklist to the field for the account ID.
    fn mark_all(&mut self) {
        self.press(Key::Enter);
        for _ in 0..20 {
            if matches!(Context::of(&self.model), Context::Consequences) {
                self.press(Key::Char(' '));
            }
        }
        assert_eq!(Context::of(&self.model), Context::TypedId);
    }

    fn reach_recheck(&mut self) {
        self.reach_typed_id();
        self.type_id();
        assert!(matches!(self.model.departure.leave, Leave::Rechecking { .. }));
    }

    fn reach_call(&mut self) {
        self.reach_recheck();
        self.identify(Ok(subject(ACCOUNT)));
        self.all_is_well();
        assert!(matches!(self.model.departure.leave, Leave::Calling { .. }));
    }

    fn sign_in_as(&mut self, account: &str) {
        self.tell(Message::SignInEnded(Ok("".into())));
        self.connect(true);
        self.identify(Ok(subject(account)));
        self.all_is_well();
    }

    /// The payment method is overridden, over a refusal.
    fn override_payment(&mut self) {
        self.go_to(StepId::PaymentMethod);
        self.press(Key::Char('a'));
        self.type_text("the bank confirmed it");
        self.press(Key::Enter);
    }
}
