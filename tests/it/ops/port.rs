//! Liveness and readiness.

use crate::support::http::{Answer, address, get, unused_address};
use crate::support::program::Program;
use crate::support::service;
use crate::support::wait::until;

fn says(status: u16, body: &str) -> Answer {
    Answer {
        status,
        body: body.to_owned(),
    }
}

#[test]
fn a_service_that_waits_for_its_database_is_live_and_not_ready() {
    let (port, unused) = (unused_address(), unused_address());
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    waba_migrator::crypto::Keyring::create(&key).unwrap();
    let program = Program::serve()
        .store(&format!("postgres://{unused}/migrations"))
        .set("encryption.key_file", key.display())
        .set("ops.listen", port)
        .start();
    let early = until(|| get(port, "/readyz"));
    assert_eq!(early.status, 503);
    assert_eq!(get(port, "/livez"), Some(says(200, "live\n")));
    let waits = until(|| get(port, "/readyz").filter(|it| it.body.contains("is unavailable")));
    assert!(waits.body.contains("refused"), "{}", waits.body);
    assert!(waits.body.contains("\nschema: "), "{}", waits.body);
    assert!(
        get(port, "/metrics")
            .unwrap()
            .body
            .contains("waba_migrator_build_info")
    );
    program.terminate();
    assert!(program.ended().0.success());
}

#[test]
fn a_taken_port_names_its_setting() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let program = Program::serve().set("ops.listen", taken.local_addr().unwrap());
    let (status, log) = program.start().ended();
    assert_eq!(status.code(), Some(1));
    assert!(
        log.contains("choose another address with ops.listen"),
        "{log}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_stop_signal_ends_the_service_at_once() {
    // Its call to Meta takes longer than the test.
    let slow = ["sandbox.latency=1m", "ops.listen=127.0.0.1:0"];
    let program = Program::serve().args(["--sandbox"]).settings(slow);
    let mut program = program.start();
    let (api, port) = (program.url("(gRPC"), program.url("operations"));
    let port = address(&port);
    assert_eq!(get(port, "/readyz"), Some(says(200, "ready\n")));
    let mut client = service::connect(&api).await;
    let request = waba_migrator::proto::v1::MigrateRequest {
        wait: Some(prost_types::Duration::default()),
        ..service::request("+12025550100")
    };
    client.migrate(request).await.unwrap();
    program.terminate();
    let drains = says(503, "draining: the service stops\n");
    until(|| get(port, "/readyz").filter(|it| *it == drains));
    let metrics = get(port, "/metrics").unwrap().body;
    assert!(metrics.contains("waba_migrator_draining 1\n"));
    program.terminate();
    let (status, log) = program.ended();
    assert_eq!(status.code(), Some(1));
    assert!(log.contains("second stop signal"), "{log}");
}
