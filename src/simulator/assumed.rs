//! The sessions of roles that were assumed, and the codes of the MFA device that opened them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::principal::{Principal, unique_id};
use super::reply::Failure;

/// What the caller's MFA device shows: the digits of pi after the point, six at a time. Each code works once, as AWS's do, in any order.
pub const PRACTICE_MFA_CODES: [&str; 8] = ["141592", "653589", "793238", "462643", "383279", "502884", "197169", "399375"];

/// Access key ids have this many characters.
const KEY_LENGTH: usize = 20;

/// What `sts:AssumeRole` gave out, and which codes were used up for it.
#[derive(Debug, Clone, Default)]
pub(super) struct Assumed {
    /// By access key.
    pub sessions: BTreeMap<String, RoleSession>,
    used_codes: BTreeSet<String>,
}

/// The temporary credentials of an assumed role.
#[derive(Debug, Clone)]
pub(super) struct RoleSession {
    pub principal: Principal,
    /// The token that has to come with the access key.
    pub token: String,
    pub ends: Timestamp,
}

impl Assumed {
    /// Begins a session and returns its access key id.
    pub fn begin(&mut self, account: &str, principal: Principal, now: Timestamp, seconds: i64) -> (String, RoleSession) {
        let mut key = unique_id("ASIA", &format!("{account}/{}/{}", principal.name(), self.sessions.len()));
        key.truncate(KEY_LENGTH);
        // The wire's timestamps carry no fractions, and no session may outlive what the client was told.
        let ends = Timestamp::from_second(now.as_second()).unwrap_or(now) + SignedDuration::from_secs(seconds);
        let session = RoleSession { principal, token: format!("practice-session-of-{key}"), ends };
        self.sessions.insert(key.clone(), session.clone());
        (key, session)
    }

    /// Uses a code up, and says whether it was one that the device shows and nobody had used.
    pub fn take_code(&mut self, code: &str) -> bool {
        PRACTICE_MFA_CODES.contains(&code) && self.used_codes.insert(code.to_owned())
    }
}

impl RoleSession {
    /// Whether a request with this token may go on as the session's principal.
    pub fn admit(&self, token: Option<&str>, now: Timestamp) -> Result<(), Failure> {
        if token != Some(&self.token) {
            // The code is spelt by each protocol in its own way, as that of an expired token is.
            return Err(Failure::new("UnrecognizedClientException", "The security token included in the request is invalid."));
        }
        if now >= self.ends { Err(Failure::expired_token()) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_works_once_and_only_if_the_device_shows_it() {
        let mut assumed = Assumed::default();
        assert!(!assumed.take_code("000000"));
        assert!(assumed.take_code(PRACTICE_MFA_CODES[1]));
        assert!(!assumed.take_code(PRACTICE_MFA_CODES[1]));
        assert!(assumed.take_code(PRACTICE_MFA_CODES[0]));
    }

    #[test]
    fn a_session_ends_when_it_said_it_would_and_wants_its_token() {
        let now = Timestamp::from_second(1_000).unwrap();
        let mut assumed = Assumed::default();
        let (key, session) = assumed.begin("412098765432", Principal::default(), now, 900);
        assert_eq!((key.len(), &key[..4]), (KEY_LENGTH, "ASIA"));
        let token = Some(session.token.as_str());
        assert!(session.admit(token, now + SignedDuration::from_secs(899)).is_ok());
        assert_eq!(session.admit(token, now + SignedDuration::from_secs(900)).unwrap_err().code, "ExpiredTokenException");
        assert_eq!(session.admit(None, now).unwrap_err().code, "UnrecognizedClientException");
        assert_ne!(assumed.begin("412098765432", Principal::default(), now, 900).0, key);
    }
}
