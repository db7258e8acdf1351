//! What reads of the membership have shown since a request to leave was made.

use jiff::{SignedDuration, Timestamp};

use super::texts;

/// Where the account was seen since a request to leave: in the organization of the request, or outside it.
///
/// A read that did not tell changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sightings {
    pub outside_at: Option<Timestamp>,
    /// Since when every read has found it a member.
    pub member_since: Option<Timestamp>,
    /// When it was last seen as a member, if no read has found it outside since.
    pub member_at: Option<Timestamp>,
    /// Whether it was seen as a member after it had been seen outside: AWS's records flap, or it was taken in again.
    pub has_come_back: bool,
    /// Whether it had been told that the account had left by this request: if it is a member all the same, the request is done with.
    pub had_left: bool,
}

impl Sightings {
    /// It was read: outside the organization of the request, in it, or, where `is_outside` is `None`, AWS did not tell.
    pub fn saw(&mut self, is_outside: Option<bool>, at: Timestamp) {
        match is_outside {
            Some(true) => self.saw_outside(at),
            Some(false) => self.saw_member(at),
            None => {}
        }
    }

    /// It was seen outside.
    pub fn saw_outside(&mut self, at: Timestamp) {
        (self.outside_at, self.member_since, self.member_at) = (Some(at), None, None);
    }

    /// It was seen as a member.
    pub fn saw_member(&mut self, at: Timestamp) {
        self.has_come_back |= self.outside_at.is_some();
        self.member_since = Some(self.member_since.map_or(at, |since| since.min(at)));
        self.member_at = Some(at);
    }

    /// From when on AWS's records count as settled for a request that was made at `made_at`.
    #[must_use]
    pub fn settles_at(&self, made_at: Timestamp) -> Timestamp {
        let seconds = texts::rules().verification.records_settle_seconds;
        let last = self.outside_at.map_or(made_at, |outside_at| outside_at.max(made_at));
        last.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
    }

    /// Whether it was still a member when AWS's records counted as settled for a request that was made at `made_at`.
    #[must_use]
    pub fn outlast(&self, made_at: Timestamp) -> bool {
        self.member_at.is_some_and(|at| self.settles_at(made_at) <= at)
    }

    /// Whether a read of "member" at `now`, which was taken in already, shows that a request made at `made_at` had no effect. Where AWS's
    /// records had said otherwise, one read does not show it.
    #[must_use]
    pub fn show_no_effect(&self, made_at: Timestamp, now: Timestamp) -> bool {
        let agrees_for = self.member_since.map_or(0, |since| now.duration_since(since).as_secs());
        let is_steady = self.outside_at.is_none() || agrees_for >= texts::rules().verification.agreeing_seconds;
        self.member_since.is_some() && self.settles_at(made_at) <= now && is_steady
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_effect_is_shown_by_reads_of_member_once_the_records_have_settled() {
        let at = |seconds: i64| Timestamp::from_second(1_800_000_000 + seconds).unwrap();
        let seen = |reads: &[(i64, bool)]| {
            let mut seen = Sightings::default();
            for (seconds, is_member) in reads {
                if *is_member { seen.saw_member(at(*seconds)) } else { seen.saw_outside(at(*seconds)) }
            }
            seen
        };
        for (reads, now, shows) in [
            (&[][..], 4_000, false),
            (&[(10, true)], 3_599, false),
            (&[(10, true)], 3_600, true),
            (&[(3_600, true)], 3_600, true),
            (&[(10, false)], 4_000, false),
            (&[(10, false), (20, true)], 3_609, false),
            (&[(10, false), (20, true)], 3_610, true),
            (&[(10, false), (3_600, true)], 3_630, false),
            (&[(10, false), (3_600, true)], 3_645, true),
            (&[(10, false), (20, true), (3_000, false), (3_010, true)], 3_700, false),
        ] {
            assert_eq!(seen(reads).show_no_effect(at(0), at(now)), shows, "{reads:?} at {now}");
        }
        assert!(seen(&[(10, false), (20, true), (30, false)]).has_come_back && !seen(&[(10, true), (20, false)]).has_come_back);
    }
}
