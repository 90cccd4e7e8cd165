//! The operations port: liveness, readiness and metrics.
//!
//! It opens before the store, so that a waiting service can report it, and closes last. It holds no
//! secret and changes nothing, so it needs no authentication. `lifecycle` reports the readiness.

mod port;
mod readiness;
mod sources;

pub use port::{Error, Port};
pub use readiness::{Condition, Readiness, ReadinessChanges};
pub use sources::MetricSources;
