//! One round of checks: what several of them need is asked for once, and awaited only by those who need it.
//!
//! It knows how answers are shared, and nothing of what a step makes of them.

use std::sync::Arc;

use aws_sdk_iam::operation::simulate_principal_policy::SimulatePrincipalPolicyOutput;
use aws_sdk_iam::types::{ContextEntry, Role, User};
use jiff::Timestamp;
use tokio::sync::OnceCell;

use super::ask::Answer;
use super::checks;
use super::problem::local;
use super::questions::{GET_CALLER_IDENTITY, Questions};
use super::roles::Roles;
use crate::checklist::{
    AccountDetails, AccountId, Evidence, Finding, Identity, Membership, OwnerProof, Partition, PrincipalKind, Problem,
    ProblemKind, StepId, Subject,
};

/// One round of checks.
#[derive(Debug)]
pub struct Round {
    member: Questions,
    management: Option<Result<Questions, Problem>>,
    identity: OnceCell<Answer<Identity>>,
    membership: OnceCell<Answer<Membership>>,
    details: OnceCell<Answer<AccountDetails>>,
    principal: OnceCell<Answer<Principal>>,
    roles: OnceCell<Roles>,
    owner: OnceCell<Answer<Identity>>,
}

/// Who is calling, as IAM keeps them: what a policy is attached to.
#[derive(Debug, Clone)]
pub(super) enum Principal {
    /// The account's root user, who has no policies.
    Root,
    /// An IAM user.
    User(Box<User>),
    /// The role behind a session.
    Role(Box<Role>),
    /// Something that IAM keeps no policies for: a federated user, or what this program has not met.
    Other,
}

/// The management account's own credentials, once they have been found to belong to it.
pub(super) enum Management<'a> {
    /// None were given.
    NotGiven,
    /// They belong to the account that owns this organization.
    Usable(&'a Questions, Evidence),
    /// They cannot be used here.
    Unusable(Problem),
}

impl Round {
    pub(super) fn new(member: Questions, management: Option<Result<Questions, Problem>>) -> Self {
        Self {
            member,
            management,
            identity: OnceCell::new(),
            membership: OnceCell::new(),
            details: OnceCell::new(),
            principal: OnceCell::new(),
            roles: OnceCell::new(),
            owner: OnceCell::new(),
        }
    }

    /// The account this round is about. Three questions side by side.
    ///
    /// # Errors
    /// When the identity cannot be established. Everything else that AWS did not say is missing in the subject.
    pub async fn subject(self: &Arc<Self>) -> Result<Subject, Problem> {
        let (identity, membership, details) = tokio::join!(self.identity(), self.membership(), self.details());
        Ok(Subject {
            identity: identity.result.clone()?,
            details: details.result.clone().ok(),
            membership: membership.result.clone().unwrap_or(Membership::Unknown),
        })
    }

    /// Runs one step's check. Bounded by the time-outs of its calls.
    pub async fn check(self: &Arc<Self>, step: StepId) -> Finding {
        let draft = checks::check(step, self).await;
        draft.finish(self.partition(), Timestamp::now())
    }

    /// The partition that links are for.
    pub(super) fn partition(&self) -> Partition {
        self.member.partition()
    }

    /// The questions of the account itself.
    pub(super) fn ask(&self) -> &Questions {
        &self.member
    }

    pub(super) async fn identity(&self) -> &Answer<Identity> {
        self.identity.get_or_init(|| self.member.identity()).await
    }

    pub(super) async fn membership(&self) -> &Answer<Membership> {
        self.membership.get_or_init(|| self.member.membership()).await
    }

    pub(super) async fn details(&self) -> &Answer<AccountDetails> {
        self.details.get_or_init(|| self.member.account_information()).await
    }

    /// What IAM keeps of the caller. An assumed-role ARN lacks the role's path, so the role itself has to be read.
    pub(super) async fn principal(&self) -> &Answer<Principal> {
        let ask = || async {
            let identity = self.identity().await;
            let kind = match &identity.result {
                Ok(identity) => identity.kind(),
                Err(problem) => return Answer::failed(problem.clone()),
            };
            match kind {
                PrincipalKind::Root => identity.clone().map(|_| Principal::Root),
                PrincipalKind::User(name) => self.member.user(&name).await.map(|user| Principal::User(Box::new(user))),
                PrincipalKind::AssumedRole { role, .. } => {
                    self.member.role(&role).await.map(|role| Principal::Role(Box::new(role)))
                }
                PrincipalKind::Federated(_) | PrincipalKind::Other(_) => identity.clone().map(|_| Principal::Other),
            }
        };
        self.principal.get_or_init(ask).await
    }

    /// The account's roles, as far as they are read.
    pub(super) async fn roles(&self) -> &Roles {
        self.roles.get_or_init(|| Roles::read(&self.member)).await
    }

    /// What the policy simulator says of these calls.
    pub(super) async fn simulated(
        &self,
        principal: &str,
        actions: &[&str],
        context: Vec<ContextEntry>,
    ) -> Answer<SimulatePrincipalPolicyOutput> {
        self.member.simulated(principal, actions, context).await
    }

    /// Who the organization's owner is, by its own credentials: `None` when there are none.
    pub(super) async fn owner(&self) -> Result<Option<OwnerProof>, Problem> {
        match self.management().await {
            Management::NotGiven => Ok(None),
            Management::Unusable(problem) => Err(problem),
            Management::Usable(questions, _) => {
                let owner = self.owner.get_or_init(|| questions.identity()).await.result.clone()?;
                let organization = match self.membership().await.result.clone()? {
                    Membership::Member(organization) => organization.id,
                    Membership::Standalone | Membership::Unknown => return Ok(None),
                };
                Ok(Some(OwnerProof { account: owner.account, organization, arn: owner.arn }))
            }
        }
    }

    /// The management account's credentials, if some were given and they belong to the owner of this organization.
    pub(super) async fn management(&self) -> Management<'_> {
        let questions = match &self.management {
            None => return Management::NotGiven,
            Some(Err(problem)) => return Management::Unusable(problem.clone()),
            Some(Ok(questions)) => questions,
        };
        let (owner, membership) = tokio::join!(self.owner.get_or_init(|| questions.identity()), self.membership());
        let (owner_is, organization) = match (&owner.result, &membership.result) {
            (Err(problem), _) | (_, Err(problem)) => return Management::Unusable(problem.clone()),
            (Ok(owner), Ok(Membership::Member(organization))) => (owner, organization),
            // Without an organization there is nothing that its owner could tell.
            (Ok(_), Ok(Membership::Standalone | Membership::Unknown)) => return Management::NotGiven,
        };
        if organization.management_account.as_ref() == Some(&owner_is.account) {
            let fact =
                |owner: &Identity| format!("The management profile belongs to {}, which owns the organization.", owner.account);
            return Management::Usable(questions, owner.told(fact));
        }
        let message = format!(
            "The management profile belongs to the account {}, which does not own the organization {}. Its owner is {}.",
            owner_is.account,
            organization.id,
            organization.management_account.as_ref().map_or("not known", AccountId::as_str),
        );
        Management::Unusable(local(ProblemKind::Configuration, GET_CALLER_IDENTITY, &message))
    }
}
