//! What every screen says, and how it looks: one file per screen. A view looks at the model and changes nothing; the front ends bring it to
//! a person.

pub(crate) mod account;
pub(crate) mod checklist;
pub(crate) mod confirm;
pub(crate) mod contact;
pub(crate) mod deregister;
pub(crate) mod detail;
mod farewell;
mod field;
mod fix;
pub(crate) mod footer;
mod header;
pub(crate) mod layout;
pub(crate) mod leaving;
pub(crate) mod moments;
pub(crate) mod other_account;
pub(crate) mod outcome;
pub(crate) mod overlays;
pub(crate) mod owner;
pub(crate) mod page;
pub(crate) mod phone;
mod problem;
pub(crate) mod profiles;
pub mod theme;

pub(crate) use farewell::farewell;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr as _;

use page::Page;
use theme::{Role, Theme};

use crate::departure::Leave;
use crate::wizard::{ContactStage, Model, Overflow, Overlay, Screen};

/// The narrowest screen that everything fits on, in cells.
pub const SMALLEST: (u16, u16) = (60, 16);

#[derive(Clone, Copy)]
pub struct ViewContext<'a> {
    pub model: &'a Model,
    pub now: Timestamp,
    pub zone: &'a TimeZone,
    pub theme: Theme,
}

/// Draws one frame, and says how much text did not fit.
pub fn draw(frame: &mut Frame, context: ViewContext) -> Overflow {
    let overflow = draw_screen(frame, context);
    context.theme.translate(frame.buffer_mut());
    overflow
}

fn draw_screen(frame: &mut Frame, context: ViewContext) -> Overflow {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        too_small(frame, area, context);
        return Overflow { is_hidden: true, ..Overflow::default() };
    }
    let header = header::lines(context, area.width);
    let footer = footer::lines(context, area.width);
    let rows = |lines: &[Line]| u16::try_from(lines.len()).unwrap_or(3);
    let [top, upper_rule, body, lower_rule, bottom] = Layout::vertical([
        Constraint::Length(rows(&header)),
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
        Constraint::Length(rows(&footer)),
    ])
    .areas(area);
    frame.render_widget(Paragraph::new(header), top);
    rule(frame, upper_rule, context.theme, 0);
    let scroll = context.model.scroll;
    // What follows its selection, or goes on by itself, does not say how much of it is out of sight.
    let (mut overflow, scrolls) = match &context.model.screen {
        Screen::Checklist => (checklist::draw(frame, body, context), true),
        Screen::Deregister(state) => (deregister::draw(frame, body, context, state), true),
        Screen::OtherAccount => (page(frame, body, context, scroll), true),
        Screen::Contact(form) => (page(frame, body, context, scroll), form.stage != ContactStage::Filling),
        Screen::Profiles { .. } | Screen::Account | Screen::Confirm(_) => (page(frame, body, context, 0), false),
        Screen::Leave => match &context.model.departure.leave {
            Leave::Ended(_) => (page(frame, body, context, scroll), true),
            leave if leave.can_be_stopped() => (page(frame, body, context, 0), false),
            _ => (page(frame, body, context, u16::MAX), false),
        },
    };
    // An overlay says itself how much of it goes on.
    let scrolls = scrolls && context.model.overlay.is_none();
    let beyond = if scrolls { overflow.detail.max(overflow.page).saturating_sub(scroll) } else { 0 };
    rule(frame, lower_rule, context.theme, beyond);
    frame.render_widget(Paragraph::new(footer), bottom);
    if let Some(overlay) = &context.model.overlay {
        overflow.page = overlays::draw(frame, body, context, overlay);
    }
    overflow
}

/// The screen below every overlay as a page, for this much room.
pub(crate) fn page_of(context: ViewContext, area: Rect) -> Page {
    let mut page = Page::default();
    match &context.model.screen {
        Screen::Profiles { cursor } => profiles::write(&mut page, context, *cursor),
        Screen::OtherAccount => other_account::write(&mut page, context),
        Screen::Account => page = account::page(context, area),
        Screen::Checklist => detail::write(&mut page, context, area.width),
        Screen::Contact(form) => contact::write(&mut page, context, form, area),
        Screen::Deregister(state) => deregister::write(&mut page, context, state, area.height),
        Screen::Confirm(confirming) => confirm::write(&mut page, context, confirming),
        Screen::Leave => match &context.model.departure.leave {
            Leave::Ended(outcome) => outcome::write(&mut page, context, outcome),
            leave => leaving::write(&mut page, context, leave),
        },
    }
    page
}

/// Draws the page of the screen over the whole of `area`.
fn page(frame: &mut Frame, area: Rect, context: ViewContext, scroll: u16) -> Overflow {
    let (lines, beyond) = page_of(context, area).lay_out(context.theme, area.width).window(scroll, area.height);
    frame.render_widget(Paragraph::new(lines), area);
    Overflow { page: beyond, ..Overflow::default() }
}

/// A line across, which says how much text goes on below it.
fn rule(frame: &mut Frame, area: Rect, theme: Theme, more: u16) {
    let hint = more_lines(more);
    let dashes = "─".repeat(usize::from(area.width).saturating_sub(hint.width()));
    let line = Line::from(vec![Span::styled(dashes, theme.style(Role::Quiet)), Span::styled(hint, theme.style(Role::Progress))]);
    frame.render_widget(Paragraph::new(line), area);
}

/// How much text goes on below, and how to get there; empty when all of it is shown.
fn more_lines(more: u16) -> String {
    match more {
        0 => String::new(),
        1 => " 1 more line: PgDn ─".to_owned(),
        _ => format!(" {more} more lines: PgDn ─"),
    }
}

fn too_small(frame: &mut Frame, area: Rect, context: ViewContext) {
    let asks = matches!(context.model.overlay, Some(Overlay::Quit));
    let quit = if asks {
        "Press q once more to quit: something would be lost."
    } else {
        "Nothing is lost: make it larger, or press q to quit."
    };
    let text = format!(
        "This window is too small.\nleave-org needs {} by {} cells; this is {} by {}.\n{quit}",
        SMALLEST.0, SMALLEST.1, area.width, area.height
    );
    frame.render_widget(Paragraph::new(text).wrap(ratatui::widgets::Wrap { trim: true }), area);
}

#[cfg(test)]
mod tests;
