//! The metrics of the program after a migration.

use std::collections::{BTreeMap, BTreeSet};

use waba_migrator::proto::v1::{GetStatusRequest, State, SubmitCodeRequest};

use crate::support::http::{address, get};
use crate::support::program::Program;
use crate::support::service;
use crate::support::wait::until;

/// Each metric with its type and labels, on which docs/operations.md and the chart rely.
const TABLE: &[(&str, &str, &[&str])] = &[
    ("build_info", "gauge", &["commit", "rustc", "version"]),
    ("rpcs_total", "counter", &["code", "method"]),
    ("rpc_duration_seconds", "histogram", &["method"]),
    ("steps_total", "counter", &["outcome", "step"]),
    ("faults_total", "counter", &["reason"]),
    ("migrations", "gauge", &["state"]),
    ("migration_state_duration_seconds", "histogram", &["state"]),
    ("migration_duration_seconds", "histogram", &["state"]),
    ("longest_wait_for_person_seconds", "gauge", &[]),
    ("oldest_due_age_seconds", "gauge", &[]),
    ("retention_removed_total", "counter", &["what"]),
    ("retention_overdue_seconds", "gauge", &[]),
    ("graph_calls_total", "counter", &["code", "endpoint"]),
    ("graph_call_duration_seconds", "histogram", &["endpoint"]),
    ("graph_waba_usage", "gauge", &["bucket"]),
    ("graph_stopped_apps", "gauge", &["reason"]),
    ("graph_failing_seconds", "gauge", &[]),
    ("clock_skew_seconds", "gauge", &["against"]),
    ("added_to_registered_seconds", "histogram", &["route"]),
    ("added_unregistered_age_seconds", "gauge", &[]),
    ("graph_retries_total", "counter", &["endpoint"]),
    ("budgets_near_end", "gauge", &["budget"]),
    ("lease_losses_total", "counter", &[]),
    ("store_duration_seconds", "histogram", &["operation"]),
    ("store_errors_total", "counter", &["operation"]),
    ("engine_workers", "gauge", &["state"]),
    ("engine_last_claim_age_seconds", "gauge", &[]),
    ("draining", "gauge", &[]),
];

/// Exported metrics: types, labels and samples.
#[derive(Default)]
pub struct Exposition {
    pub types: BTreeMap<String, String>,
    pub labels: BTreeMap<String, BTreeSet<String>>,
    pub samples: BTreeMap<String, f64>,
}

impl Exposition {
    /// Parses the Prometheus text format, strictly.
    pub fn read(text: &str) -> Self {
        let mut exposed = Self::default();
        let mut current = String::new();
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                current = help.split_once(' ').unwrap().0.to_owned();
                assert!(help.ends_with(['.']), "{help}");
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').unwrap();
                assert_eq!(name, current, "it is explained first");
                let again = exposed.types.insert(name.to_owned(), kind.to_owned());
                assert_eq!(again, None, "{name} comes twice");
            } else {
                let (sample, value) = line.rsplit_once(' ').unwrap();
                let (name, labels) = sample.split_once('{').unwrap_or((sample, ""));
                assert!(name.starts_with(&current), "{line}");
                let pairs = labels.trim_end_matches('}').split("\",");
                let names = pairs.filter_map(|pair| Some(pair.split_once('=')?.0.to_owned()));
                let names = names.filter(|label| label != "le");
                exposed
                    .labels
                    .entry(current.clone())
                    .or_default()
                    .extend(names);
                let again = exposed
                    .samples
                    .insert(sample.to_owned(), value.parse().unwrap());
                assert_eq!(again, None, "{sample} comes twice");
            }
        }
        exposed
    }

    fn of(&self, sample: &str) -> f64 {
        let found = self.samples.get(&format!("waba_migrator_{sample}"));
        *found.unwrap_or_else(|| panic!("no {sample}: {:#?}", self.samples.keys()))
    }
}

#[test]
fn each_metric_is_in_the_table_of_operations_md() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operations.md");
    let page = std::fs::read_to_string(page).unwrap();
    for (name, kind, labels) in TABLE {
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| `{name}` | {kind} |")));
        let row = row.unwrap_or_else(|| panic!("{name} is not in docs/operations.md"));
        for label in *labels {
            assert!(row.contains(&format!("`{label}`")), "{row} lacks {label}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_is_counted_in_every_metric() {
    let number = "+12025550100";
    let mut program = Program::serve()
        .args(["--sandbox", "--set", "ops.listen=127.0.0.1:0"])
        .start();
    let sandbox = program.url("sandbox for Graph");
    let (api, port) = (program.url("(gRPC"), program.url("operations"));
    let port = address(&port);
    let exposed = || Exposition::read(&get(port, "/metrics").unwrap().body);
    let early = exposed();
    for (name, kind, labels) in TABLE {
        let name = format!("waba_migrator_{name}");
        assert_eq!(
            early.types.get(&name).map(String::as_str),
            Some(*kind),
            "{name}"
        );
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        assert_eq!(early.labels[&name], labels, "{name}");
    }
    assert_eq!(early.types.len(), TABLE.len(), "{:?}", early.types);

    let mut client = service::connect(&api).await;
    let started = client.migrate(service::request(number)).await.unwrap();
    let migration = started.into_inner().migration.unwrap();
    assert_eq!(migration.state(), State::WaitingForCode);
    let phone = format!("/sandbox/numbers/{}/messages", service::digits(number));
    let messages = get(address(&sandbox), &phone).unwrap().body;
    let code = messages.split("\"code\":\"").nth(1).unwrap();
    let submit = SubmitCodeRequest {
        migration_id: migration.id.clone(),
        code: code.chars().take(6).collect(),
        wait: None,
    };
    client.submit_code(submit).await.unwrap();
    let unknown = GetStatusRequest {
        migration_id: "mig_00000000000070008000000000000000".to_owned(),
    };
    client.get_status(unknown).await.unwrap_err();
    let seen = until(|| {
        let seen = exposed();
        let done = seen.of("steps_total{outcome=\"advanced\",step=\"confirm\"}") > 0.0;
        done.then_some(seen)
    });
    for (sample, value) in [
        ("rpcs_total{code=\"OK\",method=\"Migrate\"}", 1.0),
        ("rpcs_total{code=\"OK\",method=\"SubmitCode\"}", 1.0),
        ("rpcs_total{code=\"NOT_FOUND\",method=\"GetStatus\"}", 1.0),
        ("rpc_duration_seconds_count{method=\"Migrate\"}", 1.0),
        ("steps_total{outcome=\"advanced\",step=\"check\"}", 1.0),
        ("steps_total{outcome=\"waiting\",step=\"verify_code\"}", 1.0),
        ("faults_total{reason=\"CODE_REJECTED\"}", 0.0),
        (
            "migration_state_duration_seconds_count{state=\"waiting_for_code\"}",
            1.0,
        ),
        ("migration_duration_seconds_count{state=\"succeeded\"}", 1.0),
        ("migration_duration_seconds_count{state=\"failed\"}", 0.0),
        ("longest_wait_for_person_seconds", 0.0),
        ("graph_calls_total{code=\"ok\",endpoint=\"register\"}", 1.0),
        (
            "graph_call_duration_seconds_count{endpoint=\"register\"}",
            1.0,
        ),
        ("graph_waba_usage{bucket=\"limited\"}", 0.0),
        ("graph_stopped_apps{reason=\"APP_BLOCKED\"}", 0.0),
        ("graph_failing_seconds", 0.0),
        ("added_to_registered_seconds_count{route=\"otp\"}", 1.0),
        ("added_unregistered_age_seconds", 0.0),
        ("graph_retries_total{endpoint=\"register\"}", 0.0),
        ("budgets_near_end{budget=\"register\"}", 0.0),
        ("lease_losses_total", 0.0),
        ("store_duration_seconds_count{operation=\"create\"}", 1.0),
        ("store_errors_total{operation=\"save\"}", 0.0),
        ("engine_workers{state=\"most\"}", 1280.0),
        ("draining", 0.0),
    ] {
        let exposed = seen.of(sample);
        assert!((exposed - value).abs() < f64::EPSILON, "{sample} {exposed}");
    }
    assert!(seen.of("store_duration_seconds_count{operation=\"save\"}") > 1.0);
    program.terminate();
    assert!(program.ended().0.success());
}
