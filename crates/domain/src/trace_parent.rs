//! The request that began a migration.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The trace of the request that began a migration, as a W3C `traceparent`: what is done for it later, wherever and
/// whenever that is, can point back to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TraceParent(String);

/// Not a `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a W3C traceparent")]
pub struct InvalidTraceParent;

impl TraceParent {
    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TraceParent {
    type Err = InvalidTraceParent;

    fn from_str(text: &str) -> Result<Self, InvalidTraceParent> {
        let parts: Vec<&str> = text.split('-').collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        let is_hex = |part: &&str| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if lengths == [2, 32, 16, 2] && parts.iter().all(is_hex) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidTraceParent)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_traceparent() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067bb0c9902b7-01";
        assert_eq!(good.parse::<TraceParent>().unwrap().as_str(), good);
        for bad in [
            "",
            "00",
            &good[1..],
            &good.to_uppercase(),
            &good.replace('4', "g"),
        ] {
            assert_eq!(bad.parse::<TraceParent>(), Err(InvalidTraceParent), "{bad}");
        }
    }
}
