//! Requests as they come over the wire: a byte that says to which RPC, and the message.

#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use waba_migrator::api;
use waba_migrator::migration::TenantId;

fuzz_target!(|input: &[u8]| {
    let now = Timestamp::from_second(1_790_000_000).expect("a time");
    let Some((rpc, encoded)) = input.split_first() else {
        return;
    };
    let rpc = usize::from(*rpc) % api::rpcs().count();
    if let Err(status) = api::fuzzing::message(rpc, encoded, &TenantId::default_tenant(), now) {
        waba_migrator_fuzz::fits_in_headers(&status);
    }
});
