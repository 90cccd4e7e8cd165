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
mod answer;
mod catalogue;
mod choice;
mod client;
mod error;
mod facts;
mod fields;
#[cfg(fuzzing)]
pub mod fuzzing;
mod gate;
mod health;
mod json;
mod memory;
mod number;
mod outcome;
mod pages;
mod proof;
mod redact;
mod send;
mod settings;
mod template;
mod texts;
mod token;
mod usage;
mod write;

pub use access::Access;
pub use client::{Client, Session};
pub use send::ENDPOINTS;
pub use settings::{BaseUrl, Error, Limits, Settings, Version};
