//! `check`: every check once, one report, no terminal needed.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::reading::{Seen, read};
use super::{Credentials, Failure, Format, UNEXPECTED, print};
use crate::checklist::StepId;
use crate::report::{self, Document, Form, Private, Story};
use crate::untrusted::neutralise;
use crate::wizard::exit_code_of_standings;

/// Checks `steps` once and prints the report.
pub(super) async fn check(
    credentials: &Credentials,
    format: Format,
    output: Option<&Path>,
    steps: &[StepId],
    redact: bool,
    timeout: u64,
) -> Result<u8, Failure> {
    let Seen { checklist, journal } = read(credentials, steps, Duration::from_secs(timeout)).await?;
    let now = Timestamp::now();
    // What happened before is only news once the account has left: until then the standings say it all.
    let story = journal.as_ref().filter(|_| checklist.is_standalone()).map(|kept| Story::of(kept, &TimeZone::UTC));
    let mut document = Document::of(&checklist, steps, now).with_story(story);
    if redact {
        document = Private::of(&checklist, journal.as_ref()).mask(document);
    }
    let text = Form::from(format).write(&document);
    match output {
        None => print("The report", text)?,
        Some(path) => report::put(path, &text).map_err(|error| {
            let what = format!("The report could not be written to {}: {error}", neutralise(&path.to_string_lossy()));
            Failure::new(UNEXPECTED, what, "Choose another file, or leave --output out to read it here.")
        })?,
    }
    Ok(exit_code_of_standings(&checklist, steps, now))
}
