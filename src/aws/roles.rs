//! The account's IAM roles, read once in a round: whom each of them trusts is asked by more than one step.
//!
//! It reads them and judges none.

use super::read_clients::{OfAccount, ReadClients};
use crate::checklist::{Evidence, Problem, texts};

/// How much memory is kept for all roles, in bytes: more than 20,000 roles of usual size take. Beyond it, as beyond the last page that is read, nothing is
/// claimed.
const MOST_KEPT: usize = 16 << 20;

/// What is kept of a role. An account can have thousands, and nobody asks for their ids, tags and dates.
#[derive(Debug)]
pub(super) struct ListedRole {
    pub name: String,
    pub path: String,
    /// Whom it trusts, as IAM writes it: JSON, percent-encoded. Empty where IAM left it out.
    pub trust: String,
}

impl ListedRole {
    /// How much memory it takes, in bytes.
    fn size(&self) -> usize {
        size_of::<Self>() + self.name.len() + self.path.len() + self.trust.len()
    }

    /// AWS's own services run on these; nobody can step through them, and IAM Identity Center takes its own away.
    pub fn is_awss_own(&self) -> bool {
        self.path.starts_with("/aws-service-role/") || self.path.starts_with("/aws-reserved/")
    }
}

/// The roles of an account, as far as they were read.
#[derive(Debug)]
pub(super) struct Roles {
    pub found: Vec<ListedRole>,
    /// Whether there are no more than were read.
    pub all: bool,
    pub problem: Option<Problem>,
    pub evidence: Vec<Evidence>,
}

impl Roles {
    /// Reads the roles of `account` page after page, up to the bound.
    pub async fn read<'a, F: OfAccount<'a>>(ask: &ReadClients, account: impl Fn() -> F) -> Self {
        let mut roles = Self { found: Vec::new(), all: false, problem: None, evidence: Vec::new() };
        let mut next = None;
        let bounds = &texts::rules().bounds;
        for _ in 0..bounds.role_pages {
            let page = ask.roles(account(), bounds.roles_per_page, next).await;
            roles.evidence.push(page.told(|output| {
                let more = if output.is_truncated() { "; there are more" } else { "" };
                format!("{} roles read{more}.", output.roles().len())
            }));
            match page.result {
                Ok(output) => {
                    next = output.marker().map(str::to_owned);
                    roles.all = !output.is_truncated();
                    roles.found.extend(output.roles.into_iter().map(|role| ListedRole {
                        name: role.role_name,
                        path: role.path,
                        trust: role.assume_role_policy_document.unwrap_or_default(),
                    }));
                }
                Err(problem) => {
                    roles.problem = Some(problem);
                    break;
                }
            }
            let kept: usize = roles.found.iter().map(ListedRole::size).sum();
            if roles.all || next.is_none() || kept > MOST_KEPT {
                break;
            }
        }
        roles
    }

    /// Whether every role there is was read.
    pub fn are_complete(&self) -> bool {
        self.problem.is_none() && self.all
    }

    /// The role of this name, if it was read.
    pub fn named(&self, name: &str) -> Option<&ListedRole> {
        self.found.iter().find(|role| role.name == name)
    }
}
