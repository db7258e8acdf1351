//! The credentials belong to another account now: everything has stopped, and both accounts are named.

use super::{ViewContext, problem};
use crate::checklist::Subject;
use crate::untrusted::sanitize;
use crate::views::layout::cut;
use crate::views::page::{LONGEST_NAME, Page};
use crate::views::theme::Role;
use crate::wizard::keyed;

/// Which account this walk is about, which one the credentials belong to, and what can be done.
pub fn write(page: &mut Page, context: ViewContext) {
    let model = context.model;
    let Some((before, now)) = &model.departure.elsewhere else { return };
    page.sign(2, "✗", "These credentials belong to another account than before. Everything has stopped.", Role::Bad);
    page.gap();
    let name = model.departure.checklist.subject.as_ref().and_then(Subject::name);
    let name = name.map(|name| format!("   {}", cut(&sanitize(name), LONGEST_NAME))).unwrap_or_default();
    page.text(4, format!("this walk is about   {}{name}", before.grouped()), Role::Strong);
    page.text(4, format!("the credentials are  {}", now.grouped()), Role::Strong);
    page.gap();
    page.say(2, "Nothing is being sent, and nothing that the other account's answers held was taken in.");
    let profile = model.departure.session().and_then(|session| session.profile.as_deref()).map(sanitize);
    let whose =
        profile.map_or_else(|| "What this machine has".to_owned(), |name| format!("Profile {}", cut(&name, LONGEST_NAME)));
    let text = format!(
        "{whose} led to the first account before, and leads to the second now: somebody signed in elsewhere, or changed it."
    );
    page.say(2, text);
    page.heading(2, "What to do");
    let text = "Sign in to the first account again, then `press r`. What you said about it still counts.";
    page.dot(2, "• ", keyed(text), Role::Text);
    if let Some(command) = model.sign_in_command() {
        page.text(5, format!("l runs: {}", sanitize(&command.join(" "))), Role::Quiet);
    }
    let text = "Or `press Enter|type begin` to begin anew with the second account. The first one is then put aside.";
    page.dot(2, "• ", keyed(text), Role::Text);
    if let Some(reason) = model.departure.connection_problem().filter(|_| !model.departure.is_busy()) {
        page.heading(2, "The credentials could not be read");
        problem::write(page, context, reason);
        page.say(2, &reason.remedy);
    }
    if model.departure.is_busy() {
        page.gap();
        page.busy(2, "Reading the credentials again", "");
    }
}
