//! The sentences that a report itself says, from `assets/report/words.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::checklist::texts::asset;
use crate::checklist::{Confidence, Standing, StepId};

/// The headings under which a report puts its steps, in the order in which it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    Holds,
    /// Blocks, and something has to be done, said or awaited.
    Missing,
    /// We could not find out.
    Unknown,
    /// Blocks nothing, and has to be seen.
    Advice,
}

impl Group {
    /// From top to bottom.
    pub const ALL: [Self; 4] = [Self::Holds, Self::Missing, Self::Unknown, Self::Advice];

    /// Where a step that stands there belongs.
    pub(crate) fn of(step: StepId, standing: Standing) -> Self {
        match standing {
            Standing::Met | Standing::Attested | Standing::NotApplicable => Self::Holds,
            Standing::Unknown => Self::Unknown,
            Standing::Unmet | Standing::Waiting | Standing::NeedsYou if step.blocks() => Self::Missing,
            Standing::Unmet | Standing::Waiting | Standing::NeedsYou => Self::Advice,
        }
    }

    pub(crate) fn heading(self) -> &'static str {
        &WORDS.groups[&self]
    }

    /// What is said of it when no step belongs there, if that is worth saying.
    pub(crate) fn nothing(self) -> Option<&'static str> {
        WORDS.nothing.get(&self).map(String::as_str)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Words {
    not_checked: String,
    standings: Standings,
    groups: BTreeMap<Group, String>,
    nothing: BTreeMap<Group, String>,
    signs: Standings,
    meanings: Standings,
}

#[derive(Deserialize)]
struct Standings {
    predicted: String,
    #[serde(flatten)]
    each: BTreeMap<Standing, String>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| asset!("report/words.toml"));

/// A moment with the time of `zone`. A report travels, so its times are in UTC.
pub(super) fn minute(time: Timestamp, zone: &TimeZone) -> String {
    time.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
}

/// The same to the second, for what has to be found again.
pub(super) fn second(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A moment as the JSON form writes it: to the second.
pub(super) fn to_the_second<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{at:.0}"))
}

/// The same of a moment that is not always there.
#[expect(clippy::ref_option, reason = "so serde hands it over")]
pub(super) fn some_to_the_second<S: serde::Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => serializer.serialize_some(&format!("{at:.0}")),
        None => serializer.serialize_none(),
    }
}

/// What is said of a step that nobody has looked at.
pub(super) fn not_checked() -> String {
    WORDS.not_checked.clone()
}

pub(super) fn standing(standing: Standing, confidence: Option<Confidence>) -> String {
    let word = &WORDS.standings.each[&standing];
    if is_prediction(standing, confidence) { format!("{word}, {}", WORDS.standings.predicted) } else { word.clone() }
}

/// The sign beside it: as on the screen, only a yes that is predicted has one of its own.
pub(super) fn sign(standing: Standing, confidence: Option<Confidence>) -> &'static str {
    let signs = &WORDS.signs;
    let is_predicted_yes = standing == Standing::Met && is_prediction(standing, confidence);
    if is_predicted_yes { &signs.predicted } else { &signs.each[&standing] }
}

fn is_prediction(standing: Standing, confidence: Option<Confidence>) -> bool {
    // A word that a person gave is no prediction, and what is not known predicts nothing.
    let is_of_aws = !matches!(standing, Standing::Attested | Standing::Unknown);
    is_of_aws && confidence == Some(Confidence::Predicted)
}

/// A word for a standing, with what it means.
#[derive(Debug, Serialize)]
pub(super) struct Meaning {
    sign: &'static str,
    word: &'static str,
    says: &'static str,
}

/// Every word for a standing, with what it means.
pub(super) fn meanings() -> Vec<Meaning> {
    let Words { signs, standings, meanings, .. } = &*WORDS;
    let predicted = Meaning { sign: &signs.predicted, word: &standings.predicted, says: &meanings.predicted };
    let each = meanings.each.iter().map(|(standing, meaning)| Meaning {
        sign: &signs.each[standing],
        word: &standings.each[standing],
        says: meaning,
    });
    each.chain([predicted]).collect()
}

/// `values` and `more` in one object; where both have a name, `more` counts.
pub(super) fn with(values: &Value, more: Value) -> Value {
    let mut all = values.as_object().cloned().unwrap_or_default();
    if let Value::Object(more) = more {
        all.extend(more);
    }
    Value::Object(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_standing_and_every_heading_has_words() {
        for standing_ in Standing::ALL {
            assert!(!standing(standing_, None).is_empty());
        }
        assert!(Group::ALL.iter().all(|group| !group.heading().is_empty()));
    }

    #[test]
    fn only_what_aws_said_is_called_a_prediction() {
        assert_eq!(standing(Standing::Met, Some(Confidence::Predicted)), "holds, predicted");
        assert_eq!(standing(Standing::Met, Some(Confidence::Proven)), "holds");
        assert_eq!(standing(Standing::Attested, Some(Confidence::Predicted)), "a person's word");
    }
}
