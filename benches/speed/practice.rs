//! The practice AWS, in this process: how long its answers take, and accounts with a great many roles and users.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::LazyLock;

use leave_org::simulator::{Fault, FaultKind, MEMBER_ACCESS_KEY, Role, SECRET_ACCESS_KEY, Scenario, Server, User};
use tokio::runtime::{Builder, Runtime};

/// How many roles, and how many users, a very large account has here.
pub const MANY: usize = 10_000;

/// What the servers, and what is measured in this process, run on: as many threads as the program itself has.
pub static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap());

/// A practice AWS that plays `scenario`, every answer of which takes `latency` milliseconds.
pub fn server(scenario: &str, latency: u64) -> Server {
    let scenario = Scenario::named(scenario).unwrap();
    let server = RUNTIME.block_on(Server::start(scenario, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), None)).unwrap();
    server.inject(Fault::new("*", FaultKind::Latency { ms: latency }));
    server
}

/// The same with [`MANY`] roles and as many users, in pages as long as the client asks for and IAM allows.
pub fn server_with_many(latency: u64) -> Server {
    let server = server("ready", latency);
    server.change(|account| {
        // Most run something of AWS's; some are the owner's doors, as an organization rolls them out.
        let trusts = |n: usize| if n.is_multiple_of(1_000) { "management-account" } else { "lambda.amazonaws.com" };
        account.roles = (0..MANY)
            .map(|n| Role {
                name: format!("payments-worker-{n:05}"),
                path: "/services/payments/".to_owned(),
                trusts: vec![trusts(n).to_owned()],
                policies: vec!["ReadOnlyAccess".to_owned()],
                ..Role::default()
            })
            .collect();
        account.users = (0..MANY)
            .map(|n| User {
                name: format!("person-{n:05}"),
                path: "/".to_owned(),
                password: n.is_multiple_of(2),
                mfa: n.is_multiple_of(4),
            })
            .collect();
        account.page_size = 1_000;
    });
    server
}

/// What points a client at the practice AWS.
pub fn environment(server: &Server) -> [(&'static str, String); 4] {
    [
        ("AWS_ENDPOINT_URL", server.url()),
        ("AWS_ACCESS_KEY_ID", MEMBER_ACCESS_KEY.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY.to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
    ]
}
