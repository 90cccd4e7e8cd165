//! Starts the program that is measured: `serve` and `sandbox`.

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::process::Process;
use super::program::Program;
use super::stand::Stand;

/// Removes what limits one tenant: the service is measured, not its limits.
const UNLIMITED: [&str; 4] = [
    "limits.requests_per_second=1000000",
    "limits.burst=1000000",
    "engine.workers_per_tenant=65536",
    "graph.calls_per_tenant=65536",
];

/// A sandbox with this minimum latency, in the notation of settings.
pub fn sandbox(stand: &Stand, latency: &str) -> Process {
    let program = Program::new("sandbox")
        .args(["--listen", "127.0.0.1:0"])
        .set("sandbox.latency", latency);
    Process::start(program.within(stand.directory()))
}

/// A service on the stand's store, with `graph` in place of Meta, and these additional settings.
pub fn serve(stand: &Stand, graph: &str, settings: &[String]) -> Process {
    let program = on_store(stand, Program::serve())
        .env("WABA_MIGRATOR__GRAPH__ACCESS_TOKEN", "load")
        .set("graph.base_url", graph)
        // Another service may run on the same machine.
        .set("ops.listen", "127.0.0.1:0")
        .settings(UNLIMITED)
        .settings(settings);
    Process::start(program)
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
    let answer: Value = serde_json::from_str(&output(stand, "key", &key)?)?;
    let key = answer.get("key").and_then(Value::as_str);
    Ok(key.context("no key was created")?.to_owned())
}

/// The output of a command on the stand's store.
fn output(stand: &Stand, name: &str, arguments: &[&str]) -> anyhow::Result<String> {
    let finished = on_store(stand, Program::new(name).args(arguments)).run();
    ensure!(
        finished.status.success(),
        "{name} failed: {}",
        finished.stderr
    );
    Ok(finished.stdout)
}

fn on_store(stand: &Stand, program: Program) -> Program {
    program
        .store(&stand.url())
        .set("encryption.key_file", stand.key_file().display())
        .within(stand.directory())
}
