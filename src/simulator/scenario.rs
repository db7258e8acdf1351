//! Scenarios: files that say what is wrong with the practice account, what breaks on the wire, and what a person will learn.
//!
//! `[account]` holds the fields of [`Account`] that differ from a healthy account's, each `[[fault]]` a [`Fault`]:
//!
//! ```toml
//! title = "No card, and a lost answer"
//! story = "What is wrong. What the person will learn."
//!
//! [account]
//! instruments = []
//!
//! [[fault]]
//! operation = "organizations:LeaveOrganization"
//! calls = "1"
//! kind = "answer-lost"
//! ```

use std::sync::LazyLock;

use serde::Deserialize;

use super::account::Account;
use super::faults::Fault;

/// What the practice AWS plays.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The name, as given on the command line.
    #[serde(skip)]
    pub name: String,
    pub title: String,
    /// What is wrong, and what one will learn.
    pub story: String,
    #[serde(default)]
    pub account: Account,
    #[serde(default, rename = "fault")]
    pub(super) faults: Vec<Fault>,
}

/// The text is no scenario.
#[derive(Debug, thiserror::Error)]
#[error("the scenario cannot be read")]
pub struct ScenarioError(#[from] toml::de::Error);

macro_rules! built_in {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!("../../assets/scenarios/", $name, ".toml")))),+]
    };
}

/// The scenarios' names, which are their files', and their texts, in the order they are listed.
const FILES: [(&str, &str); 19] = built_in![
    "several-open",
    "finish-here",
    "ready",
    "fresh-account",
    "scp-denies",
    "project",
    "delegated-administrator",
    "payment-not-shown",
    "payment-missing",
    "billing-access-off",
    "no-way-in-afterwards",
    "invited-elsewhere",
    "management-account",
    "already-standalone",
    "throttled",
    "slow",
    "lost-answer",
    "session-expired",
    "everything-wrong",
];

// A test reads each of them, so none is ever left out.
static BUILT_IN: LazyLock<Vec<Scenario>> =
    LazyLock::new(|| FILES.iter().filter_map(|(name, text)| Scenario::read(name, text).ok()).collect());

impl Scenario {
    /// The scenario that plays when none is named.
    pub const DEFAULT: &'static str = "several-open";

    /// The built-in scenarios, the default one first.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &BUILT_IN
    }

    /// The built-in scenario of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().iter().find(|scenario| scenario.name == name).cloned()
    }

    /// A scenario of one's own; its name is `custom`.
    ///
    /// # Errors
    /// When the text is not TOML or not a scenario.
    pub fn from_toml(text: &str) -> Result<Self, ScenarioError> {
        Self::read("custom", text)
    }

    fn read(name: &str, text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = toml::from_str::<toml::Table>(text)?.try_into()?;
        Ok(Self { name: name.to_owned(), ..scenario })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_scenario_with_a_title_and_a_story() {
        for (name, text) in FILES {
            let scenario = Scenario::read(name, text).unwrap_or_else(|error| panic!("{name}: {:?}", error.0));
            assert!(!scenario.title.is_empty() && scenario.title.len() <= 60, "{name}");
            assert!(scenario.story.trim().ends_with('.') && scenario.story.len() <= 320, "{name}");
        }
        assert_eq!(Scenario::all().len(), FILES.len());
        assert_eq!(Scenario::all()[0].name, Scenario::DEFAULT);
    }

    #[test]
    fn a_misspelt_key_is_an_error() {
        assert!(Scenario::from_toml("title = 'a'\nstory = 'b.'\n[account]\nnmae = 'x'").is_err());
        assert_eq!(Scenario::from_toml("title = 'a'\nstory = 'b.'").unwrap().name, "custom");
    }
}
