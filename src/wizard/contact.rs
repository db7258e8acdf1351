//! The form for the account's contact information: read, corrected, compared, saved on an explicit yes, and read back.

use std::collections::BTreeMap;

use tui_input::{Input, InputRequest};

use super::commands::moved;
use super::{Command, Direction, Effect, Model, Screen, notices};
use crate::aws::ContactOnFile;
use crate::checklist::{Contact, ContactField, Difference, Fix, FixAnswer, Problem, StepId};
use crate::departure::{Action, Attempt};

/// The form's own state.
#[derive(Debug, Clone)]
pub struct ContactForm {
    /// What is on file, as it was read when the form was opened.
    pub before: Contact,
    pub fields: BTreeMap<ContactField, Input>,
    pub focus: ContactField,
    /// What AWS did not take, by field, with its words.
    pub not_taken: BTreeMap<ContactField, String>,
    pub trouble: Option<ContactTrouble>,
    pub stage: ContactStage,
    /// Whether something that was entered here may be on file by now.
    pub may_have_saved: bool,
}

/// What is under way in the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactStage {
    Reading(Attempt),
    /// It could not be read: then there is nothing to correct.
    NotRead,
    Filling,
    /// The differences are shown, and the yes is awaited.
    Comparing,
    /// The new data are on their way to AWS.
    Saving(Attempt),
    /// What is on file now is being read back.
    ReadingBack(Attempt),
}

/// What went wrong in the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactTrouble {
    /// What is on file could not be read.
    NotRead(Problem),
    /// AWS did not simply accept the change. If its outcome is unknown, the contact information on file could not be read either.
    Answered(FixAnswer),
    /// No usable answer came, and what is on file now is something else.
    NotThere {
        problem: Problem,
        /// What is on file, and what was entered.
        differences: Vec<Difference>,
    },
    /// AWS took it, and what is on file could not be read back.
    NotReadBack(Problem),
    /// AWS took it, and what is on file is something else.
    Differs(Vec<Difference>),
}

impl ContactForm {
    fn reading(attempt: Attempt) -> Self {
        Self {
            before: Contact::default(),
            fields: BTreeMap::new(),
            focus: ContactField::ALL[0],
            not_taken: BTreeMap::new(),
            trouble: None,
            stage: ContactStage::Reading(attempt),
            may_have_saved: false,
        }
    }

    fn fill(&mut self, contact: &Contact) {
        self.before = contact.clone();
        self.fields = ContactField::ALL.into_iter().map(|field| (field, Input::new(contact.get(field).to_owned()))).collect();
    }

    fn entered(&self) -> Contact {
        let mut contact = Contact::default();
        for (field, input) in &self.fields {
            contact.set(*field, input.value());
        }
        contact.trimmed()
    }

    /// What stands in the fields, as it would be saved. A number that is on file stays as it is: another form of it would have to be verified
    /// again.
    pub(crate) fn contact(&self) -> Contact {
        let mut contact = self.entered().with_plain_phone();
        let on_file = self.before.get(ContactField::PhoneNumber);
        if contact.get(ContactField::PhoneNumber) == self.before.clone().with_plain_phone().get(ContactField::PhoneNumber) {
            contact.set(ContactField::PhoneNumber, on_file);
        }
        contact
    }

    /// What is wrong with the fields, each beside its field: ours, then AWS's.
    pub(crate) fn problems(&self) -> BTreeMap<ContactField, String> {
        let mut problems = self.not_taken.clone();
        let contact = self.contact();
        let is_new = contact.get(ContactField::PhoneNumber) != self.before.get(ContactField::PhoneNumber);
        let not_verifiable = self.entered().phone_not_verifiable().filter(|_| is_new);
        problems.extend(not_verifiable.map(|problem| (ContactField::PhoneNumber, problem)));
        problems.extend(contact.problems());
        problems
    }

    pub(crate) fn differences(&self) -> Vec<Difference> {
        self.contact().differences(&self.before)
    }

    /// Whether an answer is awaited.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        matches!(self.stage, ContactStage::Reading(_) | ContactStage::Saving(_) | ContactStage::ReadingBack(_))
    }

    pub(crate) fn may_be_closed(&self) -> bool {
        !matches!(self.stage, ContactStage::Saving(_) | ContactStage::ReadingBack(_))
    }

    /// Whether something was entered here that is not saved.
    pub(crate) fn holds_something_new(&self) -> bool {
        matches!(self.stage, ContactStage::Filling | ContactStage::Comparing) && !self.differences().is_empty()
    }

    fn move_focus(&mut self, direction: Direction) {
        let at = ContactField::ALL.iter().position(|field| *field == self.focus).unwrap_or_default();
        self.focus = ContactField::ALL[moved(at, ContactField::ALL.len(), direction)];
    }

    /// What goes on from the focused field: to the next one, and from the last one to what is new.
    pub(crate) fn onward(&self) -> Command {
        if ContactField::ALL.last() == Some(&self.focus) { Command::Open } else { Command::Move(Direction::Down) }
    }
}

impl Model {
    pub(super) fn open_contact(&mut self) {
        if !self.may_fix_contact() {
            return self.say_what_keeps_from_fixing();
        }
        self.start_reading_contact();
        self.scroll = 0;
    }

    pub(super) fn start_reading_contact(&mut self) {
        if let Some(attempt) = self.ask(Action::ReadContact) {
            self.screen = Screen::Contact(ContactForm::reading(attempt));
        }
    }

    fn form(&mut self) -> Option<&mut ContactForm> {
        match &mut self.screen {
            Screen::Contact(form) => Some(form),
            _ => None,
        }
    }

    pub(super) fn contact_read(&mut self, attempt: Attempt, result: Result<Option<ContactOnFile>, Problem>) {
        let Some(form) = self.form() else { return };
        match form.stage {
            ContactStage::Reading(awaited) if awaited == attempt => match result {
                Ok(on_file) => {
                    form.fill(&on_file.map(|on_file| on_file.contact).unwrap_or_default());
                    form.trouble = None;
                    form.stage = ContactStage::Filling;
                    // The first field that needs something gets the focus.
                    form.focus = form.problems().keys().next().copied().unwrap_or(ContactField::ALL[0]);
                }
                Err(problem) => {
                    form.trouble = Some(ContactTrouble::NotRead(problem));
                    form.stage = ContactStage::NotRead;
                }
            },
            ContactStage::ReadingBack(awaited) if awaited == attempt => self.read_back(result),
            _ => {}
        }
    }

    /// Only what AWS reads back counts as saved.
    fn read_back(&mut self, result: Result<Option<ContactOnFile>, Problem>) {
        let Some(form) = self.form() else { return };
        form.stage = ContactStage::Filling;
        let lost = match form.trouble.take() {
            Some(ContactTrouble::Answered(FixAnswer::Unknown { problem })) => Some(problem),
            _ => None,
        };
        form.trouble = Some(match result {
            Ok(on_file) => {
                let on_file = on_file.map(|on_file| on_file.contact).unwrap_or_default();
                let differences = form.contact().differences(&on_file);
                if differences.is_empty() {
                    self.screen = Screen::Checklist;
                    self.scroll = 0;
                    self.say(notices::CONTACT_SAVED);
                    return self.departure.look_at(StepId::ContactInformation);
                }
                form.before = on_file;
                match lost {
                    Some(problem) => ContactTrouble::NotThere { problem, differences },
                    None => ContactTrouble::Differs(differences),
                }
            }
            Err(problem) => match lost {
                Some(problem) => ContactTrouble::Answered(FixAnswer::Unknown { problem }),
                None => ContactTrouble::NotReadBack(problem),
            },
        });
        self.departure.look_at(StepId::ContactInformation);
    }

    pub(super) fn contact_answered(&mut self, attempt: Attempt, answer: &FixAnswer) -> bool {
        let Some(form) = self.form().filter(|form| form.stage == ContactStage::Saving(attempt)) else { return false };
        form.stage = ContactStage::Filling;
        // What came of it stands above the fields.
        form.focus = ContactField::ALL[0];
        if !matches!(answer, FixAnswer::Done { .. }) {
            form.trouble = Some(ContactTrouble::Answered(answer.clone()));
        }
        match answer {
            // What is on file now tells whether it went through.
            FixAnswer::Done { .. } | FixAnswer::Unknown { .. } => {
                form.may_have_saved = true;
                self.start_reading_back();
            }
            FixAnswer::NeverSent { .. } => {}
            FixAnswer::Refused { refusal } => {
                form.not_taken = refusal
                    .fields
                    .iter()
                    .filter_map(|(name, said)| Some((ContactField::ALL.into_iter().find(|f| names(*f, name))?, said.clone())))
                    .collect();
                if let Some(field) = form.not_taken.keys().next() {
                    form.focus = *field;
                }
            }
        }
        true
    }

    fn start_reading_back(&mut self) {
        let attempt = self.ask(Action::ReadContact);
        if let Some((form, attempt)) = self.form().zip(attempt) {
            form.stage = ContactStage::ReadingBack(attempt);
        }
    }

    pub(super) fn move_to_contact_field(&mut self, direction: Direction) {
        if let Some(form) = self.form().filter(|form| form.stage == ContactStage::Filling) {
            form.move_focus(direction);
        }
    }

    /// Shows what is new, once every field holds what AWS takes.
    pub(super) fn compare_contact(&mut self) {
        let Some(form) = self.form().filter(|form| form.stage == ContactStage::Filling) else { return };
        if let Some(field) = form.problems().keys().next() {
            form.focus = *field;
        } else if form.differences().is_empty() {
            self.say(notices::CONTACT_UNCHANGED);
        } else {
            form.stage = ContactStage::Comparing;
            form.trouble = None;
            self.scroll = 0;
            self.effects.push(Effect::DiscardTypeAhead);
        }
    }

    pub(super) fn save_contact(&mut self) {
        let Some(form) = self.form().filter(|form| form.stage == ContactStage::Comparing) else { return };
        let changed = form.differences().iter().map(|difference| difference.field).collect();
        let contact = Box::new(form.contact());
        let attempt = self.ask(Action::Fix(Fix::Contact { contact, changed }));
        if let Some((form, attempt)) = self.form().zip(attempt) {
            form.stage = ContactStage::Saving(attempt);
        }
    }

    /// From the comparison to the fields, and from there to the checklist, unless something is on its way to AWS.
    pub(super) fn back_from_contact(&mut self) {
        let Some(form) = self.form() else { return };
        match form.stage {
            ContactStage::Comparing => form.stage = ContactStage::Filling,
            ContactStage::Reading(_) | ContactStage::NotRead | ContactStage::Filling => {
                let said = if form.may_have_saved { notices::CONTACT_LEFT_OPEN } else { notices::CONTACT_NOT_SAVED };
                self.screen = Screen::Checklist;
                self.scroll = 0;
                self.say(said);
            }
            ContactStage::Saving(_) | ContactStage::ReadingBack(_) => {}
        }
    }

    /// The whole text of the focused field, from the person's line.
    pub(super) fn write_contact_field(&mut self, line: &str) {
        let Some(form) = self.form().filter(|form| form.stage == ContactStage::Filling) else { return };
        let (focus, onward) = (form.focus, form.onward());
        form.not_taken.remove(&focus);
        form.fields.insert(focus, Input::new(line.chars().take(2 * focus.limit()).collect()));
        self.obey(onward);
    }

    /// A key in a field, or a pasted character.
    pub(super) fn write_contact(&mut self, request: InputRequest) {
        let Some(form) = self.form().filter(|form| form.stage == ContactStage::Filling) else { return };
        let focus = form.focus;
        form.not_taken.remove(&focus);
        if let Some(input) = form.fields.get_mut(&focus) {
            let grows = matches!(request, InputRequest::InsertChar(_));
            // A little more than AWS takes can be typed, so that nobody wonders where the rest of a paste went.
            if !grows || input.value().chars().count() < 2 * focus.limit() {
                input.handle(request);
            }
        }
    }
}

/// Whether AWS means `field` by `name`, which may be a path such as `contactInformation.phoneNumber`.
fn names(field: ContactField, name: &str) -> bool {
    name.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case(field.aws_name()))
}
