//! The form for reading: what holds, what is missing, what could not be found out, what to do next.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::checklist::{Checklist, Confidence, Standing, Step, StepId, texts};

const WIDTH: usize = 100;

/// The checklist as it stands at `taken_at`, with the steps that were asked for.
#[must_use]
pub fn of_checklist(checklist: &Checklist, steps: &[StepId], taken_at: Timestamp) -> String {
    let mut text = String::new();
    if let Some(subject) = &checklist.subject {
        let organization = subject.organization().map_or_else(
            || if checklist.is_standalone() { "in no organization".to_owned() } else { "organization not known".to_owned() },
            |organization| format!("in {}", organization.id),
        );
        paragraph(&mut text, "", &format!("{}  {}  {organization}", subject.display_name(), subject.identity.account.grouped()));
        paragraph(&mut text, "", &format!("read as {} at {taken_at}", subject.identity.arn));
    }
    if checklist.is_standalone() {
        paragraph(&mut text, "", "The account is in no organization. There is nothing to leave.");
        return text;
    }
    let of = |wanted: fn(Standing) -> bool| {
        let standing = move |step: &&Step| wanted(step.standing(taken_at).unwrap_or(Standing::Unknown));
        steps.iter().map(|step| checklist.step(*step)).filter(standing).collect::<Vec<_>>()
    };
    section(&mut text, "What holds", &of(Standing::is_settled), taken_at);
    section(
        &mut text,
        "What is missing",
        &of(|s| matches!(s, Standing::Unmet | Standing::Waiting | Standing::NeedsYou)),
        taken_at,
    );
    section(&mut text, "What we could not find out", &of(|s| s == Standing::Unknown), taken_at);
    let todo = steps.iter().map(|step| checklist.step(*step)).filter(|step| !step.is_settled(taken_at));
    let todo: Vec<&Step> = todo.filter(|step| step.finding.as_ref().is_some_and(|finding| !finding.todo.is_empty())).collect();
    if !todo.is_empty() {
        heading(&mut text, "What to do next");
    }
    for step in todo {
        let Some(finding) = &step.finding else { continue };
        paragraph(&mut text, "  ", &texts::step(step.id).title);
        for (at, line) in finding.todo.iter().enumerate() {
            item(&mut text, &format!("    {}. ", at + 1), line);
        }
        if let Some(link) = &finding.link {
            let _ = writeln!(text, "       {link}");
        }
    }
    text
}

fn section(text: &mut String, title: &str, steps: &[&Step], now: Timestamp) {
    if steps.is_empty() {
        return;
    }
    heading(text, title);
    for step in steps {
        let standing = step.standing(now).map_or("not checked", Standing::as_str);
        let predicted = step.finding.as_ref().is_some_and(|finding| finding.confidence == Confidence::Predicted);
        let standing = if predicted { format!("{standing}, predicted") } else { standing.to_owned() };
        let found = step.finding.as_ref().map_or("", |finding| finding.summary.as_str());
        item(text, "  - ", &format!("{} ({standing}): {found}", texts::step(step.id).title));
        for line in step.finding.iter().flat_map(|finding| &finding.details) {
            item(text, "      ", line);
        }
    }
}

fn heading(text: &mut String, title: &str) {
    let _ = writeln!(text, "\n{title}");
}

fn paragraph(text: &mut String, indent: &str, words: &str) {
    item(text, indent, words);
}

fn item(text: &mut String, mark: &str, words: &str) {
    let rest = " ".repeat(mark.chars().count());
    let options = textwrap::Options::new(WIDTH).initial_indent(mark).subsequent_indent(&rest);
    // An id that is broken at its hyphen cannot be copied.
    let options = options.word_splitter(textwrap::WordSplitter::NoHyphenation);
    let _ = writeln!(text, "{}", textwrap::fill(words, options));
}
