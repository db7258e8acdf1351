//! Who calls: root, an IAM user, or one of the roles people work with, and the ARNs AWS knows them by.

use serde::Deserialize;

use super::account::Account;

/// The identity behind the member's credentials.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Principal {
    pub kind: PrincipalKind,
    /// The name of the user or role; the kind's usual one by default.
    pub name: Option<String>,
    /// The IAM path; the kind's usual one by default.
    pub path: Option<String>,
    pub session: Option<String>,
}

/// The kinds of identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrincipalKind {
    Root,
    User,
    /// An assumed role of the account's own.
    #[default]
    Role,
    /// A permission set of the organization's IAM Identity Center.
    Sso,
    /// The role that the management account's people assume.
    OrganizationAccessRole,
}

impl Principal {
    pub(super) fn name(&self) -> String {
        self.name.clone().unwrap_or_else(|| {
            match self.kind {
                PrincipalKind::Root => "root",
                PrincipalKind::User => "maria.keller",
                PrincipalKind::Role => "PlatformAdmin",
                PrincipalKind::Sso => "AWSReservedSSO_AdministratorAccess_0f3c1d2e4b5a6978",
                PrincipalKind::OrganizationAccessRole => "OrganizationAccountAccessRole",
            }
            .to_owned()
        })
    }

    pub(super) fn path(&self) -> String {
        self.path.clone().unwrap_or_else(|| {
            match self.kind {
                PrincipalKind::Role => "/platform/",
                PrincipalKind::Sso => "/aws-reserved/sso.amazonaws.com/eu-central-1/",
                PrincipalKind::Root | PrincipalKind::User | PrincipalKind::OrganizationAccessRole => "/",
            }
            .to_owned()
        })
    }

    pub(super) fn is_role(&self) -> bool {
        matches!(self.kind, PrincipalKind::Role | PrincipalKind::Sso | PrincipalKind::OrganizationAccessRole)
    }

    fn session(&self) -> String {
        self.session.clone().unwrap_or_else(|| "maria.keller".to_owned())
    }

    /// The ARN that `sts:GetCallerIdentity` returns and denials name: for a role the session, without the role's path.
    pub(super) fn caller_arn(&self, account: &Account) -> String {
        match self.kind {
            PrincipalKind::Root => account.arn("iam", "root"),
            PrincipalKind::User => self.iam_arn(account),
            PrincipalKind::Role | PrincipalKind::Sso | PrincipalKind::OrganizationAccessRole => {
                account.arn("sts", &format!("assumed-role/{}/{}", self.name(), self.session()))
            }
        }
    }

    /// The ARN of the user or role itself, with its path.
    pub(super) fn iam_arn(&self, account: &Account) -> String {
        match self.kind {
            PrincipalKind::Root => account.arn("iam", "root"),
            PrincipalKind::User => account.arn("iam", &format!("user{}{}", self.path(), self.name())),
            PrincipalKind::Role | PrincipalKind::Sso | PrincipalKind::OrganizationAccessRole => {
                account.arn("iam", &format!("role{}{}", self.path(), self.name()))
            }
        }
    }

    /// `UserId` of `sts:GetCallerIdentity`.
    pub(super) fn user_id(&self, account: &Account) -> String {
        match self.kind {
            PrincipalKind::Root => account.id.clone(),
            PrincipalKind::User => account.unique_id("AIDA", &self.name()),
            PrincipalKind::Role | PrincipalKind::Sso | PrincipalKind::OrganizationAccessRole => {
                format!("{}:{}", account.unique_id("AROA", &self.name()), self.session())
            }
        }
    }
}

/// An IAM unique id: a prefix of four letters and seventeen more, the same for the same `seed`.
pub(super) fn unique_id(prefix: &str, seed: &str) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    // FNV-1a: stable from run to run, which the standard library's hasher is not.
    let mut hash =
        seed.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mut id = prefix.to_owned();
    for _ in 0..17 {
        hash = hash.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        id.push(char::from(LETTERS[(hash >> 59) as usize]));
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls_as(kind: PrincipalKind) -> (String, String) {
        let account = Account { principal: Principal { kind, ..Principal::default() }, ..Account::default() };
        (account.principal.caller_arn(&account), account.principal.iam_arn(&account))
    }

    #[test]
    fn a_role_session_hides_the_path_that_its_role_has() {
        assert_eq!(
            calls_as(PrincipalKind::Role),
            (
                "arn:aws:sts::412098765432:assumed-role/PlatformAdmin/maria.keller".to_owned(),
                "arn:aws:iam::412098765432:role/platform/PlatformAdmin".to_owned()
            )
        );
    }

    #[test]
    fn arns_name_the_accounts_partition() {
        let account = Account { partition: "aws-cn".to_owned(), ..Account::default() };
        assert_eq!(
            account.principal.caller_arn(&account),
            "arn:aws-cn:sts::412098765432:assumed-role/PlatformAdmin/maria.keller"
        );
        assert_eq!(account.member_arn(), "arn:aws-cn:organizations::305611223344:account/o-a1b2c3d4e5/412098765432");
    }

    #[test]
    fn root_and_users_call_under_their_own_arn() {
        assert_eq!(calls_as(PrincipalKind::Root).0, "arn:aws:iam::412098765432:root");
        assert_eq!(calls_as(PrincipalKind::User).0, "arn:aws:iam::412098765432:user/maria.keller");
    }

    #[test]
    fn unique_ids_look_like_aws_ones_and_stay() {
        let id = unique_id("AIDA", "x");
        assert_eq!(id.len(), 21);
        assert_eq!(id, unique_id("AIDA", "x"));
        assert_ne!(id, unique_id("AIDA", "y"));
    }
}
