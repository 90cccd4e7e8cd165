//! Metrics and spans of the store's operations.

use tracing::Instrument as _;
use tracing::field::Empty;

use super::Error;
use crate::telemetry::metrics;
use crate::util::clock::Stopwatch;

/// The names of the operations in metrics and traces.
pub const OPERATIONS: [&str; 39] = [
    "create",
    "requested",
    "load",
    "list",
    "events",
    "save",
    "claim",
    "next_due",
    "join",
    "renew",
    "leave",
    "leased",
    "has_leased",
    "release",
    "suspend",
    "last_sequences",
    "population",
    "kept",
    "ping",
    "remove",
    "purge",
    "with_pin",
    "expire",
    "oldest",
    "census",
    "rewrap",
    "create_tenant",
    "tenant",
    "tenant_ids",
    "save_tenant",
    "delete_tenant",
    "create_key",
    "keys",
    "key_by_prefix",
    "revoke_key",
    "set_key_expiry",
    "note_key_use",
    "usage",
    "add_graph_calls",
];

/// Runs an operation in a span of its own, and records its duration and whether it failed.
pub(super) async fn measured<T>(
    system: &'static str,
    operation: &'static str,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let span = tracing::debug_span!(
        "store",
        otel.name = operation,
        otel.kind = "client",
        otel.status_code = Empty,
        db.system.name = system,
        db.operation.name = operation,
        error.r#type = Empty,
    );
    let watch = Stopwatch::start();
    let answer = work.instrument(span.clone()).await;
    // A missing tenant is a valid answer.
    let failed = matches!(&answer, Err(error) if !matches!(error, Error::NoTenant));
    if failed {
        span.record("otel.status_code", "ERROR");
        span.record("error.type", answer.as_ref().err().map(Error::kind));
    }
    metrics::store(operation, watch.elapsed(), failed);
    answer
}
