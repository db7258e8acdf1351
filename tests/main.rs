//! What users do, from the outside: over HTTP, on the command line, in a terminal.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests are tests: what fails should stop them"
)]

/// One test for each line of a table, each with a name of its own, over the function of the same name.
macro_rules! cases {
    ($of:ident: $($case:ident($($argument:expr),* $(,)?);)+) => {
        mod $of {
            $(#[test]
            fn $case() {
                super::$of($($argument),*);
            })+
        }
    };
}

mod catalogue;
mod check_command;
mod checks;
mod command_line;
mod connecting;
mod ended_sign_ins;
mod faults;
mod guided_leave;
mod journal;
mod leaving;
mod manual;
mod mfa_profiles;
mod pictures;
mod policies;
mod practice_aws;
mod private_reports;
mod readme;
mod report_schema;
mod request;
mod resuming;
mod review;
mod signing_in;
mod terminal;
mod ways_in;
mod ways_out;
