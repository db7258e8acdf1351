//! The journal of an account for reading, with the times of the place where it is read.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Story;
use super::form::wrap;
use crate::checklist::AccountId;
use crate::untrusted::neutralise;

/// What happened to `account`, run by run, with the local times of `zone`.
#[must_use]
pub fn of_story(account: &AccountId, story: &Story, zone: &TimeZone) -> String {
    let mut text = format!("Account {}, from its journal. Times are local ({}).\n", account.grouped(), zone_name(story, zone));
    if story.left_out > 0 {
        let _ = writeln!(text, "{} older events are not shown.", story.left_out);
    }
    let mut day = None;
    for event in &story.events {
        let at = event.at.to_zoned_datetime(zone.clone());
        if event.kind == "opened" || day != Some(at.date()) {
            let _ = writeln!(text, "\n{}", at.strftime("%A, %-d %B %Y"));
        }
        day = Some(at.date());
        let time = at.strftime("  %H:%M:%S  ").to_string();
        let room = " ".repeat(time.len());
        let _ = writeln!(text, "{}", wrap(&event.text, &time));
        if let Some(quote) = &event.quote {
            let _ = writeln!(text, "{}", wrap(&format!("“{quote}”"), &room));
        }
        if let Some(id) = &event.request_id {
            let _ = writeln!(text, "{room}request {}", neutralise(id));
        }
    }
    if let Some(departure) = &story.departure {
        let _ = writeln!(text, "\nHow to find the leave in CloudTrail");
        for look_up in &departure.look_ups {
            let _ = writeln!(text, "{}\n    {}", wrap(&look_up.what, "  - "), look_up.command);
        }
        let _ = writeln!(text, "{}", wrap(&departure.hint, "  "));
    }
    match story.unreadable {
        0 => {}
        1 => text.push_str("\nOne line of the journal could not be read.\n"),
        lines => {
            let _ = writeln!(text, "\n{lines} lines of the journal could not be read.");
        }
    }
    text
}

/// A moment with the time of the place: `Sat 28 Nov 2026 14:05 CET`.
#[must_use]
pub fn local(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%a %-d %b %Y %H:%M %Z").to_string()
}

/// The name of the zone, as it was when the last event happened.
fn zone_name(story: &Story, zone: &TimeZone) -> String {
    let at = story.events.last().map(|event| event.at).unwrap_or_default();
    at.to_zoned_datetime(zone.clone()).strftime("%Z").to_string()
}
