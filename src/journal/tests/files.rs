//! The journal on a real disk.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::*;
use crate::checklist::FactLine;
use crate::checklist::facts::{PaymentMethodFact, PaymentMethodLine};
use crate::journal::entry::LONGEST_LINE;

/// A journal of which every line can be read, as bytes.
fn journal() -> Vec<u8> {
    bytes(&run("1", [needs_you(PAYMENT, minute(1)), attested(PAYMENT, minute(2)), Entry::Intended(intent())]))
}

fn bytes(lines: &[Line]) -> Vec<u8> {
    lines.iter().flat_map(|line| line.to_bytes().unwrap()).collect()
}

/// A folder with this journal in it.
struct Place {
    root: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap() }
    }

    fn with(content: impl AsRef<[u8]>) -> Self {
        let place = Self::new();
        drop(place.open().unwrap());
        fs::write(place.path("jsonl"), content).unwrap();
        place
    }

    fn folder(&self) -> PathBuf {
        self.root.path().join("state").join("leave-org")
    }

    fn path(&self, extension: &str) -> PathBuf {
        self.folder().join(format!("{ACCOUNT}.{extension}"))
    }

    fn read(&self, extension: &str) -> Vec<u8> {
        fs::read(self.path(extension)).unwrap_or_default()
    }

    fn open(&self) -> Result<(Journal, Past), Problem> {
        Folder::at(self.folder()).open(&account(), opening())
    }

    /// Opens it, which must not work, and says why.
    fn problem(&self) -> (ProblemKind, String) {
        let problem = self.open().map(drop).unwrap_err();
        assert_eq!((problem.operation.as_str(), problem.retryable), ("journal", false));
        assert!(problem.message.contains(&*self.folder().to_string_lossy()), "names the file: {}", problem.message);
        (problem.kind, problem.message)
    }
}

/// The journal without the line that says that something was set aside.
fn without_note(content: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = content.split_inclusive(|byte| *byte == b'\n').collect();
    let (note, rest) = lines.split_last().unwrap();
    let note: Line = serde_json::from_slice(note).unwrap();
    assert!(matches!(note.entry, Entry::SetAside { .. }), "{note:?}");
    rest.concat()
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).unwrap().mode() & 0o7777
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

// ---- whose it is ----

#[cfg(unix)]
#[test]
fn everything_is_its_owners_alone_from_the_beginning_and_is_made_so_again() {
    let place = Place::new();
    drop(place.open().unwrap());
    fs::write(place.path("jsonl"), "nonsense\n").unwrap();
    drop(place.open().unwrap());
    let files = ["jsonl", "lock", "unreadable"].map(|extension| place.path(extension));
    let is_closed = || files.iter().all(|file| mode(file) == 0o600) && mode(&place.folder()) == 0o700;
    assert!(is_closed());
    assert_eq!(mode(&place.root.path().join("state")), 0o700, "as the XDG specification asks");
    for file in &files {
        set_mode(file, 0o644);
    }
    set_mode(&place.folder(), 0o755);
    fs::write(place.path("jsonl"), "nonsense\n").unwrap();
    drop(place.open().unwrap());
    assert!(is_closed());
}

#[cfg(unix)]
#[test]
fn what_others_could_have_written_is_not_believed() {
    for extension in ["jsonl", "lock"] {
        for others in [0o620, 0o602, 0o666] {
            let place = Place::with(journal());
            set_mode(&place.path(extension), others);
            let (kind, message) = place.problem();
            assert_eq!(kind, ProblemKind::JournalNotYours, "{message}");
            assert!(message.contains(&format!("{others:04o}")) && message.contains(extension), "{message}");
            assert_eq!(place.read("jsonl"), journal());
        }
    }
    let place = Place::with(journal());
    set_mode(&place.folder(), 0o770);
    assert_eq!(place.problem().0, ProblemKind::JournalNotYours);
    // Where broken lines go counts as much: somebody could have put words there that look like ours.
    let place = Place::with("nonsense\n");
    fs::write(place.path("unreadable"), "").unwrap();
    set_mode(&place.path("unreadable"), 0o666);
    assert_eq!(place.problem().0, ProblemKind::JournalNotYours);
    assert_eq!(place.read("jsonl"), b"nonsense\n");
}

#[cfg(unix)]
#[test]
fn what_belongs_to_somebody_else_is_not_believed() {
    if !rustix::process::geteuid().is_root() {
        // Only root can give a file away. That the owner counts is shown where that is judged, in file.rs.
        return;
    }
    let place = Place::with(journal());
    std::os::unix::fs::chown(place.path("jsonl"), Some(65534), None).unwrap();
    let (kind, message) = place.problem();
    assert_eq!(kind, ProblemKind::JournalNotYours);
    assert!(message.contains("user 65534") && message.contains("user 0"), "{message}");
    let place = Place::with(journal());
    std::os::unix::fs::chown(place.folder(), Some(65534), None).unwrap();
    assert_eq!(place.problem().0, ProblemKind::JournalNotYours);
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_a_file_is_not_followed() {
    for extension in ["jsonl", "lock"] {
        let place = Place::with(journal());
        let elsewhere = place.root.path().join("elsewhere");
        fs::write(&elsewhere, "not the journal's\n").unwrap();
        fs::remove_file(place.path(extension)).unwrap();
        std::os::unix::fs::symlink(&elsewhere, place.path(extension)).unwrap();
        let (kind, message) = place.problem();
        assert_eq!(kind, ProblemKind::JournalNotYours);
        assert!(message.contains("is a link to another place"), "{message}");
        assert_eq!(fs::read(&elsewhere).unwrap(), b"not the journal's\n");
    }
}

// ---- where it cannot be ----

#[test]
fn something_else_in_the_place_of_a_file_is_named() {
    let place = Place::with(journal());
    fs::remove_file(place.path("jsonl")).unwrap();
    fs::create_dir(place.path("jsonl")).unwrap();
    let (kind, message) = place.problem();
    assert_eq!(kind, ProblemKind::JournalNotWritable);
    assert!(message.contains("is not an ordinary file"), "{message}");
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_the_journal_does_not_keep_anybody_waiting() {
    let place = Place::with(journal());
    fs::remove_file(place.path("jsonl")).unwrap();
    assert!(Command::new("mkfifo").arg(place.path("jsonl")).status().unwrap().success());
    set_mode(&place.path("jsonl"), 0o600);
    let (kind, message) = place.problem();
    assert_eq!(kind, ProblemKind::JournalNotWritable);
    assert!(message.contains("is not an ordinary file"), "{message}");
}

#[test]
fn a_file_in_the_place_of_the_folder_is_named() {
    let place = Place::new();
    fs::create_dir(place.root.path().join("state")).unwrap();
    fs::write(place.folder(), "").unwrap();
    let (kind, message) = place.problem();
    assert_eq!(kind, ProblemKind::JournalNotWritable);
    assert!(message.contains("is not a folder"), "{message}");
    let place = Place::new();
    fs::write(place.root.path().join("state"), "").unwrap();
    assert_eq!(place.problem().0, ProblemKind::JournalNotWritable);
}

#[test]
fn a_journal_that_was_taken_away_is_not_written_to_nowhere() {
    for extension in ["jsonl", "lock"] {
        let place = Place::new();
        let (mut journal, _) = place.open().unwrap();
        journal.write(&opened(&[]), minute(60)).unwrap();
        fs::rename(place.path(extension), place.root.path().join("away")).unwrap();
        let problem = journal.write(&Entry::Intended(intent()), minute(61)).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::JournalNotWritable);
        assert!(problem.message.contains(extension) && problem.message.contains("moved or deleted"), "{}", problem.message);
        fs::write(place.path(extension), "somebody else's").unwrap();
        assert!(journal.write(&Entry::Intended(intent()), minute(61)).is_err(), "another file in its place is not it");
    }
}

// ---- one at a time ----

#[test]
fn the_second_to_open_is_told_who_has_it() {
    let place = Place::new();
    let (mut first, _) = place.open().unwrap();
    let (kind, message) = place.problem();
    assert_eq!(kind, ProblemKind::JournalInUse);
    let holder = format!("Process {}, since 2026-11-23T10:00:00Z, has locked ", std::process::id());
    assert!(message.starts_with(&holder), "{message}");
    first.write(&opened(&[]), minute(60)).unwrap();
    drop(first);
    assert!(place.open().is_ok());
    // Another account is another journal.
    let other = Folder::at(place.folder()).open(&OTHER.parse().unwrap(), opening()).unwrap();
    assert!(place.open().is_ok());
    drop(other);
}

#[test]
fn what_stands_in_a_lock_file_is_only_shown_if_it_is_ours() {
    for text in ["", "Process 1", "\u{1b}[2Jgone\n", &"Process ".repeat(1_000)] {
        let place = Place::new();
        let open = place.open().unwrap();
        fs::write(place.path("lock"), text).unwrap();
        let (kind, message) = place.problem();
        assert_eq!(kind, ProblemKind::JournalInUse);
        assert!(message.starts_with("Another process has locked "), "{message}");
        drop(open);
    }
}

/// Names the folder for the other process of a test.
const FOLDER: &str = "LEAVE_ORG_TEST_JOURNAL_FOLDER";

/// This test binary, running only the test `name` of this module.
fn other_process(name: &str, place: &Place) -> Command {
    let mut command = Command::new("sh");
    // Whoever writes more than it may is told so, in place of being killed.
    command.args(["-c", "trap '' XFSZ; [ -z \"$BLOCKS\" ] || ulimit -f \"$BLOCKS\"; exec \"$0\" \"$@\""]);
    command.arg(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("journal::tests::files::{name}"), "--ignored", "--nocapture"]);
    command.env(FOLDER, place.folder()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

fn folder_of_parent() -> Option<Folder> {
    std::env::var_os(FOLDER).map(Folder::at)
}

#[test]
#[ignore = "the other process of the test below"]
#[expect(clippy::print_stdout, reason = "the test reads it")]
fn hold_the_lock() {
    let Some(folder) = folder_of_parent() else { return };
    let _open = folder.open(&account(), opening()).unwrap();
    println!("\nheld");
    let _ = std::io::stdin().read_line(&mut String::new());
}

#[cfg(unix)]
#[test]
fn a_process_that_is_killed_gives_the_journal_back() {
    let place = Place::new();
    let mut child = other_process("hold_the_lock", &place).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(said.any(|line| line == "held"));
    let (kind, message) = place.problem();
    assert_eq!(kind, ProblemKind::JournalInUse);
    assert!(message.starts_with(&format!("Process {}, since ", child.id())), "{message}");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(place.open().is_ok());
}

// ---- no room ----

#[test]
#[ignore = "the other process of the test below"]
#[expect(clippy::print_stdout, reason = "the test reads it")]
fn write_until_it_fails() {
    let Some(folder) = folder_of_parent() else { return };
    let (mut journal, _) = folder.open(&account(), opening()).unwrap();
    let written = (0..100).map_while(|_| journal.write(&opened(&[]), minute(61)).ok()).count();
    assert!((1..100).contains(&written));
    let content = fs::read_to_string(journal.path()).unwrap();
    let lines: Vec<Line> = content.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), written);
    assert!(content.ends_with('\n'));
    // There is still room for something shorter, and it follows on.
    journal.write(&Entry::Closed { exit_code: 9 }, minute(62)).unwrap();
    println!("\nwritten {written}");
}

#[cfg(unix)]
#[test]
fn a_line_for_which_there_is_no_room_leaves_nothing_behind() {
    let place = Place::new();
    // 1024 bytes, where a block has 512.
    let child = other_process("write_until_it_fails", &place).env("BLOCKS", "2").output().unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    let written = said.lines().find_map(|line| line.strip_prefix("written ")).unwrap_or_else(|| panic!("{said}"));
    assert!(child.status.success());
    let (journal, past) = place.open().unwrap();
    assert_eq!(past.set_aside, None);
    let lines = fs::read_to_string(journal.path()).unwrap().lines().count();
    assert_eq!(lines, written.parse::<usize>().unwrap() + 1);
}

// ---- what can be read of it ----

#[test]
fn a_journal_that_was_cut_anywhere_in_its_last_line_is_mended() {
    let whole = journal();
    let last = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    for cut in last..whole.len() {
        let place = Place::with(&whole[..cut]);
        let (journal, past) = place.open().unwrap();
        let content = fs::read(journal.path()).unwrap();
        assert!(past.has_words());
        if cut == last {
            assert_eq!((content, past.set_aside), (whole[..last].to_vec(), None), "cut between two lines");
        } else if cut == whole.len() - 1 {
            assert_eq!((content, past.set_aside), (whole.clone(), None), "only the line's end was missing");
            assert!(past.unsettled.is_some());
        } else {
            assert_eq!(without_note(&content), whole[..last], "cut at {cut}");
            assert_eq!(place.read("unreadable"), [&whole[last..cut], b"\n"].concat(), "cut at {cut}");
            assert_eq!(past.set_aside, Some(SetAside { lines: 1, file: format!("{ACCOUNT}.unreadable") }));
            assert_eq!(past.unsettled, None);
        }
    }
}

#[test]
fn what_cannot_be_read_is_set_aside_byte_for_byte_and_the_rest_stays() {
    let ours = bytes(&run("1", [attested(PAYMENT, minute(2))]));
    let theirs = line_of("2", OTHER, attested(PAYMENT, minute(3)), minute(10)).to_bytes().unwrap();
    let future = line("3", Entry::Closed { exit_code: 0 });
    let foreign = String::from_utf8(future.to_bytes().unwrap()).unwrap().replace("\"closed\"", "\"dreamt\"");
    let bad_step = String::from_utf8(ours.clone()).unwrap().lines().last().unwrap().replace("payment-method", "payment");
    let giant = vec![b'x'; LONGEST_LINE + 1];
    let broken: Vec<Vec<u8>> = vec![
        b"\xff\xfe nonsense\xc3\n".to_vec(),
        theirs,
        b"\n".to_vec(),
        b"{}\n[]\nnull\n".to_vec(),
        b"{\"v\":0}\n{\"v\":-1}\n{\"v\":\"1\"}\n{\"v\":1}\n".to_vec(),
        format!("{bad_step}\n").into_bytes(),
        [giant, b"\n".to_vec()].concat(),
    ];
    let mut content = ours.clone();
    for part in &broken[..4] {
        content.extend_from_slice(part);
    }
    content.extend_from_slice(foreign.as_bytes());
    for part in &broken[4..] {
        content.extend_from_slice(part);
    }
    content.extend_from_slice(&future.to_bytes().unwrap());
    let place = Place::with(&content);
    let (journal, past) = place.open().unwrap();
    assert_eq!(past.set_aside.as_ref().map(|aside| aside.lines), Some(12));
    assert_eq!(place.read("unreadable"), broken.concat());
    let kept = [ours.as_slice(), foreign.as_bytes(), &future.to_bytes().unwrap()].concat();
    assert_eq!(without_note(&place.read("jsonl")), kept);
    assert!(past.has_words());
    // The next one finds nothing to do, and what is broken then comes behind what was.
    drop(journal);
    assert_eq!(place.open().unwrap().1.set_aside, None);
    let more = [place.read("jsonl"), b"more".to_vec()].concat();
    fs::write(place.path("jsonl"), more).unwrap();
    assert_eq!(place.open().unwrap().1.set_aside.map(|aside| aside.lines), Some(1));
    assert_eq!(place.read("unreadable"), [broken.concat(), b"more\n".to_vec()].concat());
}

#[test]
fn a_journal_of_a_newer_version_is_left_alone() {
    let line = String::from_utf8(line("1", Entry::Closed { exit_code: 0 }).to_bytes().unwrap()).unwrap();
    for newer in [line.replace("\"v\":1", "\"v\":2"), "{\"v\":99}\n".to_owned()] {
        let content = [b"nonsense\n".as_slice(), &journal(), newer.as_bytes()].concat();
        let place = Place::with(&content);
        let (kind, message) = place.problem();
        assert_eq!(kind, ProblemKind::JournalTooNew);
        assert!(message.contains("line 7 is of version") && message.contains("reads version 1"), "{message}");
        assert_eq!((place.read("jsonl"), place.read("unreadable")), (content, Vec::new()));
    }
}

#[test]
fn a_run_that_was_killed_while_it_mended_lost_nothing() {
    let broken = [journal(), b"torn".to_vec()].concat();
    // After a piece of it was set aside; after all of it was; while the new journal was written; before it took the old one's place.
    let stops: [(&[u8], Option<&[u8]>); 4] =
        [(b"to", None), (b"torn\n", None), (b"torn\n", Some(&journal()[..10])), (b"torn\n", Some(&journal()))];
    for (aside, new) in stops {
        let place = Place::with(&broken);
        fs::write(place.path("unreadable"), aside).unwrap();
        if let Some(new) = new {
            fs::write(place.path("jsonl.new"), new).unwrap();
        }
        #[cfg(unix)]
        set_mode(&place.path("unreadable"), 0o600);
        let (_journal, past) = place.open().unwrap();
        assert!(past.set_aside.is_some());
        assert_eq!(without_note(&place.read("jsonl")), journal());
        let start = if aside.ends_with(b"\n") { aside.to_vec() } else { [aside, b"\n"].concat() };
        assert_eq!(place.read("unreadable"), [start, b"torn\n".to_vec()].concat());
        assert!(!place.path("jsonl.new").exists());
    }
}

#[test]
fn where_mending_fails_the_journal_is_as_it_was_and_no_copies_pile_up() {
    let broken = [journal(), b"torn".to_vec()].concat();
    for obstacle in ["unreadable", "jsonl.new"] {
        let place = Place::with(&broken);
        fs::create_dir_all(place.path(obstacle).join("full")).unwrap();
        for _ in 0..2 {
            assert_eq!(place.problem().0, ProblemKind::JournalNotWritable, "{obstacle}");
            assert_eq!(place.read("jsonl"), broken);
            assert_eq!(place.read("unreadable"), b"");
        }
    }
}

// ---- what is written ----

#[test]
fn names_from_the_machine_are_made_harmless_on_the_way_in_and_everything_on_the_way_out() {
    let place = Place::new();
    let (mut journal, _) = place.open().unwrap();
    let hostile = "a\u{1b}[2J\u{202e}\nb".to_owned();
    journal
        .write(
            &Entry::Opened {
                version: "1".to_owned(),
                mode: "guided".to_owned(),
                by: hostile.clone(),
                profile: Some(hostile.clone()),
                endpoints: vec![hostile.clone()],
            },
            minute(60),
        )
        .unwrap();
    let attestation = Attestation { by: hostile.clone(), ..word(minute(2), None) };
    journal.write(&identified(ANNA, "o-1"), minute(60)).unwrap();
    journal.write(&Entry::Attested { step: PAYMENT, attestation }, minute(60)).unwrap();
    drop(journal);
    let text = String::from_utf8(place.read("jsonl")).unwrap();
    assert_eq!(text.matches("a\u{FFFD}[2J\u{FFFD} b").count(), 4, "{text}");
    assert!(!text.contains("\\u001b") && !text.contains('\u{202e}'));
    // The endpoints are still the same ones, as they were named.
    let opening = Opening { endpoints: vec![hostile], ..opening() };
    let (_, past) = Folder::at(place.folder()).open(&account(), opening).unwrap();
    assert!(past.has_words());

    // A file can be changed by other programs, also to hold what this one would not have written.
    let text = text.replace("a\u{FFFD}[2J\u{FFFD} b", "a\\u001b[2J\\u202e\\nb");
    let place = Place::with(&text);
    let opening = Opening { endpoints: vec!["a\u{1b}[2J\u{202e}\nb".to_owned()], ..super::opening() };
    let (_, past) = Folder::at(place.folder()).open(&account(), opening).unwrap();
    assert_eq!(restored(&past).step(PAYMENT).attestation.as_ref().unwrap().by, "a\u{FFFD}[2J\u{FFFD} b");
}

#[test]
fn a_finding_too_long_for_a_line_is_shortened_and_says_so() {
    let place = Place::new();
    let (mut journal, _) = place.open().unwrap();
    let line = PaymentMethodLine::PastDue { amount: "x".repeat(1_000), seller: String::new() };
    let long = Finding::new(PAYMENT, PaymentMethodFact::None { state: None }, Verdict::NeedsYou).lines(vec![line; 3_000]);
    journal.write(&Entry::Found { finding: long.clone(), standing: None }, minute(60)).unwrap();
    let content = place.read("jsonl");
    assert!(content.len() <= LONGEST_LINE);
    let Line { entry: Entry::Found { finding: short, .. }, .. } = serde_json::from_slice(&content).unwrap() else { panic!() };
    let (last, kept) = short.fact_lines().split_last().unwrap();
    assert!(kept.len() > 100 && *kept == long.fact_lines()[..kept.len()]);
    assert_eq!(*last, FactLine::LeftOut(3_000 - kept.len()));
    assert_eq!(short.wording().details.last().unwrap(), &format!("The journal leaves {} more lines out.", 3_000 - kept.len()));
    // What cannot be shortened is not written at all: it could not be read again.
    let endless = Entry::SetAside { lines: 1, file: "x".repeat(LONGEST_LINE) };
    assert_eq!(journal.write(&endless, minute(60)).unwrap_err().kind, ProblemKind::JournalNotWritable);
    assert_eq!(place.read("jsonl"), content);
}

/// Reads it without holding it.
fn read(place: &Place) -> Result<Option<JournalContents>, Problem> {
    Folder::at(place.folder()).read(&account())
}

#[test]
fn a_journal_is_read_while_somebody_else_holds_it_and_comes_to_the_same_past() {
    let place = Place::with(journal());
    let (held, past) = place.open().unwrap();
    let kept = read(&place).unwrap().unwrap();
    assert_eq!((kept.lines.len(), kept.unreadable), (past_lines(&place), 0));
    assert_eq!(kept.path, place.path("jsonl"));
    assert_eq!(kept.past(&account(), &opening().endpoints, opening().at), Ok(past));
    drop(held);
}

fn past_lines(place: &Place) -> usize {
    place.read("jsonl").split_inclusive(|byte| *byte == b'\n').count()
}

#[test]
fn where_there_is_no_journal_reading_says_so_and_leaves_nothing_behind() {
    let place = Place::new();
    assert_eq!(read(&place), Ok(None));
    assert_eq!(Folder::at(place.folder()).accounts(), Ok(Vec::new()));
    assert!(!place.folder().exists());
    fs::create_dir_all(place.folder()).unwrap();
    assert_eq!(read(&place), Ok(None));
    assert_eq!(fs::read_dir(place.folder()).unwrap().count(), 0);
}

#[test]
fn what_cannot_be_read_is_passed_over_and_the_file_stays_as_it_is() {
    let torn = [journal().as_slice(), b"{\"v\":1,\"at\":\"2026-"].concat();
    let place = Place::with(&torn);
    let kept = read(&place).unwrap().unwrap();
    assert_eq!((kept.lines.len(), kept.unreadable), (5, 1));
    assert_eq!(place.read("jsonl"), torn);
    assert_eq!(place.read("unreadable"), b"");
}

#[test]
fn the_accounts_with_a_journal_are_told_by_the_names_of_the_files() {
    let place = Place::with(journal());
    for name in ["111122223333.jsonl", "notes.jsonl", "111122223333.lock", "1111.jsonl"] {
        fs::write(place.folder().join(name), "").unwrap();
    }
    let accounts = Folder::at(place.folder()).accounts().unwrap();
    assert_eq!(accounts.iter().map(AccountId::as_str).collect::<Vec<_>>(), ["111122223333", ACCOUNT]);
}

#[test]
fn a_journal_of_a_newer_version_is_not_read() {
    let place = Place::with([journal().as_slice(), b"{\"v\":2}\n"].concat());
    assert_eq!(read(&place).unwrap_err().kind, ProblemKind::JournalTooNew);
}

#[cfg(unix)]
#[test]
fn what_others_could_have_written_is_not_read_either() {
    let place = Place::with(journal());
    set_mode(&place.path("jsonl"), 0o666);
    assert_eq!(read(&place).unwrap_err().kind, ProblemKind::JournalNotYours);
    set_mode(&place.path("jsonl"), 0o644);
    assert!(read(&place).unwrap().is_some(), "that others read it is mended by the next wizard");
    set_mode(&place.folder(), 0o777);
    assert_eq!(read(&place).unwrap_err().kind, ProblemKind::JournalNotYours);
}

#[cfg(unix)]
#[test]
fn a_link_in_the_journals_place_is_not_followed_and_a_pipe_keeps_nobody_waiting() {
    let place = Place::with(journal());
    let elsewhere = place.root.path().join("elsewhere");
    fs::rename(place.path("jsonl"), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, place.path("jsonl")).unwrap();
    assert!(read(&place).is_err());
    fs::remove_file(place.path("jsonl")).unwrap();
    assert!(Command::new("mkfifo").arg(place.path("jsonl")).status().unwrap().success());
    assert_eq!(read(&place).unwrap_err().kind, ProblemKind::JournalNotWritable);
}
