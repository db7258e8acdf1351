//! `contact-information`: is there an address, and a phone number that AWS has verified? And whose are they?

use aws_sdk_account::operation::get_contact_information::GetContactInformationOutput;
use aws_sdk_account::types::PhoneNumberVerificationStatus;
use serde_json::json;

use crate::aws::ask::Answer;
use crate::aws::contact::contact_of;
use crate::aws::owner::{Management, NotTheOwner};
use crate::aws::round::Round;
use crate::checklist::{Contact, ContactField, Draft, Evidence, Partition, StepId, Verdict};

use super::{listed, owner_not_used, unknown};

const STEP: StepId = StepId::ContactInformation;

pub(super) async fn check(round: &Round) -> Draft {
    let (answer, owner, details) = tokio::join!(round.ask().contact_information(), owners_contact(round), round.details());
    let refused = owner.refused.clone();
    let account_name = details.result.as_ref().ok().and_then(|details| details.name.as_deref());
    let draft = judge(round, &answer, owner, account_name);
    match refused {
        Some(refused) => owner_not_used(draft, &refused),
        None => draft,
    }
}

fn judge(round: &Round, answer: &Answer<GetContactInformationOutput>, owner: OwnersContact, account_name: Option<&str>) -> Draft {
    let evidence = [answer.told(fact)];
    let output = match &answer.result {
        Ok(output) => output,
        Err(problem) if problem.code.as_deref() == Some("ResourceNotFoundException") => {
            return Draft::new(STEP, "none-on-file", Verdict::Unmet).evidence(evidence);
        }
        Err(problem) => return unknown(STEP, problem).evidence(evidence),
    };
    let Some(contact) = output.contact_information().map(contact_of) else {
        return Draft::new(STEP, "none-on-file", Verdict::Unmet).evidence(evidence);
    };
    let same = owner.contact.as_ref().map(|owner| in_words(&contact.resemblance(owner))).unwrap_or_default();
    // Where the owner's contact is known, the comparison says more than this sign.
    let is_as_copied = owner.contact.is_none() && is_as_copied(&contact, account_name);
    let missing: Vec<String> = contact.missing().into_iter().map(|field| field.label().to_lowercase()).collect();
    let status = output.verification_status();
    let (rule, verdict) = match by_status(status) {
        _ if !missing.is_empty() => ("incomplete", Verdict::Unmet),
        ("verified", _) if !same.is_empty() => ("verified-and-the-owners", Verdict::NeedsYou),
        ("verified", _) if is_as_copied => ("verified-and-as-copied", Verdict::NeedsYou),
        by_status => by_status,
    };
    let draft = Draft::new(STEP, rule, verdict)
        .value("missing", listed(&missing, missing.len()))
        .value("status", status.map(PhoneNumberVerificationStatus::as_str))
        .value("same", listed(&same, same.len()))
        .evidence(evidence)
        .evidence(owner.evidence);
    // Whoever has the number verified from here is shown where the code goes.
    let phone = contact.get(ContactField::PhoneNumber);
    let draft = if phone.is_empty() { draft } else { draft.subject(phone) };
    let draft = lines(&contact).into_iter().fold(draft.private(private(&contact)), Draft::detail);
    let draft = match listed(&same, same.len()) {
        same if same.is_empty() => draft,
        same => draft.line("owners-data", json!({ "same": same })),
    };
    let draft = if is_as_copied { draft.line("as-copied", json!({})) } else { draft };
    if round.partition() == Partition::GovCloud { draft.line("paired-account", json!({})) } else { draft }
}

/// The contact of the account that owns the organization.
#[derive(Default)]
struct OwnersContact {
    contact: Option<Contact>,
    evidence: Vec<Evidence>,
    /// Why the management profile that was given is not used.
    refused: Option<NotTheOwner>,
}

/// Asks the owner for its own contact, where its credentials are at hand. It is there to compare with: what is not told decides nothing.
async fn owners_contact(round: &Round) -> OwnersContact {
    let owner = match round.management().await {
        Management::NotGiven => return OwnersContact::default(),
        Management::Unusable(refused) => return OwnersContact { refused: Some(refused), ..OwnersContact::default() },
        Management::Usable(owner) => owner,
    };
    let answer = owner.questions.contact_information().await;
    let fact = |output: &GetContactInformationOutput| match output.contact_information() {
        Some(_) => "The owner's own contact information is on file.".to_owned(),
        None => "The owner has no contact information on file.".to_owned(),
    };
    OwnersContact {
        evidence: [owner.evidence, vec![answer.told(fact)]].concat(),
        refused: None,
        contact: answer.result.ok().and_then(|output| output.contact_information().map(contact_of)),
    }
}

/// Whether the contact looks as AWS makes it when an organization creates an account: company, website, address and phone number are those of the
/// management account, and nobody has entered a name, so that the account's own stands there.
///
/// Source: AWS Organizations User Guide, Creating a member account, read 2026-11-29; the list of what is copied holds no name. That the account's
/// name takes its place is observed, not documented.
fn is_as_copied(contact: &Contact, account_name: Option<&str>) -> bool {
    let (name, company) = (contact.get(ContactField::FullName).trim(), contact.get(ContactField::CompanyName).trim());
    // Whoever calls account, company and themselves the same has entered it.
    account_name.is_some_and(|account| account.trim() == name) && !company.is_empty() && company != name
}

/// What is the same, as a person would call it.
fn in_words(fields: &[ContactField]) -> Vec<&'static str> {
    let word = |field: &ContactField| match field {
        ContactField::CompanyName => "company",
        ContactField::PhoneNumber => "phone",
        _ => "address",
    };
    fields.iter().map(word).collect()
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

/// The contact as it would be written on an envelope, and the phone number.
fn lines(contact: &Contact) -> Vec<String> {
    use ContactField::{
        AddressLine1, AddressLine2, AddressLine3, City, CompanyName, CountryCode, DistrictOrCounty, FullName, PhoneNumber,
        PostalCode, StateOrRegion, WebsiteUrl,
    };
    let envelope: [&[ContactField]; 5] = [
        &[FullName, CompanyName],
        &[AddressLine1, AddressLine2, AddressLine3],
        &[PostalCode, City, DistrictOrCounty, StateOrRegion, CountryCode],
        &[PhoneNumber],
        &[WebsiteUrl],
    ];
    let joined = |fields: &&[ContactField]| {
        let parts = fields.iter().map(|field| contact.get(*field).trim()).filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join(", ")
    };
    envelope.iter().map(joined).filter(|line| !line.is_empty()).collect()
}

/// What of it is somebody's own: all but the country.
fn private(contact: &Contact) -> Vec<&str> {
    let own = ContactField::ALL.into_iter().filter(|field| *field != ContactField::CountryCode);
    own.map(|field| contact.get(field).trim()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_that_is_missing_or_new_is_for_a_person_to_settle() {
        assert_eq!(by_status(None), ("verification-not-told", Verdict::NeedsYou));
        assert_eq!(by_status(Some(&"PERHAPS".into())), ("verification-not-told", Verdict::NeedsYou));
        assert_eq!(by_status(Some(&"VERIFIED".into())), ("verified", Verdict::Met));
    }

    #[test]
    fn a_contact_as_aws_copies_it_has_a_company_and_the_accounts_name() {
        let contact = |name: &str, company: &str| {
            let mut contact = Contact::default();
            contact.set(ContactField::FullName, name);
            contact.set(ContactField::CompanyName, company);
            contact
        };
        assert!(is_as_copied(&contact("payments-prod", "Holding AG"), Some("payments-prod")));
        assert!(!is_as_copied(&contact("payments-prod", ""), Some("payments-prod")));
        assert!(!is_as_copied(&contact("Keller", "Keller"), Some("Keller")));
        assert!(!is_as_copied(&contact("Maria Keller", "Holding AG"), Some("payments-prod")));
        assert!(!is_as_copied(&contact("", "Holding AG"), None));
    }

    #[test]
    fn the_envelope_leaves_out_what_is_not_given_and_everything_but_the_country_is_private() {
        let mut contact = Contact::default();
        for (field, value) in [
            (ContactField::FullName, "Anna Schmidt"),
            (ContactField::AddressLine1, "Weg 1"),
            (ContactField::PostalCode, "50667"),
            (ContactField::City, "Köln"),
            (ContactField::CountryCode, "DE"),
            (ContactField::WebsiteUrl, "https://schmidt.example"),
        ] {
            contact.set(field, value);
        }
        assert_eq!(lines(&contact), ["Anna Schmidt", "Weg 1", "50667, Köln, DE", "https://schmidt.example"]);
        let given: Vec<_> = private(&contact).into_iter().filter(|value| !value.is_empty()).collect();
        assert_eq!(given, ["Anna Schmidt", "Weg 1", "Köln", "50667", "https://schmidt.example"]);
    }
}
