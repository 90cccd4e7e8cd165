//! Starts the measured program: `serve` and `sandbox`.

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::process::Process;
use super::program::Program;
use super::workspace::Workspace;

/// Removes what limits one tenant: the service is measured, not its limits.
const UNLIMITED: [&str; 4] = [
    "limits.requests_per_second=1000000",
    "limits.burst=1000000",
    "engine.workers_per_tenant=65536",
    "graph.calls_per_tenant=65536",
];

/// A sandbox with this minimum latency, in the notation of settings.
pub fn sandbox(workspace: &Workspace, latency: &str) -> Process {
    let program = Program::new("sandbox")
        .args(["--listen", "127.0.0.1:0"])
        .set("sandbox.latency", latency);
    Process::start(program.within(workspace.directory()))
}

/// A service on the store of the workspace, with `graph` in place of Meta, and these additional
/// settings.
pub fn serve(workspace: &Workspace, graph: &str, settings: &[String]) -> Process {
    let program = on_store(workspace, Program::serve())
        .env("WABA_MIGRATOR__GRAPH__ACCESS_TOKEN", "load")
        .set("graph.base_url", graph)
        // Another service may run on the same machine.
        .set("ops.listen", "127.0.0.1:0")
        .settings(UNLIMITED)
        .settings(settings);
    Process::start(program)
}

/// Creates a tenant with its own access token; an API key of it.
pub fn tenant(workspace: &Workspace, id: &str) -> anyhow::Result<String> {
    let token = workspace.file("token");
    std::fs::write(&token, "load")?;
    let token = token.to_string_lossy();
    output(
        workspace,
        "tenant",
        &["create", id, "--access-token-file", &token],
    )?;
    let key = [
        "create", "--tenant", id, "--label", "load", "--output", "json",
    ];
    let answer: Value = serde_json::from_str(&output(workspace, "key", &key)?)?;
    let key = answer.get("key").and_then(Value::as_str);
    Ok(key.context("no key was created")?.to_owned())
}

/// The output of a command on the store of the workspace.
fn output(workspace: &Workspace, name: &str, arguments: &[&str]) -> anyhow::Result<String> {
    let finished = on_store(workspace, Program::new(name).args(arguments)).run();
    ensure!(
        finished.status.success(),
        "{name} failed: {}",
        finished.stderr
    );
    Ok(finished.stdout)
}

fn on_store(workspace: &Workspace, program: Program) -> Program {
    program
        .store(&workspace.url())
        .set("encryption.key_file", workspace.key_file().display())
        .within(workspace.directory())
}
