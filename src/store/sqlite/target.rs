//! The record of the store's target.

use rusqlite::Connection;

use super::Sqlite;
use super::rows::column;
use super::statement;
use super::writer::Write;
use crate::store::target::TABLE;
use crate::store::{Error, Target};

struct RecordTarget(Target);

struct ReplaceGraphHost(String);

impl Sqlite {
    /// Records the target where none is recorded; returns the recorded one.
    pub(in crate::store) async fn record_target(&self, target: &Target) -> Result<Target, Error> {
        self.writer.write(RecordTarget(target.clone())).await
    }

    pub(in crate::store) async fn replace_graph_host(&self, host: &str) -> Result<(), Error> {
        self.writer.write(ReplaceGraphHost(host.to_owned())).await
    }
}

impl Write for RecordTarget {
    type Answer = Target;

    fn run(&self, connection: &Connection) -> Result<Target, Error> {
        let Self(Target { world, graph_host }) = self;
        statement::execute(
            connection,
            "INSERT INTO graph_target (only_row, world, graph_host) VALUES (1, ?, ?)
             ON CONFLICT DO NOTHING",
            (world.as_str(), graph_host),
        )?;
        let recorded = statement::first(
            connection,
            "SELECT world, graph_host FROM graph_target",
            (),
            |row| {
                let world: String = column(row, "world")?;
                Target::from_stored(&world, column(row, "graph_host")?)
            },
        )?;
        recorded.ok_or_else(|| Error::corrupt(TABLE, "only_row", &1, "it is missing"))
    }
}

impl Write for ReplaceGraphHost {
    type Answer = ();

    fn run(&self, connection: &Connection) -> Result<(), Error> {
        statement::execute(
            connection,
            "UPDATE graph_target SET graph_host = ?",
            [&self.0],
        )
        .map(drop)
    }
}
