//! The longest chain of calls of which each needs the answer of the one before, as the practice AWS saw it.

use std::time::Duration;

use jiff::Timestamp;
use leave_org::simulator::Request;

/// Which answer a call needs before it can be made: a name, an ARN or a marker out of it. Calls that are not in here need none.
const NEEDS: [(&str, &str); 7] = [
    // An ARN of a session names the role without its path.
    ("iam:GetRole", "sts:GetCallerIdentity"),
    // The simulator wants the ARN with the path, and the tags.
    ("iam:SimulatePrincipalPolicy", "iam:GetRole"),
    ("iam:GetLoginProfile", "iam:ListUsers"),
    ("iam:ListMFADevices", "iam:GetLoginProfile"),
    // Each page begins where the one before says.
    ("iam:ListRoles", "iam:ListRoles"),
    ("iam:ListAttachedRolePolicies", "iam:ListRoles"),
    // Once something allows everything, no more is asked.
    ("iam:ListRolePolicies", "iam:ListAttachedRolePolicies"),
];

/// The longest chain.
pub struct Chain {
    calls: Vec<Call>,
    latency: Duration,
}

#[derive(Clone)]
struct Call {
    operation: String,
    begun: Timestamp,
    ended: Timestamp,
}

impl Chain {
    /// Out of everything that was asked, with answers that take `latency` each.
    pub fn longest(requests: &[Request], latency: Duration) -> Self {
        let mut calls: Vec<Call> = requests
            .iter()
            .map(|request| Call {
                operation: request.operation.clone(),
                begun: request.at,
                ended: request.at + Duration::from_millis(request.duration_ms),
            })
            .collect();
        calls.sort_by_key(|call| call.begun);
        // The longest chain that ends in each call.
        let mut chains: Vec<Vec<usize>> = Vec::new();
        for (at, call) in calls.iter().enumerate() {
            let before = (0..at).filter(|before| call.needs(&calls[*before]));
            let mut chain = before.map(|before| chains[before].clone()).max_by_key(Vec::len).unwrap_or_default();
            chain.push(at);
            chains.push(chain);
        }
        let longest = chains.into_iter().max_by_key(Vec::len).unwrap_or_default();
        Self { calls: longest.into_iter().map(|at| calls[at].clone()).collect(), latency }
    }

    /// How long the network alone takes for it.
    pub fn length(&self) -> Duration {
        self.latency * u32::try_from(self.calls.len()).unwrap()
    }

    /// Its calls by name.
    pub fn told(&self) -> String {
        let mut names: Vec<(&str, usize)> = Vec::new();
        for call in &self.calls {
            match names.last_mut() {
                Some((name, count)) if *name == call.operation => *count += 1,
                _ => names.push((&call.operation, 1)),
            }
        }
        let name = |(name, count): (&str, usize)| if count > 1 { format!("{name} ×{count}") } else { name.to_owned() };
        names.into_iter().map(name).collect::<Vec<_>>().join(" → ")
    }

    /// Where the time of a run went that is not the chain's.
    pub fn rest(&self, started: Timestamp, took: Duration) -> String {
        let ended = started + took;
        let between = |from: Timestamp, to: Timestamp| Duration::try_from(to.duration_since(from)).unwrap_or_default();
        let whole = |time: Duration| format!("{:.0} ms", time.as_secs_f64() * 1_000.0);
        let (Some(first), Some(last)) = (self.calls.first(), self.calls.last()) else { return String::new() };
        let answers: Duration = self.calls.iter().map(|call| between(call.begun, call.ended)).sum();
        let late = answers.saturating_sub(self.length());
        let reading = between(first.begun, last.ended).saturating_sub(answers);
        format!(
            "{} until the practice AWS has the chain's first question, {} by which it answers late, {} from its answers to the next \
             questions, {} after the last one",
            whole(between(started, first.begun)),
            whole(late),
            whole(reading),
            whole(between(last.ended, ended))
        )
    }
}

impl Call {
    /// Whether this call could not be made before `other` was answered.
    fn needs(&self, other: &Self) -> bool {
        other.ended <= self.begun && NEEDS.contains(&(self.operation.as_str(), other.operation.as_str()))
    }
}
