//! Finds out whether requests go to somebody else's endpoint in place of AWS's own.
//!
//! It asks the SDK's own configuration, so that what is shown is what is used. A redirected endpoint would also receive the leave.

use std::collections::BTreeMap;

use aws_types::SdkConfig;
use aws_types::service_config::ServiceConfigKey;
use jiff::Timestamp;

use super::signed::PAYMENTS;
use crate::checklist::{Problem, ProblemKind};
use crate::untrusted::neutralise;

/// The services that are called, by the names that the SDK's configuration knows them by.
const SERVICES: [&str; 8] = ["Organizations", "STS", "Account", "IAM", "Support", "Billing", "CloudFormation", PAYMENTS.id];

/// An endpoint that somebody set in place of AWS's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomEndpoint {
    /// The service it is for, in lower case, such as `organizations`; `None` for every service without one of its own.
    pub service: Option<String>,
    /// The host, with its port when one is named. Neutralised.
    pub host: String,
}

/// Which host takes AWS's place, and for which services when not for all.
#[must_use]
pub fn in_words(custom_endpoints: &[CustomEndpoint]) -> Vec<String> {
    let mut hosts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for endpoint in custom_endpoints {
        hosts.entry(&endpoint.host).or_default().extend(endpoint.service.as_deref());
    }
    let words = |(host, services): (&str, Vec<&str>)| {
        if services.is_empty() { host.to_owned() } else { format!("{host} for {}", services.join(", ")) }
    };
    hosts.into_iter().map(words).collect()
}

/// Every endpoint set in the environment or the profile.
///
/// # Errors
/// When one of them is no URL that a request can be sent to, or FIPS endpoints are asked for as well.
pub(super) fn custom(config: &SdkConfig, now: Timestamp) -> Result<Vec<CustomEndpoint>, Problem> {
    let general = config.endpoint_url();
    let mut found = Vec::new();
    if let Some(url) = general {
        found.push(CustomEndpoint { service: None, host: host(url, now)? });
    }
    for service in SERVICES {
        let own = of_service(config, service);
        if let Some(url) = own.filter(|url| Some(url.as_str()) != general) {
            found.push(CustomEndpoint { service: Some(service.to_lowercase()), host: host(&url, now)? });
        }
    }
    // Source: the endpoint rule sets of the services, in botocore.
    if config.use_fips() == Some(true) && !found.is_empty() {
        let message = format!(
            "FIPS endpoints are switched on (AWS_USE_FIPS_ENDPOINT or use_fips_endpoint), and a custom endpoint is set ({}). The SDK allows \
             only one of the two: remove one.",
            in_words(&found).join(", ")
        );
        return Err(Problem::here(ProblemKind::Configuration, "configuration", &message, now));
    }
    Ok(found)
}

/// The endpoint that is set for this service, and no other.
pub(super) fn of_service(config: &SdkConfig, service: &str) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL").profile("endpoint_url").build().ok()?;
    config.service_config()?.load_config(key)
}

/// The host of a URL. A URL may hold a name and a password; they are nobody's to see.
fn host(url: &str, now: Timestamp) -> Result<String, Problem> {
    let parsed = url.parse::<http::Uri>().ok().filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
    let Some(authority) = parsed.as_ref().and_then(http::Uri::authority) else {
        let message = "A custom endpoint (AWS_ENDPOINT_URL or endpoint_url) is no URL. It has to begin with https:// or http://.";
        return Err(Problem::here(ProblemKind::Configuration, "configuration", message, now));
    };
    let named = authority.port().map_or_else(|| authority.host().to_owned(), |port| format!("{}:{port}", authority.host()));
    Ok(neutralise(&named))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_shown_without_name_and_password() {
        assert_eq!(host("http://user:secret@127.0.0.1:4566/path", Timestamp::UNIX_EPOCH).unwrap(), "127.0.0.1:4566");
        assert_eq!(
            host("https://vpce-1.organizations.us-east-1.vpce.amazonaws.com", Timestamp::UNIX_EPOCH).unwrap(),
            "vpce-1.organizations.us-east-1.vpce.amazonaws.com"
        );
    }

    #[test]
    fn what_is_no_url_is_a_mistake_in_the_configuration() {
        for wrong in ["not a url", "notaurl", "localhost:4566", "ftp://127.0.0.1"] {
            assert_eq!(host(wrong, Timestamp::UNIX_EPOCH).unwrap_err().kind, ProblemKind::Configuration, "{wrong}");
        }
    }
}
