//! Organizations: the place of the account in its organization, and the service control policies on the way to it, as the owner sees them.
//!
//! Source of the shapes and errors: Organizations API reference, per operation.

use serde_json::{Value, json};

use super::super::account::Account;
use super::super::policy::{AttachedTo, Denial, DeniedBy, Effect};
use super::super::protocols::Call;
use super::super::reply::{Failure, Outcome, Reply};
use super::organizations::page;

pub(super) const OPERATIONS: &[&str] = &["DescribePolicy", "ListParents", "ListPoliciesForTarget", "ListRoots"];

const ROOT: &str = "r-1x2y";
pub(super) const UNIT: &str = "ou-1x2y-prodacct";

/// The policy by which AWS itself lets everything through.
const FULL_ACCESS: &str = "p-FullAWSAccess";

/// The path from the organization down to the account.
pub(super) fn path(account: &Account) -> String {
    format!("{}/{ROOT}/{UNIT}/{}/", account.organization.id, account.id)
}

pub(super) fn answer(account: &Account, call: &Call) -> Outcome {
    match call.operation.as_str() {
        "ListRoots" => {
            let root = json!({
                "Id": ROOT,
                "Arn": account.organization_arn(&format!("root/{}/{ROOT}", account.organization.id)),
                "Name": "Root",
                "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
            });
            page(account, call, "Roots", vec![root])
        }
        "ListParents" => {
            let parent = match call.text("ChildId") {
                Some(child) if child == account.id => json!({"Id": UNIT, "Type": "ORGANIZATIONAL_UNIT"}),
                Some(UNIT) => json!({"Id": ROOT, "Type": "ROOT"}),
                _ => {
                    return Err(Failure::new(
                        "ChildNotFoundException",
                        "We can't find an organizational unit (OU) or AWS account with the ChildId that you specified.",
                    ));
                }
            };
            page(account, call, "Parents", vec![parent])
        }
        "ListPoliciesForTarget" => {
            let target = call.text("TargetId").unwrap_or_default();
            let place = match target {
                ROOT => AttachedTo::Root,
                UNIT => AttachedTo::Unit,
                id if id == account.id => AttachedTo::Account,
                _ => return Err(target_not_found()),
            };
            let of_this_type = call.text("Filter") == Some("SERVICE_CONTROL_POLICY");
            let attached = policies(account).into_iter().filter(|policy| policy.is_attached(account, place));
            let listed = attached.filter(|_| of_this_type).map(|policy| policy.summary(account)).collect();
            page(account, call, "Policies", listed)
        }
        "DescribePolicy" => {
            let id = call.text("PolicyId").unwrap_or_default();
            let policy = policies(account).into_iter().find(|policy| policy.id == id).ok_or_else(|| {
                Failure::new("PolicyNotFoundException", "We can't find a policy with the PolicyId that you specified.")
            })?;
            Ok(Reply::Json(json!({"Policy": {"PolicySummary": policy.summary(account), "Content": policy.content(account)}})))
        }
        _ => Err(Failure::unknown_operation()),
    }
}

/// What a list or a tag is asked about does not exist.
pub(super) fn target_not_found() -> Failure {
    let message = "We can't find a root, OU, account, or policy with the TargetId that you specified.";
    Failure::new("TargetNotFoundException", message)
}

/// One service control policy of the organization.
struct Policy<'a> {
    id: String,
    name: &'static str,
    /// The denials that it stands for; none for AWS's own policy.
    denials: Vec<&'a Denial>,
}

/// AWS's own policy first, then one for each place, way and condition that denials have.
fn policies(account: &Account) -> Vec<Policy<'_>> {
    let mut all = vec![Policy { id: FULL_ACCESS.to_owned(), name: "FullAWSAccess", denials: Vec::new() }];
    for denial in account.denials.iter().filter(|denial| denial.by == DeniedBy::ServiceControlPolicy) {
        let (id, name) = denial.policy();
        match all.iter_mut().find(|policy| policy.id == id) {
            Some(policy) => policy.denials.push(denial),
            None => all.push(Policy { id, name, denials: vec![denial] }),
        }
    }
    all
}

impl Policy<'_> {
    /// AWS's own policy hangs on every level, but for those where a policy allows less.
    fn is_attached(&self, account: &Account, place: AttachedTo) -> bool {
        let takes_its_place = |denial: &&Denial| {
            denial.by == DeniedBy::ServiceControlPolicy && denial.effect() == Effect::Implicit && denial.attached == place
        };
        match self.denials.first() {
            None => !account.denials.iter().any(|denial| takes_its_place(&denial)),
            Some(denial) => denial.attached == place,
        }
    }

    fn summary(&self, account: &Account) -> Value {
        let Self { id, name, denials } = self;
        let aws_managed = denials.is_empty();
        let organization = &account.organization.id;
        let arn = if aws_managed {
            format!("arn:{}:organizations::aws:policy/service_control_policy/{id}", account.partition)
        } else {
            account.organization_arn(&format!("policy/{organization}/service_control_policy/{id}"))
        };
        json!({
            "Id": id,
            "Arn": arn,
            "Name": name,
            "Description": if aws_managed { "Allows access to every operation" } else { "" },
            "Type": "SERVICE_CONTROL_POLICY",
            "AwsManaged": aws_managed,
        })
    }

    /// A policy's text. AWS keeps and answers it as a string.
    fn content(&self, account: &Account) -> String {
        let statements: Vec<Value> = match self.denials.first().map(|denial| denial.effect()) {
            None => vec![json!({"Effect": "Allow", "Action": "*", "Resource": "*"})],
            Some(Effect::Explicit) => self.denials.iter().map(|denial| denying(denial, account)).collect(),
            Some(Effect::Implicit) => {
                let actions: Vec<&str> = self.denials.iter().flat_map(|denial| &denial.actions).map(String::as_str).collect();
                vec![with_condition(json!({"Effect": "Allow", "NotAction": actions, "Resource": "*"}), self.denials[0], account)]
            }
        };
        json!({"Version": "2012-10-17", "Statement": statements}).to_string()
    }
}

fn denying(denial: &Denial, account: &Account) -> Value {
    let mut statement = json!({"Effect": "Deny", "Action": denial.actions, "Resource": "*"});
    if let Some(sid) = &denial.sid {
        statement["Sid"] = sid.as_str().into();
    }
    with_condition(statement, denial, account)
}

fn with_condition(mut statement: Value, denial: &Denial, account: &Account) -> Value {
    if denial.spares_caller {
        let own = account.principal.iam_arn(account);
        statement["Condition"] = json!({"ArnNotEquals": {"aws:PrincipalArn": own}});
    }
    statement
}

#[cfg(test)]
mod tests {
    use super::super::super::policy::DENYING_POLICY;
    use super::super::super::protocols::{Input, Service};
    use super::*;

    fn asked(account: &Account, operation: &str, input: &Value) -> Outcome {
        let input = Input::Json(input.as_object().cloned().unwrap_or_default());
        let call = Call {
            service: Service::Organizations,
            operation: operation.to_owned(),
            access_key: None,
            session_token: None,
            region: None,
            input,
        };
        answer(account, &call)
    }

    fn body(outcome: Outcome) -> Value {
        match outcome {
            Ok(Reply::Json(body)) => body,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_policy_that_denies_is_found_on_the_way_from_the_account_to_the_root() {
        let denial = Denial::new(DeniedBy::ServiceControlPolicy, &["organizations:LeaveOrganization"]);
        let account = Account { denials: vec![denial], ..Account::default() };
        let mut target = account.id.clone();
        let mut seen = Vec::new();
        while !target.starts_with("r-") {
            target =
                body(asked(&account, "ListParents", &json!({"ChildId": target})))["Parents"][0]["Id"].as_str().unwrap().into();
            seen.push(target.clone());
        }
        assert_eq!(seen, [UNIT, ROOT]);
        let at = |target: &str, filter: &str| {
            let listed = body(asked(&account, "ListPoliciesForTarget", &json!({"TargetId": target, "Filter": filter})));
            let ids = listed["Policies"].as_array().unwrap().iter().map(|policy| policy["Id"].as_str().unwrap().to_owned());
            ids.collect::<Vec<_>>()
        };
        assert_eq!(at(&account.id, "SERVICE_CONTROL_POLICY"), [FULL_ACCESS]);
        assert_eq!(at(ROOT, "SERVICE_CONTROL_POLICY"), [FULL_ACCESS, DENYING_POLICY]);
        assert!(at(ROOT, "TAG_POLICY").is_empty());
        let policy = body(asked(&account, "DescribePolicy", &json!({"PolicyId": DENYING_POLICY})));
        assert!(policy["Policy"]["Content"].as_str().unwrap().contains("organizations:LeaveOrganization"));
    }

    #[test]
    fn each_policy_hangs_where_the_scenario_says_and_takes_the_place_of_awss_own_where_it_allows_less() {
        let by = |effect: Option<Effect>, attached: AttachedTo, spares_caller: bool| Denial {
            effect,
            attached,
            spares_caller,
            ..Denial::new(DeniedBy::ServiceControlPolicy, &["organizations:LeaveOrganization"])
        };
        let denials = vec![by(Some(Effect::Implicit), AttachedTo::Unit, false), by(None, AttachedTo::Account, true)];
        let account = Account { denials, ..Account::default() };
        let at = |target: &str| {
            let listed =
                body(asked(&account, "ListPoliciesForTarget", &json!({"TargetId": target, "Filter": "SERVICE_CONTROL_POLICY"})));
            listed["Policies"].as_array().unwrap().iter().map(|p| p["Name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(at(ROOT), ["FullAWSAccess"]);
        assert_eq!(at(UNIT), ["AllowTheRest"]);
        assert_eq!(at(&account.id), ["FullAWSAccess", "DenyUnlessAdministrator"]);
        let text = body(asked(&account, "DescribePolicy", &json!({"PolicyId": "p-7c2condacct"})));
        let text: Value = serde_json::from_str(text["Policy"]["Content"].as_str().unwrap()).unwrap();
        let spared = &text["Statement"][0]["Condition"]["ArnNotEquals"]["aws:PrincipalArn"];
        assert_eq!(spared, "arn:aws:iam::412098765432:role/platform/PlatformAdmin");
    }

    #[test]
    fn what_does_not_exist_is_not_found_by_the_name_of_what_it_is() {
        let account = Account::default();
        let code = |operation: &str, input: Value| asked(&account, operation, &input).unwrap_err().code;
        assert_eq!(code("ListParents", json!({"ChildId": ROOT})), "ChildNotFoundException");
        assert_eq!(code("ListPoliciesForTarget", json!({"TargetId": "123456789012"})), "TargetNotFoundException");
        assert_eq!(code("DescribePolicy", json!({"PolicyId": DENYING_POLICY})), "PolicyNotFoundException");
    }
}
