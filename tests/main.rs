//! What users do, from the outside.

mod checks;
mod connecting;
mod leaving;
