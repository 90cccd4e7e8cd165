//! What a call returns, and what it was about.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::error::GraphError;

/// The result of a call.
pub(crate) type Outcome = Result<Value, GraphError>;

/// A response to send.
#[derive(Debug)]
pub(crate) enum Reply {
    Said(Outcome),
    Html,
    Empty,
    BrokenJson,
    Dropped,
}

/// What remains to do after the world's lock was released.
#[derive(Debug)]
pub(crate) struct Performed {
    pub(crate) reply: Reply,
    pub(crate) wait: Duration,
    pub(crate) usage: Option<[String; 2]>,
    /// Other headers, by lower-case name.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) trace: String,
}

/// The object of a request.
#[derive(Debug, Default)]
pub(crate) struct Subject {
    pub(crate) waba: Option<String>,
    pub(crate) node: Option<u64>,
    pub(crate) digits: Option<String>,
}
