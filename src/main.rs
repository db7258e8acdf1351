//! The command `leave-org`: reads the command line and runs one command.

use std::process::ExitCode;

fn main() -> ExitCode {
    leave_org::cli::main()
}
