//! `contact-information`: is there an address, and a phone number that AWS has verified?

use aws_sdk_account::operation::get_contact_information::GetContactInformationOutput;
use aws_sdk_account::types::{ContactInformation, PhoneNumberVerificationStatus};

use crate::aws::round::Round;
use crate::checklist::{Draft, Partition, StepId, Verdict};

use super::{listed, unknown};

const STEP: StepId = StepId::ContactInformation;

/// Where AWS asks for a state or region as well.
///
/// Source: Account Management API reference, `ContactInformation`.
const NEEDS_STATE: [&str; 7] = ["US", "CA", "GB", "DE", "JP", "IN", "BR"];

pub(super) async fn check(round: &Round) -> Draft {
    let answer = round.ask().contact_information().await;
    let evidence = [answer.told(fact)];
    let output = match &answer.result {
        Ok(output) => output,
        Err(problem) if problem.code.as_deref() == Some("ResourceNotFoundException") => {
            return Draft::new(STEP, "none-on-file", Verdict::Unmet).evidence(evidence);
        }
        Err(problem) => return unknown(STEP, problem).evidence(evidence),
    };
    let Some(contact) = output.contact_information() else {
        return Draft::new(STEP, "none-on-file", Verdict::Unmet).evidence(evidence);
    };
    let missing = missing(contact);
    let status = output.verification_status();
    let (rule, verdict) = if missing.is_empty() { by_status(status) } else { ("incomplete", Verdict::Unmet) };
    let draft = Draft::new(STEP, rule, verdict)
        .value("missing", listed(&missing, missing.len()))
        .value("status", status.map(PhoneNumberVerificationStatus::as_str))
        .evidence(evidence);
    let draft = lines(contact).into_iter().fold(draft.private(private(contact)), Draft::detail);
    if round.partition() == Partition::GovCloud { draft.line("paired-account", serde_json::json!({})) } else { draft }
}

/// What the phone number's verification comes to, once the contact is complete.
fn by_status(status: Option<&PhoneNumberVerificationStatus>) -> (&'static str, Verdict) {
    match status {
        Some(PhoneNumberVerificationStatus::Verified) => ("verified", Verdict::Met),
        Some(PhoneNumberVerificationStatus::Unverified) => ("phone-unverified", Verdict::NeedsYou),
        Some(PhoneNumberVerificationStatus::Pending) => ("phone-verification-pending", Verdict::NeedsYou),
        Some(PhoneNumberVerificationStatus::NotSupported) => ("phone-not-verifiable", Verdict::NeedsYou),
        _ => ("verification-not-told", Verdict::NeedsYou),
    }
}

fn fact(output: &GetContactInformationOutput) -> String {
    let status = output.verification_status().map_or("not told", PhoneNumberVerificationStatus::as_str);
    match output.contact_information() {
        Some(_) => format!("Contact information is on file; the phone number's verification is {status}."),
        None => "No contact information is on file.".to_owned(),
    }
}

/// The required fields that are empty, as a person would call them.
fn missing(contact: &ContactInformation) -> Vec<&'static str> {
    let needs_state = NEEDS_STATE.contains(&contact.country_code());
    [
        ("full name", contact.full_name()),
        ("address", contact.address_line1()),
        ("city", contact.city()),
        ("postal code", contact.postal_code()),
        ("country", contact.country_code()),
        ("phone number", contact.phone_number()),
        ("state or region", if needs_state { contact.state_or_region().unwrap_or_default() } else { "not asked for" }),
    ]
    .into_iter()
    .filter(|(_, value)| value.trim().is_empty())
    .map(|(name, _)| name)
    .collect()
}

/// The contact as it would be written on an envelope, and the phone number.
fn lines(contact: &ContactInformation) -> Vec<String> {
    let joined = |parts: &[Option<&str>]| {
        parts.iter().flatten().map(|part| part.trim()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    };
    [
        joined(&[Some(contact.full_name()), contact.company_name()]),
        joined(&[Some(contact.address_line1()), contact.address_line2(), contact.address_line3()]),
        joined(&[
            Some(contact.postal_code()),
            Some(contact.city()),
            contact.district_or_county(),
            contact.state_or_region(),
            Some(contact.country_code()),
        ]),
        joined(&[Some(contact.phone_number())]),
    ]
    .into_iter()
    .filter(|line| !line.is_empty())
    .collect()
}

/// What of it is somebody's own: all but the country.
fn private(contact: &ContactInformation) -> Vec<&str> {
    let always = [contact.full_name(), contact.address_line1(), contact.city(), contact.postal_code(), contact.phone_number()];
    let where_given = [
        contact.company_name(),
        contact.address_line2(),
        contact.address_line3(),
        contact.district_or_county(),
        contact.state_or_region(),
    ];
    always.into_iter().chain(where_given.into_iter().flatten()).map(str::trim).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(country: &str, state: Option<&str>) -> ContactInformation {
        ContactInformation::builder()
            .full_name("Anna Schmidt")
            .address_line1("Weg 1")
            .city("Köln")
            .postal_code("50667")
            .country_code(country)
            .phone_number("+49 221 1234")
            .set_state_or_region(state.map(str::to_owned))
            .build()
            .unwrap()
    }

    #[test]
    fn a_state_is_asked_for_only_where_aws_asks_for_it() {
        for country in NEEDS_STATE {
            assert_eq!(missing(&contact(country, None)), ["state or region"], "{country}");
            assert_eq!(missing(&contact(country, Some("X"))), [""; 0], "{country}");
        }
        assert_eq!(missing(&contact("FR", None)), [""; 0]);
    }

    #[test]
    fn a_status_that_is_missing_or_new_is_for_a_person_to_settle() {
        assert_eq!(by_status(None), ("verification-not-told", Verdict::NeedsYou));
        assert_eq!(by_status(Some(&"PERHAPS".into())), ("verification-not-told", Verdict::NeedsYou));
        assert_eq!(by_status(Some(&"VERIFIED".into())), ("verified", Verdict::Met));
    }

    #[test]
    fn blanks_do_not_count_as_a_name() {
        let mut contact = contact("FR", None);
        contact.full_name = "  ".to_owned();
        assert_eq!(missing(&contact), ["full name"]);
    }
}
