//! One setting of the AWS configuration and its place, for what the SDK takes without a look or panics over.

use aws_config::profile::Profile;
use aws_types::os_shim_internal::Env;
use jiff::Timestamp;

use super::profiles;
use crate::checklist::Problem;

/// A setting, and where it was found.
pub(super) struct Setting {
    key: String,
    place: String,
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

    /// `key` of a sign-in that profiles share.
    pub fn of_sign_in(env: &Env, name: &str, key: &str, value: &str) -> Self {
        let place = format!("the section sso-session {} ({})", profiles::short(name), profiles::files(env));
        Self { key: key.to_owned(), place, value: value.to_owned() }
    }

    /// A value that the setting does not have, with its place.
    pub fn problem(&self, what_to_do: &str, now: Timestamp) -> Problem {
        let message = format!("{} is “{}”, which is not valid. {what_to_do}.", self.named(), profiles::short(&self.value));
        Problem::of_configuration(&message, now)
    }

    /// The setting and its place, without what it says: that can be a secret.
    pub fn named(&self) -> String {
        format!("The setting {} in {}", self.key, self.place)
    }
}

/// What to do about an invalid region.
pub(super) const A_REGION: &str = "Use the name of a region, such as eu-central-1";

/// Whether this can be a region's name: it becomes a part of a host's name.
///
/// Source: `isValidHostLabel` in the endpoint rule sets of the services, in botocore.
pub(super) fn is_region(name: &str) -> bool {
    name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_a_part_of_the_name_of_a_host() {
        for name in ["eu-central-1", "us-gov-west-1", "aws-global", "local", &"x".repeat(63)] {
            assert!(is_region(name), "{name}");
        }
        for name in ["", "-", "-1", "EU", "eu central", "a.b", "\u{fc}", &"x".repeat(64)] {
            assert!(!is_region(name), "{name}");
        }
    }
}
