//! `payment-method`: does the account have a payment method of its own? No API shows it, so a person must say.

use crate::aws::round::Round;
use crate::checklist::{Draft, StepId, Verdict};

use super::details_fact;

const STEP: StepId = StepId::PaymentMethod;

pub(super) async fn check(round: &Round) -> Draft {
    // The account's state is a hint and no more: without it, the answer is the same.
    let details = round.details().await;
    let state = details.result.as_ref().ok().and_then(|details| details.state.clone());
    let rule = if state.as_deref() == Some("PENDING_ACTIVATION") { "sign-up-incomplete" } else { "nothing-shows-it" };
    Draft::new(STEP, rule, Verdict::NeedsYou)
        .value("state", state)
        .value("partition", super::partition_name(round.partition()))
        .evidence([details_fact(details)])
}
