//! CloudFormation: the StackSets of the organization, as its owner sees them in one region, and where they have stacks.
//!
//! Source of the shapes and errors: CloudFormation API reference, per operation.

use super::super::account::{Account, StackSet};
use super::super::protocols::Call;
use super::super::reply::{Failure, Outcome, Reply};
use super::super::xml::Element;
use super::{page_of, start_of_page, tree};

pub(super) const OPERATIONS: &[&str] = &["DescribeStackSet", "ListStackInstances", "ListStackSets"];

/// The most entries on a page. Source: CloudFormation API reference, `MaxResults`.
const LONGEST_PAGE: usize = 100;

/// Answers about `stack_sets`, of which only those of the region that is asked count.
pub(super) fn answer(account: &Account, call: &Call, stack_sets: &[StackSet]) -> Outcome {
    let here = || stack_sets.iter().filter(|set| Some(set.region.as_str()) == call.region.as_deref());
    let named = || {
        let name = call.text("StackSetName").unwrap_or_default();
        let found = here().find(|set| set.name == name || id(account, set) == name);
        found.ok_or_else(|| Failure::new("StackSetNotFoundException", format!("StackSet {name} not found")))
    };
    match call.operation.as_str() {
        "ListStackSets" => {
            // Every one that is played is in use.
            let listed = here().filter(|_| call.text("Status") != Some("DELETED")).map(|set| members(account, set));
            page(account, call, listed.collect())
        }
        "DescribeStackSet" => {
            let set = named()?;
            let mut described = members(account, set);
            if set.service_managed {
                described.push(Element::list("OrganizationalUnitIds", None));
            }
            Ok(Reply::Xml(vec![Element::new("StackSet", described)]))
        }
        "ListStackInstances" => {
            let set = named()?;
            let asked_about = |stack_in: &str| call.text("StackInstanceAccount").is_none_or(|only| only == stack_in);
            let in_member = set.stacks_here && account.member && asked_about(&account.id);
            page(account, call, in_member.then(|| instance(account, set)).into_iter().collect())
        }
        _ => Err(Failure::unknown_operation()),
    }
}

fn id(account: &Account, set: &StackSet) -> String {
    format!("{}:{}", set.name, account.unique_id("", &set.name).to_lowercase())
}

fn members(account: &Account, set: &StackSet) -> Vec<Element> {
    let mut members = vec![
        Element::text("StackSetName", &set.name),
        Element::text("StackSetId", id(account, set)),
        Element::text("Status", "ACTIVE"),
        Element::text("PermissionModel", if set.service_managed { "SERVICE_MANAGED" } else { "SELF_MANAGED" }),
    ];
    if set.service_managed {
        let mut follows = vec![Element::text("Enabled", set.auto_deployment.to_string())];
        if set.auto_deployment {
            follows.push(Element::text("RetainStacksOnAccountRemoval", set.retain.to_string()));
        }
        members.push(Element::new("AutoDeployment", follows));
    }
    if let Some(role) = &set.execution_role {
        members.push(Element::text("ExecutionRoleName", role));
    }
    members
}

fn instance(account: &Account, set: &StackSet) -> Vec<Element> {
    let region = &set.region;
    let stack = format!(
        "arn:{}:cloudformation:{region}:{}:stack/StackSet-{}/{}",
        account.partition,
        account.id,
        set.name,
        account.unique_id("", &set.name).to_lowercase()
    );
    vec![
        Element::text("StackSetId", id(account, set)),
        Element::text("Region", region),
        Element::text("Account", &account.id),
        Element::text("StackId", stack),
        Element::text("Status", "CURRENT"),
        Element::text("OrganizationalUnitId", tree::UNIT),
        Element::text("DriftStatus", "NOT_CHECKED"),
    ]
}

/// One page of a list.
fn page(account: &Account, call: &Call, entries: Vec<Vec<Element>>) -> Outcome {
    let invalid = || Failure::new("ValidationError", "Invalid NextToken.");
    let start = start_of_page(call.text("NextToken"), invalid)?.unwrap_or_default();
    let size = call.number("MaxResults").unwrap_or(LONGEST_PAGE).min(account.page_size).clamp(1, LONGEST_PAGE);
    let (page, next) = page_of(entries, start, size);
    let mut members = vec![Element::list("Summaries", page)];
    members.extend(next.map(|next| Element::text("NextToken", next)));
    Ok(Reply::Xml(members))
}
