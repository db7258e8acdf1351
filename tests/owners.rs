//! `check --management-profile` with a credential that is not the owner's: refused with the reason, and nothing it said is used.

use std::collections::BTreeMap;

use leave_org::simulator::{
    MANAGEMENT_ACCESS_KEY, MEMBER_ACCESS_KEY, OTHER_MEMBER_ACCESS_KEY, OTHER_OWNER_ACCESS_KEY, Request, STANDALONE_ACCESS_KEY,
};
use serde_json::Value;

use crate::checks::serve;
use crate::command_line::{leave_org, run};
use crate::profiles::with_keys;

const IDENTITY: &str = "sts:GetCallerIdentity";
const ORGANIZATION: &str = "organizations:DescribeOrganization";

/// An account about which its owner could tell much: that it was invited, what runs through it, its tags.
const ACCOUNT: &str = "created_days_ago = 1.0\njoined = 'INVITED'\ndelegated_services = ['guardduty.amazonaws.com']\n\
                       tags = { cost-center = '4711' }\n";

/// Runs `check --format json` against `account`, with this access key as the management profile's, and gives the report and what was
/// asked with that key.
async fn check(account: &str, owner: Option<(&'static str, &'static str)>) -> (Value, Vec<Request>) {
    let server = serve(account).await;
    let url = server.url();
    let answer = tokio::task::spawn_blocking(move || {
        let home = tempfile::tempdir().unwrap();
        let mut config = with_keys("deal", MEMBER_ACCESS_KEY, "us-east-1");
        let mut command = leave_org(&home);
        command.args(["check", "--format", "json", "--profile", "deal"]);
        if let Some((key, region)) = owner {
            config += &with_keys("owner", key, region);
            command.args(["--management-profile", "owner"]);
        }
        let file = home.path().join("config");
        std::fs::write(&file, config).unwrap();
        run(command.env("AWS_CONFIG_FILE", file).env("AWS_ENDPOINT_URL", url))
    });
    let answer = answer.await.unwrap();
    assert!([0, 4, 5, 6].contains(&answer.code), "{}{}", answer.stdout, answer.stderr);
    let report = serde_json::from_str(&answer.stdout).unwrap();
    let key = owner.map(|(key, _)| key);
    let requests = server.requests().into_iter().filter(|request| request.access_key.as_deref() == key).collect();
    server.shutdown().await;
    (report, requests)
}

/// The steps of a report by their ids, without what differs from run to run.
fn steps(report: &Value) -> BTreeMap<String, Value> {
    let mut steps = report["steps"].clone();
    for step in steps.as_array_mut().unwrap() {
        for evidence in step["evidence"].as_array_mut().unwrap() {
            evidence["at"] = Value::Null;
            evidence["request_id"] = Value::Null;
        }
    }
    steps.as_array().unwrap().iter().map(|step| (step["id"].as_str().unwrap().to_owned(), step.clone())).collect()
}

cases! {
    a_credential_that_is_not_the_owners_is_refused_with_the_reason_and_nothing_it_said_is_used:
        of_another_organization("", ("another owner", "us-east-1"), &["880077665544", "o-sunflower1", "o-a1b2c3d4e5", "305611223344"]);
        of_the_member_itself("", ("the member", "us-east-1"), &["412098765432, the account that shall leave", "305611223344"]);
        of_another_member("", ("another member", "us-east-1"), &["523344556677", "another member of the organization o-a1b2c3d4e5"]);
        of_no_organization("", ("nobody's member", "us-east-1"), &["660011223344", "in no organization"]);
        expired("[account.organization]\nowner_session = 'expired'", ("the owner", "us-east-1"), &["sign-in of the management profile has ended"]);
        without_rights(
            "[account.organization]\nowner_denials = [{ by = 'identity-policy', actions = ['organizations:*'] }]",
            ("the owner", "us-east-1"),
            &["not allowed to ask organizations:DescribeOrganization", "no identity-based policy allows"]
        );
        of_another_partition("", ("the owner", "cn-north-1"), &["another part of AWS", "aws-cn"]);
}

fn a_credential_that_is_not_the_owners_is_refused_with_the_reason_and_nothing_it_said_is_used(
    state: &str,
    (who, region): (&str, &'static str),
    says: &[&str],
) {
    let key = match who {
        "the owner" => MANAGEMENT_ACCESS_KEY,
        "the member" => MEMBER_ACCESS_KEY,
        "another owner" => OTHER_OWNER_ACCESS_KEY,
        "another member" => OTHER_MEMBER_ACCESS_KEY,
        _ => STANDALONE_ACCESS_KEY,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let account = format!("{ACCOUNT}{state}");
    let (with, asked) = runtime.block_on(check(&account, Some((key, region))));
    let (without, _) = runtime.block_on(check(&account, None));
    // Nothing else is asked with it. The member's own key asks for the member, too.
    if key != MEMBER_ACCESS_KEY {
        let operations: Vec<&str> = asked.iter().map(|request| request.operation.as_str()).collect();
        assert!(operations.iter().all(|operation| [IDENTITY, ORGANIZATION].contains(operation)), "{operations:?}");
        for once in [IDENTITY, ORGANIZATION] {
            assert!(operations.iter().filter(|operation| **operation == once).count() <= 1, "{operations:?}");
        }
    }
    let (with, without) = (steps(&with), steps(&without));
    for id in ASKED_OF_THE_OWNER {
        let step = &with[id];
        assert_eq!(step["standing"], "unknown", "{step:#}");
        let (summary, message) = (step["summary"].as_str().unwrap(), step["problem"]["message"].as_str().unwrap());
        assert!(summary.starts_with("This could not be checked with the management profile that you gave."), "{summary}");
        // What AWS or this machine says besides stands beside it, and not among our own words.
        assert!(summary.contains(says[0]), "{step:#}");
        for words in says {
            assert!(message.contains(words), "{words}: {step:#}");
        }
        assert!(!step["problem"]["remedy"].as_str().unwrap().is_empty());
    }
    // What a person reads line by line is held in `checks`, for the same credentials.
    let others = |steps: &BTreeMap<String, Value>| {
        steps
            .iter()
            .filter(|(id, _)| !ASKED_OF_THE_OWNER.contains(&id.as_str()))
            .map(|(id, step)| (id.clone(), step.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(others(&with), others(&without));
}

/// The steps that only the owner's answer would make exact.
const ASKED_OF_THE_OWNER: [&str; 2] = ["waiting-period", "delegated-administrator"];

#[tokio::test(flavor = "multi_thread")]
async fn stack_sets_are_looked_at_in_the_regions_of_both_profiles() {
    let account = "stack_sets = [{ name = 'baseline', region = 'eu-central-1' }, { name = 'abroad', region = 'us-west-2' }]";
    let (report, asked) = check(account, Some((MANAGEMENT_ACCESS_KEY, "eu-central-1"))).await;
    let step = &steps(&report)["old-owner-access"];
    assert_eq!((&step["standing"], &step["summary"]), (&"needs-you".into(), &SUMMARY.into()));
    let facts = step["evidence"].as_array().unwrap().iter().map(|evidence| evidence["fact"].as_str().unwrap());
    let facts: Vec<&str> = facts.filter(|fact| fact.contains("eu-central-1") || fact.contains("us-east-1")).collect();
    assert_eq!(facts, ["In eu-central-1: baseline.", "No StackSet on this page, in us-east-1."]);
    assert_eq!(asked.iter().filter(|request| request.operation == "cloudformation:ListStackSets").count(), 2);
}

const SUMMARY: &str = "AWS deletes stacks in this account when it leaves, because a StackSet of the organization does not keep them: \
                       baseline. No role lets the organization's owner in.";
