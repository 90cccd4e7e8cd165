//! The commands that look at a running service from beside it: `health` and `smoke-test`.

use crate::support::http::unused_address;
use crate::support::program::{Process, Program};

/// A service with its sandbox.
fn serve() -> Process {
    let listen = ["--sandbox", "--set", "ops.listen=127.0.0.1:0"];
    Program::serve().args(listen).start()
}

/// Runs a command: its exit code, and all that it printed.
fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let (command, arguments) = arguments.split_first().unwrap();
    let finished = Program::new(command).args(arguments).run();
    (finished.code(), finished.text())
}

#[test]
fn a_service_says_to_its_own_machine_that_it_is_well() {
    let nobody = format!("ops.listen={}", unused_address());
    let (exit, said) = run(&["health", "--set", &nobody]);
    assert!(
        exit == Some(1) && said.contains("no service answers"),
        "{said}"
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

    let (exit, said) = run(&["health", "--set", "ops.listen="]);
    assert!(
        exit == Some(2) && said.contains("ops.listen is empty"),
        "{said}"
    );
}

#[test]
fn a_number_is_moved_through_a_running_service_as_often_as_is_asked() {
    let mut program = serve();
    let sandbox = program.url("sandbox for Graph");
    let service = program.url("waba-migrator on");
    for _ in 0..2 {
        let (exit, said) = run(&["smoke-test", "--server", &service, "--sandbox", &sandbox]);
        assert!(exit == Some(0) && said.contains("SUCCEEDED"), "{said}");
    }
}

#[test]
fn a_test_that_moves_nothing_says_so_and_leaves_nothing_under_way() {
    let mut program = serve();
    program.url("sandbox for Graph");
    let service = program.url("waba-migrator on");
    // The phones of another sandbox ring when this one sends a code.
    let mut other = serve();
    let elsewhere = other.url("sandbox for Graph");
    let (exit, said) = run(&["smoke-test", "--server", &service, "--sandbox", &elsewhere]);
    assert!(
        exit == Some(1) && said.contains("the number was not moved"),
        "{said}"
    );
    let (_, said) = run(&["list", "--server", &service, "--output", "json"]);
    assert!(said.contains("STATE_CANCELED"), "{said}");
}

#[test]
fn a_code_is_asked_for_or_piped_and_never_an_argument() {
    let (exit, said) = run(&["code", "mig_1", "123830"]);
    assert!(exit == Some(2) && said.contains("leave it out"), "{said}");
    assert!(!said.contains("123830"), "{said}");
    let (exit, said) = run(&["code", "mig_1"]);
    assert!(exit == Some(2) && said.contains("no terminal"), "{said}");
    let nobody = format!("http://{}", unused_address());
    let (exit, said) = run(&["code", "mig_1", "-", "--server", &nobody]);
    assert!(
        exit == Some(1) && said.contains("no service answers"),
        "{said}"
    );
}

#[test]
fn a_text_of_others_does_not_command_the_operators_terminal() {
    let mut program = serve();
    let service = program.url("waba-migrator on");
    // As far as the service takes it: control characters it refuses.
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
    assert_eq!(started["reference"], reference, "{started}");
    let id = started["id"].as_str().unwrap();
    for output in ["table", "json"] {
        let (exit, said) = run(&["status", id, "--server", &service, "--output", output]);
        assert!(exit == Some(0) && said.contains("order 7"), "{said}");
        assert!(
            said.chars().all(waba_migrator::util::visible::is_visible),
            "{said:?}"
        );
    }
    let (_, said) = run(&["status", "\u{1b}[2Jmig_1", "--server", &service]);
    assert!(
        said.chars().all(waba_migrator::util::visible::is_visible),
        "{said:?}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_service_that_dies_leaves_no_core_dump() {
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
