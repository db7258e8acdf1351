//! Why a call failed, in terms a person can act on.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::named::named;
use super::texts;
use crate::untrusted::sanitize;

named! {
    /// What went wrong, told apart by what one would do about it.
    pub enum ProblemKind {
        /// No source in the provider chain had credentials.
        NoCredentials = "no-credentials",
        /// The profile's role asks for the code of an MFA device, and nobody has typed one yet.
        MfaCodeNeeded = "mfa-code-needed",
        /// The credentials or the sign-in behind them have ended.
        ExpiredCredentials = "expired-credentials",
        /// AWS does not know the credentials, or their signature does not fit.
        InvalidCredentials = "invalid-credentials",
        /// This machine's clock and AWS's are too far apart for signatures.
        ClockSkew = "clock-skew",
        /// No identity policy allows the call, or one denies it.
        DeniedByIdentityPolicy = "denied-by-identity-policy",
        /// A permissions boundary stands in the way.
        DeniedByBoundary = "denied-by-boundary",
        /// The policy of this session stands in the way.
        DeniedBySessionPolicy = "denied-by-session-policy",
        /// A service control policy of the organization stands in the way.
        DeniedByServiceControlPolicy = "denied-by-service-control-policy",
        /// A resource control policy of the organization stands in the way.
        DeniedByResourceControlPolicy = "denied-by-resource-control-policy",
        /// The policy of the VPC endpoint by which this network reaches AWS stands in the way.
        DeniedByEndpointPolicy = "denied-by-endpoint-policy",
        /// AWS refused without saying which policy it was.
        Denied = "denied",
        /// IAM access to billing is switched off in the account.
        BillingAccessOff = "billing-access-off",
        /// AWS answers this question only to other kinds of account.
        NotEligible = "not-eligible",
        /// AWS says that the account is not signed up for the service.
        NotSubscribed = "not-subscribed",
        /// Too many requests; waiting helps.
        Throttled = "throttled",
        /// Another change was under way at the same moment; waiting helps.
        ConcurrentModification = "concurrent-modification",
        /// No connection came about: name look-up, refused, no route, TLS.
        Unreachable = "unreachable",
        /// The connection broke while the answer was awaited.
        ConnectionLost = "connection-lost",
        /// No answer within the time we allow.
        TimedOut = "timed-out",
        /// An answer came that is not one AWS gives: cut short, or not the announced shape.
        Malformed = "malformed",
        /// A web page came in place of AWS's answer: a proxy or a captive portal is in between.
        Intercepted = "intercepted",
        /// AWS said that it failed itself (5xx).
        ServiceFailure = "service-failure",
        /// AWS answered with an error that this program does not know.
        UnexpectedError = "unexpected-error",
        /// The account behind the credentials is another one than before.
        AccountChanged = "account-changed",
        /// The configuration on this machine cannot be used: unknown profile, unreadable file.
        Configuration = "configuration",
        /// Another leave-org is working on this account.
        JournalInUse = "journal-in-use",
        JournalNotWritable = "journal-not-writable",
        /// There is no room left for the journal.
        JournalFull = "journal-full",
        /// The journal or its folder belongs to somebody else, or others may write it.
        JournalNotYours = "journal-not-yours",
        /// A newer version of this program wrote the journal.
        JournalTooNew = "journal-too-new",
        Internal = "internal",
    }
}

impl ProblemKind {
    /// Whether the same call may go through later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::Throttled
                | Self::ConcurrentModification
                | Self::Unreachable
                | Self::ConnectionLost
                | Self::TimedOut
                | Self::Malformed
                | Self::Intercepted
                | Self::ServiceFailure
                | Self::Internal
        )
    }

    /// Whether it passes by itself, so that the program waits and asks again without being told to.
    #[must_use]
    pub fn passes_by_itself(self) -> bool {
        matches!(self, Self::Throttled | Self::ConcurrentModification)
    }

    /// Whether this is about who is calling: nothing else can be asked of AWS until it is mended.
    #[must_use]
    pub fn is_about_credentials(self) -> bool {
        matches!(
            self,
            Self::NoCredentials
                | Self::MfaCodeNeeded
                | Self::ExpiredCredentials
                | Self::InvalidCredentials
                | Self::ClockSkew
                | Self::AccountChanged
        )
    }

    /// Whether AWS refused the question because of a policy.
    #[must_use]
    pub fn is_denial(self) -> bool {
        matches!(
            self,
            Self::DeniedByIdentityPolicy
                | Self::DeniedByBoundary
                | Self::DeniedBySessionPolicy
                | Self::DeniedByServiceControlPolicy
                | Self::DeniedByResourceControlPolicy
                | Self::DeniedByEndpointPolicy
                | Self::Denied
        )
    }
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub kind: ProblemKind,
    /// The call, as `service:Operation`, or the local act, such as `credentials`.
    pub operation: String,
    /// AWS's error code, if it gave one. Sanitized.
    pub code: Option<String>,
    /// AWS's own words or the machine's, sanitized.
    pub message: String,
    /// AWS's request id, if an answer carried one.
    pub request_id: Option<String>,
    /// What to do about it, from `assets/problems.toml`.
    pub remedy: String,
    /// Whether trying again can help without anything else being done first.
    pub retryable: bool,
    pub at: Timestamp,
}

impl Problem {
    /// A problem of this machine or this program at the time `at`, not an answer of AWS. `message` is sanitized.
    #[must_use]
    pub fn here(kind: ProblemKind, operation: &str, message: &str, at: Timestamp) -> Self {
        Self {
            kind,
            operation: operation.to_owned(),
            code: None,
            message: sanitize(message),
            request_id: None,
            remedy: texts::problem(kind).remedy.clone(),
            retryable: kind.is_retryable(),
            at,
        }
    }

    /// An answer that is not one AWS gives.
    #[must_use]
    pub fn malformed(operation: &str, message: &str, at: Timestamp) -> Self {
        Self::here(ProblemKind::Malformed, operation, message, at)
    }

    /// Something in the configuration of this machine that cannot be used.
    #[must_use]
    pub fn of_configuration(message: &str, at: Timestamp) -> Self {
        Self::here(ProblemKind::Configuration, "configuration", message, at)
    }
}
