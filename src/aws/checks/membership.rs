//! `membership`: is the account a member of an organization that it can leave?

use aws_sdk_organizations::types::Tag;
use serde_json::json;

use crate::aws::owner::Management;
use crate::aws::questions::{DESCRIBE_ORGANIZATION, LIST_TAGS_FOR_RESOURCE, Questions};
use crate::aws::round::Round;
use crate::checklist::{AccountId, Confidence, Draft, Membership, Problem, StepId, Verdict, texts};

use super::many::{Listed, every_page};
use super::{details_fact, identity_fact, membership_fact, owner_not_used, unknown};

const STEP: StepId = StepId::Membership;

pub(super) async fn check(round: &Round) -> Draft {
    let (draft, owner, identity) = tokio::join!(of_the_member(round), round.management(), round.identity());
    match (owner, &identity.result) {
        (Management::Unusable(refused), _) => owner_not_used(draft, &refused),
        // The management account's own tags go nowhere.
        (Management::Usable(owner), Ok(caller)) if caller.account != owner.proof.account => {
            with_tags(draft, Box::pin(every_tag(owner.questions, &caller.account)).await)
        }
        (Management::NotGiven | Management::Usable(_), _) => draft,
    }
}

/// The tags that the organization keeps on the account. AWS deletes them when it leaves.
async fn every_tag(owner: &Questions, account: &AccountId) -> Listed<Tag> {
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
fn with_tags(draft: Draft, mut tags: Listed<Tag>) -> Draft {
    // AWS promises no order, and another one is no change.
    tags.entries.sort_by(|one, other| one.key().cmp(other.key()));
    let count = tags.entries.len();
    let draft = match (&tags.problem, count) {
        (None, 0) => draft.line("no-tags", json!({})),
        (Some(problem), 0) => draft.line("tags-not-read", json!({ "why": texts::problem(problem.kind).cause })),
        (None, _) => draft.line("tags", json!({ "count": count })),
        (Some(problem), _) => draft.line("some-tags", json!({ "count": count, "why": texts::problem(problem.kind).cause })),
    };
    let pairs = tags.entries.iter().map(pair);
    let draft = pairs.fold(draft, |draft, pair| draft.detail(&pair).subject(&pair));
    draft.private(tags.entries.iter().map(Tag::value)).evidence(tags.evidence)
}

/// What the member can find out by itself.
async fn of_the_member(round: &Round) -> Draft {
    let (identity, membership, details) = tokio::join!(round.identity(), round.membership(), round.details());
    let evidence = [identity_fact(identity), membership_fact(membership), details_fact(details)];
    let caller = match &identity.result {
        Ok(caller) => caller,
        Err(problem) => return unknown(STEP, problem).evidence(evidence),
    };
    let organization = match &membership.result {
        Ok(Membership::Member(organization)) => organization,
        Ok(Membership::Standalone) => {
            return Draft::new(STEP, "already-standalone", Verdict::Met)
                .value("account", caller.account.as_str())
                .evidence(evidence);
        }
        Ok(Membership::Unknown) => {
            let problem = Problem::malformed(DESCRIBE_ORGANIZATION, "The answer says nothing.", round.now());
            return unknown(STEP, &problem).evidence(evidence);
        }
        Err(problem) => return unknown(STEP, problem).evidence(evidence),
    };
    let found = |rule: &str, verdict: Verdict| {
        Draft::new(STEP, rule, verdict)
            .value("account", caller.account.as_str())
            .value("organization", organization.id.as_str())
            .value("owner", organization.management_account.as_ref().map(AccountId::as_str))
    };
    match &organization.management_account {
        Some(owner) if *owner == caller.account => return found("management-account", Verdict::Unmet).evidence(evidence),
        Some(_) => {}
        None => {
            let problem =
                Problem::malformed(DESCRIBE_ORGANIZATION, "The answer does not name the organization's owner.", round.now());
            return unknown(STEP, &problem).evidence(evidence);
        }
    }
    let state = match &details.result {
        Ok(details) => details.state.as_deref(),
        Err(problem) => return unknown(STEP, problem).evidence(evidence),
    };
    let (rule, verdict, confidence) = by_state(state);
    let draft = found(rule, verdict).value("state", state).evidence(evidence);
    if confidence == Confidence::Predicted { draft.predicted() } else { draft }
}

/// What the account's state means for a member.
fn by_state(state: Option<&str>) -> (&'static str, Verdict, Confidence) {
    match state {
        Some("ACTIVE") => ("member", Verdict::Met, Confidence::Proven),
        Some("SUSPENDED" | "CLOSED" | "PENDING_CLOSURE") => ("not-active", Verdict::Unmet, Confidence::Proven),
        Some("PENDING_ACTIVATION") => ("sign-up-incomplete", Verdict::Unmet, Confidence::Predicted),
        Some(_) => ("unfamiliar-state", Verdict::Unmet, Confidence::Predicted),
        // AWS proved the membership and was asked for the state; it names none.
        None => ("member-state-not-told", Verdict::Met, Confidence::Predicted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_nobody_knows_is_no_proof_of_anything() {
        assert_eq!(by_state(Some("ON_HOLIDAY")), ("unfamiliar-state", Verdict::Unmet, Confidence::Predicted));
        assert_eq!(by_state(None), ("member-state-not-told", Verdict::Met, Confidence::Predicted));
        assert_eq!(by_state(Some("PENDING_CLOSURE")), ("not-active", Verdict::Unmet, Confidence::Proven));
    }
}
