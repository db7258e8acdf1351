//! Contact information between the SDK's form and ours.
use aws_sdk_account::types::ContactInformation;

use crate::checklist::{Contact, ContactField};
use crate::untrusted::neutralise;

/// What is on file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactOnFile {
    /// The contact.
    pub contact: Contact,
    /// AWS's word for the phone's verification.
    pub status: Option<String>,
}

pub(super) fn contact_of(sdk: &ContactInformation) -> Contact {
    let mut contact = Contact::default();
    contact.set(ContactField::FullName, neutralise(sdk.full_name()));
    contact
}

pub(super) fn to_sdk(contact: &Contact) -> Result<ContactInformation, String> {
    ContactInformation::builder().full_name(contact.get(ContactField::FullName)).build().map_err(|e| e.to_string())
}
