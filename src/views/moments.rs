//! Times as people say them: ages, countdowns, local dates.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// How long ago, in a few words: `just now`, `3 min ago`, `2 h ago`, `4 days ago`. Seconds are not counted: a line that is only read
/// must not need a new picture every second.
pub fn ago(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(then).as_secs().max(0);
    if seconds < 60 { "just now".to_owned() } else { format!("{} ago", amount(seconds)) }
}

/// How long until then, in a few words; `now` once it has come.
pub fn until(then: Timestamp, now: Timestamp) -> String {
    let left: SignedDuration = then.duration_since(now);
    if left.is_positive() { amount(left.as_secs().max(1)) } else { "now".to_owned() }
}

/// How long since, in a few words.
pub fn since(then: Timestamp, now: Timestamp) -> String {
    amount(now.duration_since(then).as_secs().max(0))
}

/// The date and time in `zone`, which is named: `Sat 28 Nov 2026 14:05 CET`.
pub fn local(then: Timestamp, zone: &TimeZone) -> String {
    then.to_zoned_datetime(zone.clone()).strftime("%a %-d %b %Y %H:%M %Z").to_string()
}

/// How often: `once`, `3 times`.
pub fn how_often(times: u32) -> String {
    match times {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{times} times"),
    }
}

fn amount(seconds: i64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..5_400 => format!("{} min", (seconds + 30) / 60),
        5_400..129_600 => format!("{} h", (seconds + 1_800) / 3_600),
        _ => format!("{} days", (seconds + 43_200) / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_grow_with_the_unit_a_person_would_use() {
        let then = Timestamp::UNIX_EPOCH;
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        for (seconds, said) in [
            (0, "just now"),
            (42, "just now"),
            (180, "3 min ago"),
            (3_600, "60 min ago"),
            (7_200, "2 h ago"),
            (345_600, "4 days ago"),
        ] {
            assert_eq!(ago(then, at(seconds)), said);
        }
        assert_eq!(until(at(30), at(0)), "30 s");
        assert_eq!(until(at(0), at(30)), "now");
    }
}
