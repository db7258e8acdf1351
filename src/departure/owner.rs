//! The owner's credentials: used only once AWS has proven whose they are.

use super::{Attempt, Departure, Effect, Lock, News};
use crate::aws::{self, Endpoint, Side};
use crate::checklist::{OwnerProof, Problem, StepId};

/// How far the owner's credentials are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ownership {
    /// The profile that is theirs, whether or not that is proven over the present connection.
    pub profile: Option<String>,
    /// Whose they are, once AWS has proven it.
    pub proof: Option<OwnerProof>,
    pub asking: Option<AskingOwner>,
    /// The last profile that is not used, and why.
    pub refused: Option<(String, Problem)>,
}

/// A profile of which AWS is being asked whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskingOwner {
    pub attempt: Attempt,
    pub profile: String,
    /// Whether everything has to be asked again once it is proven: the checks that run do not know of it.
    pub rechecks: bool,
}

impl Departure {
    pub(super) fn ask_owner(&mut self, profile: String, rechecks: bool) {
        let attempt = self.next_attempt();
        self.owner.asking = Some(AskingOwner { attempt, profile: profile.clone(), rechecks });
        self.effects.push(Effect::ConnectOwner(attempt, profile));
    }

    /// AWS said whose the profile is. What the owner can tell is asked for at once.
    pub(super) fn owner_met(
        &mut self,
        attempt: Attempt,
        profile: String,
        endpoints: Vec<Endpoint>,
        result: Result<OwnerProof, Problem>,
    ) {
        let Some(asked) = self.owner.asking.take_if(|asking| asking.attempt == attempt) else { return };
        // A rejected profile does not replace the endpoints of the profile in use.
        if result.is_ok() || self.owner.profile.is_none() {
            self.endpoints.retain(|endpoint| endpoint.profile == Side::Member);
            self.endpoints.extend(endpoints);
            self.note_endpoints();
        }
        match result {
            Ok(proof) => {
                // While nothing but the leave is asked, the round before it has its own questions.
                let rechecks = asked.rechecks && self.is_at_the_checklist();
                self.news.push(News::OwnerProven { profile: profile.clone(), proof: proof.clone(), rechecks });
                self.owner = Ownership { profile: Some(profile), proof: Some(proof), asking: None, refused: None };
                if rechecks {
                    self.retry(&StepId::ALL);
                }
            }
            Err(problem) => {
                self.news.push(News::OwnerRefused { profile: profile.clone(), problem: problem.clone() });
                self.owner.refused = Some((profile, problem));
            }
        }
    }

    /// What keeps the owner's credentials from being of use: it has to be known which organization this is about.
    pub(super) fn locked_for_the_owner(&self) -> Option<Lock> {
        let is_known = self.is_identified && self.checklist.is_a_member();
        if self.session().is_none() { Some(Lock::Connection) } else { (!is_known).then_some(Lock::Identity) }
    }

    /// Where the management profile is answered, as a sentence, where there is one and that is elsewhere.
    pub(crate) fn difference_of_endpoints(&self) -> Option<String> {
        self.owner.profile.as_ref().and_then(|_| aws::difference(&self.endpoints))
    }

    /// Whose the owner's credentials are, as long as that is the owner of the organization that the account is in now.
    pub(crate) fn owner_proof(&self) -> Option<&OwnerProof> {
        let organization = self.checklist.subject.as_ref()?.organization()?;
        let owns = |proof: &&OwnerProof| {
            proof.organization == organization.id && organization.management_account.as_ref() == Some(&proof.account)
        };
        self.owner.proof.as_ref().filter(owns)
    }

    /// New credentials of the account: what was proven over the old ones has to be proven anew.
    pub(super) fn forget_owners_proof(&mut self) {
        self.owner.proof = None;
        self.owner.asking = None;
    }

    /// Has the owner's profile proven over a new connection, where there is one. The checks of that connection know of it already.
    pub(super) fn ask_known_owner(&mut self) {
        if let Some(profile) = self.owner.profile.clone() {
            self.ask_owner(profile, false);
        }
    }
}
