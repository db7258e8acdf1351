//! The periods and bounds that are facts or choices, not code: `assets/rules.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::asset;
use crate::checklist::StepId;

static RULES: LazyLock<Rules> = LazyLock::new(|| asset!("rules.toml"));

/// The periods and bounds.
#[must_use]
pub fn rules() -> &'static Rules {
    &RULES
}

/// The periods and bounds that are facts or choices, not code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rules {
    /// AWS's waiting period for created accounts.
    pub waiting_period: WaitingPeriodRule,
    /// How long confirmations and overrides count.
    pub attestation: AttestationRule,
    /// How long a refusal counts that time ends.
    pub refusal: RefusalRule,
    /// What counts as a typed confirmation, and how long it is good for.
    pub confirmation: ConfirmationRule,
    /// How long and how often membership is read after the call.
    pub verification: VerificationRule,
    /// How long credentials have to be good for when a leave begins.
    pub credentials: CredentialsRule,
    /// How long a code that AWS sends to a phone is good for.
    pub phone_code: PhoneCodeRule,
    /// The names of roles by which organizations reach into their accounts.
    pub organization_roles: OrganizationRoles,
    /// How much of a large account is looked at.
    pub bounds: Bounds,
    /// How long AWS's answers are at most.
    pub longest_answers: LongestAnswers,
}

/// AWS's waiting period for created accounts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WaitingPeriodRule {
    pub days: i64,
    pub source: String,
    pub checked: jiff::civil::Date,
}

/// How long confirmations and overrides count.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AttestationRule {
    /// An override, in hours.
    pub override_hours: i64,
    /// A confirmation of a step where a wrong one costs more than a refusal, in hours.
    pub hours: i64,
    /// A confirmation of one of [`Self::harmless_steps`], in hours.
    pub harmless_hours: i64,
    /// The steps where a wrong confirmation costs at most a refusal by AWS.
    pub harmless_steps: Vec<StepId>,
}

impl AttestationRule {
    /// How long a statement about `step` counts, in hours.
    #[must_use]
    pub fn hours_for(&self, step: StepId, is_override: bool) -> i64 {
        match (is_override, self.harmless_steps.contains(&step)) {
            (true, _) => self.override_hours,
            (false, true) => self.harmless_hours,
            (false, false) => self.hours,
        }
    }
}

/// How long a refusal counts that time ends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RefusalRule {
    /// How long a refusal over the waiting period counts where the account's age says that the period is over, in hours.
    pub wait_hours: i64,
}

/// What counts as a typed confirmation, and how long it is good for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConfirmationRule {
    /// In seconds, from Enter to the call: the checks run once more within it.
    pub seconds: i64,
    /// So many keys at the field for the account ID within [`Self::burst_ms`] were not typed.
    pub burst_keys: usize,
    /// In milliseconds, from the first key of a burst to its last.
    pub burst_ms: i64,
    /// So many keys within [`Self::flood_ms`] are a paste, also where the time between digits does not count.
    pub flood_keys: usize,
    /// In milliseconds, from the first key of a flood to its last.
    pub flood_ms: i64,
}

/// How long and how often membership is read after the call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct VerificationRule {
    /// How long to look, in seconds, before the person is asked.
    pub patience_seconds: i64,
    /// How long after a call AWS's records count as settled, in seconds: far longer than any delay that was ever seen.
    pub records_settle_seconds: i64,
    /// The pause before the second look, in milliseconds. AWS allows one `DescribeOrganization` a second.
    pub first_pause_ms: i64,
    /// The longest pause between looks, in milliseconds.
    pub longest_pause_ms: i64,
    /// How many looks in a row must agree before they count.
    pub agreeing_looks: u32,
    /// How long agreeing looks must have said "out" before that counts, in seconds: after a lost answer, and where AWS's records flap.
    pub agreeing_seconds: i64,
    /// How many looks there must be before patience ends, however late the clock says it is.
    pub least_looks: u32,
    pub source: String,
}

/// How long credentials have to be good for when a leave begins.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CredentialsRule {
    /// In seconds, from the typed confirmation to the last read of the membership.
    pub needed_seconds: i64,
}

/// How long a code that AWS sends to a phone is good for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PhoneCodeRule {
    /// In seconds.
    pub seconds: i64,
    pub source: String,
    pub checked: jiff::civil::Date,
}

/// The names of roles by which organizations reach into their accounts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OrganizationRoles {
    pub names: Vec<String>,
    pub prefixes: Vec<String>,
    pub source: String,
}

/// How much of a large account is looked at. Beyond a bound, nothing is claimed from what was not found.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Bounds {
    /// IAM users asked for a console password.
    pub users: i32,
    pub role_pages: usize,
    /// IAM roles on a page; AWS gives at most 1000.
    pub roles_per_page: i32,
    pub levels: usize,
    /// Service control policies whose text is read.
    pub policies: usize,
    /// Pages of each list that only the owner sees.
    pub list_pages: usize,
    /// Pages of payment methods, and of sums that are past due.
    pub payment_pages: usize,
    /// StackSets of one region that are looked into.
    pub stack_sets: usize,
    /// IAM roles of the old owner whose policies are asked for.
    pub roles_with_policies: usize,
    /// Pages of each list of a role's policies.
    pub policy_pages: usize,
    /// Users, and roles, that are shown one by one as ways in.
    pub ways_in_shown: usize,
}

/// How long AWS's answers are at most, in KiB. What is longer is not AWS's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LongestAnswers {
    /// Where the operation is not named in `of`.
    pub usual: usize,
    /// An error, whatever was asked.
    pub error: usize,
    pub of: BTreeMap<String, usize>,
    pub source: String,
    pub checked: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_have_to_outlast_the_confirmation_the_call_and_the_reads_that_follow() {
        let longest_call = 20;
        let rules = rules();
        let longest = rules.confirmation.seconds + longest_call + rules.verification.patience_seconds;
        assert!(rules.credentials.needed_seconds >= longest, "{longest}");
    }
}
