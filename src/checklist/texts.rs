//! The words, links, periods and catalogues in `assets/`, compiled in and read once.
//!
//! It knows how the assets are shaped and how their templates are filled. It decides nothing: which finding or problem it is
//! is for the callers to say.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::refusal::Stand;
use super::wording::{Redactor, Unredacted};
use super::{ContactField, Destination, FixKind, FixRecord, OwnerRefusal, Partition, ProblemKind, Retry, StepId};
use crate::untrusted::neutralise;

/// What the assets say of one step.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StepText {
    pub title: String,
    /// What AWS asks, or what we ask, and why.
    pub asks: String,
    pub source: String,
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
    pub summary: String,
    pub not_proven: Option<String>,
    /// What to do now, in order.
    #[serde(default)]
    pub todo: Vec<String>,
    /// The page where it is done; `""` for none although the step has one.
    pub link: Option<String>,
    /// The command that does it: a template over one id, for [`fill_lines`].
    pub command: Option<String>,
    /// Whether nobody but the root user of the account can do it.
    #[serde(default)]
    pub needs_root: bool,
}

/// The words for one kind of problem.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProblemText {
    pub cause: String,
    /// What to do about it, in one or two sentences.
    pub remedy: String,
    /// The page where it is done, a key of `assets/links.toml`, when it is not the step's own.
    pub link: Option<String>,
    pub source: String,
    pub checked: jiff::civil::Date,
}

/// The words for one reason why a management profile is not used. Each is a template.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnerRefusalText {
    /// Why, as the end of a sentence.
    pub short: String,
    /// Why, in whole sentences.
    pub why: String,
    pub remedy: String,
    pub source: String,
    pub checked: jiff::civil::Date,
}

/// The entry that speaks for refusals which no other entry knows.
pub const UNRECOGNISED: &str = "unrecognised";

/// One entry of the catalogue of refusals: what an answer of AWS means that says "no" to the leave.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RefusalText {
    pub id: String,
    /// The answers it speaks for: one of these has to fit.
    pub when: Vec<AnswerPattern>,
    /// What AWS was seen to write, or documents, word for word.
    #[serde(default)]
    pub samples: Vec<String>,
    pub cause: String,
    pub who: String,
    /// What to do, in order.
    pub todo: Vec<String>,
    /// A key of `assets/links.toml`.
    pub link: Option<String>,
    #[serde(default)]
    pub steps: Vec<StepId>,
    /// Whether it is about the call and not about the account: any response of AWS after it shows that its cause is gone.
    #[serde(default)]
    pub ends_with_a_response: bool,
    /// Whether it is about the phone number, and nothing else of the contact information.
    #[serde(default)]
    pub is_over_the_phone: bool,
    /// Whether nobody but the root user of the account can remove it.
    #[serde(default)]
    pub needs_root: bool,
    pub retry: Retry,
    pub source: String,
    pub checked: jiff::civil::Date,
}

/// What a step says while a refusal stands over it. Templates.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandingRefusalText {
    pub summary: String,
    /// What to do, after what the refusal itself asks for.
    #[serde(default)]
    pub todo: Vec<String>,
}

/// How an answer of AWS is recognised. What is left out fits anything.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AnswerPattern {
    #[serde(default)]
    pub codes: Vec<String>,
    #[serde(default)]
    pub reasons: Vec<String>,
    /// The message holds one of these, in any case.
    #[serde(default)]
    pub says: Vec<String>,
}

impl AnswerPattern {
    fn fits(&self, code: &str, reason: Option<&str>, message: &str) -> bool {
        let among = |list: &[String], value: Option<&str>| {
            list.is_empty() || value.is_some_and(|value| list.iter().any(|one| one.eq_ignore_ascii_case(value)))
        };
        let message = message.to_lowercase();
        among(&self.codes, Some(code))
            && among(&self.reasons, reason)
            && (self.says.is_empty() || self.says.iter().any(|part| message.contains(&part.to_lowercase())))
    }
}

/// One entry of the catalogue of what AWS answers when it does not do one of our own changes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FixRefusalText {
    pub id: String,
    /// The changes that it is about.
    pub fixes: Vec<FixKind>,
    /// The answers it speaks for: one of these has to fit.
    pub when: Vec<AnswerPattern>,
    /// What it means, in plain words.
    pub cause: String,
    /// What to do, in order.
    pub todo: Vec<String>,
    pub source: String,
    pub checked: jiff::civil::Date,
}

/// What came back from the leave and does not say what became of it. Which one it is, [`lost_answer`] says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LostAnswerText {
    pub id: String,
    /// Speaks for answers with one of these error codes.
    #[serde(default)]
    pub codes: Vec<String>,
    /// Speaks for problems of these kinds that no code speaks for.
    #[serde(default)]
    pub kinds: Vec<ProblemKind>,
    pub cause: String,
    pub who: String,
    /// What to do, in order. Whether the account has left is for the membership to tell, whatever is done here.
    pub todo: Vec<String>,
    pub source: String,
    pub checked: jiff::civil::Date,
}

/// One thing that happens at every leave.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Consequence {
    pub id: String,
    /// One line for the confirm screen.
    pub text: String,
    pub explanation: String,
    /// Whether it holds only for an account that is in no organization afterwards.
    #[serde(default)]
    pub only_standalone: bool,
    pub source: String,
    pub checked: jiff::civil::Date,
}

/// The message to the organization's owner, `assets/request.toml`: what only they can do. Which of it is asked is for the caller to say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestTexts {
    pub message: MessageText,
    /// What is said in place of a message when there is nobody to ask, by why that is so.
    pub nothing: BTreeMap<String, Vec<String>>,
    pub snippets: BTreeMap<String, String>,
    ask: Vec<AskText>,
    aside: Vec<AsideText>,
    /// The message to the owner of the organization that the account will join.
    pub invitation: InvitationText,
    /// What ends with the registration of a delegated administrator.
    service: Vec<ServiceText>,
}

/// What stands around the asks. Each line is a paragraph and a template; one that comes out empty is left out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MessageText {
    pub subject: String,
    /// Which account, what is planned, why only the owner can help.
    pub opening: Vec<String>,
    /// Brings up what an ask does not do.
    pub does_not: String,
    /// The heading over `need_not`.
    pub need_not_title: String,
    pub need_not: Vec<String>,
    /// The heading over `done`.
    pub done_title: String,
    /// How we shall know, and where all this comes from.
    pub done: Vec<String>,
}

/// One thing that is asked of the organization's owner.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AskText {
    /// The ask's name, stable across versions.
    pub id: String,
    pub title: String,
    pub why: Vec<String>,
    /// How it is done, piece by piece.
    pub part: Vec<PartText>,
    /// A piece for each thing that the ask is about. It stands before the parts that come `after`.
    pub each: Option<PartText>,
    pub does_not: String,
    pub source: String,
    pub checked: jiff::civil::Date,
}

/// Some words, and what to run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartText {
    pub text: String,
    /// What to run. A template whose lines stay as they are, for [`fill_lines`].
    pub commands: Option<String>,
    /// What to put into a file.
    pub data: Option<String>,
    /// Whether it comes after the pieces for each thing.
    #[serde(default)]
    pub after: bool,
}

/// What the owner may want to know besides the asks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AsideText {
    pub id: String,
    pub title: String,
    pub text: Vec<String>,
    pub source: String,
    pub checked: jiff::civil::Date,
}

/// The message to the owner of the organization that the account will join.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvitationText {
    /// The heading that sets it apart from the first message.
    pub title: String,
    pub subject: String,
    pub text: Vec<String>,
    pub commands: String,
    pub after: Vec<String>,
    pub source: String,
    pub checked: jiff::civil::Date,
}

/// What ends when a service is no longer run through an account, in AWS's words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceText {
    pub principal: String,
    pub name: String,
    /// What ends; what is deleted comes first.
    pub effect: String,
    /// What AWS asks or recommends to do before, if it says anything.
    pub first: Option<String>,
    pub source: String,
    pub checked: jiff::civil::Date,
}

impl RequestTexts {
    /// The words of one ask.
    #[must_use]
    pub fn ask(&self, id: &str) -> Option<&AskText> {
        self.ask.iter().find(|ask| ask.id == id)
    }

    /// The words of one aside.
    #[must_use]
    pub fn aside(&self, id: &str) -> Option<&AsideText> {
        self.aside.iter().find(|aside| aside.id == id)
    }

    /// What is known of a service.
    #[must_use]
    pub fn service(&self, principal: &str) -> Option<&ServiceText> {
        self.service.iter().find(|service| service.principal == principal)
    }
}

/// What the assets say of one destination.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DestinationText {
    pub label: String,
    /// What it means for leaving, in one or two sentences.
    pub explanation: String,
    /// One line for the confirm screen; empty for the destination that needs no second thought.
    pub acknowledgement: String,
    pub source: String,
    pub checked: jiff::civil::Date,
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

/// How long a code that AWS sends to a phone is good for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PhoneCodeRule {
    /// In seconds.
    pub seconds: i64,
    pub source: String,
    pub checked: jiff::civil::Date,
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

/// The names of roles by which organizations reach into their accounts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OrganizationRoles {
    pub names: Vec<String>,
    pub prefixes: Vec<String>,
    pub source: String,
}

/// What AWS takes as the contact of an account, `assets/contact.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ContactTexts {
    pub source: String,
    pub checked: jiff::civil::Date,
    /// The form of a phone number, as AWS writes it.
    pub phone_pattern: String,
    /// Beginnings of numbers that are free for the caller.
    pub toll_free: Vec<String>,
    pub fields: BTreeMap<ContactField, ContactFieldText>,
    /// Where a state or region is asked for: the country as it stands in a sentence, by its code.
    pub state_or_region_in: BTreeMap<String, String>,
    /// What keeps a value from being taken, by the rule's name. Templates.
    pub problems: BTreeMap<String, String>,
    pub countries: Countries,
}

/// What is said of one field of a contact.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactFieldText {
    pub label: String,
    /// What it is in a sentence, with its article.
    pub what: String,
    /// The most characters.
    pub limit: usize,
    #[serde(default)]
    pub required: bool,
}

/// The countries that there are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Countries {
    pub source: String,
    pub checked: jiff::civil::Date,
    pub codes: Vec<String>,
}

/// What several steps say alike.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EveryStep {
    findings: BTreeMap<String, FindingText>,
    lines: BTreeMap<String, String>,
}

struct Texts {
    steps: BTreeMap<StepId, StepText>,
    every_step: EveryStep,
    problems: BTreeMap<ProblemKind, ProblemText>,
    owner: BTreeMap<OwnerRefusal, OwnerRefusalText>,
    refusals: Vec<RefusalText>,
    standing_refusals: BTreeMap<Stand, StandingRefusalText>,
    lost_answers: Vec<LostAnswerText>,
    fix_refusals: Vec<FixRefusalText>,
    consequences: Vec<Consequence>,
    destinations: BTreeMap<Destination, DestinationText>,
    links: BTreeMap<String, BTreeMap<Partition, String>>,
    no_links: BTreeMap<String, BTreeMap<Partition, String>>,
    rules: Rules,
    request: RequestTexts,
    contact: ContactTexts,
}

macro_rules! assets {
    ($($path:literal),* $(,)?) => {
        [$(($path, include_str!(concat!("../../assets/", $path)))),*]
    };
}

/// Everything from which this floor speaks, by the name of its file: `assets/` comes before it.
static SOURCES: &[(&str, &str)] = &assets![
    "steps/membership.toml",
    "steps/waiting-period.toml",
    "steps/permission.toml",
    "steps/support-plan.toml",
    "steps/contact-information.toml",
    "steps/payment-method.toml",
    "steps/billing-access.toml",
    "steps/delegated-administrator.toml",
    "steps/access-afterwards.toml",
    "steps/old-owner-access.toml",
    "steps/other-way-out.toml",
    "every-step.toml",
    "problems.toml",
    "owner.toml",
    "refusals.toml",
    "standing-refusals.toml",
    "lost-answers.toml",
    "fixes.toml",
    "consequences.toml",
    "destinations.toml",
    "links.toml",
    "no-links.toml",
    "rules.toml",
    "request.toml",
    "contact.toml",
];

#[expect(clippy::panic, reason = "the assets are compiled in, and a test reads every one of them")]
fn read<T: DeserializeOwned>(name: &str) -> T {
    let (_, text) = SOURCES.iter().find(|(path, _)| *path == name).unwrap_or_else(|| panic!("assets/{name} is not compiled in"));
    from_toml(text).unwrap_or_else(|error| panic!("assets/{name} cannot be read: {error}"))
}

/// Reads an asset that is one list of entries.
fn read_list<T: DeserializeOwned>(name: &str) -> Vec<T> {
    read::<BTreeMap<String, Vec<T>>>(name).into_values().flatten().collect()
}

/// Reads an asset by way of a table: reading each type straight from the text would take half a megabyte more of code.
///
/// # Errors
/// When the text is no TOML, or holds something else than `T` wants.
pub(crate) fn from_toml<T: DeserializeOwned>(text: &str) -> Result<T, toml::de::Error> {
    toml::from_str::<toml::Table>(text)?.try_into()
}

static TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts {
    steps: StepId::ALL.into_iter().map(|step| (step, read(&format!("steps/{step}.toml")))).collect(),
    every_step: read("every-step.toml"),
    problems: read("problems.toml"),
    owner: read("owner.toml"),
    refusals: read_list("refusals.toml"),
    standing_refusals: read("standing-refusals.toml"),
    lost_answers: read_list("lost-answers.toml"),
    fix_refusals: read_list("fixes.toml"),
    consequences: read_list("consequences.toml"),
    destinations: read("destinations.toml"),
    links: read("links.toml"),
    no_links: read("no-links.toml"),
    rules: read("rules.toml"),
    request: read("request.toml"),
    contact: read("contact.toml"),
});

/// What a step says while a refusal stands over it.
#[must_use]
pub fn standing_refusal(stand: Stand) -> &'static StandingRefusalText {
    &TEXTS.standing_refusals[&stand]
}

/// What the assets say of a step.
#[must_use]
pub fn step(id: StepId) -> &'static StepText {
    &TEXTS.steps[&id]
}

/// The words of what can be found of a step, by its name: the step's own, or those that several steps share.
#[must_use]
pub fn finding(id: StepId, name: &str) -> Option<&'static FindingText> {
    step(id).findings.get(name).or_else(|| TEXTS.every_step.findings.get(name))
}

/// The words of a line under a finding.
#[must_use]
pub fn line(id: StepId, name: &str) -> Option<&'static String> {
    step(id).lines.get(name).or_else(|| TEXTS.every_step.lines.get(name))
}

/// The words for a kind of problem.
#[must_use]
pub fn problem(kind: ProblemKind) -> &'static ProblemText {
    &TEXTS.problems[&kind]
}

/// The words for a reason why a management profile is not used.
#[must_use]
pub fn owner_refusal(refusal: OwnerRefusal) -> &'static OwnerRefusalText {
    &TEXTS.owner[&refusal]
}

/// The catalogue's entry for a refusal of `LeaveOrganization`, or `None` when no entry fits.
#[must_use]
pub fn refusal(code: &str, reason: Option<&str>, message: &str) -> Option<&'static RefusalText> {
    // A reason is AWS's own classification; only where it says nothing do code and message speak.
    [true, false].into_iter().find_map(|by_reason| {
        let speaks = |pattern: &AnswerPattern| pattern.reasons.is_empty() != by_reason && pattern.fits(code, reason, message);
        TEXTS.refusals.iter().find(|entry| entry.when.iter().any(speaks))
    })
}

/// Whether the catalogue of refusals knows `code` as one by which AWS says no to a leave. Of any other code nobody knows what AWS has done.
#[must_use]
pub fn refuses(code: &str) -> bool {
    TEXTS.refusals.iter().flat_map(|entry| &entry.when).any(|pattern| pattern.codes.iter().any(|known| known == code))
}

/// Every entry of the catalogue of refusals.
#[must_use]
pub fn all_refusals() -> &'static [RefusalText] {
    &TEXTS.refusals
}

/// The words for an answer of `LeaveOrganization` that does not say what became of it.
#[must_use]
pub fn lost_answer(code: Option<&str>, kind: ProblemKind) -> &'static LostAnswerText {
    let entries = &TEXTS.lost_answers;
    let by_code = |entry: &&LostAnswerText| entry.codes.iter().any(|known| Some(known.as_str()) == code);
    let by_kind = |entry: &&LostAnswerText| entry.kinds.contains(&kind);
    // The last one speaks for the rest; a test sees to it that there is one.
    entries.iter().find(by_code).or_else(|| entries.iter().find(by_kind)).unwrap_or(&entries[entries.len() - 1])
}

/// Every entry of the catalogue of lost answers.
#[must_use]
pub fn all_lost_answers() -> &'static [LostAnswerText] {
    &TEXTS.lost_answers
}

/// The words for AWS's no to one of our own changes, or `None` when no entry fits: then nobody knows what AWS has done.
#[must_use]
pub fn fix_refusal(fix: &FixRecord, code: &str, message: &str) -> Option<&'static FixRefusalText> {
    TEXTS
        .fix_refusals
        .iter()
        .find(|entry| entry.fixes.contains(&fix.kind()) && entry.when.iter().any(|p| p.fits(code, None, message)))
}

/// The words of the entry with this id, if there is one.
#[must_use]
pub fn fix_refusal_called(id: &str) -> Option<&'static FixRefusalText> {
    TEXTS.fix_refusals.iter().find(|entry| entry.id == id)
}

/// Every entry of the catalogue of refusals of our own changes.
#[must_use]
pub fn all_fix_refusals() -> &'static [FixRefusalText] {
    &TEXTS.fix_refusals
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

/// The message to the organization's owner.
#[must_use]
pub fn request() -> &'static RequestTexts {
    &TEXTS.request
}

/// What AWS takes as the contact of an account.
#[must_use]
pub fn contact() -> &'static ContactTexts {
    &TEXTS.contact
}

/// The page of this name in a partition, or `None` when it is not known there.
#[must_use]
pub fn link(name: &str, partition: Partition) -> Option<&'static str> {
    TEXTS.links.get(name)?.get(&partition).map(String::as_str)
}

/// What is said where the page of this name has no address in a partition.
#[must_use]
pub fn no_link(name: &str, partition: Partition) -> Option<&'static str> {
    let of = |entry: &str| TEXTS.no_links.get(entry)?.get(&partition).map(String::as_str);
    of(name).or_else(|| of("elsewhere"))
}

/// `address`, if it is one of the pages that a text may send a person to.
#[must_use]
pub fn our_link(address: &str) -> Option<&'static str> {
    TEXTS.links.values().flat_map(BTreeMap::values).find(|link| *link == address).map(String::as_str)
}

/// Whether `command` is one that a finding may hand over: a template of ours, with an id in it that reads as AWS writes it.
#[must_use]
pub fn is_command(command: &str) -> bool {
    let templates = TEXTS.steps.values().flat_map(|step| step.findings.values()).filter_map(|finding| finding.command.as_deref());
    templates.filter_map(|template| template.split_once("{{ handshake }}")).any(|(before, after)| {
        let id = command.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        id.is_some_and(is_handshake_id)
    })
}

/// Whether `id` reads like a handshake's. Source: Organizations API reference, the pattern of `HandshakeId`: `^h-[0-9a-z]{8,32}$`.
#[must_use]
pub fn is_handshake_id(id: &str) -> bool {
    let is_one_of_its = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_lowercase();
    id.strip_prefix("h-").is_some_and(|rest| (8..=32).contains(&rest.len()) && rest.bytes().all(is_one_of_its))
}

/// Fills a template. Every string in `values` is neutralised first, however deep it sits.
#[must_use]
pub fn fill(template: &str, values: &Value) -> String {
    fill_with(template, values, &mut Unredacted)
}

/// The same, with what is private in `values` as `redactor` writes it.
pub fn fill_with(template: &str, values: &Value, redactor: &mut dyn Redactor) -> String {
    // A template that asks for a value nobody gave is a bug that the tests catch; a person still gets the sentence.
    rendered(template, harmless(values, redactor))
        .map_or_else(|_| template.to_owned(), |text| text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Fills a template whose lines stay as they are: commands. `values` are put in as they are, so each must be one of our own words or have
/// been checked. A template that cannot be filled gives no line at all, for half a command is worse than none.
#[must_use]
pub fn fill_lines(template: &str, values: &Value) -> String {
    rendered(template, values.clone()).unwrap_or_default()
}

fn rendered(template: &str, values: Value) -> Result<String, minijinja::Error> {
    TEMPLATES.render_str(template, minijinja::value::Serde(values))
}

/// `minute` writes a moment as people read it, in UTC; `cause` says what a kind of problem is.
static TEMPLATES: LazyLock<minijinja::Environment<'static>> = LazyLock::new(|| {
    let mut templates = minijinja::Environment::new();
    templates.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    templates.add_filter("minute", |at: &str| {
        at.parse::<jiff::Timestamp>().map_or_else(|_| at.to_owned(), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
    });
    templates.add_filter("cause", |kind: &str| {
        let kind = ProblemKind::ALL.into_iter().find(|known| known.as_str() == kind);
        kind.map_or("", |kind| problem(kind).cause.as_str()).to_owned()
    });
    templates
});

/// `value` as templates take it: text neutralised, what is private as `redactor` writes it, and the first few of many in one phrase.
fn harmless(value: &Value, redactor: &mut dyn Redactor) -> Value {
    match value {
        Value::String(text) => Value::String(neutralise(text)),
        Value::Array(items) => items.iter().map(|item| harmless(item, redactor)).collect(),
        Value::Object(fields) => match (fields.get("own"), fields.get("first"), fields.get("more")) {
            (Some(Value::String(own)), ..) => {
                let before = fields.get("after").and_then(Value::as_str).unwrap_or_default();
                Value::String(format!("{}{}", neutralise(before), redactor.own(&neutralise(own))))
            }
            (None, Some(Value::Array(first)), Some(more)) => {
                let first: Vec<Value> = first.iter().map(|item| harmless(item, redactor)).collect();
                let first = first.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
                Value::String(if more.as_u64() == Some(0) { first } else { format!("{first} and {more} more") })
            }
            _ => fields.iter().map(|(name, value)| (name.clone(), harmless(value, redactor))).collect(),
        },
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
            let words = problem(kind);
            assert!(!words.cause.is_empty() && !words.remedy.is_empty() && !words.source.is_empty(), "{kind:?}");
        }
        for refusal in OwnerRefusal::ALL {
            let words = owner_refusal(refusal);
            assert!(!words.short.ends_with('.') && !words.source.is_empty(), "{refusal:?}");
            assert!(words.why.ends_with('.') && words.remedy.ends_with('.'), "{refusal:?}");
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
    fn every_link_leads_to_a_host_of_its_own_partition_and_holds_nothing_but_the_page() {
        let mut seen = 0;
        for (name, partition, address) in
            TEXTS.links.iter().flat_map(|(name, of)| of.iter().map(move |(partition, address)| (name, *partition, address)))
        {
            let hosts: &[&str] = match partition {
                Partition::Aws => &["console.aws.amazon.com", "docs.aws.amazon.com", "portal.aws.amazon.com", "settings.aws.com"],
                Partition::China => &["console.amazonaws.cn", "docs.amazonaws.cn"],
                Partition::GovCloud => &["console.amazonaws-us-gov.com", "docs.aws.amazon.com"],
                Partition::Eusc => &[],
            };
            let rest = address.strip_prefix("https://").unwrap_or_else(|| panic!("{name}: {address}"));
            let (host, page) = rest.split_once('/').unwrap();
            assert!(hosts.contains(&host), "{name} in {partition}: {address}");
            // No user information, no port, no template, and no query that could carry anything of an account or a session.
            assert!(page.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.#?=&".contains(&b)), "{name}: {address}");
            let query = page.split('#').next().unwrap().split_once('?').map_or("", |(_, query)| query);
            assert!(["", "client=organizations&enforcePI=True"].contains(&query), "{name}: {address}");
            seen += 1;
        }
        assert!(seen >= 30, "{seen}");
    }

    #[test]
    fn whoever_is_sent_to_a_page_has_its_address_or_is_told_why_not() {
        use crate::checklist::{Fact, Finding, Verdict, samples};
        let finding_of = |id, rule: &str| {
            let fact = if rule == "not-a-member" { Fact::NotAMember } else { samples::fact(id, rule) };
            Finding::new(id, fact, Verdict::NeedsYou)
        };
        let says_page = |line: &String| line.contains(" page");
        let mut told = 0;
        for id in StepId::ALL {
            for (rule, words) in &step(id).findings {
                let page = words.link.as_deref().or(step(id).link.as_deref()).filter(|name| !name.is_empty());
                assert!(page.is_some() || !words.todo.iter().any(says_page), "{id} {rule} speaks of a page and names none");
                let Some(page) = page else { continue };
                for partition in Partition::ALL {
                    let has_words = link(page, partition).is_some() || no_link(page, partition).is_some();
                    assert!(has_words, "{id} {rule}: {page} in {partition}");
                    let wording = finding_of(id, rule).finish(partition, jiff::Timestamp::UNIX_EPOCH).wording().clone();
                    assert_eq!(wording.link, link(page, partition), "{id} {rule}");
                    let last = wording.todo.last().map(String::as_str);
                    let is_told = last.is_some() && last == no_link(page, partition);
                    assert_eq!(is_told, wording.link.is_none() && !words.todo.is_empty(), "{id} {rule} in {partition}: {last:?}");
                    told += usize::from(is_told);
                }
            }
        }
        assert!(told > 20, "{told}");
    }

    #[test]
    fn every_entry_of_the_catalogues_says_what_it_is_who_can_help_and_where_it_comes_from() {
        let mut ids = std::collections::BTreeSet::new();
        let refusals = all_refusals().iter().map(|e| (&e.id, &e.cause, &e.who, &e.todo, &e.source, e.checked));
        let lost = all_lost_answers().iter().map(|e| (&e.id, &e.cause, &e.who, &e.todo, &e.source, e.checked));
        for (id, cause, who, todo, source, checked) in refusals.chain(lost) {
            assert!(ids.insert(id), "{id} is there twice");
            assert!(!todo.is_empty() && !source.is_empty(), "{id}");
            assert!(checked >= jiff::civil::date(2026, 11, 23), "{id}: checked on {checked}");
            for sentence in [cause, who].into_iter().chain(todo) {
                assert!(sentence.len() > 3 && sentence.ends_with('.'), "{id}: {sentence}");
            }
        }
    }

    #[test]
    fn no_entry_takes_an_answer_away_from_another_one() {
        for entry in all_refusals() {
            let speaks = |code: &str, reason: Option<&str>, message: &str| {
                let found = refusal(code, reason, message).map(|found| found.id.as_str());
                assert_eq!(found, Some(entry.id.as_str()), "{code}, {reason:?}: {message}");
            };
            for pattern in &entry.when {
                let any = ["AnyException".to_owned()];
                let codes = if pattern.codes.is_empty() { &any[..] } else { &pattern.codes };
                for code in codes {
                    for reason in &pattern.reasons {
                        // The reason counts, whatever the message says.
                        speaks(code, Some(reason), "");
                        speaks(code, Some(reason), "wait period, delegated administrator, valid payment method");
                    }
                    for words in &pattern.says {
                        speaks(code, None, &words.to_uppercase());
                        speaks(code, Some("A_REASON_THAT_NOBODY_KNOWS"), words);
                    }
                    if pattern.reasons.is_empty() {
                        let fits = |sample: &&String| pattern.fits(code, None, sample);
                        entry.samples.iter().filter(fits).for_each(|sample| speaks(code, None, sample));
                    }
                    if pattern.reasons.is_empty() && pattern.says.is_empty() {
                        speaks(code, None, "");
                    }
                }
            }
            let is_recognised = |sample: &String| {
                let code = |pattern: &AnswerPattern| pattern.codes.first().cloned().unwrap_or_default();
                entry.when.iter().any(|p| p.reasons.is_empty() && p.fits(&code(p), None, sample))
            };
            assert!(entry.samples.iter().all(is_recognised), "{} does not know its own samples", entry.id);
        }
    }

    #[test]
    fn one_entry_each_speaks_for_whatever_no_other_one_knows() {
        let (last, before) = all_refusals().split_last().unwrap();
        let is_open =
            |entry: &RefusalText| entry.when.iter().any(|p| p.codes.is_empty() && p.reasons.is_empty() && p.says.is_empty());
        assert!(is_open(last) && !before.iter().any(is_open));
        assert_eq!(last.id, UNRECOGNISED);
        let (last, before) = all_lost_answers().split_last().unwrap();
        let is_open = |entry: &LostAnswerText| entry.codes.is_empty() && entry.kinds.is_empty();
        assert!(is_open(last) && !before.iter().any(is_open));
        assert_eq!(lost_answer(Some("SomethingNew"), ProblemKind::UnexpectedError).id, last.id);
    }

    #[test]
    fn a_lost_answer_is_told_by_its_code_before_its_kind_and_never_as_a_refusal() {
        for entry in all_lost_answers() {
            for code in &entry.codes {
                assert_eq!(lost_answer(Some(code), ProblemKind::Malformed).id, entry.id, "{code}");
                let refused = all_refusals().iter().flat_map(|refusal| &refusal.when).flat_map(|pattern| &pattern.codes);
                assert!(!refused.into_iter().any(|known| known == code), "{code} is in both catalogues");
            }
            for kind in &entry.kinds {
                assert_eq!(lost_answer(None, *kind).id, entry.id, "{kind:?}");
            }
        }
    }

    #[test]
    fn everything_that_can_be_asked_of_the_owner_is_there_once_with_its_source() {
        let texts = request();
        let mut ids = std::collections::BTreeSet::new();
        let asks = texts.ask.iter().map(|ask| (&ask.id, &ask.source, ask.checked));
        let asides = texts.aside.iter().map(|aside| (&aside.id, &aside.source, aside.checked));
        let services = texts.service.iter().map(|service| (&service.principal, &service.source, service.checked));
        for (id, source, checked) in asks.chain(asides).chain(services) {
            assert!(ids.insert(id), "{id} is there twice");
            assert!(!source.is_empty() && checked >= jiff::civil::date(2026, 11, 23), "{id}");
        }
        assert!(!texts.invitation.source.is_empty());
    }

    #[test]
    fn a_command_with_anything_but_an_id_of_awss_in_it_is_none() {
        for id in ["h-12345678", "h-7f3c9a1b2d4e5f60", "h-abcdefghijklmnopqrstuvwxyz012345"] {
            assert!(is_handshake_id(id), "{id}");
            assert!(is_command(&format!("aws organizations accept-handshake --handshake-id {id}")));
        }
        let long = format!("h-{}", "a".repeat(33));
        for id in [
            "",
            "h-",
            "h-1234567",
            "H-12345678",
            "h-1234567A",
            "h-12345678; rm -rf ~",
            "h-12345678\n",
            " h-12345678",
            "h-1234é678",
            &long,
        ] {
            assert!(!is_handshake_id(id), "{id}");
            assert!(!is_command(&format!("aws organizations accept-handshake --handshake-id {id}")), "{id}");
        }
        assert!(!is_command("rm -rf ~") && !is_command(""));
    }

    #[test]
    fn no_two_services_are_given_up_by_the_same_word() {
        let mut words = std::collections::BTreeSet::new();
        for service in &request().service {
            assert!(words.insert(super::super::Deregistration::word(&service.principal)), "{}", service.principal);
        }
        assert!(words.len() > 20, "{words:?}");
    }

    #[test]
    fn what_is_said_of_a_service_goes_on_after_its_name_and_needs_no_markup() {
        // The same words stand in a message and on a screen, after “Name: ” and “First: ”.
        for service in &request().service {
            for words in [Some(&service.effect), service.first.as_ref()].into_iter().flatten() {
                let goes_on = words.starts_with(char::is_lowercase) || words.starts_with("AWS ");
                assert!(goes_on && words.ends_with('.') && !words.contains('`'), "{}: {words}", service.principal);
            }
        }
    }

    #[test]
    fn commands_keep_their_lines_and_half_a_command_is_none() {
        let values = serde_json::json!({ "account": "123456789012" });
        assert_eq!(fill_lines("a {{ account }}\n  b", &values), "a 123456789012\n  b");
        assert_eq!(fill_lines("a {{ nobody_gave_this }}", &values), "");
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
