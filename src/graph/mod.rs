//! The adapter to Meta's Graph API: one method for each call, with typed arguments and results.
//!
//! Owns all knowledge of Meta's API: URLs, field names, response shapes, error codes and usage
//! headers. Its results are domain types: facts and faults. It never decides whether a call is made
//! or repeated. Its only state is the limiter (calls in flight, paused WABAs and apps) and the
//! cache of what tokens may read. It lets no token, code, PIN or phone number into a trace or a
//! fault.
//!
//! Meta's responses are untrusted: an unknown value is kept, a missing one is `None`, a malformed
//! one is a fault.

mod access;
mod account;
mod call;
mod call_counts;
mod catalogue;
mod client;
mod date;
mod error_envelope;
mod error_texts;
mod facts;
mod fields;
#[cfg(fuzzing)]
#[path = "../../fuzz/hooks/graph.rs"]
pub mod fuzzing;
mod health;
mod json;
mod limiter;
mod number;
mod number_choice;
mod outcome_label;
mod pages;
mod permit;
mod redact;
mod response;
mod send;
mod settings;
mod signing;
mod template;
mod token;
mod token_cache;
mod usage;
mod write;

pub use access::Access;
pub use call::ENDPOINTS;
pub use client::{Client, Session, WriteSession};
pub use permit::{Permit, WriteError};
pub use settings::{BaseUrl, CallLimits, Error, InvalidBaseUrl, InvalidVersion, Settings, Version};
