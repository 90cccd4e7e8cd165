//! Helpers of several targets.

use jiff::Timestamp;
use tonic::Status;
use waba_migrator::api;

/// Maximum size of an error in headers, bytes: many clients accept no more than 8 KiB of headers.
const MOST: usize = 8 * 1024;

/// Asserts that an error is small enough to reach its caller: its message is escaped in headers,
/// its details are in base64.
///
/// # Panics
///
/// If it is too large.
pub fn fits_in_headers(status: &Status) {
    let plain = |byte: &u8| (b' '..=b'~').contains(byte) && *byte != b'%';
    let message: usize = status
        .message()
        .as_bytes()
        .iter()
        .map(|byte| if plain(byte) { 1 } else { 3 })
        .sum();
    let size = message + status.details().len().div_ceil(3) * 4;
    assert!(size <= MOST, "an error of {size} bytes: {status:?}");
}

/// A fixed time.
///
/// # Panics
///
/// Never.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).expect("a time")
}

/// The index of an RPC in the contract, from the first byte, and the rest of the input.
#[must_use]
pub fn rpc(input: &[u8]) -> Option<(usize, &[u8])> {
    let (rpc, rest) = input.split_first()?;
    Some((usize::from(*rpc) % api::rpcs().count(), rest))
}
