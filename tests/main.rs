//! What users do, from the outside.

mod practice_aws;
