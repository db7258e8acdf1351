//! `other-way-out`: would accepting an invitation be the better road?
//!
//! It says what accepting takes and hands over to whoever accepts. It never accepts.

use aws_sdk_iam::types::{EvaluationResult, PolicyEvaluationDecisionType, Tag};
use aws_sdk_organizations::types::{
    ActionType, Handshake, HandshakeParty, HandshakePartyType, HandshakeResourceType, HandshakeState,
};
use jiff::Timestamp;

use crate::aws::check_run::{CheckRun, Principal};
use crate::aws::read_clients::{LEAVE_ORGANIZATION, LIST_HANDSHAKES, timestamp};
use crate::checklist::facts::OtherWayOutFact::{Invited, NoInvitation};
use crate::checklist::facts::OtherWayOutLine::{
    MoveAllowed, MoveDeniedByOrganization, MoveNotAllowed, MoveNotJudged, MoveNotKnown,
};
use crate::checklist::facts::{Few, OtherWayOutLine, Own};
use crate::checklist::{Evidence, Fact, Finding, Membership, Problem, StepId, Verdict, texts};

use super::many::{Listed, every_page};
use super::permission::{context, decision_on, likely_arn, organization_allows};
use super::{membership_fact, naming, unknown};

const STEP: StepId = StepId::OtherWayOut;

/// What a member must be allowed, besides [`LEAVE_ORGANIZATION`], to move straight into another organization. It is never called.
pub(super) const ACCEPT_HANDSHAKE: &str = "organizations:AcceptHandshake";

/// More pages than invitations that anyone answers.
const MOST_PAGES: usize = 10;

/// Why nothing is known where there are more.
const ENDLESS: &str = "There are more invitations than this program reads, and none of those it read is open.";

pub(super) async fn check(round: &CheckRun) -> Finding {
    let (membership, mut invitations) = tokio::join!(round.membership(), open_invitations(round));
    let own = match &membership.result {
        Ok(Membership::Standalone) => {
            return Finding::new(STEP, Fact::NotAMember, Verdict::NotApplicable).evidence([membership_fact(membership)]);
        }
        Ok(Membership::Member(organization)) => Some(organization.id.as_str()),
        Ok(Membership::Unknown) | Err(_) => None,
    };
    let (is_all, evidence) = (invitations.problem.is_none(), std::mem::take(&mut invitations.evidence));
    let others: Vec<Invitation> = match invitations.anything(ENDLESS) {
        Ok(invitations) => invitations.into_iter().filter(|invitation| own != Some(invitation.organization.as_str())).collect(),
        Err(problem) => return unknown(STEP, &problem).evidence(evidence),
    };
    if others.is_empty() {
        return Finding::new(STEP, NoInvitation, Verdict::Met).evidence(evidence);
    }
    let (may_move, asked) = may_move(round).await;
    // A command must not accept one of several by chance.
    let handshake = if let [one] = others.as_slice() { one.id.clone().filter(|_| is_all) } else { None };
    let organizations = Few::of(others.iter().map(|invitation| invitation.organization.clone()), 3);
    let owners: Vec<String> = others.iter().filter_map(|invitation| invitation.owner.clone()).collect();
    let fact = Invited { organizations, count: others.len(), complete: is_all, handshake };
    Finding::new(STEP, fact, Verdict::NeedsYou)
        .lines(others.into_iter().map(Invitation::line))
        .line(may_move)
        .evidence(naming(evidence, owners))
        .evidence(asked)
}

/// Whether the caller may make both calls that accepting takes of a member, as a line, with the calls behind it.
///
/// Source: AWS Organizations User Guide, Accept or decline an invitation, minimum permissions.
async fn may_move(round: &CheckRun) -> (OtherWayOutLine, Vec<Evidence>) {
    let (identity, principal) = tokio::join!(round.identity(), round.principal());
    let not_known = |problem: &Problem| MoveNotKnown { why: Some(problem.kind) };
    let caller = match &identity.result {
        Ok(caller) => caller,
        Err(problem) => return (not_known(problem), Vec::new()),
    };
    let (source, tags) = match &principal.result {
        Ok(Principal::Root | Principal::Other) => return (MoveNotJudged, Vec::new()),
        Ok(Principal::User(user)) => (user.arn().to_owned(), user.tags()),
        Ok(Principal::Role(role)) => (role.arn().to_owned(), role.tags()),
        Err(problem) => match likely_arn(caller).filter(|_| problem.kind.is_denial()) {
            Some(arn) => (arn, &[] as &[Tag]),
            None => return (not_known(problem), Vec::new()),
        },
    };
    let actions = [ACCEPT_HANDSHAKE, LEAVE_ORGANIZATION];
    let answer = round.member.simulated(&source, &actions, context(round, &source, caller, tags)).await;
    let evidence = answer.told(|output| {
        let said: Vec<String> = output
            .evaluation_results()
            .iter()
            .map(|result| format!("{} for {}", result.eval_decision().as_str(), result.eval_action_name()))
            .collect();
        format!("The simulator says {}.", if said.is_empty() { "nothing".to_owned() } else { said.join(" and ") })
    });
    let line = match &answer.result {
        Ok(output) => judged(output.evaluation_results(), &actions, &Own::of_kind(&caller.short())),
        Err(problem) => not_known(problem),
    };
    (line, vec![evidence])
}

/// What the simulator's decisions on all of `actions` come to. One that is missing leaves it open.
fn judged(results: &[EvaluationResult], actions: &[&str], principal: &Own) -> OtherWayOutLine {
    let (mut by_organization, mut denied, mut open) = (Vec::new(), Vec::new(), Vec::new());
    for action in actions {
        let Some(result) = decision_on(results, action) else {
            open.push(*action);
            continue;
        };
        match (result.eval_decision(), organization_allows(result)) {
            (_, Some(false)) => by_organization.push(*action),
            (PolicyEvaluationDecisionType::Allowed, _) => {}
            (PolicyEvaluationDecisionType::ExplicitDeny | PolicyEvaluationDecisionType::ImplicitDeny, _) => denied.push(*action),
            _ => open.push(*action),
        }
    }
    let principal = principal.clone();
    match (by_organization.as_slice(), denied.as_slice(), open.as_slice()) {
        ([], [], []) => MoveAllowed { principal },
        ([], [], _) => MoveNotKnown { why: None },
        ([], denied, _) => MoveNotAllowed { principal, actions: denied.join(" and ") },
        (by_organization, _, _) => MoveDeniedByOrganization { actions: by_organization.join(" and ") },
    }
}

struct Invitation {
    /// The handshake's id, where it reads as AWS writes it.
    id: Option<String>,
    organization: String,
    owner: Option<String>,
    sent: Option<Timestamp>,
    expires: Option<Timestamp>,
}

impl Invitation {
    fn line(self) -> OtherWayOutLine {
        let Self { id: handshake, organization, owner, sent, expires } = self;
        OtherWayOutLine::Invitation { organization, owner: owner.map(Own::new), sent, expires, handshake }
    }
}

/// The invitations that can be accepted, as far as they could be read.
async fn open_invitations(round: &CheckRun) -> Listed<Invitation> {
    every_page(
        LIST_HANDSHAKES,
        MOST_PAGES,
        |page| round.member.invitations(page),
        |output| (output.handshakes().iter().filter_map(invitation).collect(), output.next_token().map(str::to_owned)),
        |invitations: &[Invitation]| match invitations.len() {
            1 => "One invitation is open.".to_owned(),
            open => format!("{open} invitations are open."),
        },
    )
    .await
}

/// An invitation that can still be accepted.
fn invitation(handshake: &Handshake) -> Option<Invitation> {
    let open = matches!(handshake.state(), Some(HandshakeState::Open | HandshakeState::Requested));
    if !open || handshake.action() != Some(&ActionType::InviteAccountToOrganization) {
        return None;
    }
    let by_party =
        handshake.parties().iter().find(|party| party.r#type() == &HandshakePartyType::Organization).map(HandshakeParty::id);
    let by_resource =
        handshake.resources().iter().find(|resource| resource.r#type() == Some(&HandshakeResourceType::Organization));
    let organization = by_resource.and_then(|resource| resource.value()).or(by_party)?;
    // A party's id lacks the prefix that an organization's id has.
    let organization = if organization.starts_with("o-") { organization.to_owned() } else { format!("o-{organization}") };
    let owner = by_resource.and_then(|resource| {
        let name = resource.resources().iter().find(|inner| inner.r#type() == Some(&HandshakeResourceType::MasterName));
        name.and_then(|inner| inner.value()).map(str::to_owned)
    });
    Some(Invitation {
        id: handshake.id().filter(|id| texts::is_handshake_id(id)).map(str::to_owned),
        organization,
        owner,
        sent: handshake.requested_timestamp().and_then(timestamp),
        expires: handshake.expiration_timestamp().and_then(timestamp),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_iam::types::OrganizationsDecisionDetail;

    fn judge(results: &[(&str, &str, Option<bool>)]) -> OtherWayOutLine {
        let result = |(action, decision, organization): &(&str, &str, Option<bool>)| {
            let detail = organization.map(|by| OrganizationsDecisionDetail::builder().allowed_by_organizations(by).build());
            let result = EvaluationResult::builder().eval_action_name(*action).eval_decision((*decision).into());
            result.set_organizations_decision_detail(detail).build().unwrap()
        };
        let results: Vec<_> = results.iter().map(result).collect();
        judged(&results, &[ACCEPT_HANDSHAKE, LEAVE_ORGANIZATION], &Own::of_kind("role/Deal"))
    }

    #[test]
    fn moving_takes_both_permissions_and_the_organizations_own_no_is_told_apart() {
        const A: &str = ACCEPT_HANDSHAKE;
        const L: &str = LEAVE_ORGANIZATION;
        let line = |results: &[(&str, &str, Option<bool>)]| <&str>::from(&judge(results));
        assert_eq!(line(&[(A, "allowed", Some(true)), (L, "allowed", None)]), "move-allowed");
        assert_eq!(line(&[(A, "allowed", Some(true)), (L, "explicitDeny", Some(false))]), "move-denied-by-organization");
        assert_eq!(line(&[(A, "implicitDeny", Some(true)), (L, "explicitDeny", Some(false))]), "move-denied-by-organization");
        assert_eq!(line(&[(A, "implicitDeny", Some(true)), (L, "allowed", Some(true))]), "move-not-allowed");
        assert_eq!(line(&[(A, "explicitDeny", None), (L, "allowed", None)]), "move-not-allowed");
        assert_eq!(line(&[(A, "allowed", None)]), "move-not-known");
        assert_eq!(line(&[(A, "perhaps", None), (L, "allowed", None)]), "move-not-known");
        assert_eq!(line(&[]), "move-not-known");
        let only_one = judge(&[(A, "implicitDeny", None), (L, "allowed", None)]);
        assert!(matches!(only_one, MoveNotAllowed { actions, .. } if actions == A));
    }
}
