//! The practice AWS: a loopback server that speaks the services' own wire protocols and keeps one account's state.
//!
//! It answers as AWS would, errors and their shapes included, so that the demo runs the very code that talks to AWS and any other
//! AWS client can be pointed at it. It knows the wire and an account, never the checklist, and imports nothing else of this crate.
//! It is no security boundary: signatures are not verified, and who calls is told by the access key id alone.

mod account;
mod assumed;
mod connection;
mod console;
#[cfg(feature = "faults")]
mod damage;
mod exchange;
mod faults;
mod leave;
mod policy;
mod principal;
mod protocols;
mod reply;
mod requests;
mod scenario;
mod server;
mod services;
mod trust;
mod xml;

pub use account::{
    Account, AccountState, Agreement, Contact, Instrument, Invitation, JoinedMethod, Organization, PastDue, PhoneBounds, Root,
    Seen, Session, StackSet, Support, SupportPlan, Switch, User, Verification,
};
pub use assumed::PRACTICE_MFA_CODES;
pub use console::Console;
#[cfg(feature = "faults")]
pub use damage::Damage;
pub use faults::{CalledBy, Calls, Fault, FaultKind};
pub use policy::{AttachedTo, Denial, DeniedBy, Effect};
pub use principal::{Principal, PrincipalKind};
pub use requests::Request;
pub use scenario::{Scenario, ScenarioError};
pub use server::Server;
pub use services::PRACTICE_CODE;
pub use trust::Role;

/// The access key id that calls as the scenario's principal in the member account. Any key does that has no other
/// meaning here.
pub const MEMBER_ACCESS_KEY: &str = "AKIAPRACTICEMEMBER01";

/// The access key id that calls as an administrator of the organization's management account.
pub const MANAGEMENT_ACCESS_KEY: &str = "AKIAPRACTICEOWNER001";

/// The access key id that calls as an administrator of another organization's management account.
pub const OTHER_OWNER_ACCESS_KEY: &str = "AKIAPRACTICEOWNER002";

/// The access key id that calls as an administrator of another member of the organization.
pub const OTHER_MEMBER_ACCESS_KEY: &str = "AKIAPRACTICEMEMBER02";

/// The access key id that calls as an administrator of an account that is in no organization.
pub const STANDALONE_ACCESS_KEY: &str = "AKIAPRACTICEALONE001";

/// A secret key to sign with. It opens nothing: the practice AWS does not verify signatures.
pub const SECRET_ACCESS_KEY: &str = "practice-only-this-opens-nothing-0000000";
