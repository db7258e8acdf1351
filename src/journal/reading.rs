//! Reads a journal without holding it: for reports and looks into the past, also while a wizard is at work on the account.
//!
//! It takes no lock, creates nothing and mends nothing. What cannot be read is passed over, and counted.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::Timestamp;

use super::entry::Line;
use super::file::{Folder, file_of, is_too_open, lines_of, not_a_file, not_done, problem};
use super::past::{Past, Replay};
use crate::checklist::{AccountId, Problem, ProblemKind};

/// How many lines are kept in memory, and how many bytes they may have there, about. Of a longer journal the oldest are read anew each time.
const MOST_LINES: usize = 2_000;
const MOST_BYTES: usize = 8 << 20;

/// A journal as it was found on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalContents {
    pub path: PathBuf,
    /// The last lines that can be read, in order: all of them, unless the journal is long.
    pub lines: Vec<Line>,
    /// How many lines that can be read come before them.
    pub left_out: usize,
    /// How many lines cannot be read. A line that is just being written is one of them.
    pub unreadable: u64,
    /// How many bytes were read.
    length: u64,
    until: Option<Instant>,
}

impl JournalContents {
    #[cfg(test)]
    pub(crate) fn of(path: impl Into<PathBuf>, lines: Vec<Line>, unreadable: u64) -> Self {
        Self { path: path.into(), lines, left_out: 0, unreadable, length: 0, until: None }
    }

    /// Hands every line that can be read to `each`, in order. A long journal is read anew for that.
    ///
    /// # Errors
    /// When it cannot be read any more.
    pub fn each(&self, mut each: impl FnMut(&Line)) -> Result<(), Problem> {
        let Some(last) = self.lines.last().filter(|_| self.left_out > 0) else {
            self.lines.iter().for_each(each);
            return Ok(());
        };
        let file = open(&self.path)?.ok_or_else(|| {
            let message = format!("{} was moved or deleted while this program read it.", self.path.display());
            problem(ProblemKind::JournalNotWritable, &message)
        })?;
        // Lines that were added since are left out.
        lines_of(&self.path, file.take(self.length), &last.account, before(self.until), |line, _| each(&line))?;
        Ok(())
    }

    /// What its lines come to for a run that speaks with `endpoints`, at the time `now`.
    ///
    /// # Errors
    /// As [`each`](Self::each).
    pub fn past(&self, account: &AccountId, endpoints: &[String], now: Timestamp) -> Result<Past, Problem> {
        let mut replay = Replay::new(account, endpoints, now);
        self.each(|line| replay.take(line.clone()))?;
        Ok(replay.finish(None))
    }
}

/// Goes on until the time `until`.
fn before(until: Option<Instant>) -> impl FnMut(u64) -> bool {
    move |_| until.is_none_or(|end| Instant::now() < end)
}

impl Folder {
    /// Reads the journal of `account`, or says that there is none.
    ///
    /// # Errors
    /// When it cannot be read, when others may have written it, or when a newer version of this program did.
    pub fn read(&self, account: &AccountId) -> Result<Option<JournalContents>, Problem> {
        self.read_each(account, |_| {})
    }

    /// The same, with what its lines come to for a run that speaks with `endpoints`, at the time `now`. A long journal takes its time, so `each`
    /// takes its lines in on the way.
    ///
    /// # Errors
    /// As there.
    pub fn read_with_past(
        &self,
        account: &AccountId,
        endpoints: &[String],
        now: Timestamp,
        mut each: impl FnMut(&Line),
    ) -> Result<Option<(JournalContents, Past)>, Problem> {
        let mut replay = Replay::new(account, endpoints, now);
        let kept = self.read_each(account, |line| {
            replay.take(line.clone());
            each(line);
        })?;
        Ok(kept.map(|kept| (kept, replay.finish(None))))
    }

    fn read_each(&self, account: &AccountId, mut each: impl FnMut(&Line)) -> Result<Option<JournalContents>, Problem> {
        let path = file_of(&self.path, account);
        // Whoever can write in the folder can put another file in the journal's place.
        match fs::metadata(&self.path) {
            Ok(found) => drop(is_too_open(&self.path, &found)?),
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(not_done(&self.path, "cannot be looked at", &error)),
        }
        let Some(file) = open(&path)? else { return Ok(None) };
        let mut last: VecDeque<(Line, usize)> = VecDeque::new();
        let (mut left_out, mut bytes) = (0, 0);
        let scan = lines_of(&path, &file, account, before(self.until), |line, length| {
            each(&line);
            bytes += length;
            last.push_back((line, length));
            while (last.len() > MOST_LINES || bytes > MOST_BYTES) && last.len() > 1 {
                bytes -= last.pop_front().map_or(0, |(_, length)| length);
                left_out += 1;
            }
        })?;
        let lines = last.into_iter().map(|(line, _)| line).collect();
        Ok(Some(JournalContents {
            path,
            lines,
            left_out,
            unreadable: scan.unreadable_lines,
            length: scan.length,
            until: self.until,
        }))
    }

    /// The accounts that have a journal here, in order.
    ///
    /// # Errors
    /// When the folder is there and cannot be looked into.
    pub fn accounts(&self) -> Result<Vec<AccountId>, Problem> {
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if is_missing(&error) => return Ok(Vec::new()),
            Err(error) => return Err(not_done(&self.path, "cannot be looked into", &error)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_read_to_its_end_in_time_was_not_read() {
        let place = tempfile::tempdir().unwrap();
        let account: AccountId = "412098765432".parse().unwrap();
        let folder = Folder::at(place.path());
        // More than is read between two looks at the clock.
        fs::write(file_of(place.path(), &account), "no line of a journal\n".repeat(100_000)).unwrap();
        assert_eq!(folder.read(&account).unwrap().unwrap().unreadable, 100_000);
        let problem = folder.until(Instant::now()).read(&account).unwrap_err();
        assert!(problem.message.ends_with("cannot be read: it was not read to its end in time."), "{problem:?}");
    }
}
