//! Choosing the profile of the organization's owner, as an overlay.

use super::{ViewContext, problem, profiles};
use crate::departure::Mode;
use crate::untrusted::sanitize;
use crate::views::page::Page;
use crate::views::theme::Role;
use crate::wizard::{OwnerChoice, keyed};

pub const QUESTION: &str = "Which profile belongs to the management account?";

pub fn write(page: &mut Page, context: ViewContext, choice: &OwnerChoice) {
    page.on_screen(|page| page.text(0, QUESTION, Role::Strong));
    page.gap();
    write_state(page, context, choice);
    page.gap();
    if context.model.departure.owner.asking.is_some() {
        page.on_screen(|page| write_choice(page, context, choice));
    } else {
        write_choice(page, context, choice);
    }
}

fn write_state(page: &mut Page, context: ViewContext, choice: &OwnerChoice) {
    let model = context.model;
    // What became of the last choice stands above the list, which may be long.
    if let Some(asking) = &model.departure.owner.asking {
        page.busy(0, &format!("AWS is being asked whose {} is", sanitize(&asking.profile)), "");
    } else if let Some((profile, reason)) = &model.departure.owner.refused {
        let text = format!("The profile {} is not used. Nothing that it says counts here.", sanitize(profile));
        page.sign(0, "✗", text, Role::Bad);
        page.say(2, &reason.message);
        page.say(2, &reason.remedy);
        let code = reason.code.as_deref().map(|code| format!(": {code}")).unwrap_or_default();
        page.text(2, format!("{}{code}", reason.operation), Role::Quiet);
    } else if let Some(proof) = model.departure.owner_proof() {
        let profile = model.departure.owner.profile.as_deref().map(sanitize).unwrap_or_default();
        let text = format!("{profile} is {}, and owns {}.", proof.account.grouped(), sanitize(&proof.organization));
        page.sign(0, "✓", text, Role::Good);
    } else if !matches!(choice, OwnerChoice::Failed(_)) {
        let does = match model.departure.mode {
            Mode::Guided => "With it, this program sees what a member cannot. It changes nothing unless you ask for it.",
            Mode::Review => "With it, this program sees what a member cannot. In a review it changes nothing.",
        };
        page.say(0, format!("AWS has to prove it first. {does}"));
    }
}

fn write_choice(page: &mut Page, context: ViewContext, choice: &OwnerChoice) {
    match choice {
        OwnerChoice::Reading => page.busy(0, "The profiles of this machine are being read", ""),
        OwnerChoice::Failed(reason) => {
            page.sign(0, "?", "The profiles of this machine could not be read.", Role::Bad);
            page.say(2, &reason.remedy);
            problem::write(page, context, reason);
        }
        OwnerChoice::Among { profiles, .. } if profiles.is_empty() => {
            let text = "There are no profiles on this machine. Add one for the management account to ~/.aws/config, then `press m` again.";
            page.text(0, keyed(text), Role::Attention);
        }
        OwnerChoice::Among { profiles, cursor } => {
            profiles::write_list(page, profiles, *cursor, |name, source| format!("{name}   {source}"));
        }
    }
}
