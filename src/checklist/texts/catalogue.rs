//! The catalogues of AWS's answers to what this program asks of it: refusals of the leave, answers that do not say what became of it, and
//! refusals of our own changes.

use std::sync::LazyLock;

use serde::Deserialize;

use super::{asset, entries};
use crate::checklist::{FixKind, FixRecord, ProblemKind, Retry, StepId};

static REFUSALS: LazyLock<Vec<RefusalText>> = LazyLock::new(|| entries(asset!("refusals.toml")));
static LOST_ANSWERS: LazyLock<Vec<LostAnswerText>> = LazyLock::new(|| entries(asset!("lost-answers.toml")));
static FIX_REFUSALS: LazyLock<Vec<FixRefusalText>> = LazyLock::new(|| entries(asset!("fixes.toml")));

/// The entry that speaks for refusals which no other entry knows.
pub const UNRECOGNISED: &str = "unrecognised";

/// One entry of the catalogue of refusals: what an answer of AWS means that says "no" to the leave.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RefusalText {
    pub id: String,
    /// The answers it speaks for: one of these has to fit.
    pub when: Vec<AnswerPattern>,
    /// What AWS was seen to write, or documents, word for word.
    #[serde(default)]
    pub samples: Vec<String>,
    pub cause: String,
    pub who: String,
    /// What to do, in order.
    pub todo: Vec<String>,
    /// A key of `assets/links.toml`.
    pub link: Option<String>,
    #[serde(default)]
    pub steps: Vec<StepId>,
    /// Whether it is about the call and not about the account: any response of AWS after it shows that its cause is gone.
    #[serde(default)]
    pub ends_with_a_response: bool,
    /// Whether it is about the phone number, and nothing else of the contact information.
    #[serde(default)]
    pub is_over_the_phone: bool,
    /// Whether nobody but the root user of the account can remove it.
    #[serde(default)]
    pub needs_root: bool,
    pub retry: Retry,
    pub source: String,
    pub checked: jiff::civil::Date,
}

/// How an answer of AWS is recognised. What is left out fits anything.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AnswerPattern {
    #[serde(default)]
    pub codes: Vec<String>,
    #[serde(default)]
    pub reasons: Vec<String>,
    /// The message holds one of these, in any case.
    #[serde(default)]
    pub says: Vec<String>,
}

impl AnswerPattern {
    fn fits(&self, code: &str, reason: Option<&str>, message: &str) -> bool {
        let among = |list: &[String], value: Option<&str>| {
            list.is_empty() || value.is_some_and(|value| list.iter().any(|one| one.eq_ignore_ascii_case(value)))
        };
        let message = message.to_lowercase();
        among(&self.codes, Some(code))
            && among(&self.reasons, reason)
            && (self.says.is_empty() || self.says.iter().any(|part| message.contains(&part.to_lowercase())))
    }
}

/// What came back from the leave and does not say what became of it. Which one it is, [`lost_answer`] says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LostAnswerText {
    pub id: String,
    /// Speaks for answers with one of these error codes.
    #[serde(default)]
    pub codes: Vec<String>,
    /// Speaks for problems of these kinds that no code speaks for.
    #[serde(default)]
    pub kinds: Vec<ProblemKind>,
    pub cause: String,
    pub who: String,
    /// What to do, in order. Whether the account has left is for the membership to tell, whatever is done here.
    pub todo: Vec<String>,
    pub source: String,
    pub checked: jiff::civil::Date,
}

/// One entry of the catalogue of what AWS answers when it does not do one of our own changes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FixRefusalText {
    pub id: String,
    /// The changes that it is about.
    pub fixes: Vec<FixKind>,
    /// The answers it speaks for: one of these has to fit.
    pub when: Vec<AnswerPattern>,
    /// What it means, in plain words.
    pub cause: String,
    /// What to do, in order.
    pub todo: Vec<String>,
    pub source: String,
    pub checked: jiff::civil::Date,
}

/// The catalogue's entry for a refusal of `LeaveOrganization`, or `None` when no entry fits.
#[must_use]
pub fn refusal(code: &str, reason: Option<&str>, message: &str) -> Option<&'static RefusalText> {
    // A reason is AWS's own classification; only where it says nothing do code and message speak.
    [true, false].into_iter().find_map(|by_reason| {
        let speaks = |pattern: &AnswerPattern| pattern.reasons.is_empty() != by_reason && pattern.fits(code, reason, message);
        REFUSALS.iter().find(|entry| entry.when.iter().any(speaks))
    })
}

/// Whether the catalogue of refusals knows `code` as one by which AWS says no to a leave. Of any other code nobody knows what AWS has done.
#[must_use]
pub fn refuses(code: &str) -> bool {
    REFUSALS.iter().flat_map(|entry| &entry.when).any(|pattern| pattern.codes.iter().any(|known| known == code))
}

/// Every entry of the catalogue of refusals.
#[must_use]
pub fn all_refusals() -> &'static [RefusalText] {
    &REFUSALS
}

/// The words for an answer of `LeaveOrganization` that does not say what became of it.
#[must_use]
pub fn lost_answer(code: Option<&str>, kind: ProblemKind) -> &'static LostAnswerText {
    let entries = &LOST_ANSWERS;
    let by_code = |entry: &&LostAnswerText| entry.codes.iter().any(|known| Some(known.as_str()) == code);
    let by_kind = |entry: &&LostAnswerText| entry.kinds.contains(&kind);
    // The last one speaks for the rest; a test sees to it that there is one.
    entries.iter().find(by_code).or_else(|| entries.iter().find(by_kind)).unwrap_or(&entries[entries.len() - 1])
}

/// Every entry of the catalogue of lost answers.
#[must_use]
pub fn all_lost_answers() -> &'static [LostAnswerText] {
    &LOST_ANSWERS
}

/// The words for AWS's no to one of our own changes, or `None` when no entry fits: then nobody knows what AWS has done.
#[must_use]
pub fn fix_refusal(fix: &FixRecord, code: &str, message: &str) -> Option<&'static FixRefusalText> {
    FIX_REFUSALS.iter().find(|entry| entry.fixes.contains(&fix.kind()) && entry.when.iter().any(|p| p.fits(code, None, message)))
}

/// The words of the entry with this id, if there is one.
#[must_use]
pub fn fix_refusal_called(id: &str) -> Option<&'static FixRefusalText> {
    FIX_REFUSALS.iter().find(|entry| entry.id == id)
}

/// Every entry of the catalogue of refusals of our own changes.
#[must_use]
pub fn all_fix_refusals() -> &'static [FixRefusalText] {
    &FIX_REFUSALS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_of_the_catalogues_says_what_it_is_who_can_help_and_where_it_comes_from() {
        let mut ids = std::collections::BTreeSet::new();
        let refusals = all_refusals().iter().map(|e| (&e.id, &e.cause, &e.who, &e.todo, &e.source, e.checked));
        let lost = all_lost_answers().iter().map(|e| (&e.id, &e.cause, &e.who, &e.todo, &e.source, e.checked));
        for (id, cause, who, todo, source, checked) in refusals.chain(lost) {
            assert!(ids.insert(id), "{id} is there twice");
            assert!(!todo.is_empty() && !source.is_empty(), "{id}");
            assert!(checked >= jiff::civil::date(2026, 11, 23), "{id}: checked on {checked}");
            for sentence in [cause, who].into_iter().chain(todo) {
                assert!(sentence.len() > 3 && sentence.ends_with('.'), "{id}: {sentence}");
            }
        }
    }

    #[test]
    fn no_entry_takes_an_answer_away_from_another_one() {
        for entry in all_refusals() {
            let speaks = |code: &str, reason: Option<&str>, message: &str| {
                let found = refusal(code, reason, message).map(|found| found.id.as_str());
                assert_eq!(found, Some(entry.id.as_str()), "{code}, {reason:?}: {message}");
            };
            for pattern in &entry.when {
                let any = ["AnyException".to_owned()];
                let codes = if pattern.codes.is_empty() { &any[..] } else { &pattern.codes };
                for code in codes {
                    for reason in &pattern.reasons {
                        // The reason counts, whatever the message says.
                        speaks(code, Some(reason), "");
                        speaks(code, Some(reason), "wait period, delegated administrator, valid payment method");
                    }
                    for words in &pattern.says {
                        speaks(code, None, &words.to_uppercase());
                        speaks(code, Some("A_REASON_THAT_NOBODY_KNOWS"), words);
                    }
                    if pattern.reasons.is_empty() {
                        let fits = |sample: &&String| pattern.fits(code, None, sample);
                        entry.samples.iter().filter(fits).for_each(|sample| speaks(code, None, sample));
                    }
                    if pattern.reasons.is_empty() && pattern.says.is_empty() {
                        speaks(code, None, "");
                    }
                }
            }
            let is_recognised = |sample: &String| {
                let code = |pattern: &AnswerPattern| pattern.codes.first().cloned().unwrap_or_default();
                entry.when.iter().any(|p| p.reasons.is_empty() && p.fits(&code(p), None, sample))
            };
            assert!(entry.samples.iter().all(is_recognised), "{} does not know its own samples", entry.id);
        }
    }

    #[test]
    fn one_entry_each_speaks_for_whatever_no_other_one_knows() {
        let (last, before) = all_refusals().split_last().unwrap();
        let is_open =
            |entry: &RefusalText| entry.when.iter().any(|p| p.codes.is_empty() && p.reasons.is_empty() && p.says.is_empty());
        assert!(is_open(last) && !before.iter().any(is_open));
        assert_eq!(last.id, UNRECOGNISED);
        let (last, before) = all_lost_answers().split_last().unwrap();
        let is_open = |entry: &LostAnswerText| entry.codes.is_empty() && entry.kinds.is_empty();
        assert!(is_open(last) && !before.iter().any(is_open));
        assert_eq!(lost_answer(Some("SomethingNew"), ProblemKind::UnexpectedError).id, last.id);
    }

    #[test]
    fn a_lost_answer_is_told_by_its_code_before_its_kind_and_never_as_a_refusal() {
        for entry in all_lost_answers() {
            for code in &entry.codes {
                assert_eq!(lost_answer(Some(code), ProblemKind::Malformed).id, entry.id, "{code}");
                let refused = all_refusals().iter().flat_map(|refusal| &refusal.when).flat_map(|pattern| &pattern.codes);
                assert!(!refused.into_iter().any(|known| known == code), "{code} is in both catalogues");
            }
            for kind in &entry.kinds {
                assert_eq!(lost_answer(None, *kind).id, entry.id, "{kind:?}");
            }
        }
    }
}
