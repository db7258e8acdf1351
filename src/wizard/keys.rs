//! The one table of keys: dispatch, footer and help all read it.
//!
//! It says which key means which command where. It changes nothing.

use super::{ContactStage, Context, DeregisterStage, Model, Overlay, OwnerChoice, PhoneStage, Screen};
use crate::checklist::{Attestable, StepId};
use crate::departure::{Action, Leave, Mode, Outcome};

/// A key as a terminal sends it, free of any terminal library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// A character, modifiers aside.
    Char(char),
    Control(char),
    Enter,
    Esc,
    Tab,
    BackTab,
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    Home,
    End,
    Backspace,
    Delete,
    Other,
}

/// A key press; a held key repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyPress {
    pub key: Key,
    /// Whether the terminal said that the key is being held down.
    pub is_repeat: bool,
}

impl From<Key> for KeyPress {
    fn from(key: Key) -> Self {
        Self { key, is_repeat: false }
    }
}

/// Which way to move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
}

/// What a key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    Move(Direction),
    Open,
    /// Go back, or close what lies on top.
    Back,
    NextPane,
    /// Check the selected step again, or do again what failed on this screen.
    Retry,
    RetryAll,
    /// Say that the selected step is done, or go on without proof.
    Attest,
    /// Withdraw the confirmation or override of the selected step.
    Withdraw,
    OpenLink,
    CopyLink,
    CopyCommand,
    Evidence,
    SignIn,
    FixHere,
    VerifyPhone,
    NewCode,
    Save,
    ChooseOwner,
    SaveReport,
    Help,
    Quit,
    /// Mark the selected line of the confirm screen as seen.
    MarkSeen,
    Interrupt,
    Suspend,
}

/// One line of the table.
#[derive(Clone, Copy)]
pub struct Binding {
    pub keys: &'static [Key],
    pub shown: &'static str,
    pub command: Command,
    pub label: &'static str,
    /// Whether the footer names it; the help names every line.
    pub in_footer: bool,
    pub applies: fn(&Model) -> bool,
}

const fn always(_: &Model) -> bool {
    true
}

fn in_practice(model: &Model) -> bool {
    model.link().is_some() && model.practice.is_some()
}

fn in_earnest(model: &Model) -> bool {
    model.link().is_some() && model.practice.is_none()
}

fn can_attest(model: &Model) -> bool {
    model.selected().attestable() == Attestable::Freely
}

fn can_overrule(model: &Model) -> bool {
    model.selected().attestable() == Attestable::WithReason
}

fn can_sign_in(model: &Model) -> bool {
    // After the end there is nothing left to ask AWS, and the last screen stays as it is.
    model.sign_in_command().is_some() && !outcome_is_final(model)
}

/// Something could not be found out because of who is asking: then the footer names the key.
fn must_sign_in(model: &Model) -> bool {
    let findings = model.departure.checklist.steps().filter_map(|step| step.finding.as_ref()?.problem());
    can_sign_in(model) && findings.chain(model.departure.connection_problem()).any(|problem| problem.kind.is_about_credentials())
}

fn may_sign_in(model: &Model) -> bool {
    can_sign_in(model) && !must_sign_in(model)
}

/// The phone is not known to be verified, and there is a number to verify.
fn may_verify_phone(model: &Model) -> bool {
    model.may_fix_contact() && has_unverified_phone(model)
}

fn has_unverified_phone(model: &Model) -> bool {
    let finding = model.selected().reading();
    finding.is_some_and(|finding| finding.phone_number().is_some() && !finding.is_phone_verified())
}

/// Something keeps this walk from putting the step right just now: then the key says what.
fn fix_is_kept_back(model: &Model) -> bool {
    model.would_fix() && model.keeps_from_fixing().is_some()
}

/// The selected step is open, and the owner could tell more of it.
fn owner_would_help(model: &Model) -> bool {
    const TOLD_BY_OWNERS: [StepId; 3] = [StepId::WaitingPeriod, StepId::Permission, StepId::DelegatedAdministrator];
    let is_open = TOLD_BY_OWNERS.contains(&model.cursor) && !model.selected().is_settled(model.departure.now);
    model.may_ask_with_owner() && model.departure.owner_proof().is_none() && is_open
}

fn owner_may_be_asked(model: &Model) -> bool {
    model.may_ask_with_owner() && !owner_would_help(model)
}

fn has_evidence(model: &Model) -> bool {
    model.selected().finding.is_some()
}

fn is_locked(model: &Model) -> bool {
    model.departure.mode == Mode::Guided && !model.departure.may_confirm()
}

fn review_goes_on(model: &Model) -> bool {
    model.departure.mode == Mode::Review && !is_last(model.cursor)
}

fn review_ends(model: &Model) -> bool {
    model.departure.mode == Mode::Review && is_last(model.cursor)
}

fn is_last(step: StepId) -> bool {
    step.index() + 1 == StepId::ALL.len()
}

fn is_identified(model: &Model) -> bool {
    model.departure.checklist.subject.is_some()
}

fn connection_failed(model: &Model) -> bool {
    model.departure.connection_problem().is_some()
}

fn can_ask_again(model: &Model) -> bool {
    model.departure.can(&Action::AskAgain)
}

fn can_go_back(model: &Model) -> bool {
    model.departure.can(&Action::GoBack) && !is_not_known(model)
}

fn is_not_known(model: &Model) -> bool {
    matches!(&model.departure.leave, Leave::Ended(Outcome::NotKnown(_)))
}

fn has_left(model: &Model) -> bool {
    matches!(&model.departure.leave, Leave::Ended(Outcome::Left { .. }))
}

fn outcome_is_final(model: &Model) -> bool {
    matches!(&model.departure.leave, Leave::Ended(Outcome::Left { .. } | Outcome::AlreadyStandalone))
}

const fn line(keys: &'static [Key], shown: &'static str, command: Command, label: &'static str) -> Binding {
    Binding { keys, shown, command, label, in_footer: true, applies: always }
}

impl Binding {
    const fn when(mut self, applies: fn(&Model) -> bool) -> Self {
        self.applies = applies;
        self
    }

    const fn unlisted(mut self) -> Self {
        self.in_footer = false;
        self
    }
}

const UP: Binding = line(&[Key::Up, Key::Char('k')], "↑ k", Command::Move(Direction::Up), "up").unlisted();
const CHOOSE: Binding =
    line(&[Key::Up, Key::Char('k')], "↑ ↓", Command::Move(Direction::Up), "choose").when(|model| !connection_failed(model));
const DOWN: Binding = line(&[Key::Down, Key::Char('j')], "↓ j", Command::Move(Direction::Down), "down").unlisted();
const PAGE_UP: Binding = line(&[Key::PageUp], "PgUp", Command::Move(Direction::PageUp), "a page up").unlisted();
const PAGE_DOWN: Binding = line(&[Key::PageDown], "PgDn", Command::Move(Direction::PageDown), "a page down").unlisted();
const FIRST: Binding =
    line(&[Key::Home, Key::Char('g')], "Home g", Command::Move(Direction::First), "to the beginning").unlisted();
const LAST: Binding = line(&[Key::End, Key::Char('G')], "End G", Command::Move(Direction::Last), "to the end").unlisted();
const HELP: Binding = line(&[Key::Char('?')], "?", Command::Help, "help");
const QUIT: Binding = line(&[Key::Char('q')], "q", Command::Quit, "quit");
const SAVE: Binding = line(&[Key::Char('s')], "s", Command::SaveReport, "save report").when(is_identified);
const SIGN_IN: Binding = line(&[Key::Char('l')], "l", Command::SignIn, "sign in again").when(must_sign_in);
const SIGN_IN_ANYWAY: Binding = line(&[Key::Char('l')], "l", Command::SignIn, "sign in again").when(may_sign_in).unlisted();
const SIGN_IN_HERE: Binding = line(&[Key::Char('l')], "l", Command::SignIn, "sign in again").when(can_sign_in);
/// Moves the selection, or scrolls what is longer than the screen.
const MOVES: &[Binding] = &[UP, DOWN, PAGE_UP, PAGE_DOWN, FIRST, LAST];
/// What holds on every screen.
const EVERYWHERE: &[Binding] = &[
    line(&[Key::Control('c')], "Ctrl-C", Command::Interrupt, "stop").unlisted(),
    line(&[Key::Control('z')], "Ctrl-Z", Command::Suspend, "to the shell; fg brings you back").unlisted(),
];
const CLOSE: Binding =
    line(&[Key::Esc, Key::Enter, Key::Char('q'), Key::Char('?'), Key::Char('e')], "Esc", Command::Back, "close");

const OPEN_PAGE: Binding = line(&[Key::Char('o')], "o", Command::OpenLink, "open the page").when(in_earnest);
const OPEN_PRACTICE: Binding = line(&[Key::Char('o')], "o", Command::OpenLink, "do it in the practice console").when(in_practice);
const COPY_LINK: Binding =
    line(&[Key::Char('y')], "y", Command::CopyLink, "copy the link").when(|model| model.link().is_some()).unlisted();
const COPY_COMMAND: Binding =
    line(&[Key::Char('c')], "c", Command::CopyCommand, "copy the command").when(|model| model.command_to_run().is_some());
const ATTEST: Binding = line(&[Key::Char('a')], "a", Command::Attest, "say it is done").when(can_attest);
const OVERRULE: Binding = line(&[Key::Char('a')], "a", Command::Attest, "go on without proof").when(can_overrule);
const WITHDRAW: Binding = line(&[Key::Char('A')], "A", Command::Withdraw, "withdraw")
    .when(|model| model.departure.makes_sense(&Action::Withdraw(model.cursor)));
const RETRY: Binding = line(&[Key::Char('r')], "r", Command::Retry, "check again");
const RETRY_ALL: Binding = line(&[Key::Char('R')], "R", Command::RetryAll, "check all");
const EVIDENCE: Binding = line(&[Key::Char('e')], "e", Command::Evidence, "what AWS said").when(has_evidence);
const CORRECT_HERE: Binding = line(&[Key::Char('f')], "f", Command::FixHere, "correct here").when(Model::may_fix_contact);
const VERIFY_HERE: Binding = line(&[Key::Char('v')], "v", Command::VerifyPhone, "verify phone").when(may_verify_phone);
const DEREGISTER_HERE: Binding = line(&[Key::Char('f')], "f", Command::FixHere, "take away here").when(Model::may_deregister);
const NOT_NOW: Binding =
    line(&[Key::Char('f')], "f", Command::FixHere, "put it right here: not possible now").when(fix_is_kept_back).unlisted();
const VERIFY_NOT_NOW: Binding = line(&[Key::Char('v')], "v", Command::VerifyPhone, "verify the phone here: not possible now")
    .when(|model| fix_is_kept_back(model) && has_unverified_phone(model) && model.cursor == StepId::ContactInformation)
    .unlisted();
const OWNERS_PROFILE: Binding = line(&[Key::Char('m')], "m", Command::ChooseOwner, "ask as the owner").when(owner_would_help);
const OWNERS_PROFILE_ANYWAY: Binding = line(&[Key::Char('m')], "m", Command::ChooseOwner, "ask as the organization's owner, too")
    .when(owner_may_be_asked)
    .unlisted();
const TO_CONFIRM: Binding =
    line(&[Key::Enter], "Enter", Command::Open, "go on to the leave").when(|model| model.departure.may_confirm());
const NEXT_OPEN: Binding = line(&[Key::Enter], "Enter", Command::Open, "next open step").when(is_locked).unlisted();
const NEXT_STEP: Binding = line(&[Key::Enter], "Enter", Command::Open, "next step").when(review_goes_on);
const END_OF_REVIEW: Binding = line(&[Key::Enter], "Enter", Command::Open, "the review ends here").when(review_ends).unlisted();

/// The lines of the table for one place, in the order of the footer.
pub fn bindings(context: Context) -> impl Iterator<Item = &'static Binding> {
    let parts: [&[Binding]; 3] = match context {
        Context::Profiles => [PROFILES, &[], &[]],
        Context::Account => [ACCOUNT, &[], &[]],
        Context::Steps => [MOVES, STEPS, ON_A_STEP],
        Context::Detail => [DETAIL, &[], ON_A_STEP],
        Context::ContactFields => [CONTACT_FIELDS, &[], &[]],
        Context::ContactDifferences => [MOVES, CONTACT_DIFFERENCES, &[]],
        Context::Deregister => [DEREGISTER, &[], &[]],
        Context::Consequences => [MOVES, CONSEQUENCES, &[]],
        Context::TypedId => [TYPED_ID, &[], &[]],
        Context::OtherAccount => [MOVES, OTHER_ACCOUNT, &[]],
        Context::Rechecking => [RECHECKING, &[], &[]],
        Context::Postponed => [POSTPONED, &[], &[]],
        Context::Sent => [SENT, &[], &[]],
        Context::Outcome => [MOVES, OUTCOME, &[]],
        Context::Help | Context::Evidence => [MOVES, READING, &[]],
        Context::Note => [NOTE, &[], &[]],
        Context::Code => [CODE, &[], &[]],
        Context::Owner => [OWNER, &[], &[]],
        Context::Phone => [PHONE, &[], &[]],
        Context::SignInQuestion => [SIGN_IN_QUESTION, &[], &[]],
        Context::QuitQuestion => [QUIT_QUESTION, &[], &[]],
        Context::Changes => [MOVES, CHANGES, &[]],
    };
    parts.into_iter().flatten().chain(EVERYWHERE)
}

const PROFILES: &[Binding] =
    &[CHOOSE, DOWN, FIRST, LAST, line(&[Key::Enter], "Enter", Command::Open, "use this profile"), HELP, QUIT];

const ACCOUNT: &[Binding] = &[
    CHOOSE,
    DOWN,
    FIRST,
    LAST,
    line(&[Key::Enter], "Enter", Command::Open, "go to the checklist").when(is_identified),
    line(&[Key::Char('r')], "r", Command::Retry, "try again")
        .when(|model| connection_failed(model) || model.departure.record.problem().is_some()),
    SIGN_IN,
    SIGN_IN_ANYWAY,
    line(&[Key::Char('R')], "R", Command::RetryAll, "read again").unlisted(),
    line(&[Key::Esc], "Esc", Command::Back, "choose another profile").when(Model::may_choose_again),
    HELP,
    QUIT,
];

const STEPS: &[Binding] = &[
    line(&[Key::Tab, Key::Right], "Tab", Command::NextPane, "to the detail").unlisted(),
    line(&[Key::Esc], "Esc", Command::Back, "back to the account").unlisted(),
];

const DETAIL: &[Binding] = &[
    line(&[Key::Up, Key::Char('k')], "↑ ↓", Command::Move(Direction::Up), "scroll"),
    line(&[Key::Down, Key::Char('j')], "↓ j", Command::Move(Direction::Down), "scroll down").unlisted(),
    PAGE_UP,
    PAGE_DOWN,
    FIRST,
    LAST,
    line(&[Key::Tab, Key::BackTab, Key::Left, Key::Esc], "Tab", Command::NextPane, "to the steps"),
];

/// What can be done about the selected step, whichever pane has the focus.
const ON_A_STEP: &[Binding] = &[
    TO_CONFIRM,
    NEXT_OPEN,
    NEXT_STEP,
    END_OF_REVIEW,
    OPEN_PAGE,
    OPEN_PRACTICE,
    CORRECT_HERE,
    VERIFY_HERE,
    DEREGISTER_HERE,
    NOT_NOW,
    VERIFY_NOT_NOW,
    OWNERS_PROFILE,
    OWNERS_PROFILE_ANYWAY,
    COPY_COMMAND,
    ATTEST,
    OVERRULE,
    WITHDRAW,
    RETRY,
    RETRY_ALL,
    EVIDENCE,
    COPY_LINK,
    SIGN_IN,
    SIGN_IN_ANYWAY,
    SAVE,
    HELP,
    QUIT,
];

const CONTACT_FIELDS: &[Binding] = &[
    line(&[Key::Down, Key::Tab], "↓ Tab", Command::Move(Direction::Down), "next field").when(fills_contact),
    line(&[Key::Up, Key::BackTab], "↑", Command::Move(Direction::Up), "field before").when(fills_contact).unlisted(),
    line(&[Key::Enter], "Enter", Command::Open, "look at what is new").when(fills_contact),
    line(&[Key::Char('r')], "r", Command::Retry, "read it again").when(contact_not_read),
    line(&[Key::Esc], "Esc", Command::Back, "back to the checklist").when(may_have_saved_contact),
    line(&[Key::Esc], "Esc", Command::Back, "back, nothing is saved").when(may_go_back_from_contact),
];

const CONTACT_DIFFERENCES: &[Binding] = &[
    line(&[Key::Char('y')], "y", Command::Save, "yes, save this"),
    line(&[Key::Esc, Key::Char('n')], "Esc", Command::Back, "back to the fields, nothing is saved"),
];

const DEREGISTER: &[Binding] = &[
    line(&[Key::Up], "↑ ↓", Command::Move(Direction::Up), "another service").when(types_service),
    line(&[Key::Down], "↓", Command::Move(Direction::Down), "another service").when(types_service).unlisted(),
    PAGE_UP,
    PAGE_DOWN,
    line(&[Key::Enter], "Enter", Command::Open, "take it away").when(service_matches),
    line(&[Key::Enter, Key::Esc], "Enter", Command::Open, "back, see what is left").when(deregistering_stopped),
    line(&[Key::Esc], "Esc", Command::Back, "back, nothing more is sent").when(types_service),
];

const OWNER: &[Binding] = &[
    line(&[Key::Up, Key::Char('k')], "↑ ↓", Command::Move(Direction::Up), "choose").when(owner_can_be_chosen),
    line(&[Key::Down, Key::Char('j')], "↓ j", Command::Move(Direction::Down), "down").when(owner_can_be_chosen).unlisted(),
    line(&[Key::Enter], "Enter", Command::Open, "use this profile").when(owner_can_be_chosen),
    line(&[Key::Char('r')], "r", Command::Retry, "read them again").when(owners_not_read),
    line(&[Key::Esc, Key::Char('q')], "Esc", Command::Back, "close"),
];

const PHONE: &[Binding] = &[
    PAGE_UP,
    PAGE_DOWN,
    line(&[Key::Enter, Key::Char('n')], "Enter", Command::Open, "send a code").when(may_ask_for_code),
    line(&[Key::Enter], "Enter", Command::Open, "check the code").when(Model::may_hand_in_code),
    line(&[Key::Char('n')], "n", Command::NewCode, "a new code").when(may_ask_anew),
    line(&[Key::Esc], "Esc", Command::Back, "close"),
];

const CONSEQUENCES: &[Binding] = &[
    line(&[Key::Char(' '), Key::Enter], "Space", Command::MarkSeen, "I have seen this"),
    line(&[Key::Esc, Key::Char('q')], "Esc", Command::Back, "back, no request is sent"),
    HELP,
];

const TYPED_ID: &[Binding] = &[
    line(&[Key::Enter], "Enter", Command::Open, "leave").when(id_matches),
    line(&[Key::Enter], "Enter", Command::Open, "submit this group").when(group_is_whole),
    line(&[Key::Esc], "Esc", Command::Back, "back, no request is sent"),
];

const OTHER_ACCOUNT: &[Binding] = &[
    line(&[Key::Char('r'), Key::Char('R')], "r", Command::Retry, "read the credentials again"),
    SIGN_IN_HERE,
    line(&[Key::Enter], "Enter", Command::Open, "begin anew with the other account"),
    SAVE,
    HELP,
    QUIT,
];

const RECHECKING: &[Binding] = &[
    line(&[Key::Char('r')], "r", Command::Retry, "ask again now").when(can_ask_again),
    line(&[Key::Esc, Key::Char('q')], "Esc", Command::Back, "stop"),
];

const POSTPONED: &[Binding] = &[
    line(&[Key::Char('r')], "r", Command::Retry, "ask again now"),
    line(&[Key::Esc, Key::Char('q')], "Esc", Command::Back, "stop"),
];

const SENT: &[Binding] = &[line(&[Key::Char('r')], "r", Command::Retry, "look again now").when(can_ask_again), QUIT];

const OUTCOME: &[Binding] = &[
    line(&[Key::Enter, Key::Esc], "Enter", Command::Open, "to the checklist").when(can_go_back),
    line(&[Key::Char('r'), Key::Char('R')], "r", Command::Retry, "try again").when(can_go_back),
    line(&[Key::Char('r'), Key::Char('R')], "r", Command::Retry, "look again").when(is_not_known),
    line(&[Key::Enter], "Enter", Command::Open, "to the checklist")
        .when(|model| is_not_known(model) && model.departure.can(&Action::GoBack)),
    SIGN_IN,
    SIGN_IN_ANYWAY,
    SAVE,
    HELP,
    line(&[Key::Char('r'), Key::Char('R')], "r", Command::Retry, "write it again")
        .when(|model| has_left(model) && can_ask_again(model)),
    line(&[Key::Char('r'), Key::Char('R')], "r", Command::Retry, "look again")
        .when(|model| matches!(&model.departure.leave, Leave::Ended(Outcome::AlreadyStandalone))),
    line(&[Key::Enter], "Enter", Command::Quit, "finish").when(outcome_is_final),
    QUIT,
];

const READING: &[Binding] = &[CLOSE];

const NOTE: &[Binding] =
    &[line(&[Key::Enter], "Enter", Command::Open, "say so"), line(&[Key::Esc], "Esc", Command::Back, "back, the text is kept")];

const CODE: &[Binding] =
    &[line(&[Key::Enter], "Enter", Command::Open, "go on"), line(&[Key::Esc], "Esc", Command::Back, "not now")];

const SIGN_IN_QUESTION: &[Binding] =
    &[line(&[Key::Enter], "Enter", Command::Open, "sign in"), line(&[Key::Esc, Key::Char('q')], "Esc", Command::Back, "not now")];

const QUIT_QUESTION: &[Binding] = &[
    line(&[Key::Char('q')], "q", Command::Quit, "quit"),
    SAVE,
    line(&[Key::Esc, Key::Enter, Key::Char('n')], "Esc", Command::Back, "stay"),
];

const CHANGES: &[Binding] = &[line(&[Key::Enter, Key::Esc], "Enter", Command::Back, "back to the checklist")];

fn fills_contact(model: &Model) -> bool {
    matches!(&model.screen, Screen::Contact(form) if form.stage == ContactStage::Filling)
}

fn contact_not_read(model: &Model) -> bool {
    matches!(&model.screen, Screen::Contact(form) if form.stage == ContactStage::NotRead)
}

/// What is on its way to AWS is not called back: its answer is waited for.
fn may_go_back_from_contact(model: &Model) -> bool {
    matches!(&model.screen, Screen::Contact(form) if form.may_be_closed() && !form.may_have_saved)
}

fn may_have_saved_contact(model: &Model) -> bool {
    matches!(&model.screen, Screen::Contact(form) if form.may_be_closed() && form.may_have_saved)
}

fn types_service(model: &Model) -> bool {
    matches!(&model.screen, Screen::Deregister(state) if state.stage == DeregisterStage::Typing)
}

fn service_matches(model: &Model) -> bool {
    matches!(&model.screen, Screen::Deregister(state) if state.matches())
}

fn deregistering_stopped(model: &Model) -> bool {
    matches!(&model.screen, Screen::Deregister(state) if state.stage == DeregisterStage::Stopped)
}

fn owner_can_be_chosen(model: &Model) -> bool {
    let among = matches!(&model.overlay, Some(Overlay::Owner(OwnerChoice::Among { profiles, .. })) if !profiles.is_empty());
    among && model.departure.owner.asking.is_none()
}

fn owners_not_read(model: &Model) -> bool {
    matches!(&model.overlay, Some(Overlay::Owner(OwnerChoice::Failed(_))))
}

fn may_ask_for_code(model: &Model) -> bool {
    matches!(&model.overlay, Some(Overlay::Phone(check)) if check.stage == PhoneStage::Ready)
}

fn may_ask_anew(model: &Model) -> bool {
    matches!(&model.overlay, Some(Overlay::Phone(check)) if matches!(check.stage, PhoneStage::Typing(_)))
}

fn id_matches(model: &Model) -> bool {
    matches!((&model.screen, model.departure.checklist.subject.as_ref()), (Screen::Confirm(c), Some(s)) if c.matches(&s.identity.account))
}

fn group_is_whole(model: &Model) -> bool {
    matches!(&model.screen, Screen::Confirm(confirming) if model.asks_in_groups && confirming.is_whole(true))
        && !id_matches(model)
}

impl Command {
    /// What `press` means to `model`, if anything.
    pub(crate) fn of(model: &Model, press: KeyPress) -> Option<Self> {
        let binding = bindings(Context::of(model)).find(|b| b.keys.contains(&press.key) && (b.applies)(model))?;
        // A held key moves, and does nothing else: no question may be answered by leaning on the keyboard.
        (!press.is_repeat || matches!(binding.command, Self::Move(_))).then_some(binding.command)
    }
}
