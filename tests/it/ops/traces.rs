//! The traces of the program, as a collector receives them.

use std::path::Path;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use sandbox::{Options, Sandbox};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::DropGuard;
use waba_migrator::proto::v1::{MigrateRequest, Migration, State, SubmitCodeRequest};

use super::collector::{Collector, attribute};
use crate::support::graph;
use crate::support::program::{Process, Program};
use crate::support::service;
use crate::support::transport::is_rest;

const NUMBER: &str = "+12025550100";
/// A number with two-step verification, which is found when it is added.
const REFUSED: &str = "+12025550130";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067bb0c9902b7";
const TOKEN: &str = "EAABcanaryToken";
const PIN: &str = "918273";
const HEADER: &str = "Bearer canaryOfTheCollector";

/// Programs that share a store, a sandbox and a collector.
struct Place {
    folder: TempDir,
    sandbox: Sandbox,
    graph: String,
    collector: Collector,
    endpoint: String,
    _sandbox: DropGuard,
}

impl Place {
    async fn new() -> Self {
        let (sandbox, graph, stop) = graph::served(Options::default()).await;
        let (collector, endpoint) = Collector::listen().await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("headers"),
            format!("authorization={HEADER}\n"),
        )
        .unwrap();
        Self {
            folder,
            sandbox,
            graph,
            collector,
            endpoint,
            _sandbox: stop,
        }
    }

    fn path(&self, name: &str) -> String {
        Path::new(self.folder.path())
            .join(name)
            .display()
            .to_string()
    }

    /// A program on the store with these settings; and the URL of its API.
    fn serve(&self, settings: &[&str]) -> (Process, String) {
        let common = [
            format!("graph.base_url={}", self.graph),
            format!("telemetry.otlp_endpoint={}", self.endpoint),
            format!("telemetry.otlp_headers_file={}", self.path("headers")),
            "ops.listen=".to_owned(),
            "code.cooldown=0s".to_owned(),
        ];
        Program::serve()
            .store(&format!("sqlite://{}", self.path("migrations.db")))
            .settings(common)
            .settings(settings)
            .listening()
    }

    fn code(&self) -> String {
        let messages = self.sandbox.messages(service::digits(NUMBER));
        messages.last().unwrap().code.clone()
    }
}

/// Starts a migration, as part of the caller's trace if there is one.
async fn migrate(api: &str, number: &str, trace: Option<String>) -> Migration {
    let mut request = tonic::Request::new(MigrateRequest {
        access_token: TOKEN.to_owned(),
        source_waba_id: String::new(),
        two_step_pin: PIN.to_owned(),
        ..service::request(number)
    });
    if let Some(trace) = trace {
        let metadata = request.metadata_mut();
        metadata.insert("traceparent", trace.parse().unwrap());
    }
    let mut client = service::connect(api).await;
    let answer = client.migrate(request).await.unwrap();
    answer.into_inner().migration.unwrap()
}

fn hex(bytes: &[u8]) -> String {
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    halves
        .filter_map(|half| char::from_digit(half.into(), 16))
        .collect()
}

fn named(name: &str) -> impl Fn(&Span) -> bool + '_ {
    move |span| span.name == name
}

fn within<'a>(parent: &Span, name: &'a str) -> impl Fn(&Span) -> bool + 'a {
    let (trace, parent) = (parent.trace_id.clone(), parent.span_id.clone());
    move |span| span.name == name && span.parent_span_id == parent && span.trace_id == trace
}

#[track_caller]
fn says(span: &Span, attributes: &[(&str, &str)]) {
    for (name, value) in attributes {
        assert_eq!(
            attribute(span, name).as_deref(),
            Some(*value),
            "{name}: {span:?}"
        );
    }
}

#[track_caller]
fn links_to(step: &Span, request: &Span) {
    assert!(step.parent_span_id.is_empty(), "a step is a root: {step:?}");
    assert_ne!(step.trace_id, request.trace_id);
    let [link] = step.links.as_slice() else {
        panic!("{:?}", step.links)
    };
    assert_eq!(
        (&link.trace_id, &link.span_id),
        (&request.trace_id, &request.span_id)
    );
}

fn status(span: &Span) -> StatusCode {
    span.status.as_ref().map_or(
        StatusCode::Unset,
        opentelemetry_proto::tonic::trace::v1::Status::code,
    )
}

/// The name of the span of a call: of its RPC, or over REST of its route.
fn span_name<'a>(rpc: &'a str, route: &'a str) -> &'a str {
    if is_rest() { route } else { rpc }
}

/// The call is part of the caller's trace, and the work of the store is part of the call.
fn continues_the_caller(collector: &Collector, migration: &Migration) -> Span {
    let caller = |span: &Span| hex(&span.parent_span_id) == CALLER;
    let rpc = collector.wait_for(caller);
    let of_grpc = [
        ("rpc.system.name", "grpc"),
        ("rpc.method", "waba.migration.v1.MigrationService/Migrate"),
        ("rpc.response.status_code", "OK"),
    ];
    let of_http = [
        ("http.request.method", "POST"),
        ("http.route", "/v1/migrations"),
        ("http.response.status_code", "201"),
        ("url.scheme", "http"),
    ];
    assert_eq!(rpc.name, span_name(of_grpc[1].1, "POST /v1/migrations"));
    assert_eq!(
        (hex(&rpc.trace_id), rpc.kind()),
        (TRACE.to_owned(), SpanKind::Server)
    );
    let (own, others) = if is_rest() {
        (&of_http[..], &of_grpc[..])
    } else {
        (&of_grpc[..], &of_http[..])
    };
    says(&rpc, own);
    says(
        &rpc,
        &[("migration.id", &migration.id), ("tenant.id", "default")],
    );
    for (name, _) in others {
        assert_eq!(attribute(&rpc, name), None, "{rpc:?}");
    }
    let create = collector.wait_for(within(&rpc, "create"));
    says(
        &create,
        &[
            ("db.system.name", "sqlite"),
            ("db.operation.name", "create"),
        ],
    );
    assert_eq!(create.kind(), SpanKind::Client);
    rpc
}

/// Traces name the program, and hold no secret.
fn is_named_and_holds_no_secret(place: &Place) {
    let collector = &place.collector;
    let resource = collector.resource();
    assert_eq!(resource["service.name"], "waba-migrator");
    assert_eq!(resource["service.version"], env!("CARGO_PKG_VERSION"));
    assert!(collector.authorizations().iter().all(|it| it == HEADER));
    let everything = collector.everything();
    for canary in [
        TOKEN,
        PIN,
        HEADER,
        &place.code(),
        NUMBER,
        service::digits(NUMBER),
        "2025550100",
    ] {
        assert!(!everything.contains(canary), "{canary} was traced");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_is_traced_from_the_caller_to_meta_across_processes() {
    let place = Place::new().await;
    let (program, api) = place.serve(&[]);
    let migration = migrate(&api, NUMBER, Some(format!("00-{TRACE}-{CALLER}-01"))).await;
    assert_eq!(migration.state(), State::WaitingForCode);
    let refused = migrate(&api, REFUSED, None).await;
    assert_eq!(refused.state(), State::ActionRequired);
    program.terminate();
    assert!(program.ended().0.success());

    let collector = &place.collector;
    let rpc = continues_the_caller(collector, &migration);

    let of_first = |name: &'static str| {
        let id = migration.id.clone();
        move |span: &Span| {
            span.name == name && attribute(span, "migration.id").as_ref() == Some(&id)
        }
    };
    let add = collector.wait_for(of_first("ADD_NUMBER"));
    links_to(&add, &rpc);
    says(
        &add,
        &[("migration.step", "ADD_NUMBER"), ("tenant.id", "default")],
    );
    assert!(collector.spans().iter().any(within(&add, "save")));
    let call = collector.wait_for(within(&add, "POST /{waba_id}/phone_numbers"));
    let full = format!(
        "{}/v27.0/{}/phone_numbers",
        place.graph,
        service::DESTINATION
    );
    says(
        &call,
        &[
            ("http.request.method", "POST"),
            ("http.response.status_code", "200"),
            ("url.template", "/{waba_id}/phone_numbers"),
            ("url.full", &full),
            ("server.address", "127.0.0.1"),
            ("graph.call", "add_number"),
        ],
    );
    assert_eq!(
        (call.kind(), status(&call)),
        (SpanKind::Client, StatusCode::Unset)
    );

    let bad = |span: &Span| attribute(span, "graph.subcode").as_deref() == Some("2388001");
    let bad = collector.wait_for(bad);
    says(
        &bad,
        &[("graph.code", "100"), ("error.type", "TWO_STEP_ENABLED")],
    );
    assert!(attribute(&bad, "graph.fbtrace_id").is_some());
    assert_eq!(status(&bad), StatusCode::Error);

    // Later, in another process, by another caller.
    let (program, api) = place.serve(&[]);
    let submit = SubmitCodeRequest {
        migration_id: migration.id.clone(),
        code: place.code(),
        wait: None,
    };
    service::connect(&api)
        .await
        .submit_code(submit)
        .await
        .unwrap();
    for step in ["VERIFY_CODE", "REGISTER", "CONFIRM"] {
        let later = |span: &Span| {
            of_first(step)(span) && span.start_time_unix_nano > bad.end_time_unix_nano
        };
        links_to(&collector.wait_for(later), &rpc);
    }
    let submitted = collector.wait_for(named(span_name(
        "waba.migration.v1.MigrationService/SubmitCode",
        "POST /v1/migrations/{migration_id}/code",
    )));
    assert!(submitted.parent_span_id.is_empty() && hex(&submitted.trace_id) != TRACE);
    program.terminate();
    assert!(program.ended().0.success());
    is_named_and_holds_no_secret(&place);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_trace_is_sent_completely_although_it_is_not_sampled() {
    let place = Place::new().await;
    let settings = ["telemetry.otlp_protocol=http", "telemetry.sampling_ratio=0"];
    let (program, api) = place.serve(&settings);
    migrate(&api, NUMBER, None).await;
    migrate(&api, REFUSED, None).await;
    program.terminate();
    assert!(program.ended().0.success());
    let spans = place.collector.spans();
    let failed: Vec<&Span> = spans
        .iter()
        .filter(|it| it.parent_span_id.is_empty())
        .collect();
    assert!(!failed.is_empty());
    for root in failed {
        assert_eq!(status(root), StatusCode::Error, "{root:?}");
    }
    let add = place.collector.wait_for(named("ADD_NUMBER"));
    // The spans before the refusal are there, too.
    let save = place.collector.wait_for(within(&add, "save"));
    assert_eq!(status(&save), StatusCode::Unset);
    assert_eq!(save.flags & 1, 1, "a collector takes it for sampled");
    assert!(
        spans
            .iter()
            .any(within(&add, "POST /{waba_id}/phone_numbers"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authenticated_caller_decides_about_its_trace_and_an_unauthenticated_one_does_not() {
    let place = Place::new().await;
    let none = "telemetry.sampling_ratio=0";
    let wanted = || Some(format!("00-{TRACE}-{CALLER}-01"));
    let (program, api) = place.serve(&[none, "auth.api_keys=true"]);
    let mut request = tonic::Request::new(service::request(NUMBER));
    let trace = wanted().unwrap().parse().unwrap();
    request.metadata_mut().insert("traceparent", trace);
    let refused = service::connect(&api).await.migrate(request).await;
    assert_eq!(refused.unwrap_err().code(), tonic::Code::Unauthenticated);
    program.terminate();
    assert!(program.ended().0.success());
    assert!(place.collector.spans().is_empty());

    // This service has no authentication.
    let (program, api) = place.serve(&[none]);
    migrate(&api, NUMBER, wanted()).await;
    program.terminate();
    assert!(program.ended().0.success());
    let rpc = place
        .collector
        .wait_for(|span| hex(&span.parent_span_id) == CALLER);
    assert_eq!(hex(&rpc.trace_id), TRACE);
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "the test waits for a process")]
async fn without_a_collector_the_service_loses_traces_and_nothing_else() {
    let mut place = Place::new().await;
    // It accepts connections and never responds.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("http://{}", silent.local_addr().unwrap());
    for (endpoint, number) in [("http://127.0.0.1:9", NUMBER), (&*silent, REFUSED)] {
        place.endpoint = endpoint.to_owned();
        let (program, api) = place.serve(&[]);
        migrate(&api, number, None).await;
        if endpoint != silent {
            program.logged("cannot send traces");
        }
        let began = Instant::now();
        program.terminate();
        let (status, log) = program.ended();
        assert!(status.success(), "{log}");
        assert!(
            began.elapsed() < Duration::from_secs(6),
            "{:?}",
            began.elapsed()
        );
        assert!(log.matches("cannot send traces").count() <= 1, "{log}");
    }
}
