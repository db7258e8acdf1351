//! What only the organization's owner can do, as a message ready to send.
//!
//! It decides what is asked, from a checklist and the clock it is given, and fills the words of `assets/request.toml` in. Nothing that is
//! settled is asked for. What goes into a command has to be a `ShellWord`: anything else could mean something to a shell.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::markdown::without_markup;
use super::message::Message;
use super::words::{self, with};
use crate::checklist::facts::AccessAfterwardsFact::{Nobody, TooManyUsers};
use crate::checklist::facts::PermissionFact::{
    LeaveDeniedByServiceControlPolicy, LeaveDeniedBySomething, LooksLikeAProject, Project, RootUser,
};
use crate::checklist::facts::{AccessAfterwardsLine, OtherWayOutFact, PermissionFact};
use crate::checklist::texts::{self, AskText, PartText};
use crate::checklist::{
    AccountId, Checklist, Confidence, Destination, Fact, FactLine, Finding, Membership, ProblemKind, Refusal, Step, StepId,
    Subject, Verdict, VerdictKind,
};
use crate::untrusted::sanitize_to;

/// The longest name that is put into a sentence, in characters. AWS's own names of accounts end at 50.
const LONGEST_NAME: usize = 100;

/// The longest sentence that is taken over from a finding, in characters: it holds such a name.
const LONGEST_LINE: usize = 200;

/// The most names in one sentence.
const MOST_NAMES: usize = 10;

/// A piece of a command that means itself and nothing else, to a shell as to the AWS command line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ShellWord(String);

impl ShellWord {
    /// `None` for what a shell could act on, an option (`-x`), or a file to be read (`file://x`).
    fn new(text: &str) -> Option<Self> {
        let means_itself = |b: u8| b.is_ascii_alphanumeric() || b".@:/_+=,-".contains(&b);
        let harmless = text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.bytes().all(means_itself);
        (harmless && !text.contains("://")).then(|| Self(text.to_owned()))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PolicyKind {
    ServiceControl,
    ResourceControl,
}

impl PolicyKind {
    const ALL: [Self; 2] = [Self::ServiceControl, Self::ResourceControl];

    /// The kind of policy that refused a question, if one did.
    fn behind(kind: ProblemKind) -> Option<Self> {
        match kind {
            ProblemKind::DeniedByServiceControlPolicy => Some(Self::ServiceControl),
            ProblemKind::DeniedByResourceControlPolicy => Some(Self::ResourceControl),
            _ => None,
        }
    }

    /// The question of a finding that such a policy refused, and AWS's words, if one did. Where a person is asked in its place, it stands among
    /// the evidence.
    fn refused(self, finding: &Finding) -> Option<(&str, &str)> {
        match finding.problem() {
            Some(problem) => {
                (Self::behind(problem.kind) == Some(self)).then_some((problem.operation.as_str(), problem.message.as_str()))
            }
            None if finding.verdict == Verdict::NeedsYou => {
                let says_so = format!("{} control policy", self.names().0);
                let denied = finding.evidence.iter().filter(|answer| answer.outcome.starts_with("AccessDenied"));
                let mut by_such_a_policy = denied.filter(|answer| answer.fact.contains(&says_so));
                by_such_a_policy.next().map(|answer| (answer.operation.as_str(), answer.fact.as_str()))
            }
            None => None,
        }
    }

    /// As prose says it, as a filter of `ListPoliciesForTarget` says it, and as ARNs say it.
    fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::ServiceControl => ("service", "SERVICE_CONTROL_POLICY", "service_control_policy/"),
            Self::ResourceControl => ("resource", "RESOURCE_CONTROL_POLICY", "resource_control_policy/"),
        }
    }

    /// What the policy is called in the shell of somebody who lets the checks read. Two requests of one message do not share it.
    fn variable(self) -> String {
        format!("READ_{}", self.names().1)
    }

    /// The id of the policy that AWS's words name by its ARN.
    ///
    /// Source: Organizations API reference, `PolicyId`: `p-` and 8 to 128 letters, digits or underscores.
    fn named_in(self, message: &str) -> Option<ShellWord> {
        let (_, _, part_of_arn) = self.names();
        let (_, rest) = message.split_once(part_of_arn)?;
        let id = rest.strip_prefix("p-")?;
        let end = id.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(id.len());
        (8..=128).contains(&end).then(|| ShellWord::new(&rest[..2 + end]))?
    }
}

/// That AWS itself refused a leave over what is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Refused {
    at: Timestamp,
    /// Whether a check has said since that nothing stands in the way, without proving it.
    met_since: bool,
}

impl Refused {
    fn new(step: &Step, refusal: &Refusal) -> Self {
        let met_since = step.reading().is_some_and(|finding| finding.verdict == Verdict::Met);
        Self { at: refusal.at, met_since }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Ask {
    /// A policy keeps the account from leaving, or may.
    ExemptFromPolicy {
        rule: String,
        refused: Option<Refused>,
        policy: Option<ShellWord>,
    },
    /// The organization runs services through the account. Names that cannot go into a command are kept apart.
    DeregisterServices {
        services: Vec<ShellWord>,
        unsafe_names: Vec<String>,
        refused: Option<Refused>,
    },
    /// The root user has no password, and nobody could sign in afterwards, or these steps need the root user.
    AllowPasswordRecovery {
        rule: String,
        needed_for: Vec<StepId>,
    },
    AllowQuestions {
        kind: PolicyKind,
        operations: Vec<String>,
        steps: Vec<StepId>,
        policy: Option<ShellWord>,
    },
    /// Only the owner sees whether the account has to wait.
    TellHowItJoined {
        until: Timestamp,
    },
    /// What a member cannot see, and would lose.
    KeepStacks,
    /// The same for resources that others share with it.
    KeepShares,
}

/// What only the owner can do for this checklist as it stands at `now`: first what keeps the account from leaving.
fn asks(checklist: &Checklist, now: Timestamp) -> Vec<Ask> {
    let step = |id: StepId| Some(checklist.step(id)).filter(|step| is_open(step, now));
    let questions = PolicyKind::ALL.into_iter().filter_map(|kind| allow_questions(checklist, kind, now));
    [step(StepId::Permission).and_then(exempt_from_policy), step(StepId::DelegatedAdministrator).and_then(deregister_services)]
        .into_iter()
        .flatten()
        .chain(allow_password_recovery(checklist, now))
        .chain(step(StepId::WaitingPeriod).and_then(tell_how_it_joined))
        .chain(questions)
        .chain([Ask::KeepStacks, Ask::KeepShares])
        .collect()
}

/// Whether a step is still to be asked about.
///
/// What AWS refused a leave over stays open while it is only predicted that it holds: it ends with a proof, which takes the refusal away
/// (`Step::record`), or with what a person said since.
fn is_open(step: &Step, now: Timestamp) -> bool {
    let vouched_since = |refusal: &Refusal| step.standing_attestation(now).is_some_and(|word| refusal.at <= word.at);
    !step.is_settled(now) || step.refusals().any(|refusal| !vouched_since(refusal))
}

fn exempt_from_policy(step: &Step) -> Option<Ask> {
    const REFUSALS: [&str; 2] = ["denied-by-service-control-policy", "not-allowed-by-service-control-policy"];
    let refusal = step.refusals().rfind(|refusal| REFUSALS.contains(&refusal.entry.as_str()));
    let why = match (refusal, step.reading().and_then(Finding::fact)) {
        (Some(refusal), _) => refusal.entry.clone(),
        (
            None,
            Some(
                fact @ Fact::Permission(
                    LeaveDeniedByServiceControlPolicy { .. } | LooksLikeAProject | LeaveDeniedBySomething { .. } | RootUser,
                ),
            ),
        ) => fact.name().to_owned(),
        (None, _) => return None,
    };
    Some(Ask::ExemptFromPolicy {
        rule: why,
        refused: refusal.map(|refusal| Refused::new(step, refusal)),
        policy: refusal.and_then(|refusal| PolicyKind::ServiceControl.named_in(&refusal.message)),
    })
}

fn deregister_services(step: &Step) -> Option<Ask> {
    const REFUSAL: &str = "delegated-administrator";
    let refusal = step.refusals().rfind(|refusal| refusal.entry == REFUSAL);
    let unmet = step.reading().filter(|finding| finding.verdict.kind() == VerdictKind::Unmet);
    if unmet.is_none() && refusal.is_none() {
        return None;
    }
    let mut services = Vec::new();
    let mut unsafe_names = Vec::new();
    for name in unmet.into_iter().flat_map(Finding::services) {
        match ShellWord::new(name) {
            Some(word) => services.push(word),
            None => unsafe_names.push(name.clone()),
        }
    }
    Some(Ask::DeregisterServices { services, unsafe_names, refused: refusal.map(|refusal| Refused::new(step, refusal)) })
}

fn allow_password_recovery(checklist: &Checklist, now: Timestamp) -> Option<Ask> {
    let step = checklist.step(StepId::AccessAfterwards);
    let finding = step.reading()?;
    let fact = finding.fact()?;
    let nobody_signs_in = is_open(step, now) && matches!(fact, Fact::AccessAfterwards(Nobody { .. } | TooManyUsers { .. }));
    let has_no_password = finding.fact_lines().contains(&FactLine::AccessAfterwards(AccessAfterwardsLine::RootNoPassword));
    let waiting_for_root = checklist.steps().filter(|step| has_no_password && !step.is_settled(now) && needs_root(step));
    let needed_for: Vec<StepId> = waiting_for_root.map(|step| step.id).collect();
    let rule = if nobody_signs_in { fact.name() } else { "needed" };
    (nobody_signs_in || !needed_for.is_empty()).then(|| Ask::AllowPasswordRecovery { rule: rule.to_owned(), needed_for })
}

/// Whether nobody but the root user can do what this step asks for.
fn needs_root(step: &Step) -> bool {
    let of_reading = step.reading().and_then(|finding| texts::finding(step.id, finding.fact()?.name()));
    let of_refusal = |refusal: &Refusal| texts::all_refusals().iter().any(|text| text.id == refusal.entry && text.needs_root);
    of_reading.is_some_and(|text| text.needs_root) || step.refusals().any(of_refusal)
}

fn tell_how_it_joined(step: &Step) -> Option<Ask> {
    match step.reading().map(|finding| (&finding.verdict, finding.confidence))? {
        (Verdict::Waiting { until }, Confidence::Predicted) => Some(Ask::TellHowItJoined { until: *until }),
        _ => None,
    }
}

fn allow_questions(checklist: &Checklist, kind: PolicyKind, now: Timestamp) -> Option<Ask> {
    let mut operations: Vec<String> = Vec::new();
    let mut steps = Vec::new();
    let mut policy = None;
    for step in checklist.steps().filter(|step| !step.is_settled(now)) {
        let Some((operation, message)) = step.reading().and_then(|finding| kind.refused(finding)) else { continue };
        if !operations.iter().any(|known| known == operation) {
            operations.push(operation.to_owned());
        }
        steps.push(step.id);
        policy = policy.or_else(|| kind.named_in(message));
    }
    (!steps.is_empty()).then_some(Ask::AllowQuestions { kind, operations, steps, policy })
}

/// The message for this checklist, which hosts at `endpoints` answered in AWS's place if there are any, as it stands at `now`: what is asked of the owner, or in a few sentences why nothing is.
#[must_use]
pub fn of_checklist(checklist: &Checklist, endpoints: &[String], now: Timestamp) -> String {
    let words = texts::request();
    let Some(subject) = &checklist.subject else { return String::new() };
    let asks = asks(checklist, now);
    let values = common_values(checklist, subject, &asks, endpoints, now);
    let mut message = Message::default();
    if let Some(why) = nothing_to_ask(checklist, subject).and_then(|why| words.nothing.get(why)) {
        message.paragraphs(why, &values);
        return message.finish();
    }
    message.subject(&words.message.subject, &values);
    message.paragraphs(&words.message.opening, &values);
    for (at, ask) in asks.iter().enumerate() {
        if let Some(text) = words.ask(ask.id()) {
            write_ask(&mut message, at + 1, ask, text, &values, subject);
        }
    }
    if let Some(aside) = aside(checklist, now).and_then(|id| words.aside(id)) {
        message.heading(&aside.title, &values);
        message.paragraphs(&aside.text, &with(&values, invitations(checklist)));
    }
    message.heading(&words.message.need_not_title, &values);
    message.paragraphs(&words.message.need_not, &values);
    message.heading(&words.message.done_title, &values);
    message.paragraphs(&words.message.done, &values);
    if needs_an_invitation(checklist) {
        let invitation = &words.invitation;
        message.rule();
        message.heading(&invitation.title, &values);
        message.subject(&invitation.subject, &values);
        message.paragraphs(&invitation.text, &values);
        message.commands(&texts::fill_lines(&invitation.commands, &command_values(subject)));
        message.paragraphs(&invitation.after, &values);
    }
    message.finish()
}

/// The steps about which nothing could be found out, and about which the message for `checklist` therefore asks nothing.
pub(crate) fn not_found_out(checklist: &Checklist) -> Vec<StepId> {
    let is_left_out = |step: &&Step| {
        let problem = step.reading().and_then(|finding| finding.problem());
        let is_asked = match step.id {
            StepId::Permission => exempt_from_policy(step).is_some(),
            StepId::DelegatedAdministrator => deregister_services(step).is_some(),
            _ => false,
        };
        problem.is_some_and(|problem| PolicyKind::behind(problem.kind).is_none()) && !is_asked
    };
    checklist.steps().filter(is_left_out).map(|step| step.id).collect()
}

/// Why there is nobody to ask, as a key of `[nothing]` in the assets.
fn nothing_to_ask(checklist: &Checklist, subject: &Subject) -> Option<&'static str> {
    match &subject.membership {
        _ if permission(checklist) == Some(&Project) => Some("project"),
        Membership::Standalone => Some("standalone"),
        Membership::Member(organization) if organization.management_account.as_ref() == Some(&subject.identity.account) => {
            Some("management-account")
        }
        Membership::Member(_) | Membership::Unknown => None,
    }
}

fn permission(checklist: &Checklist) -> Option<&PermissionFact> {
    match checklist.step(StepId::Permission).reading()?.fact()? {
        Fact::Permission(fact) => Some(fact),
        _ => None,
    }
}

/// What the owner may want to know besides, as an id in the assets.
fn aside(checklist: &Checklist, now: Timestamp) -> Option<&'static str> {
    match checklist.destination {
        _ if permission(checklist) == Some(&LooksLikeAProject) => Some("project"),
        Some(Destination::Closure) => Some("closure"),
        Some(Destination::Standalone) => None,
        Some(Destination::AnotherOrganization | Destination::NotSure) | None => {
            (checklist.is_invited() && !checklist.step(StepId::OtherWayOut).is_settled(now)).then_some("invited")
        }
    }
}

/// Whether the account goes to another organization, and AWS said that none has invited it.
fn needs_an_invitation(checklist: &Checklist) -> bool {
    let finding = checklist.step(StepId::OtherWayOut).reading();
    checklist.destination == Some(Destination::AnotherOrganization)
        && finding.and_then(Finding::fact) == Some(&Fact::OtherWayOut(OtherWayOutFact::NoInvitation))
}

fn write_ask(message: &mut Message, number: usize, ask: &Ask, text: &AskText, common: &Value, subject: &Subject) {
    let values = with(common, ask.values());
    let commands = with(&with(&command_values(subject), ask.command_values()), ask.snippets(subject));
    let one = |message: &mut Message, part: &PartText, values: &Value, commands: &Value| {
        message.paragraph(&part.text, values);
        if let Some(data) = &part.data {
            message.data(&texts::fill_lines(data, commands));
        }
        if let Some(template) = &part.commands {
            message.commands(&texts::fill_lines(template, commands));
        }
    };
    message.item(number, &text.title, &values);
    message.paragraphs(&text.why, &values);
    for part in text.part.iter().filter(|part| !part.after) {
        one(message, part, &values, &commands);
    }
    if let (Some(each), Ask::DeregisterServices { services, .. }) = (&text.each, ask) {
        for service in services {
            let known = texts::request().service(&service.0);
            let about = json!({
                "service": service.0, "known": known.map(|known| &known.name), "effect": known.map(|known| &known.effect),
                "first": known.and_then(|known| known.first.as_ref()).map(|first| texts::fill(first, &commands)),
            });
            one(message, each, &with(&values, about.clone()), &with(&commands, about));
        }
    }
    for part in text.part.iter().filter(|part| part.after) {
        one(message, part, &values, &commands);
    }
    message.paragraph(&texts::request().message.does_not, &json!({ "does_not": texts::fill(&text.does_not, &values) }));
    message.end_item();
}

/// The names of steps, for a sentence.
fn titles(steps: &[StepId]) -> String {
    steps.iter().map(|step| texts::step(*step).title.as_str()).collect::<Vec<_>>().join(", ")
}

impl Ask {
    fn id(&self) -> &'static str {
        match self {
            Self::ExemptFromPolicy { .. } => "exempt-from-policy",
            Self::DeregisterServices { .. } => "deregister-services",
            Self::AllowPasswordRecovery { .. } => "allow-password-recovery",
            Self::AllowQuestions { .. } => "allow-questions",
            Self::TellHowItJoined { .. } => "tell-how-it-joined",
            Self::KeepStacks => "keep-stacks",
            Self::KeepShares => "keep-shares",
        }
    }

    /// Whether the account cannot leave before it is done, or may not be able to.
    fn blocks(&self) -> bool {
        matches!(self, Self::ExemptFromPolicy { .. } | Self::DeregisterServices { .. })
    }

    /// Whether something is known to be there that it is about.
    fn is_sure(&self) -> bool {
        match self {
            Self::ExemptFromPolicy { rule, refused, .. } => {
                !["leave-denied-by-something", "root-user"].contains(&rule.as_str())
                    && !refused.is_some_and(|refused| refused.met_since)
            }
            Self::DeregisterServices { refused, .. } => !refused.is_some_and(|refused| refused.met_since),
            Self::AllowPasswordRecovery { .. } | Self::AllowQuestions { .. } => true,
            Self::TellHowItJoined { .. } | Self::KeepStacks | Self::KeepShares => false,
        }
    }

    /// What its sentences say.
    fn values(&self) -> Value {
        match self {
            Self::ExemptFromPolicy { rule, refused, policy } => json!({
                "rule": rule,
                "sure": self.is_sure(),
                "refused": refused.map(|refused| minute(refused.at)),
                "met": refused.is_some_and(|refused| refused.met_since),
                "policy": policy.as_ref().map(|policy| &policy.0),
            }),
            Self::DeregisterServices { services, unsafe_names, refused } => json!({
                "refused": refused.map(|refused| minute(refused.at)),
                "met": refused.is_some_and(|refused| refused.met_since),
                "count": services.len() + unsafe_names.len(),
                "unsafe": names(unsafe_names),
            }),
            Self::AllowPasswordRecovery { rule, needed_for } => json!({ "rule": rule, "needed_for": titles(needed_for) }),
            Self::AllowQuestions { kind, operations, steps, policy } => json!({
                "kind": kind.names().0,
                "variable": kind.variable(),
                "count": operations.len(),
                "operations": operations.join(", "),
                "steps": titles(steps),
                "policy": policy.as_ref().map(|policy| &policy.0),
            }),
            Self::TellHowItJoined { until } => {
                json!({ "until": minute(*until), "days": texts::rules().waiting_period.days })
            }
            Self::KeepStacks | Self::KeepShares => json!({}),
        }
    }

    /// What its commands say, besides what all commands may say. Words that were checked, and nothing else.
    fn command_values(&self) -> Value {
        match self {
            Self::ExemptFromPolicy { policy, .. } => json!({ "policy": policy.as_ref().map(|policy| &policy.0) }),
            Self::AllowQuestions { kind, policy, .. } => json!({
                "policy": policy.as_ref().map(|policy| &policy.0),
                "kind": kind.names().0,
                "variable": kind.variable(),
            }),
            // The names themselves do not go into a command: whether there are any does.
            Self::DeregisterServices { services, unsafe_names, .. } => {
                json!({ "count": services.len() + unsafe_names.len(), "unsafe": !unsafe_names.is_empty() })
            }
            Self::AllowPasswordRecovery { .. } | Self::TellHowItJoined { .. } | Self::KeepStacks | Self::KeepShares => json!({}),
        }
    }

    /// The commands that it shares with others, filled.
    fn snippets(&self, subject: &Subject) -> Value {
        let (kind, wanted) = match self {
            Self::ExemptFromPolicy { .. } => (PolicyKind::ServiceControl, Some("LeaveOrganization")),
            Self::AllowQuestions { kind, .. } => (*kind, None),
            _ => return json!({}),
        };
        let about = json!({ "filter": kind.names().1, "wanted": wanted });
        let policies = texts::request().snippets.get("policies").map(String::as_str).unwrap_or_default();
        json!({ "policies": texts::fill_lines(policies, &with(&command_values(subject), about)) })
    }
}

/// What every sentence may say.
fn common_values(checklist: &Checklist, subject: &Subject, asks: &[Ask], endpoints: &[String], now: Timestamp) -> Value {
    let account = &subject.identity.account;
    let organization = subject.organization();
    let owner = organization.and_then(|organization| organization.management_account.as_ref());
    json!({
        "name": subject.name().filter(|name| !name.trim().is_empty()).map(harmless),
        "account": account.as_str(),
        "grouped": account.grouped(),
        "organization": organization.map(|organization| harmless(&organization.id)),
        "owner": owner.map(AccountId::as_str),
        "owner_grouped": owner.map(AccountId::grouped),
        "partition": subject.identity.partition.as_str(),
        "region": subject.identity.partition.global_region(),
        "destination": checklist.destination.map(Destination::as_str),
        "count": asks.len(),
        "blocking": asks.iter().any(Ask::blocks),
        "sure": asks.iter().filter(|ask| ask.blocks()).all(Ask::is_sure),
        "clear": LEAVE_STEPS.iter().all(|id| !is_open(checklist.step(*id), now)),
        "waits": is_open(checklist.step(StepId::WaitingPeriod), now),
        "unknown": not_known(checklist, now),
        "principal": harmless(&subject.identity.short()),
        "hosts": endpoints.join(", "),
        "at": minute(now),
        "version": env!("CARGO_PKG_VERSION"),
    })
}

/// What AWS looks at in a leave, and the owner alone can change or see.
const LEAVE_STEPS: [StepId; 3] = [StepId::Permission, StepId::DelegatedAdministrator, StepId::WaitingPeriod];

/// Of these, what could not be found out, in words.
fn not_known(checklist: &Checklist, now: Timestamp) -> Option<String> {
    let is_unknown = |step: &Step| is_open(step, now) && !step.was_found_out();
    let unknown: Vec<StepId> = LEAVE_STEPS.into_iter().filter(|id| is_unknown(checklist.step(*id))).collect();
    (!unknown.is_empty()).then(|| titles(&unknown))
}

/// What every command may say. All of it has a shape that was checked when it was read, or is ours.
fn command_values(subject: &Subject) -> Value {
    json!({
        "account": subject.identity.account.as_str(),
        "partition": subject.identity.partition.as_str(),
        "region": subject.identity.partition.global_region(),
    })
}

/// The open invitations, in the words of the finding.
fn invitations(checklist: &Checklist) -> Value {
    let finding = checklist.step(StepId::OtherWayOut).reading();
    // One line for each organization; what else the finding says is for the account itself.
    let lines = finding.map(|finding| &finding.wording().details[..finding.invitations()]).unwrap_or_default();
    let shown: Vec<String> = lines.iter().take(MOST_NAMES).map(|line| without_markup(&sanitize_to(line, LONGEST_LINE))).collect();
    json!({ "count": lines.len(), "invitations": shown.join(" ") })
}

/// A few names in one sentence, or nothing where there are none.
fn names(names: &[String]) -> Option<String> {
    let shown: Vec<String> = names.iter().take(MOST_NAMES).map(|name| format!("“{}”", harmless(name))).collect();
    (!shown.is_empty()).then(|| shown.join(", "))
}

/// Text from outside, for a sentence: short, on one line, and without meaning to Markdown.
fn harmless(text: &str) -> String {
    without_markup(&sanitize_to(text, LONGEST_NAME))
}

fn minute(time: Timestamp) -> String {
    words::minute(time, &TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checklist::facts::DelegatedAdministratorLine;
    use crate::checklist::samples;
    use crate::checklist::{AccountDetails, Identity, Organization, Partition, Problem, Retry};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;
    const DENIED: &str = "User: arn:aws:iam::412098765432:user/anna is not authorized to perform: support:DescribeSeverityLevels on \
        resource: * with an explicit deny in a service control policy: \
        arn:aws:organizations::305611223344:policy/o-a1b2c3d4e5/service_control_policy/p-4tk9denyx2";

    fn member() -> Checklist {
        let organization = Organization {
            id: "o-a1b2c3d4e5".to_owned(),
            management_account: Some("305611223344".parse().unwrap()),
            feature_set: Some("ALL".to_owned()),
        };
        let arn = "arn:aws:iam::412098765432:user/anna".to_owned();
        let mut checklist = Checklist::default();
        checklist.subject = Some(Subject {
            identity: Identity { account: "412098765432".parse().unwrap(), arn, partition: Partition::Aws },
            details: Some(AccountDetails { name: Some("payments-prod".to_owned()), state: None, created_at: None }),
            membership: Membership::Member(organization),
        });
        checklist
    }

    fn found(step: StepId, name: &str, verdict: Verdict) -> Finding {
        Finding::new(step, samples::fact(step, name), verdict)
    }

    fn service(service: &str) -> DelegatedAdministratorLine {
        DelegatedAdministratorLine::Service { service: service.to_owned() }
    }

    fn with_finding(draft: Finding) -> Checklist {
        let mut checklist = member();
        checklist.record(draft.finish(Partition::Aws, NOW));
        checklist
    }

    fn problem(kind: ProblemKind, operation: &str) -> Problem {
        Problem::here(kind, operation, DENIED, NOW)
    }

    /// What is asked besides that which only a look can show.
    fn asked(checklist: &Checklist) -> Vec<&'static str> {
        let ids: Vec<_> = asks(checklist, NOW).iter().map(Ask::id).collect();
        assert!(ids.ends_with(&["keep-stacks", "keep-shares"]), "{ids:?}");
        ids[..ids.len() - 2].to_vec()
    }

    /// The message on one line.
    fn flat(checklist: &Checklist) -> String {
        of_checklist(checklist, &[], NOW).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn refusal(step: StepId, entry: &str) -> Refusal {
        Refusal {
            ends_with_a_response: false,
            entry: entry.to_owned(),
            code: "AccessDeniedException".to_owned(),
            reason: None,
            message: DENIED.to_owned(),
            request_id: None,
            cause: "A rule forbids it.".to_owned(),
            who: "The owner.".to_owned(),
            todo: Vec::new(),
            link: None,
            steps: vec![step],
            retry: Retry::AfterTheCause,
            at: NOW,
        }
    }

    fn until() -> Verdict {
        Verdict::Waiting { until: NOW + jiff::SignedDuration::from_hours(1) }
    }

    #[test]
    fn each_finding_that_only_the_owner_can_mend_is_asked_for_and_no_other() {
        use ProblemKind::{
            DeniedByIdentityPolicy, DeniedByResourceControlPolicy, DeniedByServiceControlPolicy, NotEligible, Throttled,
        };
        use StepId::{AccessAfterwards, DelegatedAdministrator, PaymentMethod, Permission, SupportPlan, WaitingPeriod};
        let new = found;
        let unknown = |step, kind| Finding::unknown(step, problem(kind, "support:DescribeSeverityLevels"));
        let root = Verdict::Unknown(problem(NotEligible, "iam:SimulatePrincipalPolicy"));
        for (draft, wanted) in [
            (new(Permission, "allowed", Verdict::Met).predicted(), None),
            (new(Permission, "leave-denied-by-service-control-policy", Verdict::Unmet).predicted(), Some("exempt-from-policy")),
            (new(Permission, "leave-denied-by-something", Verdict::Unmet).predicted(), Some("exempt-from-policy")),
            (new(Permission, "root-user", root), Some("exempt-from-policy")),
            (new(Permission, "leave-denied-by-boundary", Verdict::Unmet).predicted(), None),
            (new(Permission, "leave-denied-by-identity-policy", Verdict::Unmet).predicted(), None),
            (new(Permission, "not-allowed", Verdict::Unmet).predicted(), None),
            (unknown(Permission, DeniedByServiceControlPolicy), Some("allow-questions")),
            (unknown(Permission, DeniedByIdentityPolicy), None),
            (unknown(Permission, Throttled), None),
            (new(DelegatedAdministrator, "registered", Verdict::Unmet), Some("deregister-services")),
            (new(DelegatedAdministrator, "not-registered", Verdict::Met), None),
            (new(DelegatedAdministrator, "not-told-as-a-plain-member", Verdict::Met).predicted(), None),
            (new(AccessAfterwards, "nobody", Verdict::Unmet).predicted(), Some("allow-password-recovery")),
            (new(AccessAfterwards, "too-many-users", Verdict::NeedsYou).predicted(), Some("allow-password-recovery")),
            (new(AccessAfterwards, "root-not-told", Verdict::NeedsYou).predicted(), None),
            (new(AccessAfterwards, "user-can-sign-in", Verdict::Met).predicted(), None),
            (new(WaitingPeriod, "too-young", until()).predicted(), Some("tell-how-it-joined")),
            (new(WaitingPeriod, "created-recently", until()), None),
            (new(WaitingPeriod, "invited", Verdict::Met), None),
            (unknown(SupportPlan, DeniedByServiceControlPolicy), Some("allow-questions")),
            (unknown(SupportPlan, DeniedByResourceControlPolicy), Some("allow-questions")),
            (unknown(SupportPlan, DeniedByIdentityPolicy), None),
            (new(SupportPlan, "basic-or-none", Verdict::NeedsYou), None),
            (new(PaymentMethod, "unfamiliar-status", Verdict::NeedsYou), None),
        ] {
            let said = format!("{draft:?}");
            let mut checklist = with_finding(draft);
            assert_eq!(asked(&checklist), wanted.into_iter().collect::<Vec<_>>(), "{said}");
            // Whoever vouches for a step has settled it, and then it is nobody else's any more.
            for id in StepId::ALL {
                if checklist.step_mut(id).attest("anna", "I know the owner.", NOW).is_ok() {
                    assert!(asked(&checklist).is_empty(), "{said}");
                }
            }
        }
    }

    #[test]
    fn a_refusal_by_the_organization_is_asked_about_until_it_ends() {
        for (step, entry, ask) in [
            (StepId::Permission, "denied-by-service-control-policy", "exempt-from-policy"),
            (StepId::Permission, "not-allowed-by-service-control-policy", "exempt-from-policy"),
            (StepId::DelegatedAdministrator, "delegated-administrator", "deregister-services"),
        ] {
            let mut checklist = member();
            checklist.step_mut(step).refuse(&refusal(step, entry));
            assert_eq!(asked(&checklist), [ask]);
            let message = flat(&checklist);
            assert!(
                message.contains("AWS refused a leave on 1970-01-01 00:00 UTC") && !message.contains("has since"),
                "{message}"
            );
            assert!(message.contains("What keeps the account from leaving comes first"), "{message}");
            // A prediction is no proof, and a check that could not find out proves nothing either.
            checklist.record(Finding::told(step, "predicted", Verdict::Met).predicted().finish(Partition::Aws, NOW));
            assert_eq!(asked(&checklist), [ask]);
            let message = flat(&checklist);
            assert!(message.contains("so the refusal counts for us"), "{message}");
            assert!(message.contains("What keeps the account from leaving, or may, comes first"), "{message}");
            let throttled = Problem::here(ProblemKind::Throttled, "iam:X", "", NOW);
            checklist.record(Finding::unknown(step, throttled).finish(Partition::Aws, NOW));
            assert_eq!(asked(&checklist), [ask]);
            assert!(not_found_out(&checklist).is_empty());
            let mut vouched = checklist.clone();
            vouched.step_mut(step).attest("anna", "The owner says it is done.", NOW).unwrap();
            assert!(asked(&vouched).is_empty());
            checklist.record(Finding::told(step, "proven", Verdict::Met).finish(Partition::Aws, NOW));
            // What denies need not be what a check can see.
            let is_proof = step != StepId::Permission;
            assert_eq!(asked(&checklist).is_empty(), is_proof);
        }
        let mut checklist = member();
        checklist.step_mut(StepId::Permission).refuse(&refusal(StepId::Permission, "denied-by-identity-policy"));
        assert!(asked(&checklist).is_empty());
    }

    #[test]
    fn a_policy_that_a_refusal_names_goes_into_the_commands() {
        let mut checklist = member();
        checklist.step_mut(StepId::Permission).refuse(&refusal(StepId::Permission, "denied-by-service-control-policy"));
        let message = of_checklist(&checklist, &[], NOW);
        assert!(message.contains("   LEAVE_POLICY=p-4tk9denyx2\n"), "{message}");
    }

    #[test]
    fn services_that_only_a_refusal_tells_of_are_taken_from_a_list() {
        let step = StepId::DelegatedAdministrator;
        let mut checklist = member();
        checklist.step_mut(step).refuse(&refusal(step, "delegated-administrator"));
        checklist.record(found(step, "not-told-as-a-plain-member", Verdict::Met).predicted().finish(Partition::Aws, NOW));
        let message = of_checklist(&checklist, &[], NOW);
        let commands = command_lines(&message);
        let at = |wanted: &str| commands.iter().position(|line| line.contains(wanted)).unwrap();
        assert!(at("list-delegated-services-for-account") < at("deregister-delegated-administrator"), "{message}");
        assert!(message.contains("For each service in the list:"), "{message}");
    }

    /// What AWS said to one question of a step.
    fn answered(step: StepId, rule: &str, verdict: Verdict, outcome: &str, fact: &str) -> Finding {
        let operation =
            if step == StepId::AccessAfterwards { "iam:GetAccountSummary" } else { "payments:ListPaymentInstruments" };
        let evidence = crate::checklist::Evidence {
            operation: operation.to_owned(),
            outcome: outcome.to_owned(),
            fact: fact.to_owned(),
            request_id: None,
            at: NOW,
            own: Vec::new(),
        };
        found(step, rule, verdict).predicted().evidence([evidence])
    }

    #[test]
    fn a_password_for_root_is_asked_for_wherever_a_step_needs_root_and_there_is_none() {
        let off = || found(StepId::BillingAccess, "off", Verdict::Unmet);
        let on = || found(StepId::BillingAccess, "on", Verdict::Met);
        let user_signs_in = |root| found(StepId::AccessAfterwards, "user-can-sign-in", Verdict::Met).predicted().line(root);
        let none = || AccessAfterwardsLine::RootNoPassword;
        for (step, root, asked_for) in [
            (off(), none(), true),
            (off(), AccessAfterwardsLine::RootPasswordAndMfa, false),
            (off(), AccessAfterwardsLine::RootPasswordNotTold, false),
            (on(), none(), false),
        ] {
            let (mut checklist, said) = (with_finding(step), format!("{root:?}"));
            checklist.record(user_signs_in(root).finish(Partition::Aws, NOW));
            assert_eq!(asked(&checklist).contains(&"allow-password-recovery"), asked_for, "{said}");
            let message = flat(&checklist);
            let needed = message.contains("Only the root user can finish these steps: IAM access to billing.");
            assert_eq!(needed, asked_for, "{message}");
            assert!(!message.contains("nobody may be able to sign in"), "{message}");
        }
        let mut refused = with_finding(user_signs_in(none()));
        refused.step_mut(StepId::SupportPlan).refuse(&refusal(StepId::SupportPlan, "sign-up-incomplete"));
        assert!(asked(&refused).contains(&"allow-password-recovery"));
    }

    #[test]
    fn a_question_that_a_person_answers_instead_is_asked_for_where_the_organization_denies_it() {
        let denied = |fact| answered(StepId::PaymentMethod, "not-shown", Verdict::NeedsYou, "AccessDeniedException", fact);
        let by_scp = with_finding(denied(DENIED));
        assert_eq!(asked(&by_scp), ["allow-questions"]);
        assert!(flat(&by_scp).contains("payments:ListPaymentInstruments"), "{}", flat(&by_scp));
        assert_eq!(asked(&with_finding(denied("because no identity-based policy allows it"))), [] as [&str; 0]);
    }

    #[test]
    fn nobody_is_asked_for_a_project_that_aws_manages() {
        let message = flat(&with_finding(found(StepId::Permission, "project", Verdict::Unmet).predicted()));
        assert!(message.starts_with("There is most likely nobody to ask.") && message.contains("cannot be undone"), "{message}");
        // What only looks like one has an owner who can be asked.
        let guessed = with_finding(found(StepId::Permission, "looks-like-a-project", Verdict::Unmet).predicted());
        assert_eq!(asked(&guessed), ["exempt-from-policy"]);
        assert!(flat(&guessed).contains("If the account is a project of AWS's new sign-up"), "{}", flat(&guessed));
    }

    #[test]
    fn that_nothing_keeps_the_account_is_said_only_when_it_is_known() {
        use StepId::{DelegatedAdministrator, Permission, WaitingPeriod};
        const CLEAR: &str = "nothing that is yours to change keeps the account from leaving";
        let settled = || {
            let mut checklist = member();
            for step in LEAVE_STEPS {
                checklist.record(Finding::told(step, "fine", Verdict::Met).finish(Partition::Aws, NOW));
            }
            checklist
        };
        assert!(flat(&settled()).contains(CLEAR));
        for (draft, title, waits) in [
            (Finding::unknown(Permission, problem(ProblemKind::Throttled, "iam:X")), Some("Permission"), false),
            (
                Finding::unknown(Permission, problem(ProblemKind::DeniedByServiceControlPolicy, "iam:X")),
                Some("Permission"),
                false,
            ),
            (
                Finding::unknown(DelegatedAdministrator, problem(ProblemKind::Throttled, "x:Y")),
                Some("Delegated administrator"),
                false,
            ),
            (Finding::unknown(WaitingPeriod, problem(ProblemKind::Throttled, "x:Y")), Some("Waiting period"), true),
            (found(WaitingPeriod, "too-young", until()).predicted(), None, true),
            (found(WaitingPeriod, "created-recently", until()), None, true),
            (found(Permission, "leave-denied-by-boundary", Verdict::Unmet).predicted(), None, false),
        ] {
            let said = format!("{draft:?}");
            let mut checklist = settled();
            checklist.record(draft.finish(Partition::Aws, NOW));
            let message = flat(&checklist);
            assert!(!message.contains(CLEAR), "{said}: {message}");
            assert!(
                message.contains("We do not know of anything that is yours to change and keeps the account from leaving"),
                "{message}"
            );
            assert_eq!(message.contains("it may still have to wait"), waits, "{said}: {message}");
            let (_, not_found) = message.split_once("We could not find out about: ").unwrap_or_default();
            assert!(title.map_or(not_found.is_empty(), |title| not_found.starts_with(title)), "{said}: {message}");
        }
    }

    #[test]
    fn questions_that_one_kind_of_policy_refuses_are_one_request() {
        let mut checklist = member();
        for (step, operation) in [
            (StepId::SupportPlan, "support:DescribeSeverityLevels"),
            (StepId::BillingAccess, "billing:GetCredits"),
            (StepId::ContactInformation, "account:GetContactInformation"),
        ] {
            let problem = problem(ProblemKind::DeniedByServiceControlPolicy, operation);
            checklist.record(Finding::unknown(step, problem).finish(Partition::Aws, NOW));
        }
        assert_eq!(asked(&checklist), ["allow-questions"]);
        let message = of_checklist(&checklist, &[], NOW);
        assert!(message.contains("refuses 3 questions"), "{message}");
        assert!(
            message.contains("billing:GetCredits") && message.contains("READ_SERVICE_CONTROL_POLICY=p-4tk9denyx2"),
            "{message}"
        );
        assert!(not_found_out(&checklist).is_empty());
        let throttled = Problem::here(ProblemKind::Throttled, "iam:ListUsers", "", NOW);
        checklist.record(Finding::unknown(StepId::AccessAfterwards, throttled).finish(Partition::Aws, NOW));
        assert_eq!(not_found_out(&checklist), [StepId::AccessAfterwards]);
    }

    #[test]
    fn a_word_in_a_command_is_one_to_the_shell_and_to_the_cli() {
        for word in ["config.amazonaws.com", "config-multiaccountsetup.amazonaws.com", "p-4tk9denyx2", "412098765432"] {
            assert_eq!(ShellWord::new(word).unwrap().0, word);
        }
        for hostile in [
            "",
            " ",
            "a b",
            "a\nb",
            "a;rm",
            "$(id)",
            "`id`",
            "a'b",
            "a\"b",
            "a|b",
            "a&b",
            "a>b",
            "a<b",
            "a\\b",
            "a*",
            "a?",
            "[a]",
            "{a}",
            "~a",
            "#a",
            "!a",
            "-x",
            "--query",
            "=ls",
            "/etc",
            "./a",
            "file://etc/passwd",
            "http://a",
            "ä",
            "a\u{202e}b",
        ] {
            assert_eq!(ShellWord::new(hostile), None, "{hostile:?}");
        }
    }

    /// The lines inside of fences.
    fn command_lines(message: &str) -> Vec<&str> {
        let mut inside = false;
        let mut lines = Vec::new();
        for line in message.lines() {
            if line.trim_start().starts_with("```") {
                inside = !inside;
            } else if inside {
                lines.push(line);
            }
        }
        assert!(!inside);
        lines
    }

    #[test]
    fn a_hostile_name_of_a_service_goes_into_no_command_and_is_said() {
        for hostile in [
            "x; rm -rf ~",
            "$(touch x)",
            "`id`",
            "a\nrm -rf ~\n```",
            "' ; id #",
            "\" && id",
            "--endpoint-url=http://evil",
            "{{ 1 + 1 }}",
        ] {
            let draft = found(StepId::DelegatedAdministrator, "registered", Verdict::Unmet);
            let message =
                of_checklist(&with_finding(draft.line(service("config.amazonaws.com")).line(service(hostile))), &[], NOW);
            let plain = of_checklist(
                &with_finding(
                    found(StepId::DelegatedAdministrator, "registered", Verdict::Unmet).line(service("config.amazonaws.com")),
                ),
                &[],
                NOW,
            );
            let added: Vec<&str> =
                command_lines(&message).into_iter().filter(|line| !command_lines(&plain).contains(line)).collect();
            let safe = "   aws organizations deregister-delegated-administrator --account-id 412098765432 --service-principal \
                \"${SERVICE_TO_END:?the service to end, as the list above names it}\"";
            assert_eq!(added, ["   SERVICE_TO_END=", safe], "{hostile}");
            assert!(message.contains("a name that we do not put into a command"), "{message}");
            assert!(message.contains("Take 2 delegated services away"), "{message}");
        }
    }

    #[test]
    fn each_service_says_what_ends_and_what_comes_first_or_that_we_do_not_know() {
        let draft = found(StepId::DelegatedAdministrator, "registered", Verdict::Unmet);
        let draft = draft
            .line(service("detective.amazonaws.com"))
            .line(service("macie.amazonaws.com"))
            .line(service("nobody-knows.amazonaws.com"));
        let message = of_checklist(&with_finding(draft), &[], NOW).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(message.contains("Detective is switched off in this account. ```sh"), "{message}");
        assert!(message.contains("deleted after 30 days") && message.contains("First: AWS ends it in Macie, too"), "{message}");
        assert!(message.contains("“aws macie2 disable-organization-admin-account --admin-account-id 412098765432”"), "{message}");
        assert!(message.contains("nobody-knows.amazonaws.com: we know no word of AWS"), "{message}");
    }

    #[test]
    fn without_the_names_of_the_services_the_reader_takes_them_from_a_list() {
        let message = of_checklist(&with_finding(found(StepId::DelegatedAdministrator, "registered", Verdict::Unmet)), &[], NOW);
        assert!(message.contains("2. ") && message.contains("For each service in the list:"), "{message}");
        assert!(command_lines(&message).iter().any(|line| line.contains("${SERVICE_TO_END:?")), "{message}");
    }

    #[test]
    fn a_hostile_account_name_is_text_in_the_message_and_nothing_else() {
        let reference = of_checklist(&member(), &[], NOW);
        for hostile in [
            "a\n```sh\nrm -rf ~\n```",
            "\u{1b}[2J\u{202e}x",
            "[pay here](http://evil.example)",
            "<script>alert(1)</script>",
            "# Title",
            "{{ account }}",
            "@org/team `@org/team",
            &"x".repeat(100_000),
            &"word ".repeat(20_000),
        ] {
            let mut checklist = member();
            let subject = checklist.subject.as_mut().unwrap();
            subject.details.as_mut().unwrap().name = Some(crate::untrusted::sanitize(hostile));
            let message = of_checklist(&checklist, &[], NOW);
            assert_eq!(command_lines(&message), command_lines(&reference), "{hostile}");
            assert!(!message.contains(['\u{1b}', '\u{202e}']) && !message.contains("](http:"), "{message}");
            assert_eq!(message.matches("@org").count(), message.matches("`@org/team`").count(), "{message}");
            assert!(!message.contains("<script>") && message.len() < reference.len() + 1_000, "{message}");
            let structure = |text: &str| text.lines().filter(|l| l.starts_with(['#', '-', '>', '*', '`', '1', '2'])).count();
            assert_eq!(structure(&message), structure(&reference), "{message}");
        }
    }

    #[test]
    fn what_is_not_known_is_not_said_as_if_it_were() {
        let mut checklist = member();
        checklist.subject.as_mut().unwrap().membership = Membership::Unknown;
        checklist.subject.as_mut().unwrap().details = None;
        let message = of_checklist(&checklist, &[], NOW);
        assert!(
            message.contains("AWS did not tell us which") && message.contains("to the owner of its organization"),
            "{message}"
        );
        let opening = message.split("\n1. ").next().unwrap();
        assert!(!opening.contains("none") && !message.contains("o-a1b2c3d4e5"), "{message}");
        checklist.subject = None;
        assert_eq!(of_checklist(&checklist, &[], NOW), "");
    }

    #[test]
    fn where_the_account_goes_is_said_when_it_is_known() {
        for (destination, said) in [
            (None, None),
            (Some(Destination::NotSure), None),
            (Some(Destination::Standalone), Some("It will stand on its own.")),
            (Some(Destination::AnotherOrganization), Some("It will join another one.")),
            (Some(Destination::Closure), Some("If the account is only to be closed")),
        ] {
            let mut checklist = member();
            checklist.destination = destination;
            let message = of_checklist(&checklist, &[], NOW).split_whitespace().collect::<Vec<_>>().join(" ");
            let all = ["It will stand on its own.", "It will join another one.", "If the account is only to be closed"];
            for sentence in all {
                assert_eq!(message.contains(sentence), said == Some(sentence), "{destination:?}: {message}");
            }
        }
    }

    #[test]
    fn every_word_of_the_message_is_filled_in_for_every_partition() {
        for partition in Partition::ALL {
            let mut checklist = member();
            checklist.subject.as_mut().unwrap().identity.partition = partition;
            for draft in [
                found(StepId::Permission, "leave-denied-by-something", Verdict::Unmet).predicted(),
                found(StepId::DelegatedAdministrator, "registered", Verdict::Unmet).line(service("guardduty.amazonaws.com")),
                found(StepId::AccessAfterwards, "nobody", Verdict::Unmet).predicted(),
                found(StepId::WaitingPeriod, "too-young", until()).predicted(),
                Finding::unknown(StepId::SupportPlan, problem(ProblemKind::DeniedByResourceControlPolicy, "support:X")),
                found(StepId::OtherWayOut, "invited", Verdict::NeedsYou).line(samples::invitation()),
            ] {
                checklist.record(draft.finish(partition, NOW));
            }
            let message = of_checklist(&checklist, &[], NOW);
            assert_eq!(asks(&checklist, NOW).len(), 7);
            assert!(!message.contains("{%") && !message.contains("{{"), "{message}");
            // Every template of commands gave some, or its block would be missing.
            assert!(command_lines(&message).len() >= 30, "{message}");
            assert!(message.contains(&format!("arn=arn:{partition}:iam::aws:policy/root-task/")), "{message}");
            assert!(message.contains(&format!("--region {}", partition.global_region())), "{message}");
            assert_eq!(message.contains("The region has to be one"), partition != Partition::Aws, "{message}");
        }
    }
}
