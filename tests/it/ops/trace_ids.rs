//! The trace id of a response, and the lines of the log with it.

use serde_json::Value as Json;
use tonic::metadata::MetadataMap;
use tonic_types::StatusExt as _;
use waba_migrator::proto::v1::migration_service_client::MigrationServiceClient;
use waba_migrator::proto::v1::{GetStatusRequest, MigrateRequest, WatchRequest};

use crate::support::program::{Process, Program};
use crate::support::service;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const UNKNOWN: &str = "mig_01935f00000070008000000000000001";

fn program(settings: &[&str]) -> (Process, String) {
    let program = Program::serve().settings(["ops.listen=", "log.format=json"]);
    let program = program.settings(settings).start();
    let started: Json = serde_json::from_str(&program.logged("service started")).unwrap();
    let url = started["server.url"].as_str().unwrap().to_owned();
    (program, url)
}

/// The only line of the log with this trace id.
fn line(program: &Process, id: &str) -> Json {
    let line = program.logged(&format!(r#""trace_id":"{id}""#));
    assert_eq!(program.log_lines(id).len(), 1, "{line}");
    serde_json::from_str(&line).unwrap()
}

/// The trace ids of an error over REST: in the header and in the body.
#[expect(clippy::disallowed_methods, reason = "calls the service, not Meta")]
async fn refused(request: reqwest::RequestBuilder) -> (u16, String) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let id = response.headers()["x-trace-id"]
        .to_str()
        .unwrap()
        .to_owned();
    let body: Json = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    let details = body["error"]["details"].as_array().unwrap();
    assert!(details.iter().any(|it| it["requestId"] == id), "{body}");
    (status, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_has_the_trace_id_of_each_error_over_rest() {
    let (program, url) = program(&[]);
    let http = reqwest::Client::new();
    let get = |path: &str| http.get(format!("{url}{path}"));
    let (status, id) = refused(get(&format!("/v1/migrations/{UNKNOWN}"))).await;
    let found = line(&program, &id);
    assert_eq!(
        (status, &found["reason"]),
        (404, &"MIGRATION_NOT_FOUND".into())
    );
    assert_eq!(found["level"], "INFO");
    let span = &found["span"];
    assert_eq!(span["http.request.method"], "GET");
    assert_eq!(span["http.route"], "/v1/migrations/{migration_id}");
    assert!(span.get("rpc.method").is_none(), "{found}");

    for (path, status) in [("/v2", 404), ("/v1/migrations/", 404)] {
        let (refused, id) = refused(get(path)).await;
        let found = line(&program, &id);
        assert_eq!((refused, &found["level"]), (status, &"INFO".into()));
        assert_eq!(found["span"]["http.response.status_code"], status);
    }
    let foreign = get("/v1/migrations").header("origin", "https://evil.example");
    let (status, id) = refused(foreign).await;
    assert_eq!(
        (status, &line(&program, &id)["level"]),
        (403, &"INFO".into())
    );

    let continued = get("/v2").header("traceparent", format!("00-{TRACE}-00f067bb0c9902b7-01"));
    assert_ne!(refused(continued).await.1, TRACE, "its caller is unknown");
    let path = format!("/v1/migrations/{UNKNOWN}");
    let continued = get(&path).header("traceparent", format!("00-{TRACE}-00f067bb0c9902b7-01"));
    assert_eq!(refused(continued).await.1, TRACE);
    line(&program, TRACE);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_has_the_trace_id_of_each_error_over_grpc() {
    let (program, url) = program(&["auth.api_keys=true"]);
    let mut client = MigrationServiceClient::connect(url).await.unwrap();
    let request = GetStatusRequest {
        migration_id: UNKNOWN.to_owned(),
    };
    let refused = client.get_status(request).await.unwrap_err();
    let id = refused.get_details_request_info().unwrap().request_id;
    assert_eq!(trace_id(refused.metadata()), id);
    let found = line(&program, &id);
    assert_eq!(
        (&found["reason"], &found["level"]),
        (&"CREDENTIALS_MISSING".into(), &"INFO".into())
    );
    assert_eq!(
        found["span"]["rpc.method"],
        "waba.migration.v1.MigrationService/GetStatus"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_has_a_trace_id_although_nothing_is_logged() {
    let silent = ["ops.listen=", "log.format=json", "log.level=off"];
    let (_program, url) = Program::serve().settings(silent).listening();
    let mut client = MigrationServiceClient::connect(url.clone()).await.unwrap();
    let request = MigrateRequest {
        access_token: "EAAB-token".to_owned(),
        ..service::request("+12025550100")
    };
    let migrated = client.migrate(request).await.unwrap();
    let id = trace_id(migrated.metadata());
    assert_eq!(id.len(), 32);
    // The error is in the trailers of a stream that has begun.
    let watched = client.watch(WatchRequest {
        migration_id: UNKNOWN.to_owned(),
        after_sequence: 0,
    });
    let watched = watched.await.unwrap();
    let begun = trace_id(watched.metadata());
    assert_ne!(begun, id);
    let ended = watched.into_inner().message().await.unwrap_err();
    assert_eq!(ended.get_details_request_info().unwrap().request_id, begun);
}

fn trace_id(metadata: &MetadataMap) -> String {
    metadata
        .get("x-trace-id")
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned()
}
