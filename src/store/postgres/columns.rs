//! Records as columns: a statement that writes many takes an array for each column.

use sqlx::postgres::{PgArguments, Postgres};
use sqlx::query::Query;
use uuid::Uuid;

use super::rows::count;
use super::time::Time;
use crate::store::record::Record;
use domain::GraphCall;

/// The new events of migrations.
pub(super) struct EventColumns<'a> {
    migrations: Vec<Uuid>,
    sequences: Vec<i64>,
    calls: Vec<Option<&'static str>>,
    times: Vec<Time>,
    documents: Vec<&'a str>,
}

impl<'a> EventColumns<'a> {
    pub(super) fn of(records: impl Iterator<Item = &'a Record>) -> Self {
        let mut columns = Self {
            migrations: Vec::new(),
            sequences: Vec::new(),
            calls: Vec::new(),
            times: Vec::new(),
            documents: Vec::new(),
        };
        for record in records {
            for (event, document) in &record.events {
                columns.migrations.push(record.migration.id.uuid());
                columns.sequences.push(count(event.sequence));
                let call = event.kind.call_sent().map(GraphCall::as_str);
                columns.calls.push(call);
                columns.times.push(Time(event.at));
                columns.documents.push(document);
            }
        }
        columns
    }

    /// Hands them to a statement, in the order migration, sequence, call, time, document.
    pub(super) fn bind(
        self,
        query: Query<'_, Postgres, PgArguments>,
    ) -> Query<'_, Postgres, PgArguments> {
        query
            .bind(self.migrations)
            .bind(self.sequences)
            .bind(self.calls)
            .bind(self.times)
            .bind(self.documents)
    }
}
