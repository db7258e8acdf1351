//! A clock, an AWS and a disk that the tests play, and the engine in them.

mod engine;
pub(crate) mod random;
pub(crate) mod world;

use super::*;
use crate::aws::Reading;
use crate::checklist::facts::{
    ContactInformationFact, ContactInformationLine, DelegatedAdministratorFact, DelegatedAdministratorLine, Own,
};
use crate::checklist::{
    AccountDetails, Confidence, Contact, ContactField, Evidence, FixAnswer, FixRefusal, Identity, Organization, OwnerProof,
    Partition, ProblemKind, Refusal, Retry, Verdict, texts,
};

pub(crate) const ACCOUNT: &str = "412098765432";
pub(crate) const OTHER: &str = "999988887777";
/// The account that owns the organization.
pub(crate) const OWNER: &str = "305611223344";
/// The number on file, as the checks read it.
pub(crate) const NUMBER: &str = "+49 69 5550 0100";
/// What is delegated to the account, where the check finds that something is.
pub(crate) const SERVICES: [&str; 3] = ["config.amazonaws.com", "guardduty.amazonaws.com", "securityhub.amazonaws.com"];
/// A name that would clear the screen, turn the line around and push everything else off it.
pub(crate) const HOSTILE_NAME: &str = "\u{1b}[2J\u{202e}支払い本番\u{7}\n{{ 7 * 6 }} e\u{301}\u{1f469}\u{200d}\u{1f4bb} a very long name that goes on and on and on";

pub(crate) fn subject(account: &str) -> Subject {
    let arn = format!("arn:aws:sts::{account}:assumed-role/Admin/maria");
    Subject {
        identity: Identity { account: account.parse().unwrap(), arn, partition: Partition::Aws },
        details: Some(AccountDetails { name: Some(HOSTILE_NAME.to_owned()), state: None, created_at: None }),
        membership: Membership::Member(organization()),
    }
}

pub(crate) fn standalone() -> Subject {
    Subject { membership: Membership::Standalone, ..subject(ACCOUNT) }
}

pub(crate) fn elsewhere() -> Subject {
    let organization = Organization { id: "o-elsewhere1".to_owned(), ..organization() };
    Subject { membership: Membership::Member(organization), ..subject(ACCOUNT) }
}

pub(crate) fn by_another_role() -> Subject {
    let mut subject = subject(ACCOUNT);
    subject.identity.arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/Other/maria");
    subject
}

pub(crate) fn organization() -> Organization {
    Organization { id: "o-a1b2c3d4e5".to_owned(), management_account: Some(OWNER.parse().unwrap()), feature_set: None }
}

pub(crate) fn finding(step: StepId, verdict: Verdict, confidence: Confidence, now: Timestamp) -> Finding {
    let service = |service: &str| DelegatedAdministratorLine::Service { service: service.to_owned() };
    let finding = match step {
        StepId::ContactInformation => {
            let found = ContactInformationFact::PhoneUnverified { status: "UNVERIFIED".to_owned() };
            Finding::new(step, found, verdict).line(ContactInformationLine::PhoneNumber { number: Own::new(NUMBER) })
        }
        StepId::DelegatedAdministrator => {
            Finding::new(step, DelegatedAdministratorFact::NoServices, verdict).lines(SERVICES.map(service))
        }
        _ => Finding::told(step, "a-test", verdict),
    };
    Finding { confidence, ..finding.finish(Partition::Aws, now) }
}

pub(crate) fn problem(kind: ProblemKind, now: Timestamp) -> Problem {
    Problem {
        kind,
        operation: "iam:GetRole".to_owned(),
        code: None,
        message: String::new(),
        request_id: None,
        remedy: String::new(),
        retryable: kind.is_retryable(),
        at: now,
    }
}

/// AWS's proof of who owns the organization.
pub(crate) fn proof() -> OwnerProof {
    let arn = format!("arn:aws:iam::{OWNER}:user/owner");
    OwnerProof { account: OWNER.parse().unwrap(), organization: organization().id, arn }
}

/// A contact that AWS would take.
pub(crate) fn on_file() -> Contact {
    let mut contact = Contact::default();
    for (field, value) in [
        (ContactField::FullName, "Cloud Finance"),
        (ContactField::CompanyName, "Northwind Holding AG"),
        (ContactField::AddressLine1, "Bahnhofplatz 1"),
        (ContactField::City, "Frankfurt am Main"),
        (ContactField::StateOrRegion, "Hessen"),
        (ContactField::PostalCode, "60329"),
        (ContactField::CountryCode, "DE"),
        (ContactField::PhoneNumber, NUMBER),
    ] {
        contact.set(field, value);
    }
    contact
}

pub(crate) fn fix_done(status: Option<&str>, now: Timestamp) -> FixAnswer {
    FixAnswer::Done { status: status.map(str::to_owned), request_id: Some("r".to_owned()), at: now }
}

/// AWS's no, in the words that the catalogue has for it.
pub(crate) fn fix_refused(entry: &str, now: Timestamp) -> FixAnswer {
    let text = texts::fix_refusal_called(entry).unwrap();
    let refusal = FixRefusal {
        entry: entry.to_owned(),
        code: text.when[0].codes[0].clone(),
        message: "no".to_owned(),
        fields: Vec::new(),
        request_id: Some("r".to_owned()),
        cause: text.cause.clone(),
        todo: text.todo.clone(),
        at: now,
    };
    FixAnswer::Refused { refusal: Box::new(refusal) }
}

pub(crate) fn fix_never_sent(now: Timestamp) -> FixAnswer {
    FixAnswer::NeverSent { problem: problem(ProblemKind::Unreachable, now) }
}

pub(crate) fn fix_unknown(now: Timestamp) -> FixAnswer {
    FixAnswer::Unknown { problem: problem(ProblemKind::ConnectionLost, now) }
}

pub(crate) fn evidence(now: Timestamp) -> Evidence {
    let operation = "organizations:DescribeOrganization".to_owned();
    Evidence { operation, outcome: "ok".to_owned(), fact: String::new(), request_id: None, at: now, own: Vec::new() }
}

pub(crate) fn still_a_member(now: Timestamp) -> Reading {
    Reading::Member { organization: organization(), evidence: evidence(now) }
}

pub(crate) fn refusal(steps: &[StepId], now: Timestamp) -> Refusal {
    Refusal {
        ends_with_a_response: false,
        entry: "a-test".to_owned(),
        code: "ConstraintViolationException".to_owned(),
        reason: None,
        message: "no".to_owned(),
        request_id: None,
        cause: "because".to_owned(),
        who: "you".to_owned(),
        todo: Vec::new(),
        link: None,
        steps: steps.to_vec(),
        retry: Retry::AfterTheCause,
        at: now,
    }
}
