//! What users do, from the outside.
