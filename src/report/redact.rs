//! Masks what is private in a report: account ids, names, e-mail addresses, phone numbers, request ids, and what leads to them.
//!
//! What is private is known in two ways: values that AWS or a person named as a name, an address or a number, and shapes that give
//! themselves away wherever they stand, also in AWS's own sentences. The same mask stands for the same value throughout a report.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex_lite::{Captures, Regex};

use super::document::Document;
use crate::checklist::{Checklist, Identity, PrincipalKind, texts};
use crate::journal::{Entry, Kept};

/// What is private in a checklist and a journal, beyond what gives itself away by its shape.
#[derive(Debug, Clone, Default)]
pub struct Private {
    /// Names, addresses and numbers.
    values: Vec<String>,
}

impl Private {
    /// What is private in `checklist` and in what `journal` tells.
    #[must_use]
    pub fn of(checklist: &Checklist, journal: Option<&Kept>) -> Self {
        let mut values = BTreeSet::new();
        if let Some(subject) = &checklist.subject {
            values.extend(subject.details.as_ref().and_then(|details| details.name.clone()));
            values.extend(names_of(&subject.identity));
        }
        for step in checklist.steps() {
            values.extend(step.finding.iter().flat_map(|finding| finding.private.clone()));
            values.extend(step.attestation.iter().map(|word| word.by.clone()));
        }
        for line in journal.iter().flat_map(|kept| &kept.lines) {
            match &line.entry {
                Entry::Opened { by, profile, endpoints, .. } => {
                    values.insert(by.clone());
                    values.extend(profile.clone());
                    values.extend(endpoints.iter().cloned());
                }
                Entry::Identified { subject } => {
                    values.extend(subject.details.as_ref().and_then(|details| details.name.clone()));
                    values.extend(names_of(&subject.identity));
                }
                Entry::Found { finding, .. } => values.extend(finding.private.clone()),
                Entry::Attested { attestation, .. } => {
                    values.insert(attestation.by.clone());
                }
                _ => {}
            }
        }
        // The user of this name is nobody in particular, and every report speaks of root users.
        values.remove("root");
        // Neither are the roles that every organization makes.
        values.retain(|value| !texts::rules().organization_roles.names.contains(value));
        Self { values: values.iter().flat_map(|value| as_told(value)).filter(|value| !value.is_empty()).collect() }
    }

    /// `document` without what is private in it. What people wrote in their own words is hidden as a whole.
    #[must_use]
    pub fn mask(&self, mut document: Document) -> Document {
        let names = self.values.iter().map(|name| ("name", name.clone()));
        let requests = document.request_ids_mut().map(|id| ("request", id.clone()));
        // Longest first, so that a name is masked before a part of it.
        let mut values: Vec<(&str, String)> = names.chain(requests.collect::<Vec<_>>()).collect();
        values.sort_by(|(_, one), (_, other)| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        values.dedup();
        let mut masks = Masks { given: BTreeMap::new(), counts: BTreeMap::new() };
        for note in document.notes_mut() {
            "[hidden]".clone_into(note);
        }
        for id in document.request_ids_mut() {
            *id = masks.give("request", id);
        }
        for text in document.texts_mut() {
            *text = masks.mask(text, &values);
        }
        document.is_redacted = true;
        document
    }
}

/// A value as it was given, and as a template prints it.
fn as_told(value: &str) -> [String; 2] {
    let told = value.split_whitespace().collect::<Vec<_>>().join(" ");
    [value.trim().to_owned(), told]
}

/// The names in who is calling.
fn names_of(identity: &Identity) -> Vec<String> {
    match identity.kind() {
        PrincipalKind::Root => Vec::new(),
        PrincipalKind::User(name) | PrincipalKind::Federated(name) | PrincipalKind::Other(name) => vec![name],
        PrincipalKind::AssumedRole { role, session } => vec![role, session],
    }
}

/// What gives itself away by its shape. The name of each group is what the mask says.
///
/// Sources: the patterns of ids in the API references of Organizations, IAM and STS; AWS Account Management, contact information.
static SHAPES: LazyLock<Regex> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the pattern is a literal, and a test uses it")]
    Regex::new(concat!(
        r"(?P<email>[A-Za-z0-9._%+'-]+@[A-Za-z0-9.-]+)",
        r"|(?P<request>\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b)",
        r"|(?P<key>\b(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{8,}\b)",
        r"|(?P<organization>\b(?:o-[a-z0-9]{10,32}|ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|h-[0-9a-z]{8,32}|p-[0-9a-zA-Z_]{8,128})\b)",
        r"|(?P<account>\b[0-9]{12}\b|\b[0-9]{4}-[0-9]{4}-[0-9]{4}\b)",
        r"|(?P<phone>\+[0-9][0-9 ().-]{5,}[0-9])",
    ))
    .expect("the shapes are a regular expression")
});

/// The part of an ARN that names something: after the account, up to where no name goes on.
static NAMED_BY_ARN: LazyLock<Regex> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the pattern is a literal, and a test uses it")]
    Regex::new(r"(?P<head>arn:aws[a-z-]*:(?:iam|sts)::[0-9]*:(?:user|role|assumed-role|federated-user|group|policy|mfa|saml-provider|oidc-provider|instance-profile)/)(?P<name>[A-Za-z0-9+=,.@_/:-]*[A-Za-z0-9+=@_/-])")
        .expect("the ARN is a regular expression")
});

struct Masks {
    given: BTreeMap<String, String>,
    counts: BTreeMap<&'static str, usize>,
}

impl Masks {
    /// The mask for `value`: the one that it has, or a new one.
    fn give(&mut self, what: &'static str, value: &str) -> String {
        // An id in groups of four is the same id.
        let key = if what == "account" { value.replace('-', "") } else { value.to_owned() };
        if let Some(mask) = self.given.get(&key) {
            return mask.clone();
        }
        let count = self.counts.entry(what).or_default();
        *count += 1;
        let mask = format!("[{what} {count}]");
        self.given.insert(key, mask.clone());
        mask
    }

    fn mask(&mut self, text: &str, values: &[(&'static str, String)]) -> String {
        // What is masked already is set apart, so that nothing is looked for in a mask.
        let mut parts = vec![Part::Open(text.to_owned())];
        for (what, value) in values {
            parts = parts.into_iter().flat_map(|part| self.split_at_value(part, what, value)).collect();
        }
        parts = parts.into_iter().flat_map(|part| self.split_at(part, &NAMED_BY_ARN)).collect();
        parts = parts.into_iter().flat_map(|part| self.split_at(part, &SHAPES)).collect();
        parts.into_iter().map(Part::into_text).collect()
    }

    /// Masks `value` wherever it stands by itself: not inside of a longer word.
    fn split_at_value(&mut self, part: Part, what: &'static str, value: &str) -> Vec<Part> {
        let Part::Open(text) = part else { return vec![part] };
        let (mut parts, mut from, mut search) = (Vec::new(), 0, 0);
        while let Some(found) = text[search..].find(value).map(|at| at + search) {
            let end = found + value.len();
            let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            let goes_on = is_word(text[..found].chars().next_back()) && is_word(value.chars().next())
                || is_word(text[end..].chars().next()) && is_word(value.chars().next_back());
            if goes_on {
                search = found + value.chars().next().map_or(1, char::len_utf8);
                continue;
            }
            parts.push(Part::Open(text[from..found].to_owned()));
            parts.push(Part::Masked(self.give(what, value)));
            (from, search) = (end, end);
        }
        parts.push(Part::Open(text[from..].to_owned()));
        parts
    }

    fn split_at(&mut self, part: Part, shape: &Regex) -> Vec<Part> {
        let Part::Open(text) = part else { return vec![part] };
        let (mut parts, mut from) = (Vec::new(), 0);
        for found in shape.captures_iter(&text) {
            let Some((what, range)) = which(&found) else { continue };
            parts.push(Part::Open(text[from..range.start].to_owned()));
            parts.push(Part::Masked(self.give(what, &text[range.clone()])));
            from = range.end;
        }
        parts.push(Part::Open(text[from..].to_owned()));
        parts
    }
}

/// What was found, and where.
fn which(found: &Captures) -> Option<(&'static str, std::ops::Range<usize>)> {
    const KINDS: [(&str, &str); 7] = [
        ("email", "e-mail"),
        ("request", "request"),
        ("key", "key"),
        ("organization", "organization id"),
        ("account", "account"),
        ("phone", "phone"),
        ("name", "name"),
    ];
    KINDS.iter().find_map(|(group, what)| Some((*what, found.name(group)?.range())))
}

enum Part {
    Open(String),
    Masked(String),
}

impl Part {
    fn into_text(self) -> String {
        match self {
            Self::Open(text) | Self::Masked(text) => text,
        }
    }
}
