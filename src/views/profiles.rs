//! Choosing a profile, when several fit.

use super::Sight;
use crate::untrusted::neutralise;
use crate::views::page::Page;
use crate::views::theme::Role;

/// The list of profiles.
pub fn page(sight: Sight, cursor: usize, width: u16) -> Page {
    let mut page = Page::new(sight.theme, width);
    page.gap();
    page.text(2, "Which profile leads to the account that shall leave?", Role::Strong);
    page.say(2, "Nothing is sent before you choose. Choose a profile of that account, not of the organization's owner.");
    page.gap();
    for (at, profile) in sight.model.profiles.iter().enumerate() {
        let text = format!("{}  ({})", neutralise(&profile.name), neutralise(&profile.source));
        page.choice(0, &text, at == cursor);
    }
    page
}
