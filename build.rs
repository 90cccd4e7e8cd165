//! Compiles the contract in `proto/` to Rust, without a system `protoc`.

use std::error::Error;
use std::path::PathBuf;
use std::process::Command;

use protox::prost::Message as _;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    println!("cargo::rustc-env=WABA_MIGRATOR_RUSTC={}", rustc()?);
    println!("cargo::rustc-env=WABA_MIGRATOR_COMMIT={}", commit());
    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_file("waba/migration/v1/migration_service.proto")?;

    // The compiler's own encoding keeps the `google.api.http` options, which prost's types would drop.
    let descriptors = compiler.encode_file_descriptor_set();
    let out = PathBuf::from(given("OUT_DIR").unwrap_or_default());
    std::fs::write(out.join("waba_migration_v1.bin"), &descriptors)?;

    let set = tonic_prost_build::FileDescriptorSet::decode(descriptors.as_slice())?;
    // Maps in order, so that the same message is always written the same.
    tonic_prost_build::configure()
        .btree_map(".")
        .compile_fds(set)?;
    Ok(())
}

/// The compiler, as it calls itself.
fn rustc() -> Result<String, Box<dyn Error>> {
    let compiler = given("RUSTC").unwrap_or_else(|| "rustc".to_owned());
    said(&compiler, &["--version"])
        .ok_or_else(|| format!("{compiler} does not say its version").into())
}

/// The commit that a release is built from: as whoever builds it says, or git. What is built for work is of no commit, and is
/// not built anew for each.
fn commit() -> String {
    const GIVEN: &str = "WABA_MIGRATOR_COMMIT";
    println!("cargo::rerun-if-env-changed={GIVEN}");
    if let Some(given) = given(GIVEN).filter(|given| !given.is_empty()) {
        return given;
    }
    let of_git = || {
        given("PROFILE").filter(|profile| profile == "release")?;
        let log = said("git", &["rev-parse", "--git-path", "logs/HEAD"])?;
        println!("cargo::rerun-if-changed={log}");
        said("git", &["rev-parse", "--short=12", "HEAD"])
    };
    of_git().unwrap_or_else(|| "unknown".to_owned())
}

fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    Some(text).filter(|text| output.status.success() && !text.is_empty())
}

#[expect(
    clippy::disallowed_methods,
    reason = "cargo hands a build script what it needs this way"
)]
fn given(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
