//! The command `leave-org`.

fn main() {}
