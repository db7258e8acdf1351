//! The verification of the phone number on file: a code is asked for, typed, and AWS says whether it takes it.

use super::{Digits, KeyPress, Model, Overlay, notices};
use crate::checklist::{Fix, FixAnswer, FixRefusal, OneTimeCode, StepId, texts};
use crate::departure::{Action, Attempt, VERIFIED};

/// The verification as far as it has come. AWS sends the code to the number on file and to no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneCheck {
    /// The number that the code goes or went to, as the last check read it, when it is known.
    pub number: Option<String>,
    pub stage: PhoneStage,
    pub trouble: Option<PhoneTrouble>,
    pub scroll: u16,
}

/// What is under way in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhoneStage {
    Ready,
    Sending(Attempt),
    Typing(Digits),
    Verifying { attempt: Attempt, typed: Digits },
}

/// An answer in it that is no plain yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneTrouble {
    pub answer: FixAnswer,
    /// Whether it is about the code, and not about the request for one.
    pub is_about_code: bool,
}

impl Model {
    /// Opens the verification, where there is a number to verify.
    pub(super) fn open_phone(&mut self) {
        if !self.may_fix_contact() {
            return self.say_what_keeps_from_fixing();
        }
        let number = self.departure.number_on_file();
        // A code that was sent before is still good.
        let stage = if self.departure.code_is_good() { PhoneStage::Typing(Digits::default()) } else { PhoneStage::Ready };
        self.overlay = Some(Overlay::Phone(PhoneCheck { number, stage, trouble: None, scroll: 0 }));
    }

    fn phone(&mut self) -> Option<&mut PhoneCheck> {
        match &mut self.overlay {
            Some(Overlay::Phone(check)) => Some(check),
            _ => None,
        }
    }

    /// Whether a code can be handed in: all six digits are there, and it is not too old.
    pub(crate) fn may_hand_in_code(&self) -> bool {
        let is_whole = matches!(&self.overlay, Some(Overlay::Phone(PhoneCheck { stage: PhoneStage::Typing(Digits(typed)), .. }))
            if typed.len() == OneTimeCode::DIGITS);
        is_whole && self.departure.code_is_good()
    }

    /// Goes on with the verification: asks for a code, or hands it in.
    pub(super) fn go_on_verifying(&mut self) {
        let Some(check) = self.phone() else { return };
        check.scroll = 0;
        match check.stage {
            PhoneStage::Ready => self.ask_for_code(),
            PhoneStage::Typing(_) => self.hand_in_code(),
            PhoneStage::Sending(_) | PhoneStage::Verifying { .. } => {}
        }
    }

    pub(super) fn ask_for_code(&mut self) {
        let number = self.departure.number_on_file();
        let attempt = self.ask(Action::Fix(Fix::SendCode));
        let Some((check, attempt)) = self.phone().zip(attempt) else { return };
        check.scroll = 0;
        check.number = number;
        check.stage = PhoneStage::Sending(attempt);
        check.trouble = None;
    }

    pub(super) fn type_phone_code(&mut self, press: KeyPress) {
        if let Some(PhoneStage::Typing(typed)) = self.phone().map(|check| &mut check.stage) {
            typed.type_key(press);
        }
    }

    /// The whole code, from the person's line.
    pub(super) fn write_phone_code(&mut self, digits: String) {
        if let Some(PhoneStage::Typing(typed)) = self.phone().map(|check| &mut check.stage) {
            *typed = Digits(digits);
            self.hand_in_code();
        }
    }

    /// Hands the code in, once it is whole and not too old.
    fn hand_in_code(&mut self) {
        let Some(PhoneStage::Typing(typed)) = self.phone().map(|check| check.stage.clone()) else { return };
        let Ok(code) = typed.0.parse() else { return };
        let attempt = self.ask(Action::Fix(Fix::VerifyPhone(code)));
        let Some((check, attempt)) = self.phone().zip(attempt) else { return };
        check.stage = PhoneStage::Verifying { attempt, typed };
        check.trouble = None;
    }

    /// AWS answered the request for a code, or the code. Says whether somebody waits for it here.
    pub(super) fn phone_answered(&mut self, attempt: Attempt, answer: &FixAnswer) -> bool {
        match self.phone().map(|check| check.stage.clone()) {
            Some(PhoneStage::Sending(awaited)) if awaited == attempt => self.code_was_asked_for(answer),
            Some(PhoneStage::Verifying { attempt: awaited, typed }) if awaited == attempt => self.code_was_judged(answer, typed),
            _ => return false,
        }
        true
    }

    fn code_was_asked_for(&mut self, answer: &FixAnswer) {
        let has_code = self.departure.code_is_good();
        let Some(check) = self.phone() else { return };
        check.stage = if has_code { PhoneStage::Typing(Digits::default()) } else { PhoneStage::Ready };
        check.trouble = match answer {
            FixAnswer::Done { status: Some(status), .. } if status == VERIFIED => return self.phone_is_verified(),
            FixAnswer::Done { status, .. } if status.as_deref().is_none_or(|status| status == "PENDING") => None,
            _ => Some(PhoneTrouble { answer: answer.clone(), is_about_code: false }),
        };
    }

    fn code_was_judged(&mut self, answer: &FixAnswer, typed: Digits) {
        let is_good = self.departure.code_is_good();
        // Without a code that may still be good there is nothing to type.
        let again = if self.departure.code.is_some() { PhoneStage::Typing(Digits::default()) } else { PhoneStage::Ready };
        let Some(check) = self.phone() else { return };
        check.stage = again;
        let trouble = |answer: &FixAnswer| Some(PhoneTrouble { answer: answer.clone(), is_about_code: true });
        match answer {
            FixAnswer::Done { status: Some(status), .. } if status == VERIFIED => self.phone_is_verified(),
            FixAnswer::Done { status: None, .. } => {
                self.overlay = None;
                self.say(notices::PHONE_CODE_TAKEN);
                self.departure.look_at(StepId::ContactInformation);
            }
            FixAnswer::Refused { refusal } => {
                check.trouble = trouble(&FixAnswer::Refused { refusal: by_the_clock(refusal, is_good) });
                // Another number than before may be on file.
                if self.departure.code.is_none() {
                    self.departure.look_at(StepId::ContactInformation);
                }
            }
            FixAnswer::NeverSent { .. } => {
                check.stage = PhoneStage::Typing(typed);
                check.trouble = trouble(answer);
            }
            // Whether it was taken after all, the contact information says.
            FixAnswer::Done { .. } | FixAnswer::Unknown { .. } => {
                check.trouble = trouble(answer);
                self.departure.look_at(StepId::ContactInformation);
            }
        }
    }

    fn phone_is_verified(&mut self) {
        self.overlay = None;
        self.say(notices::PHONE_VERIFIED);
        self.departure.look_at(StepId::ContactInformation);
    }

    /// The contact information was checked while the verification is open: the number may be verified by now, or be another one.
    pub(super) fn reconsider_phone(&mut self) {
        let number = self.departure.number_on_file();
        let (is_verified, has_code) = (self.departure.phone_is_verified(), self.departure.code.is_some());
        let Some(check) = self.phone() else { return };
        match check.stage {
            PhoneStage::Ready | PhoneStage::Typing(_) if is_verified => {
                self.overlay = None;
                self.say(notices::PHONE_VERIFIED);
            }
            // The code was for another number.
            PhoneStage::Typing(_) if !has_code => {
                check.stage = PhoneStage::Ready;
                check.number = number;
            }
            PhoneStage::Ready => check.number = number,
            // What was asked for is answered, and what is typed goes on.
            PhoneStage::Sending(_) | PhoneStage::Verifying { .. } | PhoneStage::Typing(_) => {}
        }
    }
}

/// AWS has one answer for a code that is wrong and one that is too old; the clock of this machine tells which is likely.
fn by_the_clock(refusal: &FixRefusal, is_good: bool) -> Box<FixRefusal> {
    let id = if is_good { "code-wrong" } else { "code-expired" };
    let text = texts::fix_refusal_called(id).filter(|_| refusal.entry == "code-not-taken");
    Box::new(match text {
        Some(text) => FixRefusal { entry: id.to_owned(), cause: text.cause.clone(), todo: text.todo.clone(), ..refusal.clone() },
        None => refusal.clone(),
    })
}
