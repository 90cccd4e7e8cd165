//! Answers of Meta's, and of what stands in between: a line with the HTTP status, `w` where the call changes something, and
//! the usage headers; then the body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use waba_migrator::graph::fuzzing::{Answered, answer};
use domain::{Effect, GraphError};

/// What the call held. Meta quotes such things back.
const SECRET: &str = "s3cr3t";
/// A text of Meta's is kept up to 1000 characters and a mark.
const LONGEST: usize = 1001;
/// No block of Meta's is longer than a week.
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
    let answered = Answered {
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
