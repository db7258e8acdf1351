//! What users do, from the outside: over HTTP, on the command line, in a terminal.

mod checks;
mod command_line;
mod connecting;
mod guided_leave;
mod leaving;
mod practice_aws;
mod terminal;
mod ways_out;
