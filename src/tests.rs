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

/// Numbers that look random and are the same each time.
pub(crate) struct Dice(pub u64);

impl Dice {
    /// The next number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        // SplitMix64, from Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % sides as u64).unwrap()
    }

    pub fn one_in(&mut self, chances: usize) -> bool {
        self.roll(chances) == 0
    }

    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())].clone()
    }
}
