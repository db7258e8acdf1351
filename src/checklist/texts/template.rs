//! How the templates of the assets are filled.

use std::sync::LazyLock;

use serde_json::Value;

use super::problem;
use crate::checklist::{ProblemKind, Redactor, Unredacted};
use crate::untrusted::sanitize;

/// Fills a template. Every string in `values` is sanitized first, however deep it sits.
#[must_use]
pub fn fill(template: &str, values: &Value) -> String {
    fill_with(template, values, &mut Unredacted)
}

/// The same, with what is private in `values` as `redactor` writes it.
pub fn fill_with(template: &str, values: &Value, redactor: &mut dyn Redactor) -> String {
    // A template that asks for a value nobody gave is a bug that the tests catch; a person still gets the sentence.
    rendered(template, harmless(values, redactor))
        .map_or_else(|_| template.to_owned(), |text| text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Fills a template whose lines stay as they are: commands. `values` are put in as they are, so each must be one of our own words or have
/// been checked. A template that cannot be filled gives no line at all, for half a command is worse than none.
#[must_use]
pub fn fill_lines(template: &str, values: &Value) -> String {
    rendered(template, values.clone()).unwrap_or_default()
}

fn rendered(template: &str, values: Value) -> Result<String, minijinja::Error> {
    TEMPLATES.render_str(template, minijinja::value::Serde(values))
}

/// `minute` writes a moment as people read it, in UTC; `cause` says what a kind of problem is.
static TEMPLATES: LazyLock<minijinja::Environment<'static>> = LazyLock::new(|| {
    let mut templates = minijinja::Environment::new();
    templates.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    templates.add_filter("minute", |at: &str| {
        at.parse::<jiff::Timestamp>().map_or_else(|_| at.to_owned(), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
    });
    templates.add_filter("cause", |kind: &str| {
        let kind = ProblemKind::ALL.into_iter().find(|known| known.as_str() == kind);
        kind.map_or("", |kind| problem(kind).cause.as_str()).to_owned()
    });
    templates
});

/// `value` ready for a template: text is sanitized, `redactor` writes private values, and each `Few` becomes one phrase.
fn harmless(value: &Value, redactor: &mut dyn Redactor) -> Value {
    match value {
        Value::String(text) => Value::String(sanitize(text)),
        Value::Array(items) => items.iter().map(|item| harmless(item, redactor)).collect(),
        Value::Object(fields) => match (fields.get("own"), fields.get("first"), fields.get("more")) {
            (Some(Value::String(own)), ..) => {
                let before = fields.get("after").and_then(Value::as_str).unwrap_or_default();
                Value::String(format!("{}{}", sanitize(before), redactor.own(&sanitize(own))))
            }
            (None, Some(Value::Array(first)), Some(more)) => {
                let first: Vec<Value> = first.iter().map(|item| harmless(item, redactor)).collect();
                let first = first.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
                Value::String(if more.as_u64() == Some(0) { first } else { format!("{first} and {more} more") })
            }
            _ => fields.iter().map(|(name, value)| (name.clone(), harmless(value, redactor))).collect(),
        },
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_keep_their_lines_and_half_a_command_is_none() {
        let values = serde_json::json!({ "account": "123456789012" });
        assert_eq!(fill_lines("a {{ account }}\n  b", &values), "a 123456789012\n  b");
        assert_eq!(fill_lines("a {{ nobody_gave_this }}", &values), "");
    }

    #[test]
    fn values_are_neutralised_before_they_reach_a_template() {
        let filled = fill("Name: {{ name }}.", &serde_json::json!({ "name": "a\u{1b}[2Jb{{ 1 + 1 }}" }));
        assert_eq!(filled, "Name: a\u{FFFD}[2Jb{{ 1 + 1 }}.");
    }
}
