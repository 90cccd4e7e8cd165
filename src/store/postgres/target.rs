//! The record of where the store's calls go.

use super::connections::Connections;
use super::rows::column;
use crate::store::target::TABLE;
use crate::store::{Error, Target};

/// Records a target where none is recorded; answers the one that is. Of processes that start at once the first records.
pub(super) async fn record(connections: &Connections, target: &Target) -> Result<Target, Error> {
    let record = || {
        sqlx::query(
            "INSERT INTO graph_target (only_row, world, graph_host) VALUES (1, $1, $2) ON CONFLICT DO NOTHING",
        )
        .bind(target.world.as_str())
        .bind(&target.graph_host)
    };
    connections.rows(record).await?;
    let recorded = connections
        .rows(|| sqlx::query("SELECT world, graph_host FROM graph_target"))
        .await?;
    let row = recorded
        .first()
        .ok_or_else(|| Error::corrupt(TABLE, "only_row", &1, "it is missing"))?;
    Target::from_stored(column(row, "world")?, column(row, "graph_host")?)
}

/// Records another host of Graph.
pub(super) async fn replace_host(connections: &Connections, host: &str) -> Result<(), Error> {
    let replace = || sqlx::query("UPDATE graph_target SET graph_host = $1").bind(host);
    connections.rows(replace).await.map(drop)
}
