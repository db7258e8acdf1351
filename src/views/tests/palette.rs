//! The styles of the screens in one table: which style each text has, with colour and without. `theme.rs` tests that each role's colour is
//! readable on any background.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Color;

use super::*;
use crate::aws::{Endpoint, Side};
use crate::checklist::{Confidence, ProblemKind, StepId, Subject, Verdict};
use crate::departure::{Connection, DepartureId, Event, Outcome, SessionFacts};
use crate::wizard::tests::{ACCOUNT, problem, subject};
use crate::wizard::{Context, Key, Message};

/// A walk that knows its account, and awaits the checks.
fn identified(mode: Mode) -> Walk {
    let mut walk = Walk::new(mode);
    walk.happen(&Happening::Onward);
    walk.identify(Ok(Subject { details: None, ..subject(ACCOUNT) }));
    walk
}

/// The checklist with everything that a step can be. One check has not answered.
fn every_standing() -> Walk {
    use Confidence::{Predicted, Proven};
    let mut walk = identified(Mode::Guided);
    let until = walk.now.checked_add(jiff::SignedDuration::from_hours(48)).unwrap();
    let unknown = Verdict::Unknown(problem(ProblemKind::Unreachable, walk.now));
    for (verdict, confidence) in [
        (Verdict::Met, Proven),
        (Verdict::Waiting { until }, Proven),
        (Verdict::Met, Predicted),
        (Verdict::NeedsYou, Proven),
        (Verdict::Unmet, Proven),
        (Verdict::NeedsYou, Proven),
        (unknown, Proven),
        (Verdict::NotApplicable, Proven),
        (Verdict::Unmet, Predicted),
        (Verdict::Unmet, Proven),
    ] {
        walk.answer(0, verdict, confidence);
    }
    walk.press(Key::Enter);
    walk.go_to(StepId::PaymentMethod);
    walk.press(Key::Char('a'));
    walk.press(Key::Enter);
    walk
}

fn confirming() -> Walk {
    let mut walk = identified(Mode::Guided);
    walk.all_is_well();
    walk.press(Key::Enter);
    walk.press(Key::Char('a'));
    walk.press(Key::Enter);
    walk.press(Key::Enter);
    assert_eq!(Context::of(&walk.model), Context::Consequences);
    walk.press(Key::Char(' '));
    walk
}

fn another_id() -> Walk {
    let mut walk = confirming();
    while Context::of(&walk.model) == Context::Consequences {
        walk.press(Key::Char(' '));
    }
    walk.type_text("999988887777");
    walk
}

fn no_journal() -> Walk {
    let mut walk = identified(Mode::Review);
    let problem = problem(ProblemKind::JournalFull, walk.now);
    walk.tell(Message::Of(DepartureId::default(), Event::JournalFailed(ACCOUNT.parse().unwrap(), problem)));
    walk
}

fn left() -> Walk {
    let mut walk = Walk::new(Mode::Guided);
    for _ in 0..40 {
        if matches!(walk.model.departure.leave, Leave::Ended(Outcome::Left { .. })) {
            return walk;
        }
        walk.happen(&Happening::Onward);
    }
    panic!("it never leaves: {:?}", walk.model.screen);
}

fn never_sent() -> Walk {
    let mut walk = identified(Mode::Guided);
    walk.model.screen = Screen::Leave;
    walk.model.departure.leave = Leave::Ended(Outcome::NeverSent(problem(ProblemKind::Unreachable, walk.now)));
    walk
}

fn elsewhere() -> Walk {
    let mut walk = Walk::new(Mode::Guided);
    let Connection::Connecting { attempt, .. } = walk.model.departure.connection else {
        panic!("{:?}", walk.model.departure.connection)
    };
    let endpoint = Endpoint { profile: Side::Member, service: "*".to_owned(), url: "http://localhost:4566".to_owned() };
    let facts = SessionFacts { endpoints: vec![endpoint], ..SessionFacts::default() };
    walk.tell(Message::Of(DepartureId::default(), Event::Connected(attempt, Ok(facts))));
    walk.identify(Ok(subject(ACCOUNT)));
    walk
}

/// A style in words.
fn style(cell: &Cell) -> String {
    let mut words = Vec::new();
    if cell.fg != Color::Reset {
        words.push(format!("{:?}", cell.fg).to_lowercase());
    }
    if cell.bg != Color::Reset {
        words.push(format!("on {:?}", cell.bg).to_lowercase());
    }
    words.extend(cell.modifier.iter_names().map(|(name, _)| name.to_lowercase()));
    if words.is_empty() { "plain".to_owned() } else { words.join(" ") }
}

/// For each style other than plain text, with colour and without, the beginnings of what stands in it.
fn table(coloured: &Buffer, mono: &Buffer) -> String {
    const BEGINNING: usize = 20;
    let mut table: Vec<(String, Vec<String>)> = Vec::new();
    let width = usize::from(coloured.area.width);
    for (coloured, mono) in coloured.content().chunks(width).zip(mono.content().chunks(width)) {
        assert!(coloured.iter().map(Cell::symbol).eq(mono.iter().map(Cell::symbol)), "without colour, something else is said");
        let styled = |(coloured, mono)| (format!("{} | {}", style(coloured), style(mono)), coloured.symbol());
        let cells: Vec<(String, &str)> = coloured.iter().zip(mono).map(styled).collect();
        for run in cells.chunk_by(|(one, _), (other, _)| one == other).filter(|run| run[0].0 != "plain | plain") {
            let text: String = run.iter().map(|(_, symbol)| *symbol).collect();
            let text = layout::cut(text.trim(), BEGINNING);
            let text = match text.as_str() {
                "" => "(blank)".to_owned(),
                line if line.starts_with("──") => "(line)".to_owned(),
                _ => text,
            };
            match table.iter_mut().find(|(style, _)| *style == run[0].0) {
                Some((_, texts)) if texts.contains(&text) => {}
                Some((_, texts)) => texts.push(text),
                None => table.push((run[0].0.clone(), vec![text])),
            }
        }
    }
    let mut lines: Vec<String> =
        table.into_iter().map(|(style, texts)| format!("{style}\n    {}\n", texts.join(" · "))).collect();
    lines.sort();
    lines.concat()
}

#[test]
fn the_colours_say_what_kind_of_news_it_is_and_no_screen_needs_them() {
    let mut tables = String::from("With colour | without:\n");
    let frames = vec![
        ("the checklist, with every standing", every_standing()),
        ("what has to be seen before the confirmation", confirming()),
        ("another account id", another_id()),
        ("a review without a journal", no_journal()),
        ("it has left", left()),
        ("the request was never sent", never_sent()),
        ("another host in AWS's place", elsewhere()),
    ];
    for (name, mut walk) in frames {
        let [coloured, mono] = [Theme::ANSI, Theme::MONO].map(|theme| drawn(&mut walk, theme, (120, 40)));
        let is_bare = |cell: &Cell| cell.fg == Color::Reset && cell.bg == Color::Reset;
        assert!(mono.content().iter().all(is_bare), "{name}: a colour where there are none");
        let _ = write!(tables, "\n==== {name} ====\n{}", table(&coloured, &mono));
    }
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!("palette", tables) });
}
