//! Choosing a profile, when several fit.

use super::ViewContext;
use crate::untrusted::sanitize;
use crate::views::page::Page;
use crate::views::theme::Role;
use crate::wizard::{ProfileChoice, Text};

pub const QUESTION: &str = "Which profile leads to the account that shall leave?";

pub fn write(page: &mut Page, context: ViewContext, cursor: usize) {
    page.on_screen(|page| page.text(2, QUESTION, Role::Strong));
    page.say(2, "Nothing is sent before you choose. Choose a profile of that account, not of the organization's owner.");
    page.gap();
    write_list(page, &context.model.profiles, cursor, |name, source| format!("{name}  ({source})"));
}

/// Profiles to choose from, and where each comes from.
pub fn write_list(page: &mut Page, profiles: &[ProfileChoice], cursor: usize, shown: impl Fn(&str, &str) -> String) {
    for (at, profile) in profiles.iter().enumerate() {
        let (name, source) = (sanitize(&profile.name), sanitize(&profile.source));
        let text = Text::voices(shown(&name, &source), format!("{name}, {source}."));
        page.choice(0, at, text, cursor);
    }
}
