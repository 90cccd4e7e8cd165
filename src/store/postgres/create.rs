//! Keeping new migrations, many in one statement.

use jiff::Timestamp;
use uuid::Uuid;

use super::columns::EventColumns;
use super::connections::{Connections, Failed};
use super::rows::{self, attempts, column, count};
use super::time::Time;
use super::writer::Write;
use crate::store::record::Record;
use crate::store::{Error, Lease, Notification};
use domain::{Attempts, Migration, MigrationId, WabaId};

/// Keeps a new migration.
#[derive(Debug)]
pub(super) struct Create {
    pub(super) record: Record,
    pub(super) due_at: Option<Timestamp>,
    pub(super) hold: Option<Lease>,
}

/// What became of it.
#[derive(Debug)]
pub(super) enum Inserted {
    New(Box<Migration>),
    SameRequest(MigrationId),
    Removed,
    NumberBusy(MigrationId),
}

/// So often it is tried where whoever stood in the way is gone when looked for.
const TRIES: u32 = 8;

/// Writes migrations and what goes with them. Their tenants' rows are locked, so that none is deleted while it gets a migration.
///
/// Whether a request id is taken is read from the statement's snapshot, in which it stands either with its migration or, once that
/// was removed, among the removed. The unique index alone would not do: where it meets a row that is being removed, it waits, and
/// then lets the new one in.
pub(super) const CREATE: &str = concat!(
    "WITH input AS (
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                $8::text[], $9::bigint[], $10::timestamptz[], $11::uuid[], $12::timestamptz[], $13::timestamptz[],
                $14::timestamptz[], $15::bytea[], $16::bytea[], $17::bytea[], $18::text[], $19::timestamptz[])
            AS i (id, tenant, request_id, phone_number, destination, source, reference, state, last_sequence, due_at,
                worker, until, created_at, updated_at, access_token, two_step_pin, code, document, ended_at)
    ), owner AS (
        SELECT t.id AS tenant FROM tenants AS t WHERE t.id = ANY ($2) ORDER BY t.id FOR KEY SHARE
    ), m AS (
        INSERT INTO migrations (id, tenant, request_id, phone_number, destination, state, version, last_sequence, due_at,
            lease_worker, lease_until, created_at, updated_at, access_token, two_step_pin, code, document, ended_at)
        SELECT id, tenant, request_id, phone_number, destination, state, 1, last_sequence, due_at, worker, until,
            created_at, updated_at, access_token, two_step_pin, code, document, ended_at
        FROM input AS i JOIN owner USING (tenant)
        WHERE (SELECT o.id FROM migrations AS o WHERE o.request_id = i.request_id AND o.tenant = i.tenant) IS NULL
            AND ((SELECT r.taken_until FROM removed_requests AS r
                WHERE r.tenant = i.tenant AND r.request_id = i.request_id) > i.created_at) IS NOT TRUE
        ON CONFLICT DO NOTHING RETURNING id, tenant, phone_number
    ), request AS (
        INSERT INTO requests (tenant, id, phone_number, destination, source, reference)
        SELECT i.tenant, i.id, i.phone_number, i.destination, i.source, i.reference FROM input AS i JOIN m ON m.id = i.id
    ), label AS (
        INSERT INTO labels (tenant, name, value, migration)
        SELECT m.tenant, l.name, l.value, m.id FROM unnest($25::uuid[], $26::text[], $27::text[])
            AS l (migration, name, value) JOIN m ON m.id = l.migration
    ), history AS (
        INSERT INTO events (migration, sequence, tenant, phone_number, call_sent, at, document)
        SELECT m.id, e.sequence, m.tenant, m.phone_number, e.call_sent, e.at, e.document::json
        FROM unnest($20::uuid[], $21::bigint[], $22::text[], $23::timestamptz[], $24::text[])
            AS e (migration, sequence, call_sent, at, document)
        JOIN m ON m.id = e.migration
    )
    SELECT m.id, ",
    attempts!(),
    " FROM m"
);

/// What stands in the way, the first of: the migration of the same request, its removal, the live migration of the same number,
/// that the tenant is not there. The condition on the state is the index's, word for word, so that the index is used.
pub(super) const WHY: &str = "
    SELECT id, 'request' AS why, 1 AS turn FROM migrations WHERE tenant = $1 AND request_id = $2
    UNION ALL
    SELECT NULL, 'removed', 2 FROM removed_requests WHERE tenant = $1 AND request_id = $2 AND taken_until > $3
    UNION ALL
    SELECT id, 'number', 3 FROM migrations WHERE tenant = $1 AND phone_number = $4
        AND state NOT IN ('SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED')
    UNION ALL
    SELECT NULL, 'tenant', 4 WHERE NOT EXISTS (SELECT 1 FROM tenants WHERE id = $1)
    ORDER BY turn LIMIT 1";

impl Write for Create {
    type Answer = Inserted;
    type Key = (String, String);

    /// The request and the number: of two in one statement, the server could not say which was first. A number begins with
    /// a plus, and what stands before a request is none.
    fn keys(&self) -> impl IntoIterator<Item = Self::Key> {
        let migration = &self.record.migration;
        let tenant = migration.tenant.as_str();
        let request = &migration.request;
        [
            format!("request {}", request.request_id.as_str()),
            request.phone_number.identity(),
        ]
        .map(|key| (tenant.to_owned(), key))
    }

    async fn commit(
        connections: &Connections,
        writes: &[&Self],
    ) -> Result<Vec<Result<Inserted, Error>>, Failed> {
        let mut new = insert(connections, writes).await?;
        let mut answers = Vec::with_capacity(writes.len());
        for write in writes {
            let id = write.record.migration.id;
            let found = new.iter().position(|(new, _)| *new == id);
            answers.push(match found.map(|at| new.swap_remove(at)) {
                Some((_, attempts)) => Ok(write.inserted(attempts)),
                None => write.refused(connections).await,
            });
        }
        Ok(answers)
    }

    fn news(&self, answer: &Inserted) -> impl IntoIterator<Item = Notification> {
        let due = self
            .due_at
            .is_some_and(|due| due <= self.record.migration.created_at);
        (due && self.hold.is_none() && matches!(answer, Inserted::New(_)))
            .then_some(Notification::Due)
    }
}

impl Create {
    /// It is kept. Its own calls are not among those that the statement saw.
    fn inserted(&self, mut attempts: Attempts) -> Inserted {
        for (event, _) in &self.record.events {
            if let Some(call) = event.kind.call_sent() {
                attempts.record(call, event.at);
            }
        }
        Inserted::New(Box::new(Migration {
            version: 1,
            attempts,
            ..self.record.migration.clone()
        }))
    }

    /// Finds out why it was not kept, and tries again where the reason is gone.
    async fn refused(&self, connections: &Connections) -> Result<Inserted, Error> {
        let request = &self.record.migration.request;
        for _ in 0..TRIES {
            let found = connections
                .rows(|| {
                    sqlx::query(WHY)
                        .bind(self.record.migration.tenant.as_str())
                        .bind(request.request_id.as_str())
                        .bind(Time(self.record.migration.created_at))
                        .bind(request.phone_number.identity())
                })
                .await?;
            if let Some(row) = found.first() {
                return refusal(column(row, "why")?, column(row, "id")?);
            }
            if let Some((_, attempts)) = insert(connections, &[self]).await?.pop() {
                return Ok(self.inserted(attempts));
            }
        }
        Err(Error::Inconsistent("the id of a new migration is taken"))
    }
}

/// What [`WHY`] said.
fn refusal(why: &str, id: Option<Uuid>) -> Result<Inserted, Error> {
    match (why, id.map(MigrationId::from_uuid)) {
        ("request", Some(id)) => Ok(Inserted::SameRequest(id)),
        ("number", Some(id)) => Ok(Inserted::NumberBusy(id)),
        ("removed", _) => Ok(Inserted::Removed),
        _ => Err(Error::NoTenant),
    }
}

/// Writes those that nothing stands in the way of; answers which, with the calls of their numbers.
async fn insert(
    connections: &Connections,
    creates: &[&Create],
) -> Result<Vec<(MigrationId, Attempts)>, Failed> {
    fn each<'a, T>(creates: &[&'a Create], of: impl Fn(&'a Create) -> T) -> Vec<T> {
        creates.iter().copied().map(of).collect()
    }
    let records = || creates.iter().map(|create| &create.record);
    let events = EventColumns::of(records());
    let labels: Vec<(Uuid, &str, &str)> = records()
        .flat_map(|record| {
            let id = record.migration.id.uuid();
            let labels = &record.migration.request.labels;
            labels
                .iter()
                .map(move |(name, value)| (id, name.as_str(), value.as_str()))
        })
        .collect();
    let query = sqlx::query(CREATE)
        .bind(each(creates, |it| it.record.migration.id.uuid()))
        .bind(each(creates, |it| it.record.migration.tenant.as_str()))
        .bind(each(creates, |it| {
            it.record.migration.request.request_id.as_str()
        }))
        .bind(each(creates, |it| {
            it.record.migration.request.phone_number.identity()
        }))
        .bind(each(creates, |it| {
            it.record.migration.request.destination.as_str()
        }))
        .bind(each(creates, |it| {
            let source = it.record.migration.request.source.as_ref();
            source.map(WabaId::as_str)
        }))
        .bind(each(creates, |it| {
            it.record.migration.request.reference.as_str()
        }))
        .bind(each(creates, |it| it.record.migration.state.as_str()))
        .bind(each(creates, |it| count(it.record.migration.last_sequence)))
        .bind(each(creates, |it| it.due_at.map(Time)))
        .bind(each(creates, |it| it.hold.map(|hold| hold.worker.uuid())))
        .bind(each(creates, |it| it.hold.map(|hold| Time(hold.until))))
        .bind(each(creates, |it| Time(it.record.migration.created_at)))
        .bind(each(creates, |it| Time(it.record.migration.updated_at)))
        .bind(each(creates, |it| {
            it.record.secrets.access_token.as_deref()
        }))
        .bind(each(creates, |it| {
            it.record.secrets.two_step_pin.as_deref()
        }))
        .bind(each(creates, |it| it.record.secrets.code.as_deref()))
        .bind(each(creates, |it| it.record.document.as_str()))
        .bind(each(creates, |it| it.record.migration.ended_at.map(Time)));
    let query = events
        .bind(query)
        .bind(labels.iter().map(|(id, ..)| *id).collect::<Vec<_>>())
        .bind(labels.iter().map(|(_, name, _)| *name).collect::<Vec<_>>())
        .bind(labels.iter().map(|(.., value)| *value).collect::<Vec<_>>());
    let mut new = Vec::with_capacity(creates.len());
    for row in connections.once(query).await? {
        let id = rows::id(&row)?;
        new.push((id, rows::attempts_in(&row, &id)?));
    }
    Ok(new)
}
