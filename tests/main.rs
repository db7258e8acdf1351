//! What users do, from the outside.

mod command_line;
mod guided_leave;
mod practice_aws;
mod terminal;
mod ways_out;
