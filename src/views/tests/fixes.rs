//! The screens that put a step right, as a person sees them.

use super::*;
use crate::checklist::{Confidence, FixAnswer, FixKind, FixRecord, ProblemKind, StepId, Verdict, texts};
use crate::departure::{DepartureId, Event};
use crate::wizard::tests::{
    ACCOUNT, HOSTILE_NAME, fix_done, fix_never_sent, fix_refused, fix_unknown, on_file, problem, proof, subject,
};
use crate::wizard::{Key, Message, ProfileChoice, keyed};
use ratatui::buffer::Cell;

/// A frame as rows of text.
fn screen(walk: &mut Walk, size: (u16, u16)) -> String {
    let buffer = drawn(walk, Theme::MONO, size);
    let row = |cells: &[ratatui::buffer::Cell]| {
        // What is two cells wide leaves the second one empty.
        let mut next = 0;
        let mut symbols = String::new();
        for (at, cell) in cells.iter().enumerate() {
            if at >= next {
                symbols.push_str(cell.symbol());
                next = at + cell.symbol().width().max(1);
            }
        }
        symbols.trim_end().to_owned()
    };
    buffer.content().chunks(usize::from(size.0)).map(row).collect::<Vec<_>>().join("\n")
}

fn guided() -> Walk {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_contact();
    walk
}

fn form() -> Walk {
    let mut walk = guided();
    walk.press(Key::Char('f'));
    walk.contact_is(Ok(Some(on_file())));
    walk
}

fn empty_and_write(walk: &mut Walk, text: &str) {
    walk.press(Key::Control('e'));
    walk.press(Key::Control('u'));
    walk.type_text(text);
}

fn comparing() -> Walk {
    let mut walk = form();
    empty_and_write(&mut walk, "Maria Keller");
    for _ in 0..10 {
        walk.press(Key::Down);
    }
    empty_and_write(&mut walk, "+49 30 5550 0199");
    walk.press(Key::Enter);
    walk
}

fn phone() -> Walk {
    let mut walk = guided();
    walk.press(Key::Char('v'));
    walk
}

fn code_sent() -> Walk {
    let mut walk = phone();
    walk.press(Key::Enter);
    walk.fix_ends(fix_done(Some("PENDING"), walk.now));
    walk
}

fn code_handed_in() -> Walk {
    let mut walk = code_sent();
    walk.type_text("314159");
    walk.press(Key::Enter);
    walk
}

fn profiles() -> Vec<ProfileChoice> {
    ["northwind-root", "northwind-old"].map(|name| ProfileChoice { name: name.to_owned(), source: "sign-in".to_owned() }).to_vec()
}

fn owner() -> Walk {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_delegated();
    walk.press(Key::Char('f'));
    walk.tell(Message::OwnerProfilesListed(Ok(profiles())));
    walk
}

fn deregister() -> Walk {
    let mut walk = owner();
    walk.press(Key::Enter);
    walk.owner_is(Ok(proof()));
    walk.identify(Ok(subject(ACCOUNT)));
    for _ in StepId::ALL {
        walk.answer(0, Verdict::Unmet, Confidence::Proven);
    }
    walk.press(Key::Char('f'));
    walk
}

fn deregistering() -> Walk {
    let mut walk = deregister();
    walk.type_text("config");
    walk.press(Key::Enter);
    walk
}

// The other screens of a change are drawn on the walks in `tests/screens.rs`.
#[test]
fn the_screens_that_no_walk_comes_to_look_like_this() {
    let mut screens: Vec<(&str, Walk)> = Vec::new();
    let mut walk = form();
    for text in ["", "Northwind", "", "", "", "", "", "", "", "ZZ", "069"] {
        empty_and_write(&mut walk, text);
        walk.press(Key::Down);
    }
    walk.press(Key::Up);
    screens.push(("contact_form_with_errors", walk));
    let mut walk = comparing();
    walk.press(Key::Char('y'));
    walk.fix_ends(fix_unknown(walk.now));
    walk.contact_is(Ok(Some(on_file())));
    screens.push(("contact_not_there", walk));
    let mut walk = comparing();
    walk.press(Key::Char('y'));
    walk.press(Key::Control('c'));
    screens.push(("quit_while_saving", walk));
    for (name, mut walk) in screens {
        insta::assert_snapshot!(format!("fix_{name}"), screen(&mut walk, (80, 24)));
    }
}

/// The text in a frame that lies over others, or all of it where there is none.
fn in_its_frame(buffer: &ratatui::buffer::Buffer) -> String {
    let rows: Vec<Vec<&str>> =
        buffer.content().chunks(usize::from(buffer.area.width)).map(|row| row.iter().map(Cell::symbol).collect()).collect();
    let corner = |row: &Vec<&str>| Some((row.iter().position(|cell| *cell == "╭")?, row.iter().rposition(|cell| *cell == "╮")?));
    let Some((left, right)) = rows.iter().find_map(corner) else { return text(buffer) };
    let within = rows.iter().skip_while(|row| row[left] != "╭").take_while(|row| row[left] != "╰");
    let lines = within.map(|row| row[left + 1..right].concat()).collect::<Vec<_>>().join(" ");
    lines.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether every word of `sentence` stands in `shown`, in its order, wherever the lines are broken.
fn tells(shown: &str, sentence: &str) -> bool {
    shown.contains(&sentence.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn every_refusal_shows_what_it_means_what_to_do_and_the_words_of_aws() {
    let mut told = 0;
    for entry in texts::all_fix_refusals() {
        for kind in &entry.fixes {
            let mut walk = match kind {
                FixKind::Contact => {
                    let mut walk = comparing();
                    walk.press(Key::Char('y'));
                    walk
                }
                FixKind::SendCode => {
                    let mut walk = phone();
                    walk.press(Key::Enter);
                    walk
                }
                FixKind::VerifyPhone => code_handed_in(),
                FixKind::Deregister => deregistering(),
            };
            let FixAnswer::Refused { refusal } = fix_refused(&entry.id, walk.now) else { unreachable!() };
            let answer = FixAnswer::Refused {
                refusal: Box::new(crate::checklist::FixRefusal {
                    message: "Exactly what AWS said.".to_owned(),
                    ..*refusal.clone()
                }),
            };
            walk.fix_ends(answer);
            let shown = in_its_frame(&drawn(&mut walk, Theme::MONO, (120, 60)));
            // The clock says which of two it is.
            let (cause, todo) = match entry.id.as_str() {
                "code-not-taken" => {
                    let by_the_clock = texts::fix_refusal_called("code-wrong").unwrap();
                    (&by_the_clock.cause, &by_the_clock.todo)
                }
                _ => (&entry.cause, &entry.todo),
            };
            assert!(tells(&shown, cause), "{} of {kind:?}: {shown}", entry.id);
            assert!(todo.iter().all(|line| tells(&shown, &keyed(line).shown)), "{} of {kind:?}: {shown}", entry.id);
            assert!(shown.contains(&refusal.code) && shown.contains("Exactly what AWS said."), "{}: {shown}", entry.id);
            told += 1;
        }
    }
    assert!(told > 20, "{told}");
}

#[test]
fn what_is_not_a_plain_no_is_told_apart_on_every_screen() {
    let asked: [fn() -> Walk; 4] = [
        || {
            let mut walk = comparing();
            walk.press(Key::Char('y'));
            walk
        },
        || {
            let mut walk = phone();
            walk.press(Key::Enter);
            walk
        },
        code_handed_in,
        deregistering,
    ];
    for asked in asked {
        let mut walk = asked();
        walk.fix_ends(fix_never_sent(walk.now));
        let shown = text(&drawn(&mut walk, Theme::MONO, (120, 60)));
        assert!(tells(&shown, "The request did not reach AWS."), "{shown}");
        let mut walk = asked();
        walk.fix_ends(fix_unknown(walk.now));
        walk.contact_is(Err(problem(ProblemKind::Unreachable, walk.now)));
        let shown = text(&drawn(&mut walk, Theme::MONO, (120, 60)));
        assert!(tells(&shown, "it is not known whether AWS did it"), "{shown}");
        assert!(!tells(&shown, "Nothing has been changed"), "{shown}");
    }
}

#[test]
fn the_field_that_has_the_keys_is_always_in_sight_with_what_is_wrong_in_it() {
    for size in [(60, 16), (80, 24), (120, 40)] {
        let mut walk = form();
        for at in 0..12 {
            empty_and_write(&mut walk, &"0".repeat(30));
            let shown = screen(&mut walk, size);
            let (_, below) = shown.split_once("▸ ").unwrap_or_else(|| panic!("field {at} at {size:?}:\n{shown}"));
            let wrong = matches!(at, 8..=10);
            assert!(!wrong || below.contains('✗'), "field {at} at {size:?}:\n{shown}");
            walk.press(Key::Down);
        }
    }
}

#[test]
fn wide_long_and_hostile_text_stays_within_its_field() {
    for value in ["支払い本番支払い本番支払い本番支払い本番支払い本番", &"W".repeat(50), HOSTILE_NAME] {
        for size in [(60, 16), (80, 24)] {
            let mut walk = form();
            walk.press(Key::Down);
            walk.press(Key::Control('u'));
            walk.paste(value);
            let shown = screen(&mut walk, size);
            assert!(!shown.chars().any(|c| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c)), "{shown}");
            assert!(shown.lines().all(|line| line.width() <= usize::from(size.0)), "{shown}");
            walk.press(Key::Down);
            assert!(screen(&mut walk, size).contains("Address line 1"));
        }
    }
}

#[test]
fn the_countdown_goes_down_and_ends_with_what_to_press() {
    let mut walk = code_sent();
    for (seconds, told) in [(0, "another 5:00."), (1, "another 4:59."), (240, "another 0:59."), (60, "too old now. Press n")] {
        walk.now = walk.now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap();
        walk.model.departure.now = walk.now;
        let shown = text(&drawn(&mut walk, Theme::MONO, (80, 24)));
        assert!(tells(&shown, told), "{told}: {shown}");
    }
    walk.type_text("314159");
    let shown = text(&drawn(&mut walk, Theme::MONO, (80, 24)));
    assert!(!shown.contains("check the code"), "{shown}");
}

#[test]
fn no_code_and_no_digit_of_one_shows_once_it_was_handed_in() {
    let mut walk = code_handed_in();
    for answer in [fix_refused("code-not-taken", walk.now), fix_unknown(walk.now)] {
        assert!(!text(&drawn(&mut walk, Theme::MONO, (80, 24))).contains("314159"));
        walk.fix_ends(answer);
    }
}

#[test]
fn a_review_names_no_key_that_changes_anything() {
    let mut walk = Walk::new(Mode::Review);
    walk.reach_contact();
    for step in [StepId::ContactInformation, StepId::DelegatedAdministrator] {
        walk.go_to(step);
        let mut shown = text(&drawn(&mut walk, Theme::MONO, (120, 60)));
        walk.press(Key::Char('?'));
        shown.push_str(&text(&drawn(&mut walk, Theme::MONO, (120, 60))));
        walk.press(Key::Esc);
        for key in ["correct here", "verify phone", "take away here", "Press f", "Press v"] {
            assert!(!shown.contains(key), "{key}: {shown}");
        }
    }
}

#[test]
fn help_lists_the_keys_that_put_a_step_right() {
    let mut walk = guided();
    walk.press(Key::Char('?'));
    let shown = text(&drawn(&mut walk, Theme::MONO, (120, 60)));
    assert!(shown.contains("correct here") && shown.contains("verify phone"), "{shown}");
}

#[test]
fn without_a_journal_the_detail_says_why_nothing_can_be_put_right_now() {
    let mut walk = guided();
    let problem = problem(ProblemKind::JournalFull, walk.now);
    walk.tell(Message::Of(DepartureId::default(), Event::JournalFailed(ACCOUNT.parse().unwrap(), problem)));
    let shown = text(&drawn(&mut walk, Theme::MONO, (200, 80)));
    assert!(tells(&shown, "This can be put right from here, but not now."), "{shown}");
    assert!(!shown.contains("f correct here"), "{shown}");
}

#[test]
fn nothing_in_the_words_for_a_change_names_one_that_no_record_can_hold() {
    let owner = "305611223344".parse().unwrap();
    let records = [
        FixRecord::Contact { changed: Vec::new() },
        FixRecord::SendCode,
        FixRecord::VerifyPhone,
        FixRecord::Deregister { service: "config.amazonaws.com".to_owned(), owner },
    ];
    for entry in texts::all_fix_refusals() {
        assert!(entry.fixes.iter().all(|kind| records.iter().any(|record| record.kind() == *kind)), "{}", entry.id);
    }
}
