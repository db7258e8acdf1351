//! The verification of the phone number, as an overlay.

use super::{ViewContext, field, fix, problem};
use crate::checklist::{FixAnswer, StepId};
use crate::untrusted::sanitize;
use crate::views::page::Page;
use crate::views::theme::Role;
use crate::wizard::{PhoneCheck, PhoneStage, PhoneTrouble, Text, keyed};

pub fn write(page: &mut Page, context: ViewContext, check: &PhoneCheck) {
    let number = check.number.as_deref().map_or_else(|| "the number on file".to_owned(), sanitize);
    match &check.stage {
        PhoneStage::Ready => {
            page.text(0, format!("AWS can send a code by text message to {number}."), Role::Strong);
            let text = "It goes to the number on file and to no other. If that phone is not yours, `press Esc, then f|go back, then type f` to correct the number.";
            page.say(0, keyed(text));
        }
        PhoneStage::Sending(_) => page.busy(0, &format!("Asking AWS to send a code to {number}"), &fix::waited(context)),
        PhoneStage::Typing(typed) => {
            // What AWS said of the last code stands above the next one: in a small window, what comes below is out of sight.
            match &check.trouble {
                Some(PhoneTrouble { answer: FixAnswer::Refused { refusal }, .. }) => page.sign(0, "✗", &refusal.cause, Role::Bad),
                Some(PhoneTrouble { answer: FixAnswer::Unknown { .. }, is_about_code: true }) => {
                    page.sign(0, "?", fix::UNKNOWN, Role::Attention);
                }
                Some(_) | None => {}
            }
            // After a wrong code, the one that was sent is still the one.
            let sent = if check.trouble.is_none() { format!("AWS sent a code to {number}.") } else { String::new() };
            page.text(0, Text::voices(format!("Type the six digits that AWS sent to {number}."), sent), Role::Strong);
            write_time(page, context);
            page.gap();
            page.field(field::typed("> ".to_owned(), typed.0.clone()));
            if let Some(code) = context.model.departure.code.as_ref().and_then(|code| code.practice.as_deref()) {
                page.gap();
                page.text(0, format!("Practice: the phone received {}.", sanitize(code)), Role::Progress);
            }
        }
        PhoneStage::Verifying { .. } => page.busy(0, "AWS is looking at the code", &fix::waited(context)),
    }
    page.gap();
    // What went wrong says what to do now, and needs the room.
    if let Some(trouble) = &check.trouble {
        match (&trouble.answer, &check.stage) {
            (FixAnswer::Refused { refusal }, PhoneStage::Typing(_)) => fix::write_what_to_do(page, context, refusal),
            (FixAnswer::Unknown { problem: reason }, PhoneStage::Typing(_)) if trouble.is_about_code => {
                page.say(2, what_tells(context, check));
                problem::write(page, context, reason);
            }
            (FixAnswer::Done { status, .. }, _) => {
                page.sign(0, "!", not_verified(status.as_deref().unwrap_or_default()), Role::Attention);
            }
            (answer, _) if trouble.is_about_code => fix::write_answer(page, context, answer, what_tells(context, check)),
            (answer, _) => {
                let text = "If a code comes, type it. If none comes, `press n` for a new one.";
                fix::write_answer(page, context, answer, keyed(text));
            }
        }
        return;
    }
    let promise =
        "AWS promises nowhere that a verified number is all it asks for at the leave. Its answer at the leave will tell.";
    let said = if check.stage == PhoneStage::Ready { promise } else { "" };
    page.text(0, Text::voices(promise, said), Role::Quiet);
    page.gap();
    let keys = match check.stage {
        PhoneStage::Ready => "Enter sends a code.  Esc closes this.",
        PhoneStage::Sending(_) | PhoneStage::Verifying { .. } => "Esc closes this. The request is out and cannot be called back.",
        PhoneStage::Typing(_) => {
            "Enter hands the code in, once all six digits are there.  n asks for a new code; the old one is worthless then.  Esc closes this."
        }
    };
    page.on_screen(|page| page.text(0, keys, Role::Quiet));
}

fn write_time(page: &mut Page, context: ViewContext) {
    match context.model.departure.code.as_ref().map(|code| code.seconds_left(context.now)) {
        Some(0) | None => page.text(0, keyed("The code is too old now. `Press n` for a new one."), Role::Attention),
        Some(left) => page.text(0, format!("It is good for another {}:{:02}.", left / 60, left % 60), Role::Progress),
    }
}

/// What the contact information says of a code whose answer was lost.
fn what_tells(context: ViewContext, check: &PhoneCheck) -> Text {
    let again = fix::checked_again(context);
    if context.model.departure.row(StepId::ContactInformation).running.is_some() {
        return format!("{again} If the number is verified, this closes by itself.").into();
    }
    let finding = context.model.departure.checklist.step(StepId::ContactInformation).reading();
    let found = if finding.is_some_and(|finding| finding.problem().is_none()) {
        "AWS does not say that the number is verified."
    } else {
        "It could not be found out whether the number is verified."
    };
    let next = match check.stage {
        PhoneStage::Typing(_) => "Type the code once more, or `press n` for a new one.",
        PhoneStage::Ready | PhoneStage::Sending(_) | PhoneStage::Verifying { .. } => "`Press n` for a new code.",
    };
    keyed(&format!("{again} {found} {next}"))
}

/// AWS took the request, and says in this word that the number is not verified all the same.
fn not_verified(status: &str) -> String {
    match status {
        "NOT_SUPPORTED" => "AWS says that it cannot verify this number by a code (NOT_SUPPORTED). Its country or its kind may not be supported. If AWS verified it by a call at sign-up, close this and say so with a.".to_owned(),
        other => format!("AWS took the request and says that the number is {}: it is not verified yet.", sanitize(other)),
    }
}
