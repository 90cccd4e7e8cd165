//! Encoded gRPC requests: a byte that selects the RPC, and the message.

#![no_main]

use domain::TenantId;
use libfuzzer_sys::fuzz_target;
use waba_migrator::api::fuzzing::message;
use waba_migrator_fuzz::{fits_in_headers, now, rpc};

fuzz_target!(|input: &[u8]| {
    if let Some((rpc, encoded)) = rpc(input)
        && let Err(status) = message(rpc, encoded, &TenantId::default_tenant(), now())
    {
        fits_in_headers(&status);
    }
});
