//! What this program can put right in AWS by itself, and what becomes of it.
//!
//! Pure data. A [`Fix`] says what is to be done and carries the person's word for it; nothing here does it.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AccountId, Contact, ContactField, Problem, StepId};

/// One change in AWS that puts a step right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fix {
    /// Put this on file as the account's contact information, in place of what is there.
    Contact { contact: Box<Contact>, changed: Vec<ContactField> },
    /// Send a code to the phone number on file. It voids the one before.
    SendCode,
    /// Verify the phone number on file with the code that was sent to it.
    VerifyPhone(OneTimeCode),
    /// Take one service away from the account, as the organization's owner.
    Deregister(Deregistration),
}

impl Fix {
    /// The call that does it, `service:Operation`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.record().operation()
    }

    /// The step that it is about.
    #[must_use]
    pub fn step(&self) -> StepId {
        self.record().step()
    }

    /// What may be written down of it: no address, no number, no code.
    #[must_use]
    pub fn record(&self) -> FixRecord {
        match self {
            Self::Contact { changed, .. } => {
                FixRecord::Contact { changed: changed.iter().map(|field| field.aws_name().to_owned()).collect() }
            }
            Self::SendCode => FixRecord::SendCode,
            Self::VerifyPhone(_) => FixRecord::VerifyPhone,
            Self::Deregister(deregistration) => {
                FixRecord::Deregister { service: deregistration.service.clone(), owner: deregistration.owner.clone() }
            }
        }
    }
}

/// What the journal keeps of a [`Fix`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fix", rename_all = "kebab-case")]
pub enum FixRecord {
    Contact {
        changed: Vec<String>,
    },
    SendCode,
    VerifyPhone,
    /// A service was to be taken away from the account.
    Deregister {
        /// Its principal, such as `guardduty.amazonaws.com`.
        service: String,
        owner: AccountId,
    },
}

/// Which change it is, without its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FixKind {
    Contact,
    SendCode,
    VerifyPhone,
    Deregister,
}

impl FixRecord {
    /// Which change it is.
    #[must_use]
    pub fn kind(&self) -> FixKind {
        match self {
            Self::Contact { .. } => FixKind::Contact,
            Self::SendCode => FixKind::SendCode,
            Self::VerifyPhone => FixKind::VerifyPhone,
            Self::Deregister { .. } => FixKind::Deregister,
        }
    }

    /// The call that does it, `service:Operation`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        match self {
            Self::Contact { .. } => "account:PutContactInformation",
            Self::SendCode => "account:SendPhoneNumberVerification",
            Self::VerifyPhone => "account:VerifyPhoneNumber",
            Self::Deregister { .. } => "organizations:DeregisterDelegatedAdministrator",
        }
    }

    /// The step that it is about.
    #[must_use]
    pub fn step(&self) -> StepId {
        match self {
            Self::Contact { .. } | Self::SendCode | Self::VerifyPhone => StepId::ContactInformation,
            Self::Deregister { .. } => StepId::DelegatedAdministrator,
        }
    }
}

/// The six digits that AWS sends to a phone, or that an MFA device shows. They never print themselves.
///
/// Source: AWS Account Management API reference, `VerifyPhoneNumber`; AWS STS API reference, `AssumeRole`, `TokenCode`.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimeCode(String);

/// The text is not six ASCII digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the code has six digits")]
pub struct NotAOneTimeCode;

impl OneTimeCode {
    /// How many digits a code has.
    pub const DIGITS: usize = 6;

    /// The digits, for the one call that they are made for.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeCode(…)")
    }
}

impl FromStr for OneTimeCode {
    type Err = NotAOneTimeCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_code = text.len() == Self::DIGITS && text.bytes().all(|b| b.is_ascii_digit());
        if is_code { Ok(Self(text.to_owned())) } else { Err(NotAOneTimeCode) }
    }
}

/// Whose credentials the owner's are, once AWS has said to them and to the member that both are in one organization, and that their
/// account owns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerProof {
    pub account: AccountId,
    pub organization: String,
    pub arn: String,
}

/// That one service shall be taken away from the account: made only by typing the service's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deregistration {
    account: AccountId,
    organization: String,
    owner: AccountId,
    service: String,
}

impl Deregistration {
    /// The word to type for `service`: its principal without the end that all have in common, such as `guardduty`. No two services share it.
    #[must_use]
    pub fn word(service: &str) -> &str {
        service.strip_suffix(".amazonaws.com").unwrap_or(service)
    }

    /// Takes the typed word for it. `None` unless it is exactly the service's.
    #[must_use]
    pub fn confirmed(account: &AccountId, proof: &OwnerProof, service: &str, typed: &str) -> Option<Self> {
        let word = Self::word(service);
        (!word.is_empty() && typed == word).then(|| Self {
            account: account.clone(),
            organization: proof.organization.clone(),
            owner: proof.account.clone(),
            service: service.to_owned(),
        })
    }

    /// The account that loses the service.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The organization that it was confirmed for.
    #[must_use]
    pub fn organization(&self) -> &str {
        &self.organization
    }

    /// The management account that it was confirmed for.
    #[must_use]
    pub fn owner(&self) -> &AccountId {
        &self.owner
    }

    /// The service's principal, as AWS names it.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }
}

/// What became of a [`Fix`]: of one call, made once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum FixAnswer {
    /// AWS took it. Whether it holds is for a read to say.
    Done {
        /// AWS's word for the state that came of it, where it says one.
        status: Option<String>,
        request_id: Option<String>,
        at: Timestamp,
    },
    /// AWS said no: this call has changed nothing.
    Refused { refusal: Box<FixRefusal> },
    /// The request never reached AWS: safe to try again.
    NeverSent { problem: Problem },
    /// The request may have reached AWS, and nobody knows what came of it.
    Unknown { problem: Problem },
}

/// AWS's no to a [`Fix`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixRefusal {
    /// The id of the entry in `assets/fixes.toml` that speaks for it.
    pub entry: String,
    pub code: String,
    /// AWS's own words. Sanitized.
    pub message: String,
    /// The fields that AWS did not take, by its names, with its words for each. Sanitized.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<(String, String)>,
    pub request_id: Option<String>,
    pub cause: String,
    /// What to do about it, in order.
    pub todo: Vec<String>,
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_given_up_only_by_typing_its_own_name() {
        let account: AccountId = "412098765432".parse().unwrap();
        let proof = OwnerProof { account: "305611223344".parse().unwrap(), organization: "o-a".into(), arn: "arn".into() };
        let typed = |typed: &str| Deregistration::confirmed(&account, &proof, "guardduty.amazonaws.com", typed);
        assert_eq!(typed("guardduty").unwrap().service(), "guardduty.amazonaws.com");
        let stack_sets = Deregistration::word("member.org.stacksets.cloudformation.amazonaws.com");
        assert_eq!(stack_sets, "member.org.stacksets.cloudformation");
        for wrong in ["", "guard", "GuardDuty", "config", "guardduty.amazonaws.com", " guardduty"] {
            assert_eq!(typed(wrong), None, "{wrong}");
        }
        for empty in ["", ".amazonaws.com"] {
            assert_eq!(Deregistration::confirmed(&account, &proof, empty, ""), None);
        }
    }

    #[test]
    fn nothing_of_a_code_or_an_address_is_written_down() {
        let code: OneTimeCode = "314159".parse().unwrap();
        assert!(!format!("{code:?}").contains("314159"));
        let record = serde_json::to_string(&Fix::VerifyPhone(code).record()).unwrap();
        assert_eq!(record, r#"{"fix":"verify-phone"}"#);
        for wrong in ["", "12345", "1234567", "12345a", " 123456", "１２３４５６"] {
            assert!(wrong.parse::<OneTimeCode>().is_err(), "{wrong}");
        }
    }
}
