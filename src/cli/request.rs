//! `request`: what only the organization's owner can do, as a message to them. It reads as `check` does, and sends nothing.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use super::reading::{Seen, note, read};
use super::{Credentials, Failure, READY, deliver, for_people};
use crate::aws;
use crate::checklist::{StepId, texts};
use crate::departure::Departure;
use crate::report;

/// Checks every step once and writes the message.
pub(super) async fn request(credentials: &Credentials, output: Option<&Path>, timeout: u64) -> Result<u8, Failure> {
    let Seen { departure, end, .. } = read(credentials, &StepId::ALL, Duration::from_secs(timeout)).await?;
    let Departure { checklist, endpoints, .. } = departure;
    let open: Vec<&str> =
        report::request::not_found_out(&checklist).into_iter().map(|id| texts::step(id).title.as_str()).collect();
    if !open.is_empty() {
        note(&format!(
            "this could not be found out, so the message asks nothing about it: {}. `leave-org check` says why.",
            open.join(", ")
        ));
    }
    let message = report::request::of_checklist(&checklist, &aws::in_words(&endpoints), Timestamp::now());
    deliver("The message", for_people(&message).into_owned(), output, end)?;
    Ok(READY)
}
