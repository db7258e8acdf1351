//! The words, links, periods and catalogues in `assets/`, compiled in and read once.
//!
//! It knows how the assets are shaped and how their templates are filled. It decides nothing: which finding or problem it is
//! is for the callers to say.

mod catalogue;
mod request;
mod rules;
mod template;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use catalogue::{
    AnswerPattern, FixRefusalText, LostAnswerText, RefusalText, UNRECOGNISED, all_fix_refusals, all_lost_answers, all_refusals,
    fix_refusal, fix_refusal_called, lost_answer, refusal, refuses,
};
pub use request::{AskText, PartText, RequestTexts, request};
pub use rules::{Rules, rules};
pub use template::{fill, fill_lines, fill_with};

use super::refusal::Stand;
use super::{Destination, OwnerRefusal, Partition, ProblemKind, StepId};

/// What a file of `assets/` says, of the type that is asked for.
macro_rules! asset {
    ($path:literal) => {
        $crate::checklist::texts::read($path, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/", $path)))
    };
}
pub(crate) use asset;

/// Reads an asset by way of a table: reading each type straight from the text would take half a megabyte more of code.
#[expect(clippy::panic, reason = "the assets are compiled in, and a test reads every one of them")]
pub(crate) fn read<T: DeserializeOwned>(name: &str, text: &str) -> T {
    let table: Result<T, _> = toml::from_str::<toml::Table>(text).and_then(toml::Table::try_into);
    table.unwrap_or_else(|error| panic!("assets/{name} cannot be read: {error}"))
}

/// The entries of an asset that is one list.
fn entries<T>(lists: BTreeMap<String, Vec<T>>) -> Vec<T> {
    lists.into_values().flatten().collect()
}

static STEPS: LazyLock<BTreeMap<StepId, StepText>> =
    LazyLock::new(|| StepId::ALL.into_iter().map(|id| (id, read_step(id))).collect());
static EVERY_STEP: LazyLock<EveryStep> = LazyLock::new(|| asset!("every-step.toml"));
static PROBLEMS: LazyLock<BTreeMap<ProblemKind, ProblemText>> = LazyLock::new(|| asset!("problems.toml"));
static OWNER: LazyLock<BTreeMap<OwnerRefusal, OwnerRefusalText>> = LazyLock::new(|| asset!("owner.toml"));
static STANDING_REFUSALS: LazyLock<BTreeMap<Stand, StandingRefusalText>> = LazyLock::new(|| asset!("standing-refusals.toml"));
static CONSEQUENCES: LazyLock<Vec<Consequence>> = LazyLock::new(|| entries(asset!("consequences.toml")));
static DESTINATIONS: LazyLock<BTreeMap<Destination, DestinationText>> = LazyLock::new(|| asset!("destinations.toml"));
static LINKS: LazyLock<BTreeMap<String, BTreeMap<Partition, String>>> = LazyLock::new(|| asset!("links.toml"));
static NO_LINKS: LazyLock<BTreeMap<String, BTreeMap<Partition, String>>> = LazyLock::new(|| asset!("no-links.toml"));

fn read_step(id: StepId) -> StepText {
    match id {
        StepId::Membership => asset!("steps/membership.toml"),
        StepId::WaitingPeriod => asset!("steps/waiting-period.toml"),
        StepId::Permission => asset!("steps/permission.toml"),
        StepId::SupportPlan => asset!("steps/support-plan.toml"),
        StepId::ContactInformation => asset!("steps/contact-information.toml"),
        StepId::PaymentMethod => asset!("steps/payment-method.toml"),
        StepId::BillingAccess => asset!("steps/billing-access.toml"),
        StepId::DelegatedAdministrator => asset!("steps/delegated-administrator.toml"),
        StepId::AccessAfterwards => asset!("steps/access-afterwards.toml"),
        StepId::OldOwnerAccess => asset!("steps/old-owner-access.toml"),
        StepId::OtherWayOut => asset!("steps/other-way-out.toml"),
    }
}

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

/// What several steps say alike.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EveryStep {
    findings: BTreeMap<String, FindingText>,
    lines: BTreeMap<String, String>,
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

/// What a step says while a refusal stands over it. Templates.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandingRefusalText {
    pub summary: String,
    /// What to do, after what the refusal itself asks for.
    #[serde(default)]
    pub todo: Vec<String>,
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

/// What the assets say of a step.
#[must_use]
pub fn step(id: StepId) -> &'static StepText {
    &STEPS[&id]
}

/// The words of what can be found of a step, by its name: the step's own, or those that several steps share.
#[must_use]
pub fn finding(id: StepId, name: &str) -> Option<&'static FindingText> {
    step(id).findings.get(name).or_else(|| EVERY_STEP.findings.get(name))
}

/// The words of a line under a finding.
#[must_use]
pub fn line(id: StepId, name: &str) -> Option<&'static String> {
    step(id).lines.get(name).or_else(|| EVERY_STEP.lines.get(name))
}

/// The words for a kind of problem.
#[must_use]
pub fn problem(kind: ProblemKind) -> &'static ProblemText {
    &PROBLEMS[&kind]
}

/// The words for a reason why a management profile is not used.
#[must_use]
pub fn owner_refusal(refusal: OwnerRefusal) -> &'static OwnerRefusalText {
    &OWNER[&refusal]
}

/// What a step says while a refusal stands over it.
#[must_use]
pub fn standing_refusal(stand: Stand) -> &'static StandingRefusalText {
    &STANDING_REFUSALS[&stand]
}

/// What happens at every leave, in the order in which it is shown.
#[must_use]
pub fn consequences() -> &'static [Consequence] {
    &CONSEQUENCES
}

/// What the assets say of a destination.
#[must_use]
pub fn destination(destination: Destination) -> &'static DestinationText {
    &DESTINATIONS[&destination]
}

/// The page of this name in a partition, or `None` when it is not known there.
#[must_use]
pub fn link(name: &str, partition: Partition) -> Option<&'static str> {
    LINKS.get(name)?.get(&partition).map(String::as_str)
}

/// What is said where the page of this name has no address in a partition.
#[must_use]
pub fn no_link(name: &str, partition: Partition) -> Option<&'static str> {
    let of = |entry: &str| NO_LINKS.get(entry)?.get(&partition).map(String::as_str);
    of(name).or_else(|| of("elsewhere"))
}

/// `address`, if it is one of the pages that a text may send a person to.
#[must_use]
pub fn our_link(address: &str) -> Option<&'static str> {
    LINKS.values().flat_map(BTreeMap::values).find(|link| *link == address).map(String::as_str)
}

/// Whether `command` is one that a finding may hand over: a template of ours, with an id in it that reads as AWS writes it.
#[must_use]
pub fn is_command(command: &str) -> bool {
    let templates = STEPS.values().flat_map(|step| step.findings.values()).filter_map(|finding| finding.command.as_deref());
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
            LINKS.iter().flat_map(|(name, of)| of.iter().map(move |(partition, address)| (name, *partition, address)))
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
}
