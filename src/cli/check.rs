//! `check`: every check once, one report, no terminal needed.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use super::reading::{Seen, read};
use super::{Credentials, Failure, Format, UNEXPECTED, print};
use crate::checklist::StepId;
use crate::report;
use crate::wizard::exit_code_of_standings;

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
    match output {
        None => print("The report", text)?,
        Some(path) => std::fs::write(path, text).map_err(|error| {
            let what = format!("The report could not be written to {}: {error}", path.display());
            Failure::new(UNEXPECTED, what, "Choose another file, or leave --output out to read it here.")
        })?,
    }
    Ok(exit_code_of_standings(&checklist, steps, now))
}
