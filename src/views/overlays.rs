//! What lies on top of a screen: help, evidence, notes, the question before quitting, what changed.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType, Clear, Paragraph};

use super::{ViewContext, field, more_lines, owner, phone, problem};
use crate::checklist::gate::Change;
use crate::checklist::{Attestable, Found, Standing, StepId, texts};
use crate::departure::{Leave, Mode, Outcome};
use crate::untrusted::sanitize;
use crate::views::moments;
use crate::views::page::Page;
use crate::views::theme::{Role, StandingStyle, TO_LOOK_AT, look, sign};
use crate::wizard::{Context, Overlay, Screen, Text, bindings, keyed, notices};

/// The widest an overlay gets: longer lines are hard to read.
const WIDEST: u16 = 92;

/// From this much on, what an overlay leaves free of the screen below shows; less of it is blank.
const MARGINS: u16 = 24;

/// Draws an overlay and says how many of its lines do not fit.
pub fn draw(frame: &mut Frame, area: Rect, context: ViewContext, overlay: &Overlay) -> u16 {
    let width = WIDEST.min(area.width.saturating_sub(4));
    let inner = width.saturating_sub(4);
    let mut page = Page::default();
    let title = write(&mut page, context, overlay, inner);
    let page = page.lay_out(context.theme, inner);
    let wanted = u16::try_from(page.rows.len()).unwrap_or(u16::MAX).saturating_add(2);
    let height = wanted.min(area.height);
    let place = Rect {
        x: area.x + (area.width.saturating_sub(width)) / 2,
        y: area.y + (area.height.saturating_sub(height)) / 2,
        width,
        height,
    }
    .intersection(area);
    let (lines, overflow) = page.window(overlay.scroll().unwrap_or(0), place.height.saturating_sub(2));
    // The others follow what is selected or typed, and no key scrolls them.
    let hint = match (overlay.scroll(), overflow) {
        (Some(scroll), _) => more_lines(overflow.saturating_sub(scroll)),
        (None, 0) => String::new(),
        (None, 1) => " 1 line does not fit ─".to_owned(),
        (None, lines) => format!(" {lines} lines do not fit ─"),
    };
    // A few letters left and right of it would only be in the way.
    let behind = if area.width - width < MARGINS { Rect { x: area.x, width: area.width, ..place } } else { place };
    frame.render_widget(Clear, behind);
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .title(title)
        .title_bottom(Line::from(hint).right_aligned())
        .padding(ratatui::widgets::Padding::horizontal(1));
    frame.render_widget(Paragraph::new(lines).block(block), place);
    overflow
}

/// Writes what an overlay of this width says, and returns its title.
pub fn write(page: &mut Page, context: ViewContext, overlay: &Overlay, width: u16) -> &'static str {
    let ((), title) = match overlay {
        Overlay::Help { .. } => (page.on_screen(|page| write_help(page, context)), " Keys "),
        Overlay::Evidence { .. } => (write_evidence(page, context), " What AWS said "),
        Overlay::Note { step, refused } => (write_note(page, context, *step, refused.as_deref(), width), " In your words "),
        Overlay::Code { typed } => (write_code(page, context, &typed.0), " The code of your MFA device "),
        Overlay::Owner(choice) => (owner::write(page, context, choice), " Ask as the organization's owner "),
        Overlay::Phone(check) => (phone::write(page, context, check), " Verify the phone number "),
        Overlay::SignIn(command) => (write_sign_in(page, context, command), " Sign in now? "),
        Overlay::Quit => (write_quit(page, context), " Quit? "),
        Overlay::Changes { changes, .. } => (write_changes(page, context, changes), " Something changed "),
    };
    title
}

fn write_sign_in(page: &mut Page, context: ViewContext, command: &[String]) {
    if context.model.practice.is_some() {
        page.say(0, "Practice: no command is run. The practice AWS signs you in.");
        return;
    }
    page.say(0, "This command signs you in. It may open a browser.");
    page.gap();
    page.text(2, sanitize(&command.join(" ")), Role::Strong);
    page.gap();
    page.say(0, "The command uses this terminal until it finishes. Then you return here and every check runs again.");
}

fn write_help(page: &mut Page, context: ViewContext) {
    let (mode, practice) = (context.model.departure.mode, &context.model.practice);
    if mode == Mode::Review {
        page.text(0, notices::ONLY_A_REVIEW, Role::Strong);
        page.say(0, notices::instead_of_a_review(practice.is_some()));
        page.say(0, "Every sign stands in brackets here. What you say with the key a goes into the journal, and counts.");
        page.gap();
    }
    for binding in bindings(Context::of_the_screen(context.model)).filter(|binding| (binding.applies)(context.model)) {
        page.item(0, format!("{:<7}", binding.shown), binding.label, Role::Text);
    }
    if matches!(context.model.screen, Screen::Checklist) {
        page.heading(0, "Signs");
        let of = |standing| look(Some(standing), None);
        let like = |glyph, word| StandingStyle { glyph, word, role: Role::Text };
        for (StandingStyle { glyph, word, .. }, meaning) in [
            (of(Standing::Met), "AWS showed that it holds"),
            (of(Standing::Attested), "a person confirmed it, for 1 to 14 days"),
            (of(Standing::NeedsYou), "no check could show it, and nobody has confirmed it yet"),
            (of(Standing::Waiting), "time alone will settle it"),
            (of(Standing::Unmet), "AWS showed that it does not hold"),
            (of(Standing::Unknown), "we could not find out: neither yes nor no"),
            (of(Standing::NotApplicable), "makes no sense for this account"),
            (like("~", "predicted"), "inferred, not AWS's word about this very thing"),
            (like(TO_LOOK_AT, "to look at"), "advice: locks nothing, but has to be seen before a leave"),
        ] {
            page.item(0, format!("{} {word:<14}", sign(glyph, mode)), meaning, Role::Text);
        }
    }
}

fn write_evidence(page: &mut Page, context: ViewContext) {
    let step = context.model.selected();
    page.heading(0, &texts::step(step.id).title);
    if let Some(finding) = &step.finding {
        for evidence in &finding.evidence {
            page.heading(0, &format!("{}   {}", evidence.operation, evidence.outcome));
            page.say(2, &evidence.fact);
            let request = evidence.request_id.as_deref().map_or_else(|| "no request id".to_owned(), |id| format!("request {id}"));
            page.text(
                2,
                format!("{request}, {}, {}", moments::local(evidence.at, context.zone), moments::ago(evidence.at, context.now)),
                Role::Quiet,
            );
        }
        if finding.evidence.is_empty() {
            page.gap();
            page.say(0, "AWS was not asked.");
        }
        if let Some(problem) = finding.problem() {
            page.heading(0, "What went wrong");
            page.say(2, &texts::problem(problem.kind).cause);
            page.say(2, format!("{}: {}", problem.operation, problem.code.as_deref().unwrap_or("no error code")));
            page.say(2, problem::said(problem));
            if let Some(id) = &problem.request_id {
                page.text(2, format!("request {id}"), Role::Quiet);
            }
            page.say(2, &problem.remedy);
        }
    }
    let words = texts::step(step.id);
    page.heading(0, "Where these rules come from");
    page.text(2, format!("{} (read {})", words.source, words.checked), Role::Quiet);
}

fn write_note(page: &mut Page, context: ViewContext, step: StepId, refused: Option<&str>, width: u16) {
    write_note_intro(page, context, step);
    page.gap();
    let mut line = vec![("> ".to_owned(), Role::Text)];
    line.extend(field::pieces(context.model.drafts.get(&step), usize::from(width.saturating_sub(2))));
    page.field(line);
    if let Some(refused) = refused {
        page.gap();
        page.text(0, refused, Role::Bad);
    }
    page.gap();
    page.on_screen(|page| page.text(0, "Enter says so.  Esc goes back and keeps the text.", Role::Quiet));
}

fn write_note_intro(page: &mut Page, context: ViewContext, step: StepId) {
    let title = &texts::step(step).title;
    match context.model.departure.checklist.step(step).attestable() {
        Attestable::WithReason => {
            page.text(0, format!("{title}: you go on without proof. Write down why."), Role::Strong);
            let when = match context.model.departure.mode {
                Mode::Guided => "before you confirm",
                Mode::Review => "before anybody confirms a leave",
            };
            let answer = if step == StepId::AccessAfterwards {
                "AWS does not look at this: if you are wrong, nobody may be able to sign in."
            } else {
                "AWS will answer at the leave itself."
            };
            page.say(0, format!("The reason is shown once more {when}. {answer}"));
        }
        Attestable::Freely | Attestable::NotNeeded | Attestable::Never | Attestable::NotYet => {
            page.text(0, format!("{title}: you confirm it."), Role::Strong);
            page.say(0, "No check could show it here, so we rely on your confirmation. A note helps those who ask later; it may stay empty.");
        }
    }
    let hours = texts::rules().attestation.hours_for(step, context.model.departure.checklist.step(step).is_overridable());
    let time = if hours > 24 { format!("{} days", hours / 24) } else { format!("{hours} hours") };
    page.text(
        0,
        format!("It is kept as said by {}, and counts for {time}.", sanitize(&context.model.departure.person)),
        Role::Quiet,
    );
}

fn write_code(page: &mut Page, context: ViewContext, typed: &str) {
    if let Some(problem) = context.model.departure.connection_problem() {
        page.say(0, sanitize(&problem.message));
        page.gap();
    }
    let once = "Each code works once.";
    page.text(0, Text::voices(format!("Type the six digits that the device shows now. {once}"), once), Role::Strong);
    page.gap();
    page.field(field::typed("> ".to_owned(), typed.to_owned()));
    page.gap();
    page.on_screen(|page| page.text(0, "Enter goes on once all six are there.  Esc closes this; r asks again.", Role::Quiet));
}

fn write_quit(page: &mut Page, context: ViewContext) {
    write_quit_reasons(page, context);
    page.gap();
    page.on_screen(|page| {
        page.say(0, "q quits.  s saves the report.  Esc stays.");
        if let Some(notice) = &context.model.notice {
            page.gap();
            page.text(0, notice.text().clone(), Role::Progress);
        }
    });
}

fn write_quit_reasons(page: &mut Page, context: ViewContext) {
    let model = context.model;
    if model.departure.is_in_flight() {
        page.text(0, "A request to leave may be on its way. Quitting does not call it back.", Role::Bad);
        page.say(0, "Stay until AWS's own records say how it ended; it takes about two minutes. If you quit, start leave-org again later: it reads the membership first.");
    } else if matches!(model.departure.leave, Leave::Ended(Outcome::NotKnown(_))) {
        page.say(
            0,
            "It is not known yet whether the account has left. Start leave-org again later: it reads the membership first.",
        );
    } else if model.departure.has_fix_out() {
        page.text(0, "A change that you asked for is on its way to AWS. Quitting does not call it back.", Role::Bad);
        page.say(0, "Stay for its answer; it takes less than a minute. The journal then holds what became of it.");
    } else if !matches!(model.departure.leave, Leave::Ended(Outcome::Left { .. })) {
        let text = if model.departure.has_open_request() {
            "An earlier request to leave may still be under way. Start leave-org again later: it reads the membership first."
        } else {
            "No request to leave is under way."
        };
        page.say(0, text);
    }
    if model.holds_unsaved_contact() {
        page.text(0, "What you entered into the form is not saved, and is not kept.", Role::Attention);
    }
    if !model.drafts.is_empty() {
        let text = "A note that you began to write is not kept: go back and `press a` to say it.";
        page.text(0, keyed(text), Role::Attention);
    }
    if model.would_lose_something() && model.drafts.is_empty() {
        let text = "Something of this walk could not be written into the journal. `Press s` first to save it in a report.";
        page.text(0, keyed(text), Role::Attention);
    }
}

/// The first lines of many; the checklist has them all.
fn write_few(page: &mut Page, what: &str, lines: &[String]) {
    const FEW: usize = 4;
    for line in lines.iter().take(FEW) {
        page.text(4, format!("{what}{line}"), Role::Quiet);
    }
    if let Some(more) = lines.len().checked_sub(FEW).filter(|more| *more > 0) {
        page.text(4, format!("{what}and {more} more"), Role::Quiet);
    }
}

fn write_changes(page: &mut Page, context: ViewContext, changes: &[Change]) {
    let sent = if context.model.departure.has_sent_before() { "no further request" } else { "no request" };
    page.text(0, format!("Something changed since you confirmed, so {sent} was sent."), Role::Strong);
    page.gap();
    let word = |standing: &Option<Standing>| standing.map_or("not checked", |standing| look(Some(standing), None).word);
    for change in changes {
        let text = match change {
            Change::Account { confirmed, now: Some(now) } => {
                format!("The credentials now belong to account {now}. You confirmed account {confirmed}.")
            }
            Change::Account { confirmed, now: None } => {
                format!("AWS could not be asked again whether this is account {confirmed}.")
            }
            Change::Principal => "Another user or role is calling now.".to_owned(),
            Change::Name { was, now } => {
                let name = |name: &Option<String>, called: &str| {
                    name.as_deref()
                        .map_or_else(|| "had no known name".to_owned(), |name| format!("{called} “{}”", sanitize(name)))
                };
                format!("The account {} when you confirmed. It {} now.", name(was, "was called"), name(now, "is called"))
            }
            Change::Organization { was, now: Some(now) } => {
                format!("The account was in {} when you confirmed. It is now in {}.", sanitize(was), sanitize(now))
            }
            Change::Organization { was, now: None } => {
                format!("The account was in {} when you confirmed. AWS now reports no organization.", sanitize(was))
            }
            Change::OrganizationNotRead => "Which organization the account is in could not be read again.".to_owned(),
            Change::CredentialsEndSoon => {
                "Your sign-in ends before the leave could be seen through. Sign in again first.".to_owned()
            }
            Change::JournalLost => {
                "The journal cannot be written any more, and nothing is sent that is not written down first.".to_owned()
            }
            Change::NotAcknowledged => "There is something more to have seen before you confirm.".to_owned(),
            Change::TookTooLong => "So much time went by that the confirmation is not fresh any more.".to_owned(),
            Change::Step { id, was, now, .. } if was == now => {
                format!("{}: what was found is different now.", texts::step(*id).title)
            }
            Change::Step { id, was, now, .. } => format!("{}: was {}, is {}.", texts::step(*id).title, word(was), word(now)),
            Change::NotReadAgain(id) => format!("{}: could not be read again.", texts::step(*id).title),
        };
        page.dot(0, "•", text, Role::Text);
        if let Change::Step { id, found, gone, .. } = change {
            let partition = context.model.departure.checklist.subject.as_ref().map(|subject| subject.identity.partition);
            let beyond = |one: &Option<Box<Found>>, other: &Option<Box<Found>>| {
                one.as_ref().map(|one| one.beyond(other.as_deref(), *id, partition.unwrap_or_default())).unwrap_or_default()
            };
            write_few(page, "now: ", &beyond(found, gone));
            write_few(page, "no longer: ", &beyond(gone, found));
        }
    }
    page.gap();
    page.say(0, "Look at the checklist again, then confirm anew.");
}
