//! The guided leave and the review: the wizard on real AWS.

use std::io;

use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use super::{Credentials, Failure, Look, is_dumb, need_a_terminal, say};
use crate::aws::Wanted;
use crate::checklist::Problem;
use crate::driver::{Capability, Driver, Guiding, OnlyReading};
use crate::journal::Folder;
use crate::plain::{self, Writing};
use crate::simulator::Console;
use crate::tui;
use crate::views::moments;
use crate::wizard::{Answered, LastOutcome, LastRequest, Mode, Model, Outcome, Practice, ProfileWish, Screen, Setting};

/// The guided leave.
pub(super) async fn leave(credentials: &Credentials, look: Look) -> Result<u8, Failure> {
    walk::<Guiding>(credentials.wanted(), wish(credentials), None, Folder::of_user(), look).await
}

/// The same walk with a capability that cannot leave.
pub(super) async fn review(credentials: &Credentials, look: Look) -> Result<u8, Failure> {
    walk::<OnlyReading>(credentials.wanted(), wish(credentials), None, Folder::of_user(), look).await
}

/// Walks the wizard, on real AWS or on the practice AWS. What it may end in follows from what it can do.
pub(super) async fn walk<C: Capability>(
    wanted: Wanted,
    profile: ProfileWish,
    practice: Option<(Practice, Console)>,
    journals: Result<Folder, Problem>,
    look: Look,
) -> Result<u8, Failure> {
    need_a_terminal()?;
    let (practice, console) = practice.unzip();
    let person = person();
    let model =
        Model::new(Setting { mode: C::MODE, practice, profile, person, management_profile: wanted.management_profile.clone() });
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
    if let Some(line) = farewell(&model) {
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

/// The one line that stays in the terminal after the screen is gone.
fn farewell(model: &Model) -> Option<String> {
    if let Some(account) = model.account_in_doubt() {
        return Some(format!(
            "It is not known whether account {account} has left. Start leave-org again: it reads the membership first."
        ));
    }
    let account = model.checklist.subject.as_ref()?.identity.account.as_str();
    Some(match &model.screen {
        Screen::Outcome(Outcome::Left { organization, at, .. }) => {
            format!(
                "Account {account} has left {}. AWS has reported this since {}.",
                crate::untrusted::neutralise(organization),
                moments::local(*at, &TimeZone::system())
            )
        }
        Screen::Outcome(Outcome::AlreadyStandalone) => match model.departure_before() {
            Some(left) => {
                let on = moments::local(left.at, &TimeZone::system());
                format!("Account {account} left on {on} and is in no organization.")
            }
            None => format!("Account {account} is in no organization. There is nothing to leave."),
        },
        _ if model.has_fix_out() => {
            format!(
                "{} A change was still on its way to AWS. Start leave-org again to see its result.",
                became_of_leaving(model, account)
            )
        }
        _ if model.has_changed && model.setting.practice.is_some() => {
            format!("Account {account} did not leave. This was practice: nothing is kept.")
        }
        _ if model.has_changed => {
            format!("{} What you fixed stays fixed; the journal lists it.", became_of_leaving(model, account))
        }
        _ if model.setting.mode == Mode::Guided || model.last_outcome.is_some() => became_of_leaving(model, account),
        _ => return None,
    })
}

/// What became of the requests to leave, where none is open.
fn became_of_leaving(model: &Model, account: &str) -> String {
    match (&model.last_outcome, &model.last_request) {
        (Some(LastOutcome::Refused), _) => format!("AWS refused to let account {account} leave."),
        (Some(LastOutcome::PutOff), _) | (None, Some(LastRequest { answered: Answered::PutOff { .. }, .. })) => {
            format!("AWS asked us to try again later. Account {account} was not seen to leave.")
        }
        (None, Some(request)) => {
            let on = moments::local(request.at, &TimeZone::system());
            let is_there = model.checklist.subject.as_ref().is_some_and(|subject| subject.organization().is_some());
            let place = if is_there { "is still a member" } else { "was not seen to leave" };
            format!("AWS shows no effect of the request of {on}. Account {account} {place}.")
        }
        (None, None) => format!("No request to leave was sent for account {account}."),
    }
}
