//! Departures side by side in one driver: nothing of one reaches the other, in whatever order things are asked and answered.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use leave_org::aws::{ConnectOptions, Practice};
use leave_org::checklist::gate::ReadyToLeave;
use leave_org::checklist::{AccountId, Checklist, Destination, LeaveAnswer, StepId};
use leave_org::departure::{Attempt, DepartureId, Effect, Event};
use leave_org::driver::{Driver, Guiding};
use leave_org::journal::{Entry, Folder};
use leave_org::simulator::{MANAGEMENT_ACCESS_KEY, MEMBER_ACCESS_KEY, Server};
use leave_org::wizard::{self, Message};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::checks::{serve, session, wanted};
use crate::leaving::{LEAVE, ready};
use crate::random::{Dice, cases};

/// The account and the profile of each departure.
const LANES: [(&str, &str); 2] = [("412098765432", "member"), ("305611223344", "owner")];
/// AWS answers to each of these at once.
const STEPS: [StepId; 3] = [StepId::Membership, StepId::SupportPlan, StepId::ContactInformation];
/// So many orders of things are tried at once.
const AT_ONCE: usize = 4;

/// What is awaited, by what it was asked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Awaited {
    Connection,
    Subject,
    Check(StepId),
    Journal,
    Leave,
}

/// One departure, as far as a driver is asked for it.
#[derive(Debug, Default)]
struct Lane {
    /// How many tries it has begun.
    tries: u64,
    is_connected: bool,
    has_journal: bool,
    awaited: BTreeSet<(Attempt, Awaited)>,
    /// What may still come, because it was asked for before something newer.
    outdated: BTreeSet<(Attempt, Awaited)>,
    written: usize,
}

struct Two {
    driver: Driver<Guiding>,
    messages: mpsc::UnboundedReceiver<Message>,
    lanes: [Lane; 2],
    /// Requests to leave that should have been made.
    calls: usize,
}

impl Two {
    fn new(server: &Server, folder: &std::path::Path) -> Self {
        let ConnectOptions { practice: Some(practice), .. } = wanted(server, false) else { unreachable!() };
        let profiles = [("member", MEMBER_ACCESS_KEY), ("owner", MANAGEMENT_ACCESS_KEY)];
        let profiles = profiles.map(|(name, key)| (name.to_owned(), key.to_owned())).to_vec();
        let wanted = ConnectOptions { practice: Some(Practice { profiles, ..practice }), ..ConnectOptions::default() };
        let (sender, messages) = mpsc::unbounded_channel();
        let driver = Driver::new(wanted, None, Ok(Folder::at(folder)), sender);
        Self { driver, messages, lanes: Default::default(), calls: 0 }
    }

    /// A number that only this departure uses.
    fn attempt(&mut self, at: usize) -> Attempt {
        self.lanes[at].tries += 1;
        Attempt(2 * self.lanes[at].tries + at as u64)
    }

    fn ask(&mut self, at: usize, effect: Effect) {
        let id = DepartureId(u32::try_from(at).unwrap());
        self.driver.carry_out(wizard::Effect::Of(id, effect), &Checklist::default());
    }

    /// The answers of these kinds are not needed any more: something newer takes their place.
    fn outdate(&mut self, at: usize, is_of: impl Fn(Awaited) -> bool) {
        let lane = &mut self.lanes[at];
        let old: Vec<_> = lane.awaited.iter().copied().filter(|(_, what)| is_of(*what)).collect();
        for each in old {
            lane.awaited.remove(&each);
            lane.outdated.insert(each);
        }
    }

    /// Asks for something in one of the departures. Whether something could be.
    fn step(&mut self, dice: &mut Dice, at: usize, token: &impl Fn() -> ReadyToLeave) {
        let attempt = self.attempt(at);
        let (account, profile) = LANES[at];
        let account: AccountId = account.parse().unwrap();
        let lane = &self.lanes[at];
        match dice.roll(6) {
            0 => {
                self.outdate(at, |what| matches!(what, Awaited::Connection | Awaited::Subject | Awaited::Check(_)));
                self.lanes[at].is_connected = false;
                self.lanes[at].awaited.insert((attempt, Awaited::Connection));
                self.ask(at, Effect::Connect { attempt, profile: Some(profile.to_owned()), code: None });
            }
            1 if !lane.has_journal => {
                self.lanes[at].has_journal = true;
                self.lanes[at].awaited.insert((attempt, Awaited::Journal));
                self.ask(at, Effect::OpenJournal { attempt, account, endpoints: Vec::new() });
            }
            2 if lane.has_journal => {
                self.lanes[at].written += 1;
                let destination = [Destination::AnotherOrganization, Destination::Standalone][at];
                self.ask(at, Effect::Record(Box::new(Entry::Chosen { destination }), Timestamp::now()));
            }
            // A token is of the first account: the second departure must not use it.
            3 if lane.is_connected && lane.has_journal && dice.one_in(2) => {
                self.calls += usize::from(at == 0);
                self.lanes[at].awaited.insert((attempt, Awaited::Leave));
                self.ask(at, Effect::Leave(attempt, token()));
            }
            _ if lane.is_connected => {
                let steps: Vec<StepId> = STEPS.into_iter().filter(|_| dice.one_in(2)).collect();
                self.outdate(at, |what| match what {
                    Awaited::Check(step) => steps.contains(&step),
                    what => what == Awaited::Subject,
                });
                let checks = steps.iter().map(|step| (attempt, Awaited::Check(*step)));
                self.lanes[at].awaited.extend(checks.chain([(attempt, Awaited::Subject)]));
                self.ask(at, Effect::RunChecks(attempt, steps));
            }
            _ => {}
        }
    }

    async fn hear(&mut self) {
        let heard = tokio::time::timeout(Duration::from_mins(1), self.messages.recv()).await;
        let heard = heard.unwrap_or_else(|_| panic!("an answer never came: {:?}", self.lanes)).unwrap();
        let Message::Of(DepartureId(id), event) = heard else { panic!("{heard:?}") };
        let at = usize::try_from(id).unwrap();
        let (account, _) = LANES[at];
        let what = match &event {
            Event::Connected(attempt, result) => {
                assert!(result.is_ok(), "{result:?}");
                // That of an older try is not used.
                self.lanes[at].is_connected |= self.lanes[at].awaited.contains(&(*attempt, Awaited::Connection));
                (*attempt, Awaited::Connection)
            }
            Event::SubjectRead(attempt, result) => {
                assert_eq!(result.as_ref().unwrap().identity.account.as_str(), account);
                (*attempt, Awaited::Subject)
            }
            Event::CheckFinished(attempt, finding) => {
                // The owner of an organization is told apart from its member.
                let is_of_owner = finding.found.name() == "management-account";
                assert!(finding.step != StepId::Membership || is_of_owner == (at == 1), "{finding:?}");
                (*attempt, Awaited::Check(finding.step))
            }
            Event::JournalOpened(attempt, result) => {
                let opened = result.as_ref().unwrap();
                assert!(opened.path.contains(account) && opened.past.account.as_str() == account, "{opened:?}");
                (*attempt, Awaited::Journal)
            }
            Event::LeaveAnswered(attempt, answer, _) => {
                let is_right = match answer {
                    LeaveAnswer::Refused { .. } => at == 0,
                    LeaveAnswer::NeverSent { .. } => at == 1,
                    _ => false,
                };
                assert!(is_right, "{at}: {answer:?}");
                (*attempt, Awaited::Leave)
            }
            event => panic!("{event:?}"),
        };
        assert_eq!(what.0.0 % 2, at as u64, "an answer to the other departure: {event:?}");
        let lane = &mut self.lanes[at];
        assert!(lane.awaited.remove(&what) || lane.outdated.remove(&what), "nobody asked for {event:?}");
    }
}

/// One order of things. Gives how many requests to leave it made.
async fn in_some_order(server: &Server, seed: u64, token: &impl Fn() -> ReadyToLeave) -> usize {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("journal");
    let mut two = Two::new(server, &folder);
    let mut dice = Dice(seed);
    for _ in 0..24 {
        let at = dice.roll(2);
        two.step(&mut dice, at, token);
        if dice.one_in(2) && two.lanes.iter().any(|lane| !lane.awaited.is_empty()) {
            two.hear().await;
        }
    }
    while two.lanes.iter().any(|lane| !lane.awaited.is_empty()) {
        two.hear().await;
    }
    let Two { driver, lanes, calls, .. } = two;
    // Ends once everything is on the disk.
    tokio::task::spawn_blocking(move || drop(driver)).await.unwrap();
    for (at, lane) in lanes.iter().enumerate().filter(|(_, lane)| lane.has_journal) {
        let account: AccountId = LANES[at].0.parse().unwrap();
        let kept = Folder::at(&folder).read(&account).unwrap().unwrap();
        assert_eq!(kept.unreadable, 0, "a line of another account");
        let own = [Destination::AnotherOrganization, Destination::Standalone][at];
        let chosen = kept.lines.iter().filter(|line| matches!(line.entry, Entry::Chosen { destination } if destination == own));
        assert_eq!(chosen.count(), lane.written, "{at}");
        let intended = kept.lines.iter().filter(|line| matches!(line.entry, Entry::Intended(_))).count();
        assert_eq!(intended, if at == 0 { calls } else { 0 }, "an intent in the journal of another account");
        assert!(kept.lines.iter().all(|line| line.account == account));
    }
    calls
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_departures_in_one_driver_nothing_of_one_reaches_the_other() {
    let denial = "[[account.denials]]\nby = 'service-control-policy'\nactions = ['organizations:LeaveOrganization']";
    let server = std::sync::Arc::new(serve(denial).await);
    let count = u64::from(cases(1_000));
    let mut running = JoinSet::new();
    let (mut calls, mut next) = (0, 0);
    while next < count || !running.is_empty() {
        while next < count && running.len() < AT_ONCE {
            let (server, seed) = (server.clone(), next);
            running.spawn(async move {
                let token = ready(&session(&server, false).await).await;
                in_some_order(&server, seed, &token).await
            });
            next += 1;
        }
        calls += running.join_next().await.unwrap().unwrap();
    }
    let sent = server.requests().iter().filter(|request| request.operation == LEAVE).count();
    assert!(sent == calls && calls as u64 > count / 4, "{sent} requests to leave, and {calls} were asked for");
}
