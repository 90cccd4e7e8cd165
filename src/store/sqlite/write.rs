//! Writes of migrations and their events.

use std::collections::BTreeMap;

use rusqlite::types::ToSql;
use rusqlite::{Connection, Params, Row, params};
use uuid::Uuid;

use super::Sqlite;
use super::read::REMOVED;
use super::rows::{self, column, count, millis};
use super::schema;
use super::statement::{self, execute, exists};
use super::tenants;
use super::usage;
use super::writer::Write;
use crate::store::record::{Create, Inserted, Record, Save};
use crate::store::{Error, LeaseChange, Saved, WorkerId};
use domain::{Actor, GraphCall, MigrationId, Reason, Tags, WabaId};

/// What a save compares with the row.
pub(super) const CURRENT: &str = "
    SELECT rowid, number, version, last_sequence, due_at, delayed, suspended, lease_worker, state, actor,
        fault, ended_at, updated_hour
    FROM migrations WHERE tenant = ? AND id = ?";
/// The live migration of a number. The condition on the state repeats the index's word for word, so
/// that the index is used.
pub(super) const LIVE_NUMBER: &str = "
    SELECT id FROM migrations
    WHERE tenant = ? AND number = ? AND state NOT IN ('SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED')";
/// Ordinal of the newest limited call of a number.
pub(super) const LAST_CALL: &str =
    "SELECT max(ordinal) AS last FROM limited_calls WHERE number = ?";
/// Takes the next positions of a tenant's feed; returns the last of them.
pub(super) const TAKE_POSITIONS: &str = "
    UPDATE feeds SET last_position = last_position + ? WHERE tenant = ? RETURNING last_position";

/// Changes the reference that lists search for.
pub(super) const SET_REFERENCE: &str =
    "UPDATE requests SET reference = ? WHERE tenant = ? AND id = ?";
/// Removes the labels of a migration.
pub(super) const REMOVE_LABELS: &str = "DELETE FROM labels WHERE tenant = ? AND migration = ?";

/// The columns that every save writes. None has an index, except that of ended migrations with a
/// PIN, which live ones are not in.
const ALWAYS: &str = "version = version + 1, last_sequence = ?, updated_at = ?, \
    access_token = ?, two_step_pin = ?, code = ?, document = ?";
/// The columns of [`Queue`].
const QUEUE: &str = ", due_at = ?, delayed = ?, suspended = ?, lease_worker = ?";
/// The columns of [`Position`].
const POSITION: &str = ", state = ?, actor = ?, fault = ?, ended_at = ?";
const HOUR: &str = ", updated_hour = ?";

/// Shows that writes are kept.
struct Ping;

/// The indexed columns that a save changes: mostly none while a worker keeps its lease.
#[derive(Clone, Copy)]
pub(super) struct Changes {
    pub(super) queue: bool,
    pub(super) position: bool,
    pub(super) hour: bool,
}

/// The row of a migration, as far as a save compares it.
struct Current {
    rowid: i64,
    /// The hash by which its calls are read. It may have been made with a key that was lost.
    number: Vec<u8>,
    version: i64,
    last_sequence: i64,
    queue: Queue,
    position: Position,
    updated_hour: i64,
}

/// When a migration can be claimed.
#[derive(PartialEq, Eq)]
struct Queue {
    due_at: Option<i64>,
    delayed: bool,
    suspended: bool,
    lease_worker: Option<Uuid>,
}

/// How far a migration is.
#[derive(PartialEq, Eq)]
struct Position {
    state: String,
    actor: Option<String>,
    fault: Option<String>,
    ended_at: Option<i64>,
}

impl Sqlite {
    pub(in crate::store) async fn create(&self, create: Create) -> Result<Inserted, Error> {
        self.writer.write(create).await
    }

    pub(in crate::store) async fn save(&self, save: Save) -> Result<Saved, Error> {
        self.writer.write(save).await
    }

    /// Shows that the file can be read, and that writes are kept.
    pub(in crate::store) async fn ping(&self) -> Result<(), Error> {
        let select = "SELECT id FROM migrations LIMIT 1";
        self.readers
            .read(|connection| exists(connection, select, ()).map(drop))?;
        self.writer.write(Ping).await
    }
}

impl Write for Create {
    type Answer = Inserted;

    fn run(&self, connection: &Connection) -> Result<Inserted, Error> {
        let Self {
            record, request, ..
        } = self;
        let tenant = record.tenant.as_str();
        let same = found(
            connection,
            "SELECT id FROM migrations WHERE tenant = ? AND request_id = ?",
            (tenant, request.request_id.as_str()),
        );
        if let Some(id) = same? {
            return Ok(Inserted::SameRequest(id));
        }
        let by = (
            tenant,
            request.request_id.as_str(),
            millis(record.created_at),
        );
        if exists(connection, REMOVED, by)? {
            return Ok(Inserted::Removed);
        }
        let number = record.number.as_bytes();
        if let Some(id) = found(connection, LIVE_NUMBER, (tenant, number))? {
            return Ok(Inserted::NumberBusy(id));
        }
        if !tenants::exists(connection, &record.tenant)? {
            return Err(Error::NoTenant);
        }
        insert(connection, self)?;
        append(connection, record, number)?;
        usage::count_started(connection, record)?;
        rows::attempts_of(connection, record.number, &record.id).map(Inserted::New)
    }
}

impl Write for Save {
    type Answer = Saved;

    fn run(&self, connection: &Connection) -> Result<Saved, Error> {
        let record = &self.record;
        let key = (record.tenant.as_str(), record.id.uuid());
        let current = statement::first(connection, CURRENT, key, Current::of)?;
        let Some(current) = current.filter(|it| it.version == count(record.version)) else {
            return Ok(Saved::Conflict);
        };
        if current.last_sequence != count(record.follows()) {
            return Err(Error::Inconsistent(
                "the new events do not follow the last one that is kept",
            ));
        }
        if !self.has_lease(&current) || current.has_missed_call(connection, record)? {
            return Ok(Saved::Conflict);
        }
        update(connection, self, &current)?;
        if let Some(tags) = &record.tags {
            retag(connection, record, tags)?;
        }
        append(connection, record, &current.number)?;
        usage::count_succeeded(connection, record)?;
        Ok(Saved::Done {
            version: record.version.saturating_add(1),
        })
    }
}

impl Save {
    /// Whether the row has the lease that the save requires.
    fn has_lease(&self, current: &Current) -> bool {
        let lease_worker = current.queue.lease_worker;
        match self.lease {
            LeaseChange::Untouched => true,
            LeaseChange::Take(_) => lease_worker.is_none(),
            LeaseChange::Keep(worker) | LeaseChange::Release(worker) => {
                lease_worker == Some(worker.uuid())
            }
        }
    }

    /// When the migration can be claimed afterwards.
    fn queue(&self, current: &Queue) -> Queue {
        let lease_worker = match self.lease {
            LeaseChange::Untouched => current.lease_worker,
            LeaseChange::Take(worker) | LeaseChange::Keep(worker) => Some(worker.uuid()),
            LeaseChange::Release(_) => None,
        };
        let (due_at, delayed) = match self.lease {
            LeaseChange::Keep(_) => (current.due_at, current.delayed),
            _ => (self.due_at.map(millis), self.is_delayed()),
        };
        Queue {
            due_at,
            delayed,
            suspended: false,
            lease_worker,
        }
    }
}

impl Current {
    fn of(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            rowid: column(row, "rowid")?,
            number: column(row, "number")?,
            version: column(row, "version")?,
            last_sequence: column(row, "last_sequence")?,
            queue: Queue {
                due_at: column(row, "due_at")?,
                delayed: column(row, "delayed")?,
                suspended: column(row, "suspended")?,
                lease_worker: column(row, "lease_worker")?,
            },
            position: Position {
                state: column(row, "state")?,
                actor: column(row, "actor")?,
                fault: column(row, "fault")?,
                ended_at: column(row, "ended_at")?,
            },
            updated_hour: column(row, "updated_hour")?,
        })
    }

    /// Whether another migration has recorded a limited call of the number since this one was read.
    fn has_missed_call(&self, connection: &Connection, record: &Record) -> Result<bool, Error> {
        let Some(read) = record.last_call_read() else {
            return Ok(false);
        };
        let last = |row: &Row<'_>| column::<Option<i64>>(row, "last");
        let last = statement::first(connection, LAST_CALL, [&self.number], last)?;
        Ok(last.flatten().unwrap_or_default() != count(read))
    }
}

impl Position {
    fn of(record: &Record) -> Self {
        Self {
            state: record.state.as_str().to_owned(),
            actor: record.actor.map(|it| it.as_str().to_owned()),
            fault: record.fault.map(|it| it.as_str().to_owned()),
            ended_at: record.ended_at.map(millis),
        }
    }
}

impl Write for Ping {
    type Answer = ();

    fn run(&self, connection: &Connection) -> Result<(), Error> {
        schema::keep_version(connection)
    }
}

/// The id of the migration that a statement finds.
fn found(
    connection: &Connection,
    statement: &str,
    by: impl Params,
) -> Result<Option<MigrationId>, Error> {
    let id = statement::first(connection, statement, by, |row| column(row, "id"))?;
    Ok(id.map(MigrationId::from_uuid))
}

fn insert(connection: &Connection, create: &Create) -> Result<(), Error> {
    let Create {
        record,
        request,
        due_at,
        worker,
    } = create;
    let (tenant, id) = (record.tenant.as_str(), record.id.uuid());
    execute(
        connection,
        "INSERT INTO migrations (tenant, id, request_id, number, destination, state, actor, fault,
             version, last_sequence, due_at, delayed, lease_worker, created_at, updated_at,
             updated_hour, ended_at, access_token, two_step_pin, code, document)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            tenant,
            id,
            request.request_id.as_str(),
            record.number.as_bytes(),
            request.destination.as_str(),
            record.state.as_str(),
            record.actor.map(Actor::as_str),
            record.fault.map(Reason::as_str),
            count(record.last_sequence),
            due_at.map(millis),
            create.is_delayed(),
            worker.map(WorkerId::uuid),
            millis(record.created_at),
            millis(record.updated_at),
            millis(record.updated_hour()),
            record.ended_at.map(millis),
            record.secrets.access_token,
            record.secrets.two_step_pin,
            record.secrets.code,
            record.document,
        ],
    )?;
    execute(
        connection,
        "INSERT INTO requests (tenant, id, phone_number, digits_reversed, destination, source,
             reference)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
        params![
            tenant,
            id,
            request.phone_number.identity(),
            create.digits_reversed(),
            request.destination.as_str(),
            request.source.as_ref().map(WabaId::as_str),
            request.reference,
        ],
    )?;
    label(connection, record, &request.labels)
}

/// Updates the row.
fn update(connection: &Connection, save: &Save, current: &Current) -> Result<(), Error> {
    let record = &save.record;
    let secrets = &record.secrets;
    let last_sequence = count(record.last_sequence);
    let updated_at = millis(record.updated_at);
    let updated_hour = millis(record.updated_hour());
    let (queue, position) = (save.queue(&current.queue), Position::of(record));
    let changes = Changes {
        queue: queue != current.queue,
        position: position != current.position,
        hour: updated_hour != current.updated_hour,
    };
    let mut values: Vec<&dyn ToSql> = vec![
        &last_sequence,
        &updated_at,
        &secrets.access_token,
        &secrets.two_step_pin,
        &secrets.code,
        &record.document,
    ];
    if changes.queue {
        values.push(&queue.due_at);
        values.push(&queue.delayed);
        values.push(&queue.suspended);
        values.push(&queue.lease_worker);
    }
    if changes.position {
        values.push(&position.state);
        values.push(&position.actor);
        values.push(&position.fault);
        values.push(&position.ended_at);
    }
    if changes.hour {
        values.push(&updated_hour);
    }
    values.push(&current.rowid);
    execute(connection, &changes.statement(), values.as_slice()).map(drop)
}

/// Replaces the reference and the labels by which lists find the migration.
fn retag(connection: &Connection, record: &Record, tags: &Tags) -> Result<(), Error> {
    let (tenant, id) = (record.tenant.as_str(), record.id.uuid());
    execute(connection, SET_REFERENCE, (&tags.reference, tenant, id))?;
    execute(connection, REMOVE_LABELS, (tenant, id))?;
    label(connection, record, &tags.labels)
}

/// Inserts the labels of a migration.
fn label(
    connection: &Connection,
    record: &Record,
    labels: &BTreeMap<String, String>,
) -> Result<(), Error> {
    let (tenant, id) = (record.tenant.as_str(), record.id.uuid());
    for (name, value) in labels {
        execute(
            connection,
            "INSERT INTO labels (tenant, name, value, migration) VALUES (?, ?, ?, ?)",
            (tenant, name, value, id),
        )?;
    }
    Ok(())
}

impl Changes {
    /// The statement of a save. SQLite writes to every index of a column that the statement names,
    /// even if the value stays as it is.
    pub(super) fn statement(self) -> String {
        let columns = [
            (self.queue, QUEUE),
            (self.position, POSITION),
            (self.hour, HOUR),
        ];
        let named = columns.into_iter().filter(|(changed, _)| *changed);
        let named: String = named.map(|(_, columns)| columns).collect();
        format!("UPDATE migrations SET {ALWAYS}{named} WHERE rowid = ?")
    }
}

/// Writes what a migration has found out, its new events and the calls that they record, which are
/// counted for `number`.
fn append(connection: &Connection, record: &Record, number: &[u8]) -> Result<(), Error> {
    let (tenant, id) = (record.tenant.as_str(), record.id.uuid());
    if let Some(findings) = &record.findings {
        execute(
            connection,
            "INSERT INTO findings (tenant, migration, document) VALUES (?, ?, ?)
             ON CONFLICT (tenant, migration) DO UPDATE SET document = excluded.document",
            (tenant, id, findings),
        )?;
    }
    if !record.events.is_empty() {
        let events = count(record.events.len() as u64);
        let last = statement::first(connection, TAKE_POSITIONS, (events, tenant), |row| {
            column::<i64>(row, "last_position")
        })?;
        let last = last.ok_or(Error::NoTenant)?;
        for (event, position) in record.events.iter().zip(last.saturating_sub(events)..) {
            let position = position.saturating_add(1);
            let (sequence, at) = (count(event.sequence), millis(event.at));
            execute(
                connection,
                "INSERT INTO events (tenant, migration, sequence, position, at, document)
                 VALUES (?, ?, ?, ?, ?, ?)",
                (tenant, id, sequence, position, at, &event.document),
            )?;
        }
    }
    for call in &record.calls {
        let (name, at) = (GraphCall::as_str(call.call), millis(call.at));
        execute(
            connection,
            "INSERT INTO limited_calls (number, ordinal, call, at) VALUES (?, ?, ?, ?)",
            (number, count(call.ordinal), name, at),
        )?;
    }
    Ok(())
}
