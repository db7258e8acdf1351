//! The words of the message to the organization's owner, who alone can do some things: `assets/request.toml`. Which of it is asked is for
//! the caller to say.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::asset;

static REQUEST: LazyLock<RequestTexts> = LazyLock::new(|| asset!("request.toml"));

/// The words of the message.
#[must_use]
pub fn request() -> &'static RequestTexts {
    &REQUEST
}

/// The message, and what is known of what it asks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestTexts {
    pub message: MessageText,
    /// What is said in place of a message when there is nobody to ask, by why that is so.
    pub nothing: BTreeMap<String, Vec<String>>,
    pub snippets: BTreeMap<String, String>,
    ask: Vec<AskText>,
    aside: Vec<AsideText>,
    /// The message to the owner of the organization that the account will join.
    pub invitation: InvitationText,
    /// What ends with the registration of a delegated administrator.
    service: Vec<ServiceText>,
}

impl RequestTexts {
    /// The words of one ask.
    #[must_use]
    pub fn ask(&self, id: &str) -> Option<&AskText> {
        self.ask.iter().find(|ask| ask.id == id)
    }

    /// The words of one aside.
    #[must_use]
    pub fn aside(&self, id: &str) -> Option<&AsideText> {
        self.aside.iter().find(|aside| aside.id == id)
    }

    /// What is known of a service.
    #[must_use]
    pub fn service(&self, principal: &str) -> Option<&ServiceText> {
        self.service.iter().find(|service| service.principal == principal)
    }
}

/// What stands around the asks. Each line is a paragraph and a template; one that comes out empty is left out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MessageText {
    pub subject: String,
    /// Which account, what is planned, why only the owner can help.
    pub opening: Vec<String>,
    /// Brings up what an ask does not do.
    pub does_not: String,
    /// The heading over `need_not`.
    pub need_not_title: String,
    pub need_not: Vec<String>,
    /// The heading over `done`.
    pub done_title: String,
    /// How leave-org finds out that it is done, and the sources.
    pub done: Vec<String>,
}

/// One thing that is asked of the organization's owner.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AskText {
    /// The ask's name, stable across versions.
    pub id: String,
    pub title: String,
    pub why: Vec<String>,
    /// How it is done, piece by piece.
    pub part: Vec<PartText>,
    /// A piece for each thing that the ask is about. It stands before the parts that come `after`.
    pub each: Option<PartText>,
    pub does_not: String,
    pub source: String,
    pub checked: jiff::civil::Date,
}

/// Some words, and what to run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartText {
    pub text: String,
    /// What to run. A template whose lines stay as they are, for [`super::fill_lines`].
    pub commands: Option<String>,
    /// What to put into a file.
    pub data: Option<String>,
    /// Whether it comes after the pieces for each thing.
    #[serde(default)]
    pub after: bool,
}

/// What the owner may want to know besides the asks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AsideText {
    pub id: String,
    pub title: String,
    pub text: Vec<String>,
    pub source: String,
    pub checked: jiff::civil::Date,
}

/// The message to the owner of the organization that the account will join.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvitationText {
    /// The heading that sets it apart from the first message.
    pub title: String,
    pub subject: String,
    pub text: Vec<String>,
    pub commands: String,
    pub after: Vec<String>,
    pub source: String,
    pub checked: jiff::civil::Date,
}

/// What ends when a service is no longer run through an account, in AWS's words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceText {
    pub principal: String,
    pub name: String,
    /// What ends; what is deleted comes first.
    pub effect: String,
    /// What AWS asks or recommends to do before, if it says anything.
    pub first: Option<String>,
    pub source: String,
    pub checked: jiff::civil::Date,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checklist::Deregistration;

    #[test]
    fn everything_that_can_be_asked_of_the_owner_is_there_once_with_its_source() {
        let texts = request();
        let mut ids = std::collections::BTreeSet::new();
        let asks = texts.ask.iter().map(|ask| (&ask.id, &ask.source, ask.checked));
        let asides = texts.aside.iter().map(|aside| (&aside.id, &aside.source, aside.checked));
        let services = texts.service.iter().map(|service| (&service.principal, &service.source, service.checked));
        for (id, source, checked) in asks.chain(asides).chain(services) {
            assert!(ids.insert(id), "{id} is there twice");
            assert!(!source.is_empty() && checked >= jiff::civil::date(2026, 11, 23), "{id}");
        }
        assert!(!texts.invitation.source.is_empty());
    }

    #[test]
    fn no_two_services_are_given_up_by_the_same_word() {
        let mut words = std::collections::BTreeSet::new();
        for service in &request().service {
            assert!(words.insert(Deregistration::word(&service.principal)), "{}", service.principal);
        }
        assert!(words.len() > 20, "{words:?}");
    }

    #[test]
    fn what_is_said_of_a_service_goes_on_after_its_name_and_needs_no_markup() {
        // The same words stand in a message and on a screen, after “Name: ” and “First: ”.
        for service in &request().service {
            for words in [Some(&service.effect), service.first.as_ref()].into_iter().flatten() {
                let goes_on = words.starts_with(char::is_lowercase) || words.starts_with("AWS ");
                assert!(goes_on && words.ends_with('.') && !words.contains('`'), "{}: {words}", service.principal);
            }
        }
    }
}
