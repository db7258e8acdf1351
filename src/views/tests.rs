//! Every screen that a walk can come to, at every size a terminal can have.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

mod fixes;
mod palette;

use super::*;
use crate::aws::{Endpoint, Side};
use crate::departure::Mode;
use crate::tests::cases;
use crate::wizard::tests::Walk;
use crate::wizard::tests::random::{Happening, happening};

fn drawn(walk: &mut Walk, theme: Theme, (width, height): (u16, u16)) -> ratatui::buffer::Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let mut overflow = Overflow::default();
    let context = ViewContext { model: &walk.model, now: walk.now, zone: &jiff::tz::TimeZone::UTC, theme };
    terminal.draw(|frame| overflow = draw(frame, context)).unwrap();
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

#[test]
fn the_confirm_screen_says_where_the_management_profile_is_answered_if_that_is_elsewhere() {
    let mut walk = Walk::new(Mode::Guided);
    while !matches!(walk.model.screen, Screen::Confirm(_)) {
        walk.happen(&Happening::Onward);
    }
    let shown = |walk: &mut Walk| {
        let buffer = drawn(walk, Theme::MONO, (200, 80));
        buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect::<String>()
    };
    assert!(!shown(&mut walk).contains("management profile"));
    let url = "http://127.0.0.1:9".to_owned();
    walk.model.departure.endpoints = vec![Endpoint { profile: Side::Management, service: "*".to_owned(), url }];
    assert!(!shown(&mut walk).contains("management profile go"), "there is none");
    walk.model.departure.owner.profile = Some("owner".to_owned());
    assert!(shown(&mut walk).contains("Requests with the management profile go to http://127.0.0.1:9."));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(60), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_screen_breaks_at_any_size(
        happenings in prop::collection::vec((happening(), 0_u16..150, 0_u16..60), 1..50),
        review in any::<bool>(),
    ) {
        let mut walk = Walk::new(if review { Mode::Review } else { Mode::Guided });
        for (happening, width, height) in &happenings {
            walk.happen(happening);
            let picture = drawn(&mut walk, Theme::ANSI, (*width, *height));
            prop_assert!(picture.content().iter().all(|cell| cell.symbol() != "`"), "a mark around a key: {}", text(&picture));
        }
    }
}

proptest! {
    // The same walks each time: what fails once fails again.
    #![proptest_config(ProptestConfig { cases: cases(60), failure_persistence: None, rng_seed: RngSeed::Fixed(4), ..ProptestConfig::default() })]

    #[test]
    fn no_screen_of_a_review_offers_to_leave(happenings in prop::collection::vec(happening(), 1..60)) {
        const OFFERS: [&str; 7] = [
            "go on to the leave",
            "goes on to the confirmation",
            "Leaving is unlocked",
            "You are about to take",
            "Type the account ID",
            "before you confirm",
            "then you confirm",
        ];
        let mut walk = Walk::new(Mode::Review);
        for happening in &happenings {
            walk.happen(happening);
            let text = text(&drawn(&mut walk, Theme::MONO, (99, 60)));
            prop_assert!(text.contains("REVIEW: cannot leave"), "{}", text);
            for offer in OFFERS {
                prop_assert!(!text.contains(offer), "{}", text);
            }
        }
    }
}

/// What a frame shows, as one line: sentences are broken where there is room.
fn text(buffer: &ratatui::buffer::Buffer) -> String {
    let symbols: String = buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect();
    symbols.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The signs in front of the titles of all steps, as one frame shows them without colour.
fn signs(mode: Mode) -> Vec<String> {
    let mut walk = Walk::new(mode);
    for _ in 0..4 {
        walk.happen(&Happening::Onward);
    }
    assert!(matches!(walk.model.screen, Screen::Checklist));
    let buffer = drawn(&mut walk, Theme::MONO, (120, 40));
    let rows: Vec<String> =
        buffer.content().chunks(120).map(|row| row[..48].iter().map(ratatui::buffer::Cell::symbol).collect()).collect();
    let sign = |step| {
        let title = format!(" {} ", crate::checklist::texts::step(step).title);
        let row = rows.iter().find(|row| row.contains(&title)).unwrap();
        row.split_once(&title).unwrap().0.trim_start_matches(['▸', ' ']).to_owned()
    };
    crate::checklist::StepId::ALL.into_iter().map(sign).collect()
}

#[test]
fn a_review_writes_the_sign_of_every_row_in_another_way() {
    let (guided, review) = (signs(Mode::Guided), signs(Mode::Review));
    assert!(guided.iter().all(|sign| sign.chars().count() == 1), "{guided:?}");
    assert_eq!(review, guided.iter().map(|sign| format!("({sign})")).collect::<Vec<_>>());
}

#[test]
fn what_comes_from_outside_never_reaches_the_terminal_as_a_command() {
    for onward in 0..20 {
        let mut walk = after(onward);
        let buffer = drawn(&mut walk, Theme::ANSI, (120, 40));
        for cell in buffer.content() {
            let symbol = cell.symbol();
            assert!(!symbol.chars().any(|c| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}')), "{symbol:?}");
        }
    }
}

#[test]
fn taking_a_service_away_says_what_it_deletes_and_what_comes_first_or_that_neither_is_known() {
    use crate::wizard::{DeregisterStage, Deregistering, ServiceState, ServiceToEnd};
    let of = |service: &str| {
        let mut walk = after(4);
        let proof = crate::checklist::OwnerProof {
            account: "305611223344".parse().unwrap(),
            organization: "o-a1b2c3d4e5".into(),
            arn: "arn:aws:iam::305611223344:user/owner".into(),
        };
        let services = vec![ServiceToEnd { service: service.into(), state: ServiceState::Open }];
        let stage = DeregisterStage::Typing;
        walk.model.screen = Screen::Deregister(Deregistering { proof, services, cursor: 0, typed: String::new(), stage });
        text(&drawn(&mut walk, Theme::MONO, (120, 40)))
    };
    let successor = "decide first which account takes over";
    let lake = of("securitylake.amazonaws.com");
    assert!(lake.contains("Amazon Security Lake: the data lake is deleted"), "{lake}");
    assert!(lake.contains("First: AWS ends it with a command") && !lake.contains(successor), "{lake}");
    let detective = of("detective.amazonaws.com");
    assert!(detective.contains("behavior graphs are deleted") && detective.contains(successor), "{detective}");
    assert!(!detective.contains("First:"), "{detective}");
    let unknown = of("nobody-has-heard-of-it.amazonaws.com");
    assert!(unknown.contains("is not known here, and it may be data") && unknown.contains(successor), "{unknown}");
}
