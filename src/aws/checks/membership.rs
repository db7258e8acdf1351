//! `membership`: is the account a member of an organization that it can leave?

use crate::aws::problem::local;
use crate::aws::questions::DESCRIBE_ORGANIZATION;
use crate::aws::round::Round;
use crate::checklist::{AccountId, Confidence, Draft, Membership, ProblemKind, StepId, Verdict};

use super::{details_fact, identity_fact, membership_fact, unknown};

const STEP: StepId = StepId::Membership;

pub(super) async fn check(round: &Round) -> Draft {
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
            let problem = local(ProblemKind::Malformed, DESCRIBE_ORGANIZATION, "The answer says nothing.");
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
                local(ProblemKind::Malformed, DESCRIBE_ORGANIZATION, "The answer does not name the organization's owner.");
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
