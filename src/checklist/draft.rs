//! How a check says what it found: the rule's name and the values, while the words come from the assets.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{Confidence, Evidence, Finding, Partition, Problem, StepId, Verdict, texts};
use crate::untrusted::neutralise;

/// A finding in the making.
#[derive(Debug, Clone)]
#[must_use = "a draft is nothing until it is finished"]
pub struct Draft {
    step: StepId,
    rule: String,
    verdict: Verdict,
    confidence: Confidence,
    values: Map<String, Value>,
    details: Vec<Detail>,
    subjects: Vec<String>,
    private: Vec<String>,
    command: Option<Value>,
    evidence: Vec<Evidence>,
}

/// A line under the summary.
#[derive(Debug, Clone)]
enum Detail {
    /// As it is: an address, a service's name.
    Plain(String),
    /// A template under `[lines]` in the step's assets, with its values.
    Worded { name: &'static str, values: Value },
}

impl Draft {
    /// A draft in the words of `rule`, a key under `[findings]` in `assets/steps/<step>.toml`. Proven until [`Self::predicted`].
    pub fn new(step: StepId, rule: &str, verdict: Verdict) -> Self {
        Self {
            step,
            rule: rule.to_owned(),
            verdict,
            confidence: Confidence::Proven,
            values: Map::new(),
            details: Vec::new(),
            subjects: Vec::new(),
            private: Vec::new(),
            command: None,
            evidence: Vec::new(),
        }
    }

    /// We could not find out: the words are the problem's own.
    pub fn unknown(step: StepId, problem: Problem) -> Self {
        Self::new(step, problem.kind.as_str(), Verdict::Unknown(problem))
    }

    /// The rule in whose words it speaks.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// What it comes to so far.
    #[must_use]
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// The same, in the words of another rule and with another verdict: somebody else's answer says more.
    pub fn instead(mut self, rule: &str, verdict: Verdict) -> Self {
        rule.clone_into(&mut self.rule);
        self.verdict = verdict;
        self
    }

    /// Marks the finding as inferred, not said by AWS about this very thing.
    pub fn predicted(mut self) -> Self {
        self.confidence = Confidence::Predicted;
        self
    }

    /// Hands the templates a value. Text in it is neutralised when the template is filled.
    pub fn value(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.values.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a line worth showing under the summary.
    pub fn detail(mut self, line: impl AsRef<str>) -> Self {
        self.details.push(Detail::Plain(neutralise(line.as_ref())));
        self
    }

    /// Adds a line in the words of `name`, a key under `[lines]` in the step's assets, filled with `values`.
    pub fn line(mut self, name: &'static str, values: Value) -> Self {
        self.details.push(Detail::Worded { name, values });
        self
    }

    /// Adds something the finding is about, as AWS names it.
    pub fn subject(mut self, id: impl AsRef<str>) -> Self {
        self.subjects.push(neutralise(id.as_ref()));
        self
    }

    /// Says what in it is somebody's own: names, addresses, numbers. A redacted report masks them wherever they stand.
    pub fn private<T: AsRef<str>>(mut self, values: impl IntoIterator<Item = T>) -> Self {
        self.private.extend(values.into_iter().map(|value| neutralise(value.as_ref())).filter(|value| !value.trim().is_empty()));
        self
    }

    /// Hands the finding's command its ids. They are put in as they are: an id that does not read as AWS writes it gives no command.
    pub fn command(mut self, ids: Value) -> Self {
        self.command = Some(ids);
        self
    }

    /// Adds the calls behind it, in the order in which they were made.
    pub fn evidence(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// Fills the words in. `now` is when the check ended.
    #[must_use]
    pub fn finish(self, partition: Partition, now: Timestamp) -> Finding {
        let step = texts::step(self.step);
        let values = Value::Object(self.values);
        let fill = |template: &String| texts::fill(template, &values);
        let text = step.findings.get(&self.rule);
        let (summary, not_proven, todo) = match (text, &self.verdict) {
            (Some(text), _) => (fill(&text.summary), text.not_proven.as_ref().map(fill), text.todo.iter().map(fill).collect()),
            (None, Verdict::Unknown(problem)) => {
                (format!("We could not find out. {}", texts::problem(problem.kind).cause), None, vec![problem.remedy.clone()])
            }
            (None, _) => (self.rule.clone(), None, Vec::new()),
        };
        let details = self.details.into_iter().map(|detail| match detail {
            Detail::Plain(line) => line,
            Detail::Worded { name, values } => {
                step.lines.get(name).map_or_else(|| name.to_owned(), |line| texts::fill(line, &values))
            }
        });
        let of_problem = match (text, &self.verdict) {
            (None, Verdict::Unknown(problem)) => texts::problem(problem.kind).link.as_deref(),
            _ => None,
        };
        let of_finding = text.and_then(|text| text.link.as_deref()).or(of_problem);
        let page = of_finding.or(step.link.as_deref()).filter(|name| !name.is_empty());
        let link = page.and_then(|name| texts::link(name, partition));
        let mut todo: Vec<String> = todo;
        // Whoever is sent to a page that has no address here is told where else to look.
        if let (None, Some(name), false) = (link, page, todo.is_empty()) {
            todo.extend(texts::no_link(name, partition).map(str::to_owned));
        }
        let template = text.and_then(|text| text.command.as_deref());
        let command = template.zip(self.command).map(|(template, ids)| texts::fill_lines(template, &ids));
        Finding {
            step: self.step,
            rule: self.rule,
            verdict: self.verdict,
            confidence: self.confidence,
            summary,
            details: details.collect(),
            subjects: self.subjects,
            not_proven,
            todo,
            link: link.map(str::to_owned),
            command: command.filter(|command| texts::is_command(command)).map(String::into_boxed_str),
            private: self.private,
            evidence: self.evidence,
            at: now,
        }
    }
}
