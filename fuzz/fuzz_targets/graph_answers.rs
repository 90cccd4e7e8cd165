//! Responses of Meta and of proxies: a line with the HTTP status, `w` if the call changes
//! something, and the usage headers; then the body.

#![no_main]

use domain::{Effect, GraphError};
use libfuzzer_sys::fuzz_target;
use waba_migrator::graph::fuzzing::{FuzzedResponse, answer};

/// A secret of the request. Meta quotes such values back.
const SECRET: &str = "s3cr3t";
/// Maximum characters of a text of Meta's that is kept, with the ellipsis.
const LONGEST: usize = 1001;
/// Maximum block by Meta, hours.
const LONGEST_WAIT_HOURS: i64 = 7 * 24;

fuzz_target!(|input: &[u8]| {
    let end = input
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(input.len());
    let (line, body) = input.split_at(end);
    let status = line
        .get(..3)
        .and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    let answered = FuzzedResponse {
        status: status.unwrap_or(200),
        changes: line.get(4) == Some(&b'w'),
        usage: line.get(6..).unwrap_or_default(),
        body: body.get(1..).unwrap_or_default(),
        secret: SECRET,
    };
    let Err(fault) = answer(answered) else {
        return;
    };
    assert!(
        answered.changes || fault.effect == Effect::None,
        "a reading call has no effect"
    );
    assert!(
        fault
            .retry_after
            .is_none_or(|wait| wait.is_positive() && wait.as_hours() <= LONGEST_WAIT_HOURS)
    );
    let said = format!("{fault:?}");
    assert!(!said.contains(SECRET), "what the call held is in the fault");
    if let Some(error) = fault.graph_error.as_deref() {
        assert!(texts(error).all(|text| text.chars().count() <= LONGEST));
    }
    let kept = serde_json::to_string(&fault).expect("a fault can be kept");
    assert_eq!(
        serde_json::from_str(&kept).ok(),
        Some(fault),
        "kept, it is another fault"
    );
});

fn texts(error: &GraphError) -> impl Iterator<Item = &String> {
    let optional = [
        &error.user_title,
        &error.user_message,
        &error.details,
        &error.fbtrace_id,
    ];
    let optional = optional.into_iter().filter_map(Option::as_ref);
    [&error.kind, &error.message].into_iter().chain(optional)
}
