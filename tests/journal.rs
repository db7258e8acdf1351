//! The journal for reading: what `leave-org journal` tells, and what a report tells of it.

use std::path::PathBuf;

use assert_cmd::Command;
use insta::assert_snapshot;

const ACCOUNT: &str = "412098765432";
/// An account that left, with a word given on the way.
const LEFT: &str = include_str!("journals/left.jsonl");
/// The same, as version 0.1 left it when it ended before AWS answered.
const OPEN: &str = include_str!("journals/open.jsonl");

/// Zones as POSIX writes them, which takes no database of zones.
const CENTRAL_EUROPE: &str = "CET-1";
const JAPAN: &str = "JST-9";

/// A home with journals.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn with(self, account: &str, journal: impl AsRef<[u8]>) -> Self {
        let folder = self.folder();
        std::fs::create_dir_all(&folder).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();
        }
        let path = folder.join(format!("{account}.jsonl"));
        std::fs::write(&path, journal).unwrap();
        self
    }

    fn folder(&self) -> PathBuf {
        self.0.path().join("state").join("leave-org")
    }

    /// What `leave-org journal` prints, complains about and ends with. The folder's path is left out.
    fn journal(&self, arguments: &[&str], zone: &str) -> (String, String, i32) {
        let output = Command::new(env!("CARGO_BIN_EXE_leave-org"))
            .env_clear()
            .envs(crate::clock())
            .env("HOME", self.0.path())
            .env("XDG_STATE_HOME", self.0.path().join("state"))
            .env("TZ", zone)
            .arg("journal")
            .args(arguments)
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&*self.folder().to_string_lossy(), "FOLDER");
        (text(output.stdout), text(output.stderr), output.status.code().unwrap())
    }
}

#[test]
fn a_leave_is_told_from_its_journal_with_local_times_and_the_look_ups_for_both_sides() {
    let home = Home::new().with(ACCOUNT, LEFT);
    let (told, complaints, code) = home.journal(&[ACCOUNT], CENTRAL_EUROPE);
    assert_eq!((complaints.as_str(), code), ("", 0));
    assert!(told.ends_with(".jsonl.\n"), "it ends like a line");
    assert_snapshot!("journal_of_a_leave", told);
    // The only one there is need not be named, and people copy ids with hyphens.
    assert_eq!(home.journal(&[], CENTRAL_EUROPE).0, told);
    assert_eq!(home.journal(&["4120-9876-5432"], CENTRAL_EUROPE).0, told);
    let elsewhere = home.journal(&[ACCOUNT], JAPAN).0;
    assert!(told.contains("15:23:32") && elsewhere.contains("23:23:32") && elsewhere.contains("(JST)"), "{elsewhere}");
}

#[test]
fn of_several_journals_one_has_to_be_named() {
    let home = Home::new().with(ACCOUNT, LEFT).with("111122223333", "");
    let (told, _, code) = home.journal(&[], "UTC");
    assert_eq!(code, 0);
    assert_snapshot!("journals", told);
}

#[test]
fn where_there_is_nothing_to_tell_that_is_said() {
    let home = Home::new();
    let (told, _, code) = home.journal(&[], "UTC");
    assert_eq!((told.as_str(), code), ("There is no journal yet. The guided leave and the review begin one.\n", 0));
    let (told, complaints, code) = home.journal(&[ACCOUNT], "UTC");
    assert_eq!((told.as_str(), code), ("", 2));
    assert!(complaints.contains("There is no journal of the account 412098765432."), "{complaints}");
    assert!(!home.folder().exists(), "reading leaves nothing behind");
}

#[test]
fn what_cannot_be_read_is_counted_and_what_others_could_write_is_not_told() {
    let home = Home::new().with(ACCOUNT, [LEFT, "{\"v\":1,", "\nnonsense\n"].concat());
    let (told, _, code) = home.journal(&[ACCOUNT], "UTC");
    assert_eq!(code, 0);
    assert!(told.contains("2 lines of the journal could not be read."), "{told}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let path = home.folder().join(format!("{ACCOUNT}.jsonl"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
        let (told, complaints, code) = home.journal(&[ACCOUNT], "UTC");
        assert_eq!((told.as_str(), code), ("", 1));
        assert!(complaints.contains("can be written by others"), "{complaints}");
    }
}

#[test]
fn a_request_that_version_0_1_left_open_is_told_as_open_with_what_was_found_before_it() {
    let (told, complaints, code) = Home::new().with(ACCOUNT, OPEN).journal(&[ACCOUNT], "UTC");
    assert_eq!((complaints.as_str(), code), ("", 0));
    assert_snapshot!("journal_of_an_open_request", told);
}

#[test]
fn a_hostile_journal_is_told_harmlessly() {
    let note = r"\u001b]8;;https://evil.example\u0007click\u001b[0m \u202edorp <script>";
    let hostile = LEFT.replace("Visa 4242 is on file, seen by <b>Maria</b>", note);
    assert_ne!(hostile, LEFT);
    let (told, _, _) = Home::new().with(ACCOUNT, hostile).journal(&[ACCOUNT], "UTC");
    assert!(told.contains("click") && told.contains("<script>"), "{told}");
    assert!(told.chars().all(|c| c == '\n' || !c.is_control()) && !told.contains('\u{202e}'), "{told:?}");
}

#[cfg(unix)]
#[test]
fn a_path_that_holds_control_characters_does_no_harm_either() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    let state = home.0.path().join("\u{1b}[31mstate\u{202e}");
    let folder = state.join("leave-org");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();
    std::fs::write(folder.join(format!("{ACCOUNT}.jsonl")), LEFT).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_leave-org"));
    command
        .env_clear()
        .envs(crate::clock())
        .env("HOME", home.0.path())
        .env("XDG_STATE_HOME", &state)
        .env("TZ", "UTC")
        .arg("journal");
    let told = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(told.contains("It is kept in ") && told.contains("[31mstate"), "{told}");
    assert!(told.chars().all(|c| c == '\n' || !c.is_control()) && !told.contains('\u{202e}'), "{told:?}");
}
