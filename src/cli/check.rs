//! `check`: every check once, one report, no terminal needed.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::reading::{Seen, read};
use super::{Credentials, Failure, Format, OUTCOME_NOT_KNOWN, deliver, for_people};
use crate::checklist::{Redactor, StepId, Unredacted};
use crate::departure::Departure;
use crate::report::{Document, Form, Origin, Private, Story};

/// Checks `steps` once and prints the report.
pub(super) async fn check(
    credentials: &Credentials,
    format: Format,
    output: Option<&Path>,
    steps: &[StepId],
    redact: bool,
    timeout: u64,
) -> Result<u8, Failure> {
    let Seen { departure, journal, open_outcome, end } = read(credentials, steps, Duration::from_secs(timeout)).await?;
    let Departure { checklist, custom_endpoints, endpoints, .. } = departure;
    let now = Timestamp::now();
    // What happened before is only news once the account has left: until then the standings say it all.
    let private = redact.then(|| Private::of(&checklist, journal.as_ref())).transpose();
    let private = private.map_err(|problem| Failure::unexpected("The journal was not read", &problem.message))?;
    let mut masks = private.as_ref().map(Private::masks);
    let redactor: &mut dyn Redactor = if let Some(masks) = &mut masks { masks } else { &mut Unredacted };
    let story = journal
        .as_ref()
        .filter(|_| checklist.is_standalone())
        .map(|kept| Story::of(kept, Some(&custom_endpoints), &TimeZone::UTC, redactor));
    let document = Document::of(&checklist, steps, now, redactor).answered_by(Origin::of(endpoints));
    let document = document.with_story(story).with_open_outcome(open_outcome);
    let document = masks.into_iter().fold(document, |document, masks| masks.finish(document));
    let text = Form::from(format).write(&document);
    let text = if format == Format::Text { for_people(&text).into_owned() } else { text };
    deliver("The report", text, output, end)?;
    Ok(if open_outcome.is_some() { OUTCOME_NOT_KNOWN } else { checklist.exit_code(steps, now) })
}
