//! The operations port: whether the service lives, whether it takes work, and its metrics.
//!
//! Up before the store is opened, so that a service that waits for it can say so, and closed last. It holds no secret and
//! changes nothing, so nobody is asked who they are. What the service is ready for is told by whoever starts and stops it.

mod port;
mod readiness;
mod watched;

pub use port::{Error, Port};
pub use readiness::{Changes, Part, Readiness};
pub use watched::Watched;
