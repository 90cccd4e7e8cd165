//! Requests to the REST door: a byte that says for which RPC, the query up to the end of the line, and the body.

#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use waba_migrator::api;
use waba_migrator::migration::TenantId;

fuzz_target!(|input: &[u8]| {
    let now = Timestamp::from_second(1_790_000_000).expect("a time");
    let Some((rpc, rest)) = input.split_first() else {
        return;
    };
    let rpc = usize::from(*rpc) % api::rpcs().count();
    let end = rest
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(rest.len());
    let (query, body) = rest.split_at(end);
    let query = String::from_utf8_lossy(query);
    let answered = api::fuzzing::rest(rpc, &query, body.get(1..).unwrap_or_default())
        .and_then(|message| api::fuzzing::message(rpc, &message, &TenantId::default_tenant(), now));
    if let Err(status) = answered {
        assert!(
            !status.message().contains("failed to decode"),
            "REST made no message: {status:?}"
        );
        waba_migrator_fuzz::fits_in_headers(&status);
    }
});
