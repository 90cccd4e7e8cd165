//! Numbers and accounts to move them to, no two alike.

/// A number to move, and where to.
#[derive(Debug, Clone)]
pub struct Number {
    /// All digits of the number, without `+`.
    pub digits: String,
    /// The same without the calling code.
    pub national: String,
    /// The account that it moves to: one for each number, so that each finds the same as the one before it.
    pub waba: String,
}

impl Number {
    /// The number of this place in a range of a hundred million German mobile numbers.
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
