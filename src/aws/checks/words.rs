//! Holds code and words together: every rule that a check names has words, and all words are used.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::checklist::{Draft, Partition, StepId, Verdict, texts};

/// The source of each check.
const SOURCES: [(StepId, &[&str]); 11] = [
    (StepId::Membership, &[include_str!("membership.rs")]),
    (StepId::WaitingPeriod, &[include_str!("waiting_period.rs")]),
    (StepId::Permission, &[include_str!("permission.rs"), include_str!("policies_above.rs")]),
    (StepId::SupportPlan, &[include_str!("support_plan.rs")]),
    (StepId::ContactInformation, &[include_str!("contact_information.rs")]),
    (StepId::PaymentMethod, &[include_str!("payment_method.rs")]),
    (StepId::BillingAccess, &[include_str!("billing_access.rs")]),
    (StepId::DelegatedAdministrator, &[include_str!("delegated_administrator.rs")]),
    (StepId::AccessAfterwards, &[include_str!("access_afterwards.rs")]),
    (StepId::OldOwnerAccess, &[include_str!("old_owner_access.rs"), include_str!("stack_sets.rs")]),
    (StepId::OtherWayOut, &[include_str!("other_way_out.rs")]),
];

/// What several checks say alike: about accounts in no organization, and about a management profile that is not used.
const SAID_FOR_SEVERAL: [&str; 3] = ["not-a-member", "owner-not-proven", "owner-not-used"];

/// Plausible values for everything that a check hands over.
fn values() -> Value {
    // In two halves: the macro would go too deep.
    let more = json!({
        "user": "rescue", "provider": "corp", "partly": true, "needed": true, "without_mfa": 1, "outside": 1, "rights": { "everything": false, "unread": false, "policies": "SecurityAudit" },
        "sent": "2026-11-22 10:00 UTC", "by_command": true, "handshake": "h-7f3c9a1b2d4e5f60", "actions": "organizations:AcceptHandshake",
        "amount": "12.50 USD", "ends": true, "host": "payments.us-east-1.api.aws", "own_role": true, "seller": "Amazon Web Services, Inc.", "instruments": "card",
        "caller": "arn:aws:sts::412098765432:assumed-role/DealAdmin/maria",
    });
    let mut values = json!({
        "account": "412098765432", "organization": "o-a1b2c3d4e5", "owner": "305611223344", "state": "SUSPENDED",
        "days": 4, "created": "2026-11-20 10:00 UTC", "until": "2026-11-24 10:00 UTC", "partition": "aws",
        "principal": "role/DealAdmin", "missing": "aws:MultiFactorAuthPresent", "in_organization": true, "plan": "Basic Support",
        "status": "UNVERIFIED", "services": "guardduty.amazonaws.com", "count": 2, "possible": 1, "roles": "OrganizationAccountAccessRole",
        "looked_at": 7, "complete": true, "users": "rescue", "mfa": true, "organizations": "o-fabr1kam99x",
        "role": "OrganizationAccountAccessRole", "accounts": "998877665544", "expires": "2026-12-01 10:00 UTC",
        "same": "company, address",
        "name": "DenyLeaving", "id": "p-abcdefgh", "at": "the account itself", "target": "ou-ab12-abcdefgh", "shown": true,
        "region": "eu-west-1", "regions": "eu-west-1, us-east-1", "stack_sets": "baseline", "deleting": 2,
        "why": "The sign-in has ended.", "remedy": "Sign in again.",
    });
    values.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    values
}

/// The code above the tests: what a test names is not used.
fn code(step: StepId) -> String {
    let (_, sources) = SOURCES.iter().find(|(id, _)| *id == step).unwrap();
    sources.iter().map(|source| source.split("#[cfg(test)]").next().unwrap()).collect()
}

/// Everything in quotation marks that reads like a rule: lower case words with hyphens.
fn names_in(code: &str) -> BTreeSet<&str> {
    let is_name =
        |text: &&str| text.contains('-') && !text.ends_with('-') && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    code.split('"').filter(is_name).collect()
}

#[test]
fn every_rule_and_line_in_the_words_is_used_by_its_check() {
    for step in StepId::ALL {
        let text = texts::step(step);
        for name in text.findings.keys().chain(text.lines.keys()) {
            // These are said for several steps alike.
            assert!(
                SAID_FOR_SEVERAL.contains(&name.as_str()) || code(step).contains(&format!("\"{name}\"")),
                "{step}: nothing says {name}"
            );
        }
    }
}

#[test]
fn every_rule_and_line_that_a_check_names_has_words() {
    for step in StepId::ALL {
        let text = texts::step(step);
        for name in names_in(&code(step)) {
            assert!(text.findings.contains_key(name) || text.lines.contains_key(name), "{step}: {name} has no words");
        }
    }
}

#[test]
fn every_template_is_filled_with_plausible_values_and_with_nothing_optional() {
    let Value::Object(full) = values() else { unreachable!() };
    let optional = ["mfa", "owner", "state", "missing", "plan", "status", "users", "expires", "sent", "handshake"];
    for step in StepId::ALL {
        let text = texts::step(step);
        for bare in [false, true] {
            let value = |name: &str| if bare && optional.contains(&name) { Value::Null } else { full[name].clone() };
            for (rule, template) in &text.findings {
                let draft = Draft::new(step, rule, Verdict::Met);
                let draft = full.keys().fold(draft, |draft, name| draft.value(name, value(name)));
                let finding = draft.finish(Partition::Aws, Timestamp::UNIX_EPOCH);
                let words = [vec![finding.summary], finding.not_proven.into_iter().collect(), finding.todo].concat();
                // A value that was not given, and not asked for either, would show as "none".
                let none = |text: &str| text.matches("none").count();
                assert!(none(&words.concat()) <= none(&format!("{template:?}")), "{step} {rule}: {words:?}");
                for sentence in words {
                    assert!(!sentence.contains(['{', '}']), "{step} {rule}: {sentence}");
                    assert!(sentence.ends_with(['.', '?']), "{step} {rule} does not end its sentence: {sentence}");
                }
            }
            for line in text.lines.values() {
                let all: serde_json::Map<String, Value> = full.keys().map(|name| (name.clone(), value(name))).collect();
                let line = texts::fill(line, &Value::Object(all));
                assert!(!line.contains(['{', '}']), "{step}: {line}");
            }
        }
    }
}

#[test]
fn nobody_is_given_more_than_five_things_to_do() {
    for step in StepId::ALL {
        for (rule, text) in &texts::step(step).findings {
            assert!(text.todo.len() <= 5, "{step} {rule}");
        }
    }
    for refusal in texts::all_refusals() {
        assert!((1..=5).contains(&refusal.todo.len()), "{}", refusal.id);
    }
}
