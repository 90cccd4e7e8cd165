//! Commands against a running service: `health`, `smoke-test` and others.

use crate::support::http::unused_address;
use crate::support::program::{Process, Program};

/// A service with its sandbox.
fn serve() -> Process {
    let listen = ["--sandbox", "--set", "ops.listen=127.0.0.1:0"];
    Program::serve().args(listen).start()
}

/// Runs a command: its exit code and its output.
fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let (command, arguments) = arguments.split_first().unwrap();
    let finished = Program::new(command).args(arguments).run();
    (finished.code(), finished.text())
}

#[test]
fn the_health_command_reports_the_local_service() {
    let unused = format!("ops.listen={}", unused_address());
    let (exit, output) = run(&["health", "--set", &unused]);
    assert!(
        exit == Some(1) && output.contains("no service answers"),
        "{output}"
    );

    let mut program = Program::serve()
        .args(["--sandbox", "--set", "ops.listen=0.0.0.0:0"])
        .start();
    let url = program.url("operations on");
    let there = format!("ops.listen={}", url.trim_start_matches("http://"));
    assert_eq!(
        run(&["health", "--set", &there]),
        (Some(0), "ready\n".to_owned())
    );
    assert_eq!(
        run(&["health", "--live", "--set", &there]),
        (Some(0), "live\n".to_owned())
    );

    let (exit, output) = run(&["health", "--set", "ops.listen="]);
    assert!(
        exit == Some(2) && output.contains("ops.listen is empty"),
        "{output}"
    );
}

#[test]
fn the_smoke_test_can_be_repeated() {
    let mut program = serve();
    let sandbox = program.url("sandbox for Graph");
    let service = program.url("waba-migrator on");
    for _ in 0..2 {
        let (exit, output) = run(&["smoke-test", "--server", &service, "--sandbox", &sandbox]);
        assert!(exit == Some(0) && output.contains("SUCCEEDED"), "{output}");
    }
}

#[test]
fn a_failed_smoke_test_is_reported_and_leaves_no_live_migration() {
    let mut program = serve();
    program.url("sandbox for Graph");
    let service = program.url("waba-migrator on");
    // The code is sent by one sandbox, and awaited at another.
    let mut other = serve();
    let elsewhere = other.url("sandbox for Graph");
    let (exit, output) = run(&["smoke-test", "--server", &service, "--sandbox", &elsewhere]);
    assert!(
        exit == Some(1) && output.contains("the number was not moved"),
        "{output}"
    );
    let (_, output) = run(&["list", "--server", &service, "--output", "json"]);
    assert!(output.contains("STATE_CANCELED"), "{output}");
}

#[test]
fn a_code_is_prompted_for_or_piped_and_never_an_argument() {
    let (exit, output) = run(&["code", "mig_1", "123830"]);
    assert!(exit == Some(2) && output.contains("omit it"), "{output}");
    assert!(!output.contains("123830"), "{output}");
    let (exit, output) = run(&["code", "mig_1"]);
    assert!(
        exit == Some(2) && output.contains("no terminal"),
        "{output}"
    );
    let unused = format!("http://{}", unused_address());
    let (exit, output) = run(&["code", "mig_1", "-", "--server", &unused]);
    assert!(
        exit == Some(1) && output.contains("no service answers"),
        "{output}"
    );
}

#[test]
fn a_migration_is_named_by_its_number_and_followed_to_where_a_code_is_needed() {
    let mut program = serve();
    let service = program.url("waba-migrator on");
    let run = |line: &[&str]| run(&[line, &["--server", &service, "--output", "table"]].concat());
    let to = ["--to", "215589313241560"];
    let started = ["migrate", "+12025550199", "--follow"];
    let (exit, output) = run(&[&started[..], &to].concat());
    assert_eq!(exit, Some(6), "{output}");
    assert!(output.contains("NUMBER_OWNER must act by"), "{output}");

    let (exit, output) = run(&["watch", "0199"]);
    assert!(
        exit == Some(6) && output.contains("waba-migrator code"),
        "{output}"
    );
    let (exit, output) = run(&["status", "(202) 555-0199"]);
    assert!(
        exit == Some(0) && output.contains("+12025550199"),
        "{output}"
    );
    let (exit, output) = run(&["list", "--actor", "number-owner", "--updated-since", "1h"]);
    assert!(exit == Some(0) && output.contains("in 10 min"), "{output}");
    let (exit, output) = run(&["delete", "0199", "--yes"]);
    assert!(
        exit == Some(4) && output.contains("WAITING_FOR_CODE"),
        "{output}"
    );
    let (exit, output) = run(&["cancel", "+1 202 555 0199"]);
    assert!(exit == Some(0) && output.contains("CANCELED"), "{output}");
    let (exit, output) = run(&["delete", "0199", "--yes"]);
    assert!(exit == Some(0) && output.contains("Removed"), "{output}");
    let (exit, output) = run(&["status", "0199"]);
    assert!(
        exit == Some(4) && output.contains("ends with 0199"),
        "{output}"
    );
}

#[test]
fn scripts_read_an_invalid_command_line_as_json() {
    let finished = Program::new("migrate")
        .args(["+12025550199", "--to", "1", "--not-before", "tomorrow"])
        .args(["--output", "json"])
        .run();
    assert_eq!(finished.code(), Some(2));
    let error: serde_json::Value = serde_json::from_str(&finished.stderr).unwrap();
    let error = &error["error"];
    assert_eq!(error["details"][0]["reason"], "USAGE", "{error}");
    let message = error["message"].as_str().unwrap();
    assert!(message.ends_with("2026-12-06T03:00:00+01:00"), "{message}");
}

#[test]
fn a_key_file_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let finished = Program::new("encryption-key")
        .within(folder.path())
        .file("store.key", "canary")
        .args(["create", "store.key"])
        .run();
    assert_eq!(finished.code(), Some(2));
    assert!(finished.stderr.contains("left as it is"), "{finished:?}");
    let kept = std::fs::read(folder.path().join("store.key")).unwrap();
    assert_eq!(kept, b"canary");
}

#[test]
fn text_of_callers_cannot_control_the_terminal() {
    let mut program = serve();
    let service = program.url("waba-migrator on");
    // As far as the service accepts it: it refuses control characters.
    let reference = "order 7\u{202e}\u{2066}\u{200b} paid";
    let (_, started) = run(&[
        "migrate",
        "+12025550199",
        "--to",
        "215589313241560",
        "--reference",
        reference,
        "--server",
        &service,
        "--output",
        "json",
    ]);
    let line = started.lines().next().unwrap();
    let started: serde_json::Value = serde_json::from_str(line).unwrap();
    let started = &started["migration"];
    assert_eq!(started["reference"], reference, "{started}");
    let id = started["id"].as_str().unwrap();
    for output in ["table", "json"] {
        let (exit, output) = run(&["status", id, "--server", &service, "--output", output]);
        assert!(exit == Some(0) && output.contains("order 7"), "{output}");
        assert!(
            output.chars().all(waba_migrator::util::visible::is_visible),
            "{output:?}"
        );
    }
    let (_, output) = run(&["status", "\u{1b}[2Jmig_1", "--server", &service]);
    assert!(
        output.chars().all(waba_migrator::util::visible::is_visible),
        "{output:?}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_crashed_service_leaves_no_core_dump() {
    let mut program = serve();
    program.url("waba-migrator on");
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", program.id())).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    let limits: Vec<&str> = core.split_whitespace().skip(4).take(2).collect();
    assert_eq!(limits, ["0", "0"], "{core}");
}
