//! What a person sees and holds of a departure, as a pure state machine.
//!
//! [`Model::update`] takes one [`Message`] and the time, changes the model and returns [`Effect`]s as data. Nothing here performs
//! I/O, draws, or reads a clock: a front end turns keys into messages, the driver carries the effects out and reports back as
//! messages. What is true of the account and of its leave is the [`Departure`](crate::departure::Departure)'s to know.

mod commands;
mod confirm;
mod connect;
mod contact;
mod deregister;
mod fixes;
mod keys;
mod message;
mod model;
mod news;
pub(crate) mod notices;
mod owner;
mod phone;
mod screen;
mod text;
mod update;

pub use commands::LONGEST_NOTE;
pub use confirm::{Confirming, GROUPS};
pub use contact::{ContactForm, ContactStage, ContactTrouble};
pub use deregister::{DeregisterStage, Deregistering, ServiceState, ServiceToEnd};
pub use keys::{Binding, Command, Direction, Key, KeyPress, bindings};
pub use message::{Copied, Effect, Message, ProfileChoice};
pub use model::{Digits, Exit, Model, Notice, Overflow, Practice, ProfileWish, WizardConfig};
pub use owner::OwnerChoice;
pub use phone::{PhoneCheck, PhoneStage, PhoneTrouble};
pub use screen::{Context, Overlay, Pane, Screen};
pub use text::Text;
pub(crate) use text::keyed;

#[cfg(test)]
pub(crate) mod tests;
