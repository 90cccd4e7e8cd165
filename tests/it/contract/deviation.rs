//! Deviations: where an exchange and Meta's OpenAPI file differ, whoever is right.

use serde_json::Value;

/// A place where an exchange is not as the file has it.
#[derive(Debug)]
pub struct Deviation {
    /// Method and path: `GET /{WABA-ID}/phone_numbers`.
    pub on: String,
    pub kind: Kind,
    /// Where: `request/language`, `answer/data/*/status`, a parameter's name, a status or an error's code.
    pub place: String,
    /// What stands there.
    pub value: Value,
}

/// How an exchange deviates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The file does not have the operation.
    Operation,
    /// The file does not have the parameter or the field.
    Undeclared,
    /// The file requires a parameter or a field that is not there.
    Missing,
    /// The file does not allow the value.
    Value,
    /// The file does not have the status, or not for such an answer.
    Status,
    /// The answer is no JSON.
    NotJson,
    /// The file has no example of the error.
    UnknownError,
    /// The file's example has the error under another status.
    ErrorStatus,
}

/// The deviations of one exchange, as they are found.
pub struct Found {
    on: String,
    pub deviations: Vec<Deviation>,
}

impl Found {
    /// None yet, on this operation.
    pub const fn on(on: String) -> Self {
        Self {
            on,
            deviations: Vec::new(),
        }
    }

    /// Adds one.
    pub fn add(&mut self, kind: Kind, place: impl Into<String>, value: Value) {
        self.deviations.push(Deviation {
            on: self.on.clone(),
            kind,
            place: place.into(),
            value,
        });
    }
}
