//! Small helpers without knowledge of WhatsApp.

pub mod backoff;
pub mod clock;
pub mod clock_skew;
pub mod deadline;
pub mod error_chain;
pub mod loopback;
pub mod random;
pub mod rate_limit;
pub mod reload;
pub mod sighup;
pub mod single_flight;
pub mod ttl_cache;
pub mod visible;
