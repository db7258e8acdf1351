//! The rule that unlocks leaving, and the only maker of the token that `leave()` takes.
//!
//! Pure: it looks at checklists and the clock it is given, and asks nobody. It must stay the only place that can build a
//! [`ReadyToLeave`].

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{AccountId, Checklist, Confidence, Destination, Found, Membership, Standing, StepId, Subject, texts};

/// Something that must be seen before the account id can be typed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Acknowledgement {
    /// A consequence that holds for every leave, by its id in `assets/consequences.toml`.
    Consequence(String),
    /// The contact information that is on file: it stays, whosever it is.
    Contact,
    /// An advice step of the checklist.
    Advice(StepId),
    /// What leaving means for where the account is going.
    Destination(Destination),
    /// A step that a person overruled, and did not merely report.
    Override(StepId),
    /// A step that AWS refused a leave over before, and that nothing has proven to be put right since.
    Refused(StepId),
    /// An earlier request to leave that may still be under way.
    OpenRequest,
}

/// Everything that must be acknowledged for this checklist as it stands at `now`, in the order in which it is shown.
#[must_use]
pub fn to_acknowledge(checklist: &Checklist, now: Timestamp) -> Vec<Acknowledgement> {
    let consequences = texts::consequences().iter().map(|c| Acknowledgement::Consequence(c.id.clone()));
    let advice = StepId::ALL.into_iter().filter(|step| !step.blocks()).map(Acknowledgement::Advice);
    let overrides = checklist
        .steps()
        .filter(|step| step.standing(now) == Some(Standing::Attested))
        .filter(|step| step.attestable() == super::Attestable::WithReason)
        .map(|step| Acknowledgement::Override(step.id));
    let contact = checklist.step(StepId::ContactInformation).reading().filter(|finding| !finding.fact_lines().is_empty());
    let contact = contact.map(|_| Acknowledgement::Contact);
    let destination = checklist.destination.filter(|d| *d != Destination::Standalone).map(Acknowledgement::Destination);
    let refused = checklist.steps().filter(|step| step.is_refused()).map(|step| Acknowledgement::Refused(step.id));
    let open = checklist.open_request.map(|_| Acknowledgement::OpenRequest);
    open.into_iter().chain(consequences).chain(contact).chain(advice).chain(destination).chain(overrides).chain(refused).collect()
}

/// The blocking steps that keep the gate shut at `now`, in order. Empty means that the confirm screen may open.
#[must_use]
pub fn locked_by(checklist: &Checklist, now: Timestamp) -> Vec<StepId> {
    checklist
        .steps()
        .filter(|step| if step.id.blocks() { !step.is_settled(now) } else { step.finding.is_none() })
        .map(|step| step.id)
        .collect()
}

/// A SHA-256 digest over where every step stands at `now` and what was found, without times and request ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingsDigest(String);

impl StandingsDigest {
    /// The digest in hexadecimal.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What one step looked like, as far as a change of it matters to the person who confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct StepAsSeen {
    id: StepId,
    standing: Option<Standing>,
    confidence: Option<Confidence>,
    found: Option<Found>,
}

fn as_seen(checklist: &Checklist, now: Timestamp) -> Vec<StepAsSeen> {
    checklist
        .steps()
        .map(|step| StepAsSeen {
            id: step.id,
            standing: step.standing(now),
            confidence: step.finding.as_ref().map(|f| f.confidence),
            found: step.finding.as_ref().map(|f| f.found.clone()),
        })
        .collect()
}

fn digest(seen: &[StepAsSeen]) -> StandingsDigest {
    let mut hash = Sha256::new();
    for step in seen {
        // The debug form quotes every string, so no two different lists read the same.
        hash.update(format!("{step:?}\n"));
    }
    StandingsDigest(
        hash.finalize().iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|n| char::from_digit(n.into(), 16)).collect(),
    )
}

/// What a person confirmed: this account, by this principal, out of this organization, with these standings in view.
///
/// It permits nothing by itself. Only [`unlock`] turns it into a token, over a checklist that was read again since.
#[derive(Debug, PartialEq, Eq)]
pub struct Confirmation {
    account: AccountId,
    name: Option<String>,
    principal: String,
    organization: String,
    seen: Vec<StepAsSeen>,
    acknowledged: BTreeSet<Acknowledgement>,
    at: Timestamp,
}

impl Confirmation {
    /// The account that was confirmed.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The organization that was confirmed.
    #[must_use]
    pub fn organization(&self) -> &str {
        &self.organization
    }

    /// When the account id was typed.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// What was marked as seen.
    #[must_use]
    pub fn acknowledged(&self) -> &BTreeSet<Acknowledgement> {
        &self.acknowledged
    }

    /// Whether it is still fresh at `now`. A machine that slept in between wakes up to a confirmation that nobody stands behind any more.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.at);
        !age.is_negative() && age.as_secs() <= texts::rules().confirmation.seconds
    }
}

/// Why the gate did not take a confirmation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotConfirmed {
    #[error("locked by {}", .0.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(", "))]
    Locked(Vec<StepId>),
    #[error("{0} more to acknowledge")]
    Unseen(usize),
    /// The typed id is not this account's.
    #[error("the typed id is not this account's")]
    Mismatch,
    /// It is not known which account, or which organization, this would be about.
    #[error("the account or its organization is not known")]
    NoSubject,
}

/// Takes a typed confirmation.
///
/// # Errors
/// When a blocking step is unsettled, something has not been acknowledged, or `typed` is not exactly the account's id.
pub fn confirm(
    checklist: &Checklist,
    acknowledged: &BTreeSet<Acknowledgement>,
    typed: &str,
    now: Timestamp,
) -> Result<Confirmation, NotConfirmed> {
    let subject = checklist.subject.as_ref().ok_or(NotConfirmed::NoSubject)?;
    let organization = subject.organization().ok_or(NotConfirmed::NoSubject)?;
    let locked = locked_by(checklist, now);
    if !locked.is_empty() {
        return Err(NotConfirmed::Locked(locked));
    }
    let unseen = to_acknowledge(checklist, now).iter().filter(|a| !acknowledged.contains(a)).count();
    if unseen > 0 {
        return Err(NotConfirmed::Unseen(unseen));
    }
    if typed != subject.identity.account.as_str() {
        return Err(NotConfirmed::Mismatch);
    }
    Ok(Confirmation {
        account: subject.identity.account.clone(),
        name: subject.name().map(str::to_owned),
        principal: subject.identity.arn.clone(),
        organization: organization.id.clone(),
        seen: as_seen(checklist, now),
        acknowledged: acknowledged.clone(),
        at: now,
    })
}

/// One thing that is no longer as the person saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Account {
        confirmed: String,
        /// The account it is now, if that could be read.
        now: Option<String>,
    },
    Principal,
    Name {
        /// What it was called.
        was: Option<String>,
        /// What it is called, if AWS still says so.
        now: Option<String>,
    },
    /// The account is in another organization, or in none.
    Organization {
        was: String,
        /// The one it is in.
        now: Option<String>,
    },
    /// Which organization the account is in could not be read again.
    OrganizationNotRead,
    /// The credentials end before the leave could be seen through.
    CredentialsEndSoon,
    /// So much time went by since the confirmation that it is not fresh any more.
    TookTooLong,
    /// A step stands elsewhere, or something else was found for it.
    Step {
        id: StepId,
        was: Option<Standing>,
        now: Option<Standing>,
        /// What was found now, if that is something else.
        found: Option<Box<Found>>,
        /// What was found then, if that is something else.
        gone: Option<Box<Found>>,
    },
    JournalLost,
    NotAcknowledged,
    /// A step's check did not run again after the confirmation.
    NotReadAgain(StepId),
}

/// The permission to call `LeaveOrganization` once. Only [`unlock`] makes one; [`Leaver::leave`](crate::aws::Leaver::leave) consumes it.
#[derive(Debug, PartialEq, Eq)]
pub struct ReadyToLeave {
    confirmation: Confirmation,
    standings: StandingsDigest,
    made_at: Timestamp,
}

impl ReadyToLeave {
    /// The account that leaves.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.confirmation.account
    }

    /// The ARN that asks for it.
    #[must_use]
    pub fn principal(&self) -> &str {
        &self.confirmation.principal
    }

    /// The organization it leaves.
    #[must_use]
    pub fn organization(&self) -> &str {
        &self.confirmation.organization
    }

    /// The digest of the standings that were seen.
    #[must_use]
    pub fn standings(&self) -> &StandingsDigest {
        &self.standings
    }

    /// When the gate opened.
    #[must_use]
    pub fn made_at(&self) -> Timestamp {
        self.made_at
    }

    /// What the person confirmed.
    #[must_use]
    pub fn confirmation(&self) -> &Confirmation {
        &self.confirmation
    }

    /// Shuts the gate again and gives the confirmation back: for when AWS took nothing and only asked to come back later. It permits
    /// nothing until [`unlock`] has seen everything read anew once more, and while it is fresh.
    #[must_use]
    pub fn give_back(self) -> Confirmation {
        self.confirmation
    }
}

/// Opens the gate, when everything that was read again since the confirmation is as it was then.
///
/// # Errors
/// The list of what changed, identity first. Then the confirmation is used up, and the person confirms anew.
pub fn unlock(confirmation: Confirmation, fresh: &Checklist, now: Timestamp) -> Result<ReadyToLeave, Vec<Change>> {
    let mut changes = changes(&confirmation, fresh, now);
    if !confirmation.is_fresh(now) {
        changes.push(Change::TookTooLong);
    }
    if !changes.is_empty() {
        return Err(changes);
    }
    Ok(ReadyToLeave { standings: digest(&confirmation.seen), confirmation, made_at: now })
}

/// Who and where first: whatever else changed, the wrong account matters most.
#[must_use]
pub fn identity_changes(confirmation: &Confirmation, fresh: &Checklist) -> Vec<Change> {
    let Some(subject) = &fresh.subject else {
        return vec![Change::Account { confirmed: confirmation.account.to_string(), now: None }];
    };
    let mut changes = Vec::new();
    if subject.identity.account != confirmation.account {
        changes.push(Change::Account {
            confirmed: confirmation.account.to_string(),
            now: Some(subject.identity.account.to_string()),
        });
    }
    if subject.identity.arn != confirmation.principal {
        changes.push(Change::Principal);
    }
    match &subject.membership {
        Membership::Member(organization) if organization.id == confirmation.organization => {}
        Membership::Member(organization) => {
            changes.push(Change::Organization { was: confirmation.organization.clone(), now: Some(organization.id.clone()) });
        }
        Membership::Standalone => {
            changes.push(Change::Organization { was: confirmation.organization.clone(), now: None });
        }
        Membership::Unknown => changes.push(Change::OrganizationNotRead),
    }
    changes
}

fn changes(confirmation: &Confirmation, fresh: &Checklist, now: Timestamp) -> Vec<Change> {
    let mut changes = identity_changes(confirmation, fresh);
    // A name is how a person knows which account this is. That it could not be read again is the membership step's to say.
    let name = fresh.subject.as_ref().and_then(Subject::name).map(str::to_owned);
    if name.is_some() && name != confirmation.name {
        changes.push(Change::Name { was: confirmation.name.clone(), now: name });
    }
    for step in fresh.steps() {
        if step.finding.as_ref().is_none_or(|finding| finding.at < confirmation.at) {
            changes.push(Change::NotReadAgain(step.id));
        }
    }
    for (was, is) in confirmation.seen.iter().zip(as_seen(fresh, now)) {
        if *was != is {
            let (found, gone) = (is.found.filter(|found| was.found.as_ref() != Some(found)), was.found.clone());
            changes.push(Change::Step {
                id: is.id,
                was: was.standing,
                now: is.standing,
                gone: gone.filter(|_| found.is_some()).map(Box::new),
                found: found.map(Box::new),
            });
        }
    }
    // The checklist may have gained something to acknowledge, or an attestation may have run out: judge it whole.
    for id in locked_by(fresh, now) {
        if !changes.iter().any(|c| matches!(c, Change::Step { id: step, .. } if *step == id)) {
            let standing = fresh.step(id).standing(now);
            changes.push(Change::Step { id, was: standing, now: standing, found: None, gone: None });
        }
    }
    // Where nothing else says why.
    if changes.is_empty() && to_acknowledge(fresh, now).iter().any(|item| !confirmation.acknowledged.contains(item)) {
        changes.push(Change::NotAcknowledged);
    }
    changes
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::checklist::facts::{ContactInformationFact, ContactInformationLine, Own};
    use crate::checklist::{AccountDetails, Finding, Identity, Organization, Partition, Refusal, Subject, Verdict};

    const ACCOUNT: &str = "412098765432";

    fn minute(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn finding(step: StepId, verdict: Verdict, line: &str, at: Timestamp) -> Finding {
        match step {
            StepId::ContactInformation => Finding::new(step, ContactInformationFact::Verified, verdict)
                .line(ContactInformationLine::PhoneNumber { number: Own::new(line) }),
            _ => Finding::told(step, "a-rule", verdict).telling(|told| told.details.push(line.to_owned())),
        }
        .finish(Partition::Aws, at)
    }

    fn subject(organization: &str) -> Subject {
        let identity = Identity {
            account: ACCOUNT.parse().unwrap(),
            arn: format!("arn:aws:iam::{ACCOUNT}:user/maria"),
            partition: Partition::Aws,
        };
        let organization = Organization { id: organization.to_owned(), management_account: None, feature_set: None };
        Subject { identity, details: None, membership: Membership::Member(organization) }
    }

    /// A checklist in which everything is met, read at `at`.
    fn met(at: Timestamp) -> Checklist {
        let mut checklist = Checklist::default();
        checklist.meet(subject("o-1"));
        for step in StepId::ALL {
            checklist.record(finding(step, Verdict::Met, "a line", at));
        }
        checklist
    }

    fn confirmed(checklist: &Checklist, now: Timestamp) -> Confirmation {
        let seen: BTreeSet<Acknowledgement> = to_acknowledge(checklist, now).into_iter().collect();
        confirm(checklist, &seen, ACCOUNT, now).unwrap()
    }

    #[test]
    fn what_is_read_again_as_it_was_opens_the_gate_for_this_account_and_organization() {
        let confirmation = confirmed(&met(minute(0)), minute(1));
        assert_eq!((confirmation.organization(), confirmation.at()), ("o-1", minute(1)));
        assert_eq!(confirmation.acknowledged().len(), to_acknowledge(&met(minute(0)), minute(1)).len());
        let token = unlock(confirmation, &met(minute(2)), minute(2)).unwrap();
        assert_eq!((token.account().as_str(), token.organization()), (ACCOUNT, "o-1"));
        assert_eq!((token.made_at(), token.confirmation().at()), (minute(2), minute(1)));
        assert_eq!(token.principal(), format!("arn:aws:iam::{ACCOUNT}:user/maria"));
        let digest = token.standings().as_str();
        assert!(digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{digest}");
    }

    #[test]
    fn the_digest_is_that_of_the_facts_and_not_of_the_times() {
        let of = |checklist: &Checklist| digest(&as_seen(checklist, minute(5)));
        assert_eq!(of(&met(minute(0))), of(&met(minute(2))));
        let mut other = met(minute(0));
        other.record(finding(StepId::SupportPlan, Verdict::Met, "another line", minute(0)));
        assert_ne!(of(&met(minute(0))), of(&other));
    }

    #[test]
    fn a_changed_line_is_a_change_that_says_what_came_and_what_went() {
        let confirmation = confirmed(&met(minute(0)), minute(1));
        let mut fresh = met(minute(2));
        fresh.record(finding(StepId::OldOwnerAccess, Verdict::Met, "another line", minute(2)));
        let changes = unlock(confirmation, &fresh, minute(2)).unwrap_err();
        let [Change::Step { id: StepId::OldOwnerAccess, was, now, found, gone }] = changes.as_slice() else {
            panic!("{changes:?}")
        };
        assert_eq!((was, now), (&Some(Standing::Met), &Some(Standing::Met)));
        let said = |one: &Option<Box<Found>>, other: &Option<Box<Found>>| {
            one.as_ref().unwrap().beyond(other.as_deref(), StepId::OldOwnerAccess, Partition::Aws)
        };
        assert_eq!((said(found, gone), said(gone, found)), (vec!["another line".to_owned()], vec!["a line".to_owned()]));
    }

    #[test]
    fn a_step_that_is_met_no_more_or_was_not_read_again_keeps_the_gate_shut() {
        let mut fresh = met(minute(2));
        fresh.record(finding(StepId::PaymentMethod, Verdict::Unmet, "a line", minute(2)));
        let changes = unlock(confirmed(&met(minute(0)), minute(1)), &fresh, minute(2)).unwrap_err();
        assert!(
            matches!(changes.as_slice(), [Change::Step { id: StepId::PaymentMethod, now: Some(Standing::Unmet), .. }]),
            "{changes:?}"
        );
        let changes = unlock(confirmed(&met(minute(0)), minute(1)), &met(minute(0)), minute(2)).unwrap_err();
        assert_eq!(changes, StepId::ALL.map(Change::NotReadAgain).to_vec());
        // The very moment of the confirmation is not before it.
        assert!(unlock(confirmed(&met(minute(0)), minute(1)), &met(minute(1)), minute(2)).is_ok());
    }

    #[test]
    fn another_organization_or_principal_is_told_first() {
        let mut fresh = met(minute(2));
        let mut elsewhere = subject("o-2");
        elsewhere.identity.arn = format!("arn:aws:iam::{ACCOUNT}:user/other");
        fresh.subject = Some(elsewhere);
        let changes = unlock(confirmed(&met(minute(0)), minute(1)), &fresh, minute(2)).unwrap_err();
        assert_eq!(changes, [Change::Principal, Change::Organization { was: "o-1".to_owned(), now: Some("o-2".to_owned()) }]);
        fresh.subject = None;
        let changes = unlock(confirmed(&met(minute(0)), minute(1)), &fresh, minute(2)).unwrap_err();
        assert_eq!(changes, [Change::Account { confirmed: ACCOUNT.to_owned(), now: None }]);
        let mut other = subject("o-1");
        other.identity.account = "999988887777".parse().unwrap();
        fresh.subject = Some(other);
        let changes = identity_changes(&confirmed(&met(minute(0)), minute(1)), &fresh);
        assert_eq!(changes, [Change::Account { confirmed: ACCOUNT.to_owned(), now: Some("999988887777".to_owned()) }]);
        fresh.subject = Some(Subject { membership: Membership::Unknown, ..subject("o-1") });
        assert_eq!(identity_changes(&confirmed(&met(minute(0)), minute(1)), &fresh), [Change::OrganizationNotRead]);
    }

    #[test]
    fn another_name_is_told_and_one_that_could_not_be_read_again_is_no_change() {
        let called = |name: Option<&str>, at| {
            let details = AccountDetails { name: name.map(str::to_owned), state: None, created_at: None };
            let mut checklist = met(at);
            checklist.subject = Some(Subject { details: Some(details), ..subject("o-1") });
            checklist
        };
        let changes = |was, now| unlock(confirmed(&called(was, minute(0)), minute(1)), &called(now, minute(2)), minute(2)).err();
        let another =
            |was: Option<&str>| Some(vec![Change::Name { was: was.map(str::to_owned), now: Some("Fabrikam".to_owned()) }]);
        assert_eq!(changes(Some("Northwind"), Some("Fabrikam")), another(Some("Northwind")));
        assert_eq!(changes(None, Some("Fabrikam")), another(None));
        for (was, now) in [(Some("Northwind"), Some("Northwind")), (Some("Northwind"), None), (None, None)] {
            assert_eq!(changes(was, now), None, "{was:?}, {now:?}");
        }
    }

    #[test]
    fn something_more_to_have_seen_keeps_the_gate_shut_and_is_told_where_nothing_else_says_why() {
        let changes = |change: fn(&mut Checklist)| {
            let mut fresh = met(minute(2));
            change(&mut fresh);
            unlock(confirmed(&met(minute(0)), minute(1)), &fresh, minute(2)).unwrap_err()
        };
        let open = changes(|fresh| fresh.open_request = Some(minute(1)));
        assert_eq!(open, [Change::NotAcknowledged]);
        let refused = changes(|fresh| {
            fresh.refuse(&refusal());
            fresh.record(finding(StepId::Permission, Verdict::Met, "a line", minute(2)));
        });
        let [Change::Step { id: StepId::Permission, now: Some(Standing::Unmet), .. }] = refused.as_slice() else {
            panic!("{refused:?}")
        };
        let moved = changes(|fresh| {
            fresh.open_request = Some(minute(1));
            fresh.subject = Some(subject("o-2"));
        });
        assert_eq!(moved, [Change::Organization { was: "o-1".to_owned(), now: Some("o-2".to_owned()) }]);
    }

    fn refusal() -> Refusal {
        serde_json::from_value(serde_json::json!({
            "entry": "a-test", "code": "AccessDeniedException", "reason": null, "message": "no", "request_id": null, "cause": "because",
            "who": "you", "todo": [], "link": null, "steps": ["permission"], "retry": "after-the-cause", "at": minute(1),
        }))
        .unwrap()
    }

    #[test]
    fn a_confirmation_is_fresh_for_its_time_and_not_before_it_was_made() {
        let confirmation = confirmed(&met(minute(0)), minute(1));
        let most = SignedDuration::from_secs(texts::rules().confirmation.seconds);
        assert!(confirmation.is_fresh(minute(1)) && confirmation.is_fresh(minute(1) + most));
        assert!(!confirmation.is_fresh(minute(1) + most + SignedDuration::from_secs(1)));
        assert!(!confirmation.is_fresh(minute(1) - SignedDuration::from_secs(1)));
        let late = minute(1) + most + SignedDuration::from_secs(1);
        assert_eq!(unlock(confirmation, &met(late), late), Err(vec![Change::TookTooLong]));
    }

    #[test]
    fn everything_has_to_be_seen_the_advice_the_destination_and_what_was_overridden() {
        let now = minute(1);
        let mut checklist = met(minute(0));
        let plain = to_acknowledge(&checklist, now);
        let advice = StepId::ALL.into_iter().filter(|step| !step.blocks());
        let advice: Vec<_> = advice.map(Acknowledgement::Advice).collect();
        assert!(advice.iter().all(|step| plain.contains(step)), "{plain:?}");
        assert!(plain.contains(&Acknowledgement::Contact), "{plain:?}");
        assert_eq!(plain.len(), texts::consequences().len() + 1 + advice.len());
        checklist.destination = Some(Destination::Standalone);
        assert_eq!(to_acknowledge(&checklist, now), plain);
        checklist.destination = Some(Destination::Closure);
        let unmet = Finding::told(StepId::Permission, "a-rule", Verdict::Unmet).predicted().finish(Partition::Aws, minute(0));
        checklist.record(unmet);
        checklist.step_mut(StepId::Permission).attest("maria", "they lifted it", now).unwrap();
        let more = to_acknowledge(&checklist, now);
        assert!(more.contains(&Acknowledgement::Destination(Destination::Closure)), "{more:?}");
        assert!(more.contains(&Acknowledgement::Override(StepId::Permission)), "{more:?}");
        assert_eq!(more.len(), plain.len() + 2);
        let seen: BTreeSet<Acknowledgement> = plain.into_iter().collect();
        assert_eq!(confirm(&checklist, &seen, ACCOUNT, now), Err(NotConfirmed::Unseen(2)));
    }

    #[test]
    fn nothing_but_the_whole_id_of_an_account_that_may_leave_confirms() {
        let now = minute(1);
        let checklist = met(minute(0));
        let seen: BTreeSet<Acknowledgement> = to_acknowledge(&checklist, now).into_iter().collect();
        for typed in ["", "41209876543", "4120987654321", "4120-9876-5432", " 412098765432"] {
            assert_eq!(confirm(&checklist, &seen, typed, now), Err(NotConfirmed::Mismatch), "{typed}");
        }
        let mut open = checklist.clone();
        open.record(finding(StepId::PaymentMethod, Verdict::NeedsYou, "a line", minute(0)));
        assert_eq!(confirm(&open, &seen, ACCOUNT, now), Err(NotConfirmed::Locked(vec![StepId::PaymentMethod])));
        let mut nowhere = checklist;
        nowhere.subject = Some(Subject { membership: Membership::Standalone, ..subject("o-1") });
        assert_eq!(confirm(&nowhere, &seen, ACCOUNT, now), Err(NotConfirmed::NoSubject));
    }
}
