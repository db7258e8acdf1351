//! `membership`: is the account a member of an organization that it can leave?

use aws_sdk_organizations::types::Tag;

use crate::aws::check_run::CheckRun;
use crate::aws::read_clients::{DESCRIBE_ORGANIZATION, LIST_TAGS_FOR_RESOURCE, ReadClients};
use crate::checklist::facts::MembershipFact::{
    AlreadyStandalone, ManagementAccount, Member, MemberStateNotTold, NotActive, SignUpIncomplete, UnfamiliarState,
};
use crate::checklist::facts::{MembershipLine, Own};
use crate::checklist::{AccountId, FactLine, Finding, Membership, Problem, StepId, Verdict, texts};

use super::many::{Listed, every_page};
use super::{details_fact, identity_fact, membership_fact, naming, unknown};

const STEP: StepId = StepId::Membership;

pub(super) async fn check(round: &CheckRun) -> Finding {
    let (finding, owner, identity) = tokio::join!(of_the_member(round), round.management(), round.identity());
    match (owner, &identity.result) {
        (Some(Err(refused)), _) => finding.line(FactLine::OwnerNotUsed(refused.why)),
        // The management account's own tags go nowhere.
        (Some(Ok(owner)), Ok(caller)) if caller.account != owner.proof.account => {
            with_tags(finding, Box::pin(every_tag(owner.questions, &caller.account)).await)
        }
        (None | Some(Ok(_)), _) => finding,
    }
}

/// The tags that the organization keeps on the account. AWS deletes them when it leaves.
async fn every_tag(owner: &ReadClients, account: &AccountId) -> Listed<Tag> {
    every_page(
        LIST_TAGS_FOR_RESOURCE,
        texts::rules().bounds.list_pages,
        |page| owner.account_tags(account, page),
        |output| (output.tags().to_vec(), output.next_token().map(str::to_owned)),
        |tags| {
            // All of them: a report may be the only place where they are still to be found one day.
            let pairs: Vec<String> = tags.iter().map(pair).collect();
            if pairs.is_empty() { "No tag on this page.".to_owned() } else { format!("Tags: {}.", pairs.join("; ")) }
        },
    )
    .await
}

fn pair(tag: &Tag) -> String {
    format!("{} = {}", tag.key(), tag.value())
}

/// Says which tags there are. It changes nothing about the membership.
fn with_tags(finding: Finding, mut tags: Listed<Tag>) -> Finding {
    // AWS promises no order, and another one is no change.
    tags.entries.sort_by(|one, other| one.key().cmp(other.key()));
    let heading = match (tags.problem.map(|problem| problem.kind), tags.entries.len()) {
        (None, 0) => MembershipLine::NoTags,
        (Some(why), 0) => MembershipLine::TagsNotRead { why },
        (None, count) => MembershipLine::Tags { count },
        (Some(why), count) => MembershipLine::SomeTags { count, why },
    };
    let each = tags.entries.iter().map(|tag| MembershipLine::Tag { key: tag.key().to_owned(), value: Own::new(tag.value()) });
    finding.line(heading).lines(each).evidence(naming(tags.evidence, tags.entries.iter().map(Tag::value)))
}

/// What the member can find out by itself.
async fn of_the_member(round: &CheckRun) -> Finding {
    let (identity, membership, details) = tokio::join!(round.identity(), round.membership(), round.details());
    let evidence = [identity_fact(identity), membership_fact(membership), details_fact(details)];
    let caller = match &identity.result {
        Ok(caller) => caller,
        Err(problem) => return unknown(STEP, problem).evidence(evidence),
    };
    let not_said = |why: &str| unknown(STEP, &Problem::malformed(DESCRIBE_ORGANIZATION, why, round.now()));
    let account = caller.account.clone();
    let organization = match &membership.result {
        Ok(Membership::Member(organization)) => organization,
        Ok(Membership::Standalone) => {
            return Finding::new(STEP, AlreadyStandalone { account }, Verdict::Met).evidence(evidence);
        }
        Ok(Membership::Unknown) => return not_said("The answer says nothing.").evidence(evidence),
        Err(problem) => return unknown(STEP, problem).evidence(evidence),
    };
    let (id, owner) = (organization.id.clone(), organization.management_account.clone());
    let finding = match (&owner, &details.result) {
        (Some(owner), _) if *owner == account => {
            Finding::new(STEP, ManagementAccount { account, organization: id }, Verdict::Unmet)
        }
        (None, _) => not_said("The answer does not name the organization's owner."),
        (Some(_), Err(problem)) => unknown(STEP, problem),
        (Some(_), Ok(details)) => by_state(details.state.as_deref(), id, owner),
    };
    finding.evidence(evidence)
}

/// What the account's state means for a member of `organization`.
fn by_state(state: Option<&str>, organization: String, owner: Option<AccountId>) -> Finding {
    let told = state.unwrap_or_default().to_owned();
    match state {
        Some("ACTIVE") => Finding::new(STEP, Member { organization, owner }, Verdict::Met),
        Some("SUSPENDED" | "CLOSED" | "PENDING_CLOSURE") => Finding::new(STEP, NotActive { state: told }, Verdict::Unmet),
        Some("PENDING_ACTIVATION") => Finding::new(STEP, SignUpIncomplete { state: told }, Verdict::Unmet).predicted(),
        Some(_) => Finding::new(STEP, UnfamiliarState { state: told }, Verdict::Unmet).predicted(),
        // AWS proved the membership and was asked for the state; it names none.
        None => Finding::new(STEP, MemberStateNotTold { organization, owner }, Verdict::Met).predicted(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checklist::Confidence;

    #[test]
    fn a_state_that_nobody_knows_is_no_proof_of_anything() {
        let found = |state| {
            let finding = by_state(state, "o-1".to_owned(), None);
            (finding.found.name().to_owned(), finding.verdict, finding.confidence)
        };
        assert_eq!(found(Some("ON_HOLIDAY")), ("unfamiliar-state".into(), Verdict::Unmet, Confidence::Predicted));
        assert_eq!(found(None), ("member-state-not-told".into(), Verdict::Met, Confidence::Predicted));
        assert_eq!(found(Some("PENDING_CLOSURE")), ("not-active".into(), Verdict::Unmet, Confidence::Proven));
    }
}
