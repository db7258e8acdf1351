//! Choosing the profile of the organization's owner, as an overlay.

use super::{Sight, problem};
use crate::tui::page::Page;
use crate::tui::theme::Role;
use crate::untrusted::neutralise;
use crate::wizard::{Mode, OwnerChoice};

/// The overlay as it stands.
pub fn page(sight: Sight, choice: &OwnerChoice, width: u16) -> Page {
    let mut page = Page::new(sight.theme, width);
    let model = sight.model;
    let does = match model.setting.mode {
        Mode::Guided => {
            "It tells what a member cannot see. It changes nothing by itself; each service that shall be taken away needs a word of its own."
        }
        Mode::Review => "It tells what a member cannot see. In a review, nothing is changed with it.",
    };
    page.text(0, "Which profile belongs to the organization's owner, its management account?", Role::Strong);
    page.text(0, &format!("AWS has to prove that first; what any other profile says is not used. {does}"), Role::Text);
    page.gap();
    if let Some(proof) = model.owner_proof() {
        let profile = model.owner.profile.as_deref().map(neutralise).unwrap_or_default();
        let text = format!("Proven: {profile} is {}, and owns {}.", proof.account.grouped(), neutralise(&proof.organization));
        page.item("✓ ", &text, Role::Good);
        page.gap();
    }
    match choice {
        OwnerChoice::Reading => page.text(0, "The profiles of this machine are being read …", Role::Progress),
        OwnerChoice::Failed(reason) => {
            page.item("? ", "The profiles of this machine could not be read.", Role::Bad);
            page.text(2, &reason.remedy, Role::Text);
            problem::write(&mut page, sight, reason);
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
                if at == *cursor {
                    page.focused(|page| page.item("▸ ", &text, Role::Text));
                } else {
                    page.item("  ", &text, Role::Text);
                }
            }
        }
    }
    if let Some(asking) = &model.owner.asking {
        page.gap();
        page.text(0, &format!("AWS is being asked whose {} is …", neutralise(&asking.profile)), Role::Progress);
    } else if let Some((profile, reason)) = &model.owner.refused {
        page.gap();
        page.item(
            "✗ ",
            &format!("The profile {} is not used: nothing that it could say counts here.", neutralise(profile)),
            Role::Bad,
        );
        page.text(2, &reason.message, Role::Text);
        page.text(2, &reason.remedy, Role::Text);
        let code = reason.code.as_deref().map(|code| format!(": {code}")).unwrap_or_default();
        page.text(2, &format!("{}{code}", reason.operation), Role::Quiet);
    }
    page
}
