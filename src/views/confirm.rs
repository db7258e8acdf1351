//! The last screen before anything is changed.

use super::{ViewContext, field};
use crate::checklist::gate::Acknowledgement;
use crate::checklist::{Finding, Refusal, StepId, Subject, texts};
use crate::untrusted::sanitize;
use crate::views::layout::cut;
use crate::views::moments;
use crate::views::page::{LONGEST_NAME, Page, Piece};
use crate::views::theme::Role;
use crate::wizard::{Confirming, GROUPS, Text};

/// What is about to happen, what must have been seen, and the field for the account ID.
pub fn write(page: &mut Page, context: ViewContext, confirming: &Confirming) {
    let Some(subject) = &context.model.departure.checklist.subject else { return };
    if confirming.all_seen() {
        page.on_screen(|page| write_intro(page, context, subject));
    } else {
        write_intro(page, context, subject);
    }
    page.on_screen(|page| write_items(page, context, confirming));
    page.gap();
    if confirming.all_seen() {
        page.say(2, "Every check runs once more before the call.");
        page.on_screen(|page| write_field(page, context, confirming, subject));
    } else {
        let left = confirming.items.iter().filter(|item| !confirming.seen.contains(item)).count();
        let text = Text::voices(
            format!("Press Space to mark each line as seen ({left} left). Then type the account ID."),
            "Next you confirm, one by one, what changes when the account leaves. Then you type the account ID.",
        );
        page.say(2, text);
    }
}

/// Which account is about to leave what, and who gets the request: whoever comes back to this days later does not remember the first words.
fn write_intro(page: &mut Page, context: ViewContext, subject: &Subject) {
    page.text(2, about(subject), Role::Strong);
    page.say(2, "This cannot be undone from here: only a new invitation brings the account back.");
    page.said(match context.model.departure.custom_endpoints.as_slice() {
        _ if context.model.practice.is_some() => "This is practice: nothing real is touched.".to_owned(),
        [] => "The request goes to AWS itself.".to_owned(),
        hosts => format!("The request does not go to AWS itself, but to {}.", sanitize(&hosts.join(", "))),
    });
    if let Some(difference) = context.model.departure.difference_of_endpoints() {
        page.text(2, difference, Role::Attention);
    }
}

/// What must have been seen. Line by line each of them is a question.
fn write_items(page: &mut Page, context: ViewContext, confirming: &Confirming) {
    page.heading(2, "From that minute");
    for (at, item) in confirming.items.iter().enumerate() {
        let seen = confirming.seen.contains(item);
        let mark = if seen { "[x]" } else { "[ ]" };
        let selected = at == confirming.cursor && !confirming.all_seen();
        let pointer = if selected { "▸" } else { " " };
        let (text, explanation) = words(context, item);
        let write = |page: &mut Page| page.sign(0, &format!("{pointer} {mark}"), text, Role::Text);
        if selected {
            let first = page.len();
            page.focused(write);
            if let Some(explanation) = explanation {
                page.text(6, explanation, Role::Quiet);
            }
            page.keep_in_sight(first);
        } else {
            write(page);
        }
    }
}

fn write_field(page: &mut Page, context: ViewContext, confirming: &Confirming, subject: &Subject) {
    let first = page.len();
    if context.model.asks_in_groups {
        page.say(2, "Type the account ID in three groups of four digits, with Enter after each.");
    }
    page.pieces(typed_id(context, confirming));
    if confirming.is_whole(false) && !confirming.matches(&subject.identity.account) {
        page.text(2, "That is not the ID of this account. Enter works once the ID matches.", Role::Bad);
    }
    page.keep_in_sight(first);
}

fn about(subject: &Subject) -> String {
    let id = subject.identity.account.grouped();
    let name = cut(&sanitize(&subject.display_name()), LONGEST_NAME);
    let account = if name == id { id } else { format!("{name}  {id}") };
    let organization = subject.organization().map_or_else(String::new, |organization| {
        let owner =
            organization.management_account.as_ref().map_or_else(String::new, |owner| format!(" (owner {})", owner.grouped()));
        format!("{}{owner}", sanitize(&organization.id))
    });
    format!("You are about to take  {account}  out of  {organization}.")
}

fn typed_id(context: ViewContext, confirming: &Confirming) -> Vec<Piece> {
    let mut typed = String::new();
    for group in &confirming.groups {
        typed.push_str(group);
        typed.push('-');
    }
    for (at, digit) in confirming.typed.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            typed.push('-');
        }
        typed.push(digit);
    }
    let asks = if context.model.asks_in_groups {
        format!("  Group {} of {GROUPS}:  ", confirming.groups.len() + 1)
    } else {
        "  Type the account ID to leave:  ".to_owned()
    };
    field::typed(asks, typed)
}

/// One line to have seen, and what stands behind it.
pub fn words(context: ViewContext, item: &Acknowledgement) -> (String, Option<String>) {
    match item {
        Acknowledgement::Consequence(id) => {
            let consequence = texts::consequences().iter().find(|consequence| consequence.id == *id);
            consequence.map_or_else(|| (id.clone(), None), |c| (c.text.clone(), Some(c.explanation.clone())))
        }
        Acknowledgement::Contact => {
            let finding = context.model.departure.checklist.step(StepId::ContactInformation).reading();
            let text = "The contact information on file stays with the account. Check that it is yours.";
            (text.to_owned(), finding.and_then(few_details))
        }
        Acknowledgement::Advice(step) => {
            let title = &texts::step(*step).title;
            let finding = context.model.departure.checklist.step(*step).finding.as_ref();
            let found = finding.map_or("not checked", |finding| finding.wording().summary.as_str());
            (format!("{title}: {found}"), finding.and_then(few_details))
        }
        Acknowledgement::Destination(destination) => (texts::destination(*destination).acknowledgement.clone(), None),
        Acknowledgement::Override(step) => {
            let title = &texts::step(*step).title;
            let checked = context.model.departure.checklist.step(*step);
            let found = checked.finding.as_ref().map_or("", |finding| finding.wording().summary.as_str());
            let note = checked.attestation.as_ref().and_then(|word| word.note.as_deref()).unwrap_or_default();
            (format!("You go on without proof. {title}: {found}"), Some(format!("Your reason: “{note}”")))
        }
        Acknowledgement::Refused(step) => {
            let title = &texts::step(*step).title;
            let refusals: Vec<&Refusal> = context.model.departure.checklist.step(*step).refusals().collect();
            let said = refusals.iter().map(|refusal| format!("AWS said: “{}”", refusal.message)).collect::<Vec<_>>().join(" ");
            let text = if refusals.iter().all(|refusal| refusal.steps.is_empty()) {
                "AWS refused to let the account leave for a reason that no check covers. Nothing proves that this is fixed"
                    .to_owned()
            } else {
                format!("AWS refused to let the account leave because of: {title}. Nothing proves that this is fixed")
            };
            (text, Some(said).filter(|said| !said.is_empty()))
        }
        Acknowledgement::OpenRequest => {
            let at =
                context.model.departure.checklist.open_request.map(|at| moments::local(at, context.zone)).unwrap_or_default();
            let text = format!("The request of {at} may still be under way. If you confirm, a second request is sent.");
            (text, Some("AWS shows no effect of it yet. Its records can take an hour to settle.".to_owned()))
        }
    }
}

/// The first particulars of a finding; the step's own detail has them all.
fn few_details(finding: &Finding) -> Option<String> {
    const FEW: usize = 5;
    let details = &finding.wording().details;
    let first: Vec<&str> = details.iter().take(FEW).map(|line| line.trim_end_matches('.')).collect();
    let more = details.len().saturating_sub(FEW);
    match (first.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(first.join("; ")),
        (false, more) => Some(format!("{}; and {more} more, see the step", first.join("; "))),
    }
}
