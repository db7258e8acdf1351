//! leave-org takes one AWS member account out of its AWS Organization, safely.
//!
//! The floors, each importing only what lies below it:
//! [`aws`] alone knows the SDK, [`checklist`] is pure, and
//! [`simulator`] is the practice AWS and imports nothing else of this crate.

pub mod aws;
pub mod checklist;
pub mod simulator;
pub mod untrusted;
pub mod wizard;
