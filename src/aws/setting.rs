//! One setting of the AWS configuration and its place, for what the SDK takes without a look or panics over.

use aws_config::profile::Profile;
use aws_types::os_shim_internal::Env;
use jiff::Timestamp;

use super::profiles;
use crate::checklist::{Problem, ProblemKind};

/// A setting, and where it was found.
pub(super) struct Setting {
    key: String,
    place: String,
    /// What it says there.
    pub value: String,
}

impl Setting {
    /// The first of `variables` that is set counts, and then `key` of the profile.
    pub fn find(variables: &[&str], key: &str, env: &Env, profile: Option<&Profile>) -> Option<Self> {
        let of_env = |variable: &&str| {
            let value = env.get(variable).ok()?;
            Some(Self { key: (*variable).to_owned(), place: "the environment".to_owned(), value })
        };
        let of_profile = || {
            let profile = profile?;
            let value = profile.get(key)?.to_owned();
            Some(Self { key: key.to_owned(), place: profiles::place(env, profile.name()), value })
        };
        variables.iter().find_map(of_env).or_else(of_profile)
    }

    /// A value that the setting does not have, with its place.
    pub fn problem(&self, what_to_do: &str, now: Timestamp) -> Problem {
        let message = format!("{} is “{}”, which is not valid. {what_to_do}.", self.named(), profiles::short(&self.value));
        Problem::here(ProblemKind::Configuration, "configuration", &message, now)
    }

    /// The setting and its place, without what it says: that can be a secret.
    pub fn named(&self) -> String {
        format!("The setting {} in {}", self.key, self.place)
    }
}
