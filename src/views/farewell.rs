//! The one line that stays in the terminal after the screen is gone.

use jiff::tz::TimeZone;

use super::moments;
use crate::departure::{LastOutcome, Leave, Mode, Outcome};
use crate::untrusted::sanitize;
use crate::wizard::{Model, notices};

/// What became of the account, with the times of `zone`. `None`: there is nothing to say.
pub(crate) fn farewell(model: &Model, zone: &TimeZone) -> Option<String> {
    if let Some(account) = model.departure.account_in_doubt() {
        let account = account.grouped();
        return Some(format!(
            "It is not known whether account {account} has left. Start leave-org again: it reads the membership first."
        ));
    }
    let account = model.departure.checklist.subject.as_ref()?.identity.account.grouped();
    Some(match &model.departure.leave {
        Leave::Ended(Outcome::Left { organization, at, .. }) => {
            let (organization, since) = (sanitize(organization), moments::local(*at, zone));
            format!("Account {account} has left {organization}. AWS has reported this since {since}.")
        }
        Leave::Ended(Outcome::AlreadyStandalone) => match model.departure.departure_before() {
            Some(left) => {
                let on = moments::local(left.at, zone);
                format!("Account {account} left on {on} and is in no organization.")
            }
            None => format!("Account {account} is in no organization. There is nothing to leave."),
        },
        _ if model.departure.has_fix_out() => {
            let became = became_of_leaving(model, &account, zone);
            format!("{became} A change was still on its way to AWS. Start leave-org again to see its result.")
        }
        _ if model.departure.has_changed && model.practice.is_some() => {
            format!("Account {account} did not leave. This was practice: nothing is kept.")
        }
        _ if model.departure.has_changed => {
            format!("{} What you fixed stays fixed; the journal lists it.", became_of_leaving(model, &account, zone))
        }
        _ if model.departure.mode == Mode::Guided || model.departure.last_outcome.is_some() => {
            became_of_leaving(model, &account, zone)
        }
        _ => return None,
    })
}

fn put_off(account: &str) -> String {
    format!("AWS asked us to try again later. AWS did not report that account {account} left.")
}

/// What became of the requests to leave, where none is open.
fn became_of_leaving(model: &Model, account: &str, zone: &TimeZone) -> String {
    match (&model.departure.last_outcome, &model.departure.last_request) {
        (Some(LastOutcome::Refused), _) => format!("AWS refused to let account {account} leave."),
        (Some(LastOutcome::PutOff), _) => put_off(account),
        (None, Some(request)) if request.is_put_off() && !request.seen.outlast(request.at) => put_off(account),
        (None, Some(request)) => {
            let on = moments::local(request.at, zone);
            let is_still = if model.departure.checklist.is_a_member() {
                format!(" Account {account} is still a member.")
            } else {
                String::new()
            };
            notices::shows_no_effect(&on, request.seen.outside_at.is_some()) + &is_still
        }
        // What earlier runs sent is theirs to tell.
        (None, None) if model.departure.before.is_some() => {
            format!("No request to leave was sent for account {account} this time.")
        }
        (None, None) => format!("No request to leave was sent for account {account}."),
    }
}
