//! Account Management: the account's age and state, its primary contact, and the verification of its phone number.

use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::account::{Account, Contact, SentCode, Verification};
use super::super::protocols::Call;
use super::super::reply::{Failure, Outcome, Reply};
use super::iso;

pub(super) const OPERATIONS: &[&str] = &[
    "GetAccountInformation",
    "GetContactInformation",
    "PutContactInformation",
    "SendPhoneNumberVerification",
    "VerifyPhoneNumber",
];

/// The first code that the practice phone receives.
pub const PRACTICE_CODE: &str = "314159";

/// How long a code holds. Source: Account Management API, `SendPhoneNumberVerification`.
const CODE_HOLDS: SignedDuration = SignedDuration::from_mins(5);

pub(super) fn answer(account: &mut Account, call: &Call, now: Timestamp) -> Outcome {
    match call.operation.as_str() {
        "GetAccountInformation" => Ok(Reply::Json(json!({
            "AccountId": account.id, "AccountName": account.name,
            "AccountCreatedDate": iso(account.created_at()), "AccountState": account.state,
        }))),
        "GetContactInformation" => get_contact(account),
        "PutContactInformation" => put_contact(account, call),
        "SendPhoneNumberVerification" => send_code(account, now),
        "VerifyPhoneNumber" => verify(account, call, now),
        _ => Err(Failure::unknown_operation()),
    }
}

/// A member of a contact: its name, the most characters of it, whether it is required everywhere, and its value.
type Member = (&'static str, usize, bool, fn(&mut Contact) -> &mut String);

/// Source: Account Management API reference, `ContactInformation`, read 2026-11-24.
const MEMBERS: [Member; 12] = [
    ("FullName", 50, true, |contact| &mut contact.full_name),
    ("CompanyName", 50, false, |contact| &mut contact.company_name),
    ("AddressLine1", 60, true, |contact| &mut contact.address_line_1),
    ("AddressLine2", 60, false, |contact| &mut contact.address_line_2),
    ("AddressLine3", 60, false, |contact| &mut contact.address_line_3),
    ("City", 50, true, |contact| &mut contact.city),
    ("DistrictOrCounty", 50, false, |contact| &mut contact.district_or_county),
    ("StateOrRegion", 50, false, |contact| &mut contact.state_or_region),
    ("PostalCode", 20, true, |contact| &mut contact.postal_code),
    ("CountryCode", 2, true, |contact| &mut contact.country_code),
    ("PhoneNumber", 20, true, |contact| &mut contact.phone_number),
    ("WebsiteUrl", 256, false, |contact| &mut contact.website_url),
];

fn get_contact(account: &Account) -> Outcome {
    let mut contact = account.contact.clone();
    if !contact.on_file {
        return Err(no_contact());
    }
    // An empty optional field is left out; the required ones are always there.
    let told = |(name, _, required, value): &Member| {
        let text = value(&mut contact);
        (*required || !text.is_empty()).then(|| ((*name).to_owned(), text.as_str().into()))
    };
    let members: serde_json::Map<String, Value> = MEMBERS.iter().filter_map(told).collect();
    Ok(Reply::Json(json!({"ContactInformation": members, "VerificationStatus": contact.verification})))
}

fn put_contact(account: &mut Account, call: &Call) -> Outcome {
    let Some(members) = call.object("ContactInformation") else { return Err(invalid(&["ContactInformation"])) };
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let needs_state = text("CountryCode").is_some_and(|code| ["US", "CA", "GB", "DE", "JP", "IN", "BR"].contains(&code));
    let is_wrong = |&(name, limit, required, _): &Member| match text(name) {
        None => required || (name == "StateOrRegion" && needs_state),
        Some(value) => {
            !(1..=limit).contains(&value.chars().count())
                || (name == "CountryCode" && !COUNTRIES.iter().any(|code| code == value))
                || (name == "PhoneNumber" && !is_phone_number(value))
        }
    };
    let wrong: Vec<&str> = MEMBERS.iter().filter(|member| is_wrong(member)).map(|(name, ..)| *name).collect();
    if !wrong.is_empty() {
        return Err(invalid(&wrong));
    }
    let mut contact = Contact { on_file: true, verification: Verification::Unverified, ..Contact::default() };
    for (name, .., value) in MEMBERS {
        text(name).unwrap_or_default().clone_into(value(&mut contact));
    }
    // The status follows the number on file.
    if account.contact.on_file && contact.phone_number == account.contact.phone_number {
        contact.verification = account.contact.verification;
    }
    account.contact = contact;
    Ok(Reply::Empty)
}

/// The codes of ISO 3166-1. Nothing else is taken from that asset: what AWS takes is told here anew, so that one can be held against the other.
static COUNTRIES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let asset: toml::Table = toml::from_str(include_str!("../../../assets/contact.toml")).unwrap_or_default();
    let codes = asset.get("countries").and_then(|countries| countries.get("codes")).and_then(toml::Value::as_array);
    codes.into_iter().flatten().filter_map(toml::Value::as_str).map(str::to_owned).collect()
});

/// The form of `PhoneNumber`: `[+][\s0-9()-]+`.
fn is_phone_number(text: &str) -> bool {
    let of_the_form = |c: char| c.is_ascii_digit() || c.is_ascii_whitespace() || "()-".contains(c);
    text.strip_prefix('+').is_some_and(|rest| !rest.is_empty() && rest.chars().all(of_the_form))
}

/// The texts of the refusals below are the practice's own; the codes and members are those of AWS's model.
fn send_code(account: &mut Account, now: Timestamp) -> Outcome {
    let (contact, phone, bounds) = (&mut account.contact, &mut account.phone, &account.phone_bounds);
    if !contact.on_file || contact.phone_number.is_empty() {
        return Err(no_contact());
    }
    if contact.verification == Verification::NotSupported {
        return Ok(Reply::Json(json!({"Status": contact.verification})));
    }
    if bounds.no_codes_to.iter().any(|beginning| contact.phone_number.starts_with(beginning)) {
        let message = "Phone number verification is not available for the country of this phone number.";
        return Err(field_failure(message, &["PhoneNumber"]));
    }
    if phone.number != contact.phone_number {
        phone.number.clone_from(&contact.phone_number);
        phone.sends = 0;
    }
    if phone.sends >= bounds.sends {
        return Err(Failure::new("TooManyRequestsException", "Too many verification codes were sent to this phone number."));
    }
    let code = practice_code(phone.codes);
    phone.sends += 1;
    phone.codes += 1;
    phone.last = Some(code.clone());
    phone.under_way = Some(SentCode { code, number: contact.phone_number.clone(), at: now, wrong: 0 });
    contact.verification = Verification::Pending;
    Ok(Reply::Json(json!({"Status": contact.verification})))
}

/// The codes, one after another: the first is [`PRACTICE_CODE`], and no two that follow each other are the same.
fn practice_code(nth: u32) -> String {
    match nth {
        0 => PRACTICE_CODE.to_owned(),
        nth => format!("{:06}", (314_159 + u64::from(nth) * 271_829) % 1_000_000),
    }
}

fn verify(account: &mut Account, call: &Call, now: Timestamp) -> Outcome {
    let Some(sent) = &mut account.phone.under_way else {
        return Err(Failure::new("ResourceNotFoundException", "There is no phone number verification in progress."));
    };
    if sent.number != account.contact.phone_number {
        return Err(Failure::new("ConflictException", "The phone number changed after the verification code was sent."));
    }
    if sent.wrong >= account.phone_bounds.wrong_codes {
        return Err(Failure::new("TooManyRequestsException", "Too many incorrect verification codes were entered."));
    }
    if call.text("Otp") != Some(&sent.code) || now.duration_since(sent.at) > CODE_HOLDS {
        sent.wrong += u32::from(call.text("Otp") != Some(&sent.code));
        return Err(field_failure("The verification code is incorrect or has expired.", &["Otp"]));
    }
    account.phone.under_way = None;
    account.phone.sends = 0;
    account.contact.verification = Verification::Verified;
    Ok(Reply::Json(json!({"Status": account.contact.verification})))
}

fn no_contact() -> Failure {
    Failure::new("ResourceNotFoundException", "No contact information was found for the account.")
}

fn invalid(fields: &[&str]) -> Failure {
    field_failure(&format!("Missing or malformed: {}.", fields.join(", ")), fields)
}

fn field_failure(message: &str, fields: &[&str]) -> Failure {
    let list: Vec<Value> = fields.iter().map(|field| json!({"name": field, "message": message})).collect();
    Failure::new("ValidationException", message).with_member("reason", "fieldValidationFailed").with_member("fieldList", list)
}

#[cfg(test)]
mod tests {
    use super::super::super::account::PhoneBounds;
    use super::super::super::protocols::{Input, Service};
    use super::*;

    fn call(operation: &str, input: &Value) -> Call {
        let input = Input::Json(input.as_object().cloned().unwrap_or_default());
        Call {
            service: Service::Account,
            operation: operation.to_owned(),
            access_key: None,
            session_token: None,
            region: None,
            input,
        }
    }

    fn send(account: &mut Account, now: Timestamp) -> Result<String, String> {
        let outcome = answer(account, &call("SendPhoneNumberVerification", &json!({})), now);
        said(outcome)
    }

    fn enter(account: &mut Account, code: &str, now: Timestamp) -> Result<String, String> {
        said(answer(account, &call("VerifyPhoneNumber", &json!({"Otp": code})), now))
    }

    fn said(outcome: Outcome) -> Result<String, String> {
        match outcome {
            Ok(Reply::Json(members)) => Ok(members["Status"].as_str().unwrap().to_owned()),
            Ok(other) => panic!("{other:?}"),
            Err(failure) => Err(failure.code),
        }
    }

    fn unverified() -> Account {
        Account { contact: Contact { verification: Verification::Unverified, ..Contact::default() }, ..Account::default() }
    }

    fn failed(code: &str) -> Result<String, String> {
        Err(code.to_owned())
    }

    #[test]
    fn a_code_verifies_the_number_it_was_sent_to_for_five_minutes() {
        let mut account = unverified();
        let now = account.started_at;
        assert_eq!(enter(&mut account, PRACTICE_CODE, now), failed("ResourceNotFoundException"));
        assert_eq!(send(&mut account, now), Ok("PENDING".to_owned()));
        assert_eq!(enter(&mut account, "000000", now), failed("ValidationException"));
        assert_eq!(enter(&mut account, PRACTICE_CODE, now + SignedDuration::from_secs(301)), failed("ValidationException"));
        let number = std::mem::replace(&mut account.contact.phone_number, "+4930999".to_owned());
        assert_eq!(enter(&mut account, PRACTICE_CODE, now), failed("ConflictException"));
        account.contact.phone_number = number;
        assert_eq!(enter(&mut account, PRACTICE_CODE, now + SignedDuration::from_secs(300)), Ok("VERIFIED".to_owned()));
        assert_eq!(account.contact.verification, Verification::Verified);
        assert_eq!(enter(&mut account, PRACTICE_CODE, now), failed("ResourceNotFoundException"), "a code is good for once");
    }

    #[test]
    fn a_new_code_is_another_and_voids_the_one_before() {
        let mut account =
            Account { phone_bounds: PhoneBounds { wrong_codes: 99, sends: 99, ..PhoneBounds::default() }, ..unverified() };
        let now = account.started_at;
        let mut before = "none".to_owned();
        for nth in 0..99 {
            send(&mut account, now).unwrap();
            let code = account.phone.last.clone().unwrap();
            assert_eq!((code == PRACTICE_CODE, code.len()), (nth == 0, 6), "{nth}: {code}");
            assert_ne!(code, before);
            assert_eq!(enter(&mut account, &before, now), failed("ValidationException"));
            before = code;
        }
        assert_eq!(enter(&mut account, &before, now), Ok("VERIFIED".to_owned()));
    }

    #[test]
    fn after_too_many_codes_or_tries_no_more_are_taken() {
        let mut account = unverified();
        let now = account.started_at;
        send(&mut account, now).unwrap();
        for _ in 0..5 {
            assert_eq!(enter(&mut account, "000000", now), failed("ValidationException"));
        }
        assert_eq!(enter(&mut account, PRACTICE_CODE, now), failed("TooManyRequestsException"));
        for _ in 0..4 {
            send(&mut account, now).unwrap();
        }
        assert_eq!(send(&mut account, now), failed("TooManyRequestsException"));
        account.contact.phone_number = "+4930999".to_owned();
        assert_eq!(send(&mut account, now), Ok("PENDING".to_owned()), "another number has tries of its own");
    }

    #[test]
    fn where_no_code_can_be_sent_it_is_said() {
        let mut account = unverified();
        let now = account.started_at;
        account.contact.phone_number = "+850 2 381".to_owned();
        assert_eq!(send(&mut account, now), failed("ValidationException"));
        account.contact.verification = Verification::NotSupported;
        assert_eq!(send(&mut account, now), Ok("NOT_SUPPORTED".to_owned()));
        account.contact.on_file = false;
        assert_eq!(send(&mut account, now), failed("ResourceNotFoundException"));
        assert_eq!(account.phone.last, None);
    }

    fn put(account: &mut Account, changes: &[(&str, Option<&str>)]) -> Outcome {
        let mut members = json!({"FullName": "A", "AddressLine1": "B", "City": "C", "PostalCode": "1", "CountryCode": "FR",
            "PhoneNumber": "+331"});
        for (name, value) in changes {
            match value {
                Some(value) => members[*name] = (*value).into(),
                None => drop(members.as_object_mut().unwrap().remove(*name)),
            }
        }
        let now = account.started_at;
        answer(account, &call("PutContactInformation", &json!({"ContactInformation": members})), now)
    }

    /// The fields that a refusal names.
    fn refused(changes: &[(&str, Option<&str>)]) -> Vec<String> {
        let mut account = Account::default();
        let before = account.contact.clone();
        let failure = put(&mut account, changes).unwrap_err();
        assert_eq!((failure.code.as_str(), &failure.members["reason"]), ("ValidationException", &json!("fieldValidationFailed")));
        assert_eq!(account.contact, before, "nothing was saved");
        let fields = failure.members["fieldList"].as_array().unwrap().iter();
        fields.map(|field| field["name"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_new_number_is_unverified_and_the_same_one_keeps_its_status() {
        let mut account = Account::default();
        let same = account.contact.phone_number.clone();
        put(&mut account, &[("PhoneNumber", Some(&same))]).unwrap();
        assert_eq!(account.contact.verification, Verification::Verified);
        put(&mut account, &[]).unwrap();
        assert_eq!(account.contact.verification, Verification::Unverified);
    }

    #[test]
    fn a_contact_is_replaced_whole() {
        let mut account = Account::default();
        for (name, ..) in MEMBERS {
            let value = match name {
                "CountryCode" => "DE".to_owned(),
                "PhoneNumber" => "+49 (30) 1-2".to_owned(),
                name => format!("the {name}"),
            };
            put(&mut account, &[(name, Some(&value)), ("StateOrRegion", Some("S"))]).unwrap();
            let Ok(Reply::Json(got)) = get_contact(&account) else { panic!() };
            let expected = if name == "StateOrRegion" { "S" } else { &value };
            assert_eq!(got["ContactInformation"][name], expected);
        }
        put(&mut account, &[]).unwrap();
        assert!(account.contact.company_name.is_empty() && account.contact.state_or_region.is_empty());
    }

    #[test]
    fn what_aws_does_not_take_is_refused_by_the_name_of_its_field() {
        for (name, limit, required, _) in MEMBERS {
            assert_eq!(refused(&[(name, Some(&"x".repeat(limit + 1)))]), [name]);
            assert_eq!(refused(&[(name, Some(""))]), [name]);
            if required {
                assert_eq!(refused(&[(name, None)]), [name]);
            }
        }
        for code in ["XX", "fr", "F1"] {
            assert_eq!(refused(&[("CountryCode", Some(code))]), ["CountryCode"]);
        }
        for country in ["US", "CA", "GB", "DE", "JP", "IN", "BR"] {
            assert_eq!(refused(&[("CountryCode", Some(country))]), ["StateOrRegion"]);
        }
        for number in ["030 1", "+", "+49/30", "+49 x"] {
            assert_eq!(refused(&[("PhoneNumber", Some(number))]), ["PhoneNumber"]);
        }
        assert_eq!(refused(&[("City", None), ("PhoneNumber", Some("1"))]), ["City", "PhoneNumber"]);
        assert_eq!(COUNTRIES.len(), 249);
    }
}
