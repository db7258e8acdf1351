//! What has to be told of the walk and has not been told yet, as paragraphs. It looks at the model and remembers what it said.

use ratatui::layout::Rect;

use super::asking::is_reading;
use super::prose::{UNBROKEN, page, paragraphs, sight, spoken};
use crate::checklist::{ContactField, Destination, Section, Step, StepId, Subject, texts};
use crate::untrusted::neutralise;
use crate::views::page::Page;
use crate::views::theme::look_of;
use crate::views::{
    account, checklist, confirm, contact, deregister, detail, footer, leaving, moments, other_account, outcome, overlays, owner,
    phone,
};
use crate::wizard::{
    Connection, ContactForm, ContactStage, Context, DeregisterStage, Leaving, Model, Notice, Overlay, OwnerChoice, PhoneCheck,
    PhoneStage, ProfileChoice, Screen, ServiceState, words,
};

/// Remembers what was told.
#[derive(Debug, Default)]
pub struct Teller {
    notice: Option<Notice>,
    /// What the person was told of where they are.
    place: Option<String>,
    account: Option<String>,
    rows: [Option<String>; StepId::ALL.len()],
    has_listed: bool,
    step: Option<Told>,
    /// The steps that are being checked because somebody wanted it.
    checked_again: Vec<StepId>,
    /// The code that the phone of the practice AWS received.
    practice_code: Option<String>,
    looks: u32,
}

/// What was told of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    id: StepId,
    found: String,
}

impl Teller {
    /// What is said before anything is asked of anybody.
    pub fn beginning(model: &Model) -> Vec<String> {
        let mut said = vec![format!("leave-org {}, line by line.", env!("CARGO_PKG_VERSION"))];
        if let Some(practice) = &model.setting.practice {
            said.push(format!("This is practice: nothing real is touched. {}", practice.story));
        }
        said.extend(written(|page| account::write_promise(page, sight(model))));
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
            said.extend(model.notice.iter().map(|notice| spoken(notice.text())));
            self.notice.clone_from(&model.notice);
        }
        if matches!(model.screen, Screen::Checklist) && model.overlay.is_none() && !is_reading(model) {
            self.tell_rows(model, &mut said);
            self.tell_step(model, &mut said);
        }
        let is_about_the_account = matches!(model.screen, Screen::Account) && model.checklist.subject.is_some();
        if !(is_held && is_about_the_account) {
            self.tell_place(model, &mut said);
        }
        let rang = practice_code(model);
        if rang != self.practice_code {
            said.extend(rang.as_ref().map(|code| format!("Practice: the phone received {code}.")));
            self.practice_code = rang;
        }
        self.tell_looks(model, &mut said);
        said
    }

    /// The whole list is wanted once more.
    pub fn list_again(&mut self) {
        self.has_listed = false;
    }

    /// Where the person is now is wanted once more.
    pub fn here_again(&mut self) {
        self.step = None;
        self.place = None;
    }

    /// The present notice is told again.
    pub fn forget_notice(&mut self) {
        self.notice = None;
    }

    /// Somebody has these steps checked again: what came of it is told, also when all is as before.
    pub fn checked_again(&mut self, steps: &[StepId]) {
        self.checked_again = steps.to_vec();
    }

    /// Whether the person is somewhere else than they were told, or there is more to know of it.
    pub fn is_elsewhere(&self, model: &Model) -> bool {
        let rang = practice_code(model);
        self.place.as_ref() != Some(&place_of(model))
            || self.notice != model.notice
            || rang.is_some() && rang != self.practice_code
    }

    // ---- the account ----

    /// Who and where we are, once AWS said so, and whenever that is another.
    fn tell_account(&mut self, model: &Model, said: &mut Vec<String>) {
        let Some(subject) = &model.checklist.subject else { return };
        if model.connection_problem().is_some() {
            return;
        }
        // Ages go on; what they are about does not.
        let facts = format!("{subject:?} {:?} {:?} {:?}", model.custom_endpoints, model.before, model.record.problem());
        if self.account.as_ref() != Some(&facts) {
            said.extend(account_facts(model, subject));
            self.account = Some(facts);
        }
    }

    // ---- the checklist ----

    fn tell_rows(&mut self, model: &Model, said: &mut Vec<String>) {
        let rows = StepId::ALL.map(|id| model.checklist.step(id).finding.as_ref().map(|_| word(model, model.checklist.step(id))));
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
        let told = Told {
            id: step.id,
            found: format!(
                "{:?}",
                step.finding.as_ref().map(|finding| (
                    &finding.rule,
                    &finding.summary,
                    &finding.details,
                    finding.problem().map(|p| (p.kind, &p.message))
                ))
            ),
        };
        // A settled step at the end of the road needs no words of its own.
        let is_over = model.may_confirm() && self.step.as_ref().is_some_and(|before| before.id != told.id);
        if self.step.as_ref() != Some(&told) && !is_over {
            said.push(format!(
                "Step {} of {}. {}: {}.",
                step.id.index() + 1,
                StepId::ALL.len(),
                texts::step(step.id).title,
                word(model, step)
            ));
            // What AWS asks, and why, was said when the person came to the step.
            let is_known = self.step.as_ref().is_some_and(|before| before.id == step.id);
            said.extend(written(|page| detail::write_body(page, sight(model))).into_iter().skip(usize::from(is_known)));
        }
        self.step = Some(told);
    }

    // ---- where the person is ----

    fn tell_place(&mut self, model: &Model, said: &mut Vec<String>) {
        let place = place_of(model);
        if self.place.as_ref() != Some(&place) {
            said.extend(place_words(model, self.has_listed));
            self.place = Some(place);
        }
    }

    fn tell_looks(&mut self, model: &Model, said: &mut Vec<String>) {
        let Screen::Leaving(Leaving::Verifying(verification)) = &model.screen else {
            self.looks = 0;
            return;
        };
        if verification.looks > self.looks {
            self.looks = verification.looks;
            said.push(format!("Look {} at the membership: {}.", verification.looks, leaving::last_reading(verification)));
        }
    }
}

/// The code that the phone of the practice AWS shows, while one is asked for.
fn practice_code(model: &Model) -> Option<String> {
    let Some(Overlay::Phone(PhoneCheck { stage: PhoneStage::Typing(_), .. })) = &model.overlay else { return None };
    model.sent_code()?.practice.as_deref().map(neutralise)
}

/// What keeps the leave locked, and what is to be done about it where it is no step.
pub fn why_locked(model: &Model) -> Vec<String> {
    let reason = model.locks().first().and_then(|lock| words::locked(*lock, model.record.problem()));
    [gate(model)].into_iter().chain(reason.map(|reason| spoken(&reason))).collect()
}

/// What is said while an answer takes long.
pub fn still(model: &Model) -> Option<String> {
    let all = StepId::ALL.len();
    let answered =
        StepId::ALL.iter().filter(|id| model.row(**id).running.is_none() && model.checklist.step(**id).finding.is_some());
    let answered = answered.count();
    match &model.screen {
        _ if matches!(model.connection, Connection::Connecting { .. }) => Some("Still looking for credentials.".to_owned()),
        Screen::Leaving(Leaving::Rechecking { .. }) => {
            Some(format!("Still checking once more: {answered} of {all} have answered."))
        }
        Screen::Leaving(Leaving::Postponed { retry_at: Some(at), .. }) => {
            Some(format!("Still waiting; AWS is asked again in {}.", moments::until(*at, model.now)))
        }
        Screen::Leaving(Leaving::Calling { .. }) => Some("Still waiting for AWS's answer.".to_owned()),
        Screen::Leaving(_) => None,
        Screen::Checklist if is_reading(model) => Some(format!("Still checking: {answered} of {all} have answered.")),
        _ if is_reading(model) => Some("Still waiting for AWS.".to_owned()),
        _ => Some("Still waiting for an answer.".to_owned()),
    }
}

fn account_facts(model: &Model, subject: &Subject) -> Vec<String> {
    let facts = written(|page| account::write_facts(page, sight(model), subject));
    // One fact to a line, and no full stop behind an id: whoever marks it gets the id alone.
    let mut said: Vec<String> = facts.into_iter().map(|fact| capitalised(&fact)).collect();
    if let Some(first) = said.first_mut() {
        *first = format!("This is account {first}");
    }
    if let Some(session) = model.session() {
        said.extend(session.profile.as_ref().map(|profile| format!("Profile {}", neutralise(profile))));
        said.push(format!("Region {}", neutralise(&session.region)));
        if let Some(end) = session.expires_at {
            said.push(format!("The sign-in ends in {}.", moments::until(end, model.now)));
        }
    }
    if model.setting.practice.is_none() {
        said.extend(
            model.custom_endpoints.iter().map(|host| format!("AWS itself does not answer here; {} does.", neutralise(host))),
        );
    }
    said.extend(written(|page| account::write_before(page, sight(model))));
    said
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// The standing of a step in words.
fn word(model: &Model, step: &Step) -> String {
    let running = model.row(step.id).running.is_some();
    match &step.finding {
        None if running => "being checked".to_owned(),
        None => "not checked".to_owned(),
        Some(_) => look_of(step, model.now).word.to_owned(),
    }
}

fn list(model: &Model) -> Vec<String> {
    let mut said = Vec::new();
    for section in Section::ALL {
        said.push(checklist::heading(section).to_owned());
        for id in section.steps() {
            said.push(format!("{}. {}: {}.", id.index() + 1, texts::step(id).title, word(model, model.checklist.step(id))));
        }
    }
    said.push(gate(model));
    said
}

fn gate(model: &Model) -> String {
    spoken(&footer::gate(sight(model), usize::from(UNBROKEN)).0)
}

fn place_of(model: &Model) -> String {
    format!("{:?} {}", Context::of(model), what_is_told_of(model))
}

/// What makes one place another although it is the same screen. Times that pass by do not: nobody wants to hear it all again.
fn what_is_told_of(model: &Model) -> String {
    match &model.overlay {
        Some(Overlay::Help { .. } | Overlay::Code { .. }) => return format!("{:?}", model.connection_problem()),
        Some(Overlay::Evidence { .. }) => return format!("{:?}", model.cursor),
        Some(Overlay::Note { step, refused }) => return format!("{step:?} {refused:?}"),
        Some(Overlay::Owner(choice)) => return format!("{choice:?} {:?}", model.owner),
        Some(Overlay::Phone(check)) => {
            return format!(
                "{:?} {:?} {:?}",
                std::mem::discriminant(&check.stage),
                check.trouble,
                model.sent_code().map(|code| code.at)
            );
        }
        Some(Overlay::Quit) => return model.is_in_flight().to_string(),
        Some(Overlay::Changes { changes, .. }) => return format!("{changes:?}"),
        None => {}
    }
    match &model.screen {
        Screen::Account if is_still_asked_who(model) => "who".to_owned(),
        Screen::Account => format!("{:?}", model.connection_problem()),
        Screen::Profiles { .. } => format!("{:?}", model.profiles),
        Screen::OtherAccount { before, now } => format!("{before} {now} {:?}", model.connection_problem()),
        Screen::Checklist => is_reading(model).to_string(),
        Screen::Contact(form) => format!("{:?} {:?}", form.stage, form.trouble),
        Screen::Deregister(state) => format!("{:?} {:?} {}", state.stage, state.services, state.cursor),
        Screen::Confirm(confirming) => confirming.all_seen().to_string(),
        Screen::Leaving(leaving) => format!("{:?}", std::mem::discriminant(leaving)),
        Screen::Outcome(outcome) => format!("{outcome:?}"),
    }
}

/// What went wrong the last time is told once more only when it has gone wrong again.
fn is_still_asked_who(model: &Model) -> bool {
    model.checklist.subject.is_none() && (is_reading(model) || model.connection_problem().is_none())
}

/// What a person hears when they come to where they are.
fn place_words(model: &Model, has_listed: bool) -> Vec<String> {
    if let Some(overlay) = &model.overlay {
        return overlay_words(model, overlay);
    }
    let sight = sight(model);
    let one = |words: &str| vec![words.to_owned()];
    match &model.screen {
        Screen::Account if is_still_asked_who(model) => one("AWS is being asked which account these credentials belong to."),
        Screen::Account => match model.connection_problem() {
            Some(problem) => written(|page| account::write_connection_problem(page, sight, problem)),
            None => destinations(model),
        },
        Screen::Profiles { .. } => model.profiles.iter().enumerate().map(profile).collect(),
        Screen::OtherAccount { before, now } => paragraphs(other_account::page(sight, before, now, UNBROKEN)),
        Screen::Checklist if !is_reading(model) => Vec::new(),
        Screen::Checklist if has_listed => one("Being checked again."),
        Screen::Checklist => one("AWS is being asked; the answers take a few seconds."),
        Screen::Contact(form) => contact_words(model, form),
        Screen::Deregister(state) => {
            match (state.stage, state.selected()) {
                (DeregisterStage::Calling(_), Some(selected)) => {
                    vec![format!("AWS is being asked to take {} away.", neutralise(&selected.service))]
                }
                (DeregisterStage::Stopped, _) | (_, None) => {
                    paragraphs(deregister::page(sight, state, Rect::new(0, 0, UNBROKEN, UNBROKEN)))
                }
                (DeregisterStage::Typing, Some(selected)) => {
                    let mut said = written(|page| deregister::write_whose(page, sight, state, UNBROKEN));
                    let each = state.services.iter().enumerate();
                    said.extend(each.map(|(at, each)| {
                        format!("{}. {}{}", at + 1, neutralise(&each.service), deregister::look(&each.state).1)
                    }));
                    if selected.state == ServiceState::Open {
                        said.extend(written(|page| deregister::write_effect(page, &selected.service)));
                    }
                    said
                }
            }
        }
        Screen::Confirm(confirming) if confirming.all_seen() => one("Every check runs once more before the call."),
        Screen::Confirm(_) => model
            .checklist
            .subject
            .as_ref()
            .map(|subject| {
                vec![
                    spoken(&confirm::about(subject)),
                    "This cannot be undone from here: only a new invitation brings the account back.".to_owned(),
                    where_it_goes(model),
                    "What holds from that minute on comes one by one now. Afterwards you type the account id.".to_owned(),
                ]
            })
            .unwrap_or_default(),
        Screen::Leaving(Leaving::Rechecking { calls, .. }) => {
            let so_far = if *calls == 0 { "Nothing has been sent yet." } else { "AWS has taken nothing so far." };
            vec![
                format!("Every check runs once more. {so_far}"),
                "If anything is not as you saw it, you are back at the checklist and told what changed. Ctrl-C takes you back there, too.".to_owned(),
            ]
        }
        Screen::Leaving(Leaving::Calling { .. }) => vec![
            "The account is asking AWS to leave.".to_owned(),
            "One request is on its way. It cannot be called back, and it is not sent twice.".to_owned(),
        ],
        Screen::Leaving(Leaving::Verifying(verification)) => {
            let mut said = written(|page| leaving::write_answered(page, sight, verification));
            let minutes = texts::rules().verification.patience_seconds / 60;
            said.push(format!("The membership is being read until it is clear, for at most {minutes} minutes."));
            said
        }
        Screen::Leaving(leaving) => paragraphs(leaving::page(sight, leaving, UNBROKEN)),
        Screen::Outcome(ended) => paragraphs(outcome::page(sight, ended, UNBROKEN)),
    }
}

/// Who would get the request: whoever comes back to this days later does not remember the first words.
fn where_it_goes(model: &Model) -> String {
    if model.setting.practice.is_some() {
        return "This is practice: nothing real is touched.".to_owned();
    }
    match model.custom_endpoints.as_slice() {
        [] => "The request goes to AWS itself.".to_owned(),
        hosts => format!("The request does not go to AWS itself, but to {}.", neutralise(&hosts.join(", "))),
    }
}

fn written(write: impl FnOnce(&mut Page)) -> Vec<String> {
    let mut page = page();
    write(&mut page);
    paragraphs(page)
}

fn profile((at, profile): (usize, &ProfileChoice)) -> String {
    format!("{}. {}, {}.", at + 1, neutralise(&profile.name), neutralise(&profile.source))
}

/// Where the account may be going, and what each means.
fn destinations(model: &Model) -> Vec<String> {
    let invitation = words::invitation(model.checklist.step(StepId::OtherWayOut).finding.as_ref());
    let each = Destination::ALL.into_iter().enumerate().map(|(at, destination)| {
        let text = texts::destination(destination);
        let said = invitation.as_ref().filter(|_| destination == Destination::AnotherOrganization);
        let said = said.map(|said| format!(" {said}")).unwrap_or_default();
        format!("{}. {}. {}{said}", at + 1, text.label, text.explanation)
    });
    each.collect()
}

fn overlay_words(model: &Model, overlay: &Overlay) -> Vec<String> {
    let sight = sight(model);
    match overlay {
        Overlay::Help { .. } => Vec::new(),
        Overlay::Evidence { .. } => paragraphs(overlays::evidence(sight, UNBROKEN)),
        Overlay::Changes { changes, .. } => paragraphs(overlays::changed(sight, changes, UNBROKEN)),
        Overlay::Note { step, refused } => {
            let mut said = written(|page| overlays::write_note_intro(page, sight, *step));
            said.extend(refused.iter().cloned());
            said
        }
        Overlay::Code { .. } => {
            let why = model.connection_problem().map(|problem| neutralise(&problem.message));
            why.into_iter().chain(["Each code works once.".to_owned()]).collect()
        }
        Overlay::Quit => written(|page| overlays::write_quit_reasons(page, sight)),
        Overlay::Owner(choice) => owner_words(model, choice),
        Overlay::Phone(check) => phone_words(model, check),
    }
}

fn owner_words(model: &Model, choice: &OwnerChoice) -> Vec<String> {
    let mut said = written(|page| owner::write_state(page, sight(model), choice));
    if model.owner.asking.is_some() {
        // The question is known.
        said.remove(0);
    }
    match choice {
        OwnerChoice::Among { profiles, .. } if model.owner.asking.is_none() => {
            said.extend(profiles.iter().enumerate().map(profile));
        }
        OwnerChoice::Among { .. } => {}
        OwnerChoice::Reading | OwnerChoice::Failed(_) => {
            said.extend(written(|page| owner::write_choice(page, sight(model), choice)));
        }
    }
    said
}

fn phone_words(model: &Model, check: &PhoneCheck) -> Vec<String> {
    let number = check.number.as_deref().map_or_else(|| "the number on file".to_owned(), neutralise);
    let mut said = Vec::new();
    if let Some(trouble) = &check.trouble {
        said.extend(written(|page| phone::write_trouble(page, sight(model), check, trouble)));
    }
    match &check.stage {
        PhoneStage::Ready => {
            said.push(format!("AWS can send a code by text message to {number}, and to no other number."));
            said.push(
                "AWS promises nowhere that a verified number is all it asks for at the leave. Its answer at the leave will tell."
                    .to_owned(),
            );
        }
        PhoneStage::Sending(_) => said.push(format!("AWS is being asked to send a code to {number}.")),
        PhoneStage::Typing(_) => {
            // After a wrong code, the one that was sent is still the one.
            if check.trouble.is_none() {
                said.push(format!("AWS sent a code to {number}."));
            }
            said.extend(written(|page| phone::write_time(page, sight(model))));
        }
        PhoneStage::Verifying { .. } => said.push("AWS is looking at the code.".to_owned()),
    }
    said
}

fn contact_words(model: &Model, form: &ContactForm) -> Vec<String> {
    let mut said = written(|page| contact::write_trouble(page, sight(model), form));
    match form.stage {
        ContactStage::Reading(_) => said.push("What is on file is being read.".to_owned()),
        ContactStage::NotRead => {}
        ContactStage::Filling => said.push(
            "The contact information, field by field. Nothing is saved before you have heard what is new and said yes. A minus sign empties a field, a full stop goes on to what is new, two full stops go back."
                .to_owned(),
        ),
        ContactStage::Comparing => {
            said.push("This is what you changed. Saving replaces what is on file for this account, and for no other.".to_owned());
            let shown = |value: &str| if value.is_empty() { "empty".to_owned() } else { format!("“{}”", neutralise(value)) };
            let differences = form.differences();
            said.extend(differences.iter().map(|difference| {
                format!("{}: was {}, will be {}.", difference.field.label(), shown(&difference.before), shown(&difference.after))
            }));
            if differences.iter().any(|difference| difference.field == ContactField::PhoneNumber) {
                said.push("A new phone number begins unverified. After saving, type v to have a code sent to it.".to_owned());
            }
        }
        ContactStage::Saving(_) => said.push("What you entered is on its way to AWS.".to_owned()),
        ContactStage::ReadingBack(_) => said.push("What is on file now is being read back.".to_owned()),
    }
    said
}
