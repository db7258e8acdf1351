//! leave-org takes one AWS member account out of its AWS Organization, safely.
//!
//! The floors, each importing only what lies below it: [`cli`] reads the command line; [`tui`] has the screen and [`plain`] goes line by
//! line; [`driver`] carries effects out; [`views`] are what the screens say; [`report`] writes documents; [`wizard`] is what a person sees
//! and holds, pure; [`departure`] is the leave of one account, pure; [`aws`] alone knows the SDK; [`journal`] keeps the record of each
//! account; [`checklist`] is the rules, pure; [`simulator`] is the practice AWS and imports nothing else of this crate.

pub mod aws;
pub mod checklist;
pub mod cli;
pub mod clock;
pub mod departure;
pub mod driver;
pub mod journal;
pub mod plain;
pub mod programs;
pub mod report;
pub mod simulator;
pub mod tui;
pub mod untrusted;
pub mod views;
pub mod wizard;

#[cfg(test)]
mod tests;
