//! The guided leave as a person walks it, in a pseudo-terminal, from the first screen to "left" and through every scenario.

use std::path::Path;
use std::thread;
use std::time::Duration;

use leave_org::checklist::{StepId, texts};

use crate::terminal::{Terminal, on_one_line};

const WIDE: (u16, u16) = (120, 50);
pub const ID: &str = "412098765432";
/// What stands before the field for the account ID.
pub const FIELD: &str = "Type the account ID to leave:";

fn demo(scenario: &str, size: (u16, u16)) -> Terminal {
    let mut terminal = Terminal::start(&["demo", scenario], size, &[]);
    // Whatever there is to say about the account, this key is only there once AWS has said which one it is.
    terminal.wait_for("Enter go to the checklist");
    terminal
}

/// What the checklist says where all steps but so many are settled.
pub fn settled_but(open: usize) -> String {
    format!("{} of {} settled", StepId::ALL.len() - open, StepId::ALL.len())
}

/// On to the checklist, once every check has answered and the journal is open: before that nothing can be changed from there, and what was
/// found is not written down.
pub fn reach_checklist(terminal: &mut Terminal) {
    terminal.press("\r", "settled");
    terminal.wait_until("every answer", |screen| !screen.contains("checking") && !screen.contains("the journal is being opened"));
}

pub fn attest(terminal: &mut Terminal, note: &str) {
    terminal.press("a", "In your words");
    terminal.send(note);
    terminal.press("\r", "is settled");
}

/// From the unlocked checklist to the field for the account ID.
pub fn reach_typed_id(terminal: &mut Terminal) {
    terminal.press("\r", "You are about to take");
    for _ in 0..30 {
        if terminal.screen().contains(FIELD) {
            return;
        }
        let seen = terminal.screen().matches("[x]").count();
        terminal.send(" ");
        terminal.wait_until("one more line seen", |screen| screen.matches("[x]").count() > seen);
    }
    panic!("the field never came:\n{}", terminal.screen());
}

/// Types digits of the ID as a person does.
pub fn type_digits(terminal: &mut Terminal, digits: &str) {
    type_digits_by(terminal, digits, |digit| digit.to_string());
}

/// Waits so long that the next key does not end a burst. Here time itself is what matters: no event stands for a person's pace.
pub fn pause() {
    thread::sleep(Duration::from_millis(u64::try_from(texts::rules().confirmation.burst_ms).unwrap() / 2));
}

/// Types digits of the ID, each after the one before is on the screen, and not as fast as a burst. `stroke` is what a terminal sends for one.
pub fn type_digits_by(terminal: &mut Terminal, digits: &str, stroke: impl Fn(char) -> String) {
    let typed = |screen: &str| {
        let screen = on_one_line(screen);
        let (_, field) = screen.split_once(FIELD).unwrap_or_default();
        field.trim_start().chars().take_while(|c| matches!(c, '0'..='9' | '-')).filter(|c| *c != '-').count()
    };
    for digit in digits.chars() {
        let before = typed(&terminal.screen());
        pause();
        terminal.send(&stroke(digit));
        terminal.wait_until("the digit", |screen| typed(screen) == before + 1);
    }
}

/// Types the ID as a person does. Then Enter would leave.
pub fn type_id(terminal: &mut Terminal) {
    type_digits(terminal, ID);
    terminal.wait_for("Enter leave");
}

/// What the practice AWS was asked, as its log tells.
pub fn operations(log: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(log).unwrap();
    text.lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["operation"].as_str().unwrap().to_owned())
        .collect()
}

/// The reports that were saved in a folder: for people, and for a ticket.
fn reports(folder: &Path) -> [String; 2] {
    ["html", "md"].map(|form| {
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let of_form: Vec<_> = files.filter(|path| path.extension().is_some_and(|extension| extension == form)).collect();
        let [file] = of_form.as_slice() else { panic!("{of_form:?}") };
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions()) & 0o777, 0o600);
        std::fs::read_to_string(file).unwrap()
    })
}

/// What was said, confirmed, sent and answered is in it, and how each side finds the event.
fn holds_the_whole_story(reports: &[String; 2]) {
    for report in reports {
        for told in [
            "This account has left o-a1b2c3d4e5",
            "AWS shows an active payment method on this account: card.",
            "The account ID was typed",
            "AWS took the request",
            "in no organization",
            "LeaveOrganization",
            "AccountDepartedOrganization",
        ] {
            assert!(report.contains(told), "no “{told}” in\n{report}");
        }
        assert!(!report.contains("The guided leave can begin"), "{report}");
    }
}

/// What is open in the scenario of that name, in the order in which one gets there.
pub const SEVERAL_OPEN: [&str; 6] = [
    "Support plan",
    "Contact information",
    "Payment method",
    "IAM access to billing",
    "Delegated administrator",
    "Somebody can sign in",
];

#[test]
fn a_newcomer_fixes_every_open_step_in_the_practice_console_and_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("requests.jsonl");
    let mut terminal = Terminal::start(&["demo", "--log", log.to_str().unwrap()], WIDE, &[]);
    terminal.wait_for("a member of organization");
    reach_checklist(&mut terminal);
    for title in SEVERAL_OPEN {
        terminal.wait_until(title, |screen| screen.contains(&format!("│ {title}")));
        terminal.press("o", "In the practice console:");
        terminal.press("r", &format!("{title} is settled"));
    }
    terminal.wait_for("Leaving is unlocked");
    reach_typed_id(&mut terminal);
    let before = operations(&log).len();
    type_id(&mut terminal);
    terminal.press("\r", "has left o-a1b2c3d4e5");
    terminal.press("s", "The report was saved here");
    holds_the_whole_story(&reports(terminal.home()));
    terminal.send("\r");
    assert_eq!(terminal.end(), 0);
    assert!(terminal.is_given_back());
    assert!(terminal.screen().contains("Account 4120-9876-5432 has left o-a1b2c3d4e5."), "{}", terminal.screen());

    let operations = operations(&log);
    let calls: Vec<usize> = (0..operations.len()).filter(|at| operations[*at] == "organizations:LeaveOrganization").collect();
    let [call] = calls[..] else { panic!("{} calls of LeaveOrganization: {operations:?}", calls.len()) };
    for read in [
        "sts:GetCallerIdentity",
        "organizations:DescribeOrganization",
        "account:GetAccountInformation",
        "account:GetContactInformation",
        "iam:SimulatePrincipalPolicy",
        "support:DescribeSeverityLevels",
        "payments:ListPaymentInstruments",
        "billing:GetCredits",
        "organizations:ListDelegatedServicesForAccount",
        "organizations:ListHandshakesForAccount",
        "iam:GetAccountSummary",
        "iam:ListRoles",
    ] {
        assert!(operations[before..call].iter().any(|operation| operation == read), "{read} was not asked again before the call");
    }
    let reads = ["sts:GetCallerIdentity", "organizations:DescribeOrganization"];
    assert!(operations[call + 1..].iter().all(|operation| reads.contains(&operation.as_str())), "{operations:?}");
}

#[test]
fn where_every_requirement_is_met_nothing_but_the_leave_is_confirmed_on_eighty_by_twenty_four() {
    let mut terminal = demo("ready", (80, 24));
    reach_checklist(&mut terminal);
    terminal.wait_for("Leaving is unlocked");
    reach_typed_id(&mut terminal);
    type_id(&mut terminal);
    terminal.press("\r", "has left o-a1b2c3d4e5");
    terminal.press("?", "Keys");
    terminal.send("\u{1b}");
    terminal.wait_until("the help to close", |screen| !screen.contains("Keys"));
    terminal.send("q");
    assert_eq!(terminal.end(), 0);
}

// What each scenario shows, and whether the confirm screen can be reached without overruling anything.
cases! {
    a_scenario_shows_its_cause_on_the_checklist:
        fresh_account("fresh-account", &["waiting", "may leave after 4 days"]);
        scp_denies("scp-denies", &["unmet, predicted", "A rule of the organization, a service control policy, forbids leaving"]);
        project("project", &["may be those of AWS's new sign-up for projects", "cannot be undone."]);
        delegated_administrator("delegated-administrator", &["guardduty.amazonaws.com", "deregister"]);
        billing_access_off("billing-access-off", &["IAM access to billing is off", "root user"]);
        no_way_in("no-way-in-afterwards", &["Nobody could sign in on their own after the leave"]);
        invited("invited-elsewhere", &["1 to look at"]);
        management_account("management-account", &["is the management account", "does not let it leave"]);
        everything_wrong("everything-wrong", &["unmet", "unknown", "waiting", "to look at"]);
}

fn a_scenario_shows_its_cause_on_the_checklist(scenario: &str, shows: &[&str]) {
    let mut terminal = demo(scenario, (120, 60));
    reach_checklist(&mut terminal);
    for text in shows {
        terminal.wait_for(text);
    }
}

// A proven "no" of AWS cannot be overruled, whatever is pressed.
cases! {
    some_accounts_never_reach_the_confirm_screen:
        management_account("management-account", "Member of an organization");
        delegated_administrator("delegated-administrator", "Delegated administrator");
}

fn some_accounts_never_reach_the_confirm_screen(scenario: &str, step: &str) {
    let mut terminal = demo(scenario, WIDE);
    reach_checklist(&mut terminal);
    for _ in 0..2 {
        terminal.press("\r", &format!("locked by: {step}"));
        terminal.send("a");
    }
    terminal.press("?", "Keys");
    assert!(!terminal.screen().contains("In your words"));
    terminal.press("\u{1b}", &format!("locked by: {step}"));
}

#[test]
fn a_service_control_policy_is_overruled_only_in_writing_and_the_refusal_is_shown_for_what_it_is() {
    let mut terminal = demo("scp-denies", WIDE);
    reach_checklist(&mut terminal);
    terminal.press("a", "you go on without proof. Write down why.");
    terminal.press("\r", "Write down why you go on without proof. The reason is kept.");
    terminal.send("the owner says it is lifted");
    terminal.press("\r", "Permission to leave is settled");
    reach_typed_id(&mut terminal);
    assert!(terminal.screen().contains("You go on without proof. Permission to leave"));
    type_id(&mut terminal);
    terminal.press("\r", "AWS refused to let");
    terminal.wait_for("with an explicit deny in a service control policy");
    terminal.wait_for("The organization's owner.");
    terminal.press("r", "Permission to leave unmet");
    terminal.wait_for("AWS refused to let the account leave because of this step.");
    // What was said is in the journal: nothing is lost, so nothing is asked.
    terminal.send("q");
    assert_eq!(terminal.end(), 7);
}

// Where nobody could sign in afterwards, Enter leads to that step, a word without a reason is turned down, and the reason is seen on the
// confirm screen and in the report.
cases! {
    whoever_leaves_without_a_way_in_writes_down_why:
        no_way_in("no-way-in-afterwards", &[]);
        several_open("several-open", &super::SEVERAL_OPEN[..5]);
}

const REASON: &str = "Jo Lind holds the mailbox of root";

fn whoever_leaves_without_a_way_in_writes_down_why(scenario: &str, put_right: &[&str]) {
    let mut terminal = demo(scenario, WIDE);
    reach_checklist(&mut terminal);
    for title in put_right {
        terminal.wait_until(title, |screen| screen.contains(&format!("│ {title}")));
        terminal.press("o", "In the practice console:");
        terminal.press("r", &format!("{title} is settled"));
    }
    let stands_on = |terminal: &mut Terminal, title: &str| {
        terminal.wait_until(title, |screen| screen.contains(&format!("│ {title}")));
    };
    terminal.wait_for(&format!("{}, locked by: Somebody can sign in", settled_but(1)));
    // Wherever one stands, Enter goes to what is open, and no further.
    terminal.send("g");
    stands_on(&mut terminal, "Member of an organization");
    terminal.send("\r");
    stands_on(&mut terminal, "Somebody can sign in");
    assert!(terminal.stroke("\r"));
    stands_on(&mut terminal, "Somebody can sign in");
    terminal.wait_for("write down who can sign in after the leave, and how");
    terminal.press("a", "you go on without proof. Write down why.");
    terminal.press("\r", "Write down why you go on without proof. The reason is kept.");
    terminal.press("   \r", "Write down why you go on without proof. The reason is kept.");
    terminal.send("\u{1b}");
    terminal.wait_until("the note to close", |screen| !screen.contains("In your words"));
    assert!(terminal.stroke("\r"));
    terminal.wait_for(&format!("{}, locked by: Somebody can sign in", settled_but(1)));
    assert!(!terminal.screen().contains("You are about to take"));
    attest(&mut terminal, REASON);
    terminal.wait_for("Leaving is unlocked");
    reach_reason(&mut terminal);
    terminal.press("\u{1b}", "No request to leave was sent.");
    terminal.press("s", "The report was saved here");
    for report in reports(terminal.home()) {
        assert!(report.contains(REASON), "{report}");
    }
    terminal.send("q");
    assert_eq!(terminal.end(), 9);
}

/// Over the confirm screen, line by line, to the one that shows the reason.
fn reach_reason(terminal: &mut Terminal) {
    terminal.press("\r", "You are about to take");
    for _ in 0..30 {
        let screen = crate::terminal::on_one_line(&terminal.screen());
        if screen.contains(&format!("Your reason: “{REASON}”")) {
            assert!(screen.contains("You go on without proof. Somebody can sign in:"), "{screen}");
            return;
        }
        let seen = terminal.screen().matches("[x]").count();
        terminal.send(" ");
        terminal.wait_until("one more line seen", |screen| screen.matches("[x]").count() > seen);
    }
    panic!("the reason never came:\n{}", terminal.screen());
}

#[test]
fn where_everything_is_wrong_a_word_on_the_way_in_without_a_reason_is_turned_down_all_the_same() {
    let mut terminal = demo("everything-wrong", (120, 60));
    reach_checklist(&mut terminal);
    // The steps in order: the way in is the ninth, two above the last.
    terminal.send("Gkk");
    terminal.wait_until("the step", |screen| screen.contains("│ Somebody can sign in"));
    terminal.press("a", "you go on without proof. Write down why.");
    terminal.press("\r", "Write down why you go on without proof. The reason is kept.");
    terminal.send(REASON);
    terminal.press("\r", "Somebody can sign in is settled");
    // What AWS itself says does not hold still locks.
    terminal.press("\r", "locked by:");
    assert!(!terminal.screen().contains("You are about to take"));
    terminal.press("s", "The report was saved here");
    for report in reports(terminal.home()) {
        assert!(report.contains(REASON), "{report}");
    }
}

#[test]
fn whoever_goes_to_an_organization_that_has_invited_the_account_begins_with_the_invitation() {
    let mut terminal = demo("invited-elsewhere", WIDE);
    // The invitation is read by then, and is told where the question is asked.
    terminal.press("j", "Invitation from o-c0nt0s0grp1 (Contoso Group), sent 20");
    terminal.wait_for("The checklist begins with it.");
    reach_checklist(&mut terminal);
    terminal.wait_until("the invitation", |screen| screen.contains("│ Another way out"));
    terminal.wait_for("Going by the policy simulator, role/PlatformAdmin may accept it");
    terminal.wait_for("aws organizations accept-handshake --handshake-id h-7f3c9a1b2d4e5f60");
    terminal.press("c", "The command was handed to the terminal's clipboard.");
    terminal.press("s", "The report was saved here");
    for report in reports(terminal.home()) {
        assert!(report.contains("aws organizations accept-handshake --handshake-id h-7f3c9a1b2d4e5f60"), "{report}");
    }
    // Whoever goes on from there is not brought back.
    terminal.press("\r", "You are about to take");
}

#[test]
fn with_no_invitation_open_one_is_asked_for_first() {
    let mut terminal = demo("ready", WIDE);
    terminal.press("j", "No invitation is open. Ask the owner of that organization for one first");
    reach_checklist(&mut terminal);
    terminal.wait_for("Leaving is unlocked");
}

#[test]
fn a_missing_payment_method_is_refused_by_aws_put_right_and_then_the_account_leaves() {
    let mut terminal = demo("payment-missing", WIDE);
    reach_checklist(&mut terminal);
    attest(&mut terminal, "I thought there was a card");
    reach_typed_id(&mut terminal);
    type_id(&mut terminal);
    terminal.press("\r", "AWS refused to let");
    terminal.wait_for("MEMBER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED");
    terminal.press("r", "locked by: Payment method");
    terminal.press("o", "In the practice console:");
    // These credentials cannot see the card, so nothing new speaks for the step: AWS's refusal stands until a person overrides it.
    terminal.press("r", "still gives the same result");
    terminal.press("a", "In your words");
    terminal.send("a card ending in 4242");
    terminal.press("\r", "is settled");
    reach_typed_id(&mut terminal);
    type_id(&mut terminal);
    terminal.press("\r", "has left o-a1b2c3d4e5");
    terminal.send("q");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn a_lost_answer_is_found_out_by_reading_the_membership() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("requests.jsonl");
    let mut terminal = Terminal::start(&["demo", "lost-answer", "--log", log.to_str().unwrap()], WIDE, &[]);
    terminal.wait_for("a member of organization");
    reach_checklist(&mut terminal);
    reach_typed_id(&mut terminal);
    type_id(&mut terminal);
    terminal.press("\r", "We do not know yet whether the account has left.");
    terminal.wait_for("has left o-a1b2c3d4e5");
    terminal.wait_for("AWS's answer to the request was lost");
    terminal.send("q");
    assert_eq!(terminal.end(), 0);
    let calls = operations(&log).iter().filter(|operation| *operation == "organizations:LeaveOrganization").count();
    assert_eq!(calls, 1);
}

cases! {
    what_is_only_slow_answers_by_itself:
        throttled("throttled");
        slow("slow");
}

fn what_is_only_slow_answers_by_itself(scenario: &str) {
    let mut terminal = demo(scenario, WIDE);
    terminal.press("\r", "settled");
    terminal.wait_for("Leaving is unlocked");
    terminal.send("q");
    assert_eq!(terminal.end(), 9);
}

#[test]
fn an_expired_session_is_signed_in_again_from_the_keyboard() {
    let mut terminal = Terminal::start(&["demo", "session-expired"], WIDE, &[]);
    terminal.wait_for("Your sign-in to AWS has ended.");
    terminal.press("l", "Practice: no command is run.");
    terminal.press("\r", "a member of organization o-a1b2c3d4e5");
    reach_checklist(&mut terminal);
    terminal.wait_for("Leaving is unlocked");
}

#[test]
fn an_account_that_is_already_standalone_says_so_and_ends_with_success() {
    let mut terminal = Terminal::start(&["demo", "already-standalone"], WIDE, &[]);
    terminal.wait_for("is in no organization. There is nothing to leave.");
    terminal.send("\r");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn keys_pressed_before_the_confirm_screen_opened_are_not_taken_for_answers() {
    let mut terminal = demo("ready", WIDE);
    reach_checklist(&mut terminal);
    terminal.send(&format!("\r          {ID}\r"));
    terminal.wait_for("You are about to take");
    terminal.press("?", "Keys");
    terminal.send("\u{1b}");
    terminal.wait_until("the help to close", |screen| !screen.contains("Keys"));
    assert!(!terminal.screen().contains("has left"));
    terminal.press("\u{1b}", "No request to leave was sent.");
}

#[test]
fn a_review_of_the_same_account_cannot_go_on_to_the_leave() {
    let mut terminal = Terminal::start(&["demo", "ready", "--review"], WIDE, &[]);
    terminal.wait_for("REVIEW");
    terminal.wait_for("a member of organization");
    reach_checklist(&mut terminal);
    terminal.send("GkkkkkG");
    terminal.send("\r");
    terminal.press("?", "Keys");
    assert!(!terminal.screen().contains("go on to the leave"));
    terminal.send("\u{1b}");
    terminal.wait_until("the help to close", |screen| !screen.contains("Keys"));
    terminal.send("q");
    assert_eq!(terminal.end(), 0);
}
