//! Whether AWS lets the account go, and if not, in which words.
//!
//! AWS documents no order among the prerequisites; the order here is ours. `ConstraintViolationException` has no reason for the support
//! plan and the contact: AWS then sends its general text alone.

use jiff::Timestamp;

use super::account::{Account, AccountState, Agreement, SupportPlan, Verification};
use super::reply::Failure;

/// AWS's general text for a sign-up that is not complete. Source: public reports of `RemoveAccountFromOrganization`.
const PREREQUISITES: &str = "The member account is missing one or more of the prerequisites required to operate as a standalone account. \
    To add what is missing, sign-in to the member account using the AWS Organizations console, then select to leave the organization. \
    You will then be prompted to enter any missing information.";

/// Ends the membership, or says why AWS would not. Nothing else ends it.
pub(super) fn leave_organization(account: &mut Account, now: Timestamp) -> Result<(), Failure> {
    if !account.member {
        return Err(Failure::not_in_use());
    }
    if account.is_management_account() {
        return Err(management_account_cannot_leave());
    }
    if let Some((reason, message)) = refusal(account, now) {
        let failure = Failure::new("ConstraintViolationException", message);
        return Err(match reason {
            Some(reason) if account.refusals_carry_reasons => failure.with_member("Reason", reason),
            _ => failure,
        });
    }
    account.leave();
    Ok(())
}

/// The management account's answer, whoever asks in its name. Source of the text: API reference of the exception.
pub(super) fn management_account_cannot_leave() -> Failure {
    Failure::new(
        "MasterCannotLeaveOrganizationException",
        "You can't remove a management account from an organization. If you want the management account to become a member account in \
         another organization, you must first delete the current organization of the management account.",
    )
}

fn refusal(account: &Account, now: Timestamp) -> Option<(Option<&'static str>, &'static str)> {
    let reason = |reason, message| Some((Some(reason), message));
    if matches!(account.state, AccountState::Suspended | AccountState::Closed) {
        return reason("ACCOUNT_CANNOT_LEAVE_ORGANIZATION", "The account is not active and cannot leave the organization.");
    }
    if account.is_delegated_administrator() {
        return reason(
            "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
            "You cannot remove a delegated administrator from the organization without de-registering the account.",
        );
    }
    if account.must_wait(now) {
        // Two spaces: that is how AWS writes it.
        return reason("WAIT_PERIOD_ACTIVE", "This operation requires a wait period.  Try again later.");
    }
    if account.agreement == Agreement::Missing {
        return reason(
            "ACCOUNT_CANNOT_LEAVE_WITHOUT_EULA",
            "The account must accept the AWS Customer Agreement before it can leave.",
        );
    }
    let mut active = account.instruments.iter().filter(|instrument| instrument.is_active()).peekable();
    if active.peek().is_none() {
        return reason(
            "MEMBER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED",
            "The member account must be configured with a valid payment method, such as a credit card",
        );
    }
    if !active.any(|instrument| instrument.accepted) {
        return reason(
            "INVALID_PAYMENT_INSTRUMENT",
            "The account cannot be removed because no supported payment method is associated with it.",
        );
    }
    if account.contact.on_file && matches!(account.contact.verification, Verification::Unverified | Verification::Pending) {
        return reason(
            "ACCOUNT_CANNOT_LEAVE_WITHOUT_PHONE_VERIFICATION",
            "The account must complete phone verification before it can leave the organization.",
        );
    }
    let signed_up = account.contact.is_complete() && account.support.plan != SupportPlan::NeverChosen;
    (!signed_up || account.state == AccountState::PendingActivation).then_some((None, PREREQUISITES))
}

#[cfg(test)]
mod tests {
    use super::super::account::{Contact, JoinedMethod, Organization, Support};
    use super::*;

    /// What the account answers: the reason, or the code when there is none, and the start of the message.
    fn answer(change: impl FnOnce(&mut Account)) -> (String, String) {
        let mut account = Account::default();
        change(&mut account);
        let now = account.started_at;
        match leave_organization(&mut account, now) {
            Ok(()) => {
                assert!(!account.member);
                ("left".to_owned(), String::new())
            }
            Err(failure) => {
                let reason = failure.members.get("Reason").and_then(|reason| reason.as_str()).unwrap_or(&failure.code);
                (reason.to_owned(), failure.message.chars().take(30).collect())
            }
        }
    }

    #[test]
    fn every_prerequisite_has_its_answer() {
        type Change = fn(&mut Account);
        let table: [(Change, &str, &str); 16] = [
            (|_| {}, "left", ""),
            (|a| a.instruments.clear(), "MEMBER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED", "The member account must be con"),
            (|a| a.instruments[0].accepted = false, "INVALID_PAYMENT_INSTRUMENT", "The account cannot be removed "),
            (|a| a.created_days_ago = 2.0, "WAIT_PERIOD_ACTIVE", "This operation requires a wait"),
            (
                |a| {
                    a.created_days_ago = 2.0;
                    a.joined = JoinedMethod::Invited;
                },
                "left",
                "",
            ),
            (
                |a| a.delegated_services = vec!["config.amazonaws.com".to_owned()],
                "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
                "You cannot remove a delegated ",
            ),
            (
                |a| a.contact.verification = Verification::Unverified,
                "ACCOUNT_CANNOT_LEAVE_WITHOUT_PHONE_VERIFICATION",
                "The account must complete phon",
            ),
            (
                |a| a.contact.verification = Verification::Pending,
                "ACCOUNT_CANNOT_LEAVE_WITHOUT_PHONE_VERIFICATION",
                "The account must complete phon",
            ),
            (|a| a.contact.verification = Verification::NotSupported, "left", ""),
            (|a| a.agreement = Agreement::Missing, "ACCOUNT_CANNOT_LEAVE_WITHOUT_EULA", "The account must accept the AW"),
            (|a| a.support.plan = SupportPlan::NeverChosen, "ConstraintViolationException", "The member account is missing "),
            (|a| a.support = Support { plan: SupportPlan::Basic, organization_wide: false }, "left", ""),
            (
                |a| a.contact = Contact { on_file: false, ..Contact::default() },
                "ConstraintViolationException",
                "The member account is missing ",
            ),
            (|a| a.state = AccountState::Suspended, "ACCOUNT_CANNOT_LEAVE_ORGANIZATION", "The account is not active and "),
            (|a| a.member = false, "AWSOrganizationsNotInUseException", "Your account is not a member o"),
            (
                |a| a.organization = Organization { management_account_id: a.id.clone(), ..Organization::default() },
                "MasterCannotLeaveOrganizationException",
                "You can't remove a management ",
            ),
        ];
        for (row, (change, reason, message)) in table.into_iter().enumerate() {
            assert_eq!(answer(change), (reason.to_owned(), message.to_owned()), "row {row}");
        }
    }

    #[test]
    fn a_refused_leave_changes_nothing() {
        let mut account = Account { instruments: Vec::new(), ..Account::default() };
        let now = account.started_at;
        assert!(leave_organization(&mut account, now).is_err());
        assert!(account.member && !account.tags.is_empty());
    }

    #[test]
    fn reasons_can_be_left_out_as_some_of_awss_answers_do() {
        let change = |a: &mut Account| {
            a.instruments.clear();
            a.refusals_carry_reasons = false;
        };
        assert_eq!(answer(change).0, "ConstraintViolationException");
    }
}
