//! REST requests: a byte that selects the RPC, the query up to the end of the line, and the body.

#![no_main]

use domain::TenantId;
use libfuzzer_sys::fuzz_target;
use waba_migrator::api::fuzzing::{message, rest};
use waba_migrator_fuzz::{fits_in_headers, now, rpc};

fuzz_target!(|input: &[u8]| {
    let Some((rpc, asked)) = rpc(input) else {
        return;
    };
    let end = asked
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(asked.len());
    let (query, body) = asked.split_at(end);
    let query = String::from_utf8_lossy(query);
    let answered = rest(rpc, &query, body.get(1..).unwrap_or_default())
        .and_then(|encoded| message(rpc, &encoded, &TenantId::default_tenant(), now()));
    if let Err(status) = answered {
        assert!(
            !status.message().contains("failed to decode"),
            "REST made no message: {status:?}"
        );
        fits_in_headers(&status);
    }
});
