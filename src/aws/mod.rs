//! The floor that knows the AWS SDK: sessions, questions, checks, the leave, and what went wrong.
//!
//! Nothing above this floor sees an SDK type. Nothing here draws, decides what comes next, or keeps a file.

mod around;
mod ask;
mod bounded;
mod check_run;
mod checks;
mod contact;
mod credentials;
mod echoes;
mod endpoints;
mod fixes;
mod http_client;
mod leave;
mod mfa;
mod mfa_code;
mod network;
mod once;
mod only_reads;
mod owner;
mod problem;
mod process;
mod profiles;
mod read_clients;
mod reader;
mod retries;
mod roles;
#[cfg(test)]
mod sdk_source;
mod session;
mod setting;
mod signed;
mod source;
mod whole_answer;

pub use check_run::CheckRun;
pub use contact::ContactOnFile;
pub use endpoints::{Endpoint, Endpoints, Side, difference, in_words};
pub use fixes::{FixClient, OwnerWriteClient};
pub use leave::Leaver;
pub use problem::{internal_problem, timed_out};
pub use process::{Commands, Loan};
pub use profiles::{ProfileEntry, ProfileKind, profiles};
pub use read_clients::LEAVE_ORGANIZATION;
pub use reader::{Owner, Reader, Reading};
pub use session::{
    ConnectOptions, Practice, Session, connect, connect_owner, connect_owner_to_fix, connect_to_leave, sign_in_command,
};
