//! Account Management: the account's age and state, its primary contact, and the verification of its phone number.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::account::{Account, Contact, Verification};
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

/// The code that the practice phone receives.
pub const PRACTICE_CODE: &str = "314159";

/// How long a code holds. Source: Account Management API, `SendPhoneNumberVerification`.
const CODE_HOLDS: SignedDuration = SignedDuration::from_mins(5);

pub(super) fn answer(account: &mut Account, call: &Call, now: Timestamp) -> Outcome {
    match call.operation.as_str() {
        "GetAccountInformation" => Ok(Reply::Json(json!({
            "AccountId": account.id, "AccountName": account.name,
            "AccountCreatedDate": iso(account.created_at()), "AccountState": account.state.as_str(),
        }))),
        "GetContactInformation" => get_contact(account),
        "PutContactInformation" => put_contact(account, call),
        "SendPhoneNumberVerification" => send_code(account, now),
        "VerifyPhoneNumber" => verify(account, call, now),
        _ => Err(Failure::unknown_operation()),
    }
}

fn get_contact(account: &Account) -> Outcome {
    let contact = &account.contact;
    if !contact.on_file {
        return Err(no_contact());
    }
    let fields = [
        ("FullName", &contact.full_name),
        ("CompanyName", &contact.company_name),
        ("AddressLine1", &contact.address_line_1),
        ("City", &contact.city),
        ("StateOrRegion", &contact.state_or_region),
        ("PostalCode", &contact.postal_code),
        ("CountryCode", &contact.country_code),
        ("PhoneNumber", &contact.phone_number),
    ];
    // An empty optional field is left out; the required ones are always there.
    let optional = ["CompanyName", "StateOrRegion"];
    let members = fields
        .into_iter()
        .filter(|(name, text)| !(text.is_empty() && optional.contains(name)))
        .map(|(name, text)| (name.to_owned(), text.as_str().into()))
        .collect::<serde_json::Map<String, Value>>();
    Ok(Reply::Json(json!({"ContactInformation": members, "VerificationStatus": contact.verification.as_str()})))
}

fn put_contact(account: &mut Account, call: &Call) -> Outcome {
    let Some(members) = call.object("ContactInformation") else { return Err(invalid("ContactInformation")) };
    let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut contact = Contact {
        on_file: true,
        full_name: text("FullName"),
        company_name: text("CompanyName"),
        address_line_1: text("AddressLine1"),
        city: text("City"),
        state_or_region: text("StateOrRegion"),
        postal_code: text("PostalCode"),
        country_code: text("CountryCode"),
        phone_number: text("PhoneNumber"),
        verification: Verification::Unverified,
    };
    if !contact.is_complete() {
        let required = ["FullName", "AddressLine1", "City", "PostalCode", "CountryCode", "PhoneNumber"];
        return Err(invalid(required.into_iter().find(|name| text(name).is_empty()).unwrap_or("StateOrRegion")));
    }
    // The status follows the number on file.
    if account.contact.on_file && contact.phone_number == account.contact.phone_number {
        contact.verification = account.contact.verification;
    }
    account.contact = contact;
    Ok(Reply::Empty)
}

fn send_code(account: &mut Account, now: Timestamp) -> Outcome {
    let contact = &mut account.contact;
    if !contact.on_file || contact.phone_number.is_empty() {
        return Err(no_contact());
    }
    if contact.verification == Verification::NotSupported {
        return Err(Failure::new("ValidationException", "Phone number verification is not supported for this phone number."));
    }
    contact.verification = Verification::Pending;
    account.phone_code = Some((contact.phone_number.clone(), now));
    Ok(Reply::Json(json!({"Status": contact.verification.as_str()})))
}

fn verify(account: &mut Account, call: &Call, now: Timestamp) -> Outcome {
    let Some((number, sent_at)) = account.phone_code.clone() else {
        return Err(Failure::new("ResourceNotFoundException", "There is no phone number verification in progress."));
    };
    if number != account.contact.phone_number {
        return Err(Failure::new("ConflictException", "The phone number changed after the verification code was sent."));
    }
    if call.text("Otp") != Some(PRACTICE_CODE) || now.duration_since(sent_at) > CODE_HOLDS {
        return Err(Failure::new("ValidationException", "The verification code is incorrect or has expired.")
            .with_member("reason", "fieldValidationFailed"));
    }
    account.phone_code = None;
    account.contact.verification = Verification::Verified;
    Ok(Reply::Json(json!({"Status": account.contact.verification.as_str()})))
}

fn no_contact() -> Failure {
    Failure::new("ResourceNotFoundException", "No contact information was found for the account.")
}

fn invalid(field: &str) -> Failure {
    let message = format!("The field {field} is missing or malformed.");
    Failure::new("ValidationException", message.clone())
        .with_member("reason", "fieldValidationFailed")
        .with_member("fieldList", json!([{"name": field, "message": message}]))
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn a_code_verifies_the_number_it_was_sent_to_for_five_minutes() {
        let mut account =
            Account { contact: Contact { verification: Verification::Unverified, ..Contact::default() }, ..Account::default() };
        let now = account.started_at;
        let send = call("SendPhoneNumberVerification", &json!({}));
        let verify = |code: &str| call("VerifyPhoneNumber", &json!({"Otp": code}));
        let code_of = |outcome: Outcome| outcome.unwrap_err().code;

        assert_eq!(code_of(answer(&mut account, &verify(PRACTICE_CODE), now)), "ResourceNotFoundException");
        answer(&mut account, &send, now).unwrap();
        assert_eq!(account.contact.verification, Verification::Pending);
        assert_eq!(code_of(answer(&mut account, &verify("000000"), now)), "ValidationException");
        assert_eq!(
            code_of(answer(&mut account, &verify(PRACTICE_CODE), now + SignedDuration::from_mins(6))),
            "ValidationException"
        );
        let number = std::mem::replace(&mut account.contact.phone_number, "+4930999".to_owned());
        assert_eq!(code_of(answer(&mut account, &verify(PRACTICE_CODE), now)), "ConflictException");
        account.contact.phone_number = number;
        answer(&mut account, &verify(PRACTICE_CODE), now).unwrap();
        assert_eq!(account.contact.verification, Verification::Verified);
    }

    #[test]
    fn a_new_number_is_unverified_and_the_same_one_keeps_its_status() {
        let mut account = Account::default();
        let now = account.started_at;
        let put = |phone: &str| {
            call(
                "PutContactInformation",
                &json!({"ContactInformation": {"FullName": "A", "AddressLine1": "B", "City": "C", "PostalCode": "1", "CountryCode": "FR",
                    "PhoneNumber": phone}}),
            )
        };
        let same = account.contact.phone_number.clone();
        answer(&mut account, &put(&same), now).unwrap();
        assert_eq!(account.contact.verification, Verification::Verified);
        answer(&mut account, &put("+331"), now).unwrap();
        assert_eq!(account.contact.verification, Verification::Unverified);
        let failure = answer(&mut account, &put(""), now).unwrap_err();
        assert!(failure.message.contains("PhoneNumber"));
    }
}
