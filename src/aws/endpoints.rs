//! Finds out whether requests go to somebody else's endpoint in place of AWS's own.
//!
//! It asks the SDK's own configuration, so that what is shown is what is used. A redirected endpoint would also receive the leave.

use aws_types::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

use crate::untrusted::neutralise;

/// The services that are called, by the names that the SDK's configuration knows them by.
const SERVICES: [&str; 6] = ["Organizations", "STS", "Account", "IAM", "Support", "Billing"];

/// An endpoint that somebody set in place of AWS's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomEndpoint {
    /// The service it is for, in lower case, such as `organizations`; `None` for every service without one of its own.
    pub service: Option<String>,
    /// The host, with its port when one is named. Neutralised.
    pub host: String,
}

/// Every endpoint set in the environment or the profile.
pub(super) fn custom(config: &SdkConfig) -> Vec<CustomEndpoint> {
    let general = config.endpoint_url();
    let mut found: Vec<CustomEndpoint> =
        general.map(|url| CustomEndpoint { service: None, host: host(url) }).into_iter().collect();
    for service in SERVICES {
        let own = of_service(config, service);
        if let Some(url) = own.filter(|url| Some(url.as_str()) != general) {
            found.push(CustomEndpoint { service: Some(service.to_lowercase()), host: host(&url) });
        }
    }
    found
}

fn of_service(config: &SdkConfig, service: &str) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL").profile("endpoint_url").build().ok()?;
    config.service_config()?.load_config(key)
}

fn host(url: &str) -> String {
    let authority = url.parse::<http::Uri>().ok().and_then(|uri| uri.authority().cloned());
    // A URL may hold a name and a password; they are nobody's to see.
    let named = authority.as_ref().map(|a| a.port().map_or_else(|| a.host().to_owned(), |port| format!("{}:{port}", a.host())));
    neutralise(&named.unwrap_or_else(|| "an endpoint that is no URL".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_shown_without_name_and_password() {
        assert_eq!(host("http://user:secret@127.0.0.1:4566/path"), "127.0.0.1:4566");
        assert_eq!(
            host("https://vpce-1.organizations.us-east-1.vpce.amazonaws.com"),
            "vpce-1.organizations.us-east-1.vpce.amazonaws.com"
        );
        assert_eq!(host("not a url"), "an endpoint that is no URL");
    }
}
