//! The files behind a journal: where they are, whose they are, who holds the lock, how they are mended and written.
//!
//! Blocking. Every file of an account lies in one folder: `<id>.jsonl`, the journal; `<id>.lock`, which one run holds at a time (a lock on
//! the journal itself would be lost when it is mended, because that puts another file in its place); and `<id>.unreadable`, what was set
//! aside. At every moment each byte that was ever written is in the journal or in what was set aside.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use etcetera::BaseStrategy as _;
use jiff::Timestamp;

use super::entry::{Entry, Line, VERSION};
use super::lines::{NotScanned, Scan, Watched, scan};
use super::past::{Past, Replay, SetAside};
use crate::checklist::{AccountId, Problem, ProblemKind};

/// What the folder's permissions are: its owner's alone.
const FOLDER_MODE: u32 = 0o700;
/// What the files' permissions are: their owner's alone.
const FILE_MODE: u32 = 0o600;

/// The folder that holds the journals of every account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    pub(super) path: PathBuf,
    pub(super) until: Option<Instant>,
}

/// Who opens a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The name of this run of the program; no two runs have the same.
    pub run: String,
    /// Hosts that take AWS's place, in words. What was said in another place does not count here.
    pub endpoints: Vec<String>,
    pub at: Timestamp,
}

/// The open journal of one account. No other run can open it before this one is dropped or its process ends.
#[derive(Debug)]
pub struct Journal {
    account: AccountId,
    run: String,
    path: PathBuf,
    tail: Tail<File>,
    lock_path: PathBuf,
    lock: Lock,
}

impl Folder {
    /// The folder of whoever runs the program: `$XDG_STATE_HOME/leave-org`, by default `~/.local/state/leave-org`; on Windows in the
    /// roaming application data. Nothing is created yet.
    ///
    /// # Errors
    /// When there is no home folder.
    pub fn of_user() -> Result<Self, Problem> {
        let base = etcetera::choose_base_strategy().ok().map(|base| base.state_dir().unwrap_or_else(|| base.data_dir()));
        match base.filter(|base| base.is_absolute()) {
            Some(base) => Ok(Self::at(base.join("leave-org"))),
            None => Err(problem(
                ProblemKind::Configuration,
                "This user has no home folder, so there is no place for the journal. Set XDG_STATE_HOME to a folder of your own.",
            )),
        }
    }

    /// This folder.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), until: None }
    }

    /// This folder, whose journals are read until `end` at the latest. What is not read to its end by then was not read.
    pub(crate) fn until(self, end: Instant) -> Self {
        Self { until: Some(end), ..self }
    }

    /// Locks the journal of `account`, mends it, and tells what it holds. A journal that is not there begins.
    ///
    /// # Errors
    /// When another run holds it, when it cannot be written, when others may have written it, or when a newer version of this program
    /// did. Nothing in it is lost then; what is too new is not even touched.
    pub fn open(&self, account: &AccountId, opening: Opening) -> Result<(Journal, Past), Problem> {
        self.open_watched(account, opening, |_, _| true)
    }

    /// The same. From time to time, `goes_on` takes how many bytes were read and of how many, and says whether to go on.
    ///
    /// # Errors
    /// As there, and when it was not to go on.
    pub fn open_watched(
        &self,
        account: &AccountId,
        opening: Opening,
        mut goes_on: impl FnMut(u64, u64) -> bool,
    ) -> Result<(Journal, Past), Problem> {
        self.prepare()?;
        let lock_path = self.path.join(format!("{account}.lock"));
        let lock = lock(&lock_path, opening.at)?;
        let path = file_of(&self.path, account);
        let file = open(&path)?;
        // Before anything is written: what is on the disk counts for nothing if its name is not.
        sync_folder(&self.path).map_err(|error| not_done(&self.path, "cannot be kept", &error))?;

        let mut replay = Replay::new(account, &opening.endpoints, opening.at);
        let length = file.metadata().map_err(|error| not_done(&path, "cannot be looked at", &error))?.len();
        let scan = lines_of(&path, &file, account, |read| goes_on(read, length), |line, _| replay.take(line))?;
        let tail = self.mend(account, &path, file, &scan)?;
        let Opening { run, at, .. } = opening;
        let mut journal = Journal { account: account.clone(), run, path, tail, lock_path, lock };
        let lines = scan.unreadable_lines;
        let set_aside = (lines > 0).then(|| SetAside { lines, file: aside_name(account) });
        if let Some(SetAside { lines, file }) = set_aside.clone() {
            journal.write(&Entry::SetAside { lines, file }, at)?;
        }
        Ok((journal, replay.finish(set_aside)))
    }

    /// Creates the folder where it is missing, and sees that nobody else can write in it.
    fn prepare(&self) -> Result<(), Problem> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, FOLDER_MODE);
        let missing: Vec<&Path> = self.path.ancestors().take_while(|path| !path.exists()).collect();
        builder.create(&self.path).map_err(|error| match fs::metadata(&self.path) {
            Ok(found) if !found.is_dir() => {
                let message = format!("{} is not a folder, and the journal needs one there.", self.path.display());
                problem(ProblemKind::JournalNotWritable, &message)
            }
            Ok(_) | Err(_) => not_done(&self.path, "cannot be created", &error),
        })?;
        let found = fs::metadata(&self.path).map_err(|error| not_done(&self.path, "cannot be looked at", &error))?;
        if is_too_open(&self.path, &found)? {
            close_to_others(&self.path, FOLDER_MODE)?;
        }
        for parent in missing.iter().filter_map(|path| path.parent()).filter(|parent| !parent.as_os_str().is_empty()) {
            sync_folder(parent).map_err(|error| not_done(&self.path, "cannot be kept", &error))?;
        }
        Ok(())
    }

    /// Moves what cannot be read out of the journal at `path`, which `file` is, and gives the last line its end.
    ///
    /// First everything that goes is safe in the other file, then the journal is replaced in one step. Where that does not come about, the
    /// journal is as it was.
    fn mend(&self, account: &AccountId, path: &Path, mut file: File, scan: &Scan) -> Result<Tail<File>, Problem> {
        let not_mended = |error: io::Error| not_done(path, "cannot be mended", &error);
        if scan.unreadable.is_empty() {
            let mut tail = Tail::new(file, scan.length);
            if scan.lacks_end {
                tail.add(b"\n").map_err(not_mended)?;
            }
            return Ok(tail);
        }
        let aside_path = self.path.join(aside_name(account));
        let aside = open(&aside_path)?;
        let before = aside.metadata().map_err(|error| not_done(&aside_path, "cannot be looked at", &error))?.len();
        // Until the journal is replaced it still holds everything: without this, every attempt would leave one more copy behind.
        let take_back = |_: &Problem| {
            let _ = aside.set_len(before);
        };
        set_aside(&mut file, &aside, before, scan)
            .and_then(|()| sync_folder(&self.path))
            .map_err(|error| not_done(&aside_path, "cannot be written", &error))
            .inspect_err(take_back)?;
        let new_path = self.path.join(format!("{account}.jsonl.new"));
        let length = replace(path, &new_path, &mut file, scan).map_err(not_mended).inspect_err(take_back)?;
        // From here on the journal is the new one, whatever happens.
        sync_folder(&self.path).map_err(not_mended)?;
        Ok(Tail::new(open(path)?, length))
    }
}

/// Puts a journal of what can be read in the place of `file` at `path`, in one step. Returns its length.
fn replace(path: &Path, new_path: &Path, file: &mut File, scan: &Scan) -> io::Result<u64> {
    // A run that was killed at this point leaves one behind. The lock says that it is nobody's.
    match fs::remove_file(new_path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, FILE_MODE);
    let mut new = options.open(new_path)?;
    let replaced = scan.copy_readable(file, &mut new).and_then(|length| {
        new.sync_all()?;
        fs::rename(new_path, path)?;
        Ok(length)
    });
    replaced.inspect_err(|_| {
        let _ = fs::remove_file(new_path);
    })
}

/// Hands every line that can be read in the journal at `path` to `each`, with its length in bytes. From time to time, `goes_on` takes how many
/// bytes were read, and says whether to go on.
///
/// # Errors
/// When it cannot be read, is too new, or was not to go on.
pub(super) fn lines_of(
    path: &Path,
    source: impl io::Read,
    account: &AccountId,
    goes_on: impl FnMut(u64) -> bool,
    each: impl FnMut(Line, usize),
) -> Result<Scan, Problem> {
    scan(Watched::new(source, goes_on), account, each).map_err(|error| match error {
        NotScanned::TooNew { .. } => problem(ProblemKind::JournalTooNew, &format!("{}: {error}.", path.display())),
        NotScanned::Io(error) => not_done(path, "cannot be read", &error),
    })
}

/// The journal of `account` in `folder`.
pub(super) fn file_of(folder: &Path, account: &AccountId) -> PathBuf {
    folder.join(format!("{account}.jsonl"))
}

fn aside_name(account: &AccountId) -> String {
    format!("{account}.unreadable")
}

/// Adds to `aside`, `before` bytes long, what cannot be read of `journal`, and returns once that is on the disk.
fn set_aside(journal: &mut File, mut aside: &File, before: u64, scan: &Scan) -> io::Result<()> {
    if before > 0 {
        // A run that was killed while it wrote here leaves a line without an end.
        let mut last = [0];
        aside.seek(SeekFrom::Start(before - 1))?;
        aside.read_exact(&mut last)?;
        if last != *b"\n" {
            aside.write_all(b"\n")?;
        }
    }
    scan.copy_unreadable(journal, &mut aside)?;
    aside.sync_all()
}

impl Journal {
    /// Adds one entry, see [`Self::write_all`].
    ///
    /// # Errors
    /// As there.
    pub fn write(&mut self, entry: &Entry, at: Timestamp) -> Result<(), Problem> {
        self.write_all([(entry, at)])
    }

    /// Adds entries, and returns once they are on the disk: a disk takes its time for each time that it is asked, and not for each line.
    /// If they do not get there, nothing of them stays in the journal, and the caller may try again.
    ///
    /// # Errors
    /// When the disk is full, or the journal cannot be written or is not there any more.
    pub fn write_all<'a>(&mut self, entries: impl IntoIterator<Item = (&'a Entry, Timestamp)>) -> Result<(), Problem> {
        let mut bytes = Vec::new();
        for (entry, at) in entries {
            let line = Line { v: VERSION, at, run: self.run.clone(), account: self.account.clone(), entry: entry.clone() };
            bytes.extend(line.to_bytes().map_err(|error| {
                let message = format!("{}: a line cannot be written down: {error}.", self.path.display());
                problem(ProblemKind::JournalNotWritable, &message)
            })?);
        }
        for (path, file) in [(&self.path, &self.tail.sink), (&self.lock_path, &self.lock.0)] {
            if !is_still_there(path, file) {
                let message = format!("{} was moved or deleted while this program had it open.", path.display());
                return Err(problem(ProblemKind::JournalNotWritable, &message));
            }
        }
        self.tail.add(&bytes).map_err(|error| not_done(&self.path, "cannot be written", &error))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// What a line is added to.
trait Sink {
    /// Writes all of it at the end.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Returns once what was written is on the disk.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts it to `length` bytes.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

impl Sink for File {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.seek(SeekFrom::End(0))?;
        Write::write_all(self, bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

/// The end of a file that holds nothing but whole lines.
#[derive(Debug)]
struct Tail<S> {
    sink: S,
    length: u64,
    /// Whether a piece of a line may stand behind `length`.
    is_torn: bool,
}

impl<S: Sink> Tail<S> {
    fn new(sink: S, length: u64) -> Self {
        Self { sink, length, is_torn: false }
    }

    /// Adds a whole line, or nothing.
    fn add(&mut self, line: &[u8]) -> io::Result<()> {
        if self.is_torn {
            self.sink.cut(self.length)?;
            self.is_torn = false;
        }
        let added = self.sink.write_all(line).and_then(|()| self.sink.sync());
        match &added {
            Ok(()) => self.length += line.len() as u64,
            Err(_) => self.is_torn = self.sink.cut(self.length).is_err(),
        }
        added
    }
}

/// Opens a file of the journal's to be read and added to, and creates it where it is missing: an ordinary file of this user's own, in which
/// nobody else can write.
fn open(path: &Path) -> Result<File, Problem> {
    let mut options = OpenOptions::new();
    // Not for appending alone: Windows does not let such a handle cut a file. The lock sees to it that nobody else adds anything.
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // Without O_NONBLOCK, a pipe in the file's place would keep the program waiting for ever.
        options.mode(FILE_MODE).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    }
    let file = options.open(path).map_err(|error| match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => {
            let message =
                format!("{} is a link to another place. The journal is only kept in a file of its own.", path.display());
            problem(ProblemKind::JournalNotYours, &message)
        }
        Ok(found) if !found.is_file() => not_a_file(path),
        Ok(_) | Err(_) => not_done(path, "cannot be opened", &error),
    })?;
    let found = file.metadata().map_err(|error| not_done(path, "cannot be looked at", &error))?;
    if !found.is_file() {
        return Err(not_a_file(path));
    }
    if is_too_open(path, &found)? {
        close_to_others(path, FILE_MODE)?;
    }
    Ok(file)
}

/// The file that only one run can hold.
#[derive(Debug)]
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file is not enough: a command that is being started at this very moment still has a copy of it.
        let _ = self.0.unlock();
    }
}

/// Locks the file at `path` until it is dropped, or says who holds it.
fn lock(path: &Path, now: Timestamp) -> Result<Lock, Problem> {
    let mut file = open(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let holder = holder(&file).unwrap_or_else(|| "Another process".to_owned());
            return Err(problem(ProblemKind::JournalInUse, &format!("{holder} has locked {}.", path.display())));
        }
        Err(TryLockError::Error(error)) => return Err(not_done(path, "cannot be locked", &error)),
    }
    let text = format!("Process {}, since {},\n", std::process::id(), now.strftime("%Y-%m-%dT%H:%M:%SZ"));
    let written = file.set_len(0).and_then(|()| Write::write_all(&mut file, text.as_bytes()));
    let lock = Lock(file);
    written.map_err(|error| not_done(path, "cannot be written", &error))?;
    Ok(lock)
}

/// Who holds the lock, in the words that whoever took it left there.
fn holder(mut file: &File) -> Option<String> {
    const LONGEST: u64 = 100;
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.take(LONGEST).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.strip_suffix('\n').filter(|text| text.starts_with("Process ")).map(str::to_owned)
}

/// Whether the file at `path` is still `file`.
#[cfg(unix)]
fn is_still_there(path: &Path, file: &File) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (fs::symlink_metadata(path), file.metadata()) {
        (Ok(there), Ok(here)) => there.dev() == here.dev() && there.ino() == here.ino(),
        (Err(_), _) | (_, Err(_)) => false,
    }
}

/// Elsewhere, a file that is open cannot be taken away.
#[cfg(not(unix))]
fn is_still_there(_: &Path, _: &File) -> bool {
    true
}

/// Returns once the names in a folder are on the disk.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    match File::open(path)?.sync_all() {
        // Some file systems have no such call, and nothing better to offer.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        synced => synced,
    }
}

/// Elsewhere, there is no such call.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Whether others could read the file or folder at `path`, which is not as bad as what makes a problem of it.
#[cfg(unix)]
pub(super) fn is_too_open(path: &Path, found: &Metadata) -> Result<bool, Problem> {
    use std::os::unix::fs::MetadataExt as _;
    let me = rustix::process::geteuid().as_raw();
    match reach(found.uid(), found.mode(), me) {
        Reach::OursAlone => Ok(false),
        Reach::OthersRead => Ok(true),
        Reach::OthersWrite => {
            let mode = found.mode() & 0o7777;
            let message = format!("{} can be written by others than its owner (its mode is {mode:04o}).", path.display());
            Err(problem(ProblemKind::JournalNotYours, &message))
        }
        Reach::OthersOwn => {
            let message = format!("{} belongs to user {}, and this program runs as user {me}.", path.display(), found.uid());
            Err(problem(ProblemKind::JournalNotYours, &message))
        }
    }
}

/// Elsewhere, a file in a user's own data is that user's own.
#[cfg(not(unix))]
pub(super) fn is_too_open(_: &Path, _: &Metadata) -> Result<bool, Problem> {
    Ok(false)
}

/// Who can reach a file or folder.
#[cfg(unix)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    OursAlone,
    OthersRead,
    OthersWrite,
    OthersOwn,
}

/// Who can reach what belongs to the user `owner` with these permissions, seen from the user `me`.
#[cfg(unix)]
fn reach(owner: u32, mode: u32, me: u32) -> Reach {
    if owner != me {
        Reach::OthersOwn
    } else if mode & 0o022 != 0 {
        Reach::OthersWrite
    } else if mode & 0o055 != 0 {
        Reach::OthersRead
    } else {
        Reach::OursAlone
    }
}

#[cfg(unix)]
fn close_to_others(path: &Path, mode: u32) -> Result<(), Problem> {
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
    fs::set_permissions(path, permissions).map_err(|error| not_done(path, "cannot be closed to others", &error))
}

#[cfg(not(unix))]
fn close_to_others(_: &Path, _: u32) -> Result<(), Problem> {
    Ok(())
}

pub(super) fn not_a_file(path: &Path) -> Problem {
    let message = format!("{} is not an ordinary file, and the journal needs one there.", path.display());
    problem(ProblemKind::JournalNotWritable, &message)
}

/// What the machine did not do, in its own words.
pub(super) fn not_done(path: &Path, what: &str, error: &io::Error) -> Problem {
    problem(kind_of(error), &format!("{} {what}: {error}.", path.display()))
}

fn kind_of(error: &io::Error) -> ProblemKind {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => ProblemKind::JournalFull,
        _ => ProblemKind::JournalNotWritable,
    }
}

pub(super) fn problem(kind: ProblemKind, message: &str) -> Problem {
    Problem::here(kind, "journal", message, Timestamp::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk that has room for so many bytes, and may not be able to do the rest.
    #[derive(Debug, Default)]
    struct Disk {
        content: Vec<u8>,
        room: usize,
        syncs: bool,
        cuts: bool,
    }

    impl Sink for Disk {
        fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
            let fits = bytes.len().min(self.room - self.content.len());
            self.content.extend_from_slice(&bytes[..fits]);
            if fits == bytes.len() { Ok(()) } else { Err(io::ErrorKind::StorageFull.into()) }
        }

        fn sync(&mut self) -> io::Result<()> {
            if self.syncs { Ok(()) } else { Err(io::ErrorKind::QuotaExceeded.into()) }
        }

        fn cut(&mut self, length: u64) -> io::Result<()> {
            if !self.cuts {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            self.content.truncate(usize::try_from(length).unwrap());
            Ok(())
        }
    }

    #[test]
    fn a_line_is_on_the_disk_or_nothing_of_it_is() {
        let mut tail = Tail::new(Disk { room: 10, syncs: true, cuts: true, ..Disk::default() }, 0);
        tail.add(b"first\n").unwrap();
        for room in 6..12 {
            tail.sink.room = room;
            let full = tail.add(b"second\n").unwrap_err();
            assert_eq!(kind_of(&full), ProblemKind::JournalFull);
            assert_eq!(tail.sink.content, b"first\n", "room for {room}");
        }
        tail.sink.room = 100;
        tail.sink.syncs = false;
        assert_eq!(kind_of(&tail.add(b"second\n").unwrap_err()), ProblemKind::JournalFull);
        assert_eq!(tail.sink.content, b"first\n", "what was not synced does not count");
        tail.sink.syncs = true;
        tail.add(b"second\n").unwrap();
        assert_eq!(tail.sink.content, b"first\nsecond\n");
    }

    #[test]
    fn a_piece_that_cannot_be_cut_off_at_once_is_cut_off_before_the_next_line() {
        let mut tail = Tail::new(Disk { room: 8, syncs: true, cuts: false, ..Disk::default() }, 0);
        tail.add(b"first\n").unwrap();
        tail.add(b"second\n").unwrap_err();
        assert_eq!(tail.sink.content, b"first\nse");
        tail.sink.room = 100;
        assert_eq!(kind_of(&tail.add(b"third\n").unwrap_err()), ProblemKind::JournalNotWritable);
        assert_eq!(tail.sink.content, b"first\nse", "nothing is added to a piece");
        tail.sink.cuts = true;
        tail.add(b"third\n").unwrap();
        assert_eq!(tail.sink.content, b"first\nthird\n");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_disk_that_is_full_is_told_as_that() {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let error = Tail::new(full, 0).add(b"line\n").unwrap_err();
        let problem = not_done(Path::new("journal"), "cannot be written", &error);
        assert_eq!(problem.kind, ProblemKind::JournalFull);
        assert_eq!(problem.message, "journal cannot be written: No space left on device (os error 28).");
    }

    #[test]
    fn the_lock_ends_with_its_holder_also_where_somebody_still_has_a_copy_of_the_file() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("lock");
        let held = lock(&path, Timestamp::UNIX_EPOCH).unwrap();
        let copy = held.0.try_clone().unwrap();
        assert_eq!(lock(&path, Timestamp::UNIX_EPOCH).unwrap_err().kind, ProblemKind::JournalInUse);
        drop(held);
        assert!(lock(&path, Timestamp::UNIX_EPOCH).is_ok());
        drop(copy);
    }

    #[cfg(unix)]
    #[test]
    fn what_the_machine_says_is_told_apart() {
        for (code, kind) in [
            (libc::ENOSPC, ProblemKind::JournalFull),
            (libc::EDQUOT, ProblemKind::JournalFull),
            (libc::EROFS, ProblemKind::JournalNotWritable),
            (libc::EACCES, ProblemKind::JournalNotWritable),
            (libc::EIO, ProblemKind::JournalNotWritable),
            (libc::EFBIG, ProblemKind::JournalFull),
        ] {
            assert_eq!(kind_of(&io::Error::from_raw_os_error(code)), kind);
        }
    }

    #[cfg(unix)]
    #[test]
    fn who_can_reach_a_file_is_read_from_its_owner_and_its_mode() {
        for (owner, mode, reached) in [
            (1000, 0o100_600, Reach::OursAlone),
            (1000, 0o040_700, Reach::OursAlone),
            (1000, 0o100_400, Reach::OursAlone),
            (1000, 0o100_644, Reach::OthersRead),
            (1000, 0o040_750, Reach::OthersRead),
            (1000, 0o040_711, Reach::OthersRead),
            (1000, 0o100_660, Reach::OthersWrite),
            (1000, 0o100_602, Reach::OthersWrite),
            (1000, 0o041_777, Reach::OthersWrite),
            (0, 0o100_600, Reach::OthersOwn),
            (1001, 0o100_666, Reach::OthersOwn),
        ] {
            assert_eq!(reach(owner, mode, 1000), reached, "{owner} {mode:o}");
        }
    }

    #[test]
    fn the_folder_is_the_users_own() {
        // The environment of a test cannot be changed here; whatever it is, the end of the path is fixed.
        let folder = Folder::of_user().unwrap();
        assert!(folder.path.is_absolute() && folder.path.ends_with("leave-org"));
    }
}
