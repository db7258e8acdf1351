//! Every screen and overlay as a person sees it in a window of 80 by 24 cells, as text: one file for each walk. What holds in windows of
//! other sizes is in `tests/screens/sizes.rs`; the colours are in `src/views/tests/palette.rs`.
//!
//! After a change of what the screens say, `INSTA_UPDATE=always cargo test --test walks screens` writes them anew; read what changed.

mod sizes;
pub mod stage;

use leave_org::checklist::{FixAnswer, Problem, ProblemKind, StepId};
use leave_org::departure::{Answered, ConnectError, Connection, DepartureId, Event, Leave, Outcome, Verification};
use leave_org::driver::{Capability, Guiding, OnlyReading};
use leave_org::simulator::{Damage, Fault, FaultKind, Scenario};
use leave_org::views::theme::{Glyphs, Theme};
use leave_org::wizard::{
    ContactForm, ContactStage, DeregisterStage, Deregistering, Key, Message, Model, Overlay, OwnerChoice, PhoneCheck, PhoneStage,
    ProfileChoice, ProfileWish, Screen,
};

use stage::{Opening, Stage};

/// Names every variant, once as a match that the compiler holds to be complete and once as a list.
macro_rules! kinds {
    ($name:ident, $all:ident, $of:ty: $($pattern:pat $(if $guard:expr)? => $kind:literal),+ $(,)?) => {
        fn $name(it: &$of) -> &'static str {
            match it {
                $($pattern $(if $guard)? => $kind),+
            }
        }
        const $all: &[&str] = &[$($kind),+];
    };
}

kinds! { kind_of_screen, SCREENS, Screen:
    Screen::Profiles { .. } => "profiles",
    Screen::OtherAccount => "other account",
    Screen::Account => "account",
    Screen::Checklist => "checklist",
    Screen::Contact(ContactForm { stage: ContactStage::Reading(_), .. }) => "contact, reading",
    Screen::Contact(ContactForm { stage: ContactStage::NotRead, .. }) => "contact, not read",
    Screen::Contact(ContactForm { stage: ContactStage::Filling, trouble: None, .. }) => "contact, filling",
    Screen::Contact(ContactForm { stage: ContactStage::Filling, trouble: Some(_), .. }) => "contact, trouble",
    Screen::Contact(ContactForm { stage: ContactStage::Comparing, .. }) => "contact, comparing",
    Screen::Contact(ContactForm { stage: ContactStage::Saving(_), .. }) => "contact, saving",
    Screen::Contact(ContactForm { stage: ContactStage::ReadingBack(_), .. }) => "contact, reading back",
    Screen::Deregister(Deregistering { stage: DeregisterStage::Typing, .. }) => "deregister, typing",
    Screen::Deregister(Deregistering { stage: DeregisterStage::Calling(_), .. }) => "deregister, calling",
    Screen::Deregister(Deregistering { stage: DeregisterStage::Stopped, .. }) => "deregister, stopped",
    Screen::Confirm(confirming) if !confirming.groups.is_empty() => "confirm, typing groups",
    Screen::Confirm(confirming) if confirming.all_seen() => "confirm, typing",
    Screen::Confirm(_) => "confirm, marking",
    Screen::Leave => "leave",
}

kinds! { kind_of_leave, LEAVES, Leave:
    Leave::Idle => "no leave",
    Leave::Rechecking { .. } => "rechecking",
    Leave::Postponed { .. } => "postponed",
    Leave::Calling { .. } => "calling",
    Leave::Verifying(Verification { answered: Answered::Accepted { .. }, .. }) => "verifying, accepted",
    Leave::Verifying(Verification { answered: Answered::Lost(_), .. }) => "verifying, lost",
    Leave::Verifying(Verification { answered: Answered::Interrupted { .. }, .. }) => "verifying, interrupted",
    Leave::Verifying(Verification { answered: Answered::PutOff { .. }, .. }) => "verifying, put off",
    Leave::Verifying(Verification { answered: Answered::NothingSent, .. }) => "verifying, nothing sent",
    Leave::Ended(Outcome::AlreadyStandalone) => "already standalone",
    Leave::Ended(Outcome::Left { .. }) => "left",
    Leave::Ended(Outcome::Refused(_)) => "refused",
    Leave::Ended(Outcome::NeverSent(_)) => "never sent",
    Leave::Ended(Outcome::StillMember { .. }) => "still a member",
    Leave::Ended(Outcome::NotKnown(_)) => "not known",
}

kinds! { kind_of_overlay, OVERLAYS, Overlay:
    Overlay::Help { .. } => "help",
    Overlay::Evidence { .. } => "evidence",
    Overlay::Note { refused: None, .. } => "note",
    Overlay::Note { refused: Some(_), .. } => "note, refused",
    Overlay::Code { .. } => "MFA code",
    Overlay::Owner(OwnerChoice::Reading) => "owner, reading",
    Overlay::Owner(OwnerChoice::Among { .. }) => "owner, choosing",
    Overlay::Owner(OwnerChoice::Failed(_)) => "owner, failed",
    Overlay::Phone(PhoneCheck { stage: PhoneStage::Ready, .. }) => "phone, ready",
    Overlay::Phone(PhoneCheck { stage: PhoneStage::Sending(_), .. }) => "phone, sending",
    Overlay::Phone(PhoneCheck { stage: PhoneStage::Typing(_), .. }) => "phone, typing",
    Overlay::Phone(PhoneCheck { stage: PhoneStage::Verifying { .. }, .. }) => "phone, verifying",
    Overlay::SignIn(_) => "sign in",
    Overlay::Quit => "quit",
    Overlay::Changes { .. } => "changes",
}

/// What the model shows.
fn kinds(model: &Model) -> String {
    let screen =
        if matches!(model.screen, Screen::Leave) { kind_of_leave(&model.departure.leave) } else { kind_of_screen(&model.screen) };
    model.overlay.as_ref().map_or_else(|| format!("[{screen}]"), |overlay| format!("[{screen}] + [{}]", kind_of_overlay(overlay)))
}

#[test]
fn no_screen_and_no_overlay_is_without_a_picture() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    let files = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let of_size = files.filter(|file| file.to_str().is_some_and(|name| name.ends_with("-80x24.snap")));
    let seen: String = of_size.map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let titles: Vec<&str> = seen.lines().filter(|line| line.starts_with("==== [")).collect();
    let is_drawn = |kind: &&&str| !matches!(**kind, "leave" | "no leave");
    for kind in SCREENS.iter().chain(LEAVES).filter(is_drawn).chain(OVERLAYS) {
        assert!(titles.iter().any(|title| title.contains(&format!("[{kind}]"))), "nobody draws {kind}");
    }
}

/// Holds the pictures of a walk against the snapshot of that name.
fn snapshot<C: Capability>(stage: &Stage<C>, name: &str) {
    for ((width, height), seen) in stage.pictures() {
        let name = format!("{name}-{width}x{height}");
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(name, seen) });
    }
}

fn after(stage: &Stage<Guiding>, message: &str, kind: ProblemKind) -> Problem {
    Problem::here(kind, "account:PutContactInformation", message, stage.now)
}

// The scenarios: what the first screen says, and the step that each is about.
cases! {
    a_scenario_looks_like_this:
        fresh_account("fresh-account", "waiting-period");
        scp_denies("scp-denies", "permission");
        delegated_administrator("delegated-administrator", "delegated-administrator");
        payment_missing("payment-missing", "payment-method");
        billing_access_off("billing-access-off", "billing-access");
        no_way_in("no-way-in-afterwards", "access-afterwards");
        invited("invited-elsewhere", "other-way-out");
        management_account("management-account", "membership");
        everything_wrong("everything-wrong", "support-plan");
}

#[tokio::main]
async fn a_scenario_looks_like_this(scenario: &str, step: &str) {
    let mut stage: Stage<Guiding> = Stage::open(Opening::of(scenario)).await;
    stage.settle().await;
    stage.draw("the first screen");
    stage.press(Key::Down);
    // What it says below the other answers, it says of every account.
    if scenario == "invited-elsewhere" {
        stage.draw("another answer");
    } else {
        stage.pass("another answer");
    }
    stage.press(Key::Up);
    stage.reach(step.parse().unwrap()).await;
    stage.draw("what it is about");
    stage.press(Key::Tab);
    stage.draw("its detail has the keys");
    stage.press(Key::PageDown);
    stage.draw("further down");
    snapshot(&stage, scenario);
}

#[tokio::test]
async fn the_road_from_several_open_steps_to_left() {
    let mut stage: Stage<Guiding> = Stage::open(Opening::of("several-open")).await;
    stage.draw("before any answer");
    stage.press(Key::Enter);
    stage.settle().await;
    stage.draw("every check has answered");
    stage.press(Key::Char('?'));
    stage.pass("its keys");
    stage.press(Key::Esc);
    stage.press(Key::Enter);
    stage.draw("the first open step");
    stage.press(Key::Char('?'));
    stage.draw("keys and signs");
    stage.press(Key::End);
    stage.draw("the rest of them");
    stage.press(Key::Esc);
    stage.press(Key::Char('e'));
    stage.draw("what AWS said");
    stage.press(Key::Esc);
    stage.press(Key::Char('o'));
    stage.until("the console", |model| model.notice.is_some()).await;
    stage.draw("the practice console did it");
    stage.press(Key::Char('r'));
    stage.pass("the check is running");
    stage.settle().await;
    stage.draw("the step is settled");
    stage.put_right(StepId::ContactInformation).await;
    stage.go_to(StepId::PaymentMethod);
    stage.press(Key::Char('a'));
    stage.pass("a word for what no API shows");
    stage.keys("a card ending in 4242");
    stage.draw("a word with a note");
    stage.press(Key::Esc);
    stage.put_right(StepId::PaymentMethod).await;
    stage.pass("it was said");
    stage.put_right(StepId::BillingAccess).await;
    stage.put_right(StepId::DelegatedAdministrator).await;
    stage.go_to(StepId::AccessAfterwards);
    stage.press(Key::Char('a'));
    stage.press(Key::Enter);
    stage.draw("a reason is missing");
    stage.press(Key::Esc);
    stage.put_right(StepId::AccessAfterwards).await;
    stage.draw("every step is settled");
    stage.press(Key::Enter);
    stage.draw("the first line");
    for _ in 0..4 {
        stage.press(Key::Char(' '));
    }
    stage.pass("the fifth line");
    stage.press(Key::Esc);
    stage.pass("back from it");
    stage.type_the_id();
    stage.draw("the id is typed");
    for key in [Key::Backspace, Key::Char('9')] {
        stage.press_as_a_person(key);
    }
    stage.draw("another id is typed");
    stage.press_as_a_person(Key::Char('-'));
    stage.draw("a hyphen, so it is asked for in groups");
    stage.answer_group("4120");
    stage.keys("98");
    stage.draw("half of the second group");
    stage.keys("76");
    stage.press(Key::Enter);
    stage.answer_group("5431");
    stage.draw("the groups of another id");
    stage.answer_group("4120");
    stage.answer_group("9876");
    stage.keys("5432");
    stage.draw("three groups are typed");
    stage.press(Key::Enter);
    stage.draw("every check once more");
    stage.until("the call", |model| matches!(model.departure.leave, Leave::Calling { .. })).await;
    stage.wait(3);
    stage.draw("the request is out");
    stage.press(Key::Char('q'));
    stage.draw("with the request out");
    stage.press(Key::Esc);
    stage
        .until(
            "the first look",
            |model| matches!(&model.departure.leave, Leave::Verifying(verification) if verification.looks == 1),
        )
        .await;
    stage.draw("the first look");
    stage.look_now();
    stage.until("the end", |model| matches!(model.departure.leave, Leave::Ended(_))).await;
    stage.draw("it has left");
    stage.press(Key::PageDown);
    stage.draw("what is left to do");
    stage.press(Key::Char('q'));
    snapshot(&stage, "several-open");
}

#[tokio::test]
async fn what_can_be_put_right_from_here() {
    let mut stage: Stage<Guiding> = Stage::open(Opening::of("finish-here")).await;
    stage.reach(StepId::ContactInformation).await;
    stage.draw("what can be corrected here");
    stage.press(Key::Char('f'));
    stage.draw("what is on file is read");
    stage.settle().await;
    stage.draw("what is on file");
    fill(&mut stage, "Maria Keller");
    stage.press(Key::Tab);
    fill(&mut stage, "北風ペイメンツ株式会社");
    for _ in 0..6 {
        stage.press(Key::Tab);
    }
    fill(&mut stage, "");
    stage.press(Key::Enter);
    stage.draw("something is missing");
    fill(&mut stage, "Berlin");
    for _ in 0..3 {
        stage.press(Key::Tab);
    }
    fill(&mut stage, "+49 30 5550 1234");
    stage.press(Key::Char('\u{301}'));
    stage.press(Key::Backspace);
    stage.press(Key::Enter);
    stage.draw("what is new");
    stage.press(Key::Char('q'));
    stage.is_held = true;
    stage.press(Key::Char('y'));
    stage.wait(7);
    stage.draw("on its way");
    let Screen::Contact(ContactForm { stage: ContactStage::Saving(attempt), .. }) = stage.model.screen else { panic!() };
    let fix = leave_org::checklist::FixRecord::Contact { changed: Vec::new() };
    let problem = broken(&stage);
    stage.tell(Message::Of(
        DepartureId::default(),
        Event::FixAnswered { attempt, fix, answer: FixAnswer::Unknown { problem: problem.clone() } },
    ));
    stage.draw("its answer was lost");
    let Screen::Contact(ContactForm { stage: ContactStage::ReadingBack(attempt), .. }) = stage.model.screen else { panic!() };
    stage.tell(Message::Of(DepartureId::default(), Event::ContactRead(attempt, Err(problem))));
    stage.is_held = false;
    stage.draw("nobody knows");
    for _ in 0..10 {
        stage.press(Key::Down);
    }
    stage.pass("a field further down");
    stage.press(Key::Char('q'));
    stage.press(Key::Backspace);
    stage.press(Key::Enter);
    stage.press(Key::Char('y'));
    stage.settle().await;
    stage.draw("saved and read back");
    stage.press(Key::Char('f'));
    stage.until("the form", |model| matches!(model.screen, Screen::Contact(_))).await;
    stage.settle().await;
    stage.press(Key::Esc);

    verify_the_phone(&mut stage).await;
    take_services_away(&mut stage).await;
    snapshot(&stage, "finish-here");
}

/// A connection that broke with an answer on its way.
fn broken(stage: &Stage<Guiding>) -> Problem {
    after(stage, "dispatch failure: io error: connection reset by peer", ProblemKind::Unreachable)
}

async fn verify_the_phone(stage: &mut Stage<Guiding>) {
    stage.press(Key::Char('v'));
    stage.draw("before anything is sent");
    stage.press(Key::Enter);
    stage.draw("a code is asked for");
    stage.settle().await;
    stage.draw("the code is awaited");
    stage.keys("000000");
    stage.pass("a code is typed");
    stage.press(Key::Enter);
    stage.draw("it is looked at");
    stage.settle().await;
    stage.draw("it was the wrong one");
    stage.keys("141592");
    stage.is_held = true;
    stage.press(Key::Enter);
    let Some(Overlay::Phone(PhoneCheck { stage: PhoneStage::Verifying { attempt, .. }, .. })) = stage.model.overlay else {
        panic!()
    };
    let fix = leave_org::checklist::FixRecord::VerifyPhone;
    stage.is_held = false;
    stage.tell(Message::Of(
        DepartureId::default(),
        Event::FixAnswered { attempt, fix, answer: FixAnswer::Unknown { problem: broken(stage) } },
    ));
    stage.draw("whether it was taken is not known");
    stage.settle().await;
    stage.pass("the step was checked again");
    stage.wait(301);
    stage.draw("the code is too old");
    stage.press(Key::Esc);
}

async fn take_services_away(stage: &mut Stage<Guiding>) {
    stage.go_to(StepId::DelegatedAdministrator);
    stage.draw("what only the owner can do");
    stage.is_held = true;
    stage.press(Key::Char('f'));
    stage.draw("the profiles are read");
    stage.tell(Message::OwnerProfilesListed(Err(Problem::here(
        ProblemKind::NoCredentials,
        "profiles",
        "/home/maria/.aws/config: permission denied",
        stage.now,
    ))));
    stage.draw("they could not be read");
    stage.is_held = false;
    stage.press(Key::Char('r'));
    stage.settle().await;
    stage.draw("which is the owner's");
    stage.press(Key::Down);
    stage.press(Key::Enter);
    stage.pass("AWS is asked whose it is");
    stage.settle().await;
    stage.draw("it is not the owner's");
    stage.press(Key::Up);
    stage.press(Key::Enter);
    stage.settle().await;
    stage.draw("the owner is proven");
    stage.press(Key::Char('f'));
    stage.keys("config");
    stage.draw("the word is typed");
    stage.press(Key::Enter);
    stage.draw("AWS is asked");
    stage.settle().await;
    stage.is_held = true;
    stage.keys("guardduty");
    stage.press(Key::Enter);
    stage.wait(2);
    let Screen::Deregister(Deregistering { stage: DeregisterStage::Calling(attempt), .. }) = stage.model.screen else { panic!() };
    let owner = "305611223344".parse().unwrap();
    let fix = leave_org::checklist::FixRecord::Deregister { service: "guardduty.amazonaws.com".to_owned(), owner };
    stage.tell(Message::Of(
        DepartureId::default(),
        Event::FixAnswered { attempt, fix, answer: FixAnswer::Unknown { problem: broken(stage) } },
    ));
    stage.draw("it stopped");
}

/// Empties the field that has the keys, and fills it.
fn fill(stage: &mut Stage<Guiding>, text: &str) {
    stage.press(Key::Control('e'));
    stage.press(Key::Control('u'));
    stage.keys(text);
}

#[tokio::test]
async fn changes_refusals_and_what_never_went_out() {
    let mut stage: Stage<Guiding> = Stage::open(Opening { is_practice: false, ..Opening::of("payment-not-shown") }).await;
    stage.settle().await;
    stage.draw("in earnest");
    stage.reach(StepId::PaymentMethod).await;
    stage.pass("only what no API shows is left");
    stage.attest(StepId::PaymentMethod, "a card ending in 4242");
    stage.type_the_id();
    stage.server.change(|account| account.delegated_services.push("guardduty.amazonaws.com".to_owned()));
    stage.press(Key::Enter);
    stage.settle().await;
    stage.draw("something changed");
    stage.press(Key::Esc);
    stage.server.change(|account| account.delegated_services.clear());
    stage.press(Key::Char('R'));
    stage.settle().await;
    stage.type_the_id();
    stage.is_held = true;
    stage.press(Key::Enter);
    stage.pass("the checks that run once more");
    stage.press(Key::Esc);
    stage.is_held = false;
    stage.draw("it was stopped");
    stage.wait(2);
    stage.press(Key::Char('R'));
    stage.settle().await;
    stage.server.change(|account| account.instruments.clear());
    stage.type_the_id();
    stage.press(Key::Enter);
    stage.until("the refusal", |model| matches!(model.departure.leave, Leave::Ended(_))).await;
    stage.draw("AWS said no");
    stage.press(Key::PageDown);
    stage.draw("the rest of it");
    stage.press(Key::Char('r'));
    stage.settle().await;
    stage.draw("the step that it is about");
    stage.tell(Message::Of(
        DepartureId::default(),
        Event::JournalFailed(
            "412098765432".parse().unwrap(),
            Problem::here(ProblemKind::JournalFull, "journal", "No space left on device (os error 28)", stage.now),
        ),
    ));
    stage.draw("no room for the journal");
    stage.press(Key::Char('q'));
    stage.draw("what would be lost");
    stage.press(Key::Esc);
    stage.press(Key::Esc);
    stage.draw("what is in the way");
    snapshot(&stage, "ready");
}

#[tokio::test]
async fn an_aws_that_has_no_time() {
    let mut stage: Stage<Guiding> = Stage::open(Opening::of("throttled")).await;
    stage.settle().await;
    stage.press(Key::Enter);
    stage.go_to(StepId::SupportPlan);
    stage.draw("asked again by itself");
    stage.server.clear_faults();
    stage.end_pauses();
    stage.settle().await;
    stage.pass("every answer came");
    stage.server.inject(Fault::new("organizations:LeaveOrganization", FaultKind::Throttle).on_calls(1..=2));
    stage.type_the_id();
    stage.press(Key::Enter);
    stage.until("the answer", |model| matches!(model.departure.leave, Leave::Postponed { .. })).await;
    stage.draw("the leave is put off");
    stage.server.change(|account| account.member = false);
    stage.end_pauses();
    stage.until("the membership", |model| matches!(model.departure.leave, Leave::Verifying(_))).await;
    stage.draw("it is out all the same");
    snapshot(&stage, "throttled");
}

#[tokio::test]
async fn an_answer_to_the_leave_that_is_lost() {
    let mut stage: Stage<Guiding> = Stage::open(Opening::of("lost-answer")).await;
    stage.reach(StepId::PaymentMethod).await;
    stage.type_the_id();
    stage.press(Key::Enter);
    let looks = |wanted: u32| {
        move |model: &Model| match &model.departure.leave {
            Leave::Verifying(verification) => verification.looks == wanted,
            leave => matches!(leave, Leave::Ended(_)),
        }
    };
    stage.until("the first look", looks(1)).await;
    stage.draw("nobody knows yet");
    stage.wait(30);
    stage.look_now();
    stage.until("the second look", looks(2)).await;
    let fault = Fault::new("organizations:DescribeOrganization", Damage::Unavailable).on_calls(1..=20);
    stage.server.inject(fault);
    for look in 3..=5 {
        stage.wait(40);
        stage.look_now();
        stage.until("another look", looks(look)).await;
    }
    stage.draw("nobody knows after two minutes");
    stage.press(Key::Char('q'));
    stage.draw("with the end open");
    stage.press(Key::Esc);
    stage.server.clear_faults();
    stage.press(Key::Char('r'));
    stage.until("a look", looks(1)).await;
    stage.wait(45);
    stage.look_now();
    stage.until("the end", |model| matches!(model.departure.leave, Leave::Ended(Outcome::Left { .. }))).await;
    stage.draw("it has left");
    snapshot(&stage, "lost-answer");
}

#[tokio::test]
async fn a_request_that_had_no_effect_and_one_that_never_went_out() {
    let mut stage: Stage<Guiding> = Stage::open(Opening::of("slow")).await;
    stage.server.clear_faults();
    stage.pass("no answer yet");
    stage.reach(StepId::PaymentMethod).await;
    stage.type_the_id();
    let fault = Fault::new("organizations:LeaveOrganization", Damage::ResetBeforeActing).on_calls(1..=1);
    stage.server.inject(fault);
    stage.press(Key::Enter);
    let looks = |wanted: u32| {
        move |model: &Model| match &model.departure.leave {
            Leave::Verifying(verification) => verification.looks == wanted,
            leave => matches!(leave, Leave::Ended(_)),
        }
    };
    for look in 1..=5 {
        stage.until("a look", looks(look)).await;
        if look < 5 {
            stage.wait(1_000);
            stage.look_now();
        }
    }
    stage.until("the end", |model| matches!(model.departure.leave, Leave::Ended(_))).await;
    stage.draw("it is a member all the same");
    stage.press(Key::Char('r'));
    stage.settle().await;
    stage.type_the_id();
    stage.press(Key::Enter);
    stage.is_held = true;
    stage.until("the call", |model| matches!(model.departure.leave, Leave::Calling { .. })).await;
    let Leave::Calling { attempt, .. } = stage.model.departure.leave else { panic!() };
    let problem = after(&stage, "dispatch failure: io error: Connection refused (os error 111)", ProblemKind::Unreachable);
    stage.tell(Message::Of(
        DepartureId::default(),
        Event::LeaveAnswered(attempt, leave_org::checklist::LeaveAnswer::NeverSent { problem }, None),
    ));
    stage.draw("it was never sent");
    snapshot(&stage, "slow");
}

#[tokio::test]
async fn an_account_that_is_out_before_anything_was_sent() {
    let mut stage: Stage<Guiding> = Stage::open(Opening::of("ready")).await;
    stage.reach(StepId::PaymentMethod).await;
    stage.type_the_id();
    stage.server.change(|account| account.member = false);
    stage.press(Key::Enter);
    stage.until("the membership", |model| matches!(model.departure.leave, Leave::Verifying(_))).await;
    stage.draw("nothing was sent, and it is out");
    snapshot(&stage, "out-before");
}

#[tokio::test]
async fn a_session_that_has_expired_and_another_account() {
    let mut stage: Stage<Guiding> = Stage::open(Opening { profile: ProfileWish::Ask, ..Opening::of("session-expired") }).await;
    stage.is_held = true;
    stage.tell(Message::ProfilesListed(Ok([
        ("northwind-root", "IAM Identity Center, account 412098765432"),
        ("支払い本番", "access keys"),
        ("\u{202e}evil\u{202c} e\u{301}", "a role, account 999988887777, eu-central-1"),
    ]
    .map(|(name, source)| ProfileChoice { name: name.to_owned(), source: source.to_owned() })
    .to_vec())));
    stage.draw("several fit");
    stage.press(Key::Down);
    stage.pass("the second one");
    stage.is_held = false;
    stage.press(Key::Up);
    stage.press(Key::Enter);
    stage.settle().await;
    stage.draw("the session has ended");
    stage.press(Key::Char('l'));
    stage.draw("whether to sign in");
    stage.press(Key::Enter);
    stage.settle().await;
    stage.pass("signed in again");
    stage.reach(StepId::PaymentMethod).await;
    stage.pass("back on the road");
    stage.press(Key::Char('l'));
    stage.press(Key::Enter);
    stage.server.change(|account| account.id = "999988887777".to_owned());
    stage.until("the other account", |model| matches!(model.screen, Screen::OtherAccount)).await;
    stage.draw("everything has stopped");
    snapshot(&stage, "session-expired");
}

#[tokio::test]
async fn an_account_that_is_already_standalone() {
    let mut stage: Stage<Guiding> = Stage::open(Opening::of("already-standalone")).await;
    stage.until("the end", |model| matches!(model.departure.leave, Leave::Ended(_))).await;
    stage.draw("nothing to leave");
    snapshot(&stage, "already-standalone");
}

#[tokio::test]
async fn a_code_of_an_mfa_device() {
    let opening = Opening { is_practice: false, is_held: true, ..Opening::of("ready") };
    let mut stage: Stage<Guiding> = Stage::open(opening).await;
    let Connection::Connecting { attempt, .. } = stage.model.departure.connection else { panic!() };
    let problem = Problem::here(ProblemKind::MfaCodeNeeded, "sts:AssumeRole", "", stage.now);
    let unconnected = ConnectError { problem, sign_in: None, endpoints: Vec::new() };
    stage.tell(Message::Of(DepartureId::default(), Event::Connected(attempt, Err(unconnected))));
    stage.pass("a code is needed");
    if stage.model.overlay.is_none() {
        stage.press(Key::Char('r'));
    }
    stage.keys("1415");
    stage.draw("it is typed");
    snapshot(&stage, "mfa-code");
}

#[tokio::test]
async fn what_can_go_wrong_with_the_contact_information() {
    let mut stage: Stage<Guiding> = Stage::open(Opening { is_practice: false, ..Opening::of("finish-here") }).await;
    stage.reach(StepId::ContactInformation).await;
    stage.is_held = true;
    stage.press(Key::Char('f'));
    let Screen::Contact(ContactForm { stage: ContactStage::Reading(attempt), .. }) = stage.model.screen else { panic!() };
    let problem = Problem::here(ProblemKind::TimedOut, "account:GetContactInformation", "no answer within 30 s", stage.now);
    stage.tell(Message::Of(DepartureId::default(), Event::ContactRead(attempt, Err(problem))));
    stage.draw("it could not be read");
    stage.is_held = false;
    stage.press(Key::Char('r'));
    stage.settle().await;
    fill(&mut stage, "Maria Keller");
    stage.press(Key::Enter);
    let denied = Damage::Error {
        code: "AccessDeniedException".to_owned(),
        message: "User: arn:aws:sts::412098765432:assumed-role/DealAdmin/maria.keller is not authorized to perform: \
                  account:PutContactInformation because no identity-based policy allows the account:PutContactInformation action"
            .to_owned(),
        reason: None,
        status: None,
    };
    stage.server.inject(Fault::new("account:PutContactInformation", denied).on_calls(1..=1));
    stage.press(Key::Char('y'));
    stage.settle().await;
    stage.draw("AWS refused");
    for _ in 0..11 {
        stage.press(Key::Down);
    }
    stage.pass("the last field");
    snapshot(&stage, "contact-trouble");
}

#[tokio::test]
async fn a_walk_that_ended_with_its_request_under_way() {
    let mut stage: Stage<Guiding> = Stage::open(Opening::of("ready")).await;
    stage.reach(StepId::PaymentMethod).await;
    stage.type_the_id();
    stage.press(Key::Enter);
    stage.until("the call", |model| matches!(model.departure.leave, Leave::Calling { .. })).await;
    let mut stage: Stage<Guiding> = Box::pin(stage.killed_with_its_answer_unread()).await;
    stage.until("the journal", |model| model.departure.leave.is_under_way()).await;
    stage.draw("the next start");
    stage
        .until("a look", |model| matches!(&model.departure.leave, Leave::Verifying(verification) if verification.looks == 1))
        .await;
    stage.wait(45);
    stage.look_now();
    stage.until("the end", |model| matches!(model.departure.leave, Leave::Ended(_))).await;
    stage.draw("what became of it");
    snapshot(&stage, "interrupted");
}

#[tokio::test]
async fn a_walk_that_somebody_comes_back_to() {
    let mut stage: Stage<Guiding> = Stage::open(Opening { is_practice: false, ..Opening::of("payment-not-shown") }).await;
    stage.reach(StepId::PaymentMethod).await;
    stage.attest(StepId::PaymentMethod, "a card ending in 4242");
    let mut stage: Stage<Guiding> = Box::pin(stage.again()).await;
    stage.settle().await;
    stage.draw("welcome back");
    let account = "412098765432".parse().unwrap();
    let problem = Problem::here(ProblemKind::JournalFull, "journal", "No space left on device (os error 28)", stage.now);
    stage.tell(Message::Of(DepartureId::default(), Event::JournalFailed(account, problem)));
    stage.draw("and no room for the journal");
    snapshot(&stage, "welcome-back");
}

#[tokio::test]
async fn a_window_that_is_too_small_says_so() {
    let mut stage: Stage<Guiding> = Stage::open(Opening { sizes: &[(59, 16)], ..Opening::of("ready") }).await;
    stage.draw("too small");
    snapshot(&stage, "too-small");
}

#[tokio::test]
async fn the_same_walk_as_a_review() {
    let mut stage: Stage<OnlyReading> = Stage::open(Opening::of("several-open")).await;
    stage.settle().await;
    stage.draw("the first screen");
    stage.reach(StepId::SupportPlan).await;
    stage.draw("every sign in brackets");
    stage.press(Key::Char('?'));
    stage.draw("keys and signs");
    snapshot(&stage, "review");
}

#[tokio::test]
async fn names_of_every_script_stay_in_their_place() {
    let scenario = Scenario::from_toml(
        "title = 'Names'\nstory = 'Names.'\n[account]\nname = \"支払い本番👩\u{200d}💻 e\u{301} \u{202e}ab\u{202c} שלום a long name that goes on\"\n\
         delegated_services = ['config.amazonaws.com']\ndenials = [{ by = 'identity-policy', actions = ['payments:*'] }]",
    )
    .unwrap();
    let mut stage: Stage<Guiding> = Stage::open(Opening { is_practice: false, ..Opening::with(scenario) }).await;
    stage.settle().await;
    stage.draw("the name of the account");
    stage.reach(StepId::PaymentMethod).await;
    stage.press(Key::Char('a'));
    stage.keys("支払い本番 👩 e\u{301} שלום");
    stage.draw("a note");
    stage.press(Key::Enter);
    stage.go_to(StepId::PaymentMethod);
    stage.pass("what was said");
    snapshot(&stage, "names");
}

#[tokio::test]
async fn where_there_is_only_ascii_the_program_writes_nothing_else() {
    let theme = Theme { glyphs: Glyphs::Ascii, ..Theme::ANSI };
    let mut stage: Stage<Guiding> = Stage::open(Opening { theme, ..Opening::of("everything-wrong") }).await;
    stage.reach(StepId::SupportPlan).await;
    stage.draw("every kind of sign");
    holds_only_ascii(&mut stage);
    stage.press(Key::Char('?'));
    holds_only_ascii(&mut stage);
    snapshot(&stage, "ascii");
}

fn holds_only_ascii(stage: &mut Stage<Guiding>) {
    for size in [(59, 16), (60, 16), (80, 24), (120, 40)] {
        let picture = stage.picture(size);
        assert!(picture.content().iter().all(|cell| cell.symbol().is_ascii()), "{}", stage::rows(&picture));
    }
}
