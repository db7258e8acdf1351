//! The append-only record of one account: what was found, said, confirmed, sent and answered, one JSON object a line.
//!
//! [`Folder::open`] locks the account's journal, mends it, and replays it into a [`Past`]; [`Journal::write`] adds to it. It knows the
//! checklist and nothing of AWS, wizard or driver, and it decides nothing about the walk: it gives back what still holds.

mod entry;
mod file;
mod lines;
mod past;
mod reading;
#[cfg(test)]
mod tests;

pub use entry::{Entry, Intent, Line, MembershipRead, Settled};
pub use file::{Folder, Journal, Opening};
pub use past::{Left, Past, SetAside, Unsettled};
pub use reading::JournalContents;
