//! `contact-information`: is there an address, and a phone number that AWS has verified? And whose are they?

use aws_sdk_account::operation::get_contact_information::GetContactInformationOutput;
use aws_sdk_account::types::PhoneNumberVerificationStatus;

use crate::aws::ask::Recorded;
use crate::aws::check_run::CheckRun;
use crate::aws::contact::contact_of;
use crate::aws::owner::NotTheOwner;
use crate::checklist::facts::ContactInformationFact::{
    Incomplete, NoneOnFile, PhoneNotVerifiable, PhoneUnverified, PhoneVerificationPending, VerificationNotTold, Verified,
    VerifiedAndAsCopied, VerifiedAndTheOwners,
};
use crate::checklist::facts::{ContactInformationFact, ContactInformationLine, Few, Own};
use crate::checklist::{Contact, ContactField, Evidence, FactLine, Finding, Partition, StepId, Verdict};

use super::unknown;

const STEP: StepId = StepId::ContactInformation;

pub(super) async fn check(round: &CheckRun) -> Finding {
    let (answer, owner, details) = tokio::join!(round.member.contact_information(), owners_contact(round), round.details());
    let (owner, refused) = match owner {
        Ok(owner) => (owner, None),
        Err(refused) => ((None, Vec::new()), Some(refused)),
    };
    let account_name = details.result.as_ref().ok().and_then(|details| details.name.as_deref());
    judge(round, &answer, owner, account_name).lines(refused.map(|refused| FactLine::OwnerNotUsed(refused.why)))
}

fn judge(
    round: &CheckRun,
    answer: &Recorded<GetContactInformationOutput>,
    (owner, asked): (Option<Contact>, Vec<Evidence>),
    account_name: Option<&str>,
) -> Finding {
    let evidence = [answer.told(fact)];
    let contact = match &answer.result {
        Ok(output) => output.contact_information().map(contact_of).zip(Some(output)),
        Err(problem) if problem.code.as_deref() == Some("ResourceNotFoundException") => None,
        Err(problem) => return unknown(STEP, problem).evidence(evidence),
    };
    let Some((contact, output)) = contact else {
        return Finding::new(STEP, NoneOnFile, Verdict::Unmet).evidence(evidence);
    };
    let same = owner.as_ref().map(|owner| in_words(&contact.resemblance(owner))).unwrap_or_default();
    // Where the owner's contact is known, the comparison says more than this sign.
    let is_as_copied = owner.is_none() && is_as_copied(&contact, account_name);
    let is_the_owners = !same.is_empty();
    let missing: Vec<String> = contact.missing().into_iter().map(|field| field.label().to_lowercase()).collect();
    let same = || Few::of(same.iter().map(|word| (*word).to_owned()), usize::MAX);
    let (found, verdict) = match by_status(output.verification_status()) {
        _ if !missing.is_empty() => (Incomplete { missing: Few::of(missing, usize::MAX) }, Verdict::Unmet),
        (Verified, _) if is_the_owners => (VerifiedAndTheOwners { same: same() }, Verdict::NeedsYou),
        (Verified, _) if is_as_copied => (VerifiedAndAsCopied, Verdict::NeedsYou),
        by_status => by_status,
    };
    let signs = [
        is_the_owners.then(|| ContactInformationLine::OwnersData { same: same() }),
        is_as_copied.then_some(ContactInformationLine::AsCopied),
        (round.member.partition == Partition::GovCloud).then_some(ContactInformationLine::PairedAccount),
    ];
    Finding::new(STEP, found, verdict)
        .lines(envelope(&contact))
        .lines(signs.into_iter().flatten())
        .evidence(evidence)
        .evidence(asked)
}

/// Asks the owner for its own contact, where its credentials are at hand. It is there to compare with: what is not told decides nothing.
async fn owners_contact(round: &CheckRun) -> Result<(Option<Contact>, Vec<Evidence>), NotTheOwner> {
    let Some(owner) = round.management().await.transpose()? else { return Ok((None, Vec::new())) };
    let answer = owner.questions.contact_information().await;
    let fact = |output: &GetContactInformationOutput| match output.contact_information() {
        Some(_) => "The owner's own contact information is on file.".to_owned(),
        None => "The owner has no contact information on file.".to_owned(),
    };
    let evidence = [owner.evidence, vec![answer.told(fact)]].concat();
    Ok((answer.result.ok().and_then(|output| output.contact_information().map(contact_of)), evidence))
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
fn by_status(status: Option<&PhoneNumberVerificationStatus>) -> (ContactInformationFact, Verdict) {
    let told = status.map(|status| status.as_str().to_owned());
    let known = told.clone().unwrap_or_default();
    match status {
        Some(PhoneNumberVerificationStatus::Verified) => (Verified, Verdict::Met),
        Some(PhoneNumberVerificationStatus::Unverified) => (PhoneUnverified { status: known }, Verdict::NeedsYou),
        Some(PhoneNumberVerificationStatus::Pending) => (PhoneVerificationPending { status: known }, Verdict::NeedsYou),
        Some(PhoneNumberVerificationStatus::NotSupported) => (PhoneNotVerifiable { status: known }, Verdict::NeedsYou),
        _ => (VerificationNotTold { status: told }, Verdict::NeedsYou),
    }
}

fn fact(output: &GetContactInformationOutput) -> String {
    let status = output.verification_status().map_or("not told", PhoneNumberVerificationStatus::as_str);
    match output.contact_information() {
        Some(_) => format!("Contact information is on file; the phone number's verification is {status}."),
        None => "No contact information is on file.".to_owned(),
    }
}

/// The contact as it would be written on an envelope, and the phone number. The country is nobody's own.
fn envelope(contact: &Contact) -> impl Iterator<Item = ContactInformationLine> {
    use ContactField::{
        AddressLine1, AddressLine2, AddressLine3, City, CompanyName, CountryCode, DistrictOrCounty, FullName, PhoneNumber,
        PostalCode, StateOrRegion, WebsiteUrl,
    };
    let told = |field: ContactField| Some(contact.get(field).trim()).filter(|told| !told.is_empty());
    let own = |fields: &[ContactField]| fields.iter().filter_map(|field| told(*field)).map(Own::new).collect::<Vec<_>>();
    let address = |fields: &[ContactField], country: &str| ContactInformationLine::Address {
        parts: own(fields),
        country: country.to_owned(),
    };
    let lines = [
        Some(address(&[FullName, CompanyName], "")),
        Some(address(&[AddressLine1, AddressLine2, AddressLine3], "")),
        Some(address(&[PostalCode, City, DistrictOrCounty, StateOrRegion], told(CountryCode).unwrap_or_default())),
        told(PhoneNumber).map(|number| ContactInformationLine::PhoneNumber { number: Own::new(number) }),
        Some(address(&[WebsiteUrl], "")),
    ];
    let is_empty = |line: &ContactInformationLine| matches!(line, ContactInformationLine::Address { parts, country } if parts.is_empty() && country.is_empty());
    lines.into_iter().flatten().filter(move |line| !is_empty(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_that_is_missing_or_new_is_for_a_person_to_settle() {
        assert_eq!(by_status(None), (VerificationNotTold { status: None }, Verdict::NeedsYou));
        let perhaps = Some("PERHAPS".to_owned());
        assert_eq!(by_status(Some(&"PERHAPS".into())), (VerificationNotTold { status: perhaps }, Verdict::NeedsYou));
        assert_eq!(by_status(Some(&"VERIFIED".into())), (Verified, Verdict::Met));
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
        let finding = Finding::new(STEP, Verified, Verdict::Met).lines(envelope(&contact));
        let wanted = ["Anna Schmidt", "Weg 1", "50667, Köln, DE", "https://schmidt.example"];
        assert_eq!(finding.wording().details, wanted);
        let own: Vec<String> = finding.found.own().into_iter().collect();
        assert_eq!(own, ["50667", "Anna Schmidt", "Köln", "Weg 1", "https://schmidt.example"]);
    }
}
