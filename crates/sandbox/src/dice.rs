//! Randomness: codes, ids and trace ids.
//!
//! `SplitMix64`, because a test must be able to repeat a run from its seed. The codes go to a
//! public inbox, so none is a secret. It must never be used outside the sandbox.

use uuid::Uuid;

const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A small seeded random generator.
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The same sequence for the same seed; without a seed a different one in every process.
    #[expect(
        clippy::disallowed_methods,
        reason = "the only source of randomness in the sandbox"
    )]
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self(seed.unwrap_or_else(|| Uuid::new_v4().as_u64_pair().0))
    }

    /// The next 64 random bits.
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Six digits.
    pub(crate) fn six_digits(&mut self) -> String {
        format!("{:06}", self.roll() % 1_000_000)
    }

    /// Letters and digits, as in Meta's trace ids.
    pub(crate) fn letters(&mut self, length: usize) -> String {
        (0..length)
            .filter_map(|_| {
                let at = usize::try_from(self.roll() % 62).unwrap_or(0);
                LETTERS.get(at).map(|byte| char::from(*byte))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_codes() {
        let (mut one, mut two) = (Dice::new(Some(7)), Dice::new(Some(7)));
        let code = one.six_digits();
        assert_eq!(code, two.six_digits());
        assert_eq!(code.len(), 6);
        assert_ne!(code, one.six_digits());
    }
}
