//! An invalid request to the control API.

use serde::de::DeserializeOwned;

/// An invalid request to the control API. The text names the key or value and the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(String);

impl Invalid {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl From<serde_json::Error> for Invalid {
    fn from(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}

/// Reads a JSON body. An empty body is an empty object.
pub(crate) fn read<T: DeserializeOwned>(body: &str) -> Result<T, Invalid> {
    let body = if body.trim().is_empty() { "{}" } else { body };
    Ok(serde_json::from_str(body)?)
}

/// Validates the id of an account.
pub(crate) fn account(id: &str) -> Result<(), Invalid> {
    let fits = (5..=20).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit());
    fits.then_some(())
        .ok_or_else(|| Invalid::new(format!("account: {id:?} is not 5 to 20 digits")))
}

/// Validates a number and returns its digits.
pub(crate) fn digits(key: &str, number: &str) -> Result<String, Invalid> {
    let digits = super::digits_of(number);
    if (7..=15).contains(&digits.len()) {
        Ok(digits)
    } else {
        Err(Invalid::new(format!("{key}: a number has 7 to 15 digits")))
    }
}
