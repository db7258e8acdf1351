//! The verification of the phone number, as an overlay.

use ratatui::text::{Line, Span};

use super::{Sight, fix};
use crate::tui::page::Page;
use crate::tui::theme::Role;
use crate::untrusted::neutralise;
use crate::wizard::{PhoneCheck, PhoneStage, PhoneTrouble};

/// The overlay as it stands.
pub fn page(sight: Sight, check: &PhoneCheck, width: u16) -> Page {
    let mut page = Page::new(sight.theme, width);
    let number = check.number.as_deref().map_or_else(|| "the number on file".to_owned(), neutralise);
    match &check.stage {
        PhoneStage::Ready => {
            page.text(0, &format!("AWS sends a code by text message to {number}."), Role::Strong);
            page.text(
                0,
                "It goes to the number on file and to no other. If that is not yours, correct the contact information first.",
                Role::Text,
            );
        }
        PhoneStage::Sending(_) => page.text(0, &format!("Asking AWS for a code to {number} …"), Role::Progress),
        PhoneStage::Typing(typed) => {
            page.text(0, &format!("Type the six digits that AWS sent to {number}."), Role::Strong);
            write_time(&mut page, sight, check);
            page.gap();
            page.focused_line(Line::from(vec![
                Span::raw("> "),
                Span::styled(typed.0.clone(), sight.theme.style(Role::Strong)),
                Span::styled(" ", sight.theme.style(Role::Selected)),
            ]));
        }
        PhoneStage::Verifying(_) => page.text(0, "AWS is looking at the code …", Role::Progress),
    }
    if let Some(code) = check.practice_code.as_deref().filter(|_| matches!(check.stage, PhoneStage::Typing(_))) {
        page.gap();
        page.text(0, &format!("Practice: the phone received {}.", neutralise(code)), Role::Progress);
    }
    write_trouble(&mut page, sight, check);
    page.gap();
    page.text(
        0,
        "No page of AWS promises that this settles what it asks for at the leave. It is the nearest that can be shown; AWS's answer at the leave will tell.",
        Role::Quiet,
    );
    page.gap();
    let keys = match check.stage {
        PhoneStage::Ready => "Enter sends a code.  Esc closes this; nothing has been sent.",
        PhoneStage::Sending(_) | PhoneStage::Verifying(_) => "Esc closes this; the request is out and is not called back.",
        PhoneStage::Typing(_) => {
            "Enter hands the code in once all six digits are there.  n asks for a new one, which voids the old.  Esc closes this."
        }
    };
    page.text(0, keys, Role::Quiet);
    page
}

fn write_time(page: &mut Page, sight: Sight, check: &PhoneCheck) {
    match check.seconds_left(sight.now) {
        Some(0) => page.text(0, "That code is too old now. Press n for a new one.", Role::Attention),
        Some(left) => page.text(0, &format!("It is good for another {}:{:02}.", left / 60, left % 60), Role::Progress),
        None => {}
    }
}

fn write_trouble(page: &mut Page, sight: Sight, check: &PhoneCheck) {
    let Some(trouble) = &check.trouble else { return };
    page.gap();
    match trouble {
        PhoneTrouble::Refused(refusal) => fix::write_refusal(page, sight, refusal),
        PhoneTrouble::NeverSent(reason) => fix::write_never_sent(page, sight, reason),
        PhoneTrouble::Unknown(reason) => fix::write_unknown(
            page,
            sight,
            reason,
            "A code may have been sent, or taken, all the same. If one came, type it; a new code voids it.",
        ),
        PhoneTrouble::Status(status) => {
            let text = match status.as_str() {
                "NOT_SUPPORTED" => "AWS says that it cannot verify the number of this account by a code (NOT_SUPPORTED): its country or kind may not be supported. If AWS verified it by a call at sign-up, say so with a.".to_owned(),
                other => format!("AWS took the request and says that the number is {}: it is not verified.", neutralise(other)),
            };
            page.item("! ", &text, Role::Attention);
        }
    }
}
