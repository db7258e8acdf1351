//! The primary contact of an account: its fields, what AWS would take in them, and how two contacts differ or resemble each other.
//!
//! The limits, the countries and the words are in `assets/contact.toml`. Nothing here knows what is on file, and nothing is changed.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use regex_lite::Regex;
use serde::Deserialize;
use serde_json::json;

use super::named::named;
use super::texts::{self, asset};

named! {
    /// One field of a contact, in the order of a form.
    pub enum ContactField {
        FullName = "FullName",
        CompanyName = "CompanyName",
        AddressLine1 = "AddressLine1",
        AddressLine2 = "AddressLine2",
        AddressLine3 = "AddressLine3",
        City = "City",
        DistrictOrCounty = "DistrictOrCounty",
        StateOrRegion = "StateOrRegion",
        PostalCode = "PostalCode",
        CountryCode = "CountryCode",
        PhoneNumber = "PhoneNumber",
        WebsiteUrl = "WebsiteUrl",
    }
}

use ContactField::{
    AddressLine1, AddressLine2, AddressLine3, City, CompanyName, CountryCode, PhoneNumber, PostalCode, StateOrRegion,
};

static CONTACT: LazyLock<ContactTexts> = LazyLock::new(|| asset!("contact.toml"));

/// What AWS takes as the contact of an account, `assets/contact.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ContactTexts {
    #[cfg_attr(not(test), expect(dead_code, reason = "for whoever checks the asset"))]
    source: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "for whoever checks the asset"))]
    checked: jiff::civil::Date,
    /// The form of a phone number, as AWS writes it.
    phone_pattern: String,
    /// Beginnings of numbers that are free for the caller.
    toll_free: Vec<String>,
    fields: BTreeMap<ContactField, ContactFieldText>,
    /// Where a state or region is asked for: the country as it stands in a sentence, by its code.
    state_or_region_in: BTreeMap<String, String>,
    /// What keeps a value from being taken, by the rule's name. Templates.
    problems: BTreeMap<String, String>,
    countries: Countries,
}

/// What is said of one field of a contact.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ContactFieldText {
    label: String,
    /// What it is in a sentence, with its article.
    what: String,
    /// The most characters.
    limit: usize,
    #[serde(default)]
    required: bool,
}

/// The countries that there are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Countries {
    #[cfg_attr(not(test), expect(dead_code, reason = "for whoever checks the asset"))]
    source: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "for whoever checks the asset"))]
    checked: jiff::civil::Date,
    codes: Vec<String>,
}

impl ContactField {
    /// What it is called on a form.
    #[must_use]
    pub fn label(self) -> &'static str {
        &self.text().label
    }

    /// AWS's name for it.
    #[must_use]
    pub fn aws_name(self) -> &'static str {
        self.as_str()
    }

    /// The most characters that AWS takes.
    #[must_use]
    pub fn limit(self) -> usize {
        self.text().limit
    }

    /// Whether AWS asks for it in `country`, a code of two letters in any case.
    #[must_use]
    pub fn is_required(self, country: &str) -> bool {
        self.text().required || (self == StateOrRegion && state_asked_for_in(country).is_some())
    }

    fn text(self) -> &'static ContactFieldText {
        &CONTACT.fields[&self]
    }
}

/// The country in a sentence, if AWS asks for a state or region there.
fn state_asked_for_in(country: &str) -> Option<&'static str> {
    CONTACT.state_or_region_in.get(&country.trim().to_ascii_uppercase()).map(String::as_str)
}

/// The primary contact of an account. A field that is empty is not given.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Contact {
    values: [String; ContactField::ALL.len()],
}

impl fmt::Debug for Contact {
    /// Which fields are given. What they hold is somebody's own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contact")?;
        f.debug_set().entries(ContactField::ALL.into_iter().filter(|field| !self.get(*field).is_empty())).finish()
    }
}

/// A field that is another than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub field: ContactField,
    /// What it held; empty for nothing.
    pub before: String,
    /// What it holds; empty for nothing.
    pub after: String,
}

impl Contact {
    /// What a field holds; empty when it is not given.
    #[must_use]
    pub fn get(&self, field: ContactField) -> &str {
        &self.values[field as usize]
    }

    /// Sets a field; an empty value takes it away.
    pub fn set(&mut self, field: ContactField, value: impl Into<String>) {
        self.values[field as usize] = value.into();
    }

    /// The contact as it would be saved: without white space around the values, and the country in capital letters.
    #[must_use]
    pub fn trimmed(&self) -> Self {
        let mut trimmed = Self { values: self.values.each_ref().map(|value| value.trim().to_owned()) };
        trimmed.values[CountryCode as usize].make_ascii_uppercase();
        trimmed
    }

    /// The phone number without the blanks, hyphens and brackets that people write in it: AWS verifies numbers that hold only digits.
    #[must_use]
    pub fn with_plain_phone(mut self) -> Self {
        self.values[PhoneNumber as usize].retain(|c| !matches!(c, ' ' | '-' | '(' | ')'));
        self
    }

    /// Why AWS would not verify the phone number, if that can be told: for one that is not on file yet.
    #[must_use]
    pub fn phone_not_verifiable(&self) -> Option<String> {
        let number = self.get(PhoneNumber);
        let plain = self.clone().with_plain_phone();
        let rule = match plain.get(PhoneNumber) {
            plain if plain.starts_with("+0") => "phone-zero-country",
            plain if CONTACT.toll_free.iter().any(|start| plain.starts_with(start)) => "phone-toll-free",
            _ if number.contains("(0)") => "phone-leading-zero",
            _ => return None,
        };
        Some(CONTACT.problems[rule].clone())
    }

    /// The fields that AWS asks for and that are blank.
    #[must_use]
    pub fn missing(&self) -> Vec<ContactField> {
        let country = self.get(CountryCode);
        ContactField::ALL.into_iter().filter(|field| field.is_required(country) && self.get(*field).trim().is_empty()).collect()
    }

    /// What AWS would not take, field by field, each as a sentence to stand next to the field. Judged as it would be saved, [`Self::trimmed`].
    #[must_use]
    pub fn problems(&self) -> Vec<(ContactField, String)> {
        let trimmed = self.trimmed();
        ContactField::ALL.into_iter().filter_map(|field| Some((field, trimmed.problem(field)?))).collect()
    }

    /// What keeps AWS from taking one field, the contact being trimmed.
    fn problem(&self, field: ContactField) -> Option<String> {
        let text = field.text();
        let value = self.get(field);
        let say = |rule: &str, values| Some(texts::fill(&CONTACT.problems[rule], &values));
        if value.is_empty() {
            return match state_asked_for_in(self.get(CountryCode)) {
                Some(country) if field == StateOrRegion => say("state-required", json!({ "country": country })),
                _ if text.required => say("required", json!({ "what": text.what })),
                _ => None,
            };
        }
        // What sanitizing put in the place of a character must not be saved as if somebody had typed it.
        if value.chars().any(|c| c.is_control() || c == char::REPLACEMENT_CHARACTER) {
            return say("cannot-be-shown", json!({}));
        }
        if field == CountryCode {
            let is_code = value.len() == 2 && value.bytes().all(|b| b.is_ascii_uppercase());
            return match is_code {
                false => say("no-country-code", json!({})),
                true if CONTACT.countries.codes.iter().any(|code| code == value) => None,
                true => say("no-country", json!({ "code": value })),
            };
        }
        let length = value.chars().count();
        if length > text.limit {
            return say("too-long", json!({ "over": length - text.limit, "limit": text.limit }));
        }
        if field == PhoneNumber {
            return match value {
                number if !number.starts_with('+') => say("phone-without-plus", json!({})),
                number if number != "+" && !is_phone_number(number) => say("phone-characters", json!({})),
                number if !number.bytes().any(|b| b.is_ascii_digit()) => say("phone-without-digits", json!({})),
                _ => None,
            };
        }
        None
    }

    /// What is another than `before`, in the order of a form.
    #[must_use]
    pub fn differences(&self, before: &Self) -> Vec<Difference> {
        ContactField::ALL
            .into_iter()
            .filter(|field| self.get(*field) != before.get(*field))
            .map(|field| Difference { field, before: before.get(field).to_owned(), after: self.get(field).to_owned() })
            .collect()
    }

    /// What is the same as in the contact of `owner`, whatever the case, the spaces and the punctuation: the company, the address (its
    /// lines with city and postal code, told as [`ContactField::AddressLine1`]) and the phone number. What is empty resembles nothing.
    #[must_use]
    pub fn resemblance(&self, owner: &Self) -> Vec<ContactField> {
        let same = |fields: &[ContactField]| {
            let plain =
                |contact: &Self| fields.iter().flat_map(|field| letters_and_digits(contact.get(*field))).collect::<String>();
            let own = plain(self);
            !own.is_empty() && own == plain(owner)
        };
        let lines = [AddressLine1, AddressLine2, AddressLine3];
        let resembles = |field: &ContactField| match field {
            // Two addresses without a street are no address.
            AddressLine1 => same(&lines) && same(&[City]) && same(&[PostalCode]),
            field => same(&[*field]),
        };
        [CompanyName, AddressLine1, PhoneNumber].into_iter().filter(resembles).collect()
    }
}

fn letters_and_digits(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
}

/// Whether the whole text has the form that AWS gives for a phone number.
fn is_phone_number(text: &str) -> bool {
    #[expect(clippy::panic, reason = "the pattern is compiled in, and a test reads it")]
    static FORM: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = &CONTACT.phone_pattern;
        Regex::new(&format!("^(?:{pattern})$")).unwrap_or_else(|error| panic!("the pattern of phone numbers: {error}"))
    });
    FORM.is_match(text)
}

#[cfg(test)]
mod tests {
    use ContactField::{DistrictOrCounty, FullName, WebsiteUrl};
    use proptest::prelude::*;

    use super::*;

    fn contact(values: &[(ContactField, &str)]) -> Contact {
        let mut contact = Contact::default();
        let whole = [
            (FullName, "Anna Schmidt"),
            (AddressLine1, "Weg 1"),
            (City, "Köln"),
            (StateOrRegion, "NRW"),
            (PostalCode, "50667"),
            (CountryCode, "DE"),
            (PhoneNumber, "+49 (221) 1234-5"),
        ];
        whole.iter().chain(values).for_each(|(field, value)| contact.set(*field, *value));
        contact
    }

    fn problem(field: ContactField, value: &str) -> Option<String> {
        let problems = contact(&[(field, value)]).problems();
        assert!(problems.len() <= 1 && problems.iter().all(|(of, _)| *of == field), "{problems:?}");
        problems.into_iter().next().map(|(_, sentence)| sentence)
    }

    fn says(field: ContactField, value: &str, expected: &str) {
        assert_eq!(problem(field, value).as_deref(), Some(expected), "{field:?}: {value:?}");
    }

    #[test]
    fn every_field_has_its_words_its_limit_and_the_name_that_aws_gives_it() {
        let limits = [50, 50, 60, 60, 60, 50, 50, 50, 20, 2, 20, 256];
        assert_eq!(ContactField::ALL.map(ContactField::limit), limits);
        for field in ContactField::ALL {
            assert_eq!(field.aws_name(), format!("{field:?}"));
            assert_eq!(ContactField::ALL[field as usize], field);
            assert!(!field.label().is_empty());
        }
        let texts = &*CONTACT;
        assert_eq!((texts.fields.len(), texts.countries.codes.len(), texts.problems.len()), (12, 249, 12));
        assert!(!texts.source.is_empty() && !texts.countries.source.is_empty());
        assert!(texts.checked >= jiff::civil::date(2026, 11, 24) && texts.countries.checked >= jiff::civil::date(2026, 11, 24));
        assert!(texts.state_or_region_in.keys().all(|code| texts.countries.codes.contains(code)));
    }

    #[test]
    fn a_contact_that_aws_takes_has_no_problems() {
        assert_eq!(contact(&[]).problems(), []);
        assert_eq!(contact(&[(CountryCode, " fr "), (StateOrRegion, "")]).problems(), []);
        assert_eq!(contact(&[(WebsiteUrl, "example.org")]).problems(), [], "AWS asks for no scheme");
    }

    #[test]
    fn what_aws_asks_for_must_be_there_and_says_so() {
        for (field, what) in [
            (FullName, "a full name"),
            (AddressLine1, "an address"),
            (City, "a city"),
            (PostalCode, "a postal code"),
            (CountryCode, "a country code of two letters"),
            (PhoneNumber, "a phone number"),
        ] {
            says(field, "", &format!("AWS asks for {what}."));
            says(field, " \t ", &format!("AWS asks for {what}."));
        }
        for field in [CompanyName, AddressLine2, AddressLine3, DistrictOrCounty, WebsiteUrl] {
            assert_eq!(problem(field, ""), None);
            assert!(!field.is_required("DE"));
        }
        assert_eq!(Contact::default().problems().len(), 6);
        assert_eq!(Contact::default().missing().len(), 6);
    }

    #[test]
    fn a_state_is_asked_for_only_where_aws_asks_for_it() {
        for country in ["US", "CA", "GB", "DE", "JP", "IN", "BR"] {
            let contact = contact(&[(CountryCode, country), (StateOrRegion, "  ")]);
            assert_eq!(contact.missing(), [StateOrRegion], "{country}");
            assert_eq!(contact.problems().len(), 1, "{country}");
            assert!(StateOrRegion.is_required(&country.to_lowercase()));
        }
        says(StateOrRegion, "", "AWS asks for a state or region in Germany.");
        assert!(!StateOrRegion.is_required("FR") && !StateOrRegion.is_required(""));
    }

    #[test]
    fn a_value_may_be_as_long_as_aws_takes_it_counted_in_characters() {
        for field in ContactField::ALL.into_iter().filter(|field| !matches!(field, CountryCode | PhoneNumber)) {
            let limit = field.limit();
            assert_eq!(problem(field, &"ß".repeat(limit)), None, "{field:?}");
            says(field, &"x".repeat(limit + 1), &format!("Too long by 1 character; AWS takes at most {limit}."));
        }
        says(PhoneNumber, "+4922112345678901234567", "Too long by 3 characters; AWS takes at most 20.");
    }

    #[test]
    fn a_country_is_one_that_there_is() {
        for value in ["D", "DEU", "D1", "É", "ÄÖ", "++"] {
            says(CountryCode, value, "A country code is two letters from A to Z, such as DE.");
        }
        says(CountryCode, "xx", "No country has the code XX.");
        assert_eq!(problem(CountryCode, "de"), None);
    }

    #[test]
    fn a_phone_number_begins_with_a_plus_and_holds_digits() {
        for value in ["0221 1234", "49221", "(+49) 221"] {
            says(PhoneNumber, value, "A phone number begins with + and the number of the country, such as +49.");
        }
        for value in ["+49 221 x", "+49/221", "+49.221", "++49", "+४९"] {
            says(PhoneNumber, value, "After the +, AWS takes only digits, spaces, hyphens and round brackets.");
        }
        for value in ["+", "+ ()", "+-"] {
            says(PhoneNumber, value, "A phone number has digits after the +.");
        }
    }

    #[test]
    fn a_phone_number_is_saved_with_digits_only_and_one_that_aws_does_not_verify_is_told() {
        let number = |value: &str| contact(&[(PhoneNumber, value)]);
        assert_eq!(number("+49 (221) 1234-5").with_plain_phone().get(PhoneNumber), "+4922112345");
        for (value, says) in [
            ("+49 221 12345", None),
            ("+39 06 6982", None),
            ("+49 (0)221 12345", Some("Leave out the zero")),
            ("+0049 221", Some("After the + comes the number of the country")),
            ("+1 (800) 555-0100", Some("toll-free")),
            ("+1 888 555 0100", Some("toll-free")),
            ("+800 1234 5678", Some("toll-free")),
            ("+1 801 555 0100", None),
        ] {
            let told = number(value).phone_not_verifiable();
            assert!(
                told.as_deref().map_or(says.is_none(), |told| says.is_some_and(|says| told.contains(says))),
                "{value}: {told:?}"
            );
        }
    }

    #[test]
    fn what_cannot_be_shown_cannot_be_saved() {
        for value in ["a\u{1b}[31m", "a\nb", "a\tb", "a\u{FFFD}"] {
            says(City, value, "There is a character in it that cannot be shown. Type the text again.");
        }
        assert_eq!(
            problem(PhoneNumber, "+49\n221").map(|text| text.len() > 20),
            Some(true),
            "white space to AWS, and a line to us"
        );
    }

    #[test]
    fn differences_name_the_field_and_both_values() {
        let (before, after) = (contact(&[(CompanyName, "A")]), contact(&[(CompanyName, ""), (City, "Bonn")]));
        let expected = [(CompanyName, "A", ""), (City, "Köln", "Bonn")];
        let difference = |(field, before, after): (ContactField, &str, &str)| Difference {
            field,
            before: before.to_owned(),
            after: after.to_owned(),
        };
        assert_eq!(after.differences(&before), expected.map(difference));
        assert_eq!(after.differences(&after), []);
    }

    #[test]
    fn the_owners_data_are_known_whatever_their_case_spaces_and_punctuation() {
        let owner =
            contact(&[(CompanyName, "Northwind Holding AG"), (AddressLine1, "Bahnhofplatz 1,"), (AddressLine2, "Haus B")]);
        let copied = contact(&[
            (CompanyName, "NORTHWIND  HOLDING, AG."),
            (AddressLine1, "bahnhofplatz 1 Haus-B"),
            (PhoneNumber, "+49 221 12345"),
            (FullName, "Somebody Else"),
        ]);
        assert_eq!(copied.resemblance(&owner), [CompanyName, AddressLine1, PhoneNumber]);
        assert_eq!(contact(&[(AddressLine1, "Bahnhofplatz 1 Haus B"), (City, "Bonn")]).resemblance(&owner), [PhoneNumber]);
        let own = contact(&[(AddressLine1, "Weg 2"), (PhoneNumber, "+49 30 1")]);
        assert_eq!(own.resemblance(&owner), []);
    }

    #[test]
    fn what_is_empty_resembles_nothing() {
        assert_eq!(Contact::default().resemblance(&Contact::default()), []);
        let bare = contact(&[(AddressLine1, ""), (PhoneNumber, "+ ()")]);
        assert_eq!(bare.resemblance(&bare), []);
    }

    #[test]
    fn the_debug_form_tells_the_fields_and_nothing_that_is_in_them() {
        assert_eq!(format!("{:?}", Contact::default()), "Contact{}");
        let mut contact = Contact::default();
        contact.set(City, "Köln");
        assert_eq!(format!("{contact:?}"), "Contact{City}");
    }

    proptest! {
        #[test]
        fn what_has_no_problems_is_within_every_rule(values in prop::collection::vec(".{0,30}", 12)) {
            let mut contact = Contact::default();
            ContactField::ALL.into_iter().zip(&values).for_each(|(field, value)| contact.set(field, value));
            let problems = contact.problems();
            let trimmed = contact.trimmed();
            prop_assert_eq!(trimmed.trimmed(), trimmed.clone());
            prop_assert_eq!(trimmed.problems(), problems.clone());
            for field in contact.missing() {
                prop_assert!(problems.iter().any(|(of, _)| *of == field));
            }
            for field in ContactField::ALL {
                let is_too_long = trimmed.get(field).chars().count() > field.limit();
                prop_assert!(!is_too_long || problems.iter().any(|(of, _)| *of == field));
            }
        }
    }
}
