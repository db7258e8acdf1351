//! The checklist: steps on the left and the selected step's detail on the right, or one above the other where it is narrow.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr as _;

use super::ViewContext;
use crate::checklist::{Finding, Section, Step, StepId, texts};
use crate::views::layout::cut;
use crate::views::moments;
use crate::views::theme::{Role, StandingStyle, look_of, sign};
use crate::wizard::{Overflow, Pane};

/// From this width on, the panes stand side by side.
const SIDE_BY_SIDE: u16 = 100;
const STEPS_WIDTH: u16 = 48;

pub fn draw(frame: &mut Frame, area: Rect, context: ViewContext) -> Overflow {
    if area.width >= SIDE_BY_SIDE {
        let [steps, line, right] =
            Layout::horizontal([Constraint::Length(STEPS_WIDTH), Constraint::Length(2), Constraint::Min(1)]).areas(area);
        let lines = steps_with_headings(context, steps.width, steps.height);
        frame.render_widget(Paragraph::new(lines), steps);
        let bar = if context.model.pane == Pane::Detail { "┃ " } else { "│ " };
        let bars: Vec<Line> = (0..line.height).map(|_| Line::styled(bar, context.theme.style(Role::Quiet))).collect();
        frame.render_widget(Paragraph::new(bars), line);
        return Overflow { detail: draw_detail(frame, right, context), ..Overflow::default() };
    }
    let rows = stacked_rows(area.height, context.model.pane);
    let [steps, line, below] =
        Layout::vertical([Constraint::Length(rows), Constraint::Length(1), Constraint::Min(1)]).areas(area);
    let lines = if rows >= with_headings() {
        steps_with_headings(context, steps.width, steps.height)
    } else {
        steps_around_the_selected(context, steps.width, steps.height)
    };
    frame.render_widget(Paragraph::new(lines), steps);
    let hint = if context.model.pane == Pane::Detail { "─ detail " } else { "─ detail (Tab to read it) " };
    let text = format!("{hint}{}", "─".repeat(usize::from(area.width).saturating_sub(hint.width())));
    frame.render_widget(Paragraph::new(text).style(context.theme.style(Role::Quiet)), line);
    Overflow { detail: draw_detail(frame, below, context), ..Overflow::default() }
}

/// How many rows the steps get when the panes are stacked: the pane that has the keys gets the room.
fn stacked_rows(height: u16, pane: Pane) -> u16 {
    const READABLE: u16 = 14;
    let steps = u16::try_from(StepId::ALL.len()).unwrap_or(u16::MAX);
    if height >= with_headings() + READABLE {
        return with_headings();
    }
    match pane {
        Pane::Steps => steps.min(height.saturating_sub(4)),
        Pane::Detail => 3.min(height.saturating_sub(4)),
    }
}

fn with_headings() -> u16 {
    // Every section has a heading, and every section but the first an empty line above it.
    u16::try_from(StepId::ALL.len() + 2 * Section::ALL.len() - 1).unwrap_or(u16::MAX)
}

fn draw_detail(frame: &mut Frame, area: Rect, context: ViewContext) -> u16 {
    let width = area.width.saturating_sub(1);
    let page = super::page_of(context, Rect { width, ..area });
    let (lines, overflow) = page.lay_out(context.theme, width).window(context.model.scroll, area.height);
    frame.render_widget(Paragraph::new(lines), area);
    overflow
}

fn steps_with_headings(context: ViewContext, width: u16, height: u16) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut selected = 0;
    for section in Section::ALL {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::styled(format!("  {}", heading(section)), context.theme.style(Role::Strong)));
        for step in section.steps() {
            if step == context.model.cursor {
                selected = lines.len();
            }
            lines.push(row(context, step, width));
        }
    }
    let height = usize::from(height);
    let from = (selected + 2).saturating_sub(height).min(lines.len().saturating_sub(height));
    lines.into_iter().skip(from).take(height).collect()
}

fn steps_around_the_selected(context: ViewContext, width: u16, height: u16) -> Vec<Line<'static>> {
    let height = usize::from(height);
    let from = context.model.cursor.index().saturating_sub(height / 2).min(StepId::ALL.len().saturating_sub(height));
    StepId::ALL.into_iter().skip(from).take(height).map(|step| row(context, step, width)).collect()
}

pub fn heading(section: Section) -> &'static str {
    match section {
        Section::CanItLeave => "Can it leave?",
        Section::Standalone => "What AWS asks of a standalone account",
        Section::Afterwards => "What happens afterwards",
    }
}

fn row(context: ViewContext, id: StepId, width: u16) -> Line<'static> {
    let model = context.model;
    let step = model.departure.checklist.step(id);
    let look = look_of(step, context.now);
    let running = model.departure.row(id).running.is_some();
    let waits = model.departure.row(id).retry_at;
    let word = match (running, waits) {
        (true, _) if step.finding.is_some() => "checking again".to_owned(),
        (true, _) => "checking".to_owned(),
        (false, Some(at)) => format!("{}, again in {}", look.word, moments::until(at, context.now)),
        (false, None) if step.finding.is_none() => "not checked".to_owned(),
        (false, None) => word_of(step, look, context),
    };
    let selected = id == model.cursor;
    let pointer = if selected { "▸" } else { " " };
    let title = &texts::step(id).title;
    let left = format!("{pointer} {} ", sign(look.glyph, model.departure.mode));
    let room = usize::from(width).saturating_sub(left.width() + word.width() + 2);
    let title = cut(title, room);
    let space = " ".repeat(room.saturating_sub(title.width()) + 1);
    let (glyph, words) = if selected {
        (context.theme.style(Role::Selected), context.theme.style(Role::Selected))
    } else {
        let role = if running { Role::Progress } else { look.role };
        (context.theme.style(role), context.theme.style(Role::Text))
    };
    Line::from(vec![Span::styled(left, glyph), Span::styled(title, words), Span::styled(space, words), Span::styled(word, glyph)])
}

fn word_of(step: &Step, look: StandingStyle, context: ViewContext) -> String {
    // What a finding is about counts, where it says so; otherwise each of its lines does.
    let things = |finding: &Finding| if finding.invitations() > 0 { finding.invitations() } else { finding.fact_lines().len() };
    let count = step.finding.as_ref().map_or(0, things);
    match step.standing_attestation(context.now) {
        Some(word) => format!("{} {}", look.word, moments::ago(word.at, context.now)),
        None if look.word == "to look at" && count > 0 => format!("{count} {}", look.word),
        None => look.word.to_owned(),
    }
}
