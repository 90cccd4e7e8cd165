//! Records as columns: a statement that writes many records takes an array for each column.

use sqlx::postgres::{PgArguments, Postgres};
use sqlx::query::Query;
use uuid::Uuid;

use super::rows::count;
use super::time::Time;
use crate::store::record::{CallRecord, EventRecord, Record};
use domain::{Actor, Reason};

/// Binds `$1` to `$15`: the columns of the records that every save writes; `$16` to `$19`: the
/// migration, sequence, time and document of their events; `$20` to `$23`: the migration, ordinal,
/// call and time of their limited calls; `$24`: the tenants that get events.
pub(super) fn bind<'q>(
    query: Query<'q, Postgres, PgArguments>,
    records: &[&Record],
) -> Query<'q, Postgres, PgArguments> {
    fn each<'a, T>(records: &[&'a Record], of: impl Fn(&'a Record) -> T) -> Vec<T> {
        records.iter().copied().map(of).collect()
    }
    /// A row for each of several parts of a record, with the record's id.
    fn parts<'a, P>(
        records: &[&'a Record],
        of: impl Fn(&'a Record) -> &'a Vec<P>,
    ) -> (Vec<Uuid>, Vec<&'a P>) {
        let rows = records.iter().flat_map(|record| {
            let id = record.id.uuid();
            of(record).iter().map(move |part| (id, part))
        });
        rows.unzip()
    }
    fn column<'a, P, T>(parts: &[&'a P], of: impl Fn(&'a P) -> T) -> Vec<T> {
        parts.iter().copied().map(of).collect()
    }
    let (migrations, events): (_, Vec<&EventRecord>) = parts(records, |it| &it.events);
    let (callers, calls): (_, Vec<&CallRecord>) = parts(records, |it| &it.calls);
    let tenants = records.iter().filter(|it| !it.events.is_empty());
    let tenants: Vec<&str> = tenants.map(|it| it.tenant.as_str()).collect();
    query
        .bind(each(records, |it| it.tenant.as_str()))
        .bind(each(records, |it| it.id.uuid()))
        .bind(each(records, |it| it.number.as_bytes()))
        .bind(each(records, |it| it.state.as_str()))
        .bind(each(records, |it| it.actor.map(Actor::as_str)))
        .bind(each(records, |it| it.fault.map(Reason::as_str)))
        .bind(each(records, |it| count(it.last_sequence)))
        .bind(each(records, |it| Time(it.updated_at)))
        .bind(each(records, |it| Time(it.updated_hour())))
        .bind(each(records, |it| it.ended_at.map(Time)))
        .bind(each(records, |it| it.secrets.access_token.as_deref()))
        .bind(each(records, |it| it.secrets.two_step_pin.as_deref()))
        .bind(each(records, |it| it.secrets.code.as_deref()))
        .bind(each(records, |it| it.document.as_str()))
        .bind(each(records, |it| it.findings.as_deref()))
        .bind(migrations)
        .bind(column(&events, |it| count(it.sequence)))
        .bind(column(&events, |it| Time(it.at)))
        .bind(column(&events, |it| it.document.as_str()))
        .bind(callers)
        .bind(column(&calls, |it| count(it.ordinal)))
        .bind(column(&calls, |it| it.call.as_str()))
        .bind(column(&calls, |it| Time(it.at)))
        .bind(tenants)
}

/// Locks the feeds of the tenants that get events, which gives their next positions until the
/// commit; in one order, so that two groups never wait for each other.
///
/// What follows must first count all of them, as `feeds_locked!` does: a part that joined them
/// would lock one after the other between its own rows, and so in an order of its own.
macro_rules! feed {
    () => {
        "feed AS MATERIALIZED (
            SELECT f.tenant, f.last_position FROM feeds AS f WHERE f.tenant = ANY ($24)
            ORDER BY f.tenant FOR UPDATE
        )"
    };
}

/// A condition that is true once all feeds are locked.
macro_rules! feeds_locked {
    () => {
        "(SELECT count(*) FROM feed) IS NOT NULL"
    };
}

/// Writes the events of the migrations in the part with this name, and moves their feeds.
macro_rules! history {
    ($written:literal) => {
        concat!(
            "event AS (
                SELECT written.tenant, e.migration, e.sequence, e.at, e.document,
                    row_number() OVER (PARTITION BY written.tenant ORDER BY e.migration, e.sequence) AS nth
                FROM unnest($16::uuid[], $17::bigint[], $18::timestamptz[], $19::text[])
                    AS e (migration, sequence, at, document)
                JOIN ",
            $written,
            " AS written ON written.id = e.migration
            ), history AS (
                INSERT INTO events (tenant, migration, sequence, position, at, document)
                SELECT event.tenant, event.migration, event.sequence, feed.last_position + event.nth,
                    event.at, event.document
                FROM event LEFT JOIN feed ON feed.tenant = event.tenant
            ), moved AS (
                UPDATE feeds AS f SET last_position = f.last_position + new.events
                FROM (SELECT tenant, count(*) AS events FROM event GROUP BY tenant) AS new
                WHERE f.tenant = ANY (ARRAY[new.tenant])
            )"
        )
    };
}

pub(super) use {feed, feeds_locked, history};
