//! What the service tells its operator: logs, and metrics.
//!
//! Secrets and phone numbers print themselves masked, so nothing here hides them; what holds a whole number or a secret
//! as plain text must never be logged, or be the label of a metric, at all.

mod log;
pub mod metrics;

pub use log::{Error, Format, Log, init};
