//! What may be asked of AWS. A reader cannot change anything: it has no call for it.

use std::sync::Arc;

use super::CheckRun;
use super::contact::{ContactOnFile, contact_of};
use super::read_clients::{DESCRIBE_ORGANIZATION, GET_CALLER_IDENTITY, ReadClients};
use crate::checklist::{AccountId, Evidence, Identity, Membership, Organization, OwnerProof, Problem, ProblemKind};
use crate::untrusted::sanitize;

/// Asks AWS, and can do nothing else.
#[derive(Debug, Clone)]
pub struct Reader {
    pub(super) member: ReadClients,
    pub(super) management: Option<Result<ReadClients, Problem>>,
}

/// What can ask with the credentials that are said to be the owner's. Whether they are is for a [`CheckRun`] to find out.
#[derive(Debug, Clone)]
pub struct Owner(pub(super) ReadClients);

/// One read of the membership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    Standalone(Evidence),
    Member { organization: Organization, evidence: Evidence },
    Unknown(Problem),
}

impl Reader {
    /// Why the management profile that was asked for cannot be used, if it was found out before anything was asked.
    #[must_use]
    pub fn management_problem(&self) -> Option<&Problem> {
        self.management.as_ref()?.as_ref().err()
    }

    /// The same, asking the organization's owner, too.
    #[must_use]
    pub fn with_owner(&self, owner: Owner) -> Self {
        Self { member: self.member.clone(), management: Some(Ok(owner.0)) }
    }

    /// Who the organization's owner is by the management credentials, once AWS has proven it; `None` when there are none, or no organization
    /// to own.
    ///
    /// # Errors
    /// When they are not the owner's, or it cannot be found out.
    pub async fn owner(&self) -> Result<Option<OwnerProof>, Problem> {
        self.round().owner().await
    }

    /// Starts one round of checks. What several of them need is asked for once in it.
    #[must_use]
    pub fn round(&self) -> Arc<CheckRun> {
        Arc::new(CheckRun::new(self.member.clone(), self.management.clone()))
    }

    /// Reads the membership of `account` once: one `DescribeOrganization`, of which AWS allows one a second, and one
    /// `GetCallerIdentity`, because the membership is that of whoever asks.
    pub async fn membership_of(&self, account: &AccountId) -> Reading {
        let (caller, answer) = tokio::join!(self.identity(), self.member.membership());
        match caller {
            Ok(caller) if caller.account == *account => {}
            Ok(caller) => {
                let message = format!("The credentials belong to {}, and the question is about {account}.", caller.account);
                return Reading::Unknown(Problem::here(
                    ProblemKind::AccountChanged,
                    GET_CALLER_IDENTITY,
                    &message,
                    self.member.now(),
                ));
            }
            Err(problem) => return Reading::Unknown(problem),
        }
        let evidence = answer.told(said);
        match answer.result {
            Ok(Membership::Standalone) => Reading::Standalone(evidence),
            Ok(Membership::Member(organization)) => Reading::Member { organization, evidence },
            Ok(Membership::Unknown) => {
                Reading::Unknown(Problem::malformed(DESCRIBE_ORGANIZATION, "The answer says nothing.", self.member.now()))
            }
            Err(problem) => Reading::Unknown(problem),
        }
    }

    /// Who is calling: one `GetCallerIdentity`.
    ///
    /// # Errors
    /// When AWS does not say, or the credentials belong to another partition than the region.
    pub async fn identity(&self) -> Result<Identity, Problem> {
        self.member.identity().await.result
    }

    /// The account's own contact as AWS has it now, or nothing when none is on file: one `GetContactInformation`.
    ///
    /// # Errors
    /// When AWS does not say.
    pub async fn contact(&self) -> Result<Option<ContactOnFile>, Problem> {
        match self.member.contact_information().await.result {
            Ok(output) => Ok(output.contact_information().map(|information| ContactOnFile {
                contact: contact_of(information),
                status: output.verification_status().map(|status| sanitize(status.as_str())),
            })),
            Err(problem) if problem.code.as_deref() == Some("ResourceNotFoundException") => Ok(None),
            Err(problem) => Err(problem),
        }
    }
}

/// The membership in plain words.
pub(super) fn said(membership: &Membership) -> String {
    match membership {
        Membership::Standalone => "The account is in no organization.".to_owned(),
        Membership::Member(organization) => match &organization.management_account {
            Some(owner) => format!("The account is in {}, which belongs to {owner}.", organization.id),
            None => format!("The account is in {}.", organization.id),
        },
        Membership::Unknown => "Nothing about an organization.".to_owned(),
    }
}
