//! `policy`: what has to be allowed for this program to do its work. The policies are files, printed as they are.

use clap::ValueEnum;

use super::{Failure, READY, print};

/// What the policy is for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Phase {
    /// For `check` and `review`: it only reads
    Check,
    /// For the guided leave: what `check` reads, and the leave itself
    Leave,
    /// For --management-profile, in the organization's management account: to read, and to deregister a delegated administrator
    Management,
}

/// Prints the policy.
pub(super) fn policy(phase: Phase) -> Result<u8, Failure> {
    let policy = match phase {
        Phase::Check => include_str!("../../assets/policies/check.json"),
        Phase::Leave => include_str!("../../assets/policies/leave.json"),
        Phase::Management => include_str!("../../assets/policies/management.json"),
    };
    print("The policy", policy)?;
    Ok(READY)
}
