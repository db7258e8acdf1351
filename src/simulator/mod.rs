//! The practice AWS.
