//! `membership`: is the account a member of an organization that it can leave?

use crate::aws::problem::local;
use crate::aws::questions::DESCRIBE_ORGANIZATION;
use crate::aws::round::Round;
use crate::checklist::{AccountId, Draft, Membership, ProblemKind, StepId, Verdict};

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
    if organization.management_account.as_ref() == Some(&caller.account) {
        return found("management-account", Verdict::Unmet).evidence(evidence);
    }
    let state = details.result.as_ref().ok().and_then(|details| details.state.as_deref());
    let draft = match state {
        Some("ACTIVE") => found("member", Verdict::Met),
        Some(state @ ("SUSPENDED" | "CLOSED" | "PENDING_CLOSURE")) => found("not-active", Verdict::Unmet).value("state", state),
        Some(state @ "PENDING_ACTIVATION") => found("sign-up-incomplete", Verdict::Unmet).predicted().value("state", state),
        Some(state) => found("unfamiliar-state", Verdict::Unmet).predicted().value("state", state),
        // AWS proved the membership; only the state is missing, and calls of a suspended account would hardly be answered.
        None => found("member-state-not-told", Verdict::Met).predicted(),
    };
    draft.evidence(evidence)
}
