//! Choosing the profile of the organization's owner, as an overlay.

use super::{Sight, problem};
use crate::departure::Mode;
use crate::untrusted::neutralise;
use crate::views::page::Page;
use crate::views::theme::Role;
use crate::wizard::OwnerChoice;

/// The overlay as it stands.
pub fn page(sight: Sight, choice: &OwnerChoice, width: u16) -> Page {
    let mut page = Page::new(sight.theme, width);
    write_state(&mut page, sight, choice);
    page.gap();
    write_choice(&mut page, sight, choice);
    page
}

/// What is asked, and what became of the last choice.
pub fn write_state(page: &mut Page, sight: Sight, choice: &OwnerChoice) {
    let model = sight.model;
    page.text(0, "Which profile belongs to the management account?", Role::Strong);
    page.gap();
    // What became of the last choice stands above the list, which may be long.
    if let Some(asking) = &model.departure.owner.asking {
        page.text(0, &format!("AWS is being asked whose {} is …", neutralise(&asking.profile)), Role::Progress);
    } else if let Some((profile, reason)) = &model.departure.owner.refused {
        let text = format!("The profile {} is not used. Nothing that it says counts here.", neutralise(profile));
        page.item("✗ ", &text, Role::Bad);
        page.say(2, &reason.message);
        page.say(2, &reason.remedy);
        let code = reason.code.as_deref().map(|code| format!(": {code}")).unwrap_or_default();
        page.text(2, &format!("{}{code}", reason.operation), Role::Quiet);
    } else if let Some(proof) = model.departure.owner_proof() {
        let profile = model.departure.owner.profile.as_deref().map(neutralise).unwrap_or_default();
        let text = format!("{profile} is {}, and owns {}.", proof.account.grouped(), neutralise(&proof.organization));
        page.item("✓ ", &text, Role::Good);
    } else if !matches!(choice, OwnerChoice::Failed(_)) {
        let does = match model.departure.mode {
            Mode::Guided => "With it, this program sees what a member cannot. It changes nothing unless you ask for it.",
            Mode::Review => "With it, this program sees what a member cannot. In a review it changes nothing.",
        };
        page.say(0, &format!("AWS has to prove it first. {does}"));
    }
}

/// The profiles, or why there are none.
pub fn write_choice(page: &mut Page, sight: Sight, choice: &OwnerChoice) {
    match choice {
        OwnerChoice::Reading => page.text(0, "The profiles of this machine are being read …", Role::Progress),
        OwnerChoice::Failed(reason) => {
            page.item("? ", "The profiles of this machine could not be read.", Role::Bad);
            page.say(2, &reason.remedy);
            problem::write(page, sight, reason);
        }
        OwnerChoice::Among { profiles, .. } if profiles.is_empty() => {
            page.text(
                0,
                "There are no profiles on this machine. Add one for the management account to ~/.aws/config, then press m again.",
                Role::Attention,
            );
        }
        OwnerChoice::Among { profiles, cursor } => {
            for (at, profile) in profiles.iter().enumerate() {
                let text = format!("{}   {}", neutralise(&profile.name), neutralise(&profile.source));
                page.choice(0, &text, at == *cursor);
            }
        }
    }
}
