//! Records as columns: a statement that writes many records takes an array for each column.

use sqlx::postgres::{PgArguments, Postgres};
use sqlx::query::Query;

use super::rows::count;
use super::time::Time;
use crate::store::record::{EventRecord, Record};
use domain::GraphCall;

/// Binds `$1` to `$10`: the columns of the records that every save writes; and `$11` to `$15`: the
/// migration, sequence, call, time and document of their events.
pub(super) fn bind<'q>(
    query: Query<'q, Postgres, PgArguments>,
    records: &[&Record],
) -> Query<'q, Postgres, PgArguments> {
    fn each<'a, T>(records: &[&'a Record], of: impl Fn(&'a Record) -> T) -> Vec<T> {
        records.iter().copied().map(of).collect()
    }
    fn event<'a, T>(records: &[&'a Record], of: impl Fn(&'a EventRecord) -> T) -> Vec<T> {
        let events = records.iter().flat_map(|record| &record.events);
        events.map(of).collect()
    }
    let migrations = records.iter().flat_map(|record| {
        let id = record.id.uuid();
        record.events.iter().map(move |_| id)
    });
    let migrations: Vec<_> = migrations.collect();
    query
        .bind(each(records, |it| it.id.uuid()))
        .bind(each(records, |it| it.tenant.as_str()))
        .bind(each(records, |it| it.state.as_str()))
        .bind(each(records, |it| count(it.last_sequence)))
        .bind(each(records, |it| Time(it.updated_at)))
        .bind(each(records, |it| it.secrets.access_token.as_deref()))
        .bind(each(records, |it| it.secrets.two_step_pin.as_deref()))
        .bind(each(records, |it| it.secrets.code.as_deref()))
        .bind(each(records, |it| it.document.as_str()))
        .bind(each(records, |it| it.ended_at.map(Time)))
        .bind(migrations)
        .bind(event(records, |it| count(it.sequence)))
        .bind(event(records, |it| it.call_sent.map(GraphCall::as_str)))
        .bind(event(records, |it| Time(it.at)))
        .bind(event(records, |it| it.document.as_str()))
}
