//! Reads a journal without holding it: for reports and looks into the past, also while a wizard is at work on the account.
//!
//! It takes no lock, creates nothing and mends nothing. What cannot be read is passed over, and counted.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::entry::{Entry, Line};
use super::file::{Folder, file_of, is_too_open, not_a_file, not_done, problem};
use super::lines::{NotScanned, scan};
use super::past::{Past, Replay};
use crate::checklist::{AccountId, Problem, ProblemKind};

/// A journal as it was found on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Where it is.
    pub path: PathBuf,
    /// Every line that can be read, in order.
    pub lines: Vec<Line>,
    /// How many lines cannot be read. A line that is just being written is one of them.
    pub unreadable: u64,
}

impl Kept {
    /// The endpoints that each run spoke with, as it wrote them, by the run's name. A run that did not say so is not in it.
    #[must_use]
    pub fn endpoints(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let opened = self.lines.iter().filter_map(|line| match &line.entry {
            Entry::Opened { endpoints, .. } => Some((line.run.as_str(), endpoints.iter().map(String::as_str).collect())),
            _ => None,
        });
        opened.collect()
    }

    /// What its lines come to for a run that speaks with `endpoints`, at the time `now`.
    #[must_use]
    pub fn past(&self, account: &AccountId, endpoints: &[String], now: Timestamp) -> Past {
        let mut replay = Replay::new(account, endpoints, now);
        self.lines.iter().cloned().for_each(|line| replay.take(line));
        replay.finish(None)
    }
}

impl Folder {
    /// Reads the journal of `account`, or says that there is none.
    ///
    /// # Errors
    /// When it cannot be read, when others may have written it, or when a newer version of this program did.
    pub fn read(&self, account: &AccountId) -> Result<Option<Kept>, Problem> {
        let path = file_of(self.path(), account);
        // Whoever can write in the folder can put another file in the journal's place.
        match fs::metadata(self.path()) {
            Ok(found) => drop(is_too_open(self.path(), &found)?),
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(not_done(self.path(), "cannot be looked at", &error)),
        }
        let Some(file) = open(&path)? else { return Ok(None) };
        let mut lines = Vec::new();
        let scan = scan(BufReader::new(&file), account, |line| lines.push(line)).map_err(|error| match error {
            NotScanned::TooNew { .. } => problem(ProblemKind::JournalTooNew, &format!("{}: {error}.", path.display())),
            NotScanned::Io(error) => not_done(&path, "cannot be read", &error),
        })?;
        Ok(Some(Kept { path, lines, unreadable: scan.unreadable_lines }))
    }

    /// The accounts that have a journal here, in order.
    ///
    /// # Errors
    /// When the folder is there and cannot be looked into.
    pub fn accounts(&self) -> Result<Vec<AccountId>, Problem> {
        let entries = match fs::read_dir(self.path()) {
            Ok(entries) => entries,
            Err(error) if is_missing(&error) => return Ok(Vec::new()),
            Err(error) => return Err(not_done(self.path(), "cannot be looked into", &error)),
        };
        let name = |entry: fs::DirEntry| entry.file_name().into_string().ok();
        let account = |name: String| name.strip_suffix(".jsonl").and_then(|id| id.parse().ok());
        let mut accounts: Vec<AccountId> = entries.flatten().filter_map(name).filter_map(account).collect();
        accounts.sort();
        Ok(accounts)
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Opens an ordinary file in which nobody else can write, to read it, or says that it is not there.
fn open(path: &Path) -> Result<Option<File>, Problem> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // Without O_NONBLOCK, a pipe in the file's place would keep the program waiting for ever.
        options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    }
    let file = match options.open(path) {
        Ok(file) => file,
        Err(error) if is_missing(&error) => return Ok(None),
        Err(error) => return Err(not_done(path, "cannot be opened", &error)),
    };
    let found = file.metadata().map_err(|error| not_done(path, "cannot be looked at", &error))?;
    if !found.is_file() {
        return Err(not_a_file(path));
    }
    is_too_open(path, &found)?;
    Ok(Some(file))
}
