//! What terminals do that programs trip over: no colours, released and held keys, pastes, windows of any size, questions that are answered
//! among the keys.

use leave_org::simulator::{Damage, Fault, MEMBER_ACCESS_KEY, PRACTICE_MFA_CODES, SECRET_ACCESS_KEY};

use crate::guided_leave::{
    FIELD, ID, attest, operations, pause, reach_checklist, reach_typed_id, type_digits, type_digits_by, type_id,
};
use crate::profiles;
use crate::terminal::{Terminal, on_one_line};
use crate::ways_in::{Practice, write};

const SIZE: (u16, u16) = (120, 50);

fn demo(scenario: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Terminal {
    let arguments = [&["demo", scenario], arguments].concat();
    let mut terminal = Terminal::start(&arguments, SIZE, environment);
    terminal.wait_for("Enter go to the checklist");
    terminal
}

/// A practice AWS that notes what it is asked, and a walk on it.
fn noted(scenario: &str) -> (tempfile::TempDir, std::path::PathBuf, Terminal) {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("requests.jsonl");
    let terminal = demo(scenario, &["--log", log.to_str().unwrap()], &[]);
    (folder, log, terminal)
}

fn asked(log: &std::path::Path, operation: &str) -> usize {
    operations(log).iter().filter(|asked| *asked == operation).count()
}

// ---- Colours ---------------------------------------------------------------------------------------------------------------------

/// How many cells are reversed, and how many have a colour before or behind them.
fn reversed_and_coloured(terminal: &Terminal) -> (usize, usize) {
    let screen = terminal.state();
    let (rows, cols) = (screen.size().0.get(), screen.size().1.get());
    let cells = (0..rows).flat_map(|row| (0..cols).map(move |col| (row, col))).filter_map(|(row, col)| screen.cell(row, col));
    let (mut reversed, mut coloured) = (0, 0);
    for cell in cells {
        reversed += usize::from(cell.inverse());
        coloured += usize::from([cell.fgcolor(), cell.bgcolor()] != [vt100::Color::Default; 2]);
    }
    (reversed, coloured)
}

/// The sequences that choose a colour.
fn colours(terminal: &Terminal) -> Vec<String> {
    let chooses = |number: &str| matches!(number.parse(), Ok(30..=38 | 40..=48 | 58 | 90..=97 | 100..=107));
    let is_colour = |sequence: &String| {
        let parameters = sequence.strip_prefix("^[[").and_then(|rest| rest.strip_suffix('m'));
        parameters.is_some_and(|parameters| parameters.split([';', ':']).any(chooses))
    };
    terminal.sequences().into_iter().filter(is_colour).collect()
}

/// The sequences that wipe every attribute by saying nothing.
fn silent_wipes(terminal: &Terminal) -> Vec<String> {
    let is_wipe = |sequence: &String| {
        let parameters = sequence.strip_prefix("^[[").and_then(|rest| rest.strip_suffix('m'));
        parameters.is_some_and(|parameters| parameters.split(';').any(str::is_empty))
    };
    terminal.sequences().into_iter().filter(is_wipe).collect()
}

#[track_caller]
fn assert_shows(terminal: &Terminal, least: usize) {
    let (reversed, coloured) = reversed_and_coloured(terminal);
    assert!(reversed >= least, "{reversed} cells are in reverse video:\n{}", terminal.screen());
    assert_eq!(coloured, 0, "{}", terminal.screen());
}

cases! {
    without_colours_the_selection_shows_on_every_screen:
        no_color(&[], &[("NO_COLOR", "1")]);
        color_never(&["--color", "never"], &[]);
        both(&["--color", "never"], &[("NO_COLOR", "1")]);
        on_the_console_of_linux(&[], &[("NO_COLOR", "1"), ("TERM", "linux"), ("LANG", "C")]);
        never_beats_a_forced_colour(&["--color", "never"], &[("CLICOLOR_FORCE", "1"), ("COLORTERM", "truecolor")]);
}

fn without_colours_the_selection_shows_on_every_screen(arguments: &[&str], environment: &[(&str, &str)]) {
    let mut terminal = demo("payment-not-shown", arguments, environment);
    assert_shows(&terminal, 5);
    reach_checklist(&mut terminal);
    assert_shows(&terminal, 20);
    terminal.press("?", "Signs");
    assert_shows(&terminal, 1);
    terminal.send("\u{1b}");
    terminal.wait_until("the help to close", |screen| !screen.contains("Signs"));
    attest(&mut terminal, "a card ending in 4242");
    terminal.press("\r", "You are about to take");
    assert_shows(&terminal, 5);
    terminal.press("\u{1b}", "No request to leave was sent.");
    assert_shows(&terminal, 20);
    terminal.send("q");
    terminal.end();
    assert_eq!(colours(&terminal), Vec::<String>::new());
    assert_eq!(silent_wipes(&terminal), Vec::<String>::new());
    // What is said without colour is said: the sequences that are left do say something.
    for said in ["^[[7m", "^[[1m", "^[[2m"] {
        assert!(terminal.sequences().contains(&said.to_owned()), "no {said}");
    }
}

cases! {
    colours_are_there_where_they_are_wanted:
        by_default(&[], &[]);
        an_empty_no_color_is_none(&[], &[("NO_COLOR", "")]);
        color_always(&["--color", "always"], &[("NO_COLOR", "1")]);
}

fn colours_are_there_where_they_are_wanted(arguments: &[&str], environment: &[(&str, &str)]) {
    let mut terminal = demo("payment-not-shown", arguments, environment);
    reach_checklist(&mut terminal);
    let (reversed, coloured) = reversed_and_coloured(&terminal);
    assert!(reversed >= 20 && coloured > 0, "{reversed} reversed, {coloured} coloured");
    // A background is never painted, and none of black, white and yellow is used for text.
    let used: std::collections::BTreeSet<String> = colours(&terminal).into_iter().collect();
    for colour in &used {
        let parameters = colour.trim_start_matches("^[[").trim_end_matches('m');
        // The library writes the sixteen as the first of 256; 49 is the background as it is.
        let ansi = parameters.strip_prefix("38;5;").and_then(|rest| rest.strip_suffix(";49"));
        assert!(matches!(ansi, Some("1" | "2" | "4" | "5" | "6")), "{used:?}");
    }
    assert_eq!(silent_wipes(&terminal), Vec::<String>::new());
}

// ---- Keys that are released or held ----------------------------------------------------------------------------------------------

/// A key as terminals report it that tell pressing, holding and releasing apart.
fn reported(key: char, kind: u8) -> String {
    format!("\u{1b}[{};1:{kind}u", u32::from(key))
}

fn pressed(key: char) -> String {
    reported(key, 1)
}

fn held(key: char) -> String {
    reported(key, 2)
}

fn released(key: char) -> String {
    reported(key, 3)
}

/// The title of the step that is selected.
fn selected(terminal: &Terminal) -> String {
    let screen = terminal.screen();
    let row = screen.lines().find(|line| line.starts_with('▸')).unwrap_or_else(|| panic!("nothing is selected:\n{screen}"));
    row[..row.find('│').unwrap()].trim().to_owned()
}

#[test]
fn a_key_that_is_pressed_and_released_acts_once_and_a_held_one_moves_and_confirms_nothing() {
    let (_folder, log, mut terminal) = noted("payment-not-shown");
    let strokes = |keys: &[String]| keys.concat();
    // Held, Enter does not even go on to the checklist.
    assert!(terminal.stroke(&held('\r')));
    assert!(terminal.screen().contains("Where is it going?"));
    terminal.press(&strokes(&[pressed('\r'), released('\r')]), "settled");
    terminal.wait_until("every answer", |screen| !screen.contains("checking"));

    // One step down for a press and a release, and one more for each repetition.
    terminal.send("g");
    terminal.wait_until("the first step", |screen| screen.contains("│ Member of an organization"));
    terminal.send(&strokes(&[pressed('j'), released('j')]));
    terminal.wait_until("the second step", |screen| screen.contains("│ Waiting period"));
    assert!(selected(&terminal).contains("Waiting period"), "{}", selected(&terminal));
    terminal.send(&strokes(&[pressed('j'), held('j'), held('j'), released('j')]));
    terminal.wait_until("three steps further", |screen| screen.contains("│ Contact information"));
    assert!(selected(&terminal).contains("Contact information"), "{}", selected(&terminal));

    // The release of the key that opened a note is no letter in it.
    terminal.send("j");
    terminal.wait_until("the payment method", |screen| screen.contains("│ Payment method"));
    terminal.press(&strokes(&[pressed('a'), released('a')]), "In your words");
    terminal.send(&strokes(&[pressed('x'), released('x')]));
    terminal.wait_for("> x");
    assert!(!terminal.screen().contains("> xx"));
    assert!(terminal.stroke(&held('\r')));
    assert!(terminal.screen().contains("In your words"), "a held Enter said it");
    terminal.press(&strokes(&[pressed('\r'), released('\r')]), "Leaving is unlocked");

    // Leaning on Space does not mean to have seen everything.
    terminal.press("\r", "You are about to take");
    for _ in 0..5 {
        assert!(terminal.stroke(&held(' ')));
    }
    assert!(!terminal.screen().contains("[x]"), "{}", terminal.screen());
    terminal.press("\u{1b}", "No request to leave was sent.");
    reach_typed_id(&mut terminal);

    // Nor are digits typed by leaning on them, and a held Enter leaves nothing.
    type_digits_by(&mut terminal, ID, |digit| strokes(&[pressed(digit), held(digit), released(digit)]));
    terminal.wait_for("Enter leave");
    for _ in 0..3 {
        assert!(terminal.stroke(&held('\r')));
    }
    terminal.send(&released('\r'));
    assert!(terminal.stroke(&held('\r')));
    assert!(terminal.screen().contains("Enter leave"), "{}", terminal.screen());
    assert_eq!(asked(&log, "organizations:LeaveOrganization"), 0);
    terminal.press(&strokes(&[pressed('\r'), released('\r')]), "has left o-a1b2c3d4e5");
    assert_eq!(asked(&log, "organizations:LeaveOrganization"), 1);
    // Held, it does not finish either.
    assert!(terminal.stroke(&held('\r')) && terminal.stroke(&held('q')));
    terminal.send("\r");
    assert_eq!(terminal.end(), 0);
}

// ---- Pastes ----------------------------------------------------------------------------------------------------------------------

/// Text as terminals mark it that was pasted.
fn paste(text: &str) -> String {
    format!("\u{1b}[200~{text}\u{1b}[201~")
}

#[test]
fn what_is_pasted_where_nothing_is_written_is_no_key() {
    let mut terminal = demo("payment-not-shown", &[], &[]);
    for text in ["\r", "\n", "q", "q\nq\n", "\r\r\rjjja\r"] {
        assert!(terminal.stroke(&paste(text)));
        assert!(terminal.screen().contains("Where is it going?"), "{text:?} was taken for keys");
    }
    reach_checklist(&mut terminal);
    for text in ["\r", "a\n", "q\n", "jjjj", "R"] {
        assert!(terminal.stroke(&paste(text)));
        let screen = terminal.screen();
        assert!(
            screen.contains("│ Payment method") && !screen.contains("In your words"),
            "{text:?} was taken for keys:\n{screen}"
        );
    }
    terminal.press("?", "Signs");
    assert!(terminal.stroke(&paste("\r\nq")));
    assert!(terminal.screen().contains("Signs"));
    terminal.send("\u{1b}");
    terminal.wait_until("the help to close", |screen| !screen.contains("Signs"));
    attest(&mut terminal, "");
    terminal.press("\r", "You are about to take");
    for text in ["          ", "\r\r\r\r\r\r\r\r\r\r"] {
        assert!(terminal.stroke(&paste(text)));
        assert!(!terminal.screen().contains("[x]"), "{text:?} has seen it");
    }
}

#[test]
fn a_note_takes_a_paste_of_many_lines_as_one_and_does_not_say_it() {
    let (_folder, log, mut terminal) = noted("payment-not-shown");
    reach_checklist(&mut terminal);
    terminal.press("a", "In your words");
    terminal.press(&paste("a card\r\nending in 4242\n"), "ending in 4242");
    assert!(terminal.stroke(&paste("\n")));
    let screen = terminal.screen();
    assert!(screen.contains("In your words") && !screen.contains("Leaving is unlocked"), "{screen}");
    terminal.press("\r", "Leaving is unlocked");
    assert_eq!(asked(&log, "organizations:LeaveOrganization"), 0);
}

cases! {
    an_account_id_that_is_not_typed_empties_the_field_and_is_asked_for_in_groups:
        pasted(&super::paste(super::ID), "A pasted ID does not count as typed.");
        pasted_with_enter(&super::paste("412098765432\r"), "A pasted ID does not count as typed.");
        unmarked("412098765432", "Several keys arrived at once");
        unmarked_with_enter("412098765432\r", "Several keys arrived at once");
        unmarked_with_enters("412098765432\r\n\r\n", "Several keys arrived at once");
        unmarked_after_other_keys("x?\t412098765432\r", "Several keys arrived at once");
        hyphen("-", "Type the ID without hyphens.");
        blank("4 ", "Type the ID without spaces.");
}

fn an_account_id_that_is_not_typed_empties_the_field_and_is_asked_for_in_groups(keys: &str, why: &str) {
    let (_folder, log, mut terminal) = noted("payment-not-shown");
    reach_checklist(&mut terminal);
    attest(&mut terminal, "");
    reach_typed_id(&mut terminal);
    terminal.press(keys, why);
    terminal.wait_for("Group 1 of 3:");
    assert!(!terminal.screen().contains("Enter leave"), "{}", terminal.screen());
    // Enter does nothing as long as nothing is typed.
    assert!(terminal.stroke("\r"));
    assert!(terminal.screen().contains("Group 1 of 3:"));
    // What arrives in one go answers one group at most, and its Enter is not a person's.
    let groups = ["4120", "9876", "5432"];
    terminal.press(&format!("{}\r", groups.join("\r")), "Enter submit this group");
    terminal.wait_for("Group 1 of 3: 4120");
    terminal.press("\r", "Group 2 of 3: 4120-");
    // A paste empties every group.
    terminal.press(&paste(groups[1]), "All groups were cleared. Start again with group 1.");
    terminal.wait_for("Group 1 of 3:");
    for (at, group) in groups.iter().enumerate() {
        terminal.wait_for(&format!("Group {} of 3:", at + 1));
        assert_eq!(asked(&log, "organizations:LeaveOrganization"), 0);
        let key = if at == 2 { "Enter leave" } else { "Enter submit this group" };
        terminal.press(group, key);
        terminal.send("\r");
    }
    terminal.wait_for("has left o-a1b2c3d4e5");
    assert_eq!(asked(&log, "organizations:LeaveOrganization"), 1);
}

/// Text that goes on with so many letters, which the field ignores, behind each of these.
fn with_filler(parts: &[&str], letters: usize) -> String {
    parts.iter().map(|part| part.to_string() + &"x".repeat(letters)).collect()
}

#[test]
fn filler_between_the_digits_of_a_paste_makes_it_no_typing() {
    // More letters than are read in the time that one frame is held back for.
    const MANY: usize = 8_000;
    let (_folder, log, mut terminal) = noted("ready");
    reach_checklist(&mut terminal);
    reach_typed_id(&mut terminal);
    let digits: Vec<String> = ID.chars().map(String::from).collect();
    let digits: Vec<&str> = digits.iter().map(String::as_str).collect();
    let whole = with_filler(&digits, 400) + &with_filler(&[""], MANY) + "\r";
    terminal.press(&whole, "Group 1 of 3:");
    // The terminal marked its beginning as a paste, and not the rest.
    let groups = with_filler(&["4120", "\r", "9876", "\r", "5432", "\r"], MANY);
    terminal.send(&(paste("hello") + &groups));
    // What comes in one breath with the letters is dropped with them.
    while !terminal.screen().contains("No request to leave was sent.") {
        assert!(terminal.stroke("\u{1b}"));
    }
    assert_eq!(asked(&log, "organizations:LeaveOrganization"), 0);
}

#[test]
fn keys_that_write_no_digit_do_not_cancel_the_typed_id() {
    let (_folder, log, mut terminal) = noted("ready");
    reach_checklist(&mut terminal);
    reach_typed_id(&mut terminal);
    type_digits(&mut terminal, &ID[..4]);
    terminal.press("q", "Only digits are accepted here.");
    for key in ["\t", "\u{1b}[A", "\u{1b}[15~", "?", "r"] {
        pause();
        assert!(terminal.stroke(key));
        assert!(terminal.screen().contains(&format!("{FIELD}  4120")), "{key:?}:\n{}", terminal.screen());
    }
    terminal.press("\u{1b}", "No request to leave was sent.");
    assert_eq!(asked(&log, "organizations:LeaveOrganization"), 0);
}

#[test]
fn the_contact_form_takes_a_paste_into_one_field_and_saves_nothing() {
    let (_folder, log, mut terminal) = noted("finish-here");
    reach_checklist(&mut terminal);
    terminal.wait_until("the contact", |screen| screen.contains("│ Contact information"));
    terminal.press("f", "Nothing is saved before you have seen what is new and said yes.");
    terminal.wait_for("Northwind Holding AG");
    terminal.send("\u{15}");
    terminal.press(&paste("Maria\nKeller\n\n"), "Keller");
    assert!(terminal.stroke(&paste("\r\n")));
    assert!(!terminal.screen().contains("This is what you changed."), "{}", terminal.screen());
    assert_eq!(asked(&log, "account:PutContactInformation"), 0);
}

#[test]
fn the_word_that_takes_a_service_away_is_not_pasted() {
    let (_folder, log, mut terminal) = noted("finish-here");
    reach_checklist(&mut terminal);
    terminal.send("g");
    for _ in 0..7 {
        terminal.send("j");
    }
    terminal.wait_until("the services", |screen| screen.contains("│ Delegated administrator"));
    terminal.press("f", "Which profile belongs to the management account");
    assert!(terminal.stroke(&paste("\r")));
    terminal.press("\r", "which owns o-a1b2c3d4e5");
    terminal.wait_until("every answer", |screen| !screen.contains("checking"));
    terminal.press("f", "Type config to take it away");
    assert!(terminal.stroke(&paste("config\n")));
    assert!(terminal.stroke("\r"));
    let screen = terminal.screen();
    assert!(!screen.contains("Enter take it away") && !on_one_line(&screen).contains("take it away: config"), "{screen}");
    assert_eq!(asked(&log, "organizations:DeregisterDelegatedAdministrator"), 0);
}

#[test]
fn a_pasted_code_of_the_phone_is_filled_in_and_not_handed_in() {
    let (_folder, log, mut terminal) = noted("finish-here");
    reach_checklist(&mut terminal);
    terminal.wait_until("the contact", |screen| screen.contains("│ Contact information"));
    terminal.press("v", "AWS can send a code by text message");
    assert!(terminal.stroke(&paste("\r")));
    assert_eq!(asked(&log, "account:SendPhoneNumberVerification"), 0, "a paste asked for the code");
    terminal.press("\r", "the phone received");
    let screen = on_one_line(&terminal.screen());
    let code = screen.rsplit_once("the phone received ").unwrap().1[..6].to_owned();
    terminal.press(&paste(&format!("{code}\r\n")), &format!("> {code}"));
    assert!(terminal.stroke(&paste("\r")));
    assert_eq!(asked(&log, "account:VerifyPhoneNumber"), 0);
    terminal.press("\r", "AWS has verified the phone");
    assert_eq!(asked(&log, "account:VerifyPhoneNumber"), 1);
}

#[test]
fn a_pasted_code_of_an_mfa_device_is_filled_in_and_not_sent() {
    let practice = Practice::start("payment-not-shown");
    let folder = tempfile::tempdir().unwrap();
    let user = profiles::with_keys("user", MEMBER_ACCESS_KEY, "us-east-1");
    let config = format!("{user}[profile deal]\nregion = us-east-1\nsource_profile = user\n{}", profiles::coded_role());
    let config = write(folder.path(), "config", &config);
    let environment = [("AWS_CONFIG_FILE", config.as_str()), ("AWS_ENDPOINT_URL", &practice.server.url())];
    let mut terminal = Terminal::start(&["--profile", "deal"], SIZE, &environment);
    let assumed = || practice.server.requests().iter().filter(|request| request.operation == "sts:AssumeRole").count();
    terminal.wait_for("Type the six digits that the device shows now.");
    let code = PRACTICE_MFA_CODES[0];
    terminal.press(&paste(&format!("{code}\n")), &format!("> {code}"));
    assert!(terminal.stroke(&paste("\n")));
    assert!(terminal.screen().contains("Type the six digits"));
    assert_eq!(assumed(), 0);
    terminal.press("\r", "a member of organization");
    assert_eq!(assumed(), 1);
}

// ---- Windows of any size ---------------------------------------------------------------------------------------------------------

/// Sizes as a person drags a corner about, and some that no person makes: the same each time.
fn storm() -> impl Iterator<Item = (u16, u16)> {
    let odd = [(0, 0), (1, 1), (5, 2), (0, 24), (80, 0), (59, 16), (60, 15), (60, 16), (300, 3), (3, 300)];
    let mut seed = 0x2545_f491_u32;
    let mut next = move |most: u32| {
        // Knuth's generator: good enough to jump about.
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        u16::try_from((seed >> 8) % most).unwrap()
    };
    (0..150).map(move |at| if at % 5 == 0 { odd[at / 5 % odd.len()] } else { (next(180), next(70)) })
}

#[test]
fn a_storm_of_sizes_while_checks_answer_and_keys_come_ends_in_the_right_picture() {
    // So wide is the list of the steps; beside it there are times of day.
    const STEPS: u16 = 48;
    // So small, the first screen has no room for them.
    const SMALL: (u16, u16) = (90, 26);
    let mut calm = demo("slow", &[], &[]);
    reach_checklist(&mut calm);
    calm.send("G");
    calm.wait_until("the last step", |screen| screen.contains("│ Another way out"));

    let mut terminal = demo("slow", &[], &[]);
    terminal.press("\r", "settled");
    for (at, (cols, rows)) in storm().enumerate() {
        terminal.resize(cols, rows);
        terminal.send(["j", "k", "\u{1b}[B", "\u{1b}[A", "g"][at % 5]);
        // One for each, mostly: the keys must not all come after the storm.
        while terminal.frames() < at / 2 {
            terminal.wait_for_more_frames(terminal.frames());
        }
    }
    terminal.resize(SIZE.0, SIZE.1);
    // A frame of this size has its keys on this line, and no other has.
    let is_whole = |screen: &str| screen.lines().nth(usize::from(SIZE.1) - 1).is_some_and(|line| line.contains("q quit"));
    terminal.wait_until("the whole screen", is_whole);
    terminal.wait_until("every answer", |screen| screen.contains("settled") && !screen.contains("checking"));
    terminal.send("G");
    terminal.wait_until("the last step", |screen| screen.contains("│ Another way out"));
    terminal.wait_to_look_like(&calm, STEPS);
    // Drawn bit by bit or anew as a whole, it is the same.
    for terminal in [&mut calm, &mut terminal] {
        terminal.send("\u{1b}");
        terminal.wait_for("Where is it going?");
        terminal.resize(SMALL.0, SMALL.1);
    }
    calm.wait_until("the small screen", |screen| screen.contains("Enter go to the checklist") && !screen.contains("created"));
    terminal.wait_to_look_like(&calm, SMALL.0);
    terminal.send("q");
    assert_eq!(terminal.end(), 9);
    assert!(terminal.is_given_back());
}

cases! {
    a_window_of_any_size_can_be_begun_in_and_grows_into_the_walk:
        nothing((0, 0));
        no_rows((80, 0));
        no_columns((0, 24));
        one_cell((1, 1));
        five_by_two((5, 2));
        one_too_narrow((59, 16));
        one_too_low((60, 15));
        a_line_without_end((65_535, 1));
        a_column_without_end((1, 65_535));
        everything((65_535, 65_535));
}

fn a_window_of_any_size_can_be_begun_in_and_grows_into_the_walk(size: (u16, u16)) {
    // Begun in it, nobody can wait for words: but it runs, and where it grows, everything is there.
    let mut terminal = Terminal::start(&["demo", "payment-not-shown"], size, &[]);
    terminal.wait_for_more_frames(0);
    terminal.resize(100, 30);
    terminal.wait_for("Enter go to the checklist");
    // Come to on the way, it keeps what was there.
    reach_checklist(&mut terminal);
    terminal.press("a", "In your words");
    terminal.press("a card", "> a card");
    let drawn = terminal.frames();
    terminal.resize(size.0, size.1);
    terminal.wait_for_more_frames(drawn);
    terminal.resize(100, 30);
    terminal.wait_for("> a card");
    terminal.press("\r", "Leaving is unlocked");
    terminal.send("q");
    assert_eq!(terminal.end(), 9);
    assert!(terminal.is_given_back());
}

#[test]
fn a_window_that_is_too_small_says_so_takes_no_key_for_an_answer_and_keeps_everything() {
    let (_folder, log, mut terminal) = noted("payment-not-shown");
    reach_checklist(&mut terminal);
    attest(&mut terminal, "");
    reach_typed_id(&mut terminal);
    type_id(&mut terminal);
    terminal.resize(59, 16);
    terminal.wait_for("This window is too small.");
    terminal.wait_for("needs 60 by 16 cells; this is 59 by 16");
    for key in ["\r", " ", "\u{1b}", "y", &paste("\r")] {
        assert!(terminal.stroke(key));
    }
    terminal.resize(SIZE.0, SIZE.1);
    terminal.wait_for("Enter leave");
    assert_eq!(asked(&log, "organizations:LeaveOrganization"), 0);
    terminal.press("\r", "has left o-a1b2c3d4e5");
    terminal.resize(20, 4);
    terminal.wait_for("This window");
    terminal.send("q");
    assert_eq!(terminal.end(), 0);
    assert!(terminal.is_given_back());
}

// ---- What is asked of the terminal -----------------------------------------------------------------------------------------------

/// What the program may send, and nothing else: it moves the cursor, styles, clears, and sets four modes. It asks nothing, and takes no
/// mouse.
fn is_harmless(sequence: &str) -> bool {
    let Some(csi) = sequence.strip_prefix("^[[") else {
        // What a person copies goes to the terminal's clipboard.
        return sequence.starts_with("^[]52;c;") && !sequence.contains('?');
    };
    match csi.strip_prefix('?') {
        Some(mode) => matches!(mode.strip_suffix(['h', 'l']), Some("25" | "1049" | "2004" | "2026")),
        None => csi.ends_with(['H', 'm', 'J', 'K']) && csi.chars().all(|c| c.is_ascii_digit() || "; HmJK".contains(c)),
    }
}

#[test]
fn a_whole_walk_asks_the_terminal_nothing_takes_no_mouse_and_leaves_no_mode_on() {
    let mut terminal = demo("payment-not-shown", &[], &[]);
    terminal.press("?", "Keys");
    terminal.send("\u{1b}");
    terminal.wait_until("the help to close", |screen| !screen.contains("Keys"));
    reach_checklist(&mut terminal);
    terminal.press("y", "The link was handed to the terminal's clipboard.");
    terminal.press("e", "Where these rules come from");
    terminal.send("\u{1b}");
    terminal.wait_until("the evidence to close", |screen| !screen.contains("Where these rules come from"));
    for (cols, rows) in [(60, 16), (20, 4), (0, 0), (65_535, 3), (99, 30), SIZE] {
        let drawn = terminal.frames();
        terminal.resize(cols, rows);
        terminal.wait_for_more_frames(drawn);
    }
    terminal.wait_for("locked by: Payment method");
    attest(&mut terminal, "a card ending in 4242");
    reach_typed_id(&mut terminal);
    type_id(&mut terminal);
    terminal.press("\r", "has left o-a1b2c3d4e5");
    terminal.press("s", "The report was saved here");
    terminal.send("\r");
    assert_eq!(terminal.end(), 0);
    let sequences = terminal.sequences();
    let odd: Vec<&String> = sequences.iter().filter(|sequence| !is_harmless(sequence)).collect();
    assert!(odd.is_empty(), "{odd:?}");
    assert!(sequences.iter().any(|sequence| sequence.starts_with("^[]52;c;")), "nothing was copied");
    assert!(terminal.is_given_back(), "{:?}", terminal.modes_left());
    // Everything that can be set was set once and reset once, and each frame is whole.
    let count = |wanted: &str| sequences.iter().filter(|sequence| *sequence == wanted).count();
    assert_eq!([count("^[[?1049h"), count("^[[?1049l"), count("^[[?2004h"), count("^[[?2004l")], [1; 4]);
    assert_eq!(count("^[[?2026h"), count("^[[?2026l"));
}

#[test]
fn an_error_that_aws_sends_cannot_reach_the_terminal_as_a_command() {
    let practice = Practice::start("payment-not-shown");
    practice.server.inject(Fault::new(
        "organizations:DescribeOrganization",
        Damage::Error {
            code: "SomethingNew\u{1b}]0;owned\u{7}".into(),
            message: "\u{1b}[2J\u{1b}]11;?\u{7}\u{9b}6n\u{1b}[?1003h Look here.\u{202e}".into(),
            reason: None,
            status: None,
        },
    ));
    let (url, region) = (practice.server.url(), "us-east-1");
    let environment = [
        ("AWS_ENDPOINT_URL", url.as_str()),
        ("AWS_ACCESS_KEY_ID", MEMBER_ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
        ("AWS_REGION", region),
    ];
    let mut terminal = Terminal::start(&[], SIZE, &environment);
    terminal.wait_for("Enter go to the checklist");
    terminal.press("\r", "Look here.");
    terminal.press("e", "Where these rules come from");
    assert!(terminal.screen().contains("SomethingNew"));
    terminal.send("\u{1b}");
    terminal.wait_until("the evidence to close", |screen| !screen.contains("Where these rules come from"));
    terminal.send("q");
    terminal.end();
    let sequences = terminal.sequences();
    let odd: Vec<&String> = sequences.iter().filter(|sequence| !is_harmless(sequence)).collect();
    assert!(odd.is_empty(), "{odd:?}");
}
