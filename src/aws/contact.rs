//! A contact between the SDK's type and the checklist's.
//!
//! What AWS gives is sanitized on the way in; nothing here asks or judges.

use aws_sdk_account::error::BuildError;
use aws_sdk_account::types::ContactInformation;

use crate::checklist::{Contact, ContactField};
use crate::untrusted::sanitize;

/// The contact that AWS has on file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactOnFile {
    pub contact: Contact,
    /// AWS's word for how far the phone number is verified; none when it said nothing.
    pub status: Option<String>,
}

/// The contact in AWS's answer, sanitized.
pub(super) fn contact_of(information: &ContactInformation) -> Contact {
    let mut contact = Contact::default();
    for field in ContactField::ALL {
        let value = match field {
            ContactField::FullName => Some(information.full_name()),
            ContactField::CompanyName => information.company_name(),
            ContactField::AddressLine1 => Some(information.address_line1()),
            ContactField::AddressLine2 => information.address_line2(),
            ContactField::AddressLine3 => information.address_line3(),
            ContactField::City => Some(information.city()),
            ContactField::DistrictOrCounty => information.district_or_county(),
            ContactField::StateOrRegion => information.state_or_region(),
            ContactField::PostalCode => Some(information.postal_code()),
            ContactField::CountryCode => Some(information.country_code()),
            ContactField::PhoneNumber => Some(information.phone_number()),
            ContactField::WebsiteUrl => information.website_url(),
        };
        contact.set(field, sanitize(value.unwrap_or_default()));
    }
    contact
}

/// The contact as AWS takes it. An optional field that is empty is left out, which takes it away: AWS replaces the whole contact.
pub(super) fn to_sdk(contact: &Contact) -> Result<ContactInformation, BuildError> {
    let text = |field| contact.get(field).to_owned();
    let given = |field| Some(text(field)).filter(|value| !value.is_empty());
    ContactInformation::builder()
        .full_name(text(ContactField::FullName))
        .set_company_name(given(ContactField::CompanyName))
        .address_line1(text(ContactField::AddressLine1))
        .set_address_line2(given(ContactField::AddressLine2))
        .set_address_line3(given(ContactField::AddressLine3))
        .city(text(ContactField::City))
        .set_district_or_county(given(ContactField::DistrictOrCounty))
        .set_state_or_region(given(ContactField::StateOrRegion))
        .postal_code(text(ContactField::PostalCode))
        .country_code(text(ContactField::CountryCode))
        .phone_number(text(ContactField::PhoneNumber))
        .set_website_url(given(ContactField::WebsiteUrl))
        .build()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn contact(values: &[String]) -> Contact {
        let mut contact = Contact::default();
        ContactField::ALL.into_iter().zip(values).for_each(|(field, value)| contact.set(field, value));
        contact
    }

    proptest! {
        #[test]
        fn a_contact_comes_back_from_the_sdk_as_it_went(values in prop::collection::vec("[ -~äßéłøñ京都]{0,60}", 12)) {
            let there = contact(&values);
            prop_assert_eq!(contact_of(&to_sdk(&there).unwrap()), there);
        }

        #[test]
        fn whatever_aws_gives_is_neutralised(values in prop::collection::vec(any::<String>(), 12)) {
            let read = contact_of(&to_sdk(&contact(&values)).unwrap());
            for (field, value) in ContactField::ALL.into_iter().zip(&values) {
                prop_assert_eq!(read.get(field), sanitize(value));
            }
        }
    }

    #[test]
    fn what_is_not_given_is_left_out() {
        let bare = to_sdk(&Contact::default()).unwrap();
        assert_eq!((bare.full_name(), bare.company_name(), bare.website_url()), ("", None, None));
    }
}
