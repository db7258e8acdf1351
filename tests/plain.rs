//! The walk line by line, as somebody walks it who hears it: questions and typed answers in a terminal that shows nothing but lines.

use leave_org::checklist::StepId;
use leave_org::simulator::{Fault, FaultKind};
use regex_lite::Regex;

use crate::guided_leave::{ID, operations};
use crate::resuming::Place;
use crate::terminal::Terminal;

const STEPS: usize = StepId::ALL.len();
const SIZE: (u16, u16) = (80, 50);
/// The ID as it is asked for.
const GROUPS: [&str; 3] = ["4120", "9876", "5432"];
const LEAVE: &str = "organizations:LeaveOrganization";

/// A conversation.
struct Talk {
    terminal: Terminal,
    /// How many bytes were listened to.
    heard: usize,
}

impl Talk {
    /// Begins with the first question.
    fn begin(arguments: &[&str], environment: &[(&str, &str)]) -> (Self, String) {
        Self::with(Terminal::start(arguments, SIZE, environment))
    }

    fn with(terminal: Terminal) -> (Self, String) {
        let mut talk = Self { terminal, heard: 0 };
        let said = talk.listen();
        (talk, said)
    }

    /// What is said up to the next question.
    #[track_caller]
    fn listen(&mut self) -> String {
        let heard = self.heard;
        self.terminal.wait_until_raw("a question", |raw| raw.len() > heard && (raw.ends_with(b"\n> ") || raw.ends_with(b"h> ")));
        self.heard = self.terminal.raw.len();
        text(&self.terminal.raw[heard..])
    }

    /// Answers, and listens up to the next question.
    #[track_caller]
    fn answer(&mut self, line: &str) -> String {
        self.terminal.send(&format!("{line}\r"));
        self.listen()
    }

    /// Answers and hears what has to be said then.
    #[track_caller]
    fn hear(&mut self, line: &str, wanted: &str) -> String {
        let said = self.answer(line);
        assert!(on_one_line(&said).contains(wanted), "no “{wanted}” in:\n{said}");
        said
    }

    /// From the open gate to the question for the account ID.
    fn reach_typed_id(&mut self) {
        let mut said = self.hear("leave", "This cannot be undone from here");
        while !on_one_line(&said).contains("Type group 1 of 3.") {
            said = self.hear("yes", "Enter alone: ");
        }
    }

    /// Types the ID, group by group, and hears what has to be said then.
    #[track_caller]
    fn type_id(&mut self, wanted: &str) -> String {
        let [first, second, third] = GROUPS;
        self.hear(first, "Type group 2 of 3");
        self.hear(second, "Type group 3 of 3");
        self.hear(third, wanted)
    }

    /// Answers, and hears the program to its end.
    #[track_caller]
    fn end(&mut self, line: &str) -> (u32, String) {
        self.terminal.send(&format!("{line}\r"));
        self.ended()
    }

    fn ended(&mut self) -> (u32, String) {
        let code = self.terminal.end();
        (code, text(&self.terminal.raw[self.heard..]))
    }

    fn transcript(&self) -> String {
        text(&self.terminal.raw)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace("\r\n", "\n")
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The transcript without what is another on each run.
fn lasting(transcript: &str) -> String {
    let patterns = [
        (r"[A-Z][a-z]{2} \d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2} ([A-Z]{3,4}|[+-]\d{2,4})", "(a time)"),
        (r"\d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC", "(a time)"),
        (r"\d{4}-\d{2}-\d{2}T[0-9:.]+Z", "(a time)"),
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "(an id)"),
        (r"local user [^ ,]+( on [^ ,]+)?", "somebody at this terminal"),
    ];
    // Ids and times are of many lengths, so what is compared is not broken into lines where the terminal was full.
    // Whether the answers are there already when the list is asked for, is another on each run, too.
    let mut text = on_one_line(transcript).replace("AWS is being asked; the answers take a few seconds. ", "");
    for (pattern, word) in patterns {
        text = Regex::new(pattern).unwrap().replace_all(&text, word).into_owned();
    }
    // A sentence a line: a change of one word shows as one line.
    Regex::new("([.?:]) ").unwrap().replace_all(&text, "$1\n").into_owned()
}

/// A person who hears this needs no screen: nothing but lines of text, no signs, no columns, no keys.
fn reads_as_prose(transcript: &str) {
    assert!(!transcript.contains('\u{1b}'), "an escape sequence in:\n{transcript}");
    for sign in ["✓", "✗", "▸", "│", "─", "┃", "¿", "✎", "·", "•", " …", " ...", "[x]", "   "] {
        assert!(!transcript.contains(sign), "a sign “{sign}” in:\n{transcript}");
    }
    let text = on_one_line(transcript);
    for key in ["Press ", "press Enter", "press Esc", " Esc ", "Esc.", "Tab ", "PgDn", "PgUp", "Space"] {
        assert!(!text.contains(key), "a key “{key}” in:\n{transcript}");
    }
    for line in transcript.lines() {
        let is_typed = line.starts_with("> ");
        let is_one_word = !line.contains(' ');
        assert!(line.chars().count() < 80 || is_typed || is_one_word, "too long: {line}");
    }
    // Every question says what Enter alone does.
    let questions: Vec<&str> = transcript.split("\n> ").collect();
    let (_, asked) = questions.split_last().unwrap();
    for before in asked {
        let (_, question) = before.rsplit_once("\n\n").unwrap();
        assert!(on_one_line(question).contains("Enter alone: "), "no default in:\n{question}");
    }
}

/// From the first question to "left", in the practice AWS.
fn walk_to_left(arguments: &[&str], environment: &[(&str, &str)]) -> (Talk, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("requests.jsonl");
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--log", log.to_str().unwrap()]).collect();
    let (mut talk, first) = Talk::begin(&arguments, environment);
    assert!(on_one_line(&first).contains("Where is the account going?"), "{first}");
    talk.hear("1", "Payment method: what now?");
    talk.hear("a", "It is kept as said by");
    talk.hear("a card ending in 4242", "Every step is settled.");
    talk.reach_typed_id();
    let before = operations(&log).len();
    let said = talk.type_id("Enter alone: finish.");
    assert!(on_one_line(&said).contains("has left o-a1b2c3d4e5"), "{said}");
    let (code, farewell) = talk.end("");
    assert_eq!(code, 0);
    assert!(on_one_line(&farewell).contains("Account 4120-9876-5432 has left o-a1b2c3d4e5"), "{farewell}");
    let operations = operations(&log);
    assert!(before < operations.len());
    (talk, operations)
}

#[test]
fn the_plain_walk_reaches_left_with_one_call_and_reads_as_prose() {
    let (talk, operations) = walk_to_left(&["demo", "payment-not-shown", "--plain"], &[("TERM", "dumb")]);
    assert_eq!(operations.iter().filter(|operation| *operation == LEAVE).count(), 1);
    let transcript = talk.transcript();
    reads_as_prose(&transcript);
    insta::assert_snapshot!(lasting(&transcript));
}

#[test]
fn a_dumb_terminal_is_walked_line_by_line_without_being_asked() {
    let (talk, operations) = walk_to_left(&["demo", "payment-not-shown"], &[("TERM", "dumb")]);
    assert_eq!(operations.iter().filter(|operation| *operation == LEAVE).count(), 1);
    reads_as_prose(&talk.transcript());
}

#[test]
fn where_the_terminal_can_mark_a_paste_it_is_asked_to_as_long_as_a_question_is_open_and_nothing_else_is_sent() {
    let (talk, _) = walk_to_left(&["demo", "payment-not-shown", "--plain"], &[]);
    let transcript = talk.transcript();
    let [all, on, off] = ["\u{1b}", "\u{1b}[?2004h", "\u{1b}[?2004l"].map(|sequence| transcript.matches(sequence).count());
    assert_eq!((on, all), (off, on + off), "{transcript}");
    assert!(on > 10, "{transcript}");
    assert!(transcript.ends_with('\n') && talk.terminal.is_given_back());
}

/// From the beginning to the field for the account ID of the account that is ready.
fn at_the_typed_id(place: &Place) -> Talk {
    let (mut talk, _) = Talk::with(place.start(&["--plain"]));
    talk.answer("1");
    talk.answer("a");
    talk.answer("yes");
    talk.reach_typed_id();
    talk
}

#[test]
fn only_three_groups_typed_by_hand_leave_and_what_else_is_typed_is_told_for_what_it_is() {
    let place = Place::of("payment-not-shown");
    let mut talk = at_the_typed_id(&place);
    let pasted = format!("\u{1b}[200~{ID}\u{1b}[201~");
    let [too_many, hyphens, blanks] =
        ["Too many digits: a group has 4.", "Type the ID without hyphens.", "Type the ID without spaces."];
    for (line, why) in [
        (ID, too_many),
        (ID, too_many),
        ("41209", too_many),
        ("4120-9876-5432", hyphens),
        ("4120-", hyphens),
        ("4120 9876 5432", blanks),
        (&pasted, "A pasted ID does not count as typed."),
        ("412", "A group has four digits."),
        ("4", "A group has four digits."),
        ("yes", "Only digits are accepted here."),
        ("leave", "Only digits are accepted here."),
        ("41x2", "Only digits are accepted here."),
        ("o", "Only digits are accepted here."),
    ] {
        let said = talk.hear(line, why);
        assert!(on_one_line(&said).contains("Type group 1 of 3."), "after “{line}”:\n{said}");
    }
    // What is no group leaves the groups before it alone, and a paste does not.
    let [first, second, third] = GROUPS;
    talk.hear(first, "Type group 2 of 3");
    talk.hear("98765", too_many);
    talk.hear(second, "Type group 3 of 3");
    talk.hear(&format!("\u{1b}[200~{third}\u{1b}[201~"), "All groups were cleared. Start again with group 1.");
    talk.hear(first, "Type group 2 of 3");
    talk.hear(second, "Type group 3 of 3");
    // A paste that comes slowly is one until the terminal ends it.
    for line in ["\u{1b}[200~note\r", first, "\r", second, "\r", third, "\r"] {
        talk.terminal.send(line);
    }
    talk.hear("\u{1b}[201~", "nothing of it was taken");
    talk.hear(first, "Type group 2 of 3");
    talk.hear(second, "Type group 3 of 3");
    let said = talk.hear("5431", "These three groups are not the ID of this account.");
    assert!(on_one_line(&said).contains("Type group 1 of 3."), "{said}");
    for no in ["no", "q", "", "back"] {
        let said = talk.hear(no, "No request to leave was sent.");
        assert!(on_one_line(&said).contains("Every step is settled."), "after “{no}”:\n{said}");
        talk.reach_typed_id();
    }
    assert_eq!(place.calls(), 0);
    talk.type_id("has left o-a1b2c3d4e5");
    assert_eq!(place.calls(), 1);
}

#[test]
fn one_burst_answers_one_group_at_most() {
    let place = Place::of("payment-not-shown");
    let mut talk = at_the_typed_id(&place);
    let said = talk.hear(&GROUPS.join("\r"), "Type group 2 of 3");
    assert!(!on_one_line(&said).contains("Type group 3 of 3"), "{said}");
    talk.hear("", "No request to leave was sent.");
    assert_eq!(talk.end("q").0, 9);
    assert_eq!(place.calls(), 0);
}

#[test]
fn filler_that_the_terminal_takes_back_makes_a_paste_no_typing() {
    let place = Place::of("payment-not-shown");
    let mut talk = at_the_typed_id(&place);
    // Two blanks, and the key that takes the line back.
    let filler = "  \u{15}".repeat(20_000);
    let poured = GROUPS.map(|group| format!("{group}\r{filler}"));
    talk.terminal.send(&poured.concat());
    let said = talk.listen();
    assert!(on_one_line(&said).contains("A pasted ID does not count as typed."), "{said}");
    // What is pasted takes the mark before it back, and not the one behind it.
    for group in GROUPS {
        talk.hear(&format!("\u{1b}[200~\u{15}{group}\r\u{1b}[201~"), "A pasted ID does not count as typed.");
    }
    talk.hear("", "No request to leave was sent.");
    assert_eq!(talk.end("q").0, 9);
    assert_eq!(place.calls(), 0);
}

#[test]
fn the_end_of_the_input_means_no() {
    let place = Place::of("payment-not-shown");
    for lines in [&[][..], &["1"], &["1", "a"], &["1", "a", "yes", "leave"]] {
        let (mut talk, _) = Talk::with(place.start(&["--plain"]));
        for line in lines {
            talk.answer(line);
        }
        talk.terminal.send("\u{4}");
        let (code, said) = talk.ended();
        assert_eq!(code, 9, "{said}");
        assert!(on_one_line(&said).contains("The input has ended: that means no."), "{said}");
    }
    // The second one ends the input behind a group whose Enter was never pressed.
    for typed in ["\u{4}", "4120\u{4}\u{4}"] {
        let mut talk = at_the_typed_id(&place);
        talk.terminal.send(typed);
        assert_eq!(talk.ended().0, 9);
    }
    assert_eq!(place.calls(), 0);
    assert!(place.holds("closed"));
}

#[test]
fn a_paste_of_several_lines_answers_nothing() {
    let place = Place::of("payment-not-shown");
    let (mut talk, _) = Talk::with(place.start(&["--plain"]));
    talk.answer("1");
    let said = talk.hear("\u{1b}[200~r\rfoo\ra\rq\u{1b}[201~", "nothing of it was taken");
    assert!(on_one_line(&said).contains("Payment method: what now?"), "{said}");
    assert_eq!(talk.end("q").0, 9);
    assert!(!place.holds("attested"));
    let mut talk = at_the_typed_id(&place);
    talk.hear("4120", "Type group 2 of 3");
    let said = talk.hear(&format!("\u{1b}[200~{ID}\r\u{1b}[201~"), "nothing of it was taken");
    assert!(on_one_line(&said).contains("All groups were cleared."), "{said}");
    // The next answer is one again.
    talk.hear("", "No request to leave was sent.");
    assert_eq!(talk.end("q").0, 9);
    assert_eq!(place.calls(), 0);
}

#[test]
fn nobody_means_a_question_mark_or_a_no_as_a_note() {
    let place = Place::of("everything-wrong");
    let (mut talk, _) = Talk::with(place.start(&["--plain"]));
    talk.answer("1");
    talk.hear("permission", "what now?");
    for no in ["no", "q", "quit", "cancel", "back", ""] {
        talk.hear("a", "Write your reason in one line.");
        talk.hear(no, "what now?");
    }
    talk.hear("a", "Write your reason in one line.");
    talk.hear("?", "You can say: go back, nothing is said (back)");
    talk.hear(&"x".repeat(501), "A note can have at most 500 characters; yours has 501.");
    talk.hear("", "what now?");
    assert_eq!(talk.end("q").0, 9);
    assert!(!place.holds("attested"));
}

#[test]
fn what_locks_the_leave_can_be_asked_for() {
    let (mut talk, _) = Talk::begin(&["demo", "delegated-administrator", "--plain"], &[("TERM", "dumb")]);
    talk.answer("1");
    talk.hear("leave", "locked by: Delegated administrator");
    assert_eq!(talk.end("q").0, 9);
}

#[test]
fn what_was_typed_ahead_answers_no_confirmation() {
    let place = Place::of("payment-not-shown");
    let (mut talk, _) = Talk::with(place.start(&["--plain"]));
    talk.answer("1");
    talk.answer("a");
    talk.answer("yes");
    // Everything in one go, before the first of its questions can have been heard.
    let ahead = format!("leave\r{}{ID}\r", "yes\r".repeat(9));
    talk.terminal.send(&ahead);
    let said = talk.listen();
    assert!(on_one_line(&said).contains("1 of 8."), "{said}");
    assert_eq!(place.calls(), 0);
    let (code, _) = talk.end("no\rq");
    assert_eq!(code, 9);
}

#[test]
fn a_review_hears_every_step_and_cannot_leave() {
    let place = Place::of("payment-not-shown");
    let (mut talk, first) = Talk::with(place.start_with(&["review"], &[("TERM", "dumb")]));
    assert!(on_one_line(&first).contains("it changes nothing in AWS and cannot leave"), "{first}");
    talk.hear("4", &format!("Step 1 of {STEPS}."));
    for step in 2..=STEPS {
        talk.hear("", &format!("Step {step} of {STEPS}."));
    }
    talk.hear("leave", "means nothing here");
    let (code, _) = talk.end("");
    assert_eq!(code, 6);
    reads_as_prose(&talk.transcript());
}

#[test]
fn contact_phone_and_services_are_put_right_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("requests.jsonl");
    let (mut talk, _) = Talk::begin(&["demo", "finish-here", "--plain", "--log", log.to_str().unwrap()], &[("TERM", "dumb")]);
    talk.hear("1", "Contact information: what now?");

    // The form: Enter keeps, a full stop goes on, an error names its field, and no is no.
    talk.hear("f", "Full name, which AWS asks for");
    talk.hear("Maria Keller", "Company");
    for _ in 0..7 {
        talk.hear("", "Enter alone: keep it.");
    }
    talk.hear("", "Country code");
    let said = talk.hear("ZZ", "Phone number");
    assert!(!said.contains("This is what you changed"));
    talk.hear(".", "Country code");
    talk.hear("DE", "Phone number");
    talk.hear("+4930 5550 1234", "Website");
    let said = talk.hear("", "A new phone number begins unverified.");
    assert!(on_one_line(&said).contains("Full name: was \"payments-prod\", will be \"Maria Keller\"."), "{said}");
    talk.hear("", "Website");
    talk.hear("<", "Phone number");
    talk.hear(".", "This is what you changed.");
    talk.hear("yes", "AWS now shows what you entered.");

    // The code: a wrong one is told as that, and the right one settles the step.
    talk.hear("v", "Send a code?");
    let said = talk.hear("yes", "Practice: the phone received ");
    let said = on_one_line(&said);
    let code = said.rsplit_once("the phone received ").unwrap().1[..6].to_owned();
    talk.hear(if code == "000000" { "111111" } else { "000000" }, "That is not the code that AWS sent last.");
    talk.hear(&code, "Contact information is settled.");

    // The owner: AWS proves whose a profile is, and a service goes only after its own word.
    talk.hear("8", "type f to choose it");
    talk.hear("f", "Which profile belongs to the management account?");
    talk.hear("practice-member", "The profile practice-member is not used.");
    talk.hear("practice-owner", "owns o-a1b2c3d4e5");
    talk.hear("f", "Type config to take that service away");
    talk.hear("guardduty", "That does not match this service. Nothing has been sent.");
    talk.hear("config", "1. config.amazonaws.com: AWS took it away");
    talk.hear("guardduty", "Type securityhub to take that service away");
    let said = talk.hear("securityhub", "Delegated administrator: met");
    assert!(on_one_line(&said).contains("AWS took 3 services away."), "{said}");
    let (code, _) = talk.end("q");
    assert_eq!(code, 9);
    reads_as_prose(&talk.transcript());
    let calls = |wanted: &str| operations(&log).iter().filter(|operation| *operation == wanted).count();
    assert_eq!(calls("account:PutContactInformation"), 1);
    assert_eq!(calls("organizations:DeregisterDelegatedAdministrator"), 3);
}

every_scenario!(can_be_heard);

/// Every scenario is walked through all its steps, and what is said reads as prose.
fn can_be_heard(scenario: &str) {
    let (mut talk, mut said) = Talk::begin(&["demo", scenario, "--plain"], &[("TERM", "dumb")]);
    if scenario == "session-expired" {
        assert!(on_one_line(&said).contains("Enter alone: try again."), "{said}");
        talk.hear("", "Your sign-in to AWS has ended.");
        talk.hear("l", "Sign in now?");
        said = talk.hear("yes", "you signed in again as");
    }
    if scenario == "already-standalone" {
        assert!(on_one_line(&said).contains("There is nothing to leave."), "{said}");
        assert_eq!(talk.end("").0, 0);
        return reads_as_prose(&talk.transcript());
    }
    assert!(on_one_line(&said).contains("Where is the account going?"), "{said}");
    talk.hear("", "Enter alone:");
    for step in 1..=STEPS {
        talk.hear(&step.to_string(), &format!("Step {step} of {STEPS}."));
        talk.hear("e", "Where these rules come from:");
    }
    talk.hear("?", "You can say: ");
    talk.hear("list", "Can it leave?");
    talk.hear("R", "Enter alone:");
    assert_eq!(talk.end("quit").0, 9);
    reads_as_prose(&talk.transcript());
}

#[test]
fn a_lost_answer_is_not_called_a_failure_and_the_membership_decides() {
    let (mut talk, _) = Talk::begin(&["demo", "lost-answer", "--plain"], &[("TERM", "dumb")]);
    talk.answer("1");
    talk.reach_typed_id();
    let said = talk.type_id("has left o-a1b2c3d4e5");
    assert!(on_one_line(&said).contains("Nothing is sent again until we do."), "{said}");
    assert_eq!(talk.end("").0, 0);
    reads_as_prose(&talk.transcript());
}

#[test]
fn a_refusal_is_told_with_its_words_and_leads_to_its_step() {
    let (mut talk, _) = Talk::begin(&["demo", "payment-missing", "--plain"], &[("TERM", "dumb")]);
    talk.answer("1");
    talk.answer("a");
    talk.answer("yes");
    talk.reach_typed_id();
    talk.type_id("AWS refused to let");
    talk.hear("r", "Payment method: unmet");
    assert_eq!(talk.end("q").0, 7);
    reads_as_prose(&talk.transcript());
}

#[test]
fn quitting_while_the_request_is_out_is_asked_first_and_enter_alone_stays() {
    let place = Place::of("payment-not-shown");
    let mut talk = at_the_typed_id(&place);
    place.server().inject(Fault::new(LEAVE, FaultKind::Latency { ms: 10_000 }));
    let [first, second, third] = GROUPS;
    talk.hear(first, "Type group 2 of 3");
    talk.hear(second, "Type group 3 of 3");
    talk.terminal.send(&format!("{third}\r"));
    talk.terminal.wait_until_raw("the call", |raw| on_one_line(&text(raw)).contains("It cannot be canceled"));
    talk.terminal.send("\u{3}");
    let said = talk.listen();
    assert!(on_one_line(&said).contains("Quitting does not call it back."), "{said}");
    assert!(on_one_line(&said).contains("Enter alone: no, stay."), "{said}");
    let said = talk.hear("", "Enter alone: finish.");
    assert!(on_one_line(&said).contains("has left o-a1b2c3d4e5"), "{said}");
    assert_eq!(talk.end("").0, 0);
    assert_eq!(place.calls(), 1);
}

#[test]
fn ctrl_c_at_a_question_ends_the_walk() {
    let place = Place::of("payment-not-shown");
    let (mut talk, _) = Talk::with(place.start(&["--plain"]));
    talk.answer("1");
    talk.terminal.send("\u{3}");
    let (code, said) = talk.ended();
    assert_eq!(code, 130, "{said}");
    assert!(said.contains("No request to leave was sent"), "{said}");
}

#[cfg(unix)]
#[test]
fn whoever_goes_to_the_shell_and_comes_back_is_asked_again() {
    let place = Place::of("payment-not-shown");
    let (mut talk, _) = Talk::with(place.start(&["--plain"]));
    talk.answer("1");
    let status = std::process::Command::new("kill").args(["-CONT", &talk.terminal.pid().to_string()]).status().unwrap();
    assert!(status.success());
    let said = talk.listen();
    assert!(on_one_line(&said).contains("Payment method: what now?"), "{said}");
    assert_eq!(talk.end("q").0, 9);
}

#[test]
fn a_terminal_that_is_gone_ends_the_walk() {
    let place = Place::of("payment-not-shown");
    let (mut talk, _) = Talk::with(place.start(&["--plain"]));
    talk.answer("1");
    let status = std::process::Command::new("kill").args(["-HUP", &talk.terminal.pid().to_string()]).status().unwrap();
    assert!(status.success());
    assert_eq!(talk.ended().0, 129);
}

#[test]
fn somebody_who_is_asked_by_aws_to_wait_is_not_kept_from_answering() {
    let place = Place::of("payment-not-shown");
    place.server().inject(Fault::new("support:DescribeSeverityLevels", FaultKind::Throttle));
    let (mut talk, _) = Talk::with(place.start(&["--plain"]));
    let said = talk.hear("1", "4. Support plan: unknown.");
    assert!(on_one_line(&said).contains("AWS asks us to slow down."), "{said}");
    talk.hear("6", "Payment method: what now?");
    talk.hear("a", "yes to say so without one");
    place.server().clear_faults();
    talk.hear("yes", "Payment method");
    assert_eq!(talk.end("q").0, 9);
}
