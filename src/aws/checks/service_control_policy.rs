//! Reads the text of a service control policy: does it deny an action, or allow it?
//!
//! Pure. Conditions and resources are not weighed, only noticed: AWS weighs them at the call. A text that is no policy says nothing.
//!
//! Sources: Organizations User Guide, SCP syntax and SCP evaluation; IAM User Guide, JSON policy elements: Action, `NotAction`.

use serde_json::Value;

/// What a policy says of an action in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Says {
    No,
    /// A statement may, by a condition or for some resources.
    Perhaps,
    Yes,
}

/// What a policy says of one action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Effect {
    pub denies: Says,
    pub allows: Says,
}

impl Effect {
    /// What AWS's own `FullAWSAccess` says of every action.
    pub const FULL_ACCESS: Self = Self { denies: Says::No, allows: Says::Yes };

    /// Reads a policy's text. `None` when it is not a policy that this program understands.
    pub fn read(text: &str, action: &str) -> Option<Self> {
        let policy: Value = serde_json::from_str(text).ok()?;
        let statements = many(policy.as_object()?.get("Statement")?);
        let mut effect = Self { denies: Says::No, allows: Says::No };
        for statement in statements {
            let (denies, says) = statement_says(statement, action)?;
            let side = if denies { &mut effect.denies } else { &mut effect.allows };
            *side = says.max(*side);
        }
        Some(effect)
    }
}

/// Whether one of a policy's statements has this id.
pub(super) fn has_statement(text: &str, sid: &str) -> bool {
    let policy: Option<Value> = serde_json::from_str(text).ok();
    let statements = policy.as_ref().and_then(|policy| policy.get("Statement")).map(many).unwrap_or_default();
    statements.iter().any(|statement| statement.get("Sid").and_then(Value::as_str) == Some(sid))
}

/// Whether a statement denies (or else allows), and whether it speaks of `action`.
fn statement_says(statement: &Value, action: &str) -> Option<(bool, Says)> {
    let statement = statement.as_object()?;
    let denies = match statement.get("Effect")?.as_str()? {
        "Deny" => true,
        "Allow" => false,
        _ => return None,
    };
    let speaks = match (statement.get("Action"), statement.get("NotAction")) {
        (Some(named), None) => patterns(named)?.iter().any(|pattern| matches(pattern, action)),
        (None, Some(left_out)) => !patterns(left_out)?.iter().any(|pattern| matches(pattern, action)),
        _ => return None,
    };
    let every_resource = match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(resources), None) => patterns(resources)?.iter().any(|pattern| pattern.bytes().all(|byte| byte == b'*')),
        // Whether what is left out is what AWS asks about, only AWS knows.
        (None, Some(left_out)) => patterns(left_out).map(|_| false)?,
        _ => return None,
    };
    let unconditional = match statement.get("Condition") {
        None => true,
        Some(condition) => condition.as_object()?.is_empty(),
    };
    let says = match (speaks, every_resource && unconditional) {
        (false, _) => Says::No,
        (true, false) => Says::Perhaps,
        (true, true) => Says::Yes,
    };
    Some((denies, says))
}

/// What an element of a policy lists: several values, or one.
pub(super) fn many(value: &Value) -> &[Value] {
    match value {
        Value::Array(values) => values,
        one => std::slice::from_ref(one),
    }
}

/// The patterns of an element: one or several, none of them anything but text.
fn patterns(value: &Value) -> Option<Vec<&str>> {
    many(value).iter().map(Value::as_str).collect::<Option<Vec<_>>>().filter(|patterns| !patterns.is_empty())
}

/// Matches an action against a pattern with `*` and `?`, without regard to case.
fn matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.as_bytes(), action.as_bytes());
    let (mut at, mut here) = (0, 0);
    // Where the last star stands, and how much of the action it has taken so far.
    let mut star = None;
    while here < action.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, here));
                at += 1;
            }
            Some(letter) if *letter == b'?' || letter.eq_ignore_ascii_case(&action[here]) => {
                at += 1;
                here += 1;
            }
            _ => {
                let Some((of_star, taken)) = star else { return false };
                star = Some((of_star, taken + 1));
                at = of_star + 1;
                here = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|rest| *rest == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use Says::{No, Perhaps, Yes};

    const LEAVE: &str = "organizations:LeaveOrganization";

    fn read(statement: &str) -> Option<(Says, Says)> {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#);
        Effect::read(&text, LEAVE).map(|effect| (effect.denies, effect.allows))
    }

    #[test]
    fn a_deny_is_found_however_the_policy_writes_it() {
        for (action, denies) in [
            (r#""Action":"organizations:LeaveOrganization""#, Yes),
            (r#""Action":["iam:*","organizations:LeaveOrganization"]"#, Yes),
            (r#""Action":"ORGANIZATIONS:leaveorganization""#, Yes),
            (r#""Action":"*""#, Yes),
            (r#""Action":"organizations:*""#, Yes),
            (r#""Action":"organizations:Leave*""#, Yes),
            (r#""Action":"organizations:*Organization""#, Yes),
            (r#""Action":"organizations:Le?veOrgani?ation""#, Yes),
            (r#""Action":"*:LeaveOrganization""#, Yes),
            (r#""Action":"organizations:**n""#, Yes),
            (r#""Action":"organizations:Leave""#, No),
            (r#""Action":"organizations:LeaveOrganization?""#, No),
            (r#""Action":"organizations:?LeaveOrganization""#, No),
            (r#""Action":"organizations:*Account""#, No),
            (r#""Action":["iam:*","account:CloseAccount"]"#, No),
            (r#""NotAction":["iam:*","account:*"]"#, Yes),
            (r#""NotAction":"organizations:*""#, No),
            (r#""NotAction":["iam:*","organizations:LEAVE*"]"#, No),
        ] {
            let statement = format!(r#"{{"Sid":"A","Effect":"Deny",{action},"Resource":"*"}}"#);
            assert_eq!(read(&statement), Some((denies, No)), "{action}");
            assert_eq!(read(&format!("[{statement}]")), Some((denies, No)), "{action}");
        }
    }

    #[test]
    fn a_condition_or_some_resources_make_it_a_perhaps() {
        for (rest, says) in [
            (r#""Resource":"*""#, Yes),
            (r#""Resource":["arn:aws:s3:::a","*"]"#, Yes),
            (r#""Resource":"*","Condition":{}"#, Yes),
            (r#""Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/Admin"}}"#, Perhaps),
            (r#""Resource":"arn:aws:organizations::*:account/*""#, Perhaps),
            (r#""NotResource":"arn:aws:s3:::a""#, Perhaps),
        ] {
            for (effect, wanted) in [("Deny", (says, No)), ("Allow", (No, says))] {
                let statement = format!(r#"{{"Effect":"{effect}","Action":"organizations:*",{rest}}}"#);
                assert_eq!(read(&statement), Some(wanted), "{effect} {rest}");
            }
        }
    }

    #[test]
    fn the_strongest_statement_counts_and_both_directions_stand_side_by_side() {
        let perhaps =
            r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}"#;
        let sure = r#"{"Effect":"Deny","Action":"organizations:LeaveOrganization","Resource":"*"}"#;
        let allow = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
        assert_eq!(read(&format!("[{perhaps},{sure},{perhaps},{allow}]")), Some((Yes, Yes)));
        assert_eq!(read(&format!("[{perhaps},{allow}]")), Some((Perhaps, Yes)));
        assert_eq!(read("[]"), Some((No, No)));
        let full = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
        assert_eq!(Effect::read(full, LEAVE), Some(Effect::FULL_ACCESS));
    }

    #[test]
    fn another_action_is_read_by_the_same_rules() {
        let text = r#"{"Statement":{"Effect":"Deny","Action":["organizations:AcceptHandshake"],"Resource":"*"}}"#;
        assert_eq!(Effect::read(text, "organizations:AcceptHandshake").unwrap().denies, Yes);
        assert_eq!(Effect::read(text, LEAVE).unwrap().denies, No);
    }

    #[test]
    fn what_is_no_policy_says_nothing_and_not_that_it_does_not_deny() {
        for statement in [
            r#""Deny""#,
            "7",
            "null",
            r#"[{"Effect":"Deny","Action":"*","Resource":"*"},7]"#,
            r#"{"Action":"*","Resource":"*"}"#,
            r#"{"Effect":"deny","Action":"*","Resource":"*"}"#,
            r#"{"Effect":"Deny","Resource":"*"}"#,
            r#"{"Effect":"Deny","Action":"*"}"#,
            r#"{"Effect":"Deny","Action":[],"Resource":"*"}"#,
            r#"{"Effect":"Deny","Action":["a:B",7],"Resource":"*"}"#,
            r#"{"Effect":"Deny","Action":{"a":"b"},"Resource":"*"}"#,
            r#"{"Effect":"Deny","Action":"a:B","NotAction":"a:C","Resource":"*"}"#,
            r#"{"Effect":"Deny","Action":"*","Resource":"*","NotResource":"a"}"#,
            r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":"x"}"#,
        ] {
            assert_eq!(read(statement), None, "{statement}");
        }
        for text in ["", "{", "[]", "{}", "null", "<html>", r#"{"statement":[]}"#] {
            assert_eq!(Effect::read(text, LEAVE), None, "{text}");
        }
    }

    #[test]
    fn a_pattern_full_of_stars_takes_no_time() {
        let pattern = "organizations:".to_owned() + &"*a".repeat(2_000);
        let begun = std::time::Instant::now();
        assert!(!matches(&pattern, &("organizations:".to_owned() + &"a".repeat(1_000))));
        assert!(begun.elapsed().as_secs() < 2);
    }
}
