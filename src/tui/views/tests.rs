//! Every screen that a walk can come to, at every size a terminal can have.

use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Modifier;

use super::*;
use crate::wizard::Mode;
use crate::wizard::tests::Walk;
use crate::wizard::tests::random::{Happening, happening};

fn drawn(walk: &mut Walk, theme: Theme, (width, height): (u16, u16)) -> ratatui::buffer::Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let mut overflow = Overflow::default();
    let sight = Sight { model: &walk.model, now: walk.now, theme };
    terminal.draw(|frame| overflow = draw(frame, sight)).unwrap();
    walk.model.laid_out(overflow);
    terminal.backend().buffer().clone()
}

/// A walk that was brought on this many times.
fn after(onward: usize) -> Walk {
    let mut walk = Walk::new(Mode::Guided);
    for _ in 0..onward {
        walk.happen(&Happening::Onward);
    }
    walk
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_screen_breaks_at_any_size(
        happenings in prop::collection::vec((happening(), 0_u16..150, 0_u16..60), 1..50),
        review in any::<bool>(),
    ) {
        let mut walk = Walk::new(if review { Mode::Review } else { Mode::Guided });
        for (happening, width, height) in &happenings {
            walk.happen(happening);
            drawn(&mut walk, Theme::Ansi, (*width, *height));
        }
    }
}

#[test]
fn what_comes_from_outside_never_reaches_the_terminal_as_a_command() {
    for onward in 0..20 {
        let mut walk = after(onward);
        let buffer = drawn(&mut walk, Theme::Ansi, (120, 40));
        for cell in buffer.content() {
            let symbol = cell.symbol();
            assert!(!symbol.chars().any(|c| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}')), "{symbol:?}");
        }
    }
}

#[test]
fn the_selection_shows_without_colour() {
    let mut walk = after(4);
    assert!(matches!(walk.model.screen, Screen::Checklist));
    let buffer = drawn(&mut walk, Theme::Mono, (120, 40));
    assert!(buffer.content().iter().any(|cell| cell.modifier.contains(Modifier::REVERSED)));
    assert!(
        buffer.content().iter().all(|cell| cell.fg == ratatui::style::Color::Reset && cell.bg == ratatui::style::Color::Reset)
    );
}
