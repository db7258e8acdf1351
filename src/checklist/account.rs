//! Who we are and where we are: account, partition, principal, organization.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::named::named;

/// A 12-digit AWS account id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct AccountId(String);

/// The text is not 12 ASCII digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an AWS account id has 12 digits")]
pub struct NotAnAccountId;

impl AccountId {
    /// The id as AWS writes it: 12 digits, nothing else.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as people read it: `1234-5678-9012`.
    #[must_use]
    pub fn grouped(&self) -> String {
        format!("{}-{}-{}", &self.0[..4], &self.0[4..8], &self.0[8..])
    }
}

impl FromStr for AccountId {
    type Err = NotAnAccountId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) { Ok(Self(text.to_owned())) } else { Err(NotAnAccountId) }
    }
}

impl TryFrom<String> for AccountId {
    type Error = NotAnAccountId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

named! {
    /// The AWS partition, as the second field of an ARN names it. Organizations never span partitions.
    #[derive(Default)]
    pub enum Partition {
        #[default]
        Aws = "aws",
        China = "aws-cn",
        /// AWS `GovCloud` (US).
        GovCloud = "aws-us-gov",
        /// AWS European Sovereign Cloud.
        Eusc = "aws-eusc",
    }
}

impl Partition {
    /// The partition that an ARN names, or `None` for one we do not know.
    #[must_use]
    pub fn from_arn(arn: &str) -> Option<Self> {
        let name = arn.strip_prefix("arn:")?.split(':').next()?;
        Self::ALL.into_iter().find(|p| p.as_str() == name)
    }

    /// The region that the partition's global services (Organizations, Account, IAM) sign for.
    ///
    /// Source: botocore `partitions.json` and the services' endpoint rule sets.
    #[must_use]
    pub fn global_region(self) -> &'static str {
        match self {
            Self::Aws => "us-east-1",
            Self::China => "cn-northwest-1",
            Self::GovCloud => "us-gov-west-1",
            Self::Eusc => "eusc-de-east-1",
        }
    }

    /// What the names of endpoints end with.
    ///
    /// Source: botocore `partitions.json`.
    #[must_use]
    pub fn dns_suffix(self) -> &'static str {
        match self {
            Self::Aws | Self::GovCloud => "amazonaws.com",
            Self::China => "amazonaws.com.cn",
            Self::Eusc => "amazonaws.eu",
        }
    }

    /// What the names of dual-stack endpoints end with.
    ///
    /// Source: botocore `partitions.json`.
    #[must_use]
    pub fn dual_stack_suffix(self) -> &'static str {
        match self {
            Self::Aws | Self::GovCloud => "api.aws",
            Self::China => "api.amazonwebservices.com.cn",
            Self::Eusc => "api.amazonwebservices.eu",
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What kind of principal the credentials belong to, read from its ARN.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PrincipalKind {
    Root,
    /// An IAM user, by the name at the end of its ARN.
    User(String),
    /// A session of an IAM role, by the role's name without its path.
    AssumedRole {
        /// The role's name; its path is not part of an assumed-role ARN.
        role: String,
        session: String,
    },
    /// A federated user session.
    Federated(String),
    Other(String),
}

/// Who is calling, as `sts:GetCallerIdentity` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub account: AccountId,
    pub arn: String,
    pub partition: Partition,
}

impl Identity {
    /// What kind of principal this is.
    #[must_use]
    pub fn kind(&self) -> PrincipalKind {
        let resource = self.arn.splitn(6, ':').nth(5).unwrap_or_default();
        let mut parts = resource.split('/');
        let last = |text: &str| text.rsplit('/').next().unwrap_or_default().to_owned();
        match (parts.next(), parts.next(), parts.next()) {
            (Some("root"), None, None) => PrincipalKind::Root,
            (Some("user"), Some(_), _) => PrincipalKind::User(last(resource)),
            (Some("assumed-role"), Some(role), Some(session)) => {
                PrincipalKind::AssumedRole { role: role.to_owned(), session: session.to_owned() }
            }
            (Some("federated-user"), Some(name), None) => PrincipalKind::Federated(name.to_owned()),
            _ => PrincipalKind::Other(resource.to_owned()),
        }
    }

    /// A short name for headers: `root`, `user/anna`, `role/DealAdmin`.
    #[must_use]
    pub fn short(&self) -> String {
        match self.kind() {
            PrincipalKind::Root => "root".to_owned(),
            PrincipalKind::User(name) => format!("user/{name}"),
            PrincipalKind::AssumedRole { role, .. } => format!("role/{role}"),
            PrincipalKind::Federated(name) => format!("federated-user/{name}"),
            PrincipalKind::Other(resource) => resource,
        }
    }
}

/// What `account:GetAccountInformation` tells about the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountDetails {
    /// The account's name, sanitized.
    pub name: Option<String>,
    /// AWS's word for the account's state, such as `ACTIVE`.
    pub state: Option<String>,
    pub created_at: Option<Timestamp>,
}

/// What `organizations:DescribeOrganization` tells about the organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// `o-…`
    pub id: String,
    pub management_account: Option<AccountId>,
    /// `ALL` or `CONSOLIDATED_BILLING`.
    pub feature_set: Option<String>,
}

/// Whether the account is in an organization, as last read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Membership {
    Standalone,
    Member(Organization),
    /// We could not find out.
    Unknown,
}

impl Membership {
    /// Whether AWS said that the account is not in `organization`. `None`: we could not find out.
    #[must_use]
    pub fn is_outside(&self, organization: &str) -> Option<bool> {
        match self {
            Self::Standalone => Some(true),
            Self::Member(there) => Some(there.id != organization),
            Self::Unknown => None,
        }
    }
}

/// The account a checklist is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    pub identity: Identity,
    /// What AWS says about the account, when it did.
    pub details: Option<AccountDetails>,
    /// Whether it is in an organization.
    pub membership: Membership,
}

impl Identity {
    /// The user or role. The name of a role's session may be another each time somebody signs in, so it is left out.
    #[must_use]
    pub fn principal(&self) -> String {
        match self.kind() {
            PrincipalKind::AssumedRole { role, .. } => format!("{}:role/{role}", self.account),
            _ => self.arn.clone(),
        }
    }
}

impl Subject {
    /// The organization the account is in, when that is known.
    #[must_use]
    pub fn organization(&self) -> Option<&Organization> {
        match &self.membership {
            Membership::Member(organization) => Some(organization),
            Membership::Standalone | Membership::Unknown => None,
        }
    }

    /// The account's name, when AWS said one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.details.as_ref()?.name.as_deref()
    }

    /// The account's name, or its grouped id when AWS did not say one.
    #[must_use]
    pub fn display_name(&self) -> String {
        self.name().map_or_else(|| self.identity.account.grouped(), str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(arn: &str) -> Identity {
        Identity { account: "123456789012".parse().unwrap(), arn: arn.to_owned(), partition: Partition::from_arn(arn).unwrap() }
    }

    #[test]
    fn an_account_id_is_twelve_digits_and_nothing_else() {
        assert!("123456789012".parse::<AccountId>().is_ok());
        for wrong in ["", "12345678901", "1234567890123", "1234-5678-9012", "12345678901a", "١٢٣٤٥٦٧٨٩٠١٢"] {
            assert!(wrong.parse::<AccountId>().is_err(), "{wrong}");
        }
        assert_eq!("123456789012".parse::<AccountId>().unwrap().grouped(), "1234-5678-9012");
    }

    #[test]
    fn the_kind_of_principal_is_read_from_its_arn() {
        assert_eq!(identity("arn:aws:iam::123456789012:root").kind(), PrincipalKind::Root);
        assert_eq!(identity("arn:aws:iam::123456789012:user/div/anna").kind(), PrincipalKind::User("anna".into()));
        assert_eq!(
            identity("arn:aws-cn:sts::123456789012:assumed-role/DealAdmin/anna").kind(),
            PrincipalKind::AssumedRole { role: "DealAdmin".into(), session: "anna".into() }
        );
        assert_eq!(identity("arn:aws:sts::123456789012:federated-user/bob").kind(), PrincipalKind::Federated("bob".into()));
        assert_eq!(identity("arn:aws:iam::123456789012:user/div/anna").short(), "user/anna");
    }

    #[test]
    fn the_partition_is_the_arns_second_field() {
        assert_eq!(Partition::from_arn("arn:aws-us-gov:iam::1:root"), Some(Partition::GovCloud));
        assert_eq!(Partition::from_arn("arn:aws-eusc:iam::1:root"), Some(Partition::Eusc));
        assert_eq!(Partition::from_arn("arn:aws-mars:iam::1:root"), None);
        assert_eq!(Partition::from_arn("nonsense"), None);
    }
}
