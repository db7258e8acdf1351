//! The places of the walk: what is shown, what lies on top of it, and what a command means there.

use super::commands::moved;
use super::{
    Command, Confirming, ContactForm, ContactStage, Copied, Deregistering, Digits, Direction, Effect, Exit, Model, OwnerChoice,
    PhoneCheck,
};
use crate::checklist::gate::Change;
use crate::checklist::{Destination, StepId};
use crate::departure::{Action, Leave, Outcome};

/// The screen below every overlay.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of it at a time")]
pub enum Screen {
    Profiles {
        cursor: usize,
    },
    /// The credentials belong to another account now: [`Departure::elsewhere`](crate::departure::Departure::elsewhere). Everything has stopped.
    OtherAccount,
    Account,
    Checklist,
    Contact(ContactForm),
    Deregister(Deregistering),
    Confirm(Confirming),
    /// The leave, from the confirmation to how it ended: [`Departure::leave`](crate::departure::Departure::leave).
    Leave,
}

/// What lies on top of a screen.
#[derive(Debug)]
pub enum Overlay {
    Help {
        scroll: u16,
    },
    Evidence {
        scroll: u16,
    },
    Note {
        step: StepId,
        /// What is wrong with it, once it was turned down.
        refused: Option<String>,
    },
    Code {
        typed: Digits,
    },
    Owner(OwnerChoice),
    Phone(PhoneCheck),
    /// Whether to run this command, which signs in again.
    SignIn(Vec<String>),
    Quit,
    Changes {
        changes: Vec<Change>,
        scroll: u16,
    },
}

impl Overlay {
    /// The lines scrolled, where it scrolls.
    pub(crate) fn scroll(&self) -> Option<u16> {
        match self {
            Self::Help { scroll } | Self::Evidence { scroll } | Self::Changes { scroll, .. } => Some(*scroll),
            Self::Phone(check) => Some(check.scroll),
            Self::Note { .. } | Self::Code { .. } | Self::Owner(_) | Self::SignIn(_) | Self::Quit => None,
        }
    }

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
    Steps,
    Detail,
}

/// Where the keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
    Profiles,
    Account,
    Steps,
    Detail,
    ContactFields,
    /// What is new in the contact information, before it is saved.
    ContactDifferences,
    Deregister,
    /// The lines to have seen before the id can be typed.
    Consequences,
    TypedId,
    OtherAccount,
    Rechecking,
    /// AWS asked to come back in a moment.
    Postponed,
    /// The request is out, or the membership is being read.
    Sent,
    Outcome,
    Help,
    Evidence,
    Note,
    Code,
    Owner,
    Phone,
    SignInQuestion,
    QuitQuestion,
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
    pub(crate) fn of_the_screen(model: &Model) -> Self {
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

#[expect(clippy::match_same_arms, reason = "in one arm, each place would stand on a line of its own")]
impl Context {
    /// The field that is typed into here, where there is one.
    pub(super) fn field(self) -> Option<Field> {
        match self {
            Self::ContactFields => Some(Field::Contact),
            Self::Deregister => Some(Field::Service),
            Self::TypedId => Some(Field::AccountId),
            Self::Note => Some(Field::Note),
            Self::Code => Some(Field::MfaCode),
            Self::Phone => Some(Field::PhoneCode),
            Self::Profiles | Self::Account | Self::Steps | Self::Detail | Self::ContactDifferences | Self::Consequences => None,
            Self::OtherAccount | Self::Rechecking | Self::Postponed | Self::Sent | Self::Outcome => None,
            Self::Help | Self::Evidence | Self::Owner | Self::SignInQuestion | Self::QuitQuestion | Self::Changes => None,
        }
    }
}

/// A field that is typed into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Contact,
    Service,
    AccountId,
    Note,
    MfaCode,
    PhoneCode,
}

#[expect(clippy::match_same_arms, reason = "in one arm, each place would stand on a line of its own")]
impl Model {
    /// Does what a key or a word means where the person is.
    pub(super) fn obey(&mut self, command: Command) {
        let context = Context::of(self);
        let is_of_the_terminal = matches!(command, Command::Interrupt | Command::Suspend);
        if !is_of_the_terminal && !matches!(context, Context::Help | Context::Evidence | Context::Changes | Context::QuitQuestion)
        {
            self.notice = None;
        }
        let is_of_every_place = matches!(command, Command::Quit | Command::Help | Command::SaveReport | Command::SignIn);
        if matches!(context, Context::Steps | Context::Detail) && !is_of_the_terminal && !is_of_every_place {
            // Whoever has begun to work here is not to be moved about by answers that come in.
            self.follows = false;
        }
        match command {
            Command::Interrupt => self.interrupted(),
            Command::Suspend => self.suspend(context),
            Command::Quit if context == Context::QuitQuestion => self.end(Exit::Quit),
            Command::Quit => self.quit(),
            Command::Help => self.overlay = Some(Overlay::Help { scroll: 0 }),
            Command::SaveReport => self.effects.push(Effect::SaveReport(self.id)),
            Command::SignIn => self.ask_to_sign_in(),
            // These mean something else in each place.
            Command::Move(direction) => self.move_in(context, direction),
            Command::Open => self.open_in(context),
            Command::Back => self.back_from(context),
            Command::Retry => self.retry_in(context),
            // And these are keys of one place, or of one step.
            Command::RetryAll => self.check(&StepId::ALL),
            Command::NextPane => self.pane = if self.pane == Pane::Steps { Pane::Detail } else { Pane::Steps },
            Command::Attest => self.open_note(),
            Command::Withdraw => self.withdraw(),
            Command::OpenLink => self.effects.extend(self.link().map(|link| Effect::OpenLink(link.to_owned()))),
            Command::CopyLink => self.effects.extend(self.link().map(|link| Effect::Copy(Copied::Link, link.to_owned()))),
            Command::CopyCommand => {
                let command = self.command_to_run().map(|command| Effect::Copy(Copied::Command, command.to_owned()));
                self.effects.extend(command);
            }
            Command::Evidence => self.overlay = Some(Overlay::Evidence { scroll: 0 }),
            Command::FixHere if self.cursor == StepId::ContactInformation => self.open_contact(),
            Command::FixHere => self.open_deregister(),
            Command::VerifyPhone => self.open_phone(),
            Command::NewCode => self.ask_for_code(),
            Command::Save => self.save_contact(),
            Command::ChooseOwner => self.choose_owner(),
            Command::MarkSeen => self.mark_seen(),
        }
    }

    fn move_in(&mut self, context: Context, direction: Direction) {
        let is_page = matches!(direction, Direction::PageUp | Direction::PageDown);
        match context {
            Context::Profiles => {
                if let Screen::Profiles { cursor } = &mut self.screen {
                    *cursor = moved(*cursor, self.profiles.len(), direction);
                }
            }
            Context::Account => {
                self.destination_cursor = moved(self.destination_cursor, Destination::ALL.len(), direction);
            }
            Context::Steps | Context::Deregister if is_page => self.scroll_page(direction),
            Context::Steps => self.select(StepId::ALL[moved(self.cursor.index(), StepId::ALL.len(), direction)]),
            Context::Deregister => self.move_to_service(direction),
            Context::ContactFields => self.move_to_contact_field(direction),
            Context::Consequences | Context::TypedId => self.move_to_consequence(direction),
            Context::Owner => self.move_to_owner(direction),
            Context::Help | Context::Evidence | Context::Changes | Context::Phone => self.scroll_overlay(direction),
            Context::Detail | Context::ContactDifferences | Context::OtherAccount => self.scroll_page(direction),
            Context::Rechecking | Context::Postponed | Context::Sent | Context::Outcome => self.scroll_page(direction),
            Context::Note | Context::Code | Context::SignInQuestion | Context::QuitQuestion => {}
        }
    }

    fn open_in(&mut self, context: Context) {
        match context {
            Context::Profiles => self.choose_profile(),
            Context::Account => self.open_checklist(),
            Context::Steps | Context::Detail => self.go_on(),
            Context::ContactFields => self.compare_contact(),
            Context::Deregister => self.go_on_deregistering(),
            Context::OtherAccount => {
                self.ask(Action::ChangeAccount);
                self.screen = Screen::Account;
            }
            Context::Outcome => drop(self.ask(Action::GoBack)),
            Context::Note => self.say_draft(),
            Context::Code => self.send_code(),
            Context::Owner => self.use_owner(),
            Context::Phone => self.go_on_verifying(),
            Context::SignInQuestion => self.sign_in(),
            // The ID is typed, with its own Enter.
            Context::TypedId | Context::Consequences | Context::ContactDifferences => {}
            Context::Rechecking | Context::Postponed | Context::Sent => {}
            Context::Help | Context::Evidence | Context::QuitQuestion | Context::Changes => {}
        }
    }

    fn back_from(&mut self, context: Context) {
        match context {
            Context::Account => self.choose_again(),
            Context::Steps | Context::Detail => self.screen = Screen::Account,
            Context::ContactFields | Context::ContactDifferences => self.back_from_contact(),
            Context::Deregister => self.close_deregister(),
            Context::Consequences | Context::TypedId => self.cancel_confirm(),
            Context::Rechecking | Context::Postponed => self.stop_recheck(),
            Context::Help | Context::Evidence | Context::Changes | Context::Note | Context::Code => self.overlay = None,
            Context::Owner | Context::Phone | Context::SignInQuestion | Context::QuitQuestion => self.overlay = None,
            Context::Profiles | Context::OtherAccount | Context::Sent | Context::Outcome => {}
        }
    }

    fn retry_in(&mut self, context: Context) {
        match context {
            Context::Account => self.check(&StepId::ALL),
            Context::Steps | Context::Detail => self.check(&[self.cursor]),
            Context::ContactFields => self.start_reading_contact(),
            Context::OtherAccount => self.connect(),
            Context::Rechecking | Context::Postponed | Context::Sent | Context::Outcome => {
                let was_standalone = matches!(self.departure.leave, Leave::Ended(Outcome::AlreadyStandalone));
                self.ask(Action::AskAgain);
                if was_standalone {
                    self.screen = Screen::Account;
                }
            }
            Context::Owner => self.choose_owner(),
            Context::Profiles | Context::ContactDifferences | Context::Deregister => {}
            Context::Consequences | Context::TypedId | Context::Help | Context::Evidence | Context::Note => {}
            Context::Code | Context::Phone | Context::SignInQuestion | Context::QuitQuestion | Context::Changes => {}
        }
    }
}
