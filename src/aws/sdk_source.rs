//! Where the SDK's own source lies, for tests that hold this program against all that the SDK knows.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

/// What Cargo says of the packages of this build.
static METADATA: LazyLock<serde_json::Value> = LazyLock::new(|| {
    // For this machine alone: what other platforms need was not fetched to build this test.
    let version = cargo(&["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let arguments =
        ["metadata", "--format-version=1", "--offline", "--locked", "--filter-platform", host, "--manifest-path", here];
    serde_json::from_str(&cargo(&arguments)).unwrap()
});

fn cargo(arguments: &[&str]) -> String {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // Not under another clock (`.ci/run`): the Rust compiler, which Cargo asks for its version, can hang with a preloaded library.
    let output = Command::new(program).args(arguments).env_remove("LD_PRELOAD").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The folder `src` of this package of the SDK.
pub(super) fn folder_of(package: &str) -> PathBuf {
    let packages = METADATA["packages"].as_array().unwrap();
    let found = packages.iter().find(|known| known["name"] == package).unwrap();
    PathBuf::from(found["manifest_path"].as_str().unwrap()).with_file_name("src")
}
