//! The StackSets by which the organization's owner has stacks in this account: which of them are deleted when it leaves?
//!
//! It adds lines to `old-owner-access`. Only the owner sees this, one region at a time; what was not looked at is said.
//!
//! Source: CloudFormation User Guide, Automatic deployments for StackSets in AWS Organizations.

use aws_sdk_cloudformation::types::{PermissionModels, StackInstanceSummary, StackSet, StackSetSummary};

use crate::aws::ask::{Recorded, evidence_of};
use crate::aws::check_run::CheckRun;
use crate::aws::owner::{NotTheOwner, Owner};
use crate::aws::problem::{internal_problem, timed_out};
use crate::aws::read_clients::{LIST_STACK_INSTANCES, LIST_STACK_SETS, StackSetReads};
use crate::checklist::facts::{Few, OldOwnerAccessFact, OldOwnerAccessLine, Own};
use crate::checklist::{AccountId, Evidence, FactLine, Finding, Membership, Problem, Verdict, texts};

use super::many::{Listed, every_page, side_by_side};
use super::{OWNERS_PATIENCE, listed, naming};

/// StackSets that are looked into at the same time, with two questions each.
const SIDE_BY_SIDE: usize = 4;

/// What the owner shows of its StackSets.
pub(super) enum StackSets {
    /// The account has no owner to ask: it is in no organization, or owns one itself.
    NoOwner,
    /// No management profile was given.
    NotAsked,
    /// The one that was given is not used.
    NotUsed(NotTheOwner),
    Looked(Vec<Region>),
}

/// What was found in one region.
pub(super) struct Region {
    name: String,
    with_stacks_here: Vec<Here>,
    left_out: usize,
    problem: Option<Problem>,
    evidence: Vec<Evidence>,
}

/// A StackSet that has stacks in this account.
struct Here {
    name: String,
    fate: Fate,
    /// Whether a role of its own runs its stacks.
    has_own_role: bool,
}

/// What the names of execution roles begin with that somebody wrote for a StackSet of the organization.
///
/// Source: botocore 1.44.8, `cloudformation` 2010-05-15, `UpdateStackSet`.
const OWN_ROLE: &str = "stacksets-exec-custom-";

/// What becomes of a StackSet's stacks when the account leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Deleted,
    Kept,
    NotTold,
}

/// Asks the owner in the region of its own profile, and in the member's if that is another one, both at the same time.
pub(super) async fn look(round: &CheckRun) -> StackSets {
    let (owner, identity, membership) = tokio::join!(round.management(), round.identity(), round.membership());
    let owned_by = |account: &AccountId| match &membership.result {
        Ok(Membership::Member(organization)) => organization.management_account.as_ref() == Some(account),
        Ok(Membership::Standalone) => true,
        Ok(Membership::Unknown) | Err(_) => false,
    };
    let owner = match owner {
        None if identity.result.as_ref().is_ok_and(|caller| owned_by(&caller.account)) => {
            return StackSets::NoOwner;
        }
        None => return StackSets::NotAsked,
        Some(Err(refused)) => return StackSets::NotUsed(refused),
        Some(Ok(owner)) => owner,
    };
    match &identity.result {
        Ok(caller) if caller.account != owner.proof.account => {
            StackSets::Looked(in_regions(&owner, &round.member.region, &caller.account).await)
        }
        _ => StackSets::NoOwner,
    }
}

async fn in_regions(owner: &Owner<'_>, members: &str, account: &AccountId) -> Vec<Region> {
    let own = &owner.questions.region;
    let in_own = in_region(owner.questions.stack_sets_in(own), account);
    if members == own {
        return vec![in_own.await];
    }
    let (in_own, in_members) = tokio::join!(in_own, in_region(owner.questions.stack_sets_in(members), account));
    vec![in_own, in_members]
}

async fn in_region(questions: StackSetReads, account: &AccountId) -> Region {
    let (name, clock) = (questions.region.clone(), questions.clock.clone());
    tokio::time::timeout(OWNERS_PATIENCE, every_stack_set(questions, account)).await.unwrap_or_else(|_| {
        let problem = timed_out(LIST_STACK_INSTANCES, OWNERS_PATIENCE, clock.now());
        let evidence = vec![evidence_of(&problem)];
        Region { name, with_stacks_here: Vec::new(), left_out: 0, problem: Some(problem), evidence }
    })
}

async fn every_stack_set(questions: StackSetReads, account: &AccountId) -> Region {
    let bounds = &texts::rules().bounds;
    let list = every_page(
        LIST_STACK_SETS,
        bounds.list_pages,
        |page| questions.stack_sets(page),
        |output| (output.summaries().to_vec(), output.next_token().map(str::to_owned)),
        |sets| {
            let names: Vec<&str> = sets.iter().filter_map(StackSetSummary::stack_set_name).collect();
            let region = &questions.region;
            if names.is_empty() {
                format!("No StackSet on this page, in {region}.")
            } else {
                format!("In {region}: {}.", listed(&names, 10))
            }
        },
    )
    .await;
    // Only those that follow the organization do something when an account leaves it.
    let follows = |set: &&StackSetSummary| set.permission_model() == Some(&PermissionModels::ServiceManaged);
    let mut names: Vec<String> =
        list.entries.iter().filter(follows).filter_map(|set| set.stack_set_name()).map(str::to_owned).collect();
    let left_out = names.len().saturating_sub(bounds.stack_sets);
    names.truncate(bounds.stack_sets);
    let ask = |name: String| look_into(questions.clone(), name, account.clone());
    let answers = side_by_side(names.clone(), SIDE_BY_SIDE, ask).await;
    let mut region = Region {
        name: questions.region.clone(),
        with_stacks_here: Vec::new(),
        left_out,
        problem: list.problem,
        evidence: list.evidence,
    };
    for (name, answer) in names.into_iter().zip(answers) {
        let Some((set, stacks)) = answer else {
            region
                .problem
                .get_or_insert_with(|| internal_problem(LIST_STACK_INSTANCES, "The question broke off.", questions.clock.now()));
            continue;
        };
        region.take(name, &set, stacks);
    }
    region
}

async fn look_into(
    questions: StackSetReads,
    name: String,
    account: AccountId,
) -> (Recorded<StackSet>, Listed<StackInstanceSummary>) {
    let stacks = every_page(
        LIST_STACK_INSTANCES,
        texts::rules().bounds.list_pages,
        |page| questions.stacks(&name, &account, page),
        |output| (output.summaries().to_vec(), output.next_token().map(str::to_owned)),
        |stacks| match stacks.len() {
            0 => format!("{name} has no stack here on this page."),
            1 => format!("{name} has a stack here."),
            count => format!("{name} has {count} stacks here."),
        },
    );
    tokio::join!(questions.stack_set(&name), stacks)
}

impl Region {
    fn take(&mut self, name: String, set: &Recorded<StackSet>, stacks: Listed<StackInstanceSummary>) {
        let described = set.told(|set| match fate(set) {
            Fate::Deleted => format!("{name} deletes its stacks in an account that leaves."),
            Fate::Kept => format!("{name} leaves its stacks in an account that leaves."),
            Fate::NotTold => format!("{name} does not say what becomes of its stacks."),
        });
        self.evidence.push(described);
        self.evidence.extend(stacks.evidence);
        // A stack that was listed is here, whatever a later page would have said.
        if stacks.entries.is_empty() {
            self.problem = self.problem.take().or(stacks.problem);
            return;
        }
        let fate = match &set.result {
            Ok(set) => fate(set),
            Err(problem) => {
                self.problem.get_or_insert_with(|| problem.clone());
                Fate::NotTold
            }
        };
        let role = set.result.as_ref().ok().and_then(StackSet::execution_role_name);
        self.with_stacks_here.push(Here { name, fate, has_own_role: role.is_some_and(|role| role.starts_with(OWN_ROLE)) });
    }

    /// What of it was not looked at.
    fn not_looked_at(&self) -> impl Iterator<Item = OldOwnerAccessLine> {
        let region = || self.name.clone();
        let why = self.problem.as_ref().map(|problem| problem.kind);
        let not_read = why.map(|why| OldOwnerAccessLine::StackSetsNotRead { region: region(), why });
        let left_out = OldOwnerAccessLine::StackSetsLeftOut { region: region(), count: self.left_out };
        not_read.into_iter().chain((self.left_out > 0).then_some(left_out))
    }
}

fn fate(set: &StackSet) -> Fate {
    let Some(follows) = set.auto_deployment() else { return Fate::NotTold };
    match (follows.enabled(), follows.retain_stacks_on_account_removal()) {
        (Some(false), _) | (Some(true), Some(true)) => Fate::Kept,
        (Some(true), Some(false)) => Fate::Deleted,
        (None, _) | (Some(true), None) => Fate::NotTold,
    }
}

impl StackSets {
    /// Adds to what was found of the old owner's roles.
    pub fn add_to(self, finding: Finding) -> Finding {
        let mut regions = match self {
            Self::NoOwner => return finding,
            Self::NotAsked => return finding.line(OldOwnerAccessLine::StackSetsNotAsked),
            Self::NotUsed(refused) => {
                return finding.line(FactLine::OwnerNotUsed(refused.why)).line(OldOwnerAccessLine::StackSetsNotKnown);
            }
            Self::Looked(regions) => regions,
        };
        // AWS promises no order, and another one is no change.
        for region in &mut regions {
            region.with_stacks_here.sort_by(|one, other| one.name.cmp(&other.name));
        }
        let here = || regions.iter().flat_map(|region| region.with_stacks_here.iter().map(move |here| (region, here)));
        let deleting: Vec<Own> =
            here().filter(|(_, here)| here.fate == Fate::Deleted).map(|(_, here)| Own::new(&here.name)).collect();
        let names: Vec<&str> = regions.iter().map(|region| region.name.as_str()).collect();
        let looked_at = OldOwnerAccessLine::StackSetsLookedAt {
            regions: names.join(", "),
            count: here().count(),
            incomplete: regions.iter().any(|region| region.problem.is_some() || region.left_out > 0),
        };
        let finding = finding
            .lines(here().map(|(region, here)| here.line(&region.name)))
            .lines(regions.iter().flat_map(Region::not_looked_at))
            .line(looked_at);
        let finding = if deleting.is_empty() || finding.verdict != Verdict::Met {
            finding
        } else {
            let (count, stack_sets) = (deleting.len(), Few::of(deleting, 3));
            finding.instead(OldOwnerAccessFact::StacksWillBeDeleted { stack_sets, deleting: count }, Verdict::NeedsYou)
        };
        let names: Vec<String> = here().map(|(_, here)| here.name.clone()).collect();
        finding.evidence(naming(regions.into_iter().flat_map(|region| region.evidence).collect(), names))
    }
}

impl Here {
    fn line(&self, region: &str) -> OldOwnerAccessLine {
        let (name, region) = (Own::new(&self.name), region.to_owned());
        match self.fate {
            Fate::Deleted => OldOwnerAccessLine::StackSetDeletes { name, region, own_role: self.has_own_role },
            Fate::Kept => OldOwnerAccessLine::StackSetKeeps { name, region },
            Fate::NotTold => OldOwnerAccessLine::StackSetNotTold { name, region },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_cloudformation::types::AutoDeployment;

    #[test]
    fn stacks_are_deleted_only_where_the_stack_set_follows_the_organization_and_does_not_say_that_they_stay() {
        let set = |enabled: Option<bool>, retain: Option<bool>| {
            let follows = AutoDeployment::builder().set_enabled(enabled).set_retain_stacks_on_account_removal(retain).build();
            fate(&StackSet::builder().auto_deployment(follows).build())
        };
        for (enabled, retain, wanted) in [
            (Some(true), Some(false), Fate::Deleted),
            (Some(true), Some(true), Fate::Kept),
            (Some(false), Some(false), Fate::Kept),
            (Some(false), None, Fate::Kept),
            (Some(true), None, Fate::NotTold),
            (None, Some(false), Fate::NotTold),
        ] {
            assert_eq!(set(enabled, retain), wanted, "{enabled:?} {retain:?}");
        }
        assert_eq!(fate(&StackSet::builder().build()), Fate::NotTold);
    }
}
