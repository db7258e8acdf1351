//! A connection to AWS: which profile, which region, whose credentials, which endpoints.

use jiff::Timestamp;

use super::{Leaver, Reader, internal_problem};
use crate::checklist::{Partition, Problem};

/// What the person asked to connect with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The profile; without it, what the environment says.
    pub profile: Option<String>,
    /// A profile of the organization's management account, to read what only it may.
    pub management_profile: Option<String>,
    /// The practice AWS instead of the real one. Environment and `~/.aws` are then left alone.
    pub practice: Option<Practice>,
}

/// Where the practice AWS is, and who calls it.
#[derive(Clone, PartialEq, Eq)]
pub struct Practice {
    /// The server, such as `http://127.0.0.1:4566`.
    pub endpoint: String,
    /// The region to sign for.
    pub region: String,
    /// The member's access key id.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// The management account's access key id, when it takes part; the secret is the same.
    pub management_access_key_id: Option<String>,
}

impl std::fmt::Debug for Practice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Practice").field("endpoint", &self.endpoint).field("region", &self.region).finish_non_exhaustive()
    }
}

/// An endpoint that somebody set in place of AWS's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomEndpoint {
    /// The service it is for, such as `organizations`; `None` for all of them.
    pub service: Option<String>,
    /// The host and port, neutralised.
    pub host: String,
}

/// A connection with one set of credentials, resolved once. It does not change in its life: for newer credentials, connect anew.
#[derive(Debug, Clone)]
pub struct Session {
    profile: Option<String>,
    region: String,
    expire_at: Option<Timestamp>,
    endpoints: Vec<CustomEndpoint>,
    sign_in: Option<Vec<String>>,
}

/// Reads the configuration and resolves the credentials once. Asks no AWS service for anything else.
///
/// # Errors
/// `Configuration` when the configuration cannot be used, `NoCredentials` with everything that was tried when there are
/// none, `ExpiredCredentials` when the sign-in behind them has ended.
pub async fn connect(wanted: &Wanted) -> Result<Session, Problem> {
    Err(internal_problem("credentials", wanted.profile.as_deref().unwrap_or_default()))
}

impl Session {
    /// The profile in use, by name, when one is.
    #[must_use]
    pub fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// The region, as configured, or the partition's default.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The partition that the region belongs to.
    #[must_use]
    pub fn partition(&self) -> Partition {
        Partition::default()
    }

    /// When the credentials end, when they do.
    #[must_use]
    pub fn credentials_expire_at(&self) -> Option<Timestamp> {
        self.expire_at
    }

    /// Every endpoint that is not AWS's own.
    #[must_use]
    pub fn custom_endpoints(&self) -> &[CustomEndpoint] {
        &self.endpoints
    }

    /// The command that signs in again, when the profile has one: `aws sso login …` or `aws login …`.
    #[must_use]
    pub fn sign_in_command(&self) -> Option<Vec<String>> {
        self.sign_in.clone()
    }

    /// What can ask, and nothing else.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader
    }

    /// What can leave.
    #[must_use]
    pub fn leaver(&self) -> Leaver {
        Leaver
    }
}
