//! Turns every call away that is no read, before it is signed or sent.
//!
//! The SDK's clients have a method for everything a service can do. One that carries this can ask, and nothing else.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// The beginnings of the names of operations that change nothing.
const READING: [&str; 4] = ["Get", "List", "Describe", "Simulate"];

/// Looks at a call before anything is made of it, for every client that asks.
#[derive(Debug)]
pub(super) struct OnlyReads;

/// A call that would change something, or may.
#[derive(Debug, thiserror::Error)]
#[error("a client that only reads was about to call {0}")]
struct NotARead(String);

impl Intercept for OnlyReads {
    fn name(&self) -> &'static str {
        "OnlyReads"
    }

    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        settings: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = settings.load::<Metadata>().map(Metadata::name).unwrap_or_default();
        if READING.iter().any(|verb| operation.starts_with(verb)) {
            return Ok(());
        }
        Err(NotARead(operation.to_owned()).into())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::READING;
    use crate::aws::sdk_source;

    /// Every operation of the services that this program has a client for and that may change something, as Rust writes it.
    fn other_operations() -> BTreeSet<String> {
        let mut operations = BTreeSet::new();
        for service in ["account", "billing", "cloudformation", "iam", "organizations", "sso", "sts", "support"] {
            for entry in std::fs::read_dir(sdk_source::folder_of(&format!("aws-sdk-{service}")).join("operation")).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|extension| extension == "rs") {
                    operations.insert(path.file_stem().unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        assert!(operations.len() > 300, "{operations:?}");
        operations.retain(|name| !READING.iter().any(|verb| name.starts_with(&format!("{}_", verb.to_ascii_lowercase()))));
        operations
    }

    /// The sources of this program, comments, tests and the practice AWS aside, each with its path below `src`.
    fn sources() -> Vec<(String, String)> {
        fn read(folder: &Path, below: &str, sources: &mut Vec<(String, String)>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                let name = format!("{below}{}", entry.file_name().to_str().unwrap());
                if entry.file_type().unwrap().is_dir() {
                    read(&entry.path(), &format!("{name}/"), sources);
                } else if !name.contains("tests") && !name.starts_with("simulator/") {
                    let text = std::fs::read_to_string(entry.path()).unwrap();
                    let program = text.split_once("#[cfg(test)]\nmod tests").map_or(text.as_str(), |(program, _)| program);
                    let code: Vec<&str> = program.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
                    sources.push((name, code.join("\n")));
                }
            }
        }
        let mut sources = Vec::new();
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut sources);
        sources.sort();
        sources
    }

    fn files_with<'a>(sources: &'a [(String, String)], words: &[&str]) -> Vec<&'a str> {
        let has = |text: &str| words.iter().any(|word| text.contains(word));
        sources.iter().filter(|(_, text)| has(text)).map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn nothing_in_the_program_calls_what_may_change_something_but_the_leave_the_fixes_and_signing_in_with_a_role() {
        let sources = sources();
        let mut calls = Vec::new();
        for operation in other_operations() {
            let call = format!(".{operation}(");
            calls.extend(sources.iter().filter(|(_, text)| text.contains(&call)).map(|(name, _)| format!("{name}{call}")));
        }
        let fixes = [
            "put_contact_information",
            "send_phone_number_verification",
            "verify_phone_number",
            "deregister_delegated_administrator",
        ];
        let fixes = fixes.map(|operation| format!("aws/fixes.rs.{operation}("));
        let others = ["aws/mfa.rs.assume_role(", "aws/leave.rs.leave_organization("].map(str::to_owned);
        calls.sort_unstable();
        let mut known: Vec<String> = fixes.into_iter().chain(others).collect();
        known.sort_unstable();
        assert_eq!(calls, known);
        assert_eq!(files_with(&sources, &["leave_organization"]), ["aws/leave.rs"]);
        let of_the_sdk = files_with(&sources, &["aws_sdk_", "aws_config::"]);
        assert!(of_the_sdk.iter().all(|name| name.starts_with("aws/")), "{of_the_sdk:?}");
    }

    #[test]
    fn only_the_guided_leave_and_its_demo_ask_for_what_can_leave_or_change_anything() {
        let named = ["aws/leave.rs", "aws/mod.rs", "aws/session.rs", "driver/mod.rs"];
        assert_eq!(files_with(&sources(), &["Leaver", "connect_to_leave"]), named);
        let named = ["aws/fixes.rs", "aws/mod.rs", "aws/session.rs", "driver/mod.rs"];
        assert_eq!(files_with(&sources(), &["FixClient", "OwnerWriteClient", "connect_owner_to_fix"]), named);
        assert_eq!(files_with(&sources(), &["Guiding"]), ["cli/demo.rs", "cli/guided.rs", "driver/mod.rs"]);
    }
}
