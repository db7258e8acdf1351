//! The sentences that the walk itself says; what steps, problems and refusals say is in the assets.

use jiff::Timestamp;

use super::confirm::NotTyped;
use super::{Copied, LONGEST_NOTE, Text, keyed};
use crate::checklist::{Finding, FixRecord, OwnerProof, Problem, StepId, Verdict, texts};
use crate::departure::{Lock, Mode};

pub(crate) fn settled(step: StepId, next: Option<StepId>, mode: Mode) -> Text {
    let title = &texts::step(step).title;
    keyed(&match (next, mode) {
        (Some(next), Mode::Guided) => format!("{title} is settled. Next: {}.", texts::step(next).title),
        (Some(_), Mode::Review) => format!("{title} is settled."),
        (None, Mode::Guided) => {
            format!("{title} is settled, and with it every step. `Press Enter|Type leave` to go on to the leave.")
        }
        (None, Mode::Review) => format!("{title} is settled, and with it every step."),
    })
}

pub(crate) const ONLY_A_REVIEW: &str = "This is a review: it changes nothing in AWS and cannot leave.";

/// What is run in place of a review, to leave.
pub(crate) fn instead_of_a_review(in_practice: bool) -> &'static str {
    if in_practice {
        "To practise the leave, run the demo without --review."
    } else {
        "To leave, run leave-org without the word review."
    }
}

pub(crate) fn last_of_the_review(in_practice: bool) -> String {
    format!("That was the last step. {ONLY_A_REVIEW} {}", instead_of_a_review(in_practice))
}

/// The confirm screen was left, or the checks after it were stopped.
pub(crate) fn nothing_sent(after_another: bool) -> String {
    let further = if after_another { "further " } else { "" };
    format!("No {further}request to leave was sent.")
}

pub(crate) const ON_ITS_WAY: &str =
    "One request is on its way. It cannot be canceled. leave-org sends another one only if AWS asks us to try again later.";

pub(crate) const PUT_OFF_AND_STOPPED: &str = "Stopped. No further request will be sent. AWS had asked to try again later.";

pub(crate) fn changed_while_confirming(lock: Option<Lock>) -> String {
    let what = match lock {
        Some(Lock::Step(step)) => format!("{} needs to be looked at again", texts::step(step).title),
        Some(Lock::ChangeOut) => "A change is on its way to AWS".to_owned(),
        Some(Lock::Journal) => "The journal cannot be written any more".to_owned(),
        Some(Lock::Credentials { .. } | Lock::Ended | Lock::Connection) => "The credentials changed or ended".to_owned(),
        Some(Lock::Identity) => "It is not known for certain any more which account this is".to_owned(),
        None => "There is something more to have seen".to_owned(),
    };
    format!("{what}, so the confirmation was closed.")
}

/// Something other than typing arrived where the account ID is typed, whole or in groups.
pub(crate) fn not_typed(what: NotTyped, in_groups: bool) -> String {
    let what_arrived = match what {
        NotTyped::Burst => {
            "Several keys arrived at once, as in a paste, so they do not count. A slow connection can also cause this."
        }
        NotTyped::Paste => "A pasted ID does not count as typed.",
        NotTyped::Hyphen => "Type the ID without hyphens.",
        NotTyped::Blank => "Type the ID without spaces.",
        NotTyped::TooMany if in_groups => "Too many digits: a group has 4.",
        NotTyped::TooMany => "Too many digits: the ID has 12.",
    };
    let next = match (in_groups, what) {
        (false, _) => "The field was cleared. Now type the ID in three groups of four digits.",
        (true, NotTyped::Paste) => "All groups were cleared. Start again with group 1.",
        (true, _) => "This group was cleared. Type it again.",
    };
    format!("{what_arrived} {next}")
}

/// A flood of keys arrived after the confirmation. What was sent follows.
pub(crate) const POURED: &str = "Too many keys arrived after the account ID, as in a paste.";

pub(crate) const ONLY_DIGITS: &str = "Only digits are accepted here.";

pub(crate) const OTHER_GROUPS: &str = "These three groups are not the ID of this account. Start again with group 1.";

pub(crate) fn another_principal(now: &str) -> String {
    let now = crate::untrusted::sanitize(now);
    format!(
        "You are {now} now, and were somebody else before. What was said about the permission to leave does not count any more."
    )
}

pub(crate) const OTHER_ENDPOINTS: &str =
    "Requests now go to a different endpoint. Checking everything again; earlier confirmations do not count here.";

pub(crate) const THE_ACCOUNT_AGAIN: &str = "The credentials belong to this account again. Checking everything again.";

pub(crate) fn credentials_end_soon() -> Text {
    let minutes = texts::rules().credentials.needed_seconds.saturating_add(59).div_euclid(60);
    keyed(&format!(
        "Your sign-in ends too soon: leaving can take up to {minutes} minutes. Sign in again, or `press R` to read this machine's \
         credentials again. Your confirmations are kept."
    ))
}

pub(crate) fn another_organization(before: &str, now: &str) -> String {
    let (before, now) = (crate::untrusted::sanitize(before), crate::untrusted::sanitize(now));
    format!(
        "The account is now in {now}, not in {before} as before. Everything was read anew, and what was said before does not count."
    )
}

/// Every check runs between the confirmation and the request. `calls` is how often AWS has asked to try again later since.
pub(crate) fn recheck(calls: u32, after_another: bool) -> String {
    let so_far = match (calls, after_another) {
        (0, false) => "Nothing has been sent yet.",
        (0, true) => "No further request has been sent yet.",
        (_, _) => "AWS asked us to try again later; the next request follows the checks.",
    };
    format!("Every check runs once more. {so_far}")
}

/// A request showed no effect by the time AWS's records count as settled.
pub(crate) fn no_effect(at: Timestamp, outside_at: Option<Timestamp>) -> String {
    let utc = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M UTC").to_string();
    let went_back = outside_at.map(|at| format!(" {}", went_back(&utc(at)))).unwrap_or_default();
    format!("{} The account is still a member.{went_back}", shows_no_effect(&utc(at), outside_at.is_some()))
}

/// A request made at `at` shows no effect: none at all, or none any more.
pub(crate) fn shows_no_effect(at: &str, was_outside: bool) -> String {
    if was_outside {
        format!("AWS no longer shows an effect of the request of {at}.")
    } else {
        format!("AWS shows no effect of the request of {at}.")
    }
}

/// AWS's records had shown the account outside its organization, last at `at`, and show it as a member since.
pub(crate) fn went_back(at: &str) -> String {
    format!("AWS reported the account outside the organization, last on {at}. Since then AWS has reported it as a member again.")
}

pub(crate) fn withdrawn(step: StepId, was_override: bool) -> String {
    let what = if was_override { "override" } else { "confirmation" };
    format!("The {what} of “{}” was withdrawn.", texts::step(step).title)
}

pub(crate) fn copied(what: Copied) -> String {
    let what = match what {
        Copied::Link => "link",
        Copied::Command => "command",
    };
    format!("The {what} was handed to the terminal's clipboard. Some terminals do not allow that; then select it by hand.")
}

/// What the first screen says of invitations, once "another organization" is selected.
pub(crate) fn invitation(finding: Option<&Finding>) -> Option<String> {
    let finding = finding?;
    let first = || finding.wording().details.first();
    match finding.invitations() {
        0 if finding.problem().is_some() => {
            Some("Whether an invitation is open could not be found out; the checklist says why.".to_owned())
        }
        0 if finding.verdict == Verdict::NotApplicable => None,
        0 => Some(
            "No invitation is open. Ask the owner of that organization for one first: “leave-org request” writes the message."
                .to_owned(),
        ),
        1 => Some(format!("{} The checklist begins with it.", first()?)),
        2 => Some(format!("{} One more is open, too. The checklist begins with them.", first()?)),
        open => Some(format!("{} {} more are open, too. The checklist begins with them.", first()?, open - 1)),
    }
}

pub(crate) fn journal_failed(problem: &Problem) -> String {
    format!(
        "{} What is not written yet is kept, and nothing is sent until it can be written again.",
        texts::problem(problem.kind).cause
    )
}

/// Somebody wants to say something, and there is no journal to keep it.
pub(crate) fn no_journal_to_say_it_in(problem: &Problem) -> String {
    format!("What you say here is kept in a journal, so that it still counts tomorrow. {}", texts::problem(problem.kind).cause)
}

/// Why the confirm screen does not open although every step is settled.
pub(crate) fn locked(lock: Lock, journal: Option<&Problem>) -> Option<Text> {
    Some(match lock {
        Lock::Step(_) => return None,
        Lock::Connection => "There are no credentials: nothing can be sent to AWS.".into(),
        Lock::ChangeOut => "A change is still on its way to AWS. Its answer comes first.".into(),
        Lock::Ended => "Your sign-in has ended. Sign in again; nothing that was said is lost.".into(),
        Lock::Identity => "AWS has not said for certain which account this is. Read everything again first.".into(),
        Lock::Credentials { .. } => credentials_end_soon(),
        Lock::Journal => {
            let why = journal.map_or("It is still being opened.", |problem| &texts::problem(problem.kind).cause);
            format!("Nothing is sent that was not written into the journal first. {why}").into()
        }
    })
}

/// A word is pasted where the service's name is typed.
pub(crate) const TYPE_THE_SERVICE: &str = "Pasting is disabled here. Please type the name.";

pub(crate) fn owner_proven(profile: &str, proof: &OwnerProof) -> String {
    format!(
        "The profile {} belongs to {}, which owns {}. Everything is being read anew, with what the owner can tell.",
        crate::untrusted::sanitize(profile),
        proof.account.grouped(),
        crate::untrusted::sanitize(&proof.organization)
    )
}

pub(crate) const PHONE_VERIFIED: &str = "AWS says that the phone number is verified; the step is being checked again. AWS does not document whether this is enough to leave.";

pub(crate) const PHONE_CODE_TAKEN: &str =
    "AWS accepted the code but did not say whether the number is verified. The step is being checked again.";

pub(crate) const CONTACT_SAVED: &str = "Saved. AWS now shows what you entered.";

pub(crate) const CONTACT_NOT_SAVED: &str = "Nothing has been saved.";

/// The form was closed after something was sent from it.
pub(crate) const CONTACT_LEFT_OPEN: &str =
    "The form was closed. What you already sent may have been saved; the step shows what AWS has.";

pub(crate) const CONTACT_UNCHANGED: &str = "There is nothing new to save: the fields hold what is on file.";

pub(crate) const OWNER_NOT_PROVEN_ANY_MORE: &str = "These credentials are no longer verified as the management account's, so nothing was sent. `Press Esc, then f|Go back, then type f`.";

pub(crate) fn owner_refused(profile: &str, problem: &Problem) -> Text {
    let text = format!(
        "The profile {} is not used as the organization's owner. {} ",
        crate::untrusted::sanitize(profile),
        problem.message
    );
    Text::from(text).and(keyed("`Press m` to choose another."))
}

/// The screen for taking services away was closed. `open` names a service of which nobody knows.
pub(crate) fn deregistered(count: usize, open: Option<&str>) -> String {
    if let Some(open) = open {
        let open = crate::untrusted::sanitize(open);
        let before = match count {
            0 => String::new(),
            1 => "AWS took one service away. ".to_owned(),
            count => format!("AWS took {count} services away. "),
        };
        return format!("{before}It is not known whether AWS took {open} away. The step is being checked again, and will tell.");
    }
    match count {
        0 => "No service was taken away.".to_owned(),
        1 => "AWS took one service away. The step is being checked again.".to_owned(),
        count => format!("AWS took {count} services away. The step is being checked again."),
    }
}

pub(crate) const CREDENTIALS_CHANGED_WHILE_FIXING: &str =
    "The credentials changed, so this screen was closed. Requests already sent are not undone. Checking everything again.";

pub(crate) fn cut_off(fix: &FixRecord) -> String {
    let what = match fix {
        FixRecord::Contact { .. } => "new contact information was to be saved".to_owned(),
        FixRecord::SendCode => "a code was to be sent to the phone number on file".to_owned(),
        FixRecord::VerifyPhone => "the phone number was to be verified by a code".to_owned(),
        FixRecord::Deregister { service, .. } => {
            format!("{} was to be taken away from this account", crate::untrusted::sanitize(service))
        }
    };
    format!("When that ended, {what}, and no answer was written down. The checklist shows what holds now.")
}

pub(crate) const FOUR_DIGITS: &str = "A group has four digits.";

pub(crate) const SIX_DIGITS: &str = "A code has six digits. Nothing has been sent.";

pub(crate) fn note_too_long(length: usize) -> String {
    format!("A note can have at most {LONGEST_NOTE} characters; yours has {length}. It was not saved.")
}

pub(crate) const ANOTHER_WORD: &str = "That does not match this service. Nothing has been sent.";

pub(crate) const NOT_NOW: &str = "That is not possible right now.";
