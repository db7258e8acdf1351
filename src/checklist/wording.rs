//! The words for a finding: made where they are shown, of the fact, the assets and the partition.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Fact, FactLine, Finding, Found, Partition, Problem, ProblemKind, StepId, Told, texts};

/// A finding in words.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Wording {
    /// What we found, in one or two sentences.
    pub summary: String,
    /// The particulars worth showing line by line: an address, a list of roles.
    pub details: Vec<String>,
    /// What it does not prove, if that needs saying.
    pub not_proven: Option<String>,
    /// What to do now, in order. Empty when nothing is to be done.
    pub todo: Vec<String>,
    /// The page where it is done. Only ever from our assets.
    pub link: Option<&'static str>,
    /// The command that does it. Only ever from a template of our assets, filled with ids that were checked.
    pub command: Option<String>,
}

/// How what is private is written down.
pub trait Redactor {
    /// A value that is somebody's own.
    fn own(&mut self, value: &str) -> String;
    /// A text in which such values may stand.
    fn text(&mut self, text: &str) -> String;
}

/// Writes everything as it is.
#[derive(Debug, Clone, Copy)]
pub struct Unredacted;

impl Redactor for Unredacted {
    fn own(&mut self, value: &str) -> String {
        value.to_owned()
    }

    fn text(&mut self, text: &str) -> String {
        text.to_owned()
    }
}

impl Wording {
    /// The words for `finding`, with what is private in them as `redactor` writes it.
    pub fn of(finding: &Finding, redactor: &mut dyn Redactor) -> Self {
        let mut wording = Self::of_found(&finding.found, finding.step, finding.partition, finding.problem(), redactor);
        // Whatever wrote the finding, only a command from our own templates is shown.
        wording.command = wording.command.filter(|command| texts::is_command(command));
        wording
    }

    /// The words for what was found. `problem` is why it could not be found out, if so.
    pub(super) fn of_found(
        found: &Found,
        step: StepId,
        partition: Partition,
        problem: Option<&Problem>,
        redactor: &mut dyn Redactor,
    ) -> Self {
        let (fact, lines) = match found {
            Found::Fact { fact: Fact::Refused(refused), .. } => return refused.wording(step, partition, redactor),
            Found::Fact { fact, lines } => (fact, lines),
            Found::Told(told) => return Self::told(told, redactor).on_page(texts::step(step).link.as_deref(), partition),
        };
        let details = lines.iter().map(|line| line_in_words(line, step, redactor)).collect();
        if let Fact::NotFoundOut(kind) = fact {
            return Self { details, ..Self::not_found_out(*kind, step, partition, problem, redactor) };
        }
        let values = values_of(fact, partition, problem, redactor);
        let Some(text) = texts::finding(step, fact.name()) else { return Self { details, ..Self::default() } };
        let mut fill = |template: &String| texts::fill_with(template, &values, redactor);
        let (summary, todo) = (fill(&text.summary), text.todo.iter().map(&mut fill).collect());
        let not_proven = text.not_proven.as_ref().map(fill);
        let command = text.command.as_ref().map(|template| texts::fill_lines(template, &values));
        let page = text.link.as_deref().or(texts::step(step).link.as_deref());
        Self { summary, details, not_proven, todo, link: None, command }.on_page(page, partition)
    }

    fn not_found_out(
        kind: ProblemKind,
        step: StepId,
        partition: Partition,
        problem: Option<&Problem>,
        redactor: &mut dyn Redactor,
    ) -> Self {
        let text = texts::problem(kind);
        let todo = problem.map(|problem| redactor.text(&problem.remedy)).into_iter().collect();
        let summary = format!("We could not find out. {}", text.cause);
        Self { summary, todo, ..Self::default() }.on_page(text.link.as_deref().or(texts::step(step).link.as_deref()), partition)
    }

    /// Whoever is sent to a page that has no address here is told where else to look.
    fn on_page(mut self, page: Option<&str>, partition: Partition) -> Self {
        let Some(page) = page.filter(|name| !name.is_empty()) else { return self };
        self.link = texts::link(page, partition);
        if self.link.is_none() && !self.todo.is_empty() {
            self.todo.extend(texts::no_link(page, partition).map(str::to_owned));
        }
        self
    }

    fn told(told: &Told, redactor: &mut dyn Redactor) -> Self {
        let mut each = |text: &String| redactor.text(text);
        Self {
            summary: each(&told.summary),
            details: told.details.iter().map(&mut each).collect(),
            not_proven: told.not_proven.as_ref().map(&mut each),
            todo: told.todo.iter().map(each).collect(),
            ..Self::default()
        }
    }
}

impl Found {
    /// The sentences of this finding that `other` does not contain.
    #[must_use]
    pub fn beyond(&self, other: Option<&Self>, step: StepId, partition: Partition) -> Vec<String> {
        let said = |found: &Self| {
            let wording = Wording::of_found(found, step, partition, None, &mut Unredacted);
            std::iter::once(wording.summary).chain(wording.details).collect::<Vec<_>>()
        };
        let known: BTreeSet<String> = other.map(said).into_iter().flatten().collect();
        said(self).into_iter().filter(|line| !known.contains(line)).collect()
    }
}

/// What the templates of a fact are filled with.
fn values_of(fact: &Fact, partition: Partition, problem: Option<&Problem>, redactor: &mut dyn Redactor) -> Value {
    let mut values = match fact {
        Fact::OwnerNotProven(refused) => {
            let remedy = redactor.text(problem.map_or("", |problem| &problem.remedy));
            json!({ "why": refused.why(), "remedy": remedy }).as_object().cloned().unwrap_or_default()
        }
        of_step => fields(serde_json::to_value(of_step)),
    };
    values.insert("partition".to_owned(), json!(partition));
    values.insert("days".to_owned(), json!(texts::rules().waiting_period.days));
    Value::Object(values)
}

/// The fields of a step's own enum within the enum of them all.
fn fields(written: serde_json::Result<Value>) -> Map<String, Value> {
    match written {
        Ok(Value::Object(of_step)) => match of_step.into_iter().next() {
            Some((_, Value::Object(fields))) => fields,
            _ => Map::new(),
        },
        _ => Map::new(),
    }
}

fn line_in_words(line: &FactLine, step: StepId, redactor: &mut dyn Redactor) -> String {
    let values = match line {
        FactLine::OwnerNotUsed(refused) => json!({ "why": refused.short() }),
        FactLine::LeftOut(count) => json!({ "count": count }),
        of_step => Value::Object(fields(serde_json::to_value(of_step))),
    };
    texts::line(step, line.name()).map_or_else(String::new, |template| texts::fill_with(template, &values, redactor))
}

/// Collects every private value in `value`.
pub(super) fn each_own(value: &Value, own: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => match fields.get("own") {
            Some(Value::String(text)) => drop(own.insert(text.clone())),
            _ => fields.values().for_each(|value| each_own(value, own)),
        },
        Value::Array(items) => items.iter().for_each(|item| each_own(item, own)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checklist::samples;

    #[test]
    fn every_fact_and_line_of_a_step_has_words_and_all_words_are_used() {
        for step in StepId::ALL {
            let text = texts::step(step);
            let (facts, lines) = samples::names(step);
            let of_none = facts.iter().filter(|name| !text.findings.contains_key(**name));
            assert_eq!(of_none.count() + lines.iter().filter(|name| !text.lines.contains_key(**name)).count(), 0, "{step}");
            // Where nothing is to be found out of an account in no organization, a step says why.
            let unused = |name: &&String| !facts.contains(&name.as_str()) && name.as_str() != "not-a-member";
            assert_eq!(text.findings.keys().filter(unused).collect::<Vec<_>>(), Vec::<&String>::new(), "{step}");
            let unused: Vec<_> = text.lines.keys().filter(|name| !lines.contains(&name.as_str())).collect();
            assert!(unused.is_empty(), "{step}: {unused:?}");
        }
    }

    #[test]
    fn every_fact_is_told_in_whole_sentences_with_everything_and_with_nothing_optional_everywhere() {
        for (finding, partition) in
            samples::findings().into_iter().flat_map(|finding| Partition::ALL.map(|partition| (finding.clone(), partition)))
        {
            let finding = finding.finish(partition, jiff::Timestamp::UNIX_EPOCH);
            let Wording { summary, details, not_proven, todo, .. } = finding.wording();
            let name = format!("{} {:?} in {partition}", finding.step, finding.found);
            assert!(todo.len() <= 5 + usize::from(finding.wording().link.is_none()), "{name}: {todo:?}");
            for (line, fact) in details.iter().zip(finding.fact_lines()) {
                assert!(!line.is_empty() && !line.contains(['{', '}']), "{name}: {line}");
                // A value that is not there, and not asked for either, shows as "none".
                let of_template = texts::line(finding.step, fact.name()).unwrap().matches("none").count();
                assert!(line.matches("none").count() <= of_template, "{name}: {line}");
            }
            if matches!(&finding.found, Found::Fact { fact: Fact::NotAMember, .. }) && summary.is_empty() {
                continue;
            }
            for sentence in [summary].into_iter().chain(not_proven).chain(todo) {
                assert!(!sentence.contains(['{', '}']) && !sentence.contains(": none."), "{name}: {sentence}");
                assert!(sentence.ends_with(['.', '?']), "{name} does not end its sentence: {sentence}");
            }
        }
    }

    #[test]
    fn what_was_found_is_read_from_a_journal_as_it_was_written() {
        for finding in samples::findings() {
            let written = serde_json::to_string(&finding).unwrap();
            assert_eq!(serde_json::from_str::<Finding>(&written).unwrap(), finding, "{written}");
        }
    }
}
