//! What goes wrong, for which calls: scripted by a scenario or injected while the server runs.
//!
//! A fault says explicitly whether the operation is carried out behind the spoiled answer, because that is what a client cannot see.

use std::collections::HashMap;
#[cfg(feature = "faults")]
use std::ops::RangeInclusive;
use std::time::Duration;

use serde::Deserialize;

#[cfg(feature = "faults")]
use super::damage::Damage;
use super::policy::matches;

/// One scripted fault.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The operation, such as `organizations:LeaveOrganization`; `*` stands for anything.
    pub operation: String,
    /// Which calls of each operation it strikes, counted from 1 since the fault was added.
    #[serde(default)]
    pub calls: Calls,
    /// Whose calls it strikes; everybody's by default.
    pub by: Option<CalledBy>,
    /// Whether the operation is carried out all the same; the kind's usual way by default. A mere delay is no obstacle to it.
    pub acted: Option<bool>,
    pub kind: FaultKind,
}

/// Whose credentials a call is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CalledBy {
    Member,
    ManagementAccount,
    /// Those of an account that has no part in it: another organization's owner, another member, a standalone account.
    SomebodyElse,
}

/// What can go wrong in a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum FaultKind {
    /// The right answer comes late. Acted upon at once.
    Latency {
        /// By how much, in milliseconds.
        ms: u64,
    },
    /// The service says that it is asked too often, in its own code. Not acted upon.
    Throttle,
    /// 500 with the service's own internal error. Not acted upon.
    InternalError,
    /// The connection is reset after the request was acted upon: the answer is lost.
    AnswerLost,
    /// What no scenario plays, only the tests.
    #[cfg(feature = "faults")]
    #[serde(skip)]
    Damage(Damage),
}

/// Which calls a fault strikes, counted from 1: `1`, `2-4`, `3-`, or every call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Calls {
    first: u32,
    last: Option<u32>,
}

impl Default for Calls {
    fn default() -> Self {
        Self { first: 1, last: None }
    }
}

impl TryFrom<String> for Calls {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let wrong = || format!("calls are written as 1, 2-4 or 3-, not {text:?}");
        let number = |part: &str| part.trim().parse::<u32>().map_err(|_| wrong());
        match text.split_once('-') {
            None => number(&text).map(|only| Self { first: only, last: Some(only) }),
            Some((first, "")) => number(first).map(|first| Self { first, last: None }),
            Some((first, last)) => Ok(Self { first: number(first)?, last: Some(number(last)?) }),
        }
    }
}

impl Calls {
    fn contain(self, call: u32) -> bool {
        call >= self.first && self.last.is_none_or(|last| call <= last)
    }
}

#[cfg(feature = "faults")]
impl Fault {
    /// A fault that strikes every call of the operation.
    #[must_use]
    pub fn new(operation: &str, kind: impl Into<FaultKind>) -> Self {
        Self { operation: operation.to_owned(), calls: Calls::default(), by: None, acted: None, kind: kind.into() }
    }

    /// The same fault for some calls only, counted from 1.
    #[must_use]
    pub fn on_calls(mut self, calls: RangeInclusive<u32>) -> Self {
        self.calls = Calls { first: *calls.start(), last: Some(*calls.end()) };
        self
    }

    /// The same fault for the calls that are made with these credentials only.
    #[must_use]
    pub fn called_by(mut self, by: CalledBy) -> Self {
        self.by = Some(by);
        self
    }

    /// The same fault, with the operation carried out or not.
    #[must_use]
    pub fn acted_upon(mut self, acted: bool) -> Self {
        self.acted = Some(acted);
        self
    }
}

impl FaultKind {
    /// Whether the operation is carried out when the fault does not say.
    #[must_use]
    pub fn usually_acts(&self) -> bool {
        match self {
            Self::Latency { .. } | Self::AnswerLost => true,
            Self::Throttle | Self::InternalError => false,
            #[cfg(feature = "faults")]
            Self::Damage(damage) => damage.usually_acts(),
        }
    }
}

/// What the script holds for one call.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub acts: bool,
    pub delay: Duration,
    pub fault: Option<FaultKind>,
}

/// The faults that are in force, and how often each has seen each operation.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub faults: Vec<(Fault, HashMap<String, u32>)>,
}

impl Script {
    pub(super) fn add(&mut self, fault: Fault) {
        self.faults.push((fault, HashMap::new()));
    }

    /// Counts a call and says what happens to it. Delays add up; of the other faults the first that strikes counts.
    pub fn next(&mut self, operation: &str, by: CalledBy) -> Plan {
        let mut plan = Plan { acts: true, delay: Duration::ZERO, fault: None };
        for (fault, calls) in &mut self.faults {
            if fault.by.is_some_and(|struck| struck != by)
                || !matches(&fault.operation, operation)
                || !count(calls, operation, fault.calls)
            {
                continue;
            }
            match &fault.kind {
                #[cfg(feature = "faults")]
                kind if kind.strikes_connections() => {}
                FaultKind::Latency { ms } => plan.delay += Duration::from_millis(*ms),
                kind if plan.fault.is_none() => {
                    plan.acts = fault.acted.unwrap_or(kind.usually_acts());
                    plan.fault = Some(kind.clone());
                }
                _ => {}
            }
        }
        plan
    }
}

pub(super) fn count(calls: &mut HashMap<String, u32>, operation: &str, struck: Calls) -> bool {
    let so_far = calls.entry(operation.to_owned()).or_default();
    *so_far += 1;
    struck.contain(*so_far)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(faults: &[Fault]) -> Script {
        let mut script = Script::default();
        faults.iter().cloned().for_each(|fault| script.add(fault));
        script
    }

    #[test]
    fn calls_are_counted_for_each_operation_by_itself() {
        let mut script = script(&[Fault::new("*", FaultKind::Throttle).on_calls(2..=2)]);
        let strikes: Vec<bool> =
            ["a:X", "a:Y", "a:X", "a:X", "a:Y"].iter().map(|op| script.next(op, CalledBy::Member).fault.is_some()).collect();
        assert_eq!(strikes, [false, false, true, false, true]);
    }

    #[test]
    fn the_first_fault_counts_and_delays_add_up() {
        let mut script = script(&[
            Fault::new("a:*", FaultKind::Latency { ms: 10 }),
            Fault::new("a:X", Damage::Stall),
            Fault::new("a:X", FaultKind::Throttle),
            Fault::new("*", FaultKind::Latency { ms: 5 }),
        ]);
        assert_eq!(
            script.next("a:X", CalledBy::Member),
            Plan { acts: false, delay: Duration::from_millis(15), fault: Some(Damage::Stall.into()) }
        );
        assert_eq!(script.next("b:X", CalledBy::Member), Plan { acts: true, delay: Duration::from_millis(5), fault: None });
    }

    #[test]
    fn refused_connections_are_counted_apart_from_calls() {
        let mut script = script(&[Fault::new("*", Damage::RefuseConnection).on_calls(1..=2)]);
        assert_eq!(script.next("a:X", CalledBy::Member).fault, None);
        let refused = Some(Damage::RefuseConnection);
        assert_eq!([(); 3].map(|()| script.next_connection()), [refused.clone(), refused, None]);
    }

    #[test]
    fn a_fault_for_one_callers_calls_neither_strikes_nor_counts_the_others() {
        let fault = Fault::new("a:X", Damage::Stall).called_by(CalledBy::ManagementAccount).on_calls(2..=2);
        let mut script = script(&[fault]);
        let (member, owner) = (CalledBy::Member, CalledBy::ManagementAccount);
        let strikes = [member, owner, member, owner].map(|by| script.next("a:X", by).fault.is_some());
        assert_eq!(strikes, [false, false, false, true]);
        let written: Fault = toml::from_str("operation = \"a:X\"\nby = \"management-account\"\nkind = \"throttle\"").unwrap();
        assert_eq!(written.by, Some(owner));
    }

    #[test]
    fn calls_are_written_as_people_write_ranges() {
        let calls = |text: &str| Calls::try_from(text.to_owned());
        assert_eq!(calls("1"), Ok(Calls { first: 1, last: Some(1) }));
        assert_eq!(calls("2-4"), Ok(Calls { first: 2, last: Some(4) }));
        assert_eq!(calls("3-"), Ok(Calls { first: 3, last: None }));
        assert!(calls("x").is_err() && calls("-2").is_err());
    }

    #[test]
    fn a_misspelt_fault_is_an_error() {
        for text in [
            "kind = \"throttel\"",
            "kind = \"throttle\"\ncals = \"1\"",
            "kind = \"throttle\"\nms = 5",
            "kind = \"latency\"",
            "kind.latency.s = 5",
        ] {
            assert!(toml::from_str::<Fault>(&format!("operation = \"*\"\n{text}")).is_err(), "{text}");
        }
    }

    #[test]
    fn a_fault_is_read_with_its_kinds_own_fields() {
        let fault: Fault =
            toml::from_str("operation = \"organizations:LeaveOrganization\"\ncalls = \"1\"\nkind.latency.ms = 5000").unwrap();
        assert_eq!(fault, Fault::new("organizations:LeaveOrganization", FaultKind::Latency { ms: 5_000 }).on_calls(1..=1));
    }
}
