//! Thousands of journals that nobody would wish for: cut, mixed, overlong, not text, out of order, forged.
//!
//! Each is made from a walk whose words are known, because a live checklist walked along, and then damaged. What the reader makes of it
//! is held against that walk and against the bytes alone; nothing here asks the reader what a line is.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::Cursor;

use serde_json::Value;

use super::*;
use crate::journal::entry::LONGEST_LINE;
use crate::journal::lines::{NotScanned, Scan, scan};
use crate::journal::past::{Past, Replay};
use crate::tests::{Dice, cases};

const PRACTICE: &str = "localhost:4566";
const CAROL: &str = "arn:aws:sts::123456789012:assumed-role/Deal/carol";
/// In the notes of words that must never count.
const NEVER: &str = "never";

/// What the account went through, written down as it went.
struct Walk {
    lines: Vec<Vec<u8>>,
    /// The live checklists: that of the real AWS and that of the practice.
    live: [Checklist; 2],
    minute: i64,
    words: usize,
}

impl Walk {
    fn new(dice: &mut Dice, name: &str) -> Self {
        let mut walk = Self { lines: Vec::new(), live: [Checklist::default(), Checklist::default()], minute: -1_500, words: 0 };
        for number in 0..=dice.roll(3) {
            walk.run(dice, &format!("{name}{number}"));
        }
        walk
    }

    fn write(&mut self, run: &str, entry: Entry) {
        self.lines.push(line_of(run, ACCOUNT, entry, minute(self.minute)).to_bytes().unwrap());
    }

    fn run(&mut self, dice: &mut Dice, name: &str) {
        let practice = usize::from(dice.one_in(4));
        let run = format!("{}-{name}", ["real", "practice"][practice]);
        self.write(&run, opened([&[], &[PRACTICE][..]][practice]));
        // A walk begins with nothing found.
        for step in StepId::ALL {
            self.live[practice].step_mut(step).finding = None;
        }
        self.identify(dice, &run, practice);
        for _ in 0..dice.roll(10) {
            self.minute = (self.minute + i64::try_from(dice.roll(120)).unwrap()).min(60);
            self.happen(dice, &run, practice);
        }
    }

    fn identify(&mut self, dice: &mut Dice, run: &str, practice: usize) {
        let mut subject = subject(dice.pick(&[ANNA, ANNA, ANNA, BOB, CAROL]), if dice.one_in(15) { "o-2" } else { "o-1" });
        if dice.one_in(8) {
            subject.membership = dice.pick(&[Membership::Unknown, Membership::Standalone]);
        }
        self.live[practice].meet(subject.clone());
        self.write(run, Entry::Identified { subject });
    }

    fn happen(&mut self, dice: &mut Dice, run: &str, practice: usize) {
        let at = minute(self.minute);
        let step = dice.pick(&[PAYMENT, PAYMENT, PAYMENT, StepId::Permission, StepId::SupportPlan, StepId::OldOwnerAccess]);
        match dice.roll(12) {
            0..=3 => {
                let unknown = Verdict::Unknown(problem(ProblemKind::TimedOut, at));
                let (rule, verdict) = dice.pick(&[
                    ("nobody-said", Verdict::NeedsYou),
                    ("nobody-said", Verdict::NeedsYou),
                    ("nobody-said", Verdict::Unmet),
                    ("another", Verdict::NeedsYou),
                    ("there", Verdict::Met),
                    ("timed-out", unknown),
                ]);
                let confidence = dice.pick(&[Confidence::Proven, Confidence::Predicted]);
                let finding = Finding { confidence, ..finding(step, rule, verdict, at) };
                self.live[practice].record(finding.clone());
                let standing = self.live[practice].step(step).standing(at);
                self.write(run, Entry::Found { finding, standing });
                if dice.one_in(2) {
                    self.attest(run, practice, step);
                }
            }
            4..=7 => self.attest(run, practice, step),
            8 => {
                let steps = dice.pick(&[vec![step], vec![step, PAYMENT], vec![]]);
                let refusal = refusal(&steps, at);
                // Nothing is asked for before every step was read.
                if refusal.about().iter().any(|step| self.live[practice].step(*step).finding.is_none()) {
                    return;
                }
                self.write(run, Entry::Intended(intent()));
                self.live[practice].refuse(&refusal);
                self.write(run, Entry::Answered { answer: LeaveAnswer::Refused { refusal } });
            }
            9 => self.write(run, Entry::Intended(intent())),
            10 => {
                let outcome = dice.pick(&[Settled::Left, Settled::StillMember, Settled::StillMember, Settled::AlreadyStandalone]);
                if outcome != Settled::StillMember {
                    match outcome {
                        Settled::Left => self.live[practice] = Checklist::default(),
                        // Records can flap: what AWS refused stays.
                        _ => self.live[practice].forget_words(),
                    }
                    self.write(run, Entry::Settled { outcome, organization: None, looks: 2 });
                    // So late that AWS's records have not gone back: it was taken in again.
                    self.minute += 61;
                    self.identify(dice, run, practice);
                }
            }
            _ => self.identify(dice, run, practice),
        }
    }

    fn attest(&mut self, run: &str, practice: usize, step: StepId) {
        self.words += 1;
        let note = format!("word {} of {run}{}", self.words, if practice == 1 { " (never here)" } else { "" });
        let live = self.live[practice].step_mut(step);
        if live.attest("anna", &note, minute(self.minute)).is_ok() {
            let attestation = live.attestation.clone().unwrap();
            self.write(run, Entry::Attested { step, attestation });
        }
    }

    fn bytes(&self) -> Vec<u8> {
        self.lines.concat()
    }

    /// The words that hold for `anna` in `o-1` at minute 60 on the real AWS, as the live walk has them.
    fn words(&self) -> BTreeMap<StepId, Attestation> {
        let mut live = self.live[0].clone();
        live.meet(subject(ANNA, "o-1"));
        words(&live).into_iter().filter(|(_, word)| minute(60) < word.expires_at).collect()
    }
}

fn words(checklist: &Checklist) -> BTreeMap<StepId, Attestation> {
    checklist.steps().filter_map(|step| Some((step.id, step.attestation.clone()?))).collect()
}

/// What the reader makes of these bytes.
struct Reading {
    kept: Vec<u8>,
    aside: Vec<u8>,
    scan: Scan,
    past: Past,
}

/// `None` where a line has become one of a newer version: then nobody reads anything, or changes it.
fn read(content: &[u8]) -> Option<Reading> {
    let mut replay = Replay::new(&account(), &[], minute(60));
    let scan = match scan(content, &account(), |line, _| replay.take(line)) {
        Ok(scan) => scan,
        Err(NotScanned::TooNew { line, version }) => {
            let line = &lines(content)[usize::try_from(line).unwrap() - 1];
            assert_eq!(serde_json::from_slice::<Value>(line).unwrap()["v"], version);
            assert!(version > 1);
            return None;
        }
        Err(NotScanned::Io(error)) => panic!("{error}"),
    };
    let (mut kept, mut aside) = (Vec::new(), Vec::new());
    let length = scan.copy_readable(&mut Cursor::new(content), &mut kept).unwrap();
    scan.copy_unreadable(&mut Cursor::new(content), &mut aside).unwrap();
    assert_eq!(length, kept.len() as u64);
    Some(Reading { kept, aside, scan, past: replay.finish(None) })
}

/// The lines of `content`, each with its end; the last is given one.
fn lines(content: &[u8]) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = content.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    if let Some(last) = lines.last_mut().filter(|last| !last.ends_with(b"\n")) {
        last.push(b'\n');
    }
    lines
}

/// Lines that look right and are not, each with a word in it that must not count.
fn forged(dice: &mut Dice) -> Vec<u8> {
    let now = minute(30);
    let hours = SignedDuration::from_hours(texts::rules().attestation.hours);
    let fine = Attestation { note: Some(NEVER.to_owned()), ..word(now, None) };
    let forge = |run: &str, account: &str, step: StepId, attestation: Attestation| {
        line_of(run, account, Entry::Attested { step, attestation }, now).to_bytes().unwrap()
    };
    let text = |bytes: Vec<u8>, old: &str, new: &str| {
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(old), "{old} in {text}");
        text.replace(old, new).into_bytes()
    };
    let real = "real-a0";
    let honest = || forge(real, ACCOUNT, PAYMENT, fine.clone());
    match dice.roll(14) {
        0 => forge(real, OTHER, PAYMENT, fine),
        1 => forge(real, ACCOUNT, StepId::OtherWayOut, fine),
        2 => forge(real, ACCOUNT, PAYMENT, Attestation { rule: "of-another-step".to_owned(), ..fine }),
        3 => forge(real, ACCOUNT, PAYMENT, Attestation { over: VerdictKind::Met, ..fine }),
        4 => forge(real, ACCOUNT, PAYMENT, Attestation { expires_at: Timestamp::MAX, ..fine }),
        5 => forge(real, ACCOUNT, PAYMENT, Attestation { at: minute(61), expires_at: minute(61) + hours, ..fine }),
        6 => forge(real, ACCOUNT, PAYMENT, Attestation { at: Timestamp::MAX, expires_at: Timestamp::MAX, ..fine }),
        7 => forge(real, ACCOUNT, PAYMENT, Attestation { at: minute(-2_000), expires_at: minute(-2_000) + hours, ..fine }),
        8 => forge("a run that never began", ACCOUNT, PAYMENT, fine),
        9 => text(honest(), "payment-method", "payment"),
        10 => text(honest(), "\"v\":1", "\"v\":0"),
        11 => text(honest(), "\"v\":1,", ""),
        12 => text(honest(), "\"by\":\"anna\",", ""),
        _ => text(honest(), "{\"v\":1", "[{\"v\":1"),
    }
}

/// Bytes that are no line at all.
fn garbage(dice: &mut Dice) -> Vec<u8> {
    let mut bytes = match dice.roll(10) {
        0 => vec![0; dice.roll(50)],
        1 => (0..dice.roll(60)).map(|_| u8::try_from(dice.roll(256)).unwrap()).collect(),
        2 => b"\xef\xbb\xbf".to_vec(),
        3 => b"\xe2\x82".to_vec(),
        4 => [vec![b'['; 5_000], vec![b']'; 5_000]].concat(),
        5 => b"{\"v\":1}".to_vec(),
        6 => Vec::new(),
        7 => "{\"a\":".repeat(200).into_bytes(),
        8 => b"\r".to_vec(),
        _ => b"{\"v\":1,\"at\":\"2026-11-23T09:00:00Z\",\"run\":7,\"account\":\"123456789012\",\"kind\":\"closed\"}".to_vec(),
    };
    if dice.one_in(60) {
        bytes.resize(LONGEST_LINE + dice.roll(3), b'g');
    }
    if !dice.one_in(5) {
        bytes.push(b'\n');
    }
    bytes
}

/// Does one bad thing to a journal.
fn damage(dice: &mut Dice, content: &mut Vec<u8>, known: &mut HashSet<Vec<u8>>) {
    let mut lines = lines(content);
    let line = |dice: &mut Dice| dice.roll(lines.len().max(1));
    match dice.roll(12) {
        0 => content.truncate(dice.roll(content.len() + 1)),
        1 => {
            content.drain(..dice.roll(content.len() + 1));
        }
        2 => {
            let from = dice.roll(content.len() + 1);
            let to = from + dice.roll((content.len() - from).min(400) + 1);
            content.drain(from..to);
        }
        3 => {
            let bytes = garbage(dice);
            let at = dice.roll(content.len() + 1);
            content.splice(at..at, bytes);
        }
        4 => {
            let bytes = garbage(dice);
            let at = line(dice);
            lines.insert(at.min(lines.len()), bytes);
            *content = lines.concat();
        }
        5 | 6 => {
            let bytes = forged(dice);
            let at = line(dice);
            lines.insert(at.min(lines.len()), bytes);
            *content = lines.concat();
        }
        7 if !content.is_empty() => {
            let at = dice.roll(content.len());
            content[at] = u8::try_from(dice.roll(256)).unwrap();
        }
        8 if !lines.is_empty() => {
            let (from, to) = (line(dice), line(dice));
            let moved = if dice.one_in(2) { lines.remove(from) } else { lines[from].clone() };
            lines.insert(to.min(lines.len()), moved);
            *content = lines.concat();
        }
        9 => {
            // Another program wrote the ends of the lines in its own way: that is still the same JSON.
            for line in &mut lines {
                if dice.one_in(3) && known.contains(&*line) {
                    line.insert(line.len() - 1, b'\r');
                    known.insert(line.clone());
                }
            }
            *content = lines.concat();
        }
        10 => {
            let other = Walk::new(dice, "b");
            known.extend(other.lines.iter().cloned());
            let cut = dice.roll(content.len() + 1);
            content.truncate(cut);
            let other = other.bytes();
            content.extend_from_slice(&other[dice.roll(other.len())..]);
        }
        _ => {
            let foreign = format!(
                "{{\"kind\":\"dreamt-{}\",\"v\":1,\"at\":\"9999-12-30T22:00:00Z\",\"run\":\"x\",\"account\":\"{ACCOUNT}\",\"of\":[{{}}]}}\n",
                dice.roll(10)
            );
            let at = line(dice);
            known.insert(foreign.clone().into_bytes());
            lines.insert(at.min(lines.len()), foreign.into_bytes());
            *content = lines.concat();
        }
    }
}

/// Every line is in one of the two files, in order and byte for byte; every line that was not damaged is in the journal.
fn check_nothing_is_lost(content: &[u8], reading: &Reading, known: &HashSet<Vec<u8>>) {
    let (kept, aside) = (lines(&reading.kept), lines(&reading.aside));
    let (mut kept, mut aside) = (kept.iter().peekable(), aside.iter().peekable());
    let mut moved = 0;
    for line in lines(content) {
        if kept.next_if(|next| **next == line).is_some() {
            continue;
        }
        assert!(!known.contains(&line), "lost: {}", String::from_utf8_lossy(&line));
        assert!(aside.next_if(|next| **next == line).is_some(), "in neither file: {}", String::from_utf8_lossy(&line));
        moved += 1;
    }
    assert_eq!((kept.next(), aside.next()), (None, None), "something was added");
    assert_eq!(reading.scan.unreadable_lines, moved);
    // Neighbours are one: a file full of empty lines must not become a list as long as itself.
    assert!(reading.scan.unreadable.windows(2).all(|two| two[0].end < two[1].start));
}

/// Every word that counts stands in the journal, whole, in a line about this account and this step, and none that must not count does.
fn check_nothing_is_granted(reading: &Reading) {
    let mut checklist = restored(&reading.past);
    assert!(checklist.steps().all(|step| step.finding.is_none()));
    for step in StepId::ALL {
        checklist.record(finding(step, "nobody-said", Verdict::NeedsYou, minute(60)));
    }
    for (step, word) in words(&checklist) {
        if checklist.step(step).standing_attestation(minute(60)).is_none() {
            continue;
        }
        let note = word.note.clone().unwrap_or_default();
        assert!(!note.contains(NEVER), "{note}");
        let stands = lines(&reading.kept).iter().filter_map(|line| serde_json::from_slice::<Value>(line).ok()).any(|line| {
            let said = &line["attestation"];
            line["v"] == 1
                && line["account"] == ACCOUNT
                && line["kind"] == "attested"
                && line["step"] == step.as_str()
                && said["note"].as_str().is_some_and(|said| crate::untrusted::sanitize(said) == note)
                && time(&said["at"]) == Some(word.at)
                && time(&said["expires_at"]) == Some(word.expires_at)
        });
        assert!(stands, "granted out of nothing: {step}: {word:?}");
        assert!(
            word.expires_at.duration_since(word.at).as_hours() <= texts::rules().attestation.hours_for(step, word.is_override)
        );
    }
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// A journal and what was done to it.
struct Case {
    walk: Walk,
    content: Vec<u8>,
    /// Lines that can be read, as they were written.
    known: HashSet<Vec<u8>>,
    damages: usize,
}

fn case(seed: u64) -> Case {
    let mut dice = Dice(seed);
    let walk = Walk::new(&mut dice, "a");
    let mut content = walk.bytes();
    let mut known: HashSet<Vec<u8>> = walk.lines.iter().cloned().collect();
    let damages = dice.roll(5);
    for _ in 0..damages {
        damage(&mut dice, &mut content, &mut known);
    }
    Case { walk, content, known, damages }
}

#[test]
fn random_and_hostile_journals_lose_no_readable_line_and_grant_nothing_that_is_not_there() {
    let (mut unharmed, mut granted, mut set_aside, mut open, mut too_new) = (0, [0, 0], 0, 0, 0);
    for seed in 0..u64::from(cases(10_000)) {
        let Case { walk, content, known, damages } = case(seed);
        let checked = std::panic::catch_unwind(|| {
            let reading = read(&content)?;
            check_nothing_is_lost(&content, &reading, &known);
            check_nothing_is_granted(&reading);
            if seed % 4 == 0 {
                // What was read once is read the same way again, and nothing is left to do.
                let again = read(&reading.kept)?;
                assert_eq!((&again.kept, again.aside.len()), (&reading.kept, 0));
                assert_eq!(again.past, reading.past);
            }
            if damages == 0 {
                assert_eq!(words(&restored(&reading.past)), walk.words(), "as the live walk has it");
            }
            Some(reading)
        });
        let Ok(reading) = checked else {
            panic!("seed {seed}:\n{}", String::from_utf8_lossy(&content[..content.len().min(20_000)]))
        };
        let Some(reading) = reading else {
            too_new += 1;
            continue;
        };
        unharmed += u32::from(damages == 0);
        granted[usize::from(damages > 0)] += u32::from(!words(&restored(&reading.past)).is_empty());
        set_aside += u32::from(!reading.aside.is_empty());
        open += u32::from(reading.past.unsettled.is_some());
    }
    // The dice have to fall on everything, or nothing was shown.
    let told = format!("{unharmed} {granted:?} {set_aside} {open} {too_new}");
    assert!(
        unharmed > cases(1_000)
            && granted[0] > cases(300)
            && granted[1] > cases(1_000)
            && set_aside > cases(3_000)
            && open > cases(1_000)
            && too_new < cases(50),
        "{told}"
    );
}

#[test]
fn hundreds_of_them_come_through_real_files_the_same_way() {
    for seed in 0..300 {
        let Case { content, known, .. } = case(seed + 1_000_000);
        let (_place, folder) = folder();
        let (journal, _) = folder.open(&account(), opening()).unwrap();
        let path = journal.path().to_owned();
        drop(journal);
        fs::write(&path, &content).unwrap();
        let Some(expected) = read(&content) else { continue };
        let (journal, past) = folder.open(&account(), opening()).unwrap();
        let mut kept = fs::read(journal.path()).unwrap();
        if past.set_aside.is_some() {
            let mut lines = lines(&kept);
            lines.pop();
            kept = lines.concat();
        }
        let aside = fs::read(path.with_extension("unreadable")).unwrap_or_default();
        let on_disk = Reading { kept, aside, ..expected };
        check_nothing_is_lost(&content, &on_disk, &known);
        check_nothing_is_granted(&on_disk);
        assert_eq!(past.set_aside.as_ref().map_or(0, |aside| aside.lines), on_disk.scan.unreadable_lines, "seed {seed}");
        let mut as_on_disk = on_disk.past;
        as_on_disk.set_aside.clone_from(&past.set_aside);
        assert_eq!(past, as_on_disk, "seed {seed}");
    }
}

#[test]
fn a_real_journal_may_be_cut_at_every_byte() {
    let lines = run("1", [needs_you(PAYMENT, minute(1)), attested(PAYMENT, minute(2)), Entry::Intended(intent())]);
    let lines: Vec<Vec<u8>> = lines.iter().map(|line| line.to_bytes().unwrap()).collect();
    let whole = lines.concat();
    let known: HashSet<Vec<u8>> = lines.iter().cloned().collect();
    for cut in 0..=whole.len() {
        let reading = read(&whole[..cut]).unwrap();
        check_nothing_is_lost(&whole[..cut], &reading, &known);
        // A line counts from its last brace on, whether its end is there or not.
        let complete = lines.iter().scan(0, |end, line| {
            *end += line.len();
            Some(*end)
        });
        let complete = complete.filter(|end| cut >= end - 1).count();
        assert_eq!(reading.kept, lines[..complete].concat(), "cut at {cut}");
        assert_eq!(reading.past.has_words(), complete >= 4, "cut at {cut}");
        assert_eq!(reading.past.unsettled.is_some(), complete >= 5, "cut at {cut}");
    }
}

#[test]
fn a_line_of_any_length_takes_no_more_memory_than_the_longest_that_is_read() {
    /// Counts what is asked for at once, and gives out bytes without an end to their line.
    struct Endless {
        left: u64,
    }
    impl std::io::Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            assert!(buffer.len() <= LONGEST_LINE, "somebody wants {} bytes at once", buffer.len());
            let given = buffer.len().min(usize::try_from(self.left).unwrap());
            buffer[..given].fill(b'x');
            self.left -= given as u64;
            Ok(given)
        }
    }
    let giant = 1 << 30;
    let end = line("1", Entry::Closed { exit_code: 0 }).to_bytes().unwrap();
    let source = std::io::Read::chain(std::io::Read::chain(Endless { left: giant }, &b"\n"[..]), &end[..]);
    let mut seen = 0;
    let scan = scan(std::io::BufReader::with_capacity(1 << 16, source), &account(), |_, _| seen += 1).unwrap();
    assert_eq!((scan.unreadable.len(), scan.unreadable_lines, seen), (1, 1, 1));
    assert_eq!(scan.unreadable[0], 0..giant + 1);
    assert_eq!(scan.length, giant + 1 + end.len() as u64);
}
