//! What has to be told of the walk and has not been told yet, as paragraphs. It looks at the model and remembers what it said.

use jiff::Timestamp;

use super::screens::{UNBROKEN, here};
use super::speech::{context, in_a_row, written};
use crate::aws::in_words;
use crate::checklist::{Found, ProblemKind, Section, Step, StepId, Subject, texts};
use crate::departure::{Connection, Leave};
use crate::untrusted::sanitize;
use crate::views::account::{self, Room};
use crate::views::theme::look_of;
use crate::views::{checklist, detail, footer, moments};
use crate::wizard::{Context, Model, Notice, Screen, notices};

#[derive(Debug, Default)]
pub struct Teller {
    /// The last one that was told. Without it, the present one is told again.
    pub notice: Option<Notice>,
    /// Where the person is, and what they were told of it, and when.
    place: Option<(Context, Timestamp, Vec<String>)>,
    account: Option<String>,
    rows: [Option<String>; StepId::ALL.len()],
    /// Whether the whole list was told.
    pub has_listed: bool,
    /// Which step was told, and what was found there.
    step: Option<(StepId, Option<ToldFinding>)>,
    /// The steps that somebody has checked again: what came of it is told, also when all is as before.
    pub checked_again: Vec<StepId>,
}

impl Teller {
    /// What is said before anything is asked of anybody.
    pub fn beginning(model: &Model) -> Vec<String> {
        let mut said = vec![format!("leave-org {}, line by line.", env!("CARGO_PKG_VERSION"))];
        if let Some(practice) = &model.practice {
            said.push(format!("This is practice: nothing real is touched. {}", practice.story));
        }
        said.extend(written(|page| page.say(0, account::promise(context(model), Room::Ample))));
        said.push(
            "Answer each question with one of the words or letters that it names, then Enter. Every question says what Enter alone does: \
             always the harmless thing. A question mark tells what else can be said. Ctrl-C stops."
                .to_owned(),
        );
        said
    }

    /// Everything new. The last of it is about where the person is now.
    /// While the first question is held, nothing is told of the account yet.
    pub fn news(&mut self, model: &Model, is_held: bool) -> Vec<String> {
        let mut said = Vec::new();
        if !is_held {
            self.tell_account(model, &mut said);
        }
        if model.notice != self.notice {
            said.extend(model.notice.iter().map(|notice| in_a_row(&notice.text().said)));
            self.notice.clone_from(&model.notice);
        }
        if matches!(model.screen, Screen::Checklist) && model.overlay.is_none() && !model.departure.is_reading() {
            self.tell_rows(model, &mut said);
            self.tell_step(model, &mut said);
        }
        let is_about_the_account = matches!(model.screen, Screen::Account) && model.departure.checklist.subject.is_some();
        if !(is_held && is_about_the_account) {
            self.tell_place(model, &mut said);
        }
        said
    }

    /// Where the person is now is wanted once more.
    pub fn here_again(&mut self) {
        self.step = None;
        self.place = None;
    }

    /// Whether the person is somewhere else than they were told, or there is more to know of it.
    pub fn is_elsewhere(&self, model: &Model) -> bool {
        !self.is_told_of(model) || self.notice != model.notice
    }

    // ---- the account ----

    /// Who and where we are, once AWS said so, and whenever that is another.
    fn tell_account(&mut self, model: &Model, said: &mut Vec<String>) {
        let Some(subject) = &model.departure.checklist.subject else { return };
        if model.departure.connection_problem().is_some() {
            return;
        }
        // Ages go on; what they are about does not.
        let facts = format!(
            "{subject:?} {:?} {:?} {:?}",
            in_words(&model.departure.endpoints),
            model.departure.before,
            model.departure.record.problem()
        );
        if self.account.as_ref() != Some(&facts) {
            said.extend(account_facts(model, subject));
            self.account = Some(facts);
        }
    }

    // ---- the checklist ----

    fn tell_rows(&mut self, model: &Model, said: &mut Vec<String>) {
        let rows = StepId::ALL.map(|id| {
            model.departure.checklist.step(id).finding.as_ref().map(|_| word(model, model.departure.checklist.step(id)))
        });
        let checked_again = std::mem::take(&mut self.checked_again);
        if !self.has_listed {
            said.extend(list(model));
            self.has_listed = true;
            self.rows = rows;
            return;
        }
        for (id, now) in StepId::ALL.into_iter().zip(&rows) {
            let before = &self.rows[id.index()];
            let title = &texts::step(id).title;
            match (before, now) {
                (Some(before), Some(now)) if before != now => said.push(format!("{title}: {now}. It was: {before}.")),
                (None, Some(now)) => said.push(format!("{title}: {now}.")),
                (Some(same), Some(_)) if checked_again == [id] => {
                    said.push(format!("{title}: {same}, as before."));
                }
                _ => {}
            }
        }
        if rows != self.rows {
            said.push(gate(model));
        } else if checked_again.len() > 1 {
            said.push("Everything was checked again. All is as before.".to_owned());
        }
        self.rows = rows;
    }

    fn tell_step(&mut self, model: &Model, said: &mut Vec<String>) {
        let step = model.selected();
        let found = step.finding.as_ref().map(|finding| {
            let problem = finding.problem().map(|problem| (problem.kind, problem.message.clone()));
            (finding.found.clone(), problem)
        });
        let told = (step.id, found);
        let is_known = self.step.as_ref().is_some_and(|(before, _)| *before == step.id);
        // A settled step at the end of the road needs no words of its own.
        let is_over = model.departure.may_confirm() && self.step.is_some() && !is_known;
        if self.step.as_ref() != Some(&told) && !is_over {
            said.push(format!(
                "Step {} of {}. {}: {}.",
                step.id.index() + 1,
                StepId::ALL.len(),
                texts::step(step.id).title,
                word(model, step)
            ));
            // What AWS asks, and why, was said when the person came to the step.
            said.extend(written(|page| detail::write_body(page, context(model))).into_iter().skip(usize::from(is_known)));
        }
        self.step = Some(told);
    }

    // ---- where the person is ----

    /// Says everything about a place on arrival, and afterwards only what is new.
    fn tell_place(&mut self, model: &Model, said: &mut Vec<String>) {
        if self.is_told_of(model) {
            return;
        }
        let (context, now) = (Context::of(model), model.departure.now);
        let place = here(model, now, self.has_listed);
        let told = self.place.take().filter(|(told_in, ..)| *told_in == context);
        let (before, told) = told.map(|(_, at, told)| (here(model, at, self.has_listed), told)).unwrap_or_default();
        let is_as_long = before.len() == place.len();
        let is_new = |at: usize| !is_as_long || !told.contains(&before[at]);
        said.extend(place.iter().enumerate().filter(|(at, _)| is_new(*at)).map(|(_, line)| line.clone()));
        self.place = Some((context, now, place));
    }

    /// Whether everything about the current place has been said already.
    fn is_told_of(&self, model: &Model) -> bool {
        let Some((context, at, told)) = &self.place else { return false };
        *context == Context::of(model) && *told == here(model, *at, self.has_listed)
    }
}

/// What was told of a step: what was found, and why it could not be found out.
type ToldFinding = (Found, Option<(ProblemKind, String)>);

/// What keeps the leave locked, and what is to be done about it where it is no step.
pub fn why_locked(model: &Model) -> Vec<String> {
    let reason = model.departure.locks().first().and_then(|lock| notices::locked(*lock, model.departure.record.problem()));
    [gate(model)].into_iter().chain(reason.map(|reason| reason.said)).collect()
}

/// What is said while an answer takes long.
pub fn still(model: &Model) -> Option<String> {
    let all = StepId::ALL.len();
    let answered = StepId::ALL
        .iter()
        .filter(|id| model.departure.row(**id).running.is_none() && model.departure.checklist.step(**id).finding.is_some());
    let answered = answered.count();
    match &model.departure.leave {
        _ if matches!(model.departure.connection, Connection::Connecting { .. }) => {
            Some("Still looking for credentials.".to_owned())
        }
        _ if model.departure.record.in_words().is_some() => model.departure.record.in_words().map(|text| format!("{text}.")),
        Leave::Rechecking { .. } => Some(format!("Still checking once more: {answered} of {all} have answered.")),
        Leave::Postponed { retry_at: Some(at), .. } => {
            Some(format!("Still waiting; AWS is asked again in {}.", moments::until(*at, model.departure.now)))
        }
        Leave::Calling { .. } => Some("Still waiting for AWS's answer.".to_owned()),
        Leave::Postponed { .. } | Leave::Verifying(_) => None,
        _ if model.departure.is_reading() && matches!(model.screen, Screen::Checklist) => {
            Some(format!("Still checking: {answered} of {all} have answered."))
        }
        _ if model.departure.is_reading() => Some("Still waiting for AWS.".to_owned()),
        _ => Some("Still waiting for an answer.".to_owned()),
    }
}

fn account_facts(model: &Model, subject: &Subject) -> Vec<String> {
    let mut said = written(|page| account::write_facts(page, context(model), subject));
    if let Some(session) = model.departure.session() {
        said.push(format!("Region {}", sanitize(&session.region)));
        if let Some(end) = session.expires_at {
            said.push(format!("The sign-in ends in {}.", moments::until(end, model.departure.now)));
        }
    }
    if model.practice.is_none() {
        said.extend(
            in_words(&model.departure.endpoints)
                .iter()
                .map(|words| format!("Requests go to a custom endpoint, not to AWS itself: {words}")),
        );
    }
    said.extend(written(|page| account::write_journal(page, context(model), Room::Ample)));
    said
}

fn word(model: &Model, step: &Step) -> String {
    let running = model.departure.row(step.id).running.is_some();
    match &step.finding {
        None if running => "being checked".to_owned(),
        None => "not checked".to_owned(),
        Some(_) => look_of(step, model.departure.now).word.to_owned(),
    }
}

fn list(model: &Model) -> Vec<String> {
    let mut said = Vec::new();
    for section in Section::ALL {
        said.push(checklist::heading(section).to_owned());
        for id in section.steps() {
            said.push(format!(
                "{}. {}: {}.",
                id.index() + 1,
                texts::step(id).title,
                word(model, model.departure.checklist.step(id))
            ));
        }
    }
    said.push(gate(model));
    said
}

fn gate(model: &Model) -> String {
    in_a_row(&footer::gate(context(model), usize::from(UNBROKEN)).0.said)
}
