//! Distinct numbers, and accounts to move them to.

/// A number and its destination.
#[derive(Debug, Clone)]
pub struct Number {
    /// The digits of the number, without `+`.
    pub digits: String,
    /// The same without the calling code.
    pub national: String,
    /// The destination account: one per number, so that each migration finds the same conditions.
    pub waba: String,
}

impl Number {
    /// The number at this index of a hundred million German mobile numbers.
    pub fn at(place: u64) -> Self {
        let national = format!("151{:08}", place % 100_000_000);
        Self {
            digits: format!("49{national}"),
            national,
            waba: format!("9{place:014}"),
        }
    }

    /// In E.164.
    pub fn e164(&self) -> String {
        format!("+{}", self.digits)
    }
}
