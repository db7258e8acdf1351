//! Masks what is private in a report: account ids, names, e-mail addresses, phone numbers, request ids, and what leads to them.
//!
//! Values that findings and the journal mark as private are masked when the sentences are made ([`Redactor`]). AWS's messages and the facts
//! from calls are searched for the same values. IDs, addresses and numbers are recognized by their shape, wherever they appear. One value has
//! one mask throughout a report. When in doubt, this module masks too much rather than too little.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, PatternID};
use regex_lite::Regex;

use super::document::Document;
use super::{local_errors, story};
use crate::checklist::{Checklist, Finding, PrincipalKind, Problem, ProblemKind, Redactor, Subject, texts};
use crate::journal::{Entry, JournalContents, Line};

/// What is private in a checklist and a journal, beyond what gives itself away by its shape.
#[derive(Debug, Clone, Default)]
pub struct Private {
    values: BTreeSet<String>,
    /// Names of people and sessions, which may stand for a person in parts: `maria.keller`.
    people: BTreeSet<String>,
    /// Request ids that the journal holds, also those that are not told any more.
    requests: BTreeSet<String>,
}

impl Private {
    /// What is private in `checklist` and in what `journal` tells.
    ///
    /// # Errors
    /// When the journal cannot be read any more.
    pub fn of(checklist: &Checklist, journal: Option<&JournalContents>) -> Result<Self, Problem> {
        let mut private = Self::default();
        if let Some(subject) = &checklist.subject {
            private.take_names(subject);
        }
        for step in checklist.steps() {
            private.take_finding(step.finding.as_ref());
            private.people.extend(step.attestation.iter().map(|word| word.by.clone()));
            private.requests.extend(step.refusals().filter_map(|refusal| refusal.request_id.clone()));
        }
        let mut take_in = |line: &Line| {
            private.requests.extend(story::request_ids(&line.entry));
            match &line.entry {
                Entry::Opened { by, profile, endpoints, .. } => {
                    private.people.insert(by.clone());
                    private.values.extend(profile.clone());
                    private.values.extend(endpoints.iter().map(|words| host_of(words)));
                }
                Entry::AlsoAsked { endpoints } => private.values.extend(endpoints.iter().map(|words| host_of(words))),
                Entry::Identified { subject } => private.take_names(subject),
                Entry::Found { finding, .. } => private.take_finding(Some(finding)),
                Entry::Attested { attestation, .. } => {
                    private.people.insert(attestation.by.clone());
                }
                _ => {}
            }
        };
        if let Some(kept) = journal {
            kept.each(&mut take_in)?;
        }
        // The user of this name is nobody in particular, and every report speaks of root users.
        private.people.remove("root");
        // Neither are the roles that every organization makes.
        private.values.retain(|value| !is_an_organization_role(value));
        Ok(private)
    }

    /// The names of an account and of who is calling.
    fn take_names(&mut self, subject: &Subject) {
        self.values.extend(subject.name().map(str::to_owned));
        match subject.identity.kind() {
            PrincipalKind::Root => {}
            PrincipalKind::User(name) | PrincipalKind::Federated(name) | PrincipalKind::Other(name) => {
                self.people.insert(name);
            }
            PrincipalKind::AssumedRole { role, session } => {
                self.values.insert(role);
                self.people.insert(session);
            }
        }
    }

    fn take_finding(&mut self, finding: Option<&Finding>) {
        let Some(finding) = finding else { return };
        self.values.extend(finding.found.own());
        self.values.extend(finding.evidence.iter().flat_map(|call| &call.own).map(|own| own.as_str().to_owned()));
        self.requests.extend(finding.evidence.iter().filter_map(|call| call.request_id.clone()));
        self.requests.extend(finding.problem().and_then(|problem| problem.request_id.clone()));
    }

    pub(crate) fn masks(&self) -> Masks {
        Masks { search: Search::new(&self.values, &self.people, &self.requests), given: BTreeMap::new(), counts: BTreeMap::new() }
    }
}

/// The host and port in the words for an endpoint: its scheme and its service are nobody's secret.
fn host_of(words: &str) -> String {
    let url = words.split_whitespace().next().unwrap_or_default();
    url.split_once("://").map_or(url, |(_, host)| host).to_owned()
}

/// What AWS calls states and kinds, as its API references list them, and what we call a call that went well.
const CODES: [&str; 8] =
    ["ok", "ALL", "CONSOLIDATED_BILLING", "ACTIVE", "SUSPENDED", "PENDING_ACTIVATION", "PENDING_CLOSURE", "CLOSED"];

/// Whether `code` is a word that AWS or this program has for every account.
fn is_code(code: &str) -> bool {
    CODES.contains(&code) || ProblemKind::ALL.iter().any(|kind| kind.as_str() == code)
}

/// Whether `name` reads like what a call is named, by AWS or by this program.
fn is_operation(name: &str) -> bool {
    static OPERATION: LazyLock<Regex> = LazyLock::new(|| regex("^[a-z0-9-]+(:[A-Za-z]+)?$"));
    OPERATION.is_match(name)
}

fn is_an_organization_role(name: &str) -> bool {
    texts::rules().organization_roles.names.iter().any(|known| known == name)
}

/// Where something private stands in a text, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    range: Range<usize>,
    what: &'static str,
}

/// A private value as it is looked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    text: String,
    /// What may follow, where it is very long.
    rest: String,
    what: &'static str,
    /// Whether it counts only where it is no part of a longer word.
    is_whole: bool,
}

/// Looks for private values, for all of them at once.
struct Search {
    /// Those that are looked for just as they are spelt.
    exact: (Vec<Wanted>, AhoCorasick),
    /// Those that are looked for in any spelling.
    folded: (Vec<Wanted>, AhoCorasick),
    /// The long ones: the end of a text may have cut one off.
    long: Vec<String>,
}

impl Search {
    /// The longest beginning that is looked for, in characters: names of thousands make the search slow to prepare.
    const LONGEST_BEGINNING: usize = 64;
    /// The shortest beginning of a cut value that is recognised, in characters.
    const SHORTEST_BEGINNING: usize = 4;

    fn new(values: &BTreeSet<String>, people: &BTreeSet<String>, requests: &BTreeSet<String>) -> Self {
        let (mut exact, mut folded) = (BTreeSet::new(), BTreeSet::new());
        let mut want = |text: &str, what| {
            let text = text.trim();
            // What is nothing but punctuation stands everywhere.
            if text.chars().all(|c| c.is_ascii_punctuation() || c.is_whitespace()) {
                return;
            }
            let is_short = text.len() < 5 || text.bytes().all(|byte| byte.is_ascii_digit());
            let is_whole = text.is_ascii() && is_short;
            let wanted = |text: String| {
                let end = text.char_indices().nth(Self::LONGEST_BEGINNING).map_or(text.len(), |(at, _)| at);
                let (beginning, rest) = text.split_at(end);
                Wanted { text: beginning.to_owned(), rest: rest.to_owned(), what, is_whole }
            };
            if what == "request" || text.chars().count() == 1 {
                exact.insert(wanted(text.to_owned()));
            } else {
                // The search itself folds only the letters of ASCII.
                folded.extend([text.to_owned(), text.to_lowercase(), text.to_uppercase()].map(wanted));
            }
        };
        for value in values.iter().chain(people) {
            want(value, "name");
            // As a template prints it, and as one word.
            let words: Vec<String> = value.split_whitespace().map(in_half_width).collect();
            want(&words.join(" "), "name");
            want(&words.concat(), "name");
            for part in value.split_whitespace().map(|part| part.trim_matches(|c: char| !c.is_alphanumeric())) {
                let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
                if part.len() >= if is_number { 4 } else { 2 } {
                    want(part, "name");
                }
            }
        }
        for part in people.iter().flat_map(|name| name.split(|c: char| !c.is_alphanumeric())) {
            if part.len() >= 3 && part.chars().any(char::is_alphabetic) {
                want(part, "name");
            }
        }
        for request in requests {
            want(request, "request");
        }
        let long = values.iter().chain(people).filter(|value| value.chars().count() > Self::SHORTEST_BEGINNING);
        Self { exact: automaton(exact, false), folded: automaton(folded, true), long: long.cloned().collect() }
    }

    fn spans(&self, text: &str) -> Vec<Span> {
        let mut spans = self.found(text);
        if let Some((plain, places)) = plainly(text) {
            let there = |Span { range, what }| Span { range: places[range.start]..places[range.end], what };
            spans.extend(self.found(&plain).into_iter().map(there));
        }
        // A day of ours stays one, also where somebody lives at the postal code 2026.
        let dates: Vec<Range<usize>> = DATES.find_iter(text).map(|date| date.range()).collect();
        let is_in_a_date =
            |range: &Range<usize>| dates.iter().any(|date| date.start <= range.start && range.end <= date.end && date != range);
        spans.retain(|span| !is_in_a_date(&span.range));
        if let Some(body) = text.strip_suffix('…') {
            spans.extend(self.long.iter().filter_map(|value| Some(Span { range: cut_off(body, value)?, what: "name" })));
        }
        spans
    }

    fn found(&self, text: &str) -> Vec<Span> {
        let mut spans = Vec::new();
        for (wanted, automaton) in [&self.exact, &self.folded] {
            // Where each pattern was found last. A name that repeats itself is found again at every letter of itself.
            let mut last: BTreeMap<PatternID, Range<usize>> = BTreeMap::new();
            for found in automaton.find_overlapping_iter(text) {
                let Wanted { ref rest, what, is_whole, .. } = wanted[found.pattern()];
                let known = last.get(&found.pattern()).map_or(0, |last| last.end.saturating_sub(found.end()));
                // What was found a letter earlier need not be looked at again; in doubt it belongs to both.
                let (known, rest) = rest.get(known..).map_or((0, rest.as_str()), |rest| (known, rest));
                let end = found.end() + known;
                let range = found.start()..end + how_much_goes_on(&text[end..], rest);
                last.insert(found.pattern(), range.clone());
                if !is_whole || stands_alone(text, &range) {
                    spans.push(Span { range, what });
                }
            }
        }
        spans
    }
}

/// The character in half width: input methods for Chinese and Japanese write the letters of ASCII twice as wide, too.
fn half_width(c: char) -> char {
    let narrow = u32::from(c).checked_sub(u32::from('！') - u32::from('!')).and_then(char::from_u32);
    narrow.filter(char::is_ascii_graphic).unwrap_or(c)
}

fn in_half_width(text: &str) -> String {
    text.chars().map(half_width).collect()
}

/// `text` in half width, with one blank for whatever may stand between words, and where each of its bytes stands in `text`. `None` where that is
/// `text` itself.
fn plainly(text: &str) -> Option<(String, Vec<usize>)> {
    let (mut plain, mut places) = (String::with_capacity(text.len()), Vec::with_capacity(text.len() + 1));
    for (at, c) in text.char_indices() {
        let c = half_width(c);
        let is_between = c.is_whitespace() || matches!(c, '-' | '_' | '.' | '\u{2010}'..='\u{2015}');
        if is_between && plain.ends_with(' ') {
            continue;
        }
        plain.push(if is_between { ' ' } else { c });
        places.resize(plain.len(), at);
    }
    places.push(text.len());
    (plain != text).then_some((plain, places))
}

#[expect(clippy::expect_used, reason = "it fails for gigabytes of values, and a report that is not masked must not come about")]
fn automaton(wanted: BTreeSet<Wanted>, folds: bool) -> (Vec<Wanted>, AhoCorasick) {
    let wanted: Vec<Wanted> = wanted.into_iter().collect();
    let patterns = wanted.iter().map(|wanted| &wanted.text);
    let automaton = AhoCorasick::builder().ascii_case_insensitive(folds).build(patterns).expect("there is room for every value");
    (wanted, automaton)
}

/// How many bytes of `text` are a beginning of `rest`, in any spelling.
fn how_much_goes_on(text: &str, rest: &str) -> usize {
    let alike = |(one, other): &(char, char)| one == other || one.to_lowercase().eq(other.to_lowercase());
    text.chars().zip(rest.chars()).take_while(alike).map(|(one, _)| one.len_utf8()).sum()
}

/// Whether what stands at `range` is no part of a longer word.
fn stands_alone(text: &str, range: &Range<usize>) -> bool {
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let found = &text[range.clone()];
    let joins_before = is_word(text[..range.start].chars().next_back()) && is_word(found.chars().next());
    let joins_after = is_word(text[range.end..].chars().next()) && is_word(found.chars().next_back());
    !joins_before && !joins_after
}

/// Where the beginning of `value` stands at the very end of `body`.
fn cut_off(body: &str, value: &str) -> Option<Range<usize>> {
    let beginning: String = value.chars().take(Search::SHORTEST_BEGINNING).collect();
    // What is longer than the value is no beginning of it. In a value that repeats itself, each beginning may be within the one before it.
    let longest = body.len().saturating_sub(value.len());
    let mut places = (longest..body.len()).filter(|at| body.is_char_boundary(*at));
    let at = places.find(|at| body[*at..].starts_with(&beginning) && value.starts_with(&body[*at..]))?;
    Some(at..body.len())
}

#[expect(clippy::expect_used, reason = "the patterns are literals, and tests use each of them")]
fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a literal regular expression")
}

/// Days and moments as this program writes them.
static DATES: LazyLock<Regex> = LazyLock::new(|| regex(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}(:[0-9]{2})? UTC)?\b"));

/// What gives itself away by its shape, and what the mask says of it.
///
/// Sources: the patterns of ids in the API references of Organizations, IAM and STS; AWS Account Management, contact information.
static SHAPES: LazyLock<[(&str, Regex); 3]> = LazyLock::new(|| {
    [
        ("e-mail", r#"[^\s@,;:<>()\[\]"“”/=]+@[^\s@,;:<>()\[\]"“”/=]*[^\s@,;:.<>()\[\]"“”/=]"#),
        ("request", r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"),
        ("phone", r"\+[0-9][0-9 ().-]{5,}[0-9]"),
    ]
    .map(|(what, pattern)| (what, regex(pattern)))
});

/// Ids that begin with letters, each with what stands before it: no letter and no digit, or they would be the end of a word. One pattern for
/// each kind, because one may stand within what looks like another.
static IDS: LazyLock<[(&str, Regex); 5]> = LazyLock::new(|| {
    [
        ("key", r"(?:^|[^0-9A-Za-z])(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{8,}"),
        ("organization", r"(?:^|[^0-9A-Za-z])o-[a-z0-9]{10,}"),
        ("organization", r"(?:^|[^0-9A-Za-z])ou-[a-z0-9]{4,}-[a-z0-9]{8,}"),
        ("organization", r"(?:^|[^0-9A-Za-z])h-[0-9a-z]{8,}"),
        // An underscore may be part of one, and then the id of something else may seem to be, too.
        ("organization", r"(?:^|[^0-9A-Za-z])p-[0-9a-zA-Z_]{8,}(?:-[0-9a-zA-Z_]+)*"),
    ]
    .map(|(what, pattern)| (what, regex(pattern)))
});

/// What gives itself away in `text`. Of several things at the same place, the first that is found says what it is.
fn by_shape(text: &str) -> Vec<Span> {
    let shapes = SHAPES
        .iter()
        .flat_map(|(what, shape)| shape.find_iter(text).map(|found| Span { range: found.range(), what }).collect::<Vec<_>>());
    shapes.chain(ids(text)).chain(account_ids(text)).chain(named_by_arns(text)).collect()
}

fn ids(text: &str) -> impl Iterator<Item = Span> {
    IDS.iter().flat_map(move |(what, id)| {
        id.find_iter(text).map(move |found| {
            let start = found.end() - found.as_str().trim_start_matches(|c: char| !c.is_ascii_alphanumeric()).len();
            Span { range: start..found.end(), what }
        })
    })
}

/// Account ids, also in groups of four with something between them, and in full-width digits; a longer number is none, as [`account_ids`] says.
static ACCOUNTS: LazyLock<Regex> = LazyLock::new(|| {
    let between = r"[-. \u{a0}\u{2007}\u{202f}\u{2010}-\u{2015}\u{3000}\u{ff0d}\u{ff0e}]";
    regex(&"D{4}BD{4}BD{4}|D{12,}".replace('D', "[0-9０-９]").replace('B', between))
});

/// The digit that `c` is, in ASCII.
fn digit(c: char) -> Option<char> {
    let value = if c.is_ascii() { u32::from(c) } else { u32::from(c).checked_sub(u32::from('０') - u32::from('0'))? };
    char::from_u32(value).filter(char::is_ascii_digit)
}

/// An ARN, with what it names last.
static ARNS: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:(?P<owner>[^\s:]*):(?P<named>[^\s"“”]+)"#));

fn account_ids(text: &str) -> impl Iterator<Item = Span> {
    let is_digit = |c: Option<char>| c.and_then(digit).is_some();
    let alone = move |range: &Range<usize>| {
        !is_digit(text[..range.start].chars().next_back()) && !is_digit(text[range.end..].chars().next())
    };
    let has_twelve = |range: &Range<usize>| text[range.clone()].chars().filter_map(digit).count() == 12;
    ACCOUNTS
        .find_iter(text)
        .map(|found| found.range())
        .filter(alone)
        .filter(has_twelve)
        .map(|range| Span { range, what: "account" })
}

/// The names in ARNs: all but what kind of thing it is.
fn named_by_arns(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    for found in ARNS.captures_iter(text) {
        let Some(named) = found.name("named") else { continue };
        let whole = named.as_str().trim_end_matches(|c: char| c.is_ascii_punctuation() && c != '*');
        // Where no account is told, as of buckets, the name comes first.
        let has_kind = found.name("owner").is_some_and(|owner| !owner.as_str().is_empty()) && whole.contains(['/', ':']);
        let mut at = named.start();
        for (place, segment) in whole.split(['/', ':']).enumerate() {
            let is_kind = place == 0 && has_kind && segment.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            let is_nobody = matches!(segment, "" | "*" | "root") || is_an_organization_role(segment);
            if !is_kind && !is_nobody {
                spans.push(Span { range: at..at + segment.len(), what: "name" });
            }
            at += segment.len() + 1;
        }
    }
    spans
}

/// Where ARNs begin. That something is one is nobody's secret, and programs go by it.
fn beginnings_of_arns(text: &str) -> Vec<Range<usize>> {
    const BEGINNING: &str = "arn:aws";
    let goes_on = |at: &usize| text[at + BEGINNING.len()..].starts_with([':', '-']);
    text.match_indices(BEGINNING).map(|(at, _)| at).filter(goes_on).map(|at| at..at + BEGINNING.len()).collect()
}

/// The masks that were given out.
pub struct Masks {
    search: Search,
    given: BTreeMap<(&'static str, String), usize>,
    counts: BTreeMap<&'static str, usize>,
}

impl Redactor for Masks {
    fn own(&mut self, value: &str) -> String {
        if value.trim().is_empty() || is_an_organization_role(value) {
            return value.to_owned();
        }
        // An address and a number are called what they are.
        let whole = by_shape(value).into_iter().find(|span| span.range == (0..value.len()));
        self.give(whole.map_or("name", |span| span.what), value)
    }

    fn text(&mut self, text: &str) -> String {
        let mut spans = by_shape(text);
        spans.extend(self.search.spans(text));
        self.mask(text, spans)
    }
}

impl Masks {
    /// `document` without what is private in it. What people wrote in their own words is hidden as a whole, and so is what this machine said
    /// about itself.
    pub(crate) fn finish(mut self, mut document: Document) -> Document {
        for note in document.notes_mut() {
            "[hidden]".clone_into(note);
        }
        for text in document.messages_mut() {
            *text = self.text(text);
        }
        // This program's own words take the place of some.
        local_errors::leave_out(&mut document);
        for text in document.sentences_mut() {
            *text = self.mask(text, by_shape(text));
        }
        for operation in document.operations_mut().filter(|operation| !is_operation(operation)) {
            *operation = self.text(operation);
        }
        for code in document.codes_mut().filter(|code| !is_code(code)) {
            *code = self.text(code);
        }
        for name in document.names_mut() {
            *name = self.give("name", name);
        }
        for id in document.request_ids_mut() {
            *id = self.give("request", id);
        }
        document.is_redacted = true;
        document
    }

    /// The mask for `value`: the one that it has, or a new one.
    fn give(&mut self, what: &'static str, value: &str) -> String {
        // An id in groups of four is the same id, and an address in capitals the same address.
        let key = if what == "account" { value.chars().filter_map(digit).collect() } else { value.to_lowercase() };
        let counts = &mut self.counts;
        let number = self.given.entry((what, key)).or_insert_with(|| {
            let count = counts.entry(what).or_default();
            *count += 1;
            *count
        });
        format!("[{what}-{number}]")
    }

    /// `text` with a mask in place of each of `spans`. What an ARN begins with is kept.
    fn mask(&mut self, text: &str, mut spans: Vec<Span>) -> String {
        let arns = beginnings_of_arns(text);
        for span in &mut spans {
            let next = arns.partition_point(|arn| arn.end <= span.range.start);
            if let Some(arn) = arns.get(next).filter(|arn| arn.contains(&span.range.start)) {
                span.range.start = arn.end;
            }
        }
        spans.retain(|span| !span.range.is_empty());
        spans.sort_by_key(|span| (span.range.start, std::cmp::Reverse(span.range.end)));

        let mut masked = String::with_capacity(text.len());
        let mut from = 0;
        let mut spans = spans.into_iter().peekable();
        while let Some(mut span) = spans.next() {
            // Where two overlap, neither may leave a piece of the other behind.
            while let Some(next) = spans.next_if(|next| next.range.start < span.range.end) {
                if next.range.len() > span.range.len() {
                    span.what = next.what;
                }
                span.range.end = span.range.end.max(next.range.end);
            }
            masked.push_str(&text[from..span.range.start]);
            masked.push_str(&self.give(span.what, &text[span.range.clone()]));
            from = span.range.end;
        }
        masked.push_str(&text[from..]);
        masked
    }
}

#[cfg(test)]
mod tests;
