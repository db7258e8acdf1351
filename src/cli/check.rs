//! `check`: every check once, one report, no terminal needed.

use std::path::Path;
use std::time::Duration;

use super::reading::{Seen, read};
use super::{Credentials, Failure, Format, deliver};
use crate::checklist::StepId;
use crate::report;
use crate::wizard::exit_code_of_standings;
use jiff::Timestamp;

/// Checks `steps` once and prints the report.
pub(super) async fn check(
    credentials: &Credentials,
    format: Format,
    output: Option<&Path>,
    steps: &[StepId],
    timeout: u64,
) -> Result<u8, Failure> {
    let Seen { checklist, .. } = read(credentials, steps, Duration::from_secs(timeout)).await?;
    let now = Timestamp::now();
    let text = match format {
        Format::Json => report::json::of_checklist(&checklist, steps, now),
        Format::Text => report::text::of_checklist(&checklist, steps, now),
    };
    deliver("report", &text, output)?;
    Ok(exit_code_of_standings(&checklist, steps, now))
}
