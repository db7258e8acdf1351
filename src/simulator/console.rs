//! The practice console: what a person would do on a page of the AWS console, done to the practice account.
//!
//! Pages are told by path and fragment, whatever the partition's host. Each returns one or two sentences that say who did what.

use std::sync::Arc;

use super::account::{
    Account, AccountState, Agreement, Contact, Instrument, Session, Support, SupportPlan, Switch, User, Verification,
    WAITING_PERIOD_DAYS,
};
use super::policy::DeniedBy;
use super::server::Shared;

/// A handle on the practice console.
#[derive(Debug, Clone)]
pub struct Console {
    pub(super) shared: Arc<Shared>,
}

/// The pages on which something can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    SupportPlans,
    Account,
    PaymentMethods,
    OrganizationServices,
    ServiceControlPolicies,
    IamUsers,
    SecurityCredentials,
    IamRoles,
    Dashboard,
    Invitations,
    SignUp,
    WaitingPeriod,
    Projects,
}

impl Console {
    /// Does what a person would do on that page, and says what was done.
    #[must_use = "the answer is for the screen"]
    pub fn open(&self, url: &str) -> String {
        let done = match page(url) {
            Some(page) => act(&mut self.shared.account(), page),
            None => "nothing can be done on that page; it is only shown on the real one.".to_owned(),
        };
        format!("In the practice console: {done}")
    }

    /// The last code that the practice phone received.
    #[must_use]
    pub fn phone(&self) -> Option<String> {
        self.shared.account().phone.last.clone()
    }

    /// Signs in again, as `aws sso login` does: the session works from now on.
    #[must_use = "the answer is for the screen"]
    pub fn sign_in(&self) -> String {
        let mut account = self.shared.account();
        let before = std::mem::replace(&mut account.session, Session::Valid);
        let who = account.principal.name();
        match before {
            Session::Expired => format!("In the practice console: you signed in again as {who}; the new session works."),
            Session::Valid => format!("In the practice console: you signed in again as {who}; the old session still worked."),
        }
    }
}

fn page(url: &str) -> Option<Page> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (address, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    if address.trim_end_matches('/') == "settings.aws.com" {
        return Some(Page::Projects);
    }
    let (_, path) = address.split_once('/')?;
    let path = path.split('?').next().unwrap_or_default().trim_end_matches('/');
    let fragment = fragment.split('?').next().unwrap_or_default().trim_matches('/');
    let ends = |ending: &str| path.ends_with(ending);
    if ends("billing/home") {
        return match fragment {
            "account" => Some(Page::Account),
            "paymentpreferences" | "paymentmethods" | "paymentpreferences/paymentmethods" => Some(Page::PaymentMethods),
            _ => None,
        };
    }
    if ends("iam/home") {
        return match fragment {
            "security_credentials" => Some(Page::SecurityCredentials),
            _ if fragment.starts_with("users") => Some(Page::IamUsers),
            _ if fragment.starts_with("roles") => Some(Page::IamRoles),
            _ => None,
        };
    }
    let pages = [
        (ends("support/plans/home") || ends("support/plans"), Page::SupportPlans),
        (ends("organizations/v2/home/services") || path.contains("organizations/v2/home/delegated"), Page::OrganizationServices),
        (path.contains("organizations/v2/home/policies/service-control-policy"), Page::ServiceControlPolicies),
        (ends("organizations/v2/home/dashboard"), Page::Dashboard),
        (ends("organizations/v2/home/invitations"), Page::Invitations),
        (path.contains("aws/developer/registration") || ends("billing/signup"), Page::SignUp),
        (path.contains("orgs_reference_limits"), Page::WaitingPeriod),
    ];
    pages.into_iter().find_map(|(is_it, page)| is_it.then_some(page))
}

/// Carries the page's work out and says what was done, as the rest of a sentence.
fn act(account: &mut Account, page: Page) -> String {
    match page {
        Page::SupportPlans => support_plans(account),
        Page::Account => {
            let done = [complete_contact(account), activate_billing_access(account)];
            summary(done, "the contact information was complete and IAM access to billing already active")
        }
        Page::PaymentMethods => summary([add_card(account)], "a valid card was already on file"),
        Page::OrganizationServices => deregister(account),
        Page::ServiceControlPolicies => exempt(account),
        Page::IamUsers => make_rescue_user(account),
        Page::SecurityCredentials => secure_root(account),
        Page::IamRoles => delete_old_owners_roles(account),
        Page::Dashboard => show_dashboard(account),
        Page::Invitations => show_invitations(account),
        Page::SignUp => sign_up(account),
        Page::WaitingPeriod => let_days_pass(account),
        Page::Projects => open_project(account),
    }
}

fn summary<const N: usize>(done: [Option<String>; N], nothing: &str) -> String {
    match done.into_iter().flatten().collect::<Vec<_>>().as_slice() {
        [] => format!("there was nothing to do; {nothing}."),
        done => format!("{}.", done.join("; ")),
    }
}

fn support_plans(account: &mut Account) -> String {
    if account.support.plan.has_api() && !account.support.organization_wide {
        return "there was nothing to do; the account already has a paid support plan of its own.".to_owned();
    }
    account.support = Support { plan: SupportPlan::BusinessPlus, organization_wide: false };
    format!("you chose Business Support+ for {}, as a plan of its own.", account.name)
}

fn complete_contact(account: &mut Account) -> Option<String> {
    let own = Contact::default();
    // Contact data that came from the owner is complete, and still someone else's: only the phone number gives it away here.
    if account.contact.is_complete() && account.contact.verification == Verification::Verified {
        return None;
    }
    account.contact = own;
    let Contact { full_name, city, .. } = &account.contact;
    Some(format!("you entered the account's own address and phone number ({full_name}, {city}) and verified the phone by a code"))
}

fn activate_billing_access(account: &mut Account) -> Option<String> {
    let before = std::mem::replace(&mut account.iam_billing_access, Switch::On);
    (before == Switch::Off).then(|| "the root user activated IAM access to billing".to_owned())
}

fn add_card(account: &mut Account) -> Option<String> {
    if account.instruments.iter().any(|instrument| instrument.is_active() && instrument.accepted) {
        return None;
    }
    account.instruments.push(Instrument::card());
    Some(format!("you added a card to {} and made it the default payment method", account.name))
}

fn deregister(account: &mut Account) -> String {
    let services = std::mem::take(&mut account.delegated_services);
    if services.is_empty() {
        return format!("there was nothing to do; {} is no delegated administrator.", account.name);
    }
    format!("the owner deregistered {} as delegated administrator for {}.", account.name, services.join(", "))
}

fn exempt(account: &mut Account) -> String {
    if is_project(account) {
        return "nothing was changed: AWS manages this organization, and its policies are edited on settings.aws.com.".to_owned();
    }
    let before = account.denials.len();
    account.denials.retain(|denial| denial.by != DeniedBy::ServiceControlPolicy);
    if account.denials.len() == before {
        return format!("there was nothing to do; no service control policy stands in the way of {}.", account.name);
    }
    format!("the owner exempted {} from the service control policy that denied it.", account.name)
}

fn make_rescue_user(account: &mut Account) -> String {
    if account.users.iter().any(|user| user.password && user.mfa) {
        return "there was nothing to do; an IAM user with a password and MFA can already sign in.".to_owned();
    }
    account.users.retain(|user| user.name != "rescue");
    account.users.push(User { name: "rescue".to_owned(), path: "/".to_owned(), password: true, mfa: true });
    "you made the IAM user rescue with administrator rights, a console password and an MFA device.".to_owned()
}

fn secure_root(account: &mut Account) -> String {
    let root = &mut account.root;
    if root.password && root.mfa {
        return "there was nothing to do; the root user has a password and MFA.".to_owned();
    }
    let recovered = !root.password;
    root.password = true;
    root.mfa = true;
    if recovered {
        "the owner allowed password recovery for the root user. You set a password from the root mailbox and added an MFA device."
            .to_owned()
    } else {
        "you added an MFA device to the root user.".to_owned()
    }
}

fn delete_old_owners_roles(account: &mut Account) -> String {
    // Whoever deletes the role that carries the own session stands outside.
    let in_use = account.principal.is_role().then(|| account.principal.name());
    let (gone, kept) = std::mem::take(&mut account.roles)
        .into_iter()
        .partition::<Vec<_>, _>(|role| role.trusts_the_organization(account) && Some(&role.name) != in_use.as_ref());
    account.roles = kept;
    let names: Vec<String> = gone.into_iter().map(|role| role.name).collect();
    let own = account.all_roles().find(|role| Some(&role.name) == in_use.as_ref() && role.trusts_the_organization(account));
    let mut text = match names.as_slice() {
        [] => "there was nothing to delete.".to_owned(),
        [one] => format!("you deleted the role {one}, which trusted the old owner."),
        several => format!("you deleted the roles {}, which trusted the old owner.", several.join(", ")),
    };
    if let Some(own) = own {
        text += " The role ";
        text += &own.name;
        text += " trusts the old owner too, but you are signed in with it, so it stays for now.";
    }
    text
}

fn show_dashboard(account: &Account) -> String {
    if account.member {
        let owner = &account.organization.management_account_name;
        format!("{} is a member of the organization of {owner}. The button that leaves it is not practised here.", account.name)
    } else {
        format!("{} is in no organization.", account.name)
    }
}

fn show_invitations(account: &Account) -> String {
    let open = account.invitations.iter().find(|invitation| invitation.state == "OPEN");
    match open {
        None => "there is no open invitation.".to_owned(),
        Some(invitation) => format!(
            "there is an open invitation from {} ({}). Accepting is not practised here.",
            invitation.management_account_name, invitation.organization_id
        ),
    }
}

fn sign_up(account: &mut Account) -> String {
    let mut chosen = None;
    if account.support.plan == SupportPlan::NeverChosen {
        account.support.plan = SupportPlan::Basic;
        chosen = Some("you chose the Basic support plan".to_owned());
    }
    let agreement = std::mem::replace(&mut account.agreement, Agreement::Accepted);
    let agreed = (agreement == Agreement::Missing).then(|| "you accepted the AWS Customer Agreement".to_owned());
    let mut activated = None;
    if account.state == AccountState::PendingActivation {
        account.state = AccountState::Active;
        activated = Some("AWS activated the account".to_owned());
    }
    let done = [complete_contact(account), add_card(account), chosen, agreed, activated];
    summary(done, "the sign-up was already complete")
}

/// What AWS's policies deny the accounts of its sign-up for projects, by the ids of their statements.
const BLOCK_ORG_ESCAPE: &str = "BlockOrgEscape";

/// Those that end when the account's advanced features are activated.
///
/// Source: AWS Account Management Reference Guide, SCPs and RCPs for projects, read 2026-11-29.
const ENDS_WITH_ACTIVATION: [&str; 2] = ["BlockAccountManagementAPIs", "DenyBillingOperations"];

fn open_project(account: &mut Account) -> String {
    if !is_project(account) {
        return format!("there was nothing to do; {} is not a project.", account.name);
    }
    // The policies over contact and billing data end with the activation; those of the tiers stay.
    account.denials.retain(|denial| !denial.sid.as_deref().is_some_and(|sid| ENDS_WITH_ACTIVATION.contains(&sid)));
    for denial in account.denials.iter_mut().filter(|denial| denial.sid.as_deref() == Some(BLOCK_ORG_ESCAPE)) {
        denial.actions.retain(|action| action != "organizations:LeaveOrganization");
    }
    "you activated advanced features, which cannot be undone and ends the policies over contact and billing data. Then you removed \
     organizations:LeaveOrganization from BlockOrgEscape."
        .to_owned()
}

fn is_project(account: &Account) -> bool {
    account.denials.iter().any(|denial| denial.sid.as_deref() == Some(BLOCK_ORG_ESCAPE))
}

fn let_days_pass(account: &mut Account) -> String {
    if account.created_days_ago > WAITING_PERIOD_DAYS {
        return "there was nothing to wait for; the account is old enough.".to_owned();
    }
    account.created_days_ago = WAITING_PERIOD_DAYS + 1.0;
    "the practice clock let the days of the waiting period pass; the account is now five days old.".to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::account::{Invitation, Root};
    use super::super::leave::leave_organization;
    use super::super::policy::{Denial, denial};
    use super::super::principal::{Principal, PrincipalKind};
    use super::super::scenario::Scenario;
    use super::super::trust::Role;
    use super::*;

    #[test]
    fn pages_are_known_by_their_path_in_every_partition() {
        for (url, expected) in [
            ("https://console.aws.amazon.com/support/plans/home", Some(Page::SupportPlans)),
            ("https://console.aws.amazon.com/billing/home?#/account", Some(Page::Account)),
            ("https://console.amazonaws.cn/billing/home#/account", Some(Page::Account)),
            ("https://console.aws.amazon.com/billing/home#/paymentpreferences", Some(Page::PaymentMethods)),
            ("https://console.aws.amazon.com/organizations/v2/home/services", Some(Page::OrganizationServices)),
            (
                "https://console.aws.amazon.com/organizations/v2/home/policies/service-control-policy",
                Some(Page::ServiceControlPolicies),
            ),
            ("https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#/users", Some(Page::IamUsers)),
            ("https://console.aws.amazon.com/iam/home#/users/create", Some(Page::IamUsers)),
            ("https://console.amazonaws-us-gov.com/iam/home#/security_credentials", Some(Page::SecurityCredentials)),
            ("https://console.aws.amazon.com/iam/home#/roles", Some(Page::IamRoles)),
            ("https://console.aws.amazon.com/organizations/v2/home/dashboard", Some(Page::Dashboard)),
            ("https://console.aws.amazon.com/organizations/v2/home/invitations", Some(Page::Invitations)),
            (
                "https://portal.aws.amazon.com/gp/aws/developer/registration/index.html?client=organizations&enforcePI=True",
                Some(Page::SignUp),
            ),
            ("https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html", Some(Page::WaitingPeriod)),
            ("https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_leave-as-member.html", None),
            ("https://settings.aws.com/", Some(Page::Projects)),
            ("https://console.aws.amazon.com/billing/home#/freetier/upgrade", None),
            ("", None),
        ] {
            assert_eq!(page(url), expected, "{url}");
        }
    }

    fn broken() -> Account {
        Account {
            created_days_ago: 1.0,
            instruments: Vec::new(),
            agreement: Agreement::Missing,
            iam_billing_access: Switch::Off,
            delegated_services: vec!["config.amazonaws.com".to_owned()],
            denials: vec![Denial::new(DeniedBy::ServiceControlPolicy, &["organizations:LeaveOrganization"])],
            support: Support { plan: SupportPlan::NeverChosen, organization_wide: false },
            contact: Contact { verification: Verification::Unverified, ..Contact::default() },
            users: Vec::new(),
            root: Root { password: false, mfa: false, access_keys: false },
            roles: vec![Role {
                name: "OrganizationAccountAccessRole".to_owned(),
                path: "/".to_owned(),
                trusts: vec!["management-account".to_owned()],
                ..Role::default()
            }],
            ..Account::default()
        }
    }

    #[test]
    fn every_page_puts_right_what_is_wrong_and_then_has_nothing_left_to_do() {
        let mut account = broken();
        for (page, word) in [
            (Page::WaitingPeriod, "five days old"),
            (Page::Account, "verified the phone"),
            (Page::PaymentMethods, "added a card"),
            (
                Page::OrganizationServices,
                "the owner deregistered payments-prod as delegated administrator for config.amazonaws.com.",
            ),
            (Page::ServiceControlPolicies, "the owner exempted payments-prod"),
            (Page::IamUsers, "IAM user rescue"),
            (Page::SecurityCredentials, "password recovery"),
            (Page::IamRoles, "deleted the role OrganizationAccountAccessRole"),
            (Page::SignUp, "Basic support plan; you accepted the AWS Customer Agreement."),
            (Page::SupportPlans, "Business Support+"),
        ] {
            let text = act(&mut account, page);
            assert!(text.contains(word), "{page:?}: {text}");
            let again = act(&mut account, page);
            assert!(again.starts_with("there was nothing to"), "{page:?}: {again}");
        }
        let now = account.started_at;
        assert!(leave_organization(&mut account, now).is_ok());
    }

    #[test]
    fn every_built_in_scenario_can_be_walked_to_the_end() {
        let pages = [
            Page::SignUp,
            Page::Account,
            Page::PaymentMethods,
            Page::SupportPlans,
            Page::OrganizationServices,
            Page::ServiceControlPolicies,
            Page::IamUsers,
            Page::SecurityCredentials,
            Page::IamRoles,
            Page::WaitingPeriod,
            Page::Projects,
        ];
        for scenario in Scenario::all() {
            let mut account = scenario.account.clone();
            for page in pages {
                let _ = act(&mut account, page);
            }
            let (now, could_leave) = (account.started_at, account.member && !account.is_management_account());
            let denied = denial(&account, "organizations:LeaveOrganization").is_some();
            let left = leave_organization(&mut account, now).is_ok();
            assert_eq!(left && !denied, could_leave, "{}", scenario.name);
        }
    }

    #[test]
    fn the_dashboard_shows_the_membership_and_leaves_it_alone() {
        let mut account = Account::default();
        assert!(
            act(&mut account, Page::Dashboard).starts_with("payments-prod is a member of the organization of Northwind Holding.")
        );
        assert!(account.member);
        account.leave();
        assert_eq!(act(&mut account, Page::Dashboard), "payments-prod is in no organization.");
    }

    #[test]
    fn the_account_page_also_activates_billing_access() {
        let mut account = Account { iam_billing_access: Switch::Off, ..Account::default() };
        assert_eq!(act(&mut account, Page::Account), "the root user activated IAM access to billing.");
    }

    #[test]
    fn the_role_one_is_signed_in_with_is_not_deleted() {
        let mut account = broken();
        account.principal = Principal { kind: PrincipalKind::OrganizationAccessRole, ..Principal::default() };
        let text = act(&mut account, Page::IamRoles);
        assert!(text.contains("you are signed in with it"), "{text}");
        assert_eq!(account.roles.len(), 1);
    }

    #[test]
    fn an_invitation_is_shown_and_not_accepted() {
        let mut account = Account::default();
        assert_eq!(act(&mut account, Page::Invitations), "there is no open invitation.");
        account.invitations.push(Invitation {
            id: "h-1".to_owned(),
            organization_id: "o-zz".to_owned(),
            management_account_id: "1".to_owned(),
            management_account_name: "Contoso".to_owned(),
            management_email: "a@contoso.example".to_owned(),
            sent_days_ago: 1.0,
            state: "OPEN".to_owned(),
        });
        assert!(act(&mut account, Page::Invitations).contains("Contoso (o-zz). Accepting is not practised here."));
        assert!(account.member);
    }
}
