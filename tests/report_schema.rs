//! The JSON form against its schema, `assets/report/schema.json`: what programs may rely on.

use std::collections::BTreeSet;

use jsonschema::Validator;
use leave_org::checklist::{Confidence, Partition, ProblemKind, Standing, StepId, StepKind};
use leave_org::simulator::Scenario;
use serde_json::{Value, json};

use crate::command_line::{Answer, Practice};

fn schema() -> Value {
    serde_json::from_str(include_str!("../assets/report/schema.json")).unwrap()
}

fn validator() -> Validator {
    jsonschema::options().should_validate_formats(true).build(&schema()).unwrap()
}

/// Holds what was printed against the schema, and gives it back.
#[track_caller]
pub fn valid(answer: &Answer) -> Value {
    let report: Value = serde_json::from_str(&answer.stdout).unwrap_or_else(|error| panic!("{error}: {}", answer.stderr));
    let wrong: Vec<String> =
        validator().iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    report
}

#[test]
fn the_schema_is_a_schema() {
    assert!(jsonschema::meta::is_valid(&schema()));
    assert_eq!(schema()["$schema"], "https://json-schema.org/draft/2020-12/schema");
}

every_scenario!(every_report_is_as_the_schema_says);

fn every_report_is_as_the_schema_says(scenario: &str) {
    // What a scenario lets go wrong, it lets go wrong on the first calls: each report is about an AWS of its own.
    let [plain, masked] = std::thread::scope(|at_once| {
        let check = |arguments: &'static [&str]| at_once.spawn(|| Practice::named(scenario).check(arguments));
        [check(&["--format", "json"]), check(&["--format", "json", "--redact"])].map(|check| check.join().unwrap())
    });
    assert_eq!(plain.code, masked.code);
    if scenario == "session-expired" {
        // Whoever cannot sign in is not known, so there is nothing to hold against the schema.
        return assert_eq!((plain.code, plain.stdout.as_str(), masked.stdout.as_str()), (3, "", ""));
    }
    let (plain, masked) = (valid(&plain), valid(&masked));
    assert_eq!((&plain["steps"][0]["id"], &masked["account"]["id"]), (&json!("membership"), &json!("[account-1]")));
    let standings = |report: &Value| -> Vec<Value> {
        report["steps"].as_array().unwrap().iter().map(|step| step["standing"].clone()).collect()
    };
    assert_eq!(standings(&plain), standings(&masked));
}

#[test]
fn every_scenario_is_run() {
    let (_, list) = include_str!("main.rs").split_once("macro_rules! every_scenario").unwrap();
    let (list, _) = list.split_once("mod catalogue;").unwrap();
    for scenario in Scenario::all() {
        assert!(list.contains(&format!("(\"{}\");", scenario.name)), "{} is not run", scenario.name);
    }
}

#[test]
fn a_report_on_some_steps_is_as_the_schema_says() {
    let practice = Practice::named("everything-wrong");
    for step in StepId::ALL {
        let report = valid(&practice.check(&["--format", "json", "--step", step.as_str()]));
        assert_eq!(report["steps"].as_array().unwrap().len(), 1);
    }
    valid(&practice.check(&["--format", "json", "--step", "membership", "--step", "payment-method", "--redact"]));
}

/// What the schema lists there, without null.
fn listed(pointer: &str) -> BTreeSet<String> {
    let schema = schema();
    let list = schema.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}")).as_array().unwrap();
    let names: BTreeSet<String> = list.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    assert_eq!(names.len(), list.iter().filter(|value| !value.is_null()).count(), "{pointer} says something twice");
    names
}

#[test]
fn the_schema_lists_what_the_code_knows_and_nothing_else() {
    let names = |names: &[&str]| -> BTreeSet<String> { names.iter().map(|name| (*name).to_owned()).collect() };
    let steps = StepId::ALL.map(StepId::as_str);
    assert_eq!(listed("/$defs/step_id/enum"), names(&steps));
    let blocking: Vec<&str> = StepId::ALL.into_iter().filter(|step| step.blocks()).map(StepId::as_str).collect();
    assert_eq!(listed("/properties/blockers/items/enum"), names(&blocking));
    assert_eq!(listed("/$defs/step/properties/kind/enum"), names(&StepKind::ALL.map(StepKind::as_str)));
    assert_eq!(listed("/$defs/step/properties/standing/enum"), names(&Standing::ALL.map(Standing::as_str)));
    assert_eq!(listed("/$defs/problem/properties/kind/enum"), names(&ProblemKind::ALL.map(ProblemKind::as_str)));
    assert_eq!(listed("/$defs/account/properties/partition/enum"), names(&Partition::ALL.map(Partition::as_str)));
    let confidences: BTreeSet<String> =
        Confidence::ALL.iter().map(|one| serde_json::to_value(one).unwrap().as_str().unwrap().to_owned()).collect();
    assert_eq!(listed("/$defs/step/properties/confidence/enum"), confidences);
    assert_eq!(schema()["properties"]["steps"]["maxItems"], json!(StepId::ALL.len()));
}

/// Every object that the schema tells of, and where.
fn objects<'a>(value: &'a Value, at: &str, found: &mut Vec<(String, &'a Value)>) {
    if value.get("properties").is_some() && value["type"] == "object" {
        found.push((at.to_owned(), value));
    }
    if let Some(members) = value.as_object() {
        members.iter().for_each(|(name, member)| objects(member, &format!("{at}/{name}"), found));
    }
}

#[test]
fn every_field_is_always_there_and_is_told_of_and_others_may_be_added() {
    let schema = schema();
    let mut found = Vec::new();
    objects(&schema, "", &mut found);
    assert_eq!(found.len(), 11, "{found:?}");
    for (at, object) in found {
        let required: BTreeSet<&str> = object["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let properties: BTreeSet<&str> = object["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(required, properties, "{at}");
        assert!(object.get("additionalProperties").is_none(), "{at}: fields may be added");
        for (name, field) in object["properties"].as_object().unwrap() {
            let is_told = field.get("description").is_some() || field.get("$ref").is_some() || field.get("const").is_some();
            assert!(is_told, "{at}: {name} is not told of");
        }
    }
}

#[test]
fn what_is_no_report_is_not_valid() {
    let report = valid(&Practice::named("everything-wrong").check(&["--format", "json"]));
    let validator = validator();
    let step = |id: StepId, field: &str| format!("/steps/{}/{field}", id.index());
    let unknown = report["steps"].as_array().unwrap().iter().position(|step| !step["problem"].is_null()).unwrap();
    let broken: Vec<(String, Value)> = vec![
        ("/schema_version".into(), json!(2)),
        ("/schema_version".into(), json!("1")),
        ("/tool/name".into(), json!("another")),
        ("/taken_at".into(), json!("yesterday")),
        ("/taken_at".into(), json!("2026-13-23T21:00:00Z")),
        ("/taken_at".into(), json!("2026-11-23T21:00:00.5Z")),
        ("/taken_at".into(), json!("2026-11-23T21:00:00+01:00")),
        ("/account/id".into(), json!("12345678901")),
        ("/account/id".into(), json!(412_098_765_432_u64)),
        ("/account/id".into(), json!("[name-1]")),
        ("/account/partition".into(), json!("aws-moon")),
        ("/organization/management_account_id".into(), json!("o-a1b2c3d4e5")),
        ("/already_standalone".into(), json!(true)),
        ("/ready".into(), json!(true)),
        ("/ready".into(), Value::Null),
        ("/blockers/0".into(), json!("old-owner-access")),
        ("/steps".into(), json!([])),
        (step(StepId::Membership, "id"), json!("nonsense")),
        (step(StepId::Membership, "kind"), json!("advise")),
        (step(StepId::Membership, "standing"), json!("perhaps")),
        (step(StepId::Membership, "standing"), json!("attested")),
        (step(StepId::Membership, "confidence"), json!("sure")),
        (step(StepId::WaitingPeriod, "until"), Value::Null),
        (step(StepId::Membership, "remedy/link"), json!("javascript:alert(1)")),
        (step(StepId::Membership, "evidence/0/at"), Value::Null),
        (format!("/steps/{unknown}/standing"), json!("met")),
        (format!("/steps/{unknown}/standing"), json!("unmet")),
        (format!("/steps/{unknown}/problem/kind"), json!("bad-luck")),
        (format!("/steps/{unknown}/problem/retryable"), json!("yes")),
    ];
    for (pointer, value) in broken {
        let mut report = report.clone();
        let place = report.pointer_mut(&pointer).unwrap_or_else(|| panic!("no {pointer}"));
        *place = value.clone();
        assert!(!validator.is_valid(&report), "{pointer} = {value} is taken for a report");
    }
    for pointer in ["", "/tool", "/account", "/organization", "/steps/0", "/steps/0/evidence/0", "/steps/0/remedy"] {
        let mut longer = report.clone();
        longer.pointer_mut(pointer).unwrap()["surprise"] = json!(1);
        assert!(validator.is_valid(&longer), "{pointer} may not have more fields");
        let names: Vec<String> = report.pointer(pointer).unwrap().as_object().unwrap().keys().cloned().collect();
        for name in names {
            let mut shorter = report.clone();
            shorter.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(&name);
            assert!(!validator.is_valid(&shorter), "{pointer} may lack {name}");
        }
    }
}
