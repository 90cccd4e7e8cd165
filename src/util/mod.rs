//! Small helpers without knowledge of WhatsApp.

pub mod backoff;
pub mod cache;
pub mod clock;
pub mod error_chain;
pub mod hangup;
pub mod loopback;
pub mod visible;
