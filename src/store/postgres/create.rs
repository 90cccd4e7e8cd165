//! Inserts of new migrations, many in one statement.

use std::time::Duration;

use uuid::Uuid;

use super::Postgres;
use super::columns::{bind, feed, feeds_locked, history};
use super::connect::silent;
use super::connections::{Connections, Failed};
use super::error::classified;
use super::notify::Notifier;
use super::rows::{self, attempts, column};
use super::time::Time;
use crate::store::group_commit::{CommitFailure, Committer};
use crate::store::number_hash::NumberHash;
use crate::store::record::{Create, Inserted, Record};
use crate::store::{Error, Notification, WorkerId};
use domain::tenancy::Month;
use domain::{Attempts, MigrationId, RequestId, TenantId, WabaId};

/// Maximum attempts to insert a migration where what stood in the way has gone meanwhile.
const ATTEMPTS: u32 = 8;

/// Inserts new migrations.
#[derive(Debug, Clone)]
pub(super) struct Creates {
    pub(super) connections: Connections,
    pub(super) notifier: Notifier,
}

/// What two new migrations of one statement must not have in common.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) enum CreateKey {
    Request(TenantId, RequestId),
    Number(TenantId, NumberHash),
}

/// Inserts migrations with what belongs to them. The feeds of their tenants are locked, so that no
/// tenant is deleted while it gets a migration.
///
/// Whether a request id is taken is read from the statement's snapshot, which holds it either with
/// its migration or, once that was removed, among the removed ones. The unique index alone would
/// not do: where it meets a row that is being removed, it waits, and then accepts the new row.
pub(super) const CREATE: &str = concat!(
    "WITH input AS (
        SELECT * FROM unnest($1::text[], $2::uuid[], $3::bytea[], $4::text[], $5::text[], $6::text[],
                $7::bigint[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::bytea[],
                $12::bytea[], $13::bytea[], $14::text[], $15::text[], $25::text[], $26::text[],
                $27::text[], $28::text[], $29::text[], $30::text[], $31::timestamptz[], $32::bool[],
                $33::uuid[], $34::timestamptz[])
            AS i (tenant, id, number, state, actor, fault, last_sequence, updated_at, updated_hour,
                ended_at, access_token, two_step_pin, code, document, findings, request_id,
                phone_number, digits_reversed, destination, source, reference, due_at, delayed, worker,
                created_at)
    ), ",
    feed!(),
    ", m AS (
        INSERT INTO migrations (tenant, id, request_id, number, destination, state, actor, fault,
            version, last_sequence, due_at, delayed, lease_worker, created_at, updated_at,
            updated_hour, ended_at, access_token, two_step_pin, code, document)
        SELECT i.tenant, i.id, i.request_id, i.number, i.destination, i.state, i.actor, i.fault, 1,
            i.last_sequence, i.due_at, i.delayed, i.worker, i.created_at, i.updated_at,
            i.updated_hour, i.ended_at, i.access_token, i.two_step_pin, i.code, i.document
        FROM input AS i JOIN feed ON feed.tenant = i.tenant
        WHERE ",
    feeds_locked!(),
    " AND (SELECT o.id FROM migrations AS o
                WHERE o.request_id = i.request_id AND o.tenant = i.tenant) IS NULL
            AND ((SELECT r.taken_until FROM removed_requests AS r
                WHERE r.tenant = i.tenant AND r.request_id = i.request_id) > i.created_at) IS NOT TRUE
        ON CONFLICT DO NOTHING RETURNING tenant, id, number
    ), ",
    history!("m"),
    ", request AS (
        INSERT INTO requests (tenant, id, phone_number, digits_reversed, destination, source, reference)
        SELECT i.tenant, i.id, i.phone_number, i.digits_reversed, i.destination, i.source, i.reference
        FROM input AS i JOIN m ON m.id = i.id
    ), finding AS (
        INSERT INTO findings (tenant, migration, document)
        SELECT i.tenant, i.id, i.findings FROM input AS i JOIN m ON m.id = i.id
        WHERE i.findings IS NOT NULL
    ), label AS (
        INSERT INTO labels (tenant, name, value, migration)
        SELECT m.tenant, l.name, l.value, m.id FROM unnest($35::uuid[], $36::text[], $37::text[])
            AS l (migration, name, value) JOIN m ON m.id = l.migration
    ), call AS (
        INSERT INTO limited_calls (number, ordinal, call, at)
        SELECT m.number, c.ordinal + coalesce((
                SELECT max(o.ordinal) FROM limited_calls AS o WHERE o.number = m.number), 0),
            c.call, c.at
        FROM unnest($20::uuid[], $21::bigint[], $22::text[], $23::timestamptz[])
            AS c (migration, ordinal, call, at)
        JOIN m ON m.id = c.migration
    ), counted AS (
        INSERT INTO usage AS u (tenant, month, migrations_started)
        SELECT m.tenant, s.month, count(*) FROM unnest($2::uuid[], $38::integer[])
            AS s (migration, month) JOIN m ON m.id = s.migration
        GROUP BY m.tenant, s.month
        ON CONFLICT (tenant, month)
            DO UPDATE SET migrations_started = u.migrations_started + excluded.migrations_started
    )
    SELECT m.id, ",
    attempts!(),
    " FROM m"
);

/// The first reason against a new migration: its request id belongs to another, or to a removed
/// one, its number has a live migration, or its tenant does not exist. The condition on the state
/// repeats the index's word for word, so that the index is used.
pub(super) const WHY: &str = "
    SELECT id, 'request' AS why, 1 AS rank FROM migrations WHERE tenant = $1 AND request_id = $2
    UNION ALL
    SELECT NULL, 'removed', 2 FROM removed_requests
    WHERE tenant = $1 AND request_id = $2 AND taken_until > $3
    UNION ALL
    SELECT id, 'number', 3 FROM migrations WHERE tenant = $1 AND number = $4
        AND state NOT IN ('SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED')
    UNION ALL
    SELECT NULL, 'tenant', 4 WHERE NOT EXISTS (SELECT 1 FROM tenants WHERE id = $1)
    ORDER BY rank LIMIT 1";

impl Postgres {
    pub(in crate::store) async fn create(&self, create: Create) -> Result<Inserted, Error> {
        self.inner.creates.write(create).await
    }
}

impl Committer for Creates {
    type Write = Create;
    type Answer = Inserted;
    type Key = CreateKey;

    const GROUP: usize = super::GROUP;
    const TIMEOUT: Option<Duration> = super::WRITE_TIMEOUT;

    /// The request and the number: of two in one statement, the server could not tell which was
    /// first.
    fn keys(create: &Create) -> impl IntoIterator<Item = CreateKey> {
        let Record { tenant, number, .. } = &create.record;
        let request_id = create.request.request_id.clone();
        [
            CreateKey::Request(tenant.clone(), request_id),
            CreateKey::Number(tenant.clone(), *number),
        ]
    }

    async fn commit(
        &mut self,
        writes: &[&Create],
    ) -> Result<Vec<Result<Inserted, Error>>, CommitFailure> {
        let mut new = insert(&self.connections, writes).await?;
        let mut answers = Vec::with_capacity(writes.len());
        for create in writes {
            let id = create.record.id;
            let found = new.iter().position(|(new, _)| *new == id);
            answers.push(match found.map(|at| new.swap_remove(at)) {
                Some((_, attempts)) => Ok(inserted(create, attempts)),
                None => refused(&self.connections, create).await,
            });
        }
        Ok(answers)
    }

    fn committed(&self, create: &Create, answer: &Inserted) {
        let due = create
            .due_at
            .is_some_and(|due| due <= create.record.created_at);
        let claimable = due && create.worker.is_none() && matches!(answer, Inserted::New(_));
        self.notifier.notify(claimable.then_some(Notification::Due));
    }

    fn timed_out() -> Error {
        classified(silent())
    }
}

/// The statement did not see the migration's own calls, which it inserted.
fn inserted(create: &Create, mut attempts: Attempts) -> Inserted {
    for call in &create.record.calls {
        attempts.record(call.call, call.at);
    }
    Inserted::New(attempts)
}

/// Finds out why a migration was not inserted; tries again where the reason has gone.
async fn refused(connections: &Connections, create: &Create) -> Result<Inserted, Error> {
    let Create {
        record, request, ..
    } = create;
    for _ in 0..ATTEMPTS {
        let found = connections
            .rows(|| {
                sqlx::query(WHY)
                    .bind(record.tenant.as_str())
                    .bind(request.request_id.as_str())
                    .bind(Time(record.created_at))
                    .bind(record.number.as_bytes())
            })
            .await?;
        if let Some(row) = found.first() {
            return refusal(column(row, "why")?, column(row, "id")?);
        }
        if let Some((_, attempts)) = insert(connections, &[create]).await?.pop() {
            return Ok(inserted(create, attempts));
        }
    }
    Err(Error::Inconsistent("the id of a new migration is taken"))
}

/// The answer of [`WHY`].
fn refusal(why: &str, id: Option<Uuid>) -> Result<Inserted, Error> {
    match (why, id.map(MigrationId::from_uuid)) {
        ("request", Some(id)) => Ok(Inserted::SameRequest(id)),
        ("number", Some(id)) => Ok(Inserted::NumberBusy(id)),
        ("removed", _) => Ok(Inserted::Removed),
        _ => Err(Error::NoTenant),
    }
}

/// Inserts the migrations that nothing stands in the way of; returns their ids, with the limited
/// calls of their numbers.
async fn insert(
    connections: &Connections,
    creates: &[&Create],
) -> Result<Vec<(MigrationId, Attempts)>, Failed> {
    fn each<'a, T>(creates: &[&'a Create], of: impl Fn(&'a Create) -> T) -> Vec<T> {
        creates.iter().copied().map(of).collect()
    }
    let records: Vec<&Record> = creates.iter().map(|create| &create.record).collect();
    let labels: Vec<(Uuid, &str, &str)> = creates
        .iter()
        .flat_map(|create| {
            let id = create.record.id.uuid();
            let labels = create.request.labels.iter();
            labels.map(move |(name, value)| (id, name.as_str(), value.as_str()))
        })
        .collect();
    let query = bind(sqlx::query(CREATE), &records)
        .bind(each(creates, |it| it.request.request_id.as_str()))
        .bind(each(creates, |it| it.request.phone_number.identity()))
        .bind(each(creates, Create::digits_reversed))
        .bind(each(creates, |it| it.request.destination.as_str()))
        .bind(each(creates, |it| {
            it.request.source.as_ref().map(WabaId::as_str)
        }))
        .bind(each(creates, |it| it.request.reference.as_str()))
        .bind(each(creates, |it| it.due_at.map(Time)))
        .bind(each(creates, Create::is_delayed))
        .bind(each(creates, |it| it.worker.map(WorkerId::uuid)))
        .bind(each(creates, |it| Time(it.record.created_at)))
        .bind(labels.iter().map(|(id, ..)| *id).collect::<Vec<_>>())
        .bind(labels.iter().map(|(_, name, _)| *name).collect::<Vec<_>>())
        .bind(labels.iter().map(|(.., value)| *value).collect::<Vec<_>>())
        .bind(each(creates, |it| Month::of(it.record.created_at).number()));
    let mut new = Vec::with_capacity(creates.len());
    for row in connections.once(query).await? {
        let id = rows::id(&row)?;
        new.push((id, rows::attempts_in(&row, &id)?));
    }
    Ok(new)
}
