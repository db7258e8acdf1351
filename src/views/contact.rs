//! The form for the contact information, and the differences before it is saved.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::{Sight, field, fix, problem};
use crate::checklist::{ContactField, Difference};
use crate::views::page::{Page, cut};
use crate::views::theme::Role;
use crate::wizard::{ContactForm, ContactStage, ContactTrouble};

/// From this height on there is room for what the form is, whatever went wrong.
const ROOMY: u16 = 16;
/// The widest label, in cells.
const LABEL: usize = 20;

/// The form as it stands.
pub fn page(sight: Sight, form: &ContactForm, area: Rect) -> Page {
    let mut page = Page::new(sight.theme, area.width);
    page.text(2, "Contact information of this account", Role::Strong);
    match form.stage {
        ContactStage::Reading(_) => page.text(2, "What is on file is being read …", Role::Progress),
        ContactStage::NotRead => {
            page.gap();
            write_trouble(&mut page, sight, form);
        }
        ContactStage::Filling => write_fields(&mut page, sight, form, area),
        ContactStage::Comparing => write_differences(&mut page, form),
        ContactStage::Saving(_) => {
            let text = format!("What you entered is on its way to AWS …   {}", fix::waited(sight));
            page.text(2, &text, Role::Progress);
            page.say(2, "It cannot be called back. Its answer takes less than a minute.");
        }
        ContactStage::ReadingBack(_) => page.text(2, "Reading back what is on file now …", Role::Progress),
    }
    page
}

fn write_fields(page: &mut Page, sight: Sight, form: &ContactForm, area: Rect) {
    let width = usize::from(area.width);
    // In a low window the fields come first, and what went wrong before what the form is.
    if form.trouble.is_none() || area.height >= ROOMY {
        page.text(
            2,
            "AWS asks for the fields with a star. Nothing is saved before you have seen what is new and said yes.",
            Role::Quiet,
        );
    }
    let mut trouble = Page::new(sight.theme, area.width);
    write_trouble(&mut trouble, sight, form);
    let fields = u16::try_from(ContactField::ALL.len()).unwrap_or(u16::MAX).min(area.height / 2);
    let room = usize::from(area.height.saturating_sub(fields)).saturating_sub(page.len());
    page.gap();
    page.append_at_most(trouble, room, "… and more, in a taller window.");
    page.gap();
    let problems = form.problems();
    let country = form.contact().get(ContactField::CountryCode).to_owned();
    let room = width.saturating_sub(LABEL + 8);
    for each in ContactField::ALL {
        let star = if each.is_required(&country) { "*" } else { " " };
        let label = cut(each.label(), LABEL);
        let space = " ".repeat(LABEL.saturating_sub(label.width()));
        let is_focused = each == form.focus;
        let mark = if is_focused { "▸ " } else { "  " };
        let first = page.len();
        let mut line = vec![Span::raw(format!("  {mark}{label}{space} {star} "))];
        if is_focused {
            line.extend(field::spans(form.fields.get(&each), room, sight.theme));
            page.line(Line::from(line));
        } else {
            let value = form.fields.get(&each).map(tui_input::Input::value).unwrap_or_default();
            line.push(Span::styled(cut(value, room), sight.theme.style(Role::Strong)));
            page.line(Line::from(line));
        }
        if let Some(said) = problems.get(&each) {
            page.item(&format!("{}✗ ", " ".repeat(LABEL + 7)), said, Role::Bad);
        }
        if is_focused {
            page.keep_in_sight(first);
        }
    }
}

fn write_differences(page: &mut Page, form: &ContactForm) {
    page.say(2, "This is what you changed. Saving replaces what is on file for this account, and for no other.");
    page.gap();
    let differences = form.differences();
    for difference in &differences {
        write_difference(page, difference);
    }
    page.gap();
    if differences.iter().any(|difference| difference.field == ContactField::PhoneNumber) {
        page.text(2, "A new phone number begins unverified. After saving, press v to have a code sent to it.", Role::Attention);
    }
    page.text(2, "Press y to save this, Esc to go back to the fields.", Role::Strong);
}

fn write_difference(page: &mut Page, difference: &Difference) {
    let shown = |value: &str| if value.is_empty() { "(empty)".to_owned() } else { value.to_owned() };
    page.text(2, difference.field.label(), Role::Strong);
    page.item("    was      ", &shown(&difference.before), Role::Quiet);
    page.item("    will be  ", &shown(&difference.after), Role::Text);
}

/// What went wrong last, if anything.
pub fn write_trouble(page: &mut Page, sight: Sight, form: &ContactForm) {
    let Some(trouble) = &form.trouble else { return };
    let again = fix::checked_again(sight);
    match trouble {
        ContactTrouble::NotRead(reason) => {
            page.item("  ? ", "What is on file could not be read, so there is nothing to correct here yet.", Role::Bad);
            page.say(4, &reason.remedy);
            problem::write(page, sight, reason);
        }
        ContactTrouble::Refused(refusal) => fix::write_refusal(page, sight, refusal),
        ContactTrouble::NeverSent(reason) => fix::write_never_sent(page, sight, reason),
        ContactTrouble::Unknown(reason) => {
            fix::write_unknown(
                page,
                sight,
                reason,
                &format!("What is on file could not be read, either. {again} Saving once more does no harm."),
            );
        }
        ContactTrouble::NotThere { problem: reason, differences } => {
            let text = "No usable answer came back. AWS was asked what is on file now, and that is not what you entered:";
            page.item("  ? ", text, Role::Attention);
            write_on_file(page, differences);
            page.say(4, "Saving once more does no harm.");
            problem::write(page, sight, reason);
        }
        ContactTrouble::NotReadBack(reason) => {
            page.item("  ? ", "AWS took what you entered, but what is on file now could not be read back.", Role::Attention);
            page.say(4, &format!("{again} It shows what is on file."));
            problem::write(page, sight, reason);
        }
        ContactTrouble::Differs(differences) => {
            page.item("  ! ", "AWS took what you entered, but what is on file now differs from it:", Role::Attention);
            write_on_file(page, differences);
        }
    }
}

fn write_on_file(page: &mut Page, differences: &[Difference]) {
    let shown = |value: &str| if value.is_empty() { "nothing".to_owned() } else { format!("“{value}”") };
    for Difference { field, before, after } in differences {
        let text = format!("{}: on file is {}, you entered {}.", field.label(), shown(before), shown(after));
        page.item("    · ", &text, Role::Text);
    }
}
