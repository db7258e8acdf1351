//! `delegated-administrator`: does the organization run a service through this account?

use aws_sdk_organizations::types::DelegatedService;

use crate::aws::check_run::CheckRun;
use crate::aws::read_clients::{LIST_DELEGATED_SERVICES, ReadClients};
use crate::checklist::facts::DelegatedAdministratorFact::{NoServices, NotRegistered, NotToldAsAPlainMember, Registered};
use crate::checklist::facts::{DelegatedAdministratorLine, Few};
use crate::checklist::{AccountId, Evidence, Finding, Problem, ProblemKind, StepId, Verdict};

use super::many::every_page;
use super::{identity_fact, listed, not_a_member, owner_not_proven, unknown};

const STEP: StepId = StepId::DelegatedAdministrator;

/// More pages than services that can be delegated.
const MOST_PAGES: usize = 10;

pub(super) async fn check(round: &CheckRun) -> Finding {
    let (membership, identity, owner) = tokio::join!(round.membership(), round.identity(), round.management());
    if let Some(finding) = not_a_member(STEP, membership) {
        return finding;
    }
    let caller = match &identity.result {
        Ok(caller) => caller,
        Err(problem) => return unknown(STEP, problem).evidence([identity_fact(identity)]),
    };
    match owner {
        Some(Err(refused)) => owner_not_proven(STEP, &refused),
        Some(Ok(owner)) => {
            let (services, evidence) = delegated(owner.questions, &caller.account).await;
            judge(services, true, &caller.account).evidence(owner.evidence).evidence(evidence)
        }
        None => {
            let (services, evidence) = delegated(&round.member, &caller.account).await;
            match services {
                // Who got a first page is no plain member, and a refusal of the second says something else.
                Err(problem) if evidence.len() > 1 => unknown(STEP, &problem).evidence(evidence),
                services => judge(services, false, &caller.account).evidence(evidence),
            }
        }
    }
}

fn judge(services: Result<Vec<String>, Problem>, asked_as_owner: bool, account: &AccountId) -> Finding {
    match services {
        Ok(services) if !services.is_empty() => {
            let (few, count) = (Few::of(services.iter().cloned(), 5), services.len());
            Finding::new(STEP, Registered { services: few, count, account: account.clone() }, Verdict::Unmet)
                .lines(services.into_iter().map(|service| DelegatedAdministratorLine::Service { service }))
        }
        Ok(_) if asked_as_owner => Finding::new(STEP, NotRegistered, Verdict::Met),
        // A member may be let in to ask by the organization's resource policy, whether or not it is registered.
        Ok(_) => Finding::new(STEP, NoServices, Verdict::Met).predicted(),
        Err(problem) if problem.code.as_deref() == Some("AccountNotRegisteredException") => {
            Finding::new(STEP, NotRegistered, Verdict::Met)
        }
        // This is how Organizations answers an account that is neither owner nor delegated administrator.
        Err(problem) if problem.kind == ProblemKind::NotEligible && !asked_as_owner => {
            Finding::new(STEP, NotToldAsAPlainMember, Verdict::Met).predicted()
        }
        Err(problem) => unknown(STEP, &problem),
    }
}

/// The services, page by page. What was listed is listed, whatever the next page says.
async fn delegated(questions: &ReadClients, account: &AccountId) -> (Result<Vec<String>, Problem>, Vec<Evidence>) {
    let mut services = every_page(
        LIST_DELEGATED_SERVICES,
        MOST_PAGES,
        |page| questions.delegated_services(account, page),
        |output| {
            let services = output.delegated_services().iter().filter_map(DelegatedService::service_principal);
            (services.map(str::to_owned).collect(), output.next_token().map(str::to_owned))
        },
        |names: &[String]| {
            if names.is_empty() { "No service is listed.".to_owned() } else { format!("Listed: {}.", listed(names, 10)) }
        },
    )
    .await;
    let evidence = std::mem::take(&mut services.evidence);
    (services.anything("AWS kept sending empty pages."), evidence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checklist::{Confidence, VerdictKind};
    use jiff::Timestamp;

    fn judged(services: Result<Vec<String>, Problem>, asked_as_owner: bool) -> (String, VerdictKind, Confidence) {
        let account = "412098765432".parse().unwrap();
        let finding = judge(services, asked_as_owner, &account);
        (finding.found.name().to_owned(), finding.verdict.kind(), finding.confidence)
    }

    #[test]
    fn an_empty_list_proves_it_only_to_the_owner() {
        assert_eq!(judged(Ok(Vec::new()), true), ("not-registered".into(), VerdictKind::Met, Confidence::Proven));
        assert_eq!(judged(Ok(Vec::new()), false), ("no-services".into(), VerdictKind::Met, Confidence::Predicted));
    }

    #[test]
    fn the_bare_refusal_says_something_about_a_member_and_nothing_about_an_owner() {
        let bare = || {
            Problem::here(ProblemKind::NotEligible, "organizations:ListDelegatedServicesForAccount", "", Timestamp::UNIX_EPOCH)
        };
        let member = judged(Err(bare()), false);
        assert_eq!(member, ("not-told-as-a-plain-member".into(), VerdictKind::Met, Confidence::Predicted));
        assert_eq!(judged(Err(bare()), true).1, VerdictKind::Unknown);
    }
}
