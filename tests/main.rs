//! What users do, from the outside: over HTTP, on the command line, in a terminal.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests are tests: what fails should stop them"
)]

use std::ffi::OsString;

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

/// One test for each scenario of the practice AWS; `report_schema` sees that none is missing.
macro_rules! every_scenario {
    ($of:ident) => {
        cases! {
            $of:
                several_open("several-open");
                finish_here("finish-here");
                ready("ready");
                fresh_account("fresh-account");
                scp_denies("scp-denies");
                project("project");
                delegated_administrator("delegated-administrator");
                payment_not_shown("payment-not-shown");
                payment_missing("payment-missing");
                billing_access_off("billing-access-off");
                no_way_in("no-way-in-afterwards");
                invited("invited-elsewhere");
                management_account("management-account");
                standalone("already-standalone");
                throttled("throttled");
                slow("slow");
                lost_answer("lost-answer");
                session_expired("session-expired");
                everything_wrong("everything-wrong");
        }
    };
}

/// The variables that set the tests' clock. Programs started with a cleared environment keep them, so both sides share one clock.
pub fn clock() -> impl Iterator<Item = (OsString, OsString)> {
    let is_of_the_clock = |name: &str| name == "LD_PRELOAD" || name == "TZ" || name.starts_with("FAKETIME");
    std::env::vars_os().filter(move |(name, _)| name.to_str().is_some_and(is_of_the_clock))
}

/// `.ci/run` runs the tests with another clock as well, and says after which time that has to be.
#[test]
fn the_clock_is_the_one_that_was_asked_for() {
    if let Ok(time) = std::env::var("LEAVE_ORG_TEST_CLOCK_AFTER") {
        assert!(jiff::Timestamp::now() > time.parse().unwrap(), "the other clock does not reach the tests");
    }
}

/// How many cases the random tests try, and the dice; the tests beside the code have the same.
#[path = "../src/tests.rs"]
mod random;

mod answers;
mod bounds;
mod browser;
mod catalogue;
mod check_command;
mod checking_again;
mod checks;
mod command_line;
mod commands;
mod configurations;
mod connecting;
mod ended_sign_ins;
mod endpoints;
mod faults;
mod finish_here;
mod fixing;
mod guided_leave;
mod house;
mod journal;
mod lanes;
mod leaving;
mod manual;
mod mfa_profiles;
mod network;
mod owners;
mod pictures;
mod plain;
mod policies;
mod practice_aws;
mod private_reports;
mod profiles;
mod readme;
mod refusals;
mod report_schema;
mod request;
mod resuming;
mod review;
mod screens;
mod signing_in;
mod terminal;
mod traps;
mod ways_in;
mod ways_out;
