//! The form for the contact information: what is sent, what counts as saved, and what is said of everything else.

use std::collections::BTreeMap;

use super::*;
use crate::departure::{DepartureId, Event};

fn form(walk: &Walk) -> &ContactForm {
    match &walk.model.screen {
        Screen::Contact(form) => form,
        other => panic!("{other:?}"),
    }
}

fn opened(contact: Option<Contact>) -> Walk {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_contact();
    walk.press(Key::Char('f'));
    assert!(matches!(form(&walk).stage, ContactStage::Reading(_)));
    walk.contact_is(Ok(contact));
    walk
}

fn go_to_field(walk: &mut Walk, field: ContactField) {
    for _ in ContactField::ALL {
        walk.press(Key::Up);
    }
    for _ in 0..ContactField::ALL.iter().position(|each| *each == field).unwrap() {
        walk.press(Key::Tab);
    }
    assert_eq!(form(walk).focus, field);
}

fn write(walk: &mut Walk, field: ContactField, text: &str) {
    go_to_field(walk, field);
    walk.press(Key::Control('u'));
    walk.type_text(text);
}

/// The name is another, and the yes is awaited.
fn comparing() -> Walk {
    let mut walk = opened(Some(on_file()));
    write(&mut walk, ContactField::FullName, "Maria Keller");
    walk.press(Key::Enter);
    assert_eq!(form(&walk).stage, ContactStage::Comparing);
    walk
}

fn saving() -> Walk {
    let mut walk = comparing();
    walk.press(Key::Char('y'));
    assert!(matches!(form(&walk).stage, ContactStage::Saving(_)));
    walk
}

fn entered() -> Contact {
    let mut contact = on_file();
    contact.set(ContactField::FullName, "Maria Keller");
    contact
}

#[test]
fn what_is_entered_is_saved_on_a_yes_and_counts_once_it_is_read_back() {
    let mut walk = saving();
    let (_, Fix::Contact { contact, changed }) = walk.fixes.last().unwrap() else { panic!() };
    assert_eq!((&**contact, changed), (&entered(), &vec![ContactField::FullName]));
    walk.fix_ends(fix_done(None, walk.now));
    assert!(matches!(form(&walk).stage, ContactStage::ReadingBack(_)));
    walk.contact_is(Ok(Some(entered())));
    assert!(matches!(walk.model.screen, Screen::Checklist));
    assert!(walk.notice() == notices::CONTACT_SAVED, "{}", walk.notice());
    assert_eq!(walk.awaited_checks(), [StepId::ContactInformation]);
    assert_eq!(walk.fixes_told(), ["Contact done"]);
}

#[test]
fn nothing_is_sent_without_a_difference_or_with_a_field_that_aws_would_not_take() {
    let mut walk = opened(Some(on_file()));
    walk.press(Key::Enter);
    assert_eq!(form(&walk).stage, ContactStage::Filling);
    assert!(walk.notice().contains("nothing new"), "{}", walk.notice());
    write(&mut walk, ContactField::CountryCode, "ZZ");
    write(&mut walk, ContactField::PhoneNumber, "069");
    go_to_field(&mut walk, ContactField::FullName);
    walk.press(Key::Enter);
    assert_eq!(
        (form(&walk).stage, form(&walk).focus),
        (ContactStage::Filling, ContactField::CountryCode),
        "the first that is wrong"
    );
    assert_eq!(form(&walk).problems().keys().collect::<Vec<_>>(), [&ContactField::CountryCode, &ContactField::PhoneNumber]);
}

#[test]
fn where_nothing_is_on_file_the_form_begins_empty_at_the_first_field_that_is_asked_for() {
    let walk = opened(None);
    assert_eq!((form(&walk).focus, form(&walk).contact()), (ContactField::FullName, Contact::default()));
    assert!(form(&walk).problems().contains_key(&ContactField::PhoneNumber));
}

#[test]
fn what_is_on_file_has_to_be_read_before_it_can_be_corrected() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_contact();
    walk.press(Key::Char('f'));
    walk.contact_is(Err(problem(ProblemKind::Denied, walk.now)));
    assert_eq!(form(&walk).stage, ContactStage::NotRead);
    walk.type_text("x");
    walk.press(Key::Enter);
    assert_eq!(form(&walk).stage, ContactStage::NotRead);
    walk.press(Key::Char('r'));
    walk.contact_is(Ok(Some(on_file())));
    assert_eq!((form(&walk).stage, &form(&walk).trouble), (ContactStage::Filling, &None));
}

#[test]
fn an_answer_that_was_lost_counts_as_saved_when_it_is_read_back() {
    let mut walk = saving();
    walk.fix_ends(fix_unknown(walk.now));
    walk.contact_is(Ok(Some(entered())));
    assert!(matches!(walk.model.screen, Screen::Checklist) && walk.notice() == notices::CONTACT_SAVED);
    assert_eq!(walk.fixes_told(), ["Contact unknown"]);
}

#[test]
fn an_answer_that_was_lost_is_told_as_not_there_when_something_else_is_on_file() {
    let mut walk = saving();
    walk.fix_ends(fix_unknown(walk.now));
    walk.contact_is(Ok(Some(on_file())));
    let Some(ContactTrouble::NotThere { differences, .. }) = &form(&walk).trouble else { panic!("{:?}", form(&walk).trouble) };
    assert_eq!((differences[0].before.as_str(), differences[0].after.as_str()), ("Cloud Finance", "Maria Keller"));
    assert_eq!(form(&walk).contact(), entered(), "what was entered is kept");
    walk.press(Key::Enter);
    walk.press(Key::Char('y'));
    assert_eq!(walk.met.fixes, 2, "saving once more is possible");
}

#[test]
fn an_answer_that_was_lost_stays_open_when_nothing_can_be_read_back() {
    let mut walk = saving();
    walk.fix_ends(fix_unknown(walk.now));
    walk.contact_is(Err(problem(ProblemKind::Unreachable, walk.now)));
    let Some(ContactTrouble::Answered(FixAnswer::Unknown { problem: first })) = &form(&walk).trouble else { panic!() };
    assert_eq!(first.kind, ProblemKind::ConnectionLost, "why the answer was lost, and not why the read failed");
    walk.press(Key::Esc);
    assert!(!walk.notice().contains("Nothing has been saved"), "{}", walk.notice());
    assert_eq!(walk.awaited_checks(), [StepId::ContactInformation]);
}

#[test]
fn what_aws_took_and_could_not_be_read_back_is_no_failure_to_save() {
    let mut walk = saving();
    walk.fix_ends(fix_done(None, walk.now));
    walk.contact_is(Err(problem(ProblemKind::Throttled, walk.now)));
    assert!(matches!(form(&walk).trouble, Some(ContactTrouble::NotReadBack(_))), "{:?}", form(&walk).trouble);
}

#[test]
fn what_is_read_back_and_differs_is_shown_and_compared_with_from_then_on() {
    let mut walk = saving();
    walk.fix_ends(fix_done(None, walk.now));
    let mut other = entered();
    other.set(ContactField::City, "Berlin");
    walk.contact_is(Ok(Some(other)));
    let Some(ContactTrouble::Differs(differences)) = &form(&walk).trouble else { panic!() };
    assert_eq!(differences.iter().map(|d| d.field).collect::<Vec<_>>(), [ContactField::City]);
    walk.press(Key::Enter);
    assert_eq!(form(&walk).differences().len(), 1, "only the city is new now");
}

#[test]
fn a_no_of_aws_marks_its_fields_until_they_are_written_in() {
    let mut walk = saving();
    let FixAnswer::Refused { mut refusal } = fix_refused("contact-not-taken", walk.now) else { panic!() };
    refusal.fields = vec![
        ("contactInformation.phoneNumber".to_owned(), "not a number".to_owned()),
        ("SomethingNew".to_owned(), "unknown here".to_owned()),
    ];
    walk.fix_ends(FixAnswer::Refused { refusal });
    assert_eq!((form(&walk).stage, form(&walk).focus), (ContactStage::Filling, ContactField::PhoneNumber));
    assert_eq!(form(&walk).problems()[&ContactField::PhoneNumber], "not a number");
    walk.press(Key::Enter);
    assert_eq!(form(&walk).stage, ContactStage::Filling, "the same is not sent twice");
    walk.type_text("1");
    assert!(form(&walk).problems().is_empty());
    assert!(matches!(form(&walk).trouble, Some(ContactTrouble::Answered(FixAnswer::Refused { .. }))));
    assert_eq!(walk.fixes_told(), ["Contact refused"]);
}

#[test]
fn what_never_reached_aws_is_told_and_can_be_sent_again() {
    let mut walk = saving();
    walk.fix_ends(fix_never_sent(walk.now));
    assert!(matches!(form(&walk).trouble, Some(ContactTrouble::Answered(FixAnswer::NeverSent { .. }))));
    assert!(!walk.model.departure.has_changed);
    walk.press(Key::Esc);
    assert_eq!(walk.notice(), notices::CONTACT_NOT_SAVED);
}

#[test]
fn esc_goes_one_step_back_and_never_calls_a_request_back() {
    let mut walk = comparing();
    walk.press(Key::Esc);
    assert_eq!(form(&walk).stage, ContactStage::Filling);
    walk.press(Key::Esc);
    assert!(matches!(walk.model.screen, Screen::Checklist));
    assert_eq!((walk.notice(), walk.met.fixes), ("Nothing has been saved.", 0));
    let mut walk = saving();
    walk.press(Key::Esc);
    assert!(matches!(form(&walk).stage, ContactStage::Saving(_)));
    walk.fix_ends(fix_done(None, walk.now));
    walk.press(Key::Esc);
    assert!(matches!(form(&walk).stage, ContactStage::ReadingBack(_)));
}

#[test]
fn a_held_key_and_a_paste_say_no_yes() {
    let mut walk = comparing();
    walk.hold(Key::Char('y'));
    walk.paste("y\n");
    walk.hold(Key::Enter);
    walk.press(Key::Enter);
    assert_eq!((form(&walk).stage, walk.met.fixes), (ContactStage::Comparing, 0));
}

#[test]
fn a_paste_goes_into_one_field_on_one_line_and_submits_nothing() {
    let mut walk = opened(Some(on_file()));
    write(&mut walk, ContactField::AddressLine2, "");
    walk.paste(" Suite 7\nFloor 2\n");
    assert_eq!(form(&walk).fields[&ContactField::AddressLine2].value(), "Suite 7 Floor 2");
    assert_eq!(form(&walk).stage, ContactStage::Filling);
    walk.paste(HOSTILE_NAME);
    let value = form(&walk).fields[&ContactField::AddressLine2].value().to_owned();
    assert!(!value.chars().any(char::is_control) && !value.contains('\u{202e}'), "{value:?}");
    assert!(form(&walk).problems().contains_key(&ContactField::AddressLine2), "what cannot be shown is not saved");
}

#[test]
fn a_field_takes_more_than_aws_does_and_says_so_but_not_without_end() {
    let mut walk = opened(Some(on_file()));
    write(&mut walk, ContactField::City, &"x".repeat(500));
    assert_eq!(form(&walk).fields[&ContactField::City].value().len(), 2 * ContactField::City.limit());
    assert!(form(&walk).problems()[&ContactField::City].contains("Too long"));
}

#[test]
fn letters_that_are_keys_elsewhere_are_letters_in_a_field() {
    let mut walk = opened(Some(on_file()));
    write(&mut walk, ContactField::CompanyName, "q?sjkrRylnf");
    assert_eq!(form(&walk).fields[&ContactField::CompanyName].value(), "q?sjkrRylnf");
    assert!(walk.model.overlay.is_none() && walk.model.exit.is_none());
}

#[test]
fn new_credentials_close_the_form_and_nothing_is_sent() {
    for begun in [comparing, || opened(Some(on_file()))] {
        let mut walk = begun();
        walk.credentials_change();
        assert!(matches!(walk.model.screen, Screen::Checklist), "{:?}", walk.model.screen);
        assert!(walk.notice().contains("credentials changed"), "{}", walk.notice());
        walk.press(Key::Char('y'));
        assert_eq!(walk.met.fixes, 0);
    }
}

#[test]
fn an_answer_that_comes_after_the_form_is_gone_is_noted_and_looked_at() {
    let mut walk = saving();
    walk.credentials_change();
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    walk.fix_ends(fix_unknown(walk.now));
    assert_eq!(walk.fixes_told(), ["Contact unknown"]);
    assert_eq!(walk.awaited_checks(), [StepId::ContactInformation]);
    assert!(walk.model.departure.has_changed, "nobody may say now that nothing has been changed");
}

#[test]
fn an_answer_for_the_account_before_gets_into_no_other_journal() {
    let mut walk = saving();
    walk.sign_in_as(OTHER);
    walk.press(Key::Enter);
    walk.identify(Ok(subject(OTHER)));
    walk.all_is_well();
    walk.fix_ends(fix_done(None, walk.now));
    assert_eq!(walk.fixes_told(), Vec::<String>::new());
    assert!(!walk.model.departure.has_changed);
}

#[test]
fn what_is_read_late_fills_no_other_form() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_contact();
    walk.press(Key::Char('f'));
    let late = walk.contact_read.unwrap();
    walk.press(Key::Esc);
    walk.press(Key::Char('f'));
    let on_file = ContactOnFile { contact: on_file(), status: None };
    walk.tell(Message::Of(DepartureId::default(), Event::ContactRead(late, Ok(Some(on_file)))));
    assert!(matches!(form(&walk).stage, ContactStage::Reading(_)));
}

#[test]
fn without_a_journal_nothing_is_saved_and_it_says_why() {
    let mut walk = comparing();
    let (account, problem) = (ACCOUNT.parse().unwrap(), problem(ProblemKind::JournalFull, walk.now));
    walk.tell(Message::Of(DepartureId::default(), Event::JournalFailed(account, problem)));
    walk.press(Key::Char('y'));
    assert_eq!((form(&walk).stage, walk.met.fixes), (ContactStage::Comparing, 0));
    assert!(walk.notice().contains("journal"), "{}", walk.notice());
    walk.press(Key::Esc);
    walk.press(Key::Esc);
    walk.press(Key::Char('f'));
    assert!(matches!(walk.model.screen, Screen::Checklist) && walk.notice().contains("journal"), "{}", walk.notice());
}

#[test]
fn a_review_has_no_form() {
    let mut walk = Walk::new(Mode::Review);
    walk.reach_contact();
    for key in ['f', 'v'] {
        walk.press(Key::Char(key));
        assert!(matches!(walk.model.screen, Screen::Checklist) && walk.model.overlay.is_none());
    }
    assert_eq!(walk.contact_read, None);
}

#[test]
fn leaving_the_program_over_something_unsaved_or_unanswered_asks_first() {
    for begun in [comparing, saving] {
        let mut walk = begun();
        walk.press(Key::Control('c'));
        assert!(matches!(walk.model.overlay, Some(Overlay::Quit)) && walk.model.exit.is_none());
        walk.press(Key::Esc);
        assert!(matches!(walk.model.screen, Screen::Contact(_)));
    }
}

#[test]
fn a_new_number_is_saved_with_digits_only_and_the_one_on_file_stays_as_it_is() {
    let number = ContactField::PhoneNumber;
    let mut walk = opened(Some(on_file()));
    write(&mut walk, number, "+49 (69) 5550-0100");
    assert_eq!(form(&walk).differences(), [], "the same number in another form");
    write(&mut walk, number, "+49 (30) 5550-0199");
    assert_eq!(form(&walk).contact().get(number), "+493055500199");
    assert_eq!(form(&walk).problems(), BTreeMap::new());
    write(&mut walk, number, "+49 (0)30 5550-0199");
    assert!(form(&walk).problems()[&number].contains("Leave out the zero"), "{:?}", form(&walk).problems());
    write(&mut walk, number, "+1 800 555 0100");
    walk.press(Key::Enter);
    assert_eq!(form(&walk).stage, ContactStage::Filling, "it would not be verified");
    // What is on file already keeps nothing else from being saved.
    let mut toll_free = on_file();
    toll_free.set(number, "+1 800 555 0100");
    let mut walk = opened(Some(toll_free));
    write(&mut walk, ContactField::FullName, "Maria Keller");
    walk.press(Key::Enter);
    assert_eq!(form(&walk).stage, ContactStage::Comparing);
}
