//! `payment-method`: does the account have a payment method of its own?
//!
//! AWS Payments lists them. Where it does not answer these credentials or this network, a person must say.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::aws::check_run::CheckRun;
use crate::aws::read_clients::{
    ANOTHER, Balance, GET_ACCOUNT_BALANCE, INVALID_ACCOUNT_STATE, LIST_PAYMENT_INSTRUMENTS, PaymentInstrument, UNSUPPORTED_ACTION,
};
use crate::aws::signed::UNKNOWN_OPERATION;
use crate::checklist::facts::PaymentMethodFact::{
    AccountCannotPay, Active, None as NoneThere, NoneActive, NotShown, SignUpIncomplete, UnfamiliarStatus,
};
use crate::checklist::facts::{Few, Own, PaymentMethodLine, PaymentsNotShown};
use crate::checklist::{AccountId, Finding, Problem, ProblemKind, StepId, Verdict, texts};

use crate::untrusted::sanitize_to;

use super::many::{Listed, every_page};
use super::{details_fact, identity_fact, listed, unknown};

const STEP: StepId = StepId::PaymentMethod;

/// The status of an instrument that AWS can use. It does not say that a payment will succeed.
///
/// Source: botocore 1.44.8, `payments` 2026-09-23, `PaymentInstrumentStatus`.
const ACTIVE: &str = "ACTIVE";

/// The statuses of instruments that AWS cannot use. Source: as above.
const NOT_USABLE: [&str; 3] = ["PENDING_SETUP", "SETUP_IN_PROGRESS", "INVALID"];

const MOST_SUMS: usize = 5;

/// The most characters of a word of AWS's that is not known here.
const LONGEST_WORD: usize = 60;

pub(super) async fn check(round: &CheckRun) -> Finding {
    let identity = round.identity().await;
    let caller = match &identity.result {
        Ok(caller) => caller,
        Err(problem) => return unknown(STEP, problem).evidence([identity_fact(identity)]),
    };
    let (instruments, past_due, details) = tokio::join!(instruments(round, &caller.account), past_due(round), round.details());
    // The account's state is a hint and no more: without it, the answer is the same.
    let state = details.result.as_ref().ok().and_then(|details| details.state.as_deref());
    let Listed { entries, problem, evidence, .. } = instruments;
    let (active, others): (Vec<_>, Vec<_>) = entries.into_iter().partition(|instrument| instrument.status == ACTIVE);
    let shown = if active.is_empty() { &others } else { &active };
    let instruments = Few::of(kinds(shown), MOST_KINDS);
    let told = state.map(str::to_owned);
    let finding = match &problem {
        _ if !active.is_empty() => {
            // Of a list that broke off, nobody knows what else is new in it.
            let known = if problem.is_none() { active.as_slice() } else { &[] };
            let known = known.iter().map(|instrument| digest(&instrument.arn)).collect();
            Finding::new(STEP, Active { instruments, known }, Verdict::Met).predicted()
        }
        Some(problem) if problem.code.as_deref() == Some(INVALID_ACCOUNT_STATE) => {
            Finding::new(STEP, AccountCannotPay { state: told }, Verdict::Unmet).predicted()
        }
        Some(problem) => match (not_shown(problem), told) {
            (Some(_), Some(state)) if state == "PENDING_ACTIVATION" => {
                Finding::new(STEP, SignUpIncomplete { state }, Verdict::NeedsYou)
            }
            (Some(why), state) => {
                let (caller, host) = (Own::of_kind(&caller.short()), round.member.payments_host());
                Finding::new(STEP, NotShown { why, state, caller, host }, Verdict::NeedsYou)
            }
            (None, _) => unknown(STEP, problem),
        },
        None if others.is_empty() => Finding::new(STEP, NoneThere { state: told }, Verdict::Unmet).predicted(),
        None if others.iter().all(|instrument| NOT_USABLE.contains(&instrument.status.as_str())) => {
            Finding::new(STEP, NoneActive { instruments }, Verdict::Unmet).predicted()
        }
        None => Finding::new(STEP, UnfamiliarStatus { instruments }, Verdict::NeedsYou),
    };
    let sums = past_due.entries.iter().filter(|sum| sum.is_due()).take(MOST_SUMS).map(|sum| PaymentMethodLine::PastDue {
        amount: sum.amount.in_words(),
        seller: sanitize_to(&sum.merchant_of_record, LONGEST_WORD),
    });
    finding.lines(sums).evidence(evidence).evidence(past_due.evidence).evidence([details_fact(details)])
}

async fn instruments(round: &CheckRun, account: &AccountId) -> Listed<PaymentInstrument> {
    let is_own = |instrument: &PaymentInstrument| instrument.account() == Some(account.as_str());
    let mut listed = every_page(
        LIST_PAYMENT_INSTRUMENTS,
        texts::rules().bounds.payment_pages,
        |page| round.member.payment_instruments(page),
        |page| (page.payment_instrument_summaries, page.next_token),
        |instruments| {
            let own: Vec<PaymentInstrument> = instruments.iter().filter(|one| is_own(one)).cloned().collect();
            match listed(&kinds(&own), MOST_KINDS) {
                words if words.is_empty() => "No payment methods listed in this part of the list.".to_owned(),
                words => format!("Payment methods: {words}."),
            }
        },
    )
    .await;
    let malformed = |why: &str| Some(Problem::malformed(LIST_PAYMENT_INSTRUMENTS, why, round.now()));
    let all = listed.entries.len();
    listed.entries.retain(is_own);
    // Where others are listed, that none of its own can be used proves nothing.
    if listed.entries.len() < all {
        listed.problem = malformed(ANOTHER);
    }
    // AWS documents no order.
    listed.entries.sort_by(|one, other| (&one.arn, &one.status).cmp(&(&other.arn, &other.status)));
    listed.entries.dedup();
    if listed.entries.windows(2).any(|pair| pair[0].arn == pair[1].arn) {
        listed.entries.clear();
        listed.problem = malformed("The answer lists one thing twice, with different statuses.");
    }
    listed
}

/// What tells one payment method from another, and tells nothing else.
fn digest(arn: &str) -> String {
    Sha256::digest(arn).iter().take(6).fold(String::new(), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What the account owes and should have paid. Where that is not told, nothing follows from it.
async fn past_due(round: &CheckRun) -> Listed<Balance> {
    every_page(
        GET_ACCOUNT_BALANCE,
        texts::rules().bounds.payment_pages,
        |page| round.member.past_due(page),
        |page| (page.account_balances, page.next_token),
        |sums| {
            let amounts: Vec<String> = sums.iter().filter(|sum| sum.is_due()).map(|sum| sum.amount.in_words()).collect();
            if amounts.is_empty() {
                "No past-due invoices listed.".to_owned()
            } else {
                format!("Past due: {}.", listed(&amounts, 5))
            }
        },
    )
    .await
}

/// Why AWS Payments does not answer these credentials or this network. Everything else can be tried again.
fn not_shown(problem: &Problem) -> Option<PaymentsNotShown> {
    match problem.kind {
        ProblemKind::DeniedByIdentityPolicy
        | ProblemKind::DeniedByBoundary
        | ProblemKind::DeniedBySessionPolicy
        | ProblemKind::Denied
        | ProblemKind::NotEligible => Some(PaymentsNotShown::Denied),
        ProblemKind::DeniedByServiceControlPolicy | ProblemKind::DeniedByResourceControlPolicy => {
            Some(PaymentsNotShown::DeniedByOrganization)
        }
        ProblemKind::DeniedByEndpointPolicy => Some(PaymentsNotShown::DeniedByNetwork),
        ProblemKind::BillingAccessOff => Some(PaymentsNotShown::SwitchedOff),
        ProblemKind::Unreachable | ProblemKind::Intercepted => Some(PaymentsNotShown::NotReachable),
        ProblemKind::NotSubscribed => Some(PaymentsNotShown::NoSuchService),
        _ if problem.code.as_deref().is_some_and(|code| NO_SUCH_SERVICE.contains(&code)) => Some(PaymentsNotShown::NoSuchService),
        _ => None,
    }
}

/// The codes by which an endpoint says that it does not know the call.
const NO_SUCH_SERVICE: [&str; 2] = [UNKNOWN_OPERATION, UNSUPPORTED_ACTION];

const MOST_KINDS: usize = 5;

/// The payment methods, each kind with its status where that is not the best one, and how many there are of it.
fn kinds(instruments: &[PaymentInstrument]) -> Vec<String> {
    let mut kinds: Vec<(String, usize)> = Vec::new();
    for instrument in instruments {
        let kind = sanitize_to(kind(&instrument.payment_method), LONGEST_WORD);
        let words = match instrument.status.as_str() {
            ACTIVE => kind,
            status => format!("{kind} ({})", sanitize_to(status, LONGEST_WORD)),
        };
        match kinds.iter_mut().find(|(known, _)| *known == words) {
            Some((_, count)) => *count += 1,
            None => kinds.push((words, 1)),
        }
    }
    let each = |(words, count): &(String, usize)| if *count == 1 { words.clone() } else { format!("{count} × {words}") };
    kinds.iter().map(each).collect()
}

/// A payment method as people know it; one that is not known here, in AWS's words.
///
/// Source: botocore 1.44.8, `payments` 2026-09-23, `PaymentMethod`.
fn kind(method: &str) -> &str {
    match method {
        "CARD" => "card",
        "US_ACH_BANK_ACCOUNT" => "US bank account (ACH)",
        "SEPA_BANK_ACCOUNT" => "bank account (SEPA Direct Debit)",
        "UK_BACS_BANK_ACCOUNT" => "UK bank account (Bacs Direct Debit)",
        "IN_NET_BANKING" => "India net banking",
        "CN_BANK_REDIRECT" => "China bank redirect",
        "UPI" => "UPI",
        "PIX" => "Pix",
        "PAY_BY_INVOICE" => "pay by invoice",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instrument(method: &str, status: &str) -> PaymentInstrument {
        PaymentInstrument {
            arn: "arn:aws:payments::123456789012:payment-instrument:a-1".to_owned(),
            payment_method: method.to_owned(),
            status: status.to_owned(),
        }
    }

    #[test]
    fn an_instrument_tells_its_account_by_its_arn_and_nothing_where_that_is_none() {
        let told = instrument("CARD", ACTIVE);
        assert_eq!(told.account(), Some("123456789012"));
        for arn in [
            "",
            "arn:aws:s3:::a:payments::123456789012:payment-instrument:a-1",
            "a-1",
            "arn:aws:iam::123456789012:role/a",
            "arn:aws:payments::123456789012:invoice:a-1",
        ] {
            assert_eq!(PaymentInstrument { arn: arn.to_owned(), ..instrument("CARD", ACTIVE) }.account(), None, "{arn}");
        }
    }

    #[test]
    fn what_is_on_file_is_told_by_kind_and_number() {
        let several =
            [instrument("CARD", ACTIVE), instrument("CARD", ACTIVE), instrument("UPI", "INVALID"), instrument("NEW", ACTIVE)];
        assert_eq!(listed(&kinds(&several), MOST_KINDS), "2 × card, UPI (INVALID), NEW");
        assert_eq!(listed(&kinds(&[]), MOST_KINDS), "");
    }
}
