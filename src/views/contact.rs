//! The form for the contact information, and the differences before it is saved.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr as _;

use super::{ViewContext, field, fix, problem};
use crate::checklist::{ContactField, Difference};
use crate::untrusted::sanitize;
use crate::views::layout::cut;
use crate::views::page::{Block, Page};
use crate::views::theme::Role;
use crate::wizard::{ContactForm, ContactStage, ContactTrouble, Text, keyed};

/// From this height on there is room for what the form is, whatever went wrong.
const ROOMY: u16 = 16;
/// How the form is answered line by line.
const FIELD_BY_FIELD: &str = "The contact information, field by field. Nothing is saved before you have heard what is new and said yes. \
                              A minus sign empties a field, a full stop goes on to what is new, two full stops go back.";
const LABEL: usize = 20;

pub fn write(page: &mut Page, context: ViewContext, form: &ContactForm, area: Rect) {
    page.on_screen(|page| page.text(2, "Contact information of this account", Role::Strong));
    match form.stage {
        ContactStage::Reading(_) => page.busy(2, "What is on file is being read", ""),
        ContactStage::NotRead => {
            page.gap();
            write_trouble(page, context, form);
        }
        ContactStage::Filling => write_fields(page, context, form, area),
        ContactStage::Comparing => write_differences(page, form),
        ContactStage::Saving(_) => {
            page.busy(2, "What you entered is on its way to AWS", &fix::waited(context));
            page.say(2, "It cannot be called back. Its answer takes less than a minute.");
        }
        ContactStage::ReadingBack(_) => page.busy(2, "Reading back what is on file now", ""),
    }
}

fn write_fields(page: &mut Page, context: ViewContext, form: &ContactForm, area: Rect) {
    // In a low window the fields come first, and what went wrong before what the form is.
    if form.trouble.is_none() || area.height >= ROOMY {
        // Whoever hears what went wrong knows the form.
        let said = if form.trouble.is_some() { "" } else { FIELD_BY_FIELD };
        let shown = "AWS asks for the fields with a star. Nothing is saved before you have seen what is new and said yes.";
        page.text(2, Text::voices(shown, said), Role::Quiet);
    }
    let mut trouble = Page::default();
    write_trouble(&mut trouble, context, form);
    let fields = u16::try_from(ContactField::ALL.len()).unwrap_or(u16::MAX).min(area.height / 2);
    let above = page.lay_out(context.theme, area.width).rows.len();
    page.gap();
    page.blocks.push(Block::AtMost(usize::from(area.height.saturating_sub(fields)).saturating_sub(above), trouble));
    page.gap();
    page.on_screen(|page| write_inputs(page, form, usize::from(area.width)));
}

/// Line by line, each field is asked for by itself.
fn write_inputs(page: &mut Page, form: &ContactForm, width: usize) {
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
        let mut line = vec![(format!("  {mark}{label}{space} {star} "), Role::Text)];
        if is_focused {
            line.extend(field::pieces(form.fields.get(&each), room));
        } else {
            let value = form.fields.get(&each).map(tui_input::Input::value).unwrap_or_default();
            line.push((cut(value, room), Role::Strong));
        }
        page.pieces(line);
        if let Some(problem) = problems.get(&each) {
            page.sign(LABEL + 7, "✗", problem, Role::Bad);
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
        let text = "A new phone number begins unverified. After saving, `press v` to have a code sent to it.";
        page.text(2, keyed(text), Role::Attention);
    }
    page.on_screen(|page| page.text(2, "Press y to save this, Esc to go back to the fields.", Role::Strong));
}

fn write_difference(page: &mut Page, difference: &Difference) {
    let Difference { field, before, after } = difference;
    let shown = |value: &str| if value.is_empty() { "(empty)".to_owned() } else { value.to_owned() };
    let said = |value: &str| if value.is_empty() { "empty".to_owned() } else { format!("“{}”", sanitize(value)) };
    let line = format!("{}: was {}, will be {}.", field.label(), said(before), said(after));
    page.text(2, Text::voices(field.label(), line), Role::Strong);
    page.on_screen(|page| {
        page.item(4, "was     ", shown(before), Role::Quiet);
        page.item(4, "will be ", shown(after), Role::Text);
    });
}

fn write_trouble(page: &mut Page, context: ViewContext, form: &ContactForm) {
    let Some(trouble) = &form.trouble else { return };
    let again = fix::checked_again(context);
    match trouble {
        ContactTrouble::NotRead(reason) => {
            page.sign(2, "?", "What is on file could not be read, so there is nothing to correct here yet.", Role::Bad);
            page.say(4, &reason.remedy);
            problem::write(page, context, reason);
        }
        ContactTrouble::Answered(answer) => {
            let text = format!("What is on file could not be read, either. {again} Saving once more does no harm.");
            fix::write_answer(page, context, answer, text);
        }
        ContactTrouble::NotThere { problem: reason, differences } => {
            let text = "No usable answer came back. AWS was asked what is on file now, and that is not what you entered:";
            page.sign(2, "?", text, Role::Attention);
            write_on_file(page, differences);
            page.say(4, "Saving once more does no harm.");
            problem::write(page, context, reason);
        }
        ContactTrouble::NotReadBack(reason) => {
            page.sign(2, "?", "AWS took what you entered, but what is on file now could not be read back.", Role::Attention);
            page.say(4, format!("{again} It shows what is on file."));
            problem::write(page, context, reason);
        }
        ContactTrouble::Differs(differences) => {
            page.sign(2, "!", "AWS took what you entered, but what is on file now differs from it:", Role::Attention);
            write_on_file(page, differences);
        }
    }
}

fn write_on_file(page: &mut Page, differences: &[Difference]) {
    let shown = |value: &str| if value.is_empty() { "nothing".to_owned() } else { format!("“{value}”") };
    for Difference { field, before, after } in differences {
        let text = format!("{}: on file is {}, you entered {}.", field.label(), shown(before), shown(after));
        page.dot(4, "·", text, Role::Text);
    }
}
