//! What the tests of several modules share.

use std::env::{VarError, var};

/// Whether the slow random tests try all of their cases: with `LEAVE_ORG_TEST_CASES=all`, as in `.ci/run`.
pub(crate) fn tries_all_cases() -> bool {
    match var("LEAVE_ORG_TEST_CASES").as_deref() {
        Ok("all") => true,
        Err(VarError::NotPresent) => false,
        other => panic!("LEAVE_ORG_TEST_CASES is {other:?}. Set it to “all”, or not at all."),
    }
}

/// How many of `all` cases a slow random test tries: a tenth, unless it tries all.
pub(crate) fn cases(all: u32) -> u32 {
    if tries_all_cases() { all } else { all.div_ceil(10) }
}
