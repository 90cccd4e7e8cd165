//! Writes the numbers of Graph calls of each tenant, which the clients count in memory: a statement
//! for each call would cost more than the call.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{Engine, log};
use crate::graph::Client;
use crate::store::{self, Store};
use domain::TenantId;
use domain::tenancy::Month;

/// Interval between two writes: what a crash can lose.
const INTERVAL: Duration = Duration::from_secs(5);

/// Calls that are not in the store yet.
#[derive(Debug, Default)]
pub(super) struct UnwrittenCalls(HashMap<TenantId, u64>);

impl<S: Store> Engine<S> {
    /// Writes what was counted, every few seconds until `stop`.
    pub(super) async fn keep_usage(&self, stop: &CancellationToken) {
        while stop.run_until_cancelled(sleep(INTERVAL)).await.is_some() {
            self.write_usage().await;
        }
    }

    /// Writes what was counted. What the store does not take is written the next time.
    pub async fn write_usage(&self) {
        let mut unwritten = self.parts.unwritten_calls.lock().await;
        let graphs = &self.parts.graphs;
        let clients = [Some(&graphs.meta), graphs.sandbox.as_ref()];
        let counted = clients.into_iter().flatten();
        for (tenant, calls) in counted.flat_map(Client::take_call_counts) {
            let sum = unwritten.0.entry(tenant).or_default();
            *sum = sum.saturating_add(calls);
        }
        let written = self.write_calls(&mut unwritten).await;
        if let Err(error) = written {
            log::store_failed(
                &error,
                None,
                "the numbers of Graph calls could not be written",
            );
        }
    }

    async fn write_calls(&self, unwritten: &mut UnwrittenCalls) -> Result<(), store::Error> {
        let month = Month::of(self.parts.clock.now());
        let tenants: Vec<TenantId> = unwritten.0.keys().cloned().collect();
        for tenant in tenants {
            let calls = unwritten.0.get(&tenant).copied().unwrap_or_default();
            let store = &self.parts.store;
            store.add_graph_calls(&tenant, month, calls).await?;
            unwritten.0.remove(&tenant);
        }
        Ok(())
    }
}
