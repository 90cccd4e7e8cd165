//! What several targets hold.

use tonic::Status;

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
