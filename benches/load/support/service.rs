//! Starts the real program: `serve` and `sandbox`.

use std::fs::File;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::process::Process;
use super::stand::Stand;

/// The program that is measured, built like a release.
const PROGRAM: &str = env!("CARGO_BIN_EXE_waba-migrator");

/// A sandbox whose answers take at least `latency`, as settings write it.
pub fn sandbox(stand: &Stand, latency: &str) -> anyhow::Result<Process> {
    let mut command = program(stand, "sandbox")?;
    command
        .args(["--listen", "127.0.0.1:0", "--set"])
        .arg(format!("sandbox.latency={latency}"));
    Process::start(command)
}

/// A service on the stand's store that takes `graph` for Meta, with these settings besides.
pub fn serve(stand: &Stand, graph: &str, settings: &[String]) -> anyhow::Result<Process> {
    let mut command = program(stand, "serve")?;
    command
        .env("WABA_MIGRATOR__GRAPH__ACCESS_TOKEN", "load")
        // The URL of a server's database holds a password.
        .env("WABA_MIGRATOR__STORE__URL", stand.url())
        .args(["--listen", "127.0.0.1:0"])
        .args(["--set", &format!("graph.base_url={graph}")])
        // Another service may run on the same machine.
        .args(["--set", "ops.listen=127.0.0.1:0"])
        // What one tenant may ask for and take would be measured, and not what the service can do.
        .args(["--set", "limits.requests_per_second=1000000"])
        .args(["--set", "limits.burst=1000000"])
        .args(["--set", "engine.workers_per_tenant=65536"])
        .args(["--set", "graph.calls_per_tenant=65536"])
        .arg("--set")
        .arg(format!("secrets.key_file={}", stand.key_file().display()));
    for setting in settings {
        command.args(["--set", setting]);
    }
    Process::start(command)
}

/// A tenant on the stand's store, whose calls carry a token of their own; an API key of it.
pub fn tenant(stand: &Stand, id: &str) -> anyhow::Result<String> {
    let token = stand.file("token");
    std::fs::write(&token, "load")?;
    let token = token.to_string_lossy();
    output(
        stand,
        "tenant",
        &["create", id, "--access-token-file", &token],
    )?;
    let key = [
        "create", "--tenant", id, "--label", "load", "--output", "json",
    ];
    let answer: Value = serde_json::from_slice(&output(stand, "key", &key)?)?;
    let key = answer.get("key").and_then(Value::as_str);
    Ok(key.context("no key was created")?.to_owned())
}

/// What a command prints that works on the stand's store.
fn output(stand: &Stand, name: &str, arguments: &[&str]) -> anyhow::Result<Vec<u8>> {
    let mut command = program(stand, name)?;
    command
        .args(arguments)
        .env("WABA_MIGRATOR__STORE__URL", stand.url())
        .arg("--set")
        .arg(format!("secrets.key_file={}", stand.key_file().display()))
        .stderr(Stdio::piped());
    let output = command.output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} failed: {errors}");
    Ok(output.stdout)
}

fn program(stand: &Stand, name: &str) -> anyhow::Result<Command> {
    let mut log = File::options();
    let log = log
        .create(true)
        .append(true)
        .open(stand.file(&format!("{name}.log")))?;
    let mut command = Command::new(PROGRAM);
    // Away from a configuration file that happens to lie where the load program is started.
    command.arg(name).current_dir(stand.file("")).stderr(log);
    Ok(command)
}
