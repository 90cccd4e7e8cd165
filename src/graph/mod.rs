//! The adapter to Meta's Graph API: one method a call, typed request and answer.
//!
//! Owns everything that is Meta's: addresses, field names, shapes of answers, error codes and usage headers. What comes
//! out is in the domain's words: facts and faults. It never decides whether a call should be made or made again, keeps
//! no state but how many calls are under way, until when a WABA should be left alone and which fields a token may not read, and
//! lets no token, code, PIN or number into a trace or a fault.
//!
//! Meta's answers are read without trust: an unknown value is kept, a missing one is `None`, an odd one is a fault.

mod access;
mod account;
mod catalogue;
mod client;
mod error_envelope;
mod error_texts;
mod facts;
mod fields;
#[cfg(fuzzing)]
pub mod fuzzing;
mod health;
mod json;
mod limiter;
mod number;
mod number_choice;
mod outcome_label;
mod pages;
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
pub use client::{Client, Session};
pub use send::ENDPOINTS;
pub use settings::{BaseUrl, CallLimits, Error, InvalidBaseUrl, InvalidVersion, Settings, Version};
