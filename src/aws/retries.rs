//! How often a call is tried, as the environment and the profile say.
//!
//! The SDK panics over a setting that it does not understand, and does not know the mode that the AWS CLI began with.

use aws_config::profile::Profile;
use aws_smithy_types::retry::{RetryConfig, RetryMode};
use aws_types::os_shim_internal::Env;
use jiff::Timestamp;

use super::setting::Setting;
use crate::checklist::Problem;

/// The settings for retries: for each, the environment counts before the profile.
///
/// # Errors
/// `Configuration` for a value that the setting does not have, with its place.
pub(super) fn configured(env: &Env, profile: Option<&Profile>, now: Timestamp) -> Result<RetryConfig, Problem> {
    let mut retries = RetryConfig::standard();
    if let Some(mode) = Setting::find(&["AWS_RETRY_MODE"], "retry_mode", env, profile) {
        let known = match mode.value.trim().to_ascii_lowercase().as_str() {
            // The oldest mode of other SDKs, which this one does not have. Source: AWS SDKs and Tools Reference Guide, Retry behavior.
            "legacy" | "standard" => Some(RetryMode::Standard),
            "adaptive" => Some(RetryMode::Adaptive),
            _ => None,
        };
        retries = retries.with_retry_mode(known.ok_or_else(|| mode.problem("Use standard, adaptive or legacy", now))?);
    }
    if let Some(attempts) = Setting::find(&["AWS_MAX_ATTEMPTS"], "max_attempts", env, profile) {
        let number = attempts.value.trim().parse().ok().filter(|number| *number > 0);
        retries = retries.with_max_attempts(number.ok_or_else(|| attempts.problem("Use a whole number from 1", now))?);
    }
    Ok(retries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_env(variable: &str, value: &str) -> Result<(RetryMode, u32), String> {
        let retries = configured(&Env::from_slice(&[(variable, value)]), None, Timestamp::UNIX_EPOCH);
        retries.map(|retries| (retries.mode(), retries.max_attempts())).map_err(|problem| problem.message)
    }

    #[test]
    fn the_oldest_mode_counts_as_standard_and_what_is_no_setting_is_named() {
        for (value, mode) in
            [("legacy", RetryMode::Standard), ("STANDARD", RetryMode::Standard), (" adaptive ", RetryMode::Adaptive)]
        {
            assert_eq!(of_env("AWS_RETRY_MODE", value), Ok((mode, 3)), "{value}");
        }
        assert_eq!(of_env("AWS_MAX_ATTEMPTS", "7"), Ok((RetryMode::Standard, 7)));
        assert_eq!(of_env("AWS_OTHER", "x"), Ok((RetryMode::Standard, 3)));
        for (variable, value) in [
            ("AWS_RETRY_MODE", ""),
            ("AWS_RETRY_MODE", "fast"),
            ("AWS_MAX_ATTEMPTS", ""),
            ("AWS_MAX_ATTEMPTS", "0"),
            ("AWS_MAX_ATTEMPTS", "-1"),
            ("AWS_MAX_ATTEMPTS", "many"),
            ("AWS_MAX_ATTEMPTS", "99999999999"),
        ] {
            let said = of_env(variable, value).unwrap_err();
            assert!(said.starts_with(&format!("The setting {variable} in the environment is “{value}”")), "{said}");
        }
    }
}
