//! One finding of each fact, and of each line, filled with plausible values: for tests of what has to hold for all of them.

use serde_json::{Value, json};
use strum::VariantNames as _;

use super::facts::{
    AccessAfterwardsFact, AccessAfterwardsLine, BillingAccessFact, ContactInformationFact, ContactInformationLine,
    DelegatedAdministratorFact, DelegatedAdministratorLine, MembershipFact, MembershipLine, OldOwnerAccessFact,
    OldOwnerAccessLine, OtherWayOutFact, OtherWayOutLine, PaymentMethodFact, PaymentMethodLine, PermissionFact, PermissionLine,
    SupportPlanFact, WaitingPeriodFact,
};
use super::{Fact, FactLine, Finding, Partition, Problem, ProblemKind, StepId, Verdict};

/// The names of what can be found of a step, and of its lines.
pub fn names(step: StepId) -> (&'static [&'static str], &'static [&'static str]) {
    match step {
        StepId::Membership => (MembershipFact::VARIANTS, MembershipLine::VARIANTS),
        StepId::WaitingPeriod => (WaitingPeriodFact::VARIANTS, &[]),
        StepId::Permission => (PermissionFact::VARIANTS, PermissionLine::VARIANTS),
        StepId::SupportPlan => (SupportPlanFact::VARIANTS, &[]),
        StepId::ContactInformation => (ContactInformationFact::VARIANTS, ContactInformationLine::VARIANTS),
        StepId::PaymentMethod => (PaymentMethodFact::VARIANTS, PaymentMethodLine::VARIANTS),
        StepId::BillingAccess => (BillingAccessFact::VARIANTS, &[]),
        StepId::DelegatedAdministrator => (DelegatedAdministratorFact::VARIANTS, DelegatedAdministratorLine::VARIANTS),
        StepId::AccessAfterwards => (AccessAfterwardsFact::VARIANTS, AccessAfterwardsLine::VARIANTS),
        StepId::OldOwnerAccess => (OldOwnerAccessFact::VARIANTS, OldOwnerAccessLine::VARIANTS),
        StepId::OtherWayOut => (OtherWayOutFact::VARIANTS, OtherWayOutLine::VARIANTS),
    }
}

/// Something plausible for every field, in the step where it is something else than in others.
fn values(step: StepId) -> Value {
    let own = |value: &str| json!({ "own": value });
    let few = |first: Value| json!({ "first": [first], "more": 2 });
    let mut values = json!({
        "account": "412098765432", "organization": "o-a1b2c3d4e5", "owner": "305611223344", "state": "SUSPENDED",
        "created": "2026-11-20T10:00:00Z", "until": "2026-11-24T10:00:00Z", "sent": "2026-11-22T10:00:00Z",
        "expires": "2026-12-01T10:00:00Z", "why": "expired-credentials", "handshake": "h-7f3c9a1b2d4e5f60",
        "principal": { "own": "DealAdmin", "after": "role/" }, "caller": { "own": "DealAdmin", "after": "role/" },
        "arn": "arn:aws:sts::412098765432:federated-user/maria", "missing": few("aws:MultiFactorAuthPresent".into()),
        "shown": true, "plan": "Basic Support", "ends": true, "in_organization": true, "same": few("company".into()),
        "status": "UNVERIFIED", "instruments": few("card".into()), "known": ["0a1b2c"], "host": own("payments.corp.example:9443"),
        "services": few("guardduty.amazonaws.com".into()), "service": "guardduty.amazonaws.com", "count": 2, "possible": 1,
        "roles": few(own("Deals")), "complete": false, "looked_at": 7, "stack_sets": few(own("baseline")), "deleting": 2,
        "organizations": few("o-fabr1kam99x".into()),
    });
    let of_lines = json!({
        "key": "cost-center", "value": own("4711"), "name": own("DenyLeaving"), "id": own("p-abcdefgh"),
        "at": { "place": "unit", "target": "ou-ab12-abcdefgh" }, "says": "denies", "parts": [own("Maria Keller")],
        "country": "DE", "number": own("+49 30 5550"), "amount": "12.50 USD", "seller": "Amazon Web Services, Inc.",
        "user": own("rescue"), "without_mfa": 1, "needed": true, "role": own("Deals"), "provider": own("corp"),
        "accounts": few("998877665544".into()), "partly": true, "rights": { "can": "policies", "names": few("SecurityAudit".into()) },
        "region": "eu-west-1", "regions": "eu-west-1, us-east-1", "own_role": true, "incomplete": true,
        "actions": "organizations:AcceptHandshake", "mfa": true, "outside": 1, "users": few(own("rescue")),
    });
    let fields = values.as_object_mut().unwrap();
    fields.extend(of_lines.as_object().unwrap().clone());
    match step {
        StepId::PaymentMethod => drop(fields.insert("why".to_owned(), "denied".into())),
        StepId::OtherWayOut => drop(fields.insert("owner".to_owned(), own("Fabrikam"))),
        _ => {}
    }
    values
}

/// What may be missing.
const OPTIONAL: [&str; 9] = ["owner", "state", "plan", "status", "sent", "expires", "handshake", "rights", "mfa"];

fn filled(step: StepId, tag: &str, name: &str, is_bare: bool) -> Value {
    let mut values = values(step);
    values[tag] = name.into();
    if is_bare {
        // What has to be there stays: then this is no other sample than the full one.
        for field in OPTIONAL {
            values[field] = Value::Null;
        }
    }
    json!({ step.as_str(): values })
}

/// The fact of this name, with every value or with nothing optional.
fn fact_filled(step: StepId, name: &str, is_bare: bool) -> Option<Fact> {
    serde_json::from_value(filled(step, "rule", name, is_bare)).ok()
}

/// The fact of this name.
pub fn fact(step: StepId, name: &str) -> Fact {
    fact_filled(step, name, false).unwrap_or_else(|| panic!("{step}: no value for something in {name}"))
}

fn line_filled(step: StepId, name: &str, is_bare: bool) -> Option<FactLine> {
    serde_json::from_value(filled(step, "line", name, is_bare)).ok()
}

/// A finding of each fact, and with each line, as full and as bare as they can be.
pub fn findings() -> Vec<Finding> {
    let unmet = |step, fact| Finding::new(step, fact, Verdict::Unmet).finish(Partition::Aws, jiff::Timestamp::UNIX_EPOCH);
    let mut findings = Vec::new();
    for step in StepId::ALL {
        let (facts, lines) = names(step);
        findings.extend(facts.iter().map(|name| unmet(step, fact(step, name))));
        findings.extend(facts.iter().filter_map(|name| Some(unmet(step, fact_filled(step, name, true)?))));
        let full = lines.iter().map(|name| line_filled(step, name, false).unwrap_or_else(|| panic!("{step}: {name}")));
        let bare = lines.iter().filter_map(|name| line_filled(step, name, true));
        findings.extend(full.chain(bare).map(|line| unmet(step, Fact::NotAMember).line(line)));
        let problem = Problem::here(ProblemKind::TimedOut, "iam:ListRoles", "Nobody answered.", jiff::Timestamp::UNIX_EPOCH);
        findings.push(Finding::unknown(step, problem));
    }
    findings
}

/// An invitation of another organization.
pub fn invitation() -> FactLine {
    line_filled(StepId::OtherWayOut, "invitation", false).unwrap()
}
