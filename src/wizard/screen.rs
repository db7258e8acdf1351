//! The places of the walk: what is shown, what lies on top of it, and what a command means there.

use super::{
    Command, Confirming, ContactForm, ContactStage, Deregistering, Digits, Effect, Exit, Model, OwnerChoice, PhoneCheck,
};
use crate::checklist::StepId;
use crate::checklist::gate::Change;
use crate::departure::{Action, Leave, Outcome};

/// The screen below every overlay.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of it at a time")]
pub enum Screen {
    /// Choosing a profile.
    Profiles {
        /// Which one is selected.
        cursor: usize,
    },
    /// The credentials belong to another account now: [`Departure::elsewhere`](crate::departure::Departure::elsewhere). Everything has stopped.
    OtherAccount,
    /// The account and where it is going.
    Account,
    /// The steps.
    Checklist,
    /// The form for the contact information.
    Contact(ContactForm),
    /// Taking delegated services away.
    Deregister(Deregistering),
    /// The typed confirmation.
    Confirm(Confirming),
    /// The leave, from the confirmation to how it ended: [`Departure::leave`](crate::departure::Departure::leave).
    Leave,
}

/// What lies on top of a screen.
#[derive(Debug)]
pub enum Overlay {
    /// The keys.
    Help {
        /// Lines scrolled.
        scroll: u16,
    },
    /// What AWS answered.
    Evidence {
        /// Lines scrolled.
        scroll: u16,
    },
    /// The note of an attestation.
    Note {
        /// For which step.
        step: StepId,
        /// What is wrong with it, once it was turned down.
        refused: Option<String>,
    },
    /// The code of an MFA device.
    Code {
        /// The digits typed so far.
        typed: Digits,
    },
    /// Choosing the profile of the organization's owner.
    Owner(OwnerChoice),
    /// Verifying the phone number.
    Phone(PhoneCheck),
    /// Whether to run this command, which signs in again.
    SignIn(Vec<String>),
    /// Whether to quit.
    Quit,
    /// What changed since the confirmation.
    Changes {
        /// The changes.
        changes: Vec<Change>,
        /// Lines scrolled.
        scroll: u16,
    },
}

impl Overlay {
    /// The lines scrolled, where it scrolls.
    pub(super) fn scroll_mut(&mut self) -> Option<&mut u16> {
        match self {
            Self::Help { scroll } | Self::Evidence { scroll } | Self::Changes { scroll, .. } => Some(scroll),
            Self::Phone(check) => Some(&mut check.scroll),
            Self::Note { .. } | Self::Code { .. } | Self::Owner(_) | Self::SignIn(_) | Self::Quit => None,
        }
    }
}

/// Which half of the checklist has the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The steps.
    Steps,
    /// The detail of the selected step.
    Detail,
}

/// Where the keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
    /// Choosing a profile.
    Profiles,
    /// The account and where it is going.
    Account,
    /// The steps of the checklist.
    Steps,
    /// The detail of the selected step.
    Detail,
    /// The fields of the contact information.
    ContactFields,
    /// What is new in the contact information, before it is saved.
    ContactDifferences,
    /// Taking delegated services away.
    Deregister,
    /// The lines to have seen before the id can be typed.
    Consequences,
    /// The field for the account ID.
    TypedId,
    /// Another account's credentials have stopped everything.
    OtherAccount,
    /// The checks run once more.
    Rechecking,
    /// AWS asked to come back in a moment.
    Postponed,
    /// The request is out, or the membership is being read.
    Sent,
    /// How it ended.
    Outcome,
    /// The keys.
    Help,
    /// What AWS answered.
    Evidence,
    /// The note of an attestation.
    Note,
    /// The code of an MFA device.
    Code,
    /// Choosing the owner's profile.
    Owner,
    /// The code that was sent to the phone.
    Phone,
    /// Whether to sign in again.
    SignInQuestion,
    /// Whether to quit.
    QuitQuestion,
    /// What changed since the confirmation.
    Changes,
}

impl Context {
    /// The place that has the focus.
    #[must_use]
    pub fn of(model: &Model) -> Self {
        match &model.overlay {
            Some(Overlay::Help { .. }) => Self::Help,
            Some(Overlay::Evidence { .. }) => Self::Evidence,
            Some(Overlay::Note { .. }) => Self::Note,
            Some(Overlay::Code { .. }) => Self::Code,
            Some(Overlay::Owner(_)) => Self::Owner,
            Some(Overlay::Phone(_)) => Self::Phone,
            Some(Overlay::SignIn(_)) => Self::SignInQuestion,
            Some(Overlay::Quit) => Self::QuitQuestion,
            Some(Overlay::Changes { .. }) => Self::Changes,
            None => Self::of_the_screen(model),
        }
    }

    /// The place below whatever lies on top.
    #[must_use]
    pub fn of_the_screen(model: &Model) -> Self {
        match &model.screen {
            Screen::Profiles { .. } => Self::Profiles,
            Screen::Account => Self::Account,
            Screen::Checklist if model.pane == Pane::Detail => Self::Detail,
            Screen::Checklist => Self::Steps,
            Screen::Contact(form) if form.stage == ContactStage::Comparing => Self::ContactDifferences,
            Screen::Contact(_) => Self::ContactFields,
            Screen::Deregister(_) => Self::Deregister,
            Screen::Confirm(confirming) if confirming.all_seen() => Self::TypedId,
            Screen::Confirm(_) => Self::Consequences,
            Screen::OtherAccount => Self::OtherAccount,
            Screen::Leave => match &model.departure.leave {
                Leave::Rechecking { .. } => Self::Rechecking,
                Leave::Postponed { .. } => Self::Postponed,
                Leave::Calling { .. } | Leave::Verifying(_) => Self::Sent,
                Leave::Ended(_) | Leave::Idle => Self::Outcome,
            },
        }
    }
}

impl Model {
    /// Does what `command` means in `context`.
    pub(super) fn command(&mut self, context: Context, command: Command) {
        if !matches!(context, Context::Help | Context::Evidence | Context::Changes | Context::QuitQuestion) {
            self.notice = None;
        }
        match (command, context) {
            (Command::Quit, Context::QuitQuestion) => return self.end(Exit::Quit),
            (Command::Quit, _) => return self.quit(),
            (Command::Help, _) => return self.put_on_top(Overlay::Help { scroll: 0 }),
            (Command::SaveReport, _) => return self.effects.push(Effect::SaveReport(self.id)),
            (Command::SignIn, _) => return self.ask_to_sign_in(),
            _ => {}
        }
        match context {
            Context::Help | Context::Evidence | Context::Changes => match command {
                Command::Move(direction) => self.scroll_overlay(direction),
                Command::Back => self.close_overlay(),
                _ => {}
            },
            Context::SignInQuestion | Context::QuitQuestion | Context::Note | Context::Code => match (command, context) {
                (Command::Open, Context::SignInQuestion) => self.sign_in(),
                (Command::Open, Context::Note) => self.say_draft(),
                (Command::Open, Context::Code) => self.send_code(),
                (Command::Back, _) => self.close_overlay(),
                _ => {}
            },
            Context::Owner => self.owner_command(command),
            Context::Phone => self.phone_command(command),
            Context::ContactFields | Context::ContactDifferences => self.contact_command(command),
            Context::Deregister => self.deregister_command(command),
            Context::Profiles => self.profiles_command(command),
            Context::Account => self.account_command(command),
            Context::Steps | Context::Detail => self.checklist_command(context, command),
            // The ID is typed; Esc goes back like a key among the digits.
            Context::Consequences | Context::TypedId => self.confirm_command(command),
            Context::OtherAccount => match command {
                Command::Retry | Command::RetryAll => self.connect(),
                Command::Open => {
                    self.ask(Action::ChangeAccount);
                    self.screen = Screen::Account;
                }
                Command::Move(direction) => self.scroll_page(direction),
                _ => {}
            },
            Context::Rechecking | Context::Postponed | Context::Sent | Context::Outcome => self.leave_command(command),
        }
    }

    fn leave_command(&mut self, command: Command) {
        match command {
            Command::Back => self.stop_recheck(),
            Command::Move(direction) => self.scroll_page(direction),
            Command::Open => drop(self.ask(Action::GoBack)),
            Command::Retry => {
                let was_standalone = matches!(self.departure.leave, Leave::Ended(Outcome::AlreadyStandalone));
                self.ask(Action::AskAgain);
                if was_standalone {
                    self.screen = Screen::Account;
                }
            }
            _ => {}
        }
    }
}
