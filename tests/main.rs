//! What users do, from the outside.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests are tests: what fails should stop them"
)]

mod checks;
mod connecting;
mod leaving;
mod practice_aws;
