//! The journal of an account for reading, with the times of the place where it is read.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::form;
use super::story::{Departure, Event, Story};
use crate::checklist::{AccountId, Unredacted};
use crate::journal::JournalContents;
use crate::untrusted::sanitize;

/// What the template sees.
#[derive(Serialize)]
struct Sheet {
    account: String,
    zone: String,
    left_out: usize,
    events: Vec<EventSheet>,
    departure: Option<Departure>,
    unreadable: u64,
    path: String,
}

#[derive(Serialize)]
struct EventSheet {
    /// The day, where one begins or a run does.
    day: Option<String>,
    time: String,
    text: String,
    quote: Option<String>,
    request_id: Option<String>,
}

/// What `kept` tells of `account`, run by run, with the local times of `zone`.
pub(crate) fn of_account(account: &AccountId, kept: &JournalContents, zone: &TimeZone) -> String {
    let story = Story::of(kept, None, zone, &mut Unredacted);
    let last = story.events.last().map(|event| event.at).unwrap_or_default();
    let mut day = None;
    let events = story.events.into_iter().map(|Event { at, kind, text, quote, request_id, .. }| {
        let at = at.to_zoned_datetime(zone.clone());
        let is_new = kind == "opened" || day != Some(at.date());
        day = Some(at.date());
        let day = is_new.then(|| at.strftime("%A, %-d %B %Y").to_string());
        EventSheet { day, time: at.strftime("%H:%M:%S").to_string(), text, quote, request_id }
    });
    let sheet = Sheet {
        account: account.grouped(),
        zone: last.to_zoned_datetime(zone.clone()).strftime("%Z").to_string(),
        left_out: story.left_out,
        events: events.collect(),
        departure: story.departure,
        unreadable: story.unreadable,
        path: sanitize(&kept.path.display().to_string()),
    };
    form::fill("journal.txt", &sheet)
}
