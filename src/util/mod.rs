//! Small parts that know nothing of WhatsApp: the clock, a cache, SIGHUP, hosts and text.

pub mod cache;
pub mod clock;
pub mod hangup;
pub mod loopback;
pub mod visible;
