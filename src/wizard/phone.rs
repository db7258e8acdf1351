//! The verification of the phone number on file: a code is asked for, typed, and AWS says whether it takes it.

use jiff::Timestamp;

use super::{Attempt, Command, Digits, Effect, Key, Model, Notice, Overlay, words};
use crate::checklist::{Fix, FixAnswer, FixRefusal, PhoneCode, Problem, StepId, texts};

/// The verification as far as it has come. AWS sends the code to the number on file and to no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneCheck {
    /// The number on file, as the last check read it, when it is known.
    pub number: Option<String>,
    /// What is under way.
    pub stage: PhoneStage,
    /// When AWS took the last request for a code; the code is good from then on, for a while.
    pub sent_at: Option<Timestamp>,
    /// What went wrong last.
    pub trouble: Option<PhoneTrouble>,
    /// What the phone of the practice AWS shows.
    pub practice_code: Option<String>,
}

/// What is under way in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhoneStage {
    /// Nothing has been asked for.
    Ready,
    /// A code was asked for.
    Sending(Attempt),
    /// The code is awaited.
    Typing(Digits),
    /// The code was handed to AWS.
    Verifying(Attempt),
}

/// What went wrong in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhoneTrouble {
    /// AWS said no.
    Refused(Box<FixRefusal>),
    /// The request never reached AWS.
    NeverSent(Problem),
    /// Nobody knows what became of the request.
    Unknown(Problem),
    /// AWS took it and says that the number is not verified all the same: its word for the state.
    Status(String),
}

impl PhoneCheck {
    /// For how many seconds the last code is still good; 0 once it is too old, `None` while there is none.
    #[must_use]
    pub fn seconds_left(&self, now: Timestamp) -> Option<i64> {
        let holds = texts::rules().phone_code.seconds;
        let gone = now.duration_since(self.sent_at?).as_secs();
        Some((holds - gone.max(0)).max(0))
    }

    /// Whether all six digits are there, and the code is not too old.
    #[must_use]
    pub fn may_be_handed_in(&self, now: Timestamp) -> bool {
        matches!(&self.stage, PhoneStage::Typing(Digits(typed)) if typed.len() == PhoneCode::DIGITS) && !self.is_too_old(now)
    }

    fn is_too_old(&self, now: Timestamp) -> bool {
        self.seconds_left(now) == Some(0)
    }
}

impl Model {
    /// Opens the verification, where there is a number to verify.
    pub(super) fn open_phone(&mut self) -> Vec<Effect> {
        if !self.may_fix_contact() {
            return Vec::new();
        }
        let mut check = PhoneCheck {
            number: self.number_on_file(),
            stage: PhoneStage::Ready,
            sent_at: self.code_sent_at,
            trouble: None,
            practice_code: None,
        };
        // A code that was sent before is still good.
        if check.seconds_left(self.now).is_some_and(|left| left > 0) {
            check.stage = PhoneStage::Typing(Digits::default());
        }
        self.overlay = Some(Overlay::Phone(check));
        Vec::new()
    }

    /// The number on file, as the last check of the contact read it.
    fn number_on_file(&self) -> Option<String> {
        self.checklist.step(StepId::ContactInformation).finding.as_ref()?.subjects.first().cloned()
    }

    fn phone(&mut self) -> Option<&mut PhoneCheck> {
        match &mut self.overlay {
            Some(Overlay::Phone(check)) => Some(check),
            _ => None,
        }
    }

    pub(super) fn phone_command(&mut self, command: Command) -> Vec<Effect> {
        let Some(check) = self.phone() else { return Vec::new() };
        match (command, &check.stage) {
            (Command::Back, _) => {
                self.close_overlay();
                Vec::new()
            }
            (Command::Open, PhoneStage::Ready) | (Command::NewCode, PhoneStage::Ready | PhoneStage::Typing(_)) => {
                self.ask_for_code()
            }
            (Command::Open, PhoneStage::Typing(_)) => self.hand_in_code(),
            _ => Vec::new(),
        }
    }

    fn ask_for_code(&mut self) -> Vec<Effect> {
        let attempt = self.next_attempt();
        let Some(check) = self.phone() else { return Vec::new() };
        check.stage = PhoneStage::Sending(attempt);
        check.trouble = None;
        check.practice_code = None;
        vec![Effect::Apply { attempt, fix: Fix::SendCode }]
    }

    /// A key while the code is typed.
    pub(super) fn type_phone_code(&mut self, key: Key) -> Vec<Effect> {
        let Some(PhoneStage::Typing(Digits(typed))) = self.phone().map(|check| &mut check.stage) else { return Vec::new() };
        match key {
            Key::Char(digit) if digit.is_ascii_digit() && typed.len() < PhoneCode::DIGITS => typed.push(digit),
            Key::Backspace => drop(typed.pop()),
            _ => {}
        }
        Vec::new()
    }

    /// Hands the code in, once it is whole and not too old.
    fn hand_in_code(&mut self) -> Vec<Effect> {
        let now = self.now;
        let attempt = self.next_attempt();
        let Some(check) = self.phone() else { return Vec::new() };
        let PhoneStage::Typing(Digits(typed)) = &check.stage else { return Vec::new() };
        if check.is_too_old(now) {
            return Vec::new();
        }
        let Ok(code) = typed.parse() else { return Vec::new() };
        check.stage = PhoneStage::Verifying(attempt);
        check.trouble = None;
        vec![Effect::Apply { attempt, fix: Fix::VerifyPhone(code) }]
    }

    /// AWS answered the request for a code, or the code. `false`: it was not about this.
    pub(super) fn phone_answered(&mut self, attempt: Attempt, answer: &FixAnswer) -> Option<Vec<Effect>> {
        let now = self.now;
        let check = self.phone()?;
        match check.stage.clone() {
            PhoneStage::Sending(awaited) if awaited == attempt => {
                let had_code = check.sent_at.is_some();
                check.trouble = trouble(answer, &["PENDING", "VERIFIED"]);
                check.stage = match answer {
                    FixAnswer::Done { status, .. } if status.as_deref() == Some("VERIFIED") => {
                        return Some(self.phone_is_verified());
                    }
                    FixAnswer::Done { .. } if check.trouble.is_none() => {
                        check.sent_at = Some(now);
                        PhoneStage::Typing(Digits::default())
                    }
                    // The code may be on its way all the same.
                    FixAnswer::Unknown { .. } => {
                        check.sent_at = Some(now);
                        PhoneStage::Typing(Digits::default())
                    }
                    _ if had_code => PhoneStage::Typing(Digits::default()),
                    _ => PhoneStage::Ready,
                };
                Some(Vec::new())
            }
            PhoneStage::Verifying(awaited) if awaited == attempt => {
                let too_old = check.is_too_old(now);
                check.stage = PhoneStage::Typing(Digits::default());
                check.trouble = trouble(answer, &["VERIFIED"]).map(|trouble| by_the_clock(trouble, too_old));
                let is_open = matches!(answer, FixAnswer::Unknown { .. });
                if check.trouble.is_none() {
                    return Some(self.phone_is_verified());
                }
                // Whether it was taken after all, the contact information says.
                Some(if is_open { self.check_again(StepId::ContactInformation) } else { Vec::new() })
            }
            _ => None,
        }
    }

    fn phone_is_verified(&mut self) -> Vec<Effect> {
        self.close_overlay();
        self.notice = Some(Notice::Said(words::phone_verified()));
        self.check_again(StepId::ContactInformation)
    }

    pub(super) fn practice_phone_rang(&mut self, code: String) {
        if let Some(check) = self.phone() {
            check.practice_code = Some(code);
        }
    }

    /// Whether the contact information and its phone can be put right here now.
    #[must_use]
    pub fn may_fix_contact(&self) -> bool {
        self.may_fix() && self.cursor == StepId::ContactInformation
    }
}

/// What is wrong with an answer; nothing when AWS took it and its word for the state is one of `good`, or it says none.
fn trouble(answer: &FixAnswer, good: &[&str]) -> Option<PhoneTrouble> {
    match answer {
        FixAnswer::Done { status: Some(status), .. } if !good.contains(&status.as_str()) => {
            Some(PhoneTrouble::Status(status.clone()))
        }
        FixAnswer::Done { .. } => None,
        FixAnswer::Refused { refusal } => Some(PhoneTrouble::Refused(refusal.clone())),
        FixAnswer::NeverSent { problem } => Some(PhoneTrouble::NeverSent(problem.clone())),
        FixAnswer::Unknown { problem } => Some(PhoneTrouble::Unknown(problem.clone())),
    }
}

/// AWS has one answer for a code that is wrong and one that is too old; the clock of this machine tells which is likely.
fn by_the_clock(trouble: PhoneTrouble, too_old: bool) -> PhoneTrouble {
    match trouble {
        PhoneTrouble::Refused(refusal) if refusal.entry == "code-not-taken" => {
            let id = if too_old { "code-expired" } else { "code-wrong" };
            let Some(text) = texts::fix_refusal_called(id) else { return PhoneTrouble::Refused(refusal) };
            let told = FixRefusal { entry: id.to_owned(), cause: text.cause.clone(), todo: text.todo.clone(), ..*refusal };
            PhoneTrouble::Refused(Box::new(told))
        }
        other => other,
    }
}
