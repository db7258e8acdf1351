//! Tells the lines that can be read from the bytes that cannot, in any file whatsoever. Touches no disk.
//!
//! It holds one line at a time, and never more than [`LONGEST_LINE`] bytes of it.

use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::ops::Range;

use serde::Deserialize as _;
use serde_json::Value;
use strum::VariantNames as _;

use super::entry::{Entry, LONGEST_LINE, Line, VERSION};
use crate::checklist::AccountId;
use crate::untrusted::sanitize;

/// What a journal is made of.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Scan {
    /// Where the bytes are that cannot be read, in order; neighbours are one.
    pub unreadable: Vec<Range<u64>>,
    pub unreadable_lines: u64,
    pub length: u64,
    /// Whether the last line can be read although its end is missing.
    pub lacks_end: bool,
}

/// Why a journal was not read to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotScanned {
    /// It holds a line of a newer version than [`VERSION`].
    #[error("line {line} is of version {version}, and this program reads version {VERSION}")]
    TooNew { line: u64, version: u64 },
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// How much is read before somebody is told how far it is, in bytes.
const STEP: u64 = 1 << 20;

/// Reads through to the end, and tells how far it is on the way.
pub(super) struct Watched<R, F> {
    source: R,
    read: u64,
    told: u64,
    /// Takes how much was read, and says whether to go on.
    goes_on: F,
}

impl<R: Read, F: FnMut(u64) -> bool> Watched<R, F> {
    pub(super) fn new(source: R, goes_on: F) -> io::BufReader<Self> {
        const AT_ONCE: usize = 64 << 10;
        io::BufReader::with_capacity(AT_ONCE, Self { source, read: 0, told: 0, goes_on })
    }
}

impl<R: Read, F: FnMut(u64) -> bool> Read for Watched<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read - self.told >= STEP {
            self.told = self.read;
            if !(self.goes_on)(self.read) {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "it was not read to its end in time"));
            }
        }
        let count = self.source.read(buffer)?;
        self.read += count as u64;
        Ok(count)
    }
}

enum Judged {
    /// It can be read, and this program knows what to do with it.
    Known(Box<Line>),
    /// It can be read; a program that knows more wrote it.
    Foreign,
    TooNew(u64),
    /// It cannot be read, or it is about another account.
    Unreadable,
}

/// Reads `source` through to its end and hands every line that is known to `each`, in order, with its length in bytes. `account` is whose
/// journal it is.
///
/// # Errors
/// When the journal is too new, or the machine could not read it.
pub(super) fn scan(mut source: impl BufRead, account: &AccountId, mut each: impl FnMut(Line, usize)) -> Result<Scan, NotScanned> {
    let mut scan = Scan::default();
    let mut line = Vec::new();
    for number in 1.. {
        let start = scan.length;
        let Some(next) = next_line(&mut source, &mut line)? else { break };
        scan.length += next.length;
        match if next.is_whole { judge(&line, account) } else { Judged::Unreadable } {
            Judged::TooNew(version) => return Err(NotScanned::TooNew { line: number, version }),
            Judged::Unreadable => {
                scan.unreadable_lines += 1;
                match scan.unreadable.last_mut().filter(|before| before.end == start) {
                    Some(before) => before.end = scan.length,
                    None => scan.unreadable.push(start..scan.length),
                }
            }
            Judged::Known(known) => {
                scan.lacks_end = !next.has_end;
                each(*known, line.len());
            }
            Judged::Foreign => scan.lacks_end = !next.has_end,
        }
    }
    Ok(scan)
}

struct Next {
    /// How many bytes it has, its end included.
    length: u64,
    /// Whether `line` holds all of it.
    is_whole: bool,
    /// Whether it ends like a line and not just with the file. Of one that is not whole, nobody asks.
    has_end: bool,
}

/// Reads on to the end of a line, and keeps it in `line` without its end; of one that is too long, only a beginning.
fn next_line(source: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<Next>> {
    line.clear();
    let longest = LONGEST_LINE as u64;
    let mut length = source.by_ref().take(longest + 1).read_until(b'\n', line)? as u64;
    if length == 0 {
        return Ok(None);
    }
    let has_end = line.last() == Some(&b'\n');
    let is_whole = length <= longest;
    if has_end {
        line.pop();
    } else if !is_whole {
        length += source.skip_until(b'\n')? as u64;
    }
    Ok(Some(Next { length, is_whole, has_end }))
}

fn judge(line: &[u8], account: &AccountId) -> Judged {
    let Ok(mut value) = serde_json::from_slice::<Value>(line) else { return Judged::Unreadable };
    match value.get("v").and_then(Value::as_u64) {
        Some(VERSION) => {}
        Some(version) if version > VERSION => return Judged::TooNew(version),
        Some(_) | None => return Judged::Unreadable,
    }
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let is_ours = text("account") == Some(account.as_str());
    let is_dated = text("at").is_some_and(|at| at.parse::<jiff::Timestamp>().is_ok());
    let Some(kind) = text("kind").filter(|_| is_ours && is_dated && text("run").is_some()) else { return Judged::Unreadable };
    // A line of another kind is from a program that knows more than this one.
    if !Entry::VARIANTS.contains(&kind) {
        return Judged::Foreign;
    }
    make_harmless(&mut value);
    Line::deserialize(value).map_or(Judged::Unreadable, |line| Judged::Known(Box::new(line)))
}

/// A file is data from outside, also one that this program wrote once.
fn make_harmless(value: &mut Value) {
    match value {
        Value::String(text) => *text = sanitize(text),
        Value::Array(items) => items.iter_mut().for_each(make_harmless),
        Value::Object(fields) => fields.values_mut().for_each(make_harmless),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl Scan {
    /// Copies what cannot be read, byte for byte. What does not end like a line is given an end, to keep it apart from what follows.
    ///
    /// # Errors
    /// When the machine could not read or write.
    pub(super) fn copy_unreadable(&self, source: &mut (impl Read + Seek), target: &mut impl Write) -> io::Result<()> {
        for range in &self.unreadable {
            copy(source, range.clone(), target)?;
        }
        if let Some(last) = self.unreadable.last().filter(|last| last.end == self.length) {
            let mut byte = [0];
            source.seek(SeekFrom::Start(last.end - 1))?;
            source.read_exact(&mut byte)?;
            if byte != *b"\n" {
                target.write_all(b"\n")?;
            }
        }
        Ok(())
    }

    /// Copies what can be read, byte for byte, and gives the last line its end where that is missing. Returns the length.
    ///
    /// # Errors
    /// When the machine could not read or write.
    pub(super) fn copy_readable(&self, source: &mut (impl Read + Seek), target: &mut impl Write) -> io::Result<u64> {
        let mut from = 0;
        let mut length = 0;
        let starts = self.unreadable.iter().map(|range| range.start).chain([self.length]);
        let ends = self.unreadable.iter().map(|range| range.end).chain([self.length]);
        for (start, end) in starts.zip(ends) {
            copy(source, from..start, target)?;
            length += start - from;
            from = end;
        }
        if self.lacks_end {
            target.write_all(b"\n")?;
            length += 1;
        }
        Ok(length)
    }
}

fn copy(source: &mut (impl Read + Seek), range: Range<u64>, target: &mut impl Write) -> io::Result<()> {
    source.seek(SeekFrom::Start(range.start))?;
    let wanted = range.end - range.start;
    // A file that became shorter in the meantime must not pass for one that was copied.
    if io::copy(&mut source.by_ref().take(wanted), target)? == wanted { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
