//! The practice AWS: walked in the demo, served to other clients by `simulate`.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::guided::walk;
use super::{DisplayOptions, Failure, READY, USAGE, need_a_terminal, print, say};
use crate::aws::{self, ConnectOptions};
use crate::driver::{Guiding, OnlyReading};
use crate::journal::Folder;
use crate::simulator::{MANAGEMENT_ACCESS_KEY, MEMBER_ACCESS_KEY, SECRET_ACCESS_KEY, Scenario, Server};
use crate::wizard::{Practice, ProfileWish};

/// Lists the scenarios.
pub(super) fn list() -> Result<u8, Failure> {
    let widest = Scenario::all().iter().map(|scenario| scenario.name.len()).max().unwrap_or_default();
    let line = |scenario: &Scenario| format!("{:widest$}  {}\n", scenario.name, scenario.title);
    print("The list", Scenario::all().iter().map(line).collect::<String>())?;
    Ok(READY)
}

/// The wizard on a practice AWS of its own.
pub(super) async fn demo(scenario: Scenario, review: bool, log: Option<PathBuf>, look: DisplayOptions) -> Result<u8, Failure> {
    need_a_terminal()?;
    let practice = Practice { title: scenario.title.clone(), story: scenario.story.clone() };
    let server = start(scenario, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), log).await?;
    let wanted = ConnectOptions {
        practice: Some(aws::Practice {
            endpoint: server.url(),
            region: "us-east-1".to_owned(),
            access_key_id: MEMBER_ACCESS_KEY.to_owned(),
            secret_access_key: SECRET_ACCESS_KEY.to_owned(),
            management_access_key_id: None,
            profiles: [("practice-owner", MANAGEMENT_ACCESS_KEY), ("practice-member", MEMBER_ACCESS_KEY)]
                .map(|(name, key)| (name.to_owned(), key.to_owned()))
                .to_vec(),
        }),
        ..ConnectOptions::default()
    };
    // The account is gone when this ends, so its journal is, too.
    let folder =
        tempfile::tempdir().map_err(|error| Failure::unexpected("No folder for the practice journal could be made", &error))?;
    let journals = Ok(Folder::at(folder.path().join("journal")));
    let practice = Some((practice, server.console()));
    let code = if review {
        walk::<OnlyReading>(wanted, ProfileWish::Chain, practice, journals, look).await
    } else {
        walk::<Guiding>(wanted, ProfileWish::Chain, practice, journals, look).await
    };
    server.shutdown().await;
    code
}

/// Serves the practice AWS until it is interrupted.
pub(super) async fn simulate(scenario: Scenario, listen: SocketAddr, log: Option<PathBuf>) -> Result<u8, Failure> {
    let said = format!("{}: {} {}", scenario.name, scenario.title, scenario.story);
    let server = start(scenario, listen, log).await?;
    let mut stdout = io::stdout();
    say(&mut stdout, &format!("# {said}"));
    say(&mut stdout, "# Any AWS client can be pointed at it; this ends with Ctrl-C.");
    say(&mut stdout, &format!("export AWS_ENDPOINT_URL={}", server.url()));
    say(
        &mut stdout,
        &format!("export AWS_ACCESS_KEY_ID={MEMBER_ACCESS_KEY}  # the organization's owner: {MANAGEMENT_ACCESS_KEY}"),
    );
    say(&mut stdout, &format!("export AWS_SECRET_ACCESS_KEY={SECRET_ACCESS_KEY}"));
    // The older clients, boto3 among them, know only the second name.
    say(&mut stdout, "export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1");
    tokio::signal::ctrl_c().await.map_err(|error| Failure::unexpected("Ctrl-C cannot be heard", &error))?;
    server.shutdown().await;
    Ok(READY)
}

async fn start(scenario: Scenario, listen: SocketAddr, log: Option<PathBuf>) -> Result<Server, Failure> {
    Server::start(scenario, listen, log).await.map_err(|error| {
        let what = format!("The practice AWS could not be started on {listen}: {error}");
        Failure::new(USAGE, what, "Choose another loopback address or log file; port 0 takes a free port.")
    })
}
