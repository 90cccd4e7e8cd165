//! What several targets hold.

use jiff::Timestamp;
use tonic::Status;
use waba_migrator::api;

/// Many clients take no more than 8 KiB of headers, and an error travels in those.
const MOST: usize = 8 * 1024;

/// Panics where an error would be too large to reach its caller: its message is escaped on the way, its details are in base64.
///
/// # Panics
///
/// Where it is.
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

/// The time that it always is.
///
/// # Panics
///
/// Never: it is a time.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).expect("a time")
}

/// The place of an RPC in the contract, as the first byte has it, and the rest.
#[must_use]
pub fn rpc(input: &[u8]) -> Option<(usize, &[u8])> {
    let (rpc, rest) = input.split_first()?;
    Some((usize::from(*rpc) % api::rpcs().count(), rest))
}
