//! Faults and traces contain no token, code, PIN or number.

use serde_json::json;
use tracing_subscriber::fmt::format::FmtSpan;
use wiremock::ResponseTemplate;

use super::{
    APP_SECRET, CODE, FakeMeta, NUMBER, PIN, TOKEN, WABA, client, number_id, of_app, phone, pin,
    waba,
};
use crate::support::graph::Writes as _;
use crate::support::traced::Traced;

const SECRETS: [&str; 5] = [TOKEN, APP_SECRET, PIN, CODE, "2025550123"];

/// An error that quotes every secret of its request.
fn quoting() -> ResponseTemplate {
    let words = format!("Malformed access token {TOKEN} of {APP_SECRET}: code {CODE}, pin {PIN}");
    ResponseTemplate::new(400).set_body_json(json!({"error": {
        "message": words, "type": words, "code": 190, "error_user_title": words, "error_user_msg": words,
        "error_data": {"details": words}, "fbtrace_id": "Az8or2",
    }}))
}

#[tokio::test]
async fn a_fault_contains_no_secret_that_meta_quotes_back() {
    let meta = FakeMeta::of_app().await;
    meta.responds("POST", &format!("/{NUMBER}/register"), quoting())
        .await;
    meta.responds("POST", &format!("/{NUMBER}/verify_code"), quoting())
        .await;
    meta.responds("GET", "/debug_token", quoting()).await;
    let register = meta
        .session()
        .register(&number_id(), &pin())
        .await
        .unwrap_err();
    let verify = meta
        .session()
        .verify_code(&number_id(), &CODE.parse().unwrap())
        .await
        .unwrap_err();
    let token = meta.session().debug_token().await.unwrap_err();
    for (fault, sent) in [(register, PIN), (verify, CODE), (token, TOKEN)] {
        let printed = format!("{fault:?}");
        for secret in [TOKEN, APP_SECRET, sent] {
            assert!(!printed.contains(secret), "{secret} in {printed}");
        }
        assert!(printed.contains("Malformed access token"));
    }
}

/// An error whose texts all quote the secret across the length at which texts are cut.
fn quoting_across_the_cut(secret: &str, at: usize) -> ResponseTemplate {
    let words = format!("{}{secret} and more", ".".repeat(at));
    let within = json!({"details": words}).to_string();
    ResponseTemplate::new(400).set_body_json(json!({"error": {
        "message": words, "type": words, "code": 190, "error_user_title": words, "error_user_msg": words,
        "error_data": within, "another_text": format!("{words}."), "fbtrace_id": words,
    }}))
}

#[tokio::test]
async fn a_secret_across_the_cut_of_a_long_text_is_hidden_completely() {
    let meta = FakeMeta::of_app().await;
    let number = number_id();
    // The secret of another app, which no call contains.
    let other = "EAAanotherappstoken0123456789abcdef";
    for (secret, at) in [TOKEN, APP_SECRET, PIN, CODE, other]
        .into_iter()
        .flat_map(|secret| [990, 995, 998].map(|at| (secret, at)))
    {
        meta.server.reset().await;
        let answer = || quoting_across_the_cut(secret, at);
        meta.responds("POST", &format!("/{NUMBER}/register"), answer())
            .await;
        meta.responds("POST", &format!("/{NUMBER}/verify_code"), answer())
            .await;
        let fault = if secret == CODE {
            let code = CODE.parse().unwrap();
            meta.session().verify_code(&number, &code).await.map(drop)
        } else {
            meta.session().register(&number, &pin()).await.map(drop)
        };
        let error = fault.unwrap_err().graph_error.unwrap();
        let texts = [
            Some(&error.kind),
            Some(&error.message),
            error.user_title.as_ref(),
            error.user_message.as_ref(),
            error.details.as_ref(),
            error.fbtrace_id.as_ref(),
        ];
        for text in texts {
            let text = text.expect("a text is missing");
            for line in text.lines() {
                assert_eq!(
                    line.trim_start_matches('.').chars().next(),
                    Some('…'),
                    "{secret} at {at}: {line}"
                );
                assert!(line.chars().count() <= 1001);
            }
        }
        assert_eq!(error.details.unwrap().lines().count(), 2);
    }
}

#[tokio::test]
async fn a_transport_fault_does_not_contain_the_address() {
    let client = client("http://127.0.0.1:1", |_| {});
    let fault = client.session(&of_app()).debug_token().await.unwrap_err();
    let printed = format!("{fault:?}");
    for hidden in [TOKEN, APP_SECRET, "input_token", "appsecret_proof"] {
        assert!(!printed.contains(hidden), "{hidden} in {printed}");
    }
}

#[tokio::test]
async fn a_call_is_one_span_with_metas_trace_id_and_no_secret() {
    let traced = Traced::default();
    let writer = traced.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let meta = FakeMeta::of_app().await;
    meta.responds(
        "POST",
        &format!("/{NUMBER}/register"),
        quoting().insert_header("facebook-api-version", "v27.0"),
    )
    .await;
    meta.responds("POST", &format!("/{NUMBER}/verify_code"), quoting())
        .await;
    meta.answers(
        "POST",
        &format!("/{WABA}/phone_numbers"),
        200,
        json!({"id": NUMBER}),
    )
    .await;
    let session = meta.session();
    // The thread of another test without tracing may have registered the callsites first, as
    // disabled.
    session.number(&number_id()).await.unwrap_err();
    tracing::callsite::rebuild_interest_cache();
    session.register(&number_id(), &pin()).await.unwrap_err();
    session.debug_token().await.unwrap_err();
    session
        .verify_code(&number_id(), &CODE.parse().unwrap())
        .await
        .unwrap_err();
    session.add_number(&waba(), &phone()).await.unwrap();

    let traced = traced.text();
    // Hyper traces its connections within our spans; only the line at the end of a span is ours.
    let ours: Vec<&str> = traced
        .lines()
        .filter(|line| line.contains("graph.call") && line.contains("close"))
        .collect();
    let registered = ours
        .iter()
        .find(|line| line.contains("graph.call=\"register\""))
        .unwrap();
    for field in [
        "otel.kind=\"client\"",
        "otel.name=\"POST /{phone_number_id}/register\"",
        "http.request.method=POST",
        "http.response.status_code=400",
        "url.template=\"/{phone_number_id}/register\"",
        "server.address=\"127.0.0.1\"",
        "graph.code=190",
        "graph.fbtrace_id=\"Az8or2\"",
        "graph.api_version=\"v27.0\"",
        "error.type=\"TOKEN_REFUSED\"",
    ] {
        assert!(registered.contains(field), "{field} not in {registered}");
    }
    for line in traced.lines() {
        for secret in SECRETS {
            assert!(!line.contains(secret), "{secret} in {line}");
        }
    }
}
