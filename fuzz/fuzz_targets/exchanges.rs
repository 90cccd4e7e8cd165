//! Whole requests to the REST endpoints, and their responses: a line with the sequence numbers of a
//! stream and its final code, a line with method and target, headers, an empty line, and the body.

#![no_main]

use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use libfuzzer_sys::fuzz_target;
use waba_migrator::api::fuzzing::{Exchanged, GrpcResponse, exchange};

fuzz_target!(|input: &[u8]| {
    let mut lines = input.splitn(3, |byte| *byte == b'\n');
    let [Some(script), Some(line), Some(rest)] = [lines.next(), lines.next(), lines.next()] else {
        return;
    };
    let response = response(&String::from_utf8_lossy(script));
    let Some(request) = request(line, rest) else {
        return;
    };
    let headers = request.headers().clone();
    // The body of a GET is ignored.
    let has_body = request.method() == Method::POST && !request.body().is_empty();
    let watches = request.uri().path().ends_with("/watch");
    let exchanged = exchange(request, response.clone()).expect("the endpoints can be made");
    let shown = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let media = shown(header::CONTENT_TYPE).unwrap_or_default().trim();
    let is = |wanted: &str| {
        media
            .get(..wanted.len())
            .is_some_and(|it| it.eq_ignore_ascii_case(wanted))
    };
    // It is passed to the gRPC endpoints unchanged.
    if is("application/grpc") {
        return;
    }
    assert_eq!(
        exchanged
            .answer
            .headers()
            .get(header::X_CONTENT_TYPE_OPTIONS),
        Some(&HeaderValue::from_static("nosniff")).filter(|_| exchanged.answer.status()
            != StatusCode::NO_CONTENT
            && exchanged
                .answer
                .headers()
                .contains_key(header::CONTENT_TYPE)),
        "{exchanged:?}"
    );
    if !watches {
        // A page of another origin can send a form without a preflight request.
        assert!(
            !has_body
                || exchanged.passed.as_ref().is_none_or(Vec::is_empty)
                || is("application/json"),
            "a body that is no JSON was read: {exchanged:?}"
        );
        return;
    }
    if exchanged.passed.is_none() {
        return;
    }
    let last = shown(HeaderName::from_static("last-event-id"));
    if let Some(last) = last {
        let last: i64 = last.trim().parse().expect("another one is refused");
        assert_eq!(
            exchanged.after_sequence(),
            Some(last),
            "it resumes elsewhere"
        );
    }
    streamed(&exchanged, &response, last.is_some());
});

/// The response of the service behind.
fn response(script: &str) -> GrpcResponse {
    let mut words = script.split_whitespace();
    let mut response = GrpcResponse::default();
    for word in words.by_ref().take(16) {
        match word.split_once(':') {
            Some(("end", code)) => response.code = code.parse().unwrap_or_default(),
            Some((sequence, text)) => {
                let text = text.replace('_', "\n\r ");
                response
                    .events
                    .push((sequence.parse().unwrap_or_default(), text));
            }
            None => {}
        }
    }
    response
}

fn request(line: &[u8], rest: &[u8]) -> Option<Request<Vec<u8>>> {
    let line = std::str::from_utf8(line).ok()?;
    let (method, target) = line.split_once(' ')?;
    let mut request = Request::new(Vec::new());
    *request.method_mut() = method.parse::<Method>().ok()?;
    *request.uri_mut() = target
        .parse::<Uri>()
        .ok()
        .filter(|uri| uri.path().starts_with('/'))?;
    let mut rest = rest;
    loop {
        let end = rest
            .iter()
            .position(|byte| *byte == b'\n')
            .unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        rest = after.get(1..).unwrap_or_default();
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            break;
        };
        let (name, value) = line.split_at(colon);
        let name = HeaderName::from_bytes(name).ok()?;
        let value = HeaderValue::from_bytes(value.get(1..)?.trim_ascii()).ok()?;
        request.headers_mut().append(name, value);
    }
    *request.body_mut() = rest.to_vec();
    Some(request)
}

/// Asserts that a stream has each event once, in order, and an end.
fn streamed(exchanged: &Exchanged, response: &GrpcResponse, resumed: bool) {
    let answer: &Response<_> = &exchanged.answer;
    let well = response.code == 0;
    if response.events.is_empty() {
        // No stream: a client that reconnects at the end gets none, and a refusal is a response.
        match (well, resumed) {
            (true, true) => return assert_eq!(answer.status(), StatusCode::NO_CONTENT),
            (false, _) => return assert!(!answer.status().is_success(), "{answer:?}"),
            (true, false) => {}
        }
    }
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(!answer.headers().contains_key(header::CONTENT_ENCODING));
    let text = std::str::from_utf8(answer.body()).expect("a stream is text");
    let (mut ids, mut ends) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        match name {
            "id" => ids.push(value.trim().parse::<i64>().expect("an id is a sequence")),
            "event" => ends.push(value.trim()),
            "data" | "retry" | "" => {}
            other => panic!("{other} is no field of an event: {text:?}"),
        }
    }
    assert!(
        ids.iter()
            .eq(response.events.iter().map(|(sequence, _)| sequence)),
        "{text:?}"
    );
    assert_eq!(ends, [if well { "end" } else { "status" }]);
    assert!(text.ends_with("\n\n"), "its last event is whole");
}
