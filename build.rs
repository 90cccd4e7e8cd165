//! Compiles the contract in `proto/` to Rust, without a system `protoc`.

use std::error::Error;
use std::path::PathBuf;
use std::process::Command;

use protox::prost::Message as _;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    println!("cargo::rustc-env=WABA_MIGRATOR_RUSTC={}", rustc()?);
    let commit = commit();
    println!("cargo::rustc-env=WABA_MIGRATOR_COMMIT={commit}");
    println!("cargo::rustc-env=WABA_MIGRATOR_BUILD={}", build(&commit));
    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files([
        "waba/migration/v1/admin_service.proto",
        "waba/migration/v1/migration_service.proto",
    ])?;

    // protox keeps the `google.api.http` options when it encodes; prost's types would drop them.
    let descriptors = compiler.encode_file_descriptor_set();
    let out = PathBuf::from(variable("OUT_DIR").unwrap_or_default());
    std::fs::write(out.join("waba_migration_v1.bin"), &descriptors)?;

    let set = tonic_prost_build::FileDescriptorSet::decode(descriptors.as_slice())?;
    // The command line finds a message's description by its type name.
    let mut config = tonic_prost_build::Config::new();
    config.enable_type_names();
    // Ordered maps, so that equal messages have equal encodings.
    tonic_prost_build::configure()
        .btree_map(".")
        .compile_fds_with_config(set, config)?;
    Ok(())
}

/// The compiler's version.
fn rustc() -> Result<String, Box<dyn Error>> {
    let compiler = variable("RUSTC").unwrap_or_else(|| "rustc".to_owned());
    output_of(&compiler, &["--version"])
        .ok_or_else(|| format!("{compiler} --version failed").into())
}

/// The build for `--version`: its commit, or why there is none.
fn build(commit: &str) -> String {
    let release = variable("PROFILE").is_some_and(|profile| profile == "release");
    match commit {
        "unknown" if release => "release build of an unknown commit".to_owned(),
        "unknown" => "development build".to_owned(),
        commit => format!("commit {commit}"),
    }
}

/// The commit of a release build: from the environment, or git. A development build has none, so
/// that a commit does not cause a rebuild.
fn commit() -> String {
    const VARIABLE: &str = "WABA_MIGRATOR_COMMIT";
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    if let Some(commit) = variable(VARIABLE).filter(|commit| !commit.is_empty()) {
        return commit;
    }
    let of_git = || {
        variable("PROFILE").filter(|profile| profile == "release")?;
        let log = output_of("git", &["rev-parse", "--git-path", "logs/HEAD"])?;
        println!("cargo::rerun-if-changed={log}");
        output_of("git", &["rev-parse", "--short=12", "HEAD"])
    };
    of_git().unwrap_or_else(|| "unknown".to_owned())
}

fn output_of(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    Some(text).filter(|text| output.status.success() && !text.is_empty())
}

#[expect(
    clippy::disallowed_methods,
    reason = "cargo passes values to a build script this way"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
