//! How far the gate is, what just happened, and the keys that make sense now.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::ViewContext;
use crate::checklist::{ProblemKind, texts};
use crate::departure::{Lock, Mode};
use crate::views::layout::cut;
use crate::views::moments;
use crate::views::page::Page;
use crate::views::theme::Role;
use crate::wizard::{Binding, Command, Context, Notice, Screen, Text, bindings, keyed};

/// From this width on, the gate says in whole words what it would lock, or what opens it.
const ROOMY: usize = 80;

/// The footer: notice or gate, then the keys.
pub fn lines(context: ViewContext, width: u16) -> Vec<Line<'static>> {
    let mut page = Page::default();
    match &context.model.notice {
        Some(Notice::Said(text)) => page.text(1, text.clone(), Role::Progress),
        Some(Notice::Failed(text)) => page.text(1, text.clone(), Role::Bad),
        None => {
            if let Some(text) = context.model.departure.record.in_words() {
                page.text(1, text, Role::Progress);
            }
        }
    }
    let mut lines = page.lay_out(context.theme, width).rows;
    let width = usize::from(width);
    if matches!(context.model.screen, Screen::Checklist) {
        let (text, role) = gate(context, width);
        lines.push(Line::styled(cut(&text.shown, width), context.theme.style(role)));
    }
    lines.extend(keys(context, width));
    lines
}

/// How far the gate is, with as many of its locks as fit into `width` cells.
pub fn gate(context: ViewContext, width: usize) -> (Text, Role) {
    let model = context.model;
    let (settled, all) = model.departure.checklist.progress(context.now);
    let locked = model.departure.locks();
    // In a narrow window, the names of the locks need the room.
    let count =
        if width < ROOMY && !locked.is_empty() { format!("{settled} of {all}") } else { format!("{settled} of {all} settled") };
    if model.departure.checklist.is_standalone() {
        let text = format!(" {count}. The account is in no organization: there is nothing to leave.");
        return (text.into(), Role::Good);
    }
    let (text, role) = match (model.departure.mode, locked.is_empty()) {
        (Mode::Guided, true) if width < ROOMY => (format!(" {count}. Leaving is unlocked."), Role::Good),
        (Mode::Guided, true) => {
            (format!(" {count}. Leaving is unlocked: `Enter goes|type leave to go` on to the confirmation."), Role::Good)
        }
        (Mode::Review, true) => (format!(" {count}. Nothing would lock a leave; this review cannot leave."), Role::Good),
        (Mode::Review, false) if width >= ROOMY => (format!(" {count}. A leave would be locked by: "), Role::Text),
        (Mode::Guided | Mode::Review, false) => (format!(" {count}, locked by: "), Role::Text),
    };
    let room = width.saturating_sub(text.width());
    (keyed(&text).and(titles(&locked, room, context)), role)
}

fn title(lock: Lock, context: ViewContext) -> String {
    match lock {
        Lock::Connection => "no sign-in".to_owned(),
        Lock::Identity => "the account is not known for certain".to_owned(),
        Lock::Ended => "your sign-in has ended".to_owned(),
        Lock::Journal => match context.model.departure.record.problem().map(|problem| problem.kind) {
            None => "the journal is being opened".to_owned(),
            Some(ProblemKind::JournalInUse) => "another leave-org is working on this account (R tries again)".to_owned(),
            Some(ProblemKind::JournalFull) => "no room for the journal (R tries again)".to_owned(),
            Some(_) => "the journal cannot be used (R tries again)".to_owned(),
        },
        Lock::ChangeOut => "a change on its way to AWS".to_owned(),
        Lock::Step(step) => texts::step(step).title.clone(),
        Lock::Credentials { end } => match moments::until(end, context.now).as_str() {
            "now" => "your sign-in has ended".to_owned(),
            left => format!("your sign-in ends in {left}"),
        },
    }
}

/// As many titles as fit, and how many more there are.
fn titles(locks: &[Lock], room: usize, context: ViewContext) -> String {
    const AND_MORE: usize = ", and 10 more".len();
    let mut text = String::new();
    for (at, lock) in locks.iter().enumerate() {
        let is_last = at + 1 == locks.len();
        let and_more = if at == 0 && !is_last { format!(", and {} more", locks.len() - 1).width() } else { 0 };
        let room_for_it = room.saturating_sub(and_more);
        let mut title = title(*lock, context);
        // What to press stands in the detail and in the help, too.
        if title.width() > room_for_it
            && let Some((short, _)) = title.split_once(" (")
        {
            title = short.to_owned();
        }
        let wanted = text.width() + 2 + title.width() + if is_last { 0 } else { AND_MORE };
        if at > 0 && wanted > room {
            return format!("{text}, and {} more", locks.len() - at);
        }
        if at > 0 {
            text.push_str(", ");
        }
        text.push_str(&whole_words(&title, room_for_it));
    }
    text
}

/// As many words of `text` as fit into `width` cells.
fn whole_words(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for word in text.split_inclusive(' ') {
        if kept.width() + word.width() >= width {
            break;
        }
        kept.push_str(word);
    }
    format!("{kept}…")
}

/// The keys in at most two lines; help and quit are never the ones that fall off.
fn keys(context: ViewContext, width: usize) -> Vec<Line<'static>> {
    let applies = |binding: &&Binding| binding.in_footer && (binding.applies)(context.model);
    let (last, first): (Vec<&Binding>, Vec<&Binding>) = bindings(Context::of(context.model))
        .filter(applies)
        .partition(|binding| matches!(binding.command, Command::Help | Command::Quit));
    let cells = |binding: &Binding| binding.shown.width() + 1 + binding.label.width() + 3;
    let reserved: usize = last.iter().map(|binding| cells(binding)).sum();
    let mut lines: Vec<Vec<Span<'static>>> = vec![vec![Span::raw(" ")]];
    let mut used = 1;
    let count = first.len();
    for (at, binding) in first.into_iter().chain(last).enumerate() {
        let room = if lines.len() == 2 && at < count { width.saturating_sub(reserved) } else { width };
        if used + cells(binding) > room + 3 {
            if lines.len() == 2 {
                continue;
            }
            lines.push(vec![Span::raw(" ")]);
            used = 1;
        }
        used += cells(binding);
        if let Some(line) = lines.last_mut() {
            line.push(Span::styled(binding.shown, context.theme.style(Role::Key)));
            line.push(Span::raw(format!(" {}   ", binding.label)));
        }
    }
    lines.into_iter().map(Line::from).collect()
}
