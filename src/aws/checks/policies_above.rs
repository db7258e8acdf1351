//! The service control policies above the account, as the organization's owner sees them: which deny leaving, and where they are attached.
//!
//! It adds to what the member found out about its permission. What could not be read is said, and never counts as "does not deny".

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::types::{ParentType, Policy, PolicySummary};
use jiff::Timestamp;
use tokio::task::JoinSet;

use crate::aws::ask::{Recorded, evidence_of};
use crate::aws::problem::{internal_problem, timed_out};
use crate::aws::read_clients::{DESCRIBE_POLICY, LEAVE_ORGANIZATION, LIST_PARENTS, LIST_POLICIES_FOR_TARGET, ReadClients};
use crate::checklist::facts::PermissionFact::{
    LeaveDeniedByServiceControlPolicy, LeaveDeniedBySomething, LooksLikeAProject, Project,
};
use crate::checklist::facts::{Own, PermissionLine, Place, PolicySays};
use crate::checklist::{AccountId, Evidence, Fact, Finding, Problem, Verdict, texts};

use super::many::{Listed, every_page, side_by_side};
use super::other_way_out::ACCEPT_HANDSHAKE;
use super::service_control_policy::{Effect, Says, has_statement};
use super::{OWNERS_PATIENCE, listed, naming};

/// The statement by which AWS keeps the accounts of its sign-up for projects in their organization.
///
/// Source: AWS Account Management Reference Guide, SCPs and RCPs for projects.
const BLOCK_ORG_ESCAPE: &str = "BlockOrgEscape";

/// The policy by which AWS itself lets everything through. Nobody can change it.
const FULL_ACCESS: &str = "p-FullAWSAccess";

/// AWS allows two questions for a policy's text a second. Source: Organizations User Guide, Quotas and service limits.
const SIDE_BY_SIDE: usize = 2;

/// What the owner shows of the policies above an account.
#[derive(Debug, Default)]
pub(super) struct PoliciesAbove {
    levels: Vec<Level>,
    /// Why the way up could not be read to its end.
    problem: Option<Problem>,
    evidence: Vec<Evidence>,
}

/// The account itself, or what it lies in.
#[derive(Debug)]
struct Level {
    place: Place,
    policies: Vec<Attached>,
    problem: Option<Problem>,
}

#[derive(Debug, Clone)]
struct Attached {
    id: String,
    name: String,
    text: Text,
}

/// What a policy's text comes to.
#[derive(Debug, Clone)]
enum Text {
    Says { leaving: Effect, moving: Effect, is_of_a_project: bool },
    NoPolicy,
    NotRead(Problem),
}

/// Reads the way from the account up to the root, and every policy on it, within the time that the owner's answers are waited for.
pub(super) async fn read(owner: &ReadClients, account: &AccountId) -> PoliciesAbove {
    tokio::time::timeout(OWNERS_PATIENCE, every_policy(owner, account)).await.unwrap_or_else(|_| {
        let problem = timed_out(DESCRIBE_POLICY, OWNERS_PATIENCE, owner.now());
        PoliciesAbove { evidence: vec![evidence_of(&problem)], problem: Some(problem), levels: Vec::new() }
    })
}

async fn every_policy(owner: &ReadClients, account: &AccountId) -> PoliciesAbove {
    // Each list is asked for as soon as its place is known: no list waits for the rest of the way.
    let mut asking = JoinSet::new();
    let mut asked_about = 0;
    let mut list = |target: &str| {
        let (place, question) = (asked_about, attached(owner.clone(), target.to_owned()));
        asking.spawn(async move { (place, question.await) });
        asked_about += 1;
    };
    list(account.as_str());
    let (above, problem, mut evidence) = way_up(owner, account, &mut list).await;
    let mut listed: BTreeMap<usize, Listed<PolicySummary>> = BTreeMap::new();
    while let Some(answer) = asking.join_next().await {
        listed.extend(answer.ok());
    }
    let places = std::iter::once(Place::Account).chain(above);
    let lists: Vec<(Place, Listed<PolicySummary>)> =
        places.enumerate().map(|(place, of)| (of, or_broken(listed.remove(&place), owner.now()))).collect();
    evidence.extend(lists.iter().flat_map(|(_, list)| list.evidence.clone()));
    let (texts, of_texts) = every_text(owner, &lists).await;
    evidence.extend(of_texts);
    let level = |(place, list): (Place, Listed<PolicySummary>)| {
        let policies = list.entries.iter().map(|summary| attached_as(summary, &texts, owner.now())).collect();
        Level { place, policies, problem: list.problem }
    };
    PoliciesAbove { levels: lists.into_iter().map(level).collect(), problem, evidence }
}

/// What the account lies in, from the nearest to the root. `found` is told of each as soon as it is known.
async fn way_up(
    owner: &ReadClients,
    account: &AccountId,
    found: &mut (impl FnMut(&str) + Send),
) -> (Vec<Place>, Option<Problem>, Vec<Evidence>) {
    let bounds = &texts::rules().bounds;
    let (mut above, mut evidence) = (Vec::new(), Vec::new());
    let mut child = account.as_str().to_owned();
    for _ in 0..bounds.levels {
        let parents = every_page(
            LIST_PARENTS,
            bounds.list_pages,
            |page| owner.parents(&child, page),
            |output| (output.parents().to_vec(), output.next_token().map(str::to_owned)),
            |parents| match parents.first().and_then(|parent| parent.id()) {
                Some(parent) => format!("{child} lies in {parent}."),
                None => "Nothing on this page.".to_owned(),
            },
        )
        .await;
        evidence.extend(parents.evidence);
        if let Some(problem) = parents.problem {
            return (above, Some(problem), evidence);
        }
        let parent = parents.entries.first().and_then(|parent| Some((parent.id()?.to_owned(), parent.r#type()?)));
        match parent {
            Some((id, ParentType::Root)) => {
                found(&id);
                above.push(Place::Root { target: Own::new(id) });
                return (above, None, evidence);
            }
            Some((id, ParentType::OrganizationalUnit)) => {
                found(&id);
                child.clone_from(&id);
                above.push(Place::Unit { target: id });
            }
            _ => {
                let problem = Problem::malformed(LIST_PARENTS, "The answer does not say what the account lies in.", owner.now());
                return (above, Some(problem), evidence);
            }
        }
    }
    let problem = Problem::malformed(LIST_PARENTS, "The way up to the root does not end.", owner.now());
    (above, Some(problem), evidence)
}

async fn attached(owner: ReadClients, target: String) -> Listed<PolicySummary> {
    every_page(
        LIST_POLICIES_FOR_TARGET,
        texts::rules().bounds.list_pages,
        |page| owner.attached_policies(&target, page),
        |output| (output.policies().to_vec(), output.next_token().map(str::to_owned)),
        |policies| {
            let names: Vec<&str> = policies.iter().filter_map(PolicySummary::name).collect();
            if names.is_empty() {
                format!("None on this page for {target}.")
            } else {
                format!("On {target}: {}.", listed(&names, 10))
            }
        },
    )
    .await
}

fn or_broken(list: Option<Listed<PolicySummary>>, now: Timestamp) -> Listed<PolicySummary> {
    list.unwrap_or_else(|| {
        let problem = internal_problem(LIST_POLICIES_FOR_TARGET, "The question broke off.", now);
        Listed { entries: Vec::new(), problem: Some(problem), is_cut_off: false, evidence: Vec::new() }
    })
}

/// The text of every policy in the lists but AWS's own, each asked for once.
async fn every_text(owner: &ReadClients, lists: &[(Place, Listed<PolicySummary>)]) -> (BTreeMap<String, Text>, Vec<Evidence>) {
    let mut seen = BTreeSet::new();
    let policies = lists.iter().flat_map(|(_, list)| &list.entries).filter(|policy| !is_full_access(policy));
    let mut ids: Vec<String> =
        policies.filter_map(PolicySummary::id).map(str::to_owned).filter(|id| seen.insert(id.clone())).collect();
    // Those beyond stay unread, and so not known.
    ids.truncate(texts::rules().bounds.policies);
    let ask = |id: String| {
        let owner = owner.clone();
        async move { owner.policy(&id).await }
    };
    let answers = side_by_side(ids.clone(), SIDE_BY_SIDE, ask).await;
    let (mut texts, mut evidence) = (BTreeMap::new(), Vec::new());
    for (id, answer) in ids.into_iter().zip(answers) {
        let answer: Recorded<Policy> =
            answer.unwrap_or_else(|| Recorded::failed(internal_problem(DESCRIBE_POLICY, "The question broke off.", owner.now())));
        let of_policy = |policy: &Policy| match read_text(policy) {
            Text::Says { leaving, .. } => format!("{id}: {}", said(leaving.denies)),
            Text::NoPolicy | Text::NotRead(_) => format!("{id}: its text is none that this program can read."),
        };
        evidence.push(answer.told(of_policy));
        let text = match &answer.result {
            Ok(policy) => read_text(policy),
            Err(problem) => Text::NotRead(problem.clone()),
        };
        texts.insert(id, text);
    }
    (texts, evidence)
}

fn said(denies: Says) -> &'static str {
    match denies {
        Says::No => "it does not deny leaving.",
        Says::Perhaps => "it may deny leaving.",
        Says::Yes => "it denies leaving.",
    }
}

fn is_full_access(policy: &PolicySummary) -> bool {
    policy.aws_managed() && policy.id() == Some(FULL_ACCESS)
}

fn read_text(policy: &Policy) -> Text {
    let of = |action| Effect::read(policy.content().unwrap_or_default(), action);
    match (of(LEAVE_ORGANIZATION), of(ACCEPT_HANDSHAKE)) {
        (Some(leaving), Some(moving)) => {
            let is_of_a_project = has_statement(policy.content().unwrap_or_default(), BLOCK_ORG_ESCAPE);
            Text::Says { leaving, moving, is_of_a_project }
        }
        _ => Text::NoPolicy,
    }
}

fn attached_as(summary: &PolicySummary, texts: &BTreeMap<String, Text>, now: Timestamp) -> Attached {
    let id = summary.id().unwrap_or_default().to_owned();
    let text = if is_full_access(summary) {
        Text::Says { leaving: Effect::FULL_ACCESS, moving: Effect::FULL_ACCESS, is_of_a_project: false }
    } else {
        let beyond = || Text::NotRead(Problem::malformed(DESCRIBE_POLICY, "There are too many policies to read them all.", now));
        texts.get(&id).cloned().unwrap_or_else(beyond)
    };
    Attached { name: summary.name().unwrap_or(&id).to_owned(), id, text }
}

/// What all levels together come to.
struct Weighed {
    denies: Says,
    complete: bool,
    lines: Vec<PermissionLine>,
}

fn weigh(above: &PoliciesAbove) -> Weighed {
    let mut weighed = Weighed { denies: Says::No, complete: above.problem.is_none(), lines: Vec::new() };
    for level in &above.levels {
        weighed.take(level);
    }
    let unread = above.levels.iter().map(|level| &level.problem).chain([&above.problem]).flatten().next();
    weighed.lines.extend(unread.map(|problem| PermissionLine::PoliciesNotRead { why: problem.kind }));
    weighed
}

impl Weighed {
    fn take(&mut self, level: &Level) {
        let mut allows = Says::No;
        let mut complete = level.problem.is_none();
        // AWS promises no order, and another one is no change.
        let mut policies: Vec<&Attached> = level.policies.iter().collect();
        policies.sort_by(|one, other| one.id.cmp(&other.id));
        for Attached { id, name, text } in policies {
            let (name, id, at) = (Own::new(name), Own::new(id), level.place.clone());
            match text {
                Text::Says { leaving, moving, .. } => {
                    self.denies = self.denies.max(leaving.denies);
                    allows = allows.max(leaving.allows);
                    let says = [
                        (leaving.denies, PolicySays::Denies, PolicySays::MayDeny),
                        (moving.denies, PolicySays::DeniesMoving, PolicySays::MayDenyMoving),
                    ];
                    self.lines.extend(says.into_iter().filter_map(|(denies, surely, perhaps)| {
                        let says = match denies {
                            Says::No => return None,
                            Says::Perhaps => perhaps,
                            Says::Yes => surely,
                        };
                        Some(PermissionLine::Policy { name: name.clone(), id: id.clone(), at: at.clone(), says })
                    }));
                }
                Text::NoPolicy => {
                    complete = false;
                    self.lines.push(PermissionLine::Policy { name, id, at, says: PolicySays::NotUnderstood });
                }
                Text::NotRead(problem) => {
                    complete = false;
                    self.lines.push(PermissionLine::PolicyNotRead { name, id, at, why: problem.kind });
                }
            }
        }
        self.complete &= complete;
        // Where service control policies are in use, each level has one. Source: Organizations User Guide, SCP evaluation.
        if level.policies.is_empty() || !complete || allows == Says::Yes {
            return;
        }
        let at = level.place.clone();
        let (denies, line) = match allows {
            Says::No => (Says::Yes, PermissionLine::NothingAllows { at }),
            Says::Perhaps | Says::Yes => (Says::Perhaps, PermissionLine::MayNotAllow { at }),
        };
        self.denies = self.denies.max(denies);
        self.lines.push(line);
    }
}

impl PoliciesAbove {
    /// Adds to what the member found out.
    pub fn add_to(self, finding: Finding) -> Finding {
        let Weighed { denies, complete, mut lines } = weigh(&self);
        let fact = if let Some(Fact::Permission(fact)) = finding.fact() { Some(fact.clone()) } else { None };
        let is_like_a_project = fact == Some(LooksLikeAProject);
        let the_simulator_says_so = is_like_a_project || matches!(fact, Some(LeaveDeniedByServiceControlPolicy { .. }));
        let policies = self.levels.iter().flat_map(|level| &level.policies);
        let count = policies.clone().map(|policy| policy.id.as_str()).collect::<BTreeSet<_>>().len();
        if denies == Says::No && complete {
            lines.insert(
                0,
                if the_simulator_says_so {
                    PermissionLine::SimulatorAlone { count }
                } else {
                    PermissionLine::NoPolicyDenies { count }
                },
            );
        }
        let is_a_project = policies.clone().any(|policy| matches!(policy.text, Text::Says { is_of_a_project: true, .. }));
        let own = policies.filter(|policy| policy.id != FULL_ACCESS).flat_map(|policy| [&policy.name, &policy.id]);
        let roots = self.levels.iter().filter_map(|level| match &level.place {
            Place::Root { target } => Some(target.as_str()),
            Place::Account | Place::Unit { .. } => None,
        });
        let finding = finding.lines(lines).evidence(naming(self.evidence, own.map(String::as_str).chain(roots)));
        // Where the account's own policies stand in the way, that stays the first thing to say; the lines say the rest.
        let of_the_account = finding.verdict == Verdict::Unmet && !matches!(fact, Some(LeaveDeniedBySomething { .. }));
        match denies {
            Says::Yes if is_a_project => finding.instead(Project, Verdict::Unmet).predicted(),
            Says::Yes if the_simulator_says_so || !of_the_account => {
                finding.instead(LeaveDeniedByServiceControlPolicy { shown: true }, Verdict::Unmet).predicted()
            }
            // Every policy was read, and none is the one by which a project is known.
            Says::Perhaps | Says::No if complete && is_like_a_project => {
                finding.instead(LeaveDeniedByServiceControlPolicy { shown: false }, Verdict::Unmet)
            }
            Says::Yes | Says::Perhaps | Says::No => finding,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checklist::ProblemKind;
    use crate::checklist::facts::{Few, PermissionFact};
    use crate::checklist::{Partition, StepId, VerdictKind};

    fn policy(id: &str, statement: &str) -> Attached {
        let content = format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#);
        Attached { id: id.to_owned(), name: format!("Policy {id}"), text: read_text(&Policy::builder().content(content).build()) }
    }

    fn full_access() -> Attached {
        policy(FULL_ACCESS, r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#)
    }

    fn level(place: Place, policies: Vec<Attached>) -> Level {
        Level { place, policies, problem: None }
    }

    fn found(finding: Finding, levels: Vec<Level>) -> Finding {
        let evidence =
            vec![Recorded::<()>::failed(Problem::malformed("x:Y", "", Timestamp::UNIX_EPOCH)).told(|()| String::new())];
        let above = PoliciesAbove { levels, evidence, ..PoliciesAbove::default() };
        above.add_to(finding).finish(Partition::Aws, jiff::Timestamp::UNIX_EPOCH)
    }

    fn allowed() -> Finding {
        let fact = PermissionFact::Allowed { principal: Own::new("root"), missing: Few::default() };
        Finding::new(StepId::Permission, fact, Verdict::Met).predicted()
    }

    fn denied_by_the_organization() -> Finding {
        let fact = LeaveDeniedByServiceControlPolicy { shown: false };
        Finding::new(StepId::Permission, fact, Verdict::Unmet).predicted()
    }

    const DENIED: &str = "leave-denied-by-service-control-policy";

    #[test]
    fn a_text_that_is_no_policy_is_not_read_as_one_that_does_not_deny() {
        for text in [r#""Deny""#, r#"{"Effect":"Deny"}"#] {
            let levels =
                vec![level(Place::Root { target: Own::new("r-ab12") }, vec![full_access(), policy("p-broken000", text)])];
            let finding = found(allowed(), levels);
            assert_eq!((finding.found.name(), finding.verdict.kind()), ("allowed", VerdictKind::Met));
            assert_eq!(finding.wording().details.len(), 1, "{finding:#?}");
            assert!(
                finding.wording().details[0].contains("its text could not be read, so whether it forbids leaving is not known")
            );
        }
    }

    #[test]
    fn where_the_owner_shows_no_policy_that_denies_the_simulators_word_stands_and_both_are_told() {
        let levels = vec![
            level(Place::Account, vec![full_access()]),
            level(Place::Root { target: Own::new("r-ab12") }, vec![full_access()]),
        ];
        let finding = found(denied_by_the_organization(), levels);
        assert_eq!(
            (finding.found.name(), finding.verdict.kind()),
            ("leave-denied-by-service-control-policy", VerdictKind::Unmet)
        );
        let [line] = &finding.wording().details[..] else { panic!("{finding:#?}") };
        assert!(
            line.starts_with("The organization's owner shows one service control policy for this account, and none"),
            "{line}"
        );
        assert!(finding.wording().not_proven.clone().unwrap().contains("the policy simulator's word"));
    }

    #[test]
    fn a_deny_that_the_simulator_did_not_see_counts_and_names_whom_to_ask() {
        let deny = policy("p-denies0000", r#"{"Effect":"Deny","Action":"organizations:Leave*","Resource":"*"}"#);
        let finding =
            found(allowed(), vec![level(Place::Unit { target: "ou-ab12-abcdefgh".to_owned() }, vec![full_access(), deny])]);
        assert_eq!(
            (finding.found.name(), finding.verdict.kind()),
            ("leave-denied-by-service-control-policy", VerdictKind::Unmet)
        );
        assert!(!finding.is_proven_unmet());
        assert_eq!(
            finding.wording().details,
            [
                "Service control policy Policy p-denies0000 (p-denies0000), attached to the organizational unit ou-ab12-abcdefgh: it \
              forbids leaving."
            ]
        );
        assert!(
            finding.wording().todo[0].contains("organization's owner")
                && finding.wording().not_proven.clone().unwrap().contains("was read")
        );
        assert!(finding.evidence[0].own.contains(&Own::new("Policy p-denies0000")));
    }

    #[test]
    fn a_project_of_the_new_sign_up_is_known_by_the_id_of_its_statement_and_by_nothing_else() {
        let deny = |sid: &str| {
            let statement =
                format!(r#"[{{"Sid":"{sid}","Effect":"Deny","Action":"organizations:LeaveOrganization","Resource":"*"}}]"#);
            vec![level(Place::Root { target: Own::new("r-ab12") }, vec![full_access(), policy("p-denies0000", &statement)])]
        };
        let guessed = || denied_by_the_organization().instead(LooksLikeAProject, Verdict::Unmet);
        for draft in [allowed(), denied_by_the_organization(), guessed()] {
            let finding = found(draft, deny("BlockOrgEscape"));
            assert_eq!((finding.found.name(), finding.verdict.kind()), ("project", VerdictKind::Unmet));
            assert!(
                !finding.is_proven_unmet() && finding.wording().summary.starts_with("This account is very likely a project"),
                "{finding:#?}"
            );
        }
        // A guess does not outlive the reading of the policies.
        for draft in [allowed(), guessed()] {
            assert_eq!(found(draft, deny("DenyLeaving")).found.name(), DENIED);
        }
        assert_eq!(found(guessed(), vec![level(Place::Account, vec![full_access()])]).found.name(), DENIED);
        let unread = level(Place::Account, vec![full_access(), policy("p-broken0000", "1")]);
        assert_eq!(found(guessed(), vec![unread]).found.name(), "looks-like-a-project");
        // A policy that is there and forbids nothing is no sign.
        let harmless = policy("p-other00000", r#"[{"Sid":"BlockOrgEscape","Effect":"Deny","Action":"s3:*","Resource":"*"}]"#);
        assert_eq!(found(allowed(), vec![level(Place::Account, vec![full_access(), harmless])]).found.name(), "allowed");
    }

    #[test]
    fn every_level_needs_a_policy_that_allows_unless_none_is_attached_at_all() {
        let list = || policy("p-list000000", r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#);
        let perhaps = r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:ViaAWSService":"true"}}}"#;
        let root = || Place::Root { target: Own::new("r-ab12") };
        for (levels, verdict, line) in [
            (
                vec![level(Place::Account, vec![full_access()]), level(root(), vec![list()])],
                VerdictKind::Unmet,
                "No service control",
            ),
            (vec![level(Place::Account, vec![list(), full_access()])], VerdictKind::Met, "The organization's owner shows 2"),
            (
                vec![level(Place::Account, vec![policy("p-perhaps000", perhaps)])],
                VerdictKind::Met,
                "allow leaving only under a condition",
            ),
            (
                vec![level(Place::Account, Vec::new()), level(root(), Vec::new())],
                VerdictKind::Met,
                "shows 0 service control policies",
            ),
        ] {
            let finding = found(allowed(), levels);
            assert_eq!(finding.verdict.kind(), verdict, "{finding:#?}");
            assert!(finding.wording().details.len() == 1 && finding.wording().details[0].contains(line), "{line}: {finding:#?}");
        }
        // A list that broke off may hold the one that allows.
        let problem = Some(Problem::here(ProblemKind::Throttled, LIST_POLICIES_FOR_TARGET, "", Timestamp::UNIX_EPOCH));
        let finding = found(allowed(), vec![Level { place: root(), policies: vec![list()], problem }]);
        assert_eq!(finding.verdict.kind(), VerdictKind::Met);
        assert!(
            finding.wording().details[0].starts_with("Not every service control policy above this account could be looked at.")
        );
    }
}
