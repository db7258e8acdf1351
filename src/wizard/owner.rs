//! The owner's credentials: chosen here, and used only once AWS has proven whose they are.

use super::{Attempt, Command, Direction, Effect, Model, Notice, Overlay, ProfileChoice, Screen, words};
use crate::aws::{Endpoint, Side};
use crate::checklist::{OwnerProof, Problem, StepId};

/// How far the owner's credentials are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ownership {
    /// The profile that is theirs, whether or not that is proven over the present connection.
    pub profile: Option<String>,
    /// Whose they are, once AWS has proven it.
    pub proof: Option<OwnerProof>,
    /// What is being looked at.
    pub asking: Option<AskingOwner>,
    /// The last profile that is not used, and why.
    pub refused: Option<(String, Problem)>,
}

/// A profile of which AWS is being asked whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskingOwner {
    /// Which try.
    pub attempt: Attempt,
    /// The profile.
    pub profile: String,
    /// Whether everything has to be asked again once it is proven: the checks that run do not know of it.
    pub rechecks: bool,
}

/// The list of profiles from which the owner's is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnerChoice {
    /// The profiles are being read.
    Reading,
    /// These can be chosen.
    Among {
        /// The profiles.
        profiles: Vec<ProfileChoice>,
        /// Which one is selected.
        cursor: usize,
    },
    /// The profiles could not be read.
    Failed(Problem),
}

impl Model {
    /// Opens the list of profiles.
    pub(super) fn choose_owner(&mut self) -> Vec<Effect> {
        if !self.may_ask_with_owner() {
            return Vec::new();
        }
        self.overlay = Some(Overlay::Owner(OwnerChoice::Reading));
        vec![Effect::ListOwnerProfiles]
    }

    /// Whether the owner's credentials would be of use now: it is known which organization this is about.
    #[must_use]
    pub fn may_ask_with_owner(&self) -> bool {
        let is_member = self.checklist.subject.as_ref().is_some_and(|subject| subject.organization().is_some());
        is_member && self.is_identified && self.session().is_some() && matches!(self.screen, Screen::Checklist)
    }

    pub(super) fn owner_profiles_listed(&mut self, result: Result<Vec<ProfileChoice>, Problem>) -> Vec<Effect> {
        if let Some(Overlay::Owner(choice @ OwnerChoice::Reading)) = &mut self.overlay {
            *choice = match result {
                Ok(profiles) => OwnerChoice::Among { profiles, cursor: 0 },
                Err(problem) => OwnerChoice::Failed(problem),
            };
        }
        Vec::new()
    }

    pub(super) fn owner_command(&mut self, command: Command) -> Vec<Effect> {
        match (command, &mut self.overlay) {
            (Command::Back, _) => {
                self.close_overlay();
                Vec::new()
            }
            (Command::Retry, Some(Overlay::Owner(OwnerChoice::Failed(_)))) => self.choose_owner(),
            (Command::Move(direction), Some(Overlay::Owner(OwnerChoice::Among { profiles, cursor }))) => {
                let last = profiles.len().saturating_sub(1);
                *cursor = match direction {
                    Direction::Up => cursor.saturating_sub(1),
                    Direction::Down => (*cursor + 1).min(last),
                    Direction::PageUp | Direction::First => 0,
                    Direction::PageDown | Direction::Last => last,
                };
                Vec::new()
            }
            (Command::Open, Some(Overlay::Owner(OwnerChoice::Among { profiles, cursor }))) if self.owner.asking.is_none() => {
                let profile = profiles.get(*cursor).map(|profile| profile.name.clone());
                profile.map(|profile| self.ask_owner(profile, true)).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    /// Asks AWS whose `profile` is.
    pub(super) fn ask_owner(&mut self, profile: String, rechecks: bool) -> Vec<Effect> {
        let attempt = self.next_attempt();
        self.owner.asking = Some(AskingOwner { attempt, profile: profile.clone(), rechecks });
        vec![Effect::ConnectOwner { attempt, profile }]
    }

    /// AWS said whose the profile is. What the owner can tell is asked for at once.
    pub(super) fn owner_met(
        &mut self,
        attempt: Attempt,
        profile: String,
        endpoints: Vec<Endpoint>,
        result: Result<OwnerProof, Problem>,
    ) -> Vec<Effect> {
        let Some(asked) = self.owner.asking.take_if(|asking| asking.attempt == attempt) else { return Vec::new() };
        // A rejected profile does not replace the endpoints of the profile in use.
        if result.is_ok() || self.owner.profile.is_none() {
            self.endpoints.retain(|endpoint| endpoint.profile == Side::Member);
            self.endpoints.extend(endpoints);
            self.note_endpoints();
        }
        match result {
            Ok(proof) => {
                let said = words::owner_proven(&profile, &proof);
                self.owner = Ownership { profile: Some(profile), proof: Some(proof), asking: None, refused: None };
                if matches!(self.overlay, Some(Overlay::Owner(_))) {
                    self.close_overlay();
                }
                // While nothing but the leave is asked, the round before it has its own questions.
                if asked.rechecks && !matches!(self.screen, Screen::Leave | Screen::OtherAccount { .. }) {
                    self.notice = Some(Notice::Said(said));
                    return self.retry(&StepId::ALL);
                }
            }
            Err(problem) => {
                // Where the list of profiles is not open, nobody would see it.
                if !matches!(self.overlay, Some(Overlay::Owner(_))) && matches!(self.screen, Screen::Account | Screen::Checklist)
                {
                    self.notice = Some(Notice::Failed(words::owner_refused(&profile, &problem)));
                }
                self.owner.refused = Some((profile, problem));
            }
        }
        Vec::new()
    }

    /// Whose the owner's credentials are, as long as that is the owner of the organization that the account is in now.
    #[must_use]
    pub fn owner_proof(&self) -> Option<&OwnerProof> {
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
    pub(super) fn ask_known_owner(&mut self) -> Vec<Effect> {
        self.owner.profile.clone().map(|profile| self.ask_owner(profile, false)).unwrap_or_default()
    }
}
