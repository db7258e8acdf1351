//! What stands between this machine and AWS: proxies, and the certificates that are trusted here.
//!
//! Where a call fails, it names them and says what to do about them. What it says never holds the user name or the password of a proxy.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_types::os_shim_internal::Env;
use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use jiff::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::problem::{chain, links};
use crate::checklist::Problem;
use crate::untrusted::sanitize;

/// The variables that name proxies: of each pair the first that is set counts, as in the SDK's own client.
const HTTPS: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
const HTTP: [&str; 2] = ["HTTP_PROXY", "http_proxy"];
const ALL: [&str; 2] = ["ALL_PROXY", "all_proxy"];

/// The proxies and certificates that calls go by.
#[derive(Debug)]
pub(super) struct Network {
    proxies: Matcher,
    https_variable: &'static str,
    http_variable: &'static str,
    /// Which certificates are trusted in place of the system's, in words.
    bundle: Option<String>,
}

impl Network {
    /// As the environment says, with `bundle` in place of the system's certificates.
    ///
    /// # Errors
    /// `Configuration` for a proxy that cannot be used: the SDK would go around it without a word.
    pub fn read(env: &Env, bundle: Option<String>, now: Timestamp) -> Result<Self, Problem> {
        for (variable, value) in [HTTPS, HTTP, ALL].iter().filter_map(|names| set(env, names)) {
            if !is_usable(&value) {
                let message = format!(
                    "The proxy in {variable} cannot be used. Set an address such as http://proxy.example:3128. SOCKS proxies are not supported."
                );
                return Err(Problem::of_configuration(&message, now));
            }
        }
        let names = |own: &[&'static str; 2]| set(env, own).or_else(|| set(env, &ALL)).map_or(own[0], |(name, _)| name);
        Ok(Self { proxies: Matcher::from_env(), https_variable: names(&HTTPS), http_variable: names(&HTTP), bundle })
    }

    /// The same error, with what stood between this machine and `to`.
    pub async fn explain(&self, to: &Uri, error: ConnectorError) -> ConnectorError {
        let said = chain(&error);
        let proxy = match self.proxies.intercept(to) {
            Some(intercept) => Some(self.proxy(&intercept, to, &said).await),
            None => None,
        };
        if proxy.is_none() && !said.contains(UNTRUSTED) {
            return error;
        }
        let (is_timeout, is_user, is_io, other) = (error.is_timeout(), error.is_user(), error.is_io(), error.as_other());
        let connection = error.connection_metadata().cloned();
        let between: BoxError = Box::new(Between { proxy, bundle: self.bundle.clone(), source: error.into_source() });
        let explained = match () {
            () if is_timeout => ConnectorError::timeout(between),
            () if is_user => ConnectorError::user(between),
            () if is_io => ConnectorError::io(between),
            () => ConnectorError::other(between, other),
        };
        match connection {
            Some(connection) => explained.with_connection(connection),
            None => explained,
        }
    }

    async fn proxy(&self, intercept: &Intercept, to: &Uri, said: &str) -> Proxy {
        let uri = intercept.uri();
        let is_https = to.scheme() == Some(&http::uri::Scheme::HTTPS);
        let status = if said.contains("proxy authorization required") {
            Some(407)
        } else if said.contains("tunnel error: unsuccessful") {
            // The client does not keep what the proxy answered.
            tokio::time::timeout(PATIENCE, refusal(intercept, to)).await.ok().flatten()
        } else {
            None
        };
        Proxy {
            address: sanitize(&address(uri)),
            variable: if is_https { self.https_variable } else { self.http_variable },
            status,
        }
    }
}

/// Host and port. Of a name and a password, nothing: also not where the password holds an @ that is not escaped.
fn address(uri: &Uri) -> String {
    let authority = uri.authority().map_or("", http::uri::Authority::as_str);
    authority.rsplit_once('@').map_or(authority, |(_, address)| address).to_owned()
}

fn set(env: &Env, names: &[&'static str; 2]) -> Option<(&'static str, String)> {
    let (name, value) = names.iter().find_map(|name| env.get(name).ok().map(|value| (*name, value)))?;
    (!value.is_empty()).then_some((name, value))
}

fn is_usable(value: &str) -> bool {
    let anywhere = Uri::from_static("https://aws.example");
    let intercept = Matcher::builder().all(value.to_owned()).build().intercept(&anywhere);
    intercept.is_some_and(|intercept| {
        matches!(intercept.uri().scheme_str(), Some("http" | "https"))
            && intercept.uri().host().is_some_and(|host| !host.is_empty())
    })
}

/// How long a proxy that refused may take to say so once more.
const PATIENCE: Duration = Duration::from_secs(2);

/// With which status a proxy refuses the way to `to`. Nothing is sent on that way.
async fn refusal(intercept: &Intercept, to: &Uri) -> Option<u16> {
    let uri = intercept.uri();
    if uri.scheme() != Some(&http::uri::Scheme::HTTP) {
        return None;
    }
    let host = uri.host()?.trim_start_matches('[').trim_end_matches(']');
    let mut stream = TcpStream::connect((host, uri.port_u16().unwrap_or(80))).await.ok()?;
    let target = format!("{}:{}", to.host()?, to.port_u16().unwrap_or(443));
    let sign_in = intercept.basic_auth().and_then(|value| value.to_str().ok());
    let sign_in = sign_in.map_or_else(String::new, |value| format!("Proxy-Authorization: {value}\r\n"));
    stream.write_all(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{sign_in}\r\n").as_bytes()).await.ok()?;
    let mut start = [0; b"HTTP/1.1 403".len()];
    stream.read_exact(&mut start).await.ok()?;
    let status = std::str::from_utf8(&start).ok()?.strip_prefix("HTTP/1.")?.get(2..)?.parse().ok()?;
    (!(200..300).contains(&status)).then_some(status)
}

/// A proxy that a call went by.
#[derive(Debug)]
struct Proxy {
    address: String,
    variable: &'static str,
    /// What it answered in place of a way to AWS.
    status: Option<u16>,
}

/// What stood between this machine and AWS when a call failed.
#[derive(Debug)]
struct Between {
    proxy: Option<Proxy>,
    bundle: Option<String>,
    source: BoxError,
}

impl fmt::Display for Between {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.proxy {
            Some(Proxy { address, status: Some(status), .. }) => write!(f, "the proxy {address} answered HTTP {status}"),
            Some(Proxy { address, .. }) => write!(f, "through the proxy {address}"),
            None => f.write_str("no trusted certificate"),
        }
    }
}

impl Error for Between {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.source.as_ref())
    }
}

/// How the TLS library says that it does not trust a certificate.
const UNTRUSTED: &str = "invalid peer certificate";

/// What to do about a proxy or a certificate behind this error, where one is.
pub(super) fn remedy(error: &(dyn Error + 'static)) -> Option<String> {
    let between = links(error).find_map(|link| link.downcast_ref::<Between>())?;
    let said = chain(error);
    if said.contains(UNTRUSTED)
        && let Some(remedy) = certificate(&said, between.bundle.as_deref())
    {
        return Some(remedy);
    }
    let Proxy { address, variable, status } = between.proxy.as_ref()?;
    Some(match status {
        Some(407) => format!("Add the user name and password for the proxy {address} to {variable}, then try again."),
        Some(status) => format!(
            "The proxy {address} (set in {variable}) rejected this connection (HTTP {status}). Ask its administrator to allow connections to \
             AWS. If this machine can reach AWS without a proxy, add the host to NO_PROXY."
        ),
        None => format!("Check the network and the proxy {address} (set in {variable}), then try again."),
    })
}

fn certificate(said: &str, bundle: Option<&str>) -> Option<String> {
    if said.contains("CaUsedAsEndEntity") {
        let even_there = bundle.map_or_else(String::new, |bundle| format!(", even if {bundle} contains it"));
        return Some(format!(
            "The server or a proxy uses a self-signed certificate of a certificate authority as its own. This is not accepted{even_there}. \
             Give it a certificate that the authority signed, and trust the authority."
        ));
    }
    if !said.contains("UnknownIssuer") {
        return None;
    }
    Some(match bundle {
        Some(bundle) => format!(
            "The certificate of the server or a proxy was not signed by any certificate in {bundle}. Add the certificate of the authority \
             that signed it. If no proxy on this network inspects TLS, remove the setting."
        ),
        None => "If a proxy on this network inspects TLS, set AWS_CA_BUNDLE to a file that contains the certificate of its authority. If no \
                 proxy does, do not trust this network."
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checklist::ProblemKind;

    #[test]
    fn of_a_password_with_an_at_sign_nothing_is_shown() {
        for uri in ["http://PW1@127.0.0.1:8612", "http://us:PROXY@127.0.0.1:8612", "http://127.0.0.1:8612"] {
            assert_eq!(address(&uri.parse().unwrap()), "127.0.0.1:8612");
        }
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_an_error_that_names_its_variable_and_not_its_password() {
        for value in [
            "http://",
            "socks5://user:secret@127.0.0.1:1080",
            "ftp://user:secret@proxy:21",
            "http//proxy:3128",
            "http://a b:secret@c",
        ] {
            for variable in [HTTPS, HTTP, ALL].concat() {
                let problem = Network::read(&Env::from_slice(&[(variable, value)]), None, Timestamp::UNIX_EPOCH).unwrap_err();
                assert_eq!(problem.kind, ProblemKind::Configuration, "{value}");
                assert!(problem.message.contains(variable) && !problem.message.contains("secret"), "{}", problem.message);
            }
        }
        for value in
            ["", "http://proxy.example:3128", "https://proxy.example", "proxy.example:3128", "http://user:secret@[::1]:3128/"]
        {
            assert!(Network::read(&Env::from_slice(&[("HTTPS_PROXY", value)]), None, Timestamp::UNIX_EPOCH).is_ok(), "{value}");
        }
    }
}
