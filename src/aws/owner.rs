//! Proves that a management credential is the owner's, or says why it is not used.
//!
//! Pure. What an unproven credential was told is used for nothing but the refusal.

use jiff::Timestamp;

use super::ask::Recorded;
use super::read_clients::{DESCRIBE_ORGANIZATION, GET_CALLER_IDENTITY, ReadClients};
use crate::checklist::{
    AccountId, Evidence, Identity, Membership, Organization, OwnerNotProven, OwnerProof, OwnerRefusal, Partition, Problem,
    ProblemKind,
};

/// The management account's own credentials, once they have been proven to belong to it, or why they are not used. `None` where none were given,
/// or the account is in no organization that somebody could own.
pub(super) type Management<'a> = Option<Result<Owner<'a>, NotTheOwner>>;

/// Who may be asked as the organization's owner.
pub(super) struct Owner<'a> {
    pub questions: &'a ReadClients,
    pub proof: OwnerProof,
    pub evidence: Vec<Evidence>,
}

/// Why a management credential is not used.
#[derive(Debug, Clone)]
pub(super) struct NotTheOwner {
    pub why: Box<OwnerNotProven>,
    /// The same with what AWS or this machine said besides, and what to do.
    pub problem: Problem,
}

/// What a management credential is held against.
pub(super) struct Claim<'a> {
    pub caller: &'a Recorded<Identity>,
    /// What AWS tells the member of its organization.
    pub membership: &'a Recorded<Membership>,
    pub partition: Partition,
}

/// Why a management profile that gave no credentials is not used.
pub(super) fn without_credentials(problem: &Problem) -> NotTheOwner {
    refuse(nothing_known(), by_kind(problem), problem)
}

/// Holds what AWS tells a management credential of itself, `identity` and `theirs`, against what it tells the member. `None` where there
/// is no organization that somebody could own.
pub(super) fn prove(
    claim: &Claim<'_>,
    identity: &Recorded<Identity>,
    theirs: &Recorded<Membership>,
) -> Option<Result<OwnerProof, NotTheOwner>> {
    let organization = match &claim.membership.result {
        Ok(Membership::Standalone) => return None,
        Ok(Membership::Member(organization)) => organization,
        Ok(Membership::Unknown) => return Some(Err(organization_not_read("The answer says nothing.", claim.membership.at()))),
        Err(problem) => return Some(Err(refuse(nothing_known(), OwnerRefusal::OrganizationNotRead, problem))),
    };
    let Some(owner) = &organization.management_account else {
        return Some(Err(organization_not_read("The answer does not name the organization's owner.", claim.membership.at())));
    };
    let caller = match &claim.caller.result {
        Ok(caller) => caller,
        Err(problem) => return Some(Err(refuse(nothing_known(), OwnerRefusal::OrganizationNotRead, problem))),
    };
    let known = OwnerNotProven {
        organization: Some(organization.id.clone()),
        owner: Some(owner.clone()),
        partition: claim.partition,
        ..nothing_known()
    };
    Some(held_against(caller, organization, owner, known, identity, theirs))
}

fn held_against(
    member: &Identity,
    organization: &Organization,
    owner: &AccountId,
    known: OwnerNotProven,
    identity: &Recorded<Identity>,
    theirs: &Recorded<Membership>,
) -> Result<OwnerProof, NotTheOwner> {
    let at = theirs.at();
    let identity = match &identity.result {
        Ok(identity) => identity,
        Err(problem) => return Err(refuse(known, by_kind(problem), problem)),
    };
    let known = OwnerNotProven { caller: Some(identity.account.clone()), ..known };
    let not_theirs =
        |known, refusal, operation| Err(refuse(known, refusal, &Problem::here(ProblemKind::Configuration, operation, "", at)));
    if identity.partition != member.partition {
        return not_theirs(known, OwnerRefusal::AnotherPartition, GET_CALLER_IDENTITY);
    }
    if identity.account == member.account && identity.account != *owner {
        return not_theirs(known, OwnerRefusal::MemberItself, GET_CALLER_IDENTITY);
    }
    let theirs = match &theirs.result {
        Ok(theirs) => theirs,
        Err(problem) => return Err(refuse(known, by_kind(problem), problem)),
    };
    let Membership::Member(theirs) = theirs else {
        return not_theirs(known, OwnerRefusal::NoOrganization, DESCRIBE_ORGANIZATION);
    };
    let known = OwnerNotProven { theirs: Some(theirs.id.clone()), ..known };
    let owns_theirs = theirs.management_account.as_ref() == Some(&identity.account);
    let refusal = match (theirs.id == organization.id, owns_theirs, identity.account == *owner) {
        (true, true, true) => {
            let Identity { account, arn, .. } = identity.clone();
            return Ok(OwnerProof { account, organization: organization.id.clone(), arn });
        }
        (true, false, false) if theirs.management_account.as_ref() == Some(owner) => OwnerRefusal::AnotherMember,
        (false, true, false) => OwnerRefusal::AnotherOrganization,
        (false, false, false) => OwnerRefusal::MemberElsewhere,
        _ => OwnerRefusal::Contradiction,
    };
    not_theirs(known, refusal, DESCRIBE_ORGANIZATION)
}

/// What the owner's two answers tell, once they prove something.
pub(super) fn evidence(identity: &Recorded<Identity>, theirs: &Recorded<Membership>) -> Vec<Evidence> {
    let of_identity = identity.told(|owner| format!("The management profile belongs to {}.", owner.account));
    let of_organization = theirs.told(|theirs| match theirs {
        Membership::Member(organization) => format!("That account owns the organization {}.", organization.id),
        Membership::Standalone | Membership::Unknown => "Nothing about an organization.".to_owned(),
    });
    vec![of_identity, of_organization]
}

/// What a failed question to or about a management credential comes to.
fn by_kind(problem: &Problem) -> OwnerRefusal {
    match problem.kind {
        ProblemKind::ExpiredCredentials => OwnerRefusal::SignInEnded,
        ProblemKind::InvalidCredentials => OwnerRefusal::NotAccepted,
        ProblemKind::NotEligible => OwnerRefusal::Denied,
        kind if kind.is_denial() => OwnerRefusal::Denied,
        // Besides the partition, nothing about an answer of AWS's is called so.
        ProblemKind::Configuration if problem.operation == GET_CALLER_IDENTITY => OwnerRefusal::AnotherPartition,
        _ => OwnerRefusal::NotAnswered,
    }
}

fn organization_not_read(message: &str, at: Timestamp) -> NotTheOwner {
    let problem = Problem::malformed(DESCRIBE_ORGANIZATION, message, at);
    refuse(nothing_known(), OwnerRefusal::OrganizationNotRead, &problem)
}

/// What nothing is known of yet, to fill the words of a refusal with.
fn nothing_known() -> OwnerNotProven {
    OwnerNotProven {
        refusal: OwnerRefusal::NotAnswered,
        caller: None,
        owner: None,
        organization: None,
        theirs: None,
        operation: String::new(),
        partition: Partition::default(),
    }
}

fn refuse(known: OwnerNotProven, refusal: OwnerRefusal, problem: &Problem) -> NotTheOwner {
    let why = OwnerNotProven { refusal, operation: problem.operation.clone(), ..known };
    let said = problem.message.trim();
    let stop = if said.ends_with(['.', '?']) { "" } else { "." };
    let message = if said.is_empty() { why.why() } else { format!("{} {said}{stop}", why.why()) };
    // Where the member's own question failed, that problem is what there is to mend.
    let problem = match refusal {
        OwnerRefusal::OrganizationNotRead => problem.clone(),
        // What could not be asked knows best itself what helps.
        OwnerRefusal::NotAnswered => Problem { message, ..problem.clone() },
        _ => Problem { message, remedy: why.remedy(), ..problem.clone() },
    };
    NotTheOwner { why: Box::new(why), problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(account: &str, partition: &str) -> Recorded<Identity> {
        let arn = format!("arn:{partition}:iam::{account}:user/anna");
        let partition = Partition::from_arn(&arn).unwrap();
        answer(Ok(Identity { account: account.parse().unwrap(), arn, partition }))
    }

    fn organization(id: &str, owner: Option<&str>) -> Recorded<Membership> {
        let management_account = owner.map(|id| id.parse().unwrap());
        answer(Ok(Membership::Member(Organization { id: id.to_owned(), management_account, feature_set: None })))
    }

    fn answer<T>(result: Result<T, Problem>) -> Recorded<T> {
        let coded = |problem: Problem| Problem { code: Some("Test".to_owned()), ..problem };
        match result {
            Ok(output) => Recorded::failed(coded(Problem::here(ProblemKind::Internal, "test", "", Timestamp::UNIX_EPOCH)))
                .or_when("Test", output),
            Err(problem) => Recorded::failed(problem),
        }
    }

    fn failed<T>(kind: ProblemKind, operation: &str) -> Recorded<T> {
        Recorded::failed(Problem::here(kind, operation, "AWS's own words", Timestamp::UNIX_EPOCH))
    }

    const MEMBER: &str = "412098765432";
    const OWNER: &str = "305611223344";
    const OURS: &str = "o-a1b2c3d4e5";
    const THEIRS: &str = "o-fabr1kam99x";

    fn proven(
        membership: &Recorded<Membership>,
        who: &Recorded<Identity>,
        theirs: &Recorded<Membership>,
    ) -> Option<Result<OwnerProof, NotTheOwner>> {
        let caller = identity(MEMBER, "aws");
        prove(&Claim { caller: &caller, membership, partition: Partition::Aws }, who, theirs)
    }

    #[test]
    fn only_the_account_that_both_sides_name_as_the_owner_of_the_same_organization_is_the_owner() {
        let ours = organization(OURS, Some(OWNER));
        let proof = proven(&ours, &identity(OWNER, "aws"), &ours).unwrap().unwrap();
        assert_eq!((proof.account.as_str(), proof.organization.as_str()), (OWNER, OURS));
        assert_eq!(proof.arn, "arn:aws:iam::305611223344:user/anna");
    }

    #[test]
    fn every_reason_against_it_is_told_apart() {
        use OwnerRefusal as Why;
        let ours = || organization(OURS, Some(OWNER));
        let denied = ProblemKind::DeniedByIdentityPolicy;
        let cases = [
            (identity(MEMBER, "aws"), ours(), Why::MemberItself),
            (identity(MEMBER, "aws"), failed(denied, DESCRIBE_ORGANIZATION), Why::MemberItself),
            (identity("771122334455", "aws"), organization(THEIRS, Some("771122334455")), Why::AnotherOrganization),
            (identity("771122334455", "aws"), ours(), Why::AnotherMember),
            (identity("771122334455", "aws"), organization(THEIRS, Some("998877665544")), Why::MemberElsewhere),
            (identity("771122334455", "aws"), answer(Ok(Membership::Standalone)), Why::NoOrganization),
            (identity(OWNER, "aws"), answer(Ok(Membership::Standalone)), Why::NoOrganization),
            // The right account, and an answer that does not fit: neither is taken.
            (identity(OWNER, "aws"), organization(THEIRS, Some(OWNER)), Why::Contradiction),
            (identity(OWNER, "aws"), organization(OURS, Some("998877665544")), Why::Contradiction),
            (identity(OWNER, "aws"), organization(OURS, None), Why::Contradiction),
            (identity("771122334455", "aws"), organization(OURS, Some("771122334455")), Why::Contradiction),
            (identity(OWNER, "aws-cn"), ours(), Why::AnotherPartition),
            (failed(ProblemKind::Configuration, GET_CALLER_IDENTITY), ours(), Why::AnotherPartition),
            (failed(ProblemKind::ExpiredCredentials, GET_CALLER_IDENTITY), ours(), Why::SignInEnded),
            (failed(ProblemKind::InvalidCredentials, GET_CALLER_IDENTITY), ours(), Why::NotAccepted),
            (failed(ProblemKind::TimedOut, GET_CALLER_IDENTITY), ours(), Why::NotAnswered),
            (identity(OWNER, "aws"), failed(denied, DESCRIBE_ORGANIZATION), Why::Denied),
            (identity(OWNER, "aws"), failed(ProblemKind::NotEligible, DESCRIBE_ORGANIZATION), Why::Denied),
            (identity(OWNER, "aws"), failed(ProblemKind::ExpiredCredentials, DESCRIBE_ORGANIZATION), Why::SignInEnded),
        ];
        for (who, theirs, wanted) in cases {
            let refused = proven(&ours(), &who, &theirs).unwrap().unwrap_err();
            assert_eq!(refused.why.refusal, wanted, "{refused:?}");
            let Problem { message, remedy, .. } = &refused.problem;
            assert!(message.len() > 40 && remedy.len() > 20 && !message.contains("not known"), "{refused:?}");
            assert!(message.ends_with('.') && !refused.why.short().contains(['{', '}']), "{refused:?}");
        }
    }

    #[test]
    fn another_organization_is_named_beside_this_one() {
        let theirs = organization(THEIRS, Some("771122334455"));
        let refused = proven(&organization(OURS, Some(OWNER)), &identity("771122334455", "aws"), &theirs).unwrap().unwrap_err();
        for named in [OURS, THEIRS, OWNER, "771122334455"] {
            assert!(refused.problem.message.contains(named), "{refused:?}");
        }
    }

    #[test]
    fn what_failed_in_a_question_stays_what_it_was() {
        let ours = organization(OURS, Some(OWNER));
        let denied = failed(ProblemKind::DeniedByServiceControlPolicy, DESCRIBE_ORGANIZATION);
        let problem = proven(&ours, &identity(OWNER, "aws"), &denied).unwrap().unwrap_err().problem;
        assert_eq!(
            (problem.kind, problem.operation.as_str()),
            (ProblemKind::DeniedByServiceControlPolicy, DESCRIBE_ORGANIZATION)
        );
        assert!(problem.message.contains("AWS's own words.") && problem.message.contains(DESCRIBE_ORGANIZATION), "{problem:?}");
    }

    #[test]
    fn where_nobody_knows_the_organization_nobody_is_its_owner() {
        let owner = identity(OWNER, "aws");
        let ours = organization(OURS, Some(OWNER));
        assert!(proven(&answer(Ok(Membership::Standalone)), &owner, &ours).is_none());
        let denied = failed(ProblemKind::Denied, DESCRIBE_ORGANIZATION);
        for membership in [answer(Ok(Membership::Unknown)), denied, organization(OURS, None)] {
            let refused = proven(&membership, &owner, &ours).unwrap().unwrap_err();
            assert_eq!(refused.why.refusal, OwnerRefusal::OrganizationNotRead);
        }
    }
}
