//! Lays a document out by the templates in `assets/report/`.
//!
//! Whatever a template prints is made harmless for its form, unless it was made by a filter here: a name cannot become markup, and a template
//! that forgets to escape is not possible.

use std::borrow::Cow;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Output, State};
use serde::Serialize;

use super::document::{Document, StepPart};
use super::words::{self, Group};
use super::{Form, in_lines, markdown, verdict};
use crate::checklist::{Confidence, Standing, StepId};
use crate::untrusted::sanitize_to;

/// How wide the form for reading is, in columns.
const WIDTH: usize = 80;
/// The longest name that a heading shows, in characters: as long as AWS allows an account's to be.
const LONGEST_NAME: usize = 50;
/// The longest paragraph of the form for reading, in characters: AWS's messages stay below it, and no name makes a report unreadable.
const LONGEST_PARAGRAPH: usize = 1_000;
/// The longest text that a page or a ticket shows as one. A list of everything in a large account stays far below it.
const LONGEST_TEXT: usize = 1_000_000;
/// What the escaping of Markdown is called in templates.
const MARKDOWN: AutoEscape = AutoEscape::Custom(Cow::Borrowed("markdown"));

/// What the templates see.
#[derive(Serialize)]
struct Sheet<'a> {
    #[serde(flatten)]
    document: &'a Document,
    verdict: String,
    /// Whose answers these are, where they are not AWS's own.
    answered_by: Option<String>,
    is_ready: bool,
    /// The steps under their headings; a heading without any is left out.
    groups: Vec<GroupSheet<'a>>,
    /// The steps in which there is something left to do.
    todo: Vec<&'a StepPart>,
    closing: Option<&'static str>,
    /// The words for standings, with what they mean.
    legend: Vec<words::Meaning>,
}

#[derive(Serialize)]
struct GroupSheet<'a> {
    id: Group,
    heading: &'static str,
    /// What is said where no step belongs here, if that is worth saying.
    nothing: Option<&'static str>,
    steps: Vec<&'a StepPart>,
}

impl<'a> From<&'a Document> for Sheet<'a> {
    fn from(document: &'a Document) -> Self {
        let steps = |group| document.steps.iter().filter(move |step| step.group == group);
        // In an account that is in no organization, nothing of what stands before a leave is left to be told.
        let shown: &[Group] = if document.already_standalone { &[] } else { &Group::ALL };
        let sheet = |group: &Group| {
            let steps: Vec<&StepPart> = steps(*group).collect();
            let is_told = steps.is_empty() && document.is_whole();
            GroupSheet { id: *group, heading: group.heading(), nothing: group.nothing().filter(|_| is_told), steps }
        };
        let groups = shown.iter().map(sheet);
        let open = document.steps.iter().filter(|step| step.group != Group::Holds && !step.wording.todo.is_empty());
        // After the leave, what blocked it is of no account any more; the doors that are still open are.
        let open = open.filter(|step| document.left.is_none() || !step.id.blocks());
        // Where the account cannot leave at all, nothing else is worth doing for it.
        let is_hopeless = |step: &StepPart| {
            step.id == StepId::Membership && step.standing == Standing::Unmet && step.confidence == Some(Confidence::Proven)
        };
        let hopeless = document.steps.iter().any(is_hopeless);
        let open = open.filter(|step| !hopeless || is_hopeless(step));
        Self {
            document,
            verdict: verdict::verdict(document),
            answered_by: verdict::origin(document),
            is_ready: document.is_ready(),
            groups: groups.filter(|group| !group.steps.is_empty() || group.nothing.is_some()).collect(),
            todo: if document.already_standalone { Vec::new() } else { open.collect() },
            closing: verdict::closing(document).filter(|_| !hopeless),
            legend: words::meanings(),
        }
    }
}

#[expect(clippy::expect_used, reason = "the templates are compiled in, and tests fill every one of them")]
static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment
        .set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().expect("the syntax is Jinja's own"));
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|name| match name.rsplit_once('.') {
        Some((_, "html")) => AutoEscape::Html,
        Some((_, "md")) => MARKDOWN,
        _ => AutoEscape::None,
    });
    environment.set_formatter(print);
    environment.add_filter("minute", |at: Serde<Timestamp>| words::minute(at.0, &TimeZone::UTC));
    environment.add_filter("second", |at: Serde<Timestamp>| words::second(at.0));
    environment.add_filter("short", |name: Option<String>| name.map(|name| sanitize_to(&name, LONGEST_NAME)));
    // Its lines are as they should be; no other form uses it, for nothing in it is escaped.
    environment.add_filter("wrap", |state: &State, text: String, mark: String| {
        let lines = wrap(&text, &mark);
        if *state.auto_escape() == AutoEscape::None { Value::from_safe_string(lines) } else { Value::from(lines) }
    });
    environment.add_filter("code", |text: String| Value::from_safe_string(markdown::code(&sanitize_to(&text, LONGEST_TEXT))));
    let journal = ("journal.txt", include_str!("../../assets/report/journal.txt"));
    for (name, template) in Form::ALL.into_iter().filter_map(Form::template).chain([journal]) {
        environment.add_template(name, template).expect("a template of assets/report can be read");
    }
    environment
});

/// `document` by the template of this name.
pub(super) fn render(name: &str, document: &Document) -> String {
    fill(name, &Sheet::from(document))
}

/// The template of this name, filled with `sheet`.
#[expect(clippy::expect_used, reason = "tests fill every template with everything that it can be filled with")]
pub(super) fn fill(name: &str, sheet: &impl Serialize) -> String {
    let template = TEMPLATES.get_template(name).expect("there is a template of this name");
    let mut text = template.render(Serde(sheet)).expect("a template of assets/report can be filled");
    // The end of a template is not printed, and the end of a file is a line's.
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn print(out: &mut Output, state: &mut State, value: &Value) -> Result<(), minijinja::Error> {
    let harmless = match value.as_str().filter(|_| !value.is_safe()) {
        Some(text) => &Value::from(sanitize_to(text, LONGEST_TEXT)),
        None => value,
    };
    print_escaped(out, state, harmless)
}

fn print_escaped(out: &mut Output, state: &mut State, value: &Value) -> Result<(), minijinja::Error> {
    if *state.auto_escape() == MARKDOWN && !value.is_safe() {
        return out.write_str(&markdown::escape(&value.to_string())).map_err(minijinja::Error::from);
    }
    minijinja::escape_formatter(out, state, value)
}

/// `text`, or its beginning, in lines of at most [`WIDTH`] columns: the first one after `mark`, the others as far to the right.
pub(super) fn wrap(text: &str, mark: &str) -> String {
    let rest = " ".repeat(unicode_width::UnicodeWidthStr::width(mark));
    let options = textwrap::Options::new(WIDTH).initial_indent(mark).subsequent_indent(&rest);
    in_lines(&sanitize_to(text, LONGEST_PARAGRAPH), options)
}
