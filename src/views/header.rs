//! Which account, in which organization, as whom: on every screen.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::ViewContext;
use crate::aws::in_words;
use crate::checklist::{Membership, Partition, texts};
use crate::departure::{Connection, Mode};
use crate::untrusted::sanitize;
use crate::views::layout::cut;
use crate::views::moments;
use crate::views::theme::Role;

/// The longest name that the header shows, in cells.
const LONGEST_NAME: usize = 32;

/// The header, as many lines as its parts need.
pub fn lines(context: ViewContext, width: u16) -> Vec<Line<'static>> {
    flow(&parts(context), usize::from(width), context)
}

fn parts(context: ViewContext) -> Vec<(String, Role)> {
    let model = context.model;
    let mut parts = vec![("leave-org".to_owned(), Role::Strong)];
    if model.departure.mode == Mode::Review {
        parts.push((" REVIEW: cannot leave ".to_owned(), Role::Badge));
    }
    if model.practice.is_some() {
        parts.push((" PRACTICE ".to_owned(), Role::Badge));
    } else {
        for endpoint in in_words(&model.departure.endpoints) {
            parts.push((format!(" CUSTOM ENDPOINT {endpoint} "), Role::Badge));
        }
    }
    match &model.departure.checklist.subject {
        Some(subject) => {
            let name = subject.name();
            let id = subject.identity.account.grouped();
            let account = name.map_or(id.clone(), |name| format!("{} {id}", cut(&sanitize(name), LONGEST_NAME)));
            parts.push((account, Role::Strong));
            parts.push(match &subject.membership {
                Membership::Member(organization) => (format!("in {}", sanitize(&organization.id)), Role::Text),
                Membership::Standalone => ("in no organization".to_owned(), Role::Text),
                Membership::Unknown => ("organization not known".to_owned(), Role::Attention),
            });
            parts.push(match &model.departure.elsewhere {
                Some((_, now)) => (format!("credentials of {}", now.grouped()), Role::Bad),
                None => (format!("as {}", cut(&sanitize(&subject.identity.short()), LONGEST_NAME * 2)), Role::Text),
            });
        }
        None if model.departure.identity_problem.is_some() => parts.push(("account not known".to_owned(), Role::Attention)),
        None => parts.push((waiting(&model.departure.connection).to_owned(), Role::Quiet)),
    }
    if let Some(session) = model.departure.session() {
        let partition = model.departure.checklist.subject.as_ref().map(|subject| subject.identity.partition);
        let region = sanitize(&session.region);
        parts.push(match partition {
            Some(partition) if partition != Partition::Aws => (format!("{region} ({partition})"), Role::Text),
            _ => (region, Role::Text),
        });
        if let Some(end) = session.expires_at {
            let left = moments::until(end, context.now);
            let soon = model.departure.credentials_end_within(texts::rules().credentials.needed_seconds).is_some();
            parts.push(match (left.as_str(), soon) {
                ("now", _) => ("session ended".to_owned(), Role::Bad),
                (left, true) => (format!("session ends in {left}"), Role::Attention),
                (left, false) => (format!("session {left}"), Role::Text),
            });
        }
    }
    parts
}

fn waiting(connection: &Connection) -> &'static str {
    match connection {
        Connection::NotYet => "no account yet",
        Connection::Connecting { .. } => "looking for credentials",
        Connection::Failed { .. } => "no credentials",
        Connection::Up(_) => "asking AWS who this is",
    }
}

/// Puts the parts in lines, each part whole.
fn flow(parts: &[(String, Role)], width: usize, context: ViewContext) -> Vec<Line<'static>> {
    const BETWEEN: &str = "   ";
    let mut lines: Vec<Vec<Span<'static>>> = Vec::new();
    let mut used = usize::MAX;
    for (text, role) in parts {
        let text = cut(text, width.saturating_sub(2));
        if used.saturating_add(BETWEEN.len() + text.width()) > width {
            lines.push(vec![Span::raw(" ")]);
            used = 1;
        } else if let Some(line) = lines.last_mut() {
            line.push(Span::raw(BETWEEN));
            used += BETWEEN.len();
        }
        used += text.width();
        if let Some(line) = lines.last_mut() {
            line.push(Span::styled(text, context.theme.style(*role)));
        }
    }
    lines.into_iter().map(Line::from).collect()
}
