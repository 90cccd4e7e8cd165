//! The one source of random bytes: the operating system's, through aws-lc-rs.

use aws_lc_rs::rand;
use zeroize::Zeroizing;

/// The operating system returned no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system returned no random bytes")]
pub struct Unavailable;

/// Fills `bytes` with random bytes.
pub fn fill(bytes: &mut [u8]) -> Result<(), Unavailable> {
    rand::fill(bytes).map_err(|_| Unavailable)
}

/// `N` random bytes. They are wiped when they are dropped.
pub fn bytes<const N: usize>() -> Result<Zeroizing<[u8; N]>, Unavailable> {
    let mut bytes = Zeroizing::new([0; N]);
    fill(bytes.as_mut_slice())?;
    Ok(bytes)
}
