//! The guided leave as a pure state machine.
//!
//! [`Model::update`] takes one [`Message`] and the time, changes the model and returns [`Effect`]s as data. Nothing here performs
//! I/O, draws, or reads a clock: a front end turns keys into messages, the driver carries the effects out and reports back as
//! messages. Every run of a check, of the leave and of a timer carries an [`Attempt`], so that a late answer is recognised and dropped.

mod checks;
mod confirm;
mod connect;
mod contact;
mod deregister;
mod fixes;
mod keys;
mod leaving;
mod locks;
mod message;
mod model;
mod outcome;
mod owner;
mod person;
mod phone;
mod record;
mod update;
mod verifying;
pub mod words;

pub use confirm::{Confirming, GROUPS};
pub use contact::{ContactForm, ContactStage, ContactTrouble};
pub use deregister::{DeregisterStage, Deregistering, ServiceState, ServiceToEnd};
pub use fixes::SentCode;
pub use keys::{Binding, Command, Context, Direction, Key, KeyPress, bindings};
pub use leaving::{Answered, Leave, Whose};
pub use locks::Lock;
pub use message::{Asked, Attempt, Copied, Effect, Message, Opened, ProfileChoice, SessionFacts, Unconnected};
pub use model::{
    Connection, Digits, Exit, LastOutcome, Mode, Model, Notice, Overflow, Overlay, Pane, Practice, ProfileWish, Row, Screen,
    Setting, exit_code_of_standings,
};
pub use outcome::Outcome;
pub use owner::{AskingOwner, OwnerChoice, Ownership};
pub use person::LONGEST_NOTE;
pub use phone::{PhoneCheck, PhoneStage, PhoneTrouble};
pub use verifying::{LastRequest, Verification};

pub use record::{Before, Record};

#[cfg(test)]
pub(crate) mod tests;
