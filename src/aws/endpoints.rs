//! Finds out whether requests go to somebody else's endpoint in place of AWS's own, and turns away those that would cross a network in clear text.
//!
//! For the services that are asked about the account it asks the SDK's own configuration, so that what is shown is what is used. On the way to
//! credentials it watches the requests themselves: what receives a token is shown, whichever setting led there. A redirected endpoint would also
//! receive the leave.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_types::SdkConfig;
use aws_types::os_shim_internal::Env;
use aws_types::service_config::ServiceConfigKey;
use http::Uri;
use jiff::Timestamp;
use serde::Serialize;

use super::around::{Around, around};
use super::profiles;
use super::signed::PAYMENTS;
use crate::checklist::{Partition, Problem};
use crate::untrusted::sanitize;

/// The services that are called, by the names that the SDK's configuration knows them by.
const SERVICES: [&str; 8] = ["Organizations", "STS", "Account", "IAM", "Support", "Billing", "CloudFormation", PAYMENTS];

/// What stands for every service that has no endpoint of its own.
const EVERY_SERVICE: &str = "*";

/// Whose profile sends requests to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The profile of the account that is to leave.
    Member,
    Management,
}

/// An endpoint in place of AWS's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Endpoint {
    pub profile: Side,
    /// The service it is for, in lower case, such as `organizations`; `*` for every service without an endpoint of its own.
    pub service: String,
    /// Scheme and host, with the port when one is named, such as `http://127.0.0.1:4566`. Sanitized.
    pub url: String,
}

/// Which hosts take AWS's place, each with the services that it is for when not for all. What is the same for both profiles is said once.
#[must_use]
pub fn in_words(endpoints: &[Endpoint]) -> Vec<String> {
    let mut urls: BTreeMap<(Side, &str), Vec<&str>> = BTreeMap::new();
    for endpoint in endpoints {
        let of_member = Endpoint { profile: Side::Member, ..endpoint.clone() };
        if endpoint.profile == Side::Member || !endpoints.contains(&of_member) {
            urls.entry((endpoint.profile, &endpoint.url)).or_default().push(&endpoint.service);
        }
    }
    let words = |((profile, url), services): ((Side, &str), Vec<&str>)| {
        let services = if services.contains(&EVERY_SERVICE) { String::new() } else { format!(" for {}", services.join(", ")) };
        let profile = if profile == Side::Management { " (management profile)" } else { "" };
        format!("{url}{services}{profile}")
    };
    urls.into_iter().map(words).collect()
}

/// What the responses of the management profile come from, as a sentence, where that is not what the member's come from.
#[must_use]
pub fn difference(endpoints: &[Endpoint]) -> Option<String> {
    // What a profile signs in with may differ, as long as its questions are answered in the same place.
    let asked = |profile: Side| {
        let of_profile = endpoints.iter().filter(|endpoint| endpoint.profile == profile);
        let is_asked =
            |service: &str| service == EVERY_SERVICE || SERVICES.iter().any(|known| known.eq_ignore_ascii_case(service));
        of_profile
            .filter(|endpoint| is_asked(&endpoint.service))
            .map(|endpoint| Endpoint { profile: Side::Member, ..endpoint.clone() })
            .collect::<Vec<_>>()
    };
    let (member, management) = (asked(Side::Member), asked(Side::Management));
    let place = |endpoints: &[Endpoint]| if endpoints.is_empty() { "AWS".to_owned() } else { in_words(endpoints).join(", ") };
    (member != management).then(|| {
        format!(
            "Requests with the management profile go to {}. Requests with this account's profile go to {}.",
            place(&management),
            place(&member)
        )
    })
}

/// The endpoints in place of AWS's own that a connection has come to, while it is made as well as afterwards.
#[derive(Debug, Clone, Default)]
pub struct Endpoints(Arc<Mutex<Met>>);

#[derive(Debug, Default)]
struct Met {
    used: BTreeSet<Endpoint>,
    /// The first one on the way to credentials that was not used, because it would have been asked in clear text.
    refused: BTreeMap<Side, PlainHttp>,
}

impl Endpoints {
    /// Those so far: the member's first.
    #[must_use]
    pub fn list(&self) -> Vec<Endpoint> {
        self.met().used.iter().cloned().collect()
    }

    fn add(&self, endpoints: impl IntoIterator<Item = Endpoint>) {
        self.met().used.extend(endpoints);
    }

    fn met(&self) -> MutexGuard<'_, Met> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What holds for the endpoints of one profile.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub profile: Side,
    /// Whether requests may go over `http://` to another machine.
    pub allow_http: bool,
    pub endpoints: Endpoints,
}

impl Rules {
    /// Notes down and gives every endpoint that is set in the environment or the profile for the services that are asked. `place` says where that
    /// of a service is set.
    ///
    /// # Errors
    /// When one of them is no URL that a request can be sent to, would cross a network in clear text, or FIPS endpoints are asked for as well.
    pub fn custom(&self, config: &SdkConfig, place: impl Fn(&str) -> String, now: Timestamp) -> Result<Vec<Endpoint>, Problem> {
        let general = config.endpoint_url();
        let services = SERVICES.map(|service| (service.to_lowercase(), of_service(config, service)));
        let mut found = Vec::new();
        for (service, url) in [(EVERY_SERVICE.to_owned(), general.map(str::to_owned))].into_iter().chain(services) {
            let is_own = service == EVERY_SERVICE || url.as_deref() != general;
            if let Some(url) = url.filter(|_| is_own) {
                let place = place(&service);
                let uri = parsed(&url, &place, now)?;
                self.permit(&uri, &service).map_err(|refused| {
                    let message = format!("{refused} It is set by {place}.");
                    Problem::of_configuration(&message, now)
                })?;
                found.push(Endpoint { profile: self.profile, service, url: shown(&uri) });
            }
        }
        // Source: the endpoint rule sets of the services, in botocore.
        if config.use_fips() == Some(true) && !found.is_empty() {
            let message = format!(
                "FIPS endpoints are switched on (AWS_USE_FIPS_ENDPOINT or use_fips_endpoint), and a custom endpoint is set ({}). The SDK allows \
                 only one of the two: remove one.",
                in_words(&found).join(", ")
            );
            return Err(Problem::of_configuration(&message, now));
        }
        self.endpoints.add(found.iter().cloned());
        Ok(found)
    }

    /// A client that sends no request in clear text to another machine unless that is allowed.
    pub fn guard(&self, client: SharedHttpClient) -> SharedHttpClient {
        around(client, Guard { rules: self.clone(), is_for_credentials: false })
    }

    /// The same, for the services that give credentials: it notes down where its requests go as well.
    pub fn watch(&self, client: SharedHttpClient) -> SharedHttpClient {
        around(client, Guard { rules: self.clone(), is_for_credentials: true })
    }

    /// The endpoint on the way to credentials that was not asked, because it would have been asked in clear text. The SDK's sources pass
    /// over the reason.
    pub fn refused(&self) -> Option<PlainHttp> {
        self.endpoints.met().refused.get(&self.profile).cloned()
    }

    fn permit(&self, uri: &Uri, service: &str) -> Result<(), PlainHttp> {
        let is_encrypted = uri.scheme_str() == Some("https");
        let is_here = uri.host().is_some_and(|host| is_loopback(host) || is_metadata(host) && is_of_machine(service));
        if is_encrypted || self.allow_http || is_here { Ok(()) } else { Err(PlainHttp(shown(uri))) }
    }

    fn note(&self, service: String, uri: &Uri) {
        let url = shown(uri);
        let is_usual_port = matches!(uri.port_u16(), None | Some(80));
        if is_aws(uri) || is_of_machine(&service) && is_usual_port && uri.host().is_some_and(is_metadata) {
            return;
        }
        let known = self.endpoints.list();
        let is_known = |known: &Endpoint| {
            known.profile == self.profile && known.url == url && [EVERY_SERVICE, &service].contains(&known.service.as_str())
        };
        if !known.iter().any(is_known) {
            self.endpoints.add([Endpoint { profile: self.profile, service, url }]);
        }
    }
}

/// A request that would have crossed a network in clear text. It was not sent.
#[derive(Debug, Clone, thiserror::Error)]
#[error(
    "The endpoint {0} uses http:// and is on another machine, so nothing was sent to it. Anyone on the network could read tokens and \
     change responses. Use https://, or start leave-org with --allow-http."
)]
pub(super) struct PlainHttp(String);

#[derive(Debug)]
struct Guard {
    rules: Rules,
    is_for_credentials: bool,
}

impl Around for Guard {
    fn call(self: &Arc<Self>, inner: &SharedHttpConnector, request: HttpRequest) -> HttpConnectorFuture {
        // The connector rejects invalid URIs itself.
        if let Ok(uri) = request.uri().parse::<Uri>() {
            let service = service_of(&request);
            if let Err(refused) = self.rules.permit(&uri, &service) {
                if self.is_for_credentials {
                    self.rules.endpoints.met().refused.entry(self.rules.profile).or_insert_with(|| refused.clone());
                }
                return HttpConnectorFuture::ready(Err(ConnectorError::user(refused.into())));
            }
            if self.is_for_credentials {
                self.rules.note(service, &uri);
            }
        }
        inner.call(request)
    }
}

/// The endpoint that is set for this service, and no other.
pub(super) fn of_service(config: &SdkConfig, service: &str) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id(service).env(VARIABLE).profile("endpoint_url").build().ok()?;
    config.service_config()?.load_config(key)
}

/// Where the endpoint of a service in lower case, or of every service, is set for a profile.
///
/// Source: AWS SDKs and Tools Reference Guide, Service-specific endpoints.
pub(super) fn place(env: &Env, profile: &str, service: &str) -> String {
    let of_service = format!("{VARIABLE}_{}", service.to_uppercase().replace(' ', "_"));
    let variable = [of_service.as_str(), VARIABLE].into_iter().find(|variable| env.get(variable).is_ok());
    variable.map_or_else(|| format!("endpoint_url for {}", profiles::place(env, profile)), str::to_owned)
}

/// The variable for every service; that for one has the service's name behind it.
const VARIABLE: &str = "AWS_ENDPOINT_URL";

fn parsed(url: &str, place: &str, now: Timestamp) -> Result<Uri, Problem> {
    let uri = url.parse::<Uri>().ok().filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some());
    uri.ok_or_else(|| {
        let message = format!("The endpoint set by {place} is no URL. It has to begin with https:// or http://.");
        Problem::of_configuration(&message, now)
    })
}

/// Scheme, host and port. A URL may hold a name and a password, or a key in its path; they are nobody's to see.
fn shown(uri: &Uri) -> String {
    let port = uri.port().map_or_else(String::new, |port| format!(":{port}"));
    sanitize(&format!("{}://{}{port}", uri.scheme_str().unwrap_or_default(), uri.host().unwrap_or_default()))
}

/// The name for a service that the SDK does not name.
const CREDENTIALS: &str = "credentials";

/// The service that the SDK says a request is for; [`CREDENTIALS`] where it says none, as of a container's.
fn service_of(request: &HttpRequest) -> String {
    let agents = ["x-amz-user-agent", "user-agent"].into_iter().filter_map(|name| request.headers().get(name));
    let named = agents.flat_map(str::split_whitespace).find_map(|part| part.strip_prefix("api/"));
    sanitize(named.and_then(|named| named.split('/').next()).unwrap_or(CREDENTIALS))
}

fn address(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Whether what is sent to `host` crosses no network: this machine, and the addresses at which the machine below it hands out credentials.
pub(super) fn stays_here(host: &str) -> bool {
    is_loopback(host) || is_metadata(host)
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || address(host).is_some_and(|address| address.is_loopback())
}

/// Whether a service, by [`service_of`], is that of the machine itself: of its metadata, or of a container's credentials. No other
/// service uses link-local addresses.
fn is_of_machine(service: &str) -> bool {
    ["imds", CREDENTIALS].contains(&service)
}

/// The link-local addresses of the services for credentials of instances and containers.
///
/// Source: AWS SDKs and Tools Reference Guide, IMDS credential provider and Container credential provider.
fn is_metadata(host: &str) -> bool {
    const ADDRESSES: [&str; 5] = ["169.254.169.254", "fd00:ec2::254", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"];
    address(host).is_some_and(|address| ADDRESSES.iter().any(|known| known.parse() == Ok(address)))
}

/// Whether this is where AWS itself answers the services that give credentials. Other names below AWS's domains are anybody's to have.
///
/// Source: the endpoint rule sets of STS, IAM Identity Center, its OIDC service and Sign-In, in botocore.
fn is_aws(uri: &Uri) -> bool {
    let (Some("https"), Some(host), None | Some(443)) = (uri.scheme_str(), uri.host(), uri.port_u16()) else { return false };
    let is_region =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let suffixes = Partition::ALL.into_iter().flat_map(|partition| [partition.dns_suffix(), partition.dual_stack_suffix()]);
    let regional = suffixes.filter_map(|suffix| host.strip_suffix(suffix)?.strip_suffix('.')).any(|name| {
        let services = ["sts", "portal.sso", "oidc", "signin"].into_iter();
        let services = services.flat_map(|service| [service.to_owned(), format!("{service}-fips")]);
        name == "sts" || services.filter_map(|service| name.strip_prefix(service.as_str())?.strip_prefix('.')).any(is_region)
    });
    let console = ["aws.amazon.com", "amazonaws.cn", "amazonaws-us-gov.com", "amazonaws-eusc.eu"];
    let console = console.map(|domain| format!(".signin.{domain}")).into_iter().chain([".oauth.signin.aws".to_owned()]);
    regional || console.filter_map(|end| host.strip_suffix(end.as_str())).any(is_region)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checklist::ProblemKind;

    fn uri(url: &str) -> Uri {
        url.parse().unwrap()
    }

    fn endpoint(profile: Side, service: &str, url: &str) -> Endpoint {
        Endpoint { profile, service: service.to_owned(), url: url.to_owned() }
    }

    #[test]
    fn an_endpoint_is_shown_with_its_scheme_and_without_name_password_and_path() {
        assert_eq!(shown(&uri("http://user:secret@127.0.0.1:4566/path?key=secret")), "http://127.0.0.1:4566");
        let of_network = "https://vpce-1.organizations.us-east-1.vpce.amazonaws.com";
        assert_eq!(shown(&uri(of_network)), of_network);
    }

    #[test]
    fn what_is_no_url_is_a_mistake_in_the_configuration() {
        for wrong in ["not a url", "notaurl", "localhost:4566", "ftp://127.0.0.1", "http://", ""] {
            let problem = parsed(wrong, VARIABLE, Timestamp::UNIX_EPOCH).unwrap_err();
            assert_eq!(problem.kind, ProblemKind::Configuration, "{wrong}");
            assert!(problem.message.contains(VARIABLE), "{}", problem.message);
        }
    }

    #[test]
    fn the_place_of_an_endpoint_is_the_one_that_counts() {
        let place = |variables: &[(&str, &str)], service| place(&Env::from_slice(variables), "deal", service);
        let both = [("AWS_ENDPOINT_URL", "x"), ("AWS_ENDPOINT_URL_STS", "y")];
        assert_eq!(place(&both, "sts"), "AWS_ENDPOINT_URL_STS");
        assert_eq!(place(&both, "iam"), "AWS_ENDPOINT_URL");
        assert_eq!(place(&both, EVERY_SERVICE), "AWS_ENDPOINT_URL");
        assert_eq!(place(&[], "sts"), "endpoint_url for profile “deal” (~/.aws/config and ~/.aws/credentials)");
    }

    #[test]
    fn clear_text_leaves_this_machine_only_where_somebody_allowed_it() {
        let rules = |allow_http| Rules { profile: Side::Member, allow_http, endpoints: Endpoints::default() };
        for (url, is_permitted) in [
            ("https://198.51.100.7", true),
            ("http://127.0.0.1:4566", true),
            ("http://127.8.8.8", true),
            ("http://localhost:4566", true),
            ("http://LOCALHOST", true),
            ("http://[::1]:4566", true),
            ("http://169.254.169.254", true),
            ("http://169.254.170.2", true),
            ("http://[fd00:ec2::254]", true),
            ("http://169.254.1.1", false),
            ("http://198.51.100.7:4566", false),
            ("http://localhost.example.com", false),
            ("http://127.0.0.1.example.com", false),
            ("http://localhost@198.51.100.7", false),
            ("http://[::ffff:198.51.100.7]", false),
            ("http://sts.us-east-1.amazonaws.com", false),
        ] {
            assert_eq!(rules(false).permit(&uri(url), CREDENTIALS).is_ok(), is_permitted, "{url}");
            assert!(rules(true).permit(&uri(url), CREDENTIALS).is_ok(), "{url}");
            let is_of_another = is_permitted && !uri(url).host().is_some_and(is_metadata);
            assert_eq!(rules(false).permit(&uri(url), "sso").is_ok(), is_of_another, "{url}");
        }
    }

    #[test]
    fn only_the_machine_itself_answers_unnoted_at_its_link_local_addresses() {
        let rules = Rules { profile: Side::Member, allow_http: false, endpoints: Endpoints::default() };
        let mut noted = 0;
        for (service, url, is_noted) in [
            ("imds", "http://169.254.169.254", false),
            (CREDENTIALS, "http://169.254.170.2/v2/credentials", false),
            (CREDENTIALS, "http://169.254.170.2:8612", true),
            ("sso", "http://169.254.169.254", true),
            ("ssooidc", "http://169.254.170.2", true),
        ] {
            rules.note(service.to_owned(), &uri(url));
            noted += usize::from(is_noted);
            assert_eq!(rules.endpoints.list().len(), noted, "{service} {url}");
        }
    }

    #[test]
    fn only_the_names_that_aws_gives_its_sign_in_services_count_as_aws() {
        for own in [
            "https://sts.amazonaws.com",
            "https://sts.eu-central-1.amazonaws.com/",
            "https://sts-fips.us-east-1.amazonaws.com",
            "https://sts.cn-north-1.amazonaws.com.cn",
            "https://sts.eusc-de-east-1.amazonaws.eu",
            "https://portal.sso.us-east-1.api.aws",
            "https://portal.sso.eu-west-3.amazonaws.com:443/federation/credentials",
            "https://oidc.us-east-1.amazonaws.com/token",
            "https://signin.us-east-1.api.aws",
            "https://us-east-1.signin.aws.amazon.com/v1/token",
            "https://cn-north-1.signin.amazonaws.cn",
            "https://us-west-2.oauth.signin.aws",
        ] {
            assert!(is_aws(&uri(own)), "{own}");
        }
        for other in [
            "http://sts.amazonaws.com",
            "https://sts.amazonaws.com:8443",
            "https://sts.amazonaws.com.example.com",
            "https://evilsts.us-east-1.amazonaws.com",
            "https://sts.evil.s3.amazonaws.com",
            "https://bucket.s3.amazonaws.com",
            "https://abc.execute-api.us-east-1.amazonaws.com",
            "https://vpce-1.sts.us-east-1.vpce.amazonaws.com",
            "https://oidc.amazonaws.com",
            "https://signin.aws.amazon.com",
            "https://x.y.signin.aws.amazon.com",
            "https://127.0.0.1",
        ] {
            assert!(!is_aws(&uri(other)), "{other}");
        }
    }

    #[test]
    fn what_both_profiles_share_is_said_once_and_what_differs_has_a_sentence() {
        let here = "http://127.0.0.1:1";
        let both = [endpoint(Side::Member, "*", here), endpoint(Side::Management, "*", here)];
        assert_eq!(in_words(&both), [here]);
        assert_eq!(difference(&both), None);
        let of_sign_in = [endpoint(Side::Management, "sso", here)];
        assert_eq!(in_words(&of_sign_in), ["http://127.0.0.1:1 for sso (management profile)"]);
        assert_eq!(difference(&of_sign_in), None, "whoever gives the credentials answers no question");
        let apart = [endpoint(Side::Member, "*", here), endpoint(Side::Management, "organizations", "http://127.0.0.1:2")];
        assert_eq!(in_words(&apart), [here, "http://127.0.0.1:2 for organizations (management profile)"]);
        assert_eq!(
            difference(&apart).unwrap(),
            "Requests with the management profile go to http://127.0.0.1:2 for organizations. Requests with this account's profile go to http://127.0.0.1:1."
        );
        assert!(difference(&both[..1]).unwrap().contains("management profile go to AWS."));
    }
}
