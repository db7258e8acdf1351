//! One file per step: which questions it asks, and what it makes of the answers.
//!
//! A check says which rule holds and hands over the values; the words are in `assets/steps/`. What could not be found out is
//! never met and never unmet.

mod access_afterwards;
mod billing_access;
mod contact_information;
mod delegated_administrator;
mod many;
mod membership;
mod old_owner_access;
mod other_way_out;
mod payment_method;
mod permission;
mod policies_above;
mod service_control_policy;
mod stack_sets;
mod support_plan;
mod trust_policy;
mod waiting_period;

use std::time::Duration;

use jiff::Timestamp;

use super::ask::{Recorded, evidence_of};
use super::check_run::CheckRun;
use super::owner::NotTheOwner;
use super::reader::said;
use crate::checklist::{
    AccountDetails, AccountId, Evidence, Fact, Finding, Identity, Membership, OwnerRefusal, Problem, StepId, Verdict,
};

/// How long a step that is known without the owner waits for what the owner adds: longer than any one call takes, and less than a check may.
const OWNERS_PATIENCE: Duration = Duration::from_mins(1);

impl CheckRun {
    /// Runs one step's check. Bounded by the time-outs of its calls.
    pub async fn check(&self, step: StepId) -> Finding {
        check(step, self).await.finish(self.member.partition, self.now())
    }
}

async fn check(step: StepId, round: &CheckRun) -> Finding {
    match step {
        StepId::Membership => membership::check(round).await,
        StepId::WaitingPeriod => waiting_period::check(round).await,
        StepId::Permission => permission::check(round).await,
        StepId::SupportPlan => support_plan::check(round).await,
        StepId::ContactInformation => contact_information::check(round).await,
        StepId::PaymentMethod => payment_method::check(round).await,
        StepId::BillingAccess => billing_access::check(round).await,
        StepId::DelegatedAdministrator => delegated_administrator::check(round).await,
        StepId::AccessAfterwards => access_afterwards::check(round).await,
        StepId::OldOwnerAccess => old_owner_access::check(round).await,
        StepId::OtherWayOut => other_way_out::check(round).await,
    }
}

/// We could not find out, and this is the call that failed.
fn unknown(step: StepId, problem: &Problem) -> Finding {
    Finding::unknown(step, problem.clone())
}

/// The management profile that was given is not used, so what it was to show is not known.
fn owner_not_proven(step: StepId, refused: &NotTheOwner) -> Finding {
    let finding = match refused.why.refusal {
        // That is no fault of the profile's.
        OwnerRefusal::OrganizationNotRead => unknown(step, &refused.problem),
        _ => Finding::new(step, Fact::OwnerNotProven(refused.why.clone()), Verdict::Unknown(refused.problem.clone())),
    };
    finding.evidence([evidence_of(&refused.problem)])
}

/// The step is about an organization, and AWS says that there is none.
fn not_a_member(step: StepId, membership: &Recorded<Membership>) -> Option<Finding> {
    match membership.result {
        Ok(Membership::Standalone) => {
            Some(Finding::new(step, Fact::NotAMember, Verdict::NotApplicable).evidence([membership_fact(membership)]))
        }
        _ => None,
    }
}

/// The account that owns the organization, where AWS says which it is.
fn owner_of(membership: &Recorded<Membership>) -> Option<&str> {
    let Ok(Membership::Member(organization)) = &membership.result else { return None };
    organization.management_account.as_ref().map(AccountId::as_str)
}

fn membership_fact(answer: &Recorded<Membership>) -> Evidence {
    answer.told(said)
}

fn identity_fact(answer: &Recorded<Identity>) -> Evidence {
    answer.told(|identity| format!("These are the credentials of {}.", identity.arn))
}

fn details_fact(answer: &Recorded<AccountDetails>) -> Evidence {
    answer.told(|details| {
        let state = details
            .state
            .as_deref()
            .map_or_else(|| "The account's state is not told".to_owned(), |s| format!("The account is {s}"));
        match details.created_at {
            Some(created) => format!("{state}; it was created on {}.", minute(created)),
            None => format!("{state}; its creation date is not told."),
        }
    })
}

/// Says that these names, which may stand in `evidence`, are somebody's own.
fn naming<T: AsRef<str>>(evidence: Vec<Evidence>, names: impl IntoIterator<Item = T>) -> Vec<Evidence> {
    let mut evidence = evidence.into_iter();
    evidence.next().map(|first| first.naming(names)).into_iter().chain(evidence).collect()
}

/// A moment as people read it, to the minute, in UTC.
fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// The first items of a list in one sentence, and how many more there are.
fn listed<S: AsRef<str>>(items: &[S], shown: usize) -> String {
    let text = items.iter().take(shown).map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
    if items.len() > shown { format!("{text} and {} more", items.len() - shown) } else { text }
}
