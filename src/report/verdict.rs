//! What a report comes to, where its answers come from, and what to do at the end: sentences, from `assets/report/verdict.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::json;

use super::document::{Document, Origin, StepPart};
use super::words::minute;
use crate::aws::in_words;
use crate::checklist::texts::{self, asset};
use crate::checklist::{Standing, StepId};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    verdict: Verdicts,
    counts: BTreeMap<Standing, [String; 2]>,
    closing: Closings,
    origin: Origins,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Verdicts {
    standalone: String,
    no_subject: String,
    left: String,
    open_outcome: String,
    open_standalone: String,
    not_known_where: String,
    ready: String,
    part: String,
    not_ready: String,
    refused: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Closings {
    ready: String,
    not_ready: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Origins {
    practice: String,
    elsewhere: String,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| asset!("report/verdict.toml"));

/// What the report comes to, in a few sentences.
pub(super) fn verdict(document: &Document) -> String {
    let words = &WORDS.verdict;
    let counts = counts(document);
    let attested = document.steps.iter().filter(|step| step.standing == Standing::Attested).count();
    let is_refused = |step: &&StepPart| step.refusals.iter().any(|refusal| refusal.names_steps);
    let refused: Vec<&str> = document.steps.iter().filter(is_refused).map(|step| step.title).collect();
    let is_of_no_step = document.steps.iter().flat_map(|step| &step.refusals).any(|refusal| !refusal.names_steps);
    let left = document.last_departure();
    let values = json!({
        "attested": attested,
        "count": counts.len(),
        "counts": counts.join(", "),
        "looked_at": document.steps.len(),
        "all": StepId::ALL.len(),
        "left": left.as_ref().map(|(organization, _)| organization),
        "at": left.map(|(_, at)| minute(at, &TimeZone::UTC)),
        "open": document.open_outcome.map(|at| minute(at, &TimeZone::UTC)),
        "refused": refused.join(", "),
        "is_of_no_step": is_of_no_step,
    });
    let says = |template: &str| texts::fill(template, &values);
    match document {
        Document { left: Some(_), .. } => says(&words.left),
        Document { already_standalone: true, open_outcome: Some(_), .. } => says(&words.open_standalone),
        Document { already_standalone: true, .. } => says(&words.standalone),
        Document { account: None, .. } => says(&words.no_subject),
        Document { open_outcome: Some(_), .. } => says(&words.open_outcome),
        _ => {
            let main = if !document.is_whole() {
                &words.part
            } else if document.is_ready() {
                &words.ready
            } else if document.blockers.is_empty() {
                &words.not_known_where
            } else {
                &words.not_ready
            };
            let before = if refused.is_empty() && !is_of_no_step { String::new() } else { format!(" {}", says(&words.refused)) };
            says(main) + &before
        }
    }
}

/// What to do once everything that is listed is done.
pub(super) fn closing(document: &Document) -> Option<&'static str> {
    let words = &WORDS.closing;
    match document {
        Document { left: Some(_), .. }
        | Document { already_standalone: true, .. }
        | Document { account: None, .. }
        | Document { open_outcome: Some(_), .. } => None,
        ready if ready.is_ready() => Some(&words.ready),
        part if !part.is_whole() => None,
        _ => Some(&words.not_ready),
    }
}

/// Whose answers these are, where they are not AWS's own.
pub(super) fn origin(document: &Document) -> Option<String> {
    let words = &WORDS.origin;
    match &document.origin {
        Origin::Aws => None,
        Origin::Practice => Some(words.practice.clone()),
        Origin::Elsewhere(endpoints) => Some(texts::fill(&words.elsewhere, &json!({ "hosts": in_words(endpoints).join(", ") }))),
    }
}

/// How many of the steps that are not settled stand where, in words. Of advice in a whole checklist, only what could not be found out is
/// counted: the rest blocks nothing.
fn counts(document: &Document) -> Vec<String> {
    let is_judged = |step: &&StepPart| !document.is_whole() || step.id.blocks() || step.standing == Standing::Unknown;
    let judged: Vec<Standing> = document.steps.iter().filter(is_judged).map(|step| step.standing).collect();
    let order = [Standing::Unmet, Standing::Waiting, Standing::NeedsYou, Standing::Unknown];
    let said = order.into_iter().filter_map(|standing| {
        let count = judged.iter().filter(|one| **one == standing).count();
        let [one, more] = &WORDS.counts[&standing];
        let template = if count == 1 { one } else { more };
        (count > 0).then(|| texts::fill(template, &json!({ "count": count })))
    });
    said.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_standing_that_is_not_settled_is_counted() {
        for standing in Standing::ALL {
            assert_eq!(WORDS.counts.contains_key(&standing), !standing.is_settled(), "{standing:?}");
        }
    }
}
