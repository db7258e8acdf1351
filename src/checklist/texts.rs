//! The words, links, periods and catalogues in `assets/`, compiled in and read once.
//!
//! It knows how the assets are shaped and how their templates are filled. It decides nothing: which finding or problem it is
//! is for the callers to say.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Destination, Partition, ProblemKind, Retry, StepId};
use crate::untrusted::neutralise;

/// What the assets say of one step.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StepText {
    /// What the step is called.
    pub title: String,
    /// What AWS asks, or what we ask, and why.
    pub asks: String,
    /// Where these facts come from.
    pub source: String,
    /// When the source was last read.
    pub checked: jiff::civil::Date,
    /// The page where the step is done, a key of `assets/links.toml`, unless a finding names another.
    pub link: Option<String>,
    /// What the step's check can find, by rule.
    pub findings: BTreeMap<String, FindingText>,
    /// Lines that can stand under a finding's summary, by name. Templates, too.
    #[serde(default)]
    pub lines: BTreeMap<String, String>,
}

/// The words of one finding. Each is a template over the values that the check hands over.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FindingText {
    /// What we found.
    pub summary: String,
    /// What that does not prove.
    pub not_proven: Option<String>,
    /// What to do now, in order.
    #[serde(default)]
    pub todo: Vec<String>,
    /// The page where it is done; `""` for none although the step has one.
    pub link: Option<String>,
}

/// The words for one kind of problem.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProblemText {
    /// What happened, in one sentence.
    pub cause: String,
    /// What to do about it, in one or two sentences.
    pub remedy: String,
    /// The page where it is done, a key of `assets/links.toml`, when it is not the step's own.
    pub link: Option<String>,
}

/// One entry of the catalogue of refusals: the first entry that fits AWS's answer speaks for it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RefusalText {
    /// The entry's own name.
    pub id: String,
    /// Fits answers with one of these error codes. Without them, any code.
    #[serde(default)]
    pub codes: Vec<String>,
    /// Fits answers with this reason.
    pub reason: Option<String>,
    /// Fits answers whose message holds one of these, in any case.
    #[serde(default)]
    pub message_contains: Vec<String>,
    /// The cause in plain words.
    pub cause: String,
    /// Who can remove it.
    pub who: String,
    /// What to do, in order.
    pub todo: Vec<String>,
    /// A key of `assets/links.toml`.
    pub link: Option<String>,
    /// The steps it is about.
    #[serde(default)]
    pub steps: Vec<StepId>,
    /// Whether calling again can help.
    pub retry: Retry,
    /// Where this comes from.
    pub source: String,
}

impl RefusalText {
    fn fits(&self, code: &str, reason: Option<&str>, message: &str) -> bool {
        let by_code = self.codes.is_empty() || self.codes.iter().any(|wanted| wanted == code);
        if !by_code {
            return false;
        }
        // AWS does not always fill the reason in: the message speaks as well as the code does.
        let by_reason = self.reason.is_some() && self.reason.as_deref() == reason;
        let message = message.to_lowercase();
        let by_message = self.message_contains.iter().any(|part| message.contains(&part.to_lowercase()));
        // An entry that asks for nothing more than a code, or for nothing at all, fits whatever the reason and the message are.
        let by_code_alone = self.reason.is_none() && self.message_contains.is_empty();
        by_reason || by_message || by_code_alone
    }
}

/// One thing that happens at every leave.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Consequence {
    /// Its name, stable across versions.
    pub id: String,
    /// One line for the confirm screen.
    pub text: String,
    /// The longer explanation.
    pub explanation: String,
    /// Where this comes from.
    pub source: String,
    /// When the source was last read.
    pub checked: jiff::civil::Date,
}

/// What the assets say of one destination.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DestinationText {
    /// The choice as it is offered.
    pub label: String,
    /// What it means for leaving, in one or two sentences.
    pub explanation: String,
    /// One line for the confirm screen; empty for the destination that needs no second thought.
    pub acknowledgement: String,
    /// Where this comes from.
    pub source: String,
    /// When the source was last read.
    pub checked: jiff::civil::Date,
}

/// The periods and bounds that are facts or choices, not code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rules {
    /// AWS's waiting period for created accounts.
    pub waiting_period: WaitingPeriodRule,
    /// How long a person's word counts.
    pub attestation: AttestationRule,
    /// How long a typed confirmation is good for.
    pub confirmation: ConfirmationRule,
    /// How long and how often membership is read after the call.
    pub verification: VerificationRule,
    /// How long credentials have to be good for when a leave begins.
    pub credentials: CredentialsRule,
    /// The names of roles by which organizations reach into their accounts.
    pub organization_roles: OrganizationRoles,
    /// How much of a large account is looked at.
    pub bounds: Bounds,
}

/// How much of a large account is looked at. Beyond a bound, nothing is claimed from what was not found.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Bounds {
    /// IAM users asked for a console password.
    pub users: i32,
    /// Pages of IAM roles.
    pub role_pages: usize,
    /// IAM roles on a page; AWS gives at most 1000.
    pub roles_per_page: i32,
}

/// AWS's waiting period for created accounts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WaitingPeriodRule {
    /// Its length in days.
    pub days: i64,
    /// Where this comes from.
    pub source: String,
    /// When the source was last read.
    pub checked: jiff::civil::Date,
}

/// How long a person's word counts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AttestationRule {
    /// In hours.
    pub hours: i64,
}

/// How long a typed confirmation is good for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConfirmationRule {
    /// In seconds, from Enter to the call: the checks run once more within it.
    pub seconds: i64,
}

/// How long credentials have to be good for when a leave begins.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CredentialsRule {
    /// In seconds, from the typed confirmation to the last read of the membership.
    pub needed_seconds: i64,
}

/// How long and how often membership is read after the call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct VerificationRule {
    /// How long to look, in seconds, before the person is asked.
    pub patience_seconds: i64,
    /// The pause before the second look, in milliseconds. AWS allows one `DescribeOrganization` a second.
    pub first_pause_ms: i64,
    /// The longest pause between looks, in milliseconds.
    pub longest_pause_ms: i64,
    /// How many looks in a row must agree before they count.
    pub agreeing_looks: u32,
    /// How many looks there must be before patience ends, however late the clock says it is.
    pub least_looks: u32,
    /// Where this comes from.
    pub source: String,
}

/// The names of roles by which organizations reach into their accounts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OrganizationRoles {
    /// Exact role names.
    pub names: Vec<String>,
    /// Beginnings of role names.
    pub prefixes: Vec<String>,
    /// Where this comes from.
    pub source: String,
}

#[derive(Debug, Deserialize)]
struct Refusals {
    refusal: Vec<RefusalText>,
}

#[derive(Debug, Deserialize)]
struct Consequences {
    consequence: Vec<Consequence>,
}

struct Texts {
    steps: BTreeMap<StepId, StepText>,
    problems: BTreeMap<ProblemKind, ProblemText>,
    refusals: Vec<RefusalText>,
    consequences: Vec<Consequence>,
    destinations: BTreeMap<Destination, DestinationText>,
    links: BTreeMap<String, BTreeMap<Partition, String>>,
    rules: Rules,
}

#[expect(clippy::panic, reason = "the assets are compiled in, and a test reads every one of them")]
fn read<T: DeserializeOwned>(name: &str, text: &str) -> T {
    toml::from_str(text).unwrap_or_else(|error| panic!("assets/{name} cannot be read: {error}"))
}

macro_rules! asset {
    ($path:literal) => {
        read($path, include_str!(concat!("../../assets/", $path)))
    };
}

static TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts {
    steps: BTreeMap::from([
        (StepId::Membership, asset!("steps/membership.toml")),
        (StepId::WaitingPeriod, asset!("steps/waiting-period.toml")),
        (StepId::Permission, asset!("steps/permission.toml")),
        (StepId::SupportPlan, asset!("steps/support-plan.toml")),
        (StepId::ContactInformation, asset!("steps/contact-information.toml")),
        (StepId::PaymentMethod, asset!("steps/payment-method.toml")),
        (StepId::BillingAccess, asset!("steps/billing-access.toml")),
        (StepId::DelegatedAdministrator, asset!("steps/delegated-administrator.toml")),
        (StepId::AccessAfterwards, asset!("steps/access-afterwards.toml")),
        (StepId::OldOwnerAccess, asset!("steps/old-owner-access.toml")),
        (StepId::OtherWayOut, asset!("steps/other-way-out.toml")),
    ]),
    problems: asset!("problems.toml"),
    refusals: read::<Refusals>("refusals.toml", include_str!("../../assets/refusals.toml")).refusal,
    consequences: read::<Consequences>("consequences.toml", include_str!("../../assets/consequences.toml")).consequence,
    destinations: asset!("destinations.toml"),
    links: asset!("links.toml"),
    rules: asset!("rules.toml"),
});

/// What the assets say of a step.
#[must_use]
pub fn step(id: StepId) -> &'static StepText {
    &TEXTS.steps[&id]
}

/// The words for a kind of problem.
#[must_use]
pub fn problem(kind: ProblemKind) -> &'static ProblemText {
    &TEXTS.problems[&kind]
}

/// The catalogue's entry for an answer of `LeaveOrganization`, or `None` when no entry fits.
#[must_use]
pub fn refusal(code: &str, reason: Option<&str>, message: &str) -> Option<&'static RefusalText> {
    let entries = &TEXTS.refusals;
    // A reason is AWS's own classification; only where it says nothing do code and message speak.
    entries
        .iter()
        .find(|entry| entry.reason.is_some() && entry.reason.as_deref() == reason)
        .or_else(|| entries.iter().find(|entry| entry.fits(code, reason, message)))
}

/// Every entry of the catalogue of refusals.
#[must_use]
pub fn all_refusals() -> &'static [RefusalText] {
    &TEXTS.refusals
}

/// What happens at every leave, in the order in which it is shown.
#[must_use]
pub fn consequences() -> &'static [Consequence] {
    &TEXTS.consequences
}

/// What the assets say of a destination.
#[must_use]
pub fn destination(destination: Destination) -> &'static DestinationText {
    &TEXTS.destinations[&destination]
}

/// The periods and bounds.
#[must_use]
pub fn rules() -> &'static Rules {
    &TEXTS.rules
}

/// The page of this name in a partition, or `None` when it is not known there.
#[must_use]
pub fn link(name: &str, partition: Partition) -> Option<&'static str> {
    TEXTS.links.get(name)?.get(&partition).map(String::as_str)
}

/// Fills a template. Every string in `values` is neutralised first, however deep it sits.
#[must_use]
pub fn fill(template: &str, values: &serde_json::Value) -> String {
    let mut environment = minijinja::Environment::new();
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    let filled = environment.render_str(template, minijinja::value::Serde(harmless(values)));
    // A template that asks for a value nobody gave is a bug that the tests catch; a person still gets the sentence.
    filled.map_or_else(|_| template.to_owned(), |text| text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn harmless(value: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::String(text) => Value::String(neutralise(text)),
        Value::Array(items) => Value::Array(items.iter().map(harmless).collect()),
        Value::Object(fields) => Value::Object(fields.iter().map(|(name, value)| (name.clone(), harmless(value))).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asset_can_be_read_and_every_kind_of_problem_and_destination_has_words() {
        for id in StepId::ALL {
            assert!(!step(id).title.is_empty());
            assert!(!step(id).findings.is_empty(), "{id}");
        }
        for kind in ProblemKind::ALL {
            assert!(!problem(kind).remedy.is_empty(), "{kind:?}");
        }
        for place in Destination::ALL {
            assert!(!destination(place).label.is_empty());
        }
        assert!(!consequences().is_empty());
        assert!(rules().waiting_period.days > 0);
    }

    #[test]
    fn no_finding_is_named_like_a_kind_of_problem() {
        // A check that could not find out speaks in the words of its problem; a finding of that name would take its place.
        for kind in ProblemKind::ALL {
            for id in StepId::ALL {
                assert!(!step(id).findings.contains_key(kind.as_str()), "{id}: {}", kind.as_str());
            }
        }
    }

    #[test]
    fn every_link_that_a_text_names_exists_and_is_https() {
        let named = StepId::ALL
            .into_iter()
            .flat_map(|id| step(id).findings.values().map(|f| f.link.as_ref()).chain([step(id).link.as_ref()]))
            .chain(all_refusals().iter().map(|r| r.link.as_ref()))
            .chain(ProblemKind::ALL.into_iter().map(|kind| problem(kind).link.as_ref()))
            .flatten()
            .filter(|name| !name.is_empty());
        for name in named {
            assert!(link(name, Partition::Aws).is_some_and(|url| url.starts_with("https://")), "{name}");
        }
    }

    #[test]
    fn values_are_neutralised_before_they_reach_a_template() {
        let filled = fill("Name: {{ name }}.", &serde_json::json!({ "name": "a\u{1b}[2Jb{{ 1 + 1 }}" }));
        assert_eq!(filled, "Name: a\u{FFFD}[2Jb{{ 1 + 1 }}.");
    }

    #[test]
    fn credentials_have_to_outlast_the_confirmation_the_call_and_the_reads_that_follow() {
        let longest_call = 20;
        let rules = rules();
        let longest = rules.confirmation.seconds + longest_call + rules.verification.patience_seconds;
        assert!(rules.credentials.needed_seconds >= longest, "{longest}");
    }
}
