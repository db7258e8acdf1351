//! `other-way-out`: would accepting an invitation be the better road?

use aws_sdk_organizations::types::{
    ActionType, Handshake, HandshakeParty, HandshakePartyType, HandshakeResourceType, HandshakeState,
};
use jiff::Timestamp;

use crate::aws::problem::local;
use crate::aws::questions::timestamp;
use crate::aws::round::Round;
use crate::checklist::{Draft, Evidence, Membership, Problem, ProblemKind, StepId, Verdict};

use super::{listed, membership_fact, minute, unknown};

const STEP: StepId = StepId::OtherWayOut;

/// More pages than invitations that anyone answers.
const MOST_PAGES: usize = 10;

pub(super) async fn check(round: &Round) -> Draft {
    let (membership, invitations) = tokio::join!(round.membership(), open_invitations(round));
    let own = match &membership.result {
        Ok(Membership::Standalone) => {
            return Draft::new(STEP, "not-a-member", Verdict::NotApplicable).evidence([membership_fact(membership)]);
        }
        Ok(Membership::Member(organization)) => Some(organization.id.as_str()),
        Ok(Membership::Unknown) | Err(_) => None,
    };
    let (invitations, evidence) = invitations;
    let others: Vec<Invitation> = match invitations {
        Ok(invitations) => invitations.into_iter().filter(|invitation| own != Some(invitation.organization.as_str())).collect(),
        Err(problem) => return unknown(STEP, &problem).evidence(evidence),
    };
    let draft = if others.is_empty() {
        Draft::new(STEP, "no-invitation", Verdict::Met)
    } else {
        let names: Vec<_> = others.iter().map(|invitation| invitation.organization.as_str()).collect();
        let draft =
            Draft::new(STEP, "invited", Verdict::NeedsYou).value("organizations", listed(&names, 3)).value("count", others.len());
        let owners: Vec<String> = others.iter().filter_map(|invitation| invitation.owner.clone()).collect();
        others.into_iter().fold(draft.private(owners), |draft, invitation| {
            draft.line(
                "invitation",
                serde_json::json!({
                    "organization": invitation.organization,
                    "owner": invitation.owner,
                    "expires": invitation.expires.map(minute),
                }),
            )
        })
    };
    draft.evidence(evidence)
}

struct Invitation {
    organization: String,
    owner: Option<String>,
    expires: Option<Timestamp>,
}

async fn open_invitations(round: &Round) -> (Result<Vec<Invitation>, Problem>, Vec<Evidence>) {
    let mut found = Vec::new();
    let mut evidence = Vec::new();
    let mut next: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let page = round.ask().invitations(next.take()).await;
        evidence.push(page.told(|output| {
            let open = output.handshakes().iter().filter_map(invitation).count();
            if open == 1 { "One invitation is open.".to_owned() } else { format!("{open} invitations are open.") }
        }));
        match page.result {
            Ok(output) => {
                found.extend(output.handshakes().iter().filter_map(invitation));
                next = output.next_token().map(str::to_owned);
            }
            Err(problem) if found.is_empty() => return (Err(problem), evidence),
            Err(_) => break,
        }
        if next.is_none() {
            break;
        }
    }
    if found.is_empty() && next.is_some() {
        let message = "There are more invitations than this program reads, and none of those it read is open.";
        return (Err(local(ProblemKind::Malformed, "organizations:ListHandshakesForAccount", message)), evidence);
    }
    (Ok(found), evidence)
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
    Some(Invitation { organization, owner, expires: handshake.expiration_timestamp().and_then(timestamp) })
}
