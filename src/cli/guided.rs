//! The guided leave and the review: the wizard on real AWS.

use std::io;

use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use super::{Credentials, DisplayOptions, Failure, is_dumb, need_a_terminal, say};
use crate::aws::ConnectOptions;
use crate::checklist::Problem;
use crate::driver::{Capability, Driver, Guiding, OnlyReading};
use crate::journal::Folder;
use crate::plain::{self, Writing};
use crate::simulator::Console;
use crate::tui;
use crate::views;
use crate::wizard::{Model, Practice, ProfileWish, WizardConfig};

/// The guided leave.
pub(super) async fn leave(credentials: &Credentials, look: DisplayOptions) -> Result<u8, Failure> {
    walk::<Guiding>(credentials.wanted(), wish(credentials), None, Folder::of_user(), look).await
}

/// The same walk with a capability that cannot leave.
pub(super) async fn review(credentials: &Credentials, look: DisplayOptions) -> Result<u8, Failure> {
    walk::<OnlyReading>(credentials.wanted(), wish(credentials), None, Folder::of_user(), look).await
}

/// Walks the wizard, on real AWS or on the practice AWS. What it may end in follows from what it can do.
pub(super) async fn walk<C: Capability>(
    wanted: ConnectOptions,
    profile: ProfileWish,
    practice: Option<(Practice, Console)>,
    journals: Result<Folder, Problem>,
    look: DisplayOptions,
) -> Result<u8, Failure> {
    need_a_terminal()?;
    let (practice, console) = practice.unzip();
    let person = person();
    let model = Model::new(WizardConfig {
        mode: C::MODE,
        practice,
        profile,
        person,
        management_profile: wanted.management_profile.clone(),
    });
    let (sender, messages) = mpsc::unbounded_channel();
    let driver = Driver::<C>::new(wanted, console, journals, sender);
    // On the heap: every command would carry the size of a walk.
    let ended = if look.plain || is_dumb() {
        let writing = Writing { glyphs: look.theme().glyphs, marks_pastes: !is_dumb() };
        Box::pin(plain::run(model, driver, messages, writing)).await
    } else {
        Box::pin(tui::run(model, driver, messages, look.theme())).await
    };
    let model = ended.map_err(|error| Failure::unexpected("The terminal could not be used", &error))?;
    if let Some(line) = views::farewell(&model, &TimeZone::system()) {
        say(&mut io::stdout(), &plain::in_lines(&line, plain::width()));
    }
    Ok(model.exit_code())
}

/// Who is at the terminal, as this machine knows them. An AWS root user is somebody else than a local one of that name.
fn person() -> String {
    let Ok(name) = whoami::username() else { return "somebody at this terminal".to_owned() };
    match whoami::hostname() {
        Ok(host) => format!("local user {name} on {host}"),
        Err(_) => format!("local user {name}"),
    }
}

/// Whether somebody has to choose a profile: only when nothing on the command line or in the environment says which.
fn wish(credentials: &Credentials) -> ProfileWish {
    // Each of these makes the standard chain find credentials without any profile.
    const ENOUGH: [&str; 6] = [
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ];
    match &credentials.profile {
        Some(profile) => ProfileWish::Named(profile.clone()),
        None if ENOUGH.iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty())) => ProfileWish::Chain,
        None => ProfileWish::Ask,
    }
}
