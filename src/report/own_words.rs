//! What this program itself says: its sentences, and the words in them.
//!
//! What it says to everybody gives nobody away. A redacted report leaves it alone, so that it can still be read when an account is called
//! "support", or a person "May".

use std::collections::BTreeSet;
use std::sync::LazyLock;

use toml::Value;

use crate::checklist::texts;

use crate::checklist::{ProblemKind, StepId};

/// What reports say beside the texts of steps, problems and refusals.
const OF_REPORTS: [&str; 3] = [
    include_str!("../../assets/report/verdict.toml"),
    include_str!("../../assets/report/words.toml"),
    include_str!("../../assets/report/story.toml"),
];

/// The texts that no report says: the message to the owner, and what became of a leave while it is under way.
const NOT_IN_REPORTS: [&str; 4] = ["request.toml", "lost-answers.toml", "links.toml", "rules.toml"];

/// What stands in them for those who maintain them, and words of AWS.
const UNSAID: [&str; 4] = ["source", "checked", "samples", "when"];

/// Where the operations stand that this program calls, but for those that take no permission.
const POLICIES: [&str; 3] = [
    include_str!("../../assets/policies/check.json"),
    include_str!("../../assets/policies/leave.json"),
    include_str!("../../assets/policies/management.json"),
];

/// What it calls besides, and what it does without a call.
const OTHER_OPERATIONS: [&str; 5] = ["sts:GetCallerIdentity", "sts:AssumeRole", "credentials", "configuration", "journal"];

/// What AWS calls states and kinds, as its API references list them, and what we call a call that went well.
const CODES: [&str; 8] =
    ["ok", "ALL", "CONSOLIDATED_BILLING", "ACTIVE", "SUSPENDED", "PENDING_ACTIVATION", "PENDING_CLOSURE", "CLOSED"];

struct OwnWords {
    /// The sentences that nothing is filled into.
    sentences: BTreeSet<String>,
    words: BTreeSet<String>,
    /// The words in lower case, between spaces.
    lower: String,
}

static OWN: LazyLock<OwnWords> = LazyLock::new(|| {
    let mut strings = Vec::new();
    let of_steps = texts::sources().filter(|(name, _)| !NOT_IN_REPORTS.contains(name)).map(|(_, text)| text);
    for asset in of_steps.chain(OF_REPORTS) {
        // Other tests see that each of them can be read.
        collect(&Value::Table(asset.parse().unwrap_or_default()), &mut strings);
    }
    let words: BTreeSet<String> = strings
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let mut lower = " ".to_owned();
    for word in &words {
        lower.push_str(&word.to_lowercase());
        lower.push(' ');
    }
    OwnWords { sentences: strings.into_iter().filter(|text| !text.contains('{')).collect(), words, lower }
});

fn collect(value: &Value, strings: &mut Vec<String>) {
    match value {
        // As a template prints it. What is one word alone is no sentence, but an id or a code.
        Value::String(text) if text.trim().contains(' ') => {
            strings.push(text.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, strings)),
        Value::Table(table) => {
            let said = table.iter().filter(|(key, _)| !UNSAID.contains(&key.as_str()));
            said.for_each(|(_, item)| collect(item, strings));
        }
        _ => {}
    }
}

/// Whether this program says `text` as it is, to everybody.
pub(super) fn is_said_to_everybody(text: &str) -> bool {
    OWN.sentences.contains(text)
}

/// Whether `word` is a word of this program's sentences, spelt just so.
pub(super) fn is_word(word: &str) -> bool {
    OWN.words.contains(word)
}

/// Whether `word` is one of its words, however it is spelt.
pub(super) fn is_word_in_any_case(word: &str) -> bool {
    OWN.lower.contains(&format!(" {} ", word.to_lowercase()))
}

/// Whether `text` is part of one of its words, however it is spelt.
pub(super) fn is_in_a_word(text: &str) -> bool {
    !text.contains(' ') && OWN.lower.contains(&text.to_lowercase())
}

/// Whether `name` is what this program calls something that it does.
pub(super) fn is_operation(name: &str) -> bool {
    let quoted = format!("\"{name}\"");
    OTHER_OPERATIONS.contains(&name)
        || StepId::ALL.iter().any(|step| step.as_str() == name)
        || POLICIES.iter().any(|policy| policy.contains(&quoted))
}

/// Whether `code` is a word that AWS or this program has for every account.
pub(super) fn is_code(code: &str) -> bool {
    CODES.contains(&code) || ProblemKind::ALL.iter().any(|kind| kind.as_str() == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_with_something_filled_in_are_not_said_to_everybody() {
        assert!(is_said_to_everybody("Check again once the account is active."));
        assert!(!is_said_to_everybody("Wait until 2026-11-28 02:24 UTC."));
        assert!(OWN.sentences.len() > 150 && OWN.sentences.iter().all(|text| !text.contains("{{")));
    }

    #[test]
    fn words_are_known_by_their_spelling_and_without_it() {
        assert!(is_word("organization") && !is_word("ORGANIZATION") && is_word_in_any_case("ORGANIZATION"));
        assert!(is_in_a_word("admin") && !is_word_in_any_case("admin"));
        assert!(!is_in_a_word("Keller") && !is_word_in_any_case(""));
    }
}
