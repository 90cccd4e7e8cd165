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
