//! What goes wrong, for which calls: scripted by a scenario or injected while the server runs.
//!
//! A fault says explicitly whether the operation is carried out behind the spoiled answer, because that is what a client cannot see.

use std::collections::HashMap;
use std::fmt;
use std::mem;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde::Deserialize;

use super::policy::matches;

/// One scripted fault.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Fault {
    /// The operation, such as `organizations:LeaveOrganization`; `*` stands for anything.
    pub operation: String,
    /// Which calls of each operation it strikes, counted from 1 since the fault was added.
    pub calls: Calls,
    /// Whose calls it strikes; everybody's by default.
    pub by: Option<CalledBy>,
    /// Whether the operation is carried out all the same; the kind's usual way by default. A mere delay is no obstacle to it.
    pub acted: Option<bool>,
    /// What goes wrong.
    pub kind: FaultKind,
}

/// Whose credentials a call is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CalledBy {
    /// The member's.
    Member,
    /// The management account's.
    ManagementAccount,
    /// Those of an account that has no part in it: another organization's owner, another member, a standalone account.
    SomebodyElse,
}

/// What can go wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// The right answer comes late. Acted upon at once.
    Latency {
        /// By how much, in milliseconds.
        ms: u64,
    },
    /// The service says that it is asked too often, in its own code. Not acted upon.
    Throttle,
    /// The service answers with this error. Not acted upon.
    Error {
        /// The error code.
        code: String,
        /// The message.
        message: String,
        /// The `Reason`, where the error has one.
        reason: Option<String>,
        /// The HTTP status; the code's usual one by default.
        status: Option<u16>,
    },
    /// 500 with the service's own internal error. Not acted upon.
    InternalError,
    /// 503 with the service's own error. Not acted upon.
    Unavailable,
    /// 502 with a page of something between, and nothing of AWS's. Not acted upon.
    BadGateway,
    /// New connections are reset as soon as they are made, before anything is read, whatever the operation. Not acted upon.
    RefuseConnection,
    /// New connections are closed as soon as they are made, before anything is read, whatever the operation. Not acted upon.
    CloseConnection,
    /// New connections are left alone for a while before anything is read from them, whatever the operation.
    SlowConnection {
        /// For how long, in milliseconds.
        ms: u64,
    },
    /// The connection is reset after the request was read. Not acted upon.
    ResetBeforeActing,
    /// The connection is closed after the request was read, without an answer. Not acted upon.
    HangUp,
    /// The connection is reset after the request was acted upon: the answer is lost.
    AnswerLost,
    /// The connection is closed in the middle of the answer's status line. Acted upon.
    HalfStatusLine,
    /// The connection is closed in the middle of the answer's headers. Acted upon.
    HalfHead,
    /// The connection is reset after the answer's headers, which promise a body. Acted upon.
    ResetAfterHead,
    /// No answer ever comes. Not acted upon.
    Stall,
    /// The answer comes one byte at a time. Acted upon.
    Drip {
        /// The pause between bytes, in milliseconds.
        ms: u64,
    },
    /// The answer ends in the middle. Acted upon.
    Truncated,
    /// The answer's body is noise. Acted upon.
    Garbage,
    /// A proxy's HTML page with status 200. Acted upon.
    Html,
    /// A page by which a proxy or a network asks to sign in, under this status (407, 511, 302 …). The request gets no further.
    Portal {
        /// The HTTP status. A redirection says where it leads.
        status: u16,
    },
    /// Status 200 and no body. Acted upon.
    EmptyBody,
    /// An answer of the service's form that holds something, and nothing of what was asked for. Acted upon.
    SomethingElse,
    /// The right body under a wrong content type. Acted upon.
    WrongContentType,
    /// The right answer and so many megabytes of blanks behind it. Acted upon.
    BigBody {
        /// How many, in 2^20 bytes.
        mb: u64,
    },
    /// The right answer and blanks without end. Acted upon.
    EndlessBody,
    /// The right answer below a header of a megabyte. Acted upon.
    LongHead,
    /// The right answer with a member nobody knows. Acted upon.
    UnknownMembers,
    /// The signature is said to be too old: the clocks differ. Not acted upon.
    ClockSkew,
    /// The credentials are said to have expired. Not acted upon.
    ExpiredToken,
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

impl From<RangeInclusive<u32>> for Calls {
    fn from(range: RangeInclusive<u32>) -> Self {
        Self { first: *range.start(), last: Some(*range.end()) }
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

impl Fault {
    /// A fault that strikes every call of the operation.
    #[must_use]
    pub fn new(operation: &str, kind: FaultKind) -> Self {
        Self { operation: operation.to_owned(), calls: Calls::default(), by: None, acted: None, kind }
    }

    /// The same fault for some calls only, counted from 1.
    #[must_use]
    pub fn on_calls(mut self, calls: RangeInclusive<u32>) -> Self {
        self.calls = calls.into();
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
    /// Every kind once, with its usual settings; `error` carries a code that no service knows.
    pub fn every() -> impl Iterator<Item = Self> {
        EVERY.iter().map(|(_, _, kind)| match kind.clone() {
            Self::Error { message, reason, status, .. } => {
                Self::Error { code: "PracticeException".to_owned(), message, reason, status }
            }
            other => other,
        })
    }

    /// Whether it strikes connections, which know no operation yet.
    #[must_use]
    pub fn strikes_connections(&self) -> bool {
        matches!(self, Self::RefuseConnection | Self::CloseConnection | Self::SlowConnection { .. })
    }

    /// Whether the operation is carried out when the fault does not say.
    #[must_use]
    pub fn usually_acts(&self) -> bool {
        self.entry().is_some_and(|(_, acts, _)| *acts)
    }

    fn entry(&self) -> Option<&'static (&'static str, bool, Self)> {
        EVERY.iter().find(|(_, _, kind)| mem::discriminant(kind) == mem::discriminant(self))
    }
}

impl fmt::Display for FaultKind {
    /// The name that scenarios use.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.entry().map_or("fault", |(name, ..)| name))
    }
}

/// Every kind with its name in scenarios, whether the operation is carried out all the same, and what it is when a scenario says no more.
static EVERY: [(&str, bool, FaultKind); 30] = [
    ("latency", true, FaultKind::Latency { ms: 1_000 }),
    ("throttle", false, FaultKind::Throttle),
    ("error", false, FaultKind::Error { code: String::new(), message: String::new(), reason: None, status: None }),
    ("internal-error", false, FaultKind::InternalError),
    ("unavailable", false, FaultKind::Unavailable),
    ("bad-gateway", false, FaultKind::BadGateway),
    ("refuse-connection", false, FaultKind::RefuseConnection),
    ("close-connection", false, FaultKind::CloseConnection),
    ("slow-connection", true, FaultKind::SlowConnection { ms: 1_000 }),
    ("reset-before-acting", false, FaultKind::ResetBeforeActing),
    ("hang-up", false, FaultKind::HangUp),
    ("answer-lost", true, FaultKind::AnswerLost),
    ("half-status-line", true, FaultKind::HalfStatusLine),
    ("half-head", true, FaultKind::HalfHead),
    ("reset-after-head", true, FaultKind::ResetAfterHead),
    ("stall", false, FaultKind::Stall),
    ("drip", true, FaultKind::Drip { ms: 5 }),
    ("truncated", true, FaultKind::Truncated),
    ("garbage", true, FaultKind::Garbage),
    ("html", true, FaultKind::Html),
    ("portal", false, FaultKind::Portal { status: 511 }),
    ("empty-body", true, FaultKind::EmptyBody),
    ("something-else", true, FaultKind::SomethingElse),
    ("wrong-content-type", true, FaultKind::WrongContentType),
    ("big-body", true, FaultKind::BigBody { mb: 10 }),
    ("endless-body", true, FaultKind::EndlessBody),
    ("long-head", true, FaultKind::LongHead),
    ("unknown-members", true, FaultKind::UnknownMembers),
    ("clock-skew", false, FaultKind::ClockSkew),
    ("expired-token", false, FaultKind::ExpiredToken),
];

/// A fault as a scenario file spells it: all kinds' fields side by side, so that a misspelt one is an error.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    operation: String,
    #[serde(default)]
    calls: Calls,
    by: Option<CalledBy>,
    acted: Option<bool>,
    kind: String,
    ms: Option<u64>,
    mb: Option<u64>,
    code: Option<String>,
    message: Option<String>,
    reason: Option<String>,
    status: Option<u16>,
}

impl TryFrom<Written> for Fault {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let Written { operation, calls, by, acted, kind: name, ms, mb, code, message, reason, status } = written;
        let Some((_, _, mut kind)) = EVERY.iter().find(|(known, ..)| *known == name).cloned() else {
            return Err(format!("there is no fault of the kind {name:?}"));
        };
        match &mut kind {
            FaultKind::Latency { ms: known } | FaultKind::Drip { ms: known } | FaultKind::SlowConnection { ms: known } => {
                *known = ms.unwrap_or(*known);
            }
            FaultKind::BigBody { mb: known } => *known = mb.unwrap_or(*known),
            FaultKind::Portal { status: known } => *known = status.unwrap_or(*known),
            FaultKind::Error { .. } => {
                let code = code.ok_or("a fault of the kind \"error\" needs a code")?;
                kind = FaultKind::Error { code, message: message.unwrap_or_default(), reason, status };
            }
            _ => {}
        }
        Ok(Self { operation, calls, by, acted, kind })
    }
}

/// What the script holds for one call.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// How long to wait first.
    pub delay: Duration,
    /// What goes wrong then, and whether the operation is carried out.
    pub fault: Option<(FaultKind, bool)>,
}

/// The faults that are in force, and how often each has seen each operation.
#[derive(Debug, Default)]
pub(super) struct Script {
    faults: Vec<(Fault, HashMap<String, u32>)>,
}

impl Script {
    pub fn add(&mut self, fault: Fault) {
        self.faults.push((fault, HashMap::new()));
    }

    pub fn clear(&mut self) {
        self.faults.clear();
    }

    /// Counts a call and says what happens to it. Delays add up; of the other faults the first that strikes counts.
    pub fn next(&mut self, operation: &str, by: CalledBy) -> Plan {
        let mut plan = Plan::default();
        for (fault, calls) in &mut self.faults {
            if fault.kind.strikes_connections()
                || fault.by.is_some_and(|struck| struck != by)
                || !matches(&fault.operation, operation)
                || !count(calls, operation, fault.calls)
            {
                continue;
            }
            match &fault.kind {
                FaultKind::Latency { ms } => plan.delay += Duration::from_millis(*ms),
                kind if plan.fault.is_none() => plan.fault = Some((kind.clone(), fault.acted.unwrap_or(kind.usually_acts()))),
                _ => {}
            }
        }
        plan
    }

    /// Counts a connection and says what happens to it. Every such fault sees it; the first that strikes counts.
    pub fn next_connection(&mut self) -> Option<FaultKind> {
        let faults = self.faults.iter_mut().filter(|(fault, _)| fault.kind.strikes_connections());
        faults.fold(None, |struck, (fault, calls)| {
            let strikes = count(calls, "", fault.calls);
            struck.or_else(|| strikes.then(|| fault.kind.clone()))
        })
    }
}

fn count(calls: &mut HashMap<String, u32>, operation: &str, struck: Calls) -> bool {
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
            Fault::new("a:X", FaultKind::Stall),
            Fault::new("a:X", FaultKind::Throttle),
            Fault::new("*", FaultKind::Latency { ms: 5 }),
        ]);
        assert_eq!(
            script.next("a:X", CalledBy::Member),
            Plan { delay: Duration::from_millis(15), fault: Some((FaultKind::Stall, false)) }
        );
        assert_eq!(script.next("b:X", CalledBy::Member), Plan { delay: Duration::from_millis(5), fault: None });
    }

    #[test]
    fn refused_connections_are_counted_apart_from_calls() {
        let mut script = script(&[Fault::new("*", FaultKind::RefuseConnection).on_calls(1..=2)]);
        assert_eq!(script.next("a:X", CalledBy::Member), Plan::default());
        let refused = Some(FaultKind::RefuseConnection);
        assert_eq!([(); 3].map(|()| script.next_connection()), [refused.clone(), refused, None]);
    }

    #[test]
    fn a_fault_for_one_callers_calls_neither_strikes_nor_counts_the_others() {
        let fault = Fault::new("a:X", FaultKind::Stall).called_by(CalledBy::ManagementAccount).on_calls(2..=2);
        let mut script = script(&[fault]);
        let (member, owner) = (CalledBy::Member, CalledBy::ManagementAccount);
        let strikes = [member, owner, member, owner].map(|by| script.next("a:X", by).fault.is_some());
        assert_eq!(strikes, [false, false, false, true]);
        let written: Fault = toml::from_str("operation = \"a:X\"\nby = \"management-account\"\nkind = \"stall\"").unwrap();
        assert_eq!(written.by, Some(owner));
    }

    #[test]
    fn calls_are_written_as_people_write_ranges() {
        let calls = |text: &str| Calls::try_from(text.to_owned());
        assert_eq!(calls("1"), Ok((1..=1).into()));
        assert_eq!(calls("2-4"), Ok((2..=4).into()));
        assert_eq!(calls("3-"), Ok(Calls { first: 3, last: None }));
        assert!(calls("x").is_err() && calls("-2").is_err());
    }

    #[test]
    fn every_kind_has_a_name_by_which_scenarios_find_it() {
        for kind in FaultKind::every() {
            let fault: Fault =
                toml::from_str(&format!("operation = \"*\"\nkind = \"{kind}\"\ncode = \"PracticeException\"")).unwrap();
            assert_eq!(fault.kind, kind);
        }
    }

    #[test]
    fn a_misspelt_fault_is_an_error() {
        for text in [
            "operation = \"*\"\nkind = \"stal\"",
            "operation = \"*\"\nkind = \"stall\"\ncals = \"1\"",
            "operation = \"*\"\nkind = \"error\"",
        ] {
            assert!(toml::from_str::<Fault>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_fault_is_read_with_its_kinds_own_fields() {
        let fault: Fault = toml::from_str(
            "operation = \"organizations:LeaveOrganization\"\ncalls = \"1\"\nkind = \"error\"\ncode = \"X\"\nreason = \"Y\"",
        )
        .unwrap();
        assert_eq!(fault.calls, (1..=1).into());
        let kind = FaultKind::Error { code: "X".to_owned(), message: String::new(), reason: Some("Y".to_owned()), status: None };
        assert_eq!(fault.kind, kind);
    }
}
