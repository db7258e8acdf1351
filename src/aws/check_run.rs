//! One round of checks: what several of them need is asked for once, and awaited only by those who need it.
//!
//! It knows how answers are shared, and nothing of what a step makes of them.

use std::sync::Arc;

use aws_sdk_iam::types::{Role, User};
use jiff::Timestamp;
use tokio::sync::OnceCell;

use super::ask::Recorded;
use super::owner::{self, Claim, Management, Owner, prove, without_credentials};
use super::read_clients::{ReadClients, about};
use super::roles::Roles;
use crate::checklist::{AccountDetails, AccountId, Identity, Membership, OwnerProof, PrincipalKind, Problem, Subject};

/// One round of checks.
#[derive(Debug)]
pub struct CheckRun {
    pub(super) member: ReadClients,
    management: Option<Result<ReadClients, Problem>>,
    answers: Answers,
}

/// The answers so far.
#[derive(Debug, Default)]
struct Answers {
    identity: OnceCell<Recorded<Identity>>,
    membership: OnceCell<Recorded<Membership>>,
    details: OnceCell<Recorded<AccountDetails>>,
    principal: OnceCell<Recorded<Principal>>,
    roles: OnceCell<Roles>,
    owner: OnceCell<Recorded<Identity>>,
    owned: OnceCell<Recorded<Membership>>,
}

/// Who is calling, as IAM keeps them: what a policy is attached to.
#[derive(Debug, Clone)]
pub(super) enum Principal {
    /// The account's root user, who has no policies.
    Root,
    User(Box<User>),
    Role(Box<Role>),
    /// Something that IAM keeps no policies for: a federated user, or what this program has not met.
    Other,
}

impl CheckRun {
    pub(super) fn new(member: ReadClients, management: Option<Result<ReadClients, Problem>>) -> Self {
        Self { member, management, answers: Answers::default() }
    }

    /// A new round that keeps this round's identity and membership. Failed questions are asked again. So is the membership of an
    /// account in no organization, because AWS's records can flap.
    #[must_use]
    pub fn again(&self) -> Self {
        let answers = Answers {
            identity: answered(&self.answers.identity, |_| true),
            membership: answered(&self.answers.membership, |there| *there != Membership::Standalone),
            details: answered(&self.answers.details, |_| true),
            owner: answered(&self.answers.owner, |_| true),
            owned: answered(&self.answers.owned, |there| *there != Membership::Standalone),
            ..Answers::default()
        };
        Self { member: self.member.clone(), management: self.management.clone(), answers }
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

    /// What time it is, by the clock that dates the answers.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.member.now()
    }

    pub(super) async fn identity(&self) -> &Recorded<Identity> {
        self.answers.identity.get_or_init(|| self.member.identity()).await
    }

    /// The account of the caller, where AWS says which it is.
    pub(super) async fn account(&self) -> Option<&AccountId> {
        self.identity().await.result.as_ref().ok().map(|caller| &caller.account)
    }

    pub(super) async fn membership(&self) -> &Recorded<Membership> {
        self.answers.membership.get_or_init(|| self.member.membership()).await
    }

    pub(super) async fn details(&self) -> &Recorded<AccountDetails> {
        let ask = || async {
            let (answer, account) = tokio::join!(self.member.account_information(), self.account());
            about(account, answer)
        };
        self.answers.details.get_or_init(ask).await
    }

    /// What IAM keeps of the caller. An assumed-role ARN lacks the role's path, so the role itself has to be read.
    pub(super) async fn principal(&self) -> &Recorded<Principal> {
        let ask = || async {
            let identity = self.identity().await;
            let caller = match &identity.result {
                Ok(caller) => caller,
                Err(problem) => return Recorded::failed(problem.clone()),
            };
            match caller.kind() {
                PrincipalKind::Root => identity.clone().map(|_| Principal::Root),
                PrincipalKind::User(name) => {
                    self.member.user(&caller.account, &name).await.map(|user| Principal::User(Box::new(user)))
                }
                PrincipalKind::AssumedRole { role, .. } => {
                    self.member.role(&caller.account, &role).await.map(|role| Principal::Role(Box::new(role)))
                }
                PrincipalKind::Federated(_) | PrincipalKind::Other(_) => identity.clone().map(|_| Principal::Other),
            }
        };
        self.answers.principal.get_or_init(ask).await
    }

    /// The account's roles, as far as they are read.
    pub(super) async fn roles(&self) -> &Roles {
        self.answers.roles.get_or_init(|| Roles::read(&self.member, || self.account())).await
    }

    /// The management account's credentials, if some were given and both they and the member's say that they are the owner's. The two
    /// questions that prove it are asked side by side, once a round.
    pub(super) async fn management(&self) -> Management<'_> {
        let questions = match self.management.as_ref()? {
            Ok(questions) => questions,
            Err(problem) => return Some(Err(without_credentials(problem))),
        };
        let (identity, theirs, caller, membership) = tokio::join!(
            self.answers.owner.get_or_init(|| questions.identity()),
            self.answers.owned.get_or_init(|| questions.membership()),
            self.identity(),
            self.membership(),
        );
        let claim = Claim { caller, membership, partition: self.member.partition };
        let proof = prove(&claim, identity, theirs)?;
        Some(proof.map(|proof| Owner { questions, proof, evidence: owner::evidence(identity, theirs) }))
    }

    /// Who the management credential is proven to be: the owner of the organization that the account is in. `None` where no such
    /// credential was given, or where there is no organization.
    ///
    /// # Errors
    /// Why it is not used, and what to do about it.
    pub async fn owner(&self) -> Result<Option<OwnerProof>, Problem> {
        let owner = self.management().await.transpose().map_err(|refused| refused.problem)?;
        Ok(owner.map(|owner| owner.proof))
    }
}

/// A copy of the answer, if it succeeded and `counts` accepts it.
fn answered<T: Clone>(cell: &OnceCell<Recorded<T>>, counts: impl FnOnce(&T) -> bool) -> OnceCell<Recorded<T>> {
    OnceCell::new_with(cell.get().filter(|answer| answer.result.as_ref().is_ok_and(counts)).cloned())
}
