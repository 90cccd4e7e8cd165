//! The record of the store's target.

use super::Postgres;
use super::rows::column;
use crate::store::target::TABLE;
use crate::store::{Error, Target};

impl Postgres {
    /// Records the target where none is recorded; returns the recorded one. Of several processes
    /// that start at once, the first records its own.
    pub(in crate::store) async fn record_target(&self, target: &Target) -> Result<Target, Error> {
        let record = || {
            sqlx::query(
                "INSERT INTO graph_target (only_row, world, graph_host) VALUES (1, $1, $2)
                 ON CONFLICT DO NOTHING",
            )
            .bind(target.world.as_str())
            .bind(&target.graph_host)
        };
        self.inner.calls.rows(record).await?;
        let select = || sqlx::query("SELECT world, graph_host FROM graph_target");
        let recorded = self.inner.calls.rows(select).await?;
        let row = recorded
            .first()
            .ok_or_else(|| Error::corrupt(TABLE, "only_row", &1, "it is missing"))?;
        Target::from_stored(column(row, "world")?, column(row, "graph_host")?)
    }

    pub(in crate::store) async fn replace_graph_host(&self, host: &str) -> Result<(), Error> {
        let replace = || sqlx::query("UPDATE graph_target SET graph_host = $1").bind(host);
        self.inner.calls.rows(replace).await.map(drop)
    }
}
