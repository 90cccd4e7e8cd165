//! Where Meta's OpenAPI file is not to be believed, one by one.
//!
//! Request shapes of the file are usable; what it says of answers and errors is poor, and where it conflicts with
//! Meta's guides, reference and SDK, those win. Each row says what the file says, what is true and who says so, and
//! what the test holds the adapter and the sandbox to instead.

mod answers;
mod errors;
mod requests;
mod sayings;

use super::deviation::{Deviation, Kind};
use super::record::Exchange;

pub use sayings::SAYINGS;

/// The difference may show on any operation.
const ANY: &str = "any";

/// A deviation that is let pass, because the file is wrong or says too little.
#[derive(Debug)]
pub struct Difference {
    /// The operation on which it shows, or [`ANY`].
    pub on: &'static str,
    pub kind: Kind,
    /// Where it shows. It must show at each.
    pub places: &'static [&'static str],
    /// What the file says.
    pub file: &'static str,
    /// What is true, and who says so.
    pub truth: &'static str,
    /// The JSON Schema that stands for the file's: what does not match it does not pass.
    pub instead: &'static str,
}

/// Words of the file that no schema holds, and that are wrong.
#[derive(Debug)]
pub struct Saying {
    /// Where in the file, as a JSON pointer.
    pub pointer: &'static str,
    /// What stands there, among other words.
    pub words: &'static str,
    /// What is true, and who says so.
    pub truth: &'static str,
    /// Whether an exchange shows the truth. One must.
    pub shown: fn(&Exchange) -> bool,
}

/// Every difference.
pub fn all() -> impl Iterator<Item = &'static Difference> {
    [requests::TABLE, answers::TABLE, errors::TABLE]
        .into_iter()
        .flatten()
}

impl Difference {
    /// Whether `deviation` is of this kind and place. Its value may still be a wrong one.
    pub fn names(&self, deviation: &Deviation) -> bool {
        (self.on == ANY || self.on == deviation.on)
            && self.kind == deviation.kind
            && self.places.contains(&deviation.place.as_str())
    }
}
