//! What stands between this machine and AWS: proxies that refuse, are dead or compress, and certificates that nobody trusts.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use flate2::Compression;
use flate2::write::GzEncoder;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

use crate::command_line::{Answer, leave_org, run, with_keys};
use crate::connecting::Machine;

/// Answers everybody who connects with these bytes, and closes. It ends with this process: nobody can tell how often the SDK will try.
fn answering(bytes: &'static [u8]) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(bytes);
        }
    });
    port
}

/// A port on which nobody listens.
fn dead() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// `check` with this in its environment. AWS is a host that only a proxy could reach.
fn checked(endpoint: &str, variables: &[(&str, &str)]) -> Answer {
    let home = tempfile::tempdir().unwrap();
    let mut command = leave_org(&home);
    with_keys(command.arg("check"), endpoint);
    run(command.envs(variables.iter().copied()))
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

cases! {
    a_proxy_that_stands_in_the_way_is_named_with_what_it_answered_and_never_with_its_password:
        forbids(super::answering(b"HTTP/1.1 403 Forbidden\r\n\r\n"), "answered HTTP 403", "rejected this connection (HTTP 403)");
        asks_to_sign_in(super::answering(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"), "answered HTTP 407", "Add the user name");
        reaches_nothing(super::answering(b"HTTP/1.1 502 Bad Gateway\r\n\r\n"), "answered HTTP 502", "(HTTP 502)");
        closes(super::answering(b""), "through the proxy", "Check the network and the proxy");
        speaks_something_else(super::answering(b"SSH-2.0-OpenSSH\r\n"), "through the proxy", "Check the network and the proxy");
        is_dead(super::dead(), "through the proxy", "Check the network and the proxy");
}

fn a_proxy_that_stands_in_the_way_is_named_with_what_it_answered_and_never_with_its_password(
    port: u16,
    said: &str,
    remedy: &str,
) {
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let proxy = format!("http://maria:hush-hush@127.0.0.1:{port}");
        let answer = checked("https://aws.example", &[(variable, &proxy)]);
        let all = on_one_line(&format!("{} {}", answer.stdout, answer.stderr));
        assert_eq!(answer.code, 3, "{all}");
        assert!(all.contains(said) && all.contains(remedy), "no “{said}” and “{remedy}” in: {all}");
        assert!(all.contains(&format!("the proxy 127.0.0.1:{port}")) && all.contains(variable), "{all}");
        assert!(!all.contains("hush") && !all.contains("maria:") && !all.contains("AWS_CA_BUNDLE"), "{all}");
    }
}

#[test]
fn a_proxy_that_cannot_be_used_is_an_error_and_not_gone_around() {
    for value in ["http://", "socks5://maria:hush-hush@127.0.0.1:1080", "http//maria:hush-hush@proxy"] {
        let answer = checked("https://aws.example", &[("HTTPS_PROXY", value)]);
        let all = on_one_line(&format!("{} {}", answer.stdout, answer.stderr));
        assert_eq!(answer.code, 3, "{all}");
        assert!(all.contains("The proxy in HTTPS_PROXY cannot be used.") && !all.contains("hush"), "{all}");
    }
}

/// What STS answers to the question who is calling, compressed and cut to so many bytes.
fn compressed(filling: usize, cut: usize) -> u16 {
    let identity = "<Arn>arn:aws:iam::412098765432:user/maria</Arn><UserId>A</UserId><Account>412098765432</Account>";
    let text = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>{identity}</GetCallerIdentityResult>\
         <ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata>{}</GetCallerIdentityResponse>",
        " ".repeat(filling)
    );
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(text.as_bytes()).unwrap();
    let mut packed = packed.finish().unwrap();
    packed.truncate(packed.len() - cut);
    let head = format!(
        "HTTP/1.1 200 OK\r\nx-amzn-requestid: r-1\r\nContent-Type: text/xml\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        packed.len()
    );
    answering([head.into_bytes(), packed].concat().leak())
}

#[test]
fn a_compressed_answer_is_read_and_one_without_an_end_or_beyond_every_bound_is_none() {
    let keys = "[profile deal]\naws_access_key_id = AKIAFROMTHEFILE00001\naws_secret_access_key = s\nregion = us-east-1\n";
    let asked = |port: u16| {
        let endpoint = format!("http://127.0.0.1:{port}");
        Machine::new(keys).probe(Some("deal"), &[("AWS_ENDPOINT_URL", &endpoint), ("PROBE_IDENTITY", "1")])
    };
    let said = asked(compressed(0, 0));
    assert!(said.contains("identity arn:aws:iam::412098765432:user/maria"), "{said}");
    for port in [compressed(0, 20), compressed(33 << 20, 0)] {
        let said = asked(port);
        assert!(said.contains("identity problem malformed") && !said.contains("identity arn:"), "{said}");
    }
}

fn certificate(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/certificates/{name}.pem"))
}

/// Speaks TLS with this certificate to everybody who connects.
fn presenting(name: &str) -> String {
    let file = certificate(name);
    let key = PrivateKeyDer::from_pem_file(&file).unwrap();
    let chain = vec![CertificateDer::from_pem_file(&file).unwrap()];
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (Ok(mut stream), Ok(mut connection)) = (stream, ServerConnection::new(Arc::clone(&config))) else { return };
            let _ = Stream::new(&mut connection, &mut stream).read(&mut [0; 4096]);
        }
    });
    format!("https://127.0.0.1:{port}")
}

#[test]
fn a_certificate_that_nobody_trusts_is_explained_by_what_is_set_here() {
    let authority = certificate("authority");
    let authority = authority.to_str().unwrap();
    let bundle = format!("{authority} (AWS_CA_BUNDLE)");
    for (presented, variables, remedy) in [
        ("server", &[][..], "set AWS_CA_BUNDLE to a file that contains the certificate of its authority".to_owned()),
        ("server", &[("AWS_CA_BUNDLE", authority)], format!("was not signed by any certificate in {bundle}")),
        ("authority", &[("AWS_CA_BUNDLE", authority)], format!("is not accepted, even if {bundle} contains it")),
    ] {
        let answer = checked(&presenting(presented), variables);
        let all = on_one_line(&format!("{} {}", answer.stdout, answer.stderr));
        assert_eq!(answer.code, 3, "{all}");
        assert!(all.contains(&remedy), "no “{remedy}” in: {all}");
        assert_eq!(all.contains("set AWS_CA_BUNDLE"), variables.is_empty(), "{all}");
    }
}
