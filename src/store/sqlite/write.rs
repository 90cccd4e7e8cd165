//! Writing a migration and its events.

use jiff::Timestamp;
use rusqlite::{Connection, Params, params};

use super::error::classified;
use super::read::REMOVED;
use super::rows::{self, column, count, millis};
use super::schema;
use super::statement::{self, execute};
use super::tenants;
use super::writer::Write;
use crate::store::record::Record;
use crate::store::{Error, Lease, LeaseChange, Saved};
use domain::{GraphCall, Migration, MigrationId, WabaId};

/// Keeps a new migration.
pub(super) struct Create {
    pub(super) record: Record,
    pub(super) due_at: Option<Timestamp>,
    pub(super) hold: Option<Lease>,
}

/// What became of it.
pub(super) enum Inserted {
    New(Box<Migration>),
    SameRequest(MigrationId),
    Removed,
    NumberBusy(MigrationId),
}

/// Keeps what became of a migration.
pub(super) struct Save {
    pub(super) record: Record,
    pub(super) due_at: Option<Timestamp>,
    pub(super) lease: LeaseChange,
}

/// Shows that what is written is kept.
pub(super) struct Ping;

impl Write for Create {
    type Answer = Inserted;

    fn run(&self, connection: &Connection) -> Result<Inserted, Error> {
        let Self {
            record,
            due_at,
            hold,
        } = self;
        if record.follows() != 0 {
            return Err(Error::Inconsistent(
                "the events of a new migration do not begin with the first",
            ));
        }
        let request = &record.migration.request;
        let (tenant, phone_number) = (
            record.migration.tenant.as_str(),
            request.phone_number.identity(),
        );
        let same = found(
            connection,
            "SELECT id FROM migrations WHERE tenant = ? AND request_id = ?",
            (tenant, request.request_id.as_str()),
        );
        if let Some(id) = same? {
            return Ok(Inserted::SameRequest(id));
        }
        let created_at = millis(record.migration.created_at);
        let by = (tenant, request.request_id.as_str(), created_at);
        if statement::exists(connection, REMOVED, by)? {
            return Ok(Inserted::Removed);
        }
        // The condition on the state is the index's, word for word, so that the index is used.
        let busy = found(
            connection,
            "SELECT id FROM migrations WHERE tenant = ? AND phone_number = ?
             AND state NOT IN ('SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED')",
            (tenant, &phone_number),
        );
        if let Some(id) = busy? {
            return Ok(Inserted::NumberBusy(id));
        }
        if !tenants::exists(connection, &record.migration.tenant)? {
            return Err(Error::NoTenant);
        }
        insert(connection, record, &phone_number, *due_at, *hold)?;
        append(connection, record, &phone_number)?;
        let attempts = rows::attempts_of(connection, tenant, &phone_number)?;
        Ok(Inserted::New(Box::new(Migration {
            version: 1,
            attempts,
            ..record.migration.clone()
        })))
    }
}

impl Write for Save {
    type Answer = Saved;

    fn run(&self, connection: &Connection) -> Result<Saved, Error> {
        let Self { record, .. } = self;
        let migration = &record.migration;
        if !update(connection, self)? {
            if follows(connection, self)? {
                return Ok(Saved::Conflict);
            }
            return Err(Error::Inconsistent(
                "the new events do not follow the last one that is kept",
            ));
        }
        let phone_number = migration.request.phone_number.identity();
        append(connection, record, &phone_number)?;
        Ok(Saved::Done {
            version: migration.version.saturating_add(1),
        })
    }
}

impl Write for Ping {
    type Answer = ();

    fn run(&self, connection: &Connection) -> Result<(), Error> {
        schema::keep_version(connection)
    }
}

/// The migration that a statement finds.
fn found(
    connection: &Connection,
    statement: &str,
    by: impl Params,
) -> Result<Option<MigrationId>, Error> {
    let id = statement::first(connection, statement, by, |row| column(row, "id"))?;
    Ok(id.map(MigrationId::from_uuid))
}

fn insert(
    connection: &Connection,
    record: &Record,
    phone_number: &str,
    due_at: Option<Timestamp>,
    hold: Option<Lease>,
) -> Result<(), Error> {
    let migration = &record.migration;
    let request = &migration.request;
    let (tenant, id) = (migration.tenant.as_str(), migration.id.uuid());
    execute(
        connection,
        "INSERT INTO migrations (id, tenant, request_id, phone_number, destination, source, reference, state, version,
             last_sequence, due_at, lease_worker, lease_until, created_at, updated_at, access_token, two_step_pin, code,
             document, ended_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            id,
            tenant,
            request.request_id.as_str(),
            phone_number,
            request.destination.as_str(),
            request.source.as_ref().map(WabaId::as_str),
            request.reference,
            migration.state.as_str(),
            count(migration.last_sequence),
            due_at.map(millis),
            hold.map(|hold| hold.worker.uuid()),
            hold.map(|hold| millis(hold.until)),
            millis(migration.created_at),
            millis(migration.updated_at),
            record.secrets.access_token,
            record.secrets.two_step_pin,
            record.secrets.code,
            record.document,
            migration.ended_at.map(millis),
        ],
    )?;
    let mut label = connection
        .prepare_cached("INSERT INTO labels (tenant, name, value, migration) VALUES (?, ?, ?, ?)")
        .map_err(classified)?;
    for (name, value) in &request.labels {
        label
            .execute((tenant, name, value, id))
            .map_err(classified)?;
    }
    Ok(())
}

/// Writes what was saved, if the row is as the save needs it; `false` where it is not.
fn update(connection: &Connection, save: &Save) -> Result<bool, Error> {
    let Save {
        record,
        due_at,
        lease,
    } = save;
    let migration = &record.migration;
    let (kept, free_at, held_by, hold) = match *lease {
        LeaseChange::Untouched => (true, None, None, None),
        LeaseChange::Take { now, lease: hold } => (false, Some(millis(now)), None, Some(hold)),
        LeaseChange::Renew(hold) => (false, None, Some(hold.worker.uuid()), Some(hold)),
        LeaseChange::Release { worker } => (false, None, Some(worker.uuid()), None),
    };
    let updated = execute(
        connection,
        "UPDATE migrations SET state = ?1, version = version + 1, last_sequence = ?2, due_at = ?3,
             lease_worker = iif(?4, lease_worker, ?5), lease_until = iif(?4, lease_until, ?6), updated_at = ?7,
             access_token = ?8, two_step_pin = ?9, code = ?10, document = ?11,
             ended_at = ?18
         WHERE id = ?12 AND tenant = ?13 AND version = ?14 AND last_sequence = ?15
             AND (?16 IS NULL OR lease_worker = ?16)
             AND (?17 IS NULL OR lease_until IS NULL OR lease_until <= ?17)",
        params![
            migration.state.as_str(),
            count(migration.last_sequence),
            due_at.map(millis),
            kept,
            hold.map(|hold| hold.worker.uuid()),
            hold.map(|hold| millis(hold.until)),
            millis(migration.updated_at),
            record.secrets.access_token,
            record.secrets.two_step_pin,
            record.secrets.code,
            record.document,
            migration.id.uuid(),
            migration.tenant.as_str(),
            count(migration.version),
            count(record.follows()),
            held_by,
            free_at,
            migration.ended_at.map(millis),
        ],
    )?;
    Ok(updated == 1)
}

/// Whether a row that was not as a save needs it is so by a lost race, and not by events that leave a gap.
fn follows(connection: &Connection, save: &Save) -> Result<bool, Error> {
    let migration = &save.record.migration;
    let key = (
        migration.id.uuid(),
        migration.tenant.as_str(),
        count(migration.version),
    );
    let last_sequence = statement::first(
        connection,
        "SELECT last_sequence FROM migrations WHERE id = ? AND tenant = ? AND version = ?",
        key,
        |row| column::<i64>(row, "last_sequence"),
    )?;
    Ok(last_sequence.is_none_or(|last| last == count(save.record.follows())))
}

fn append(connection: &Connection, record: &Record, phone_number: &str) -> Result<(), Error> {
    let mut insert = connection
        .prepare_cached(
            "INSERT INTO events (migration, sequence, tenant, phone_number, call_sent, at, document)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .map_err(classified)?;
    for (event, document) in &record.events {
        insert
            .execute((
                record.migration.id.uuid(),
                count(event.sequence),
                record.migration.tenant.as_str(),
                phone_number,
                event.kind.call_sent().map(GraphCall::as_str),
                millis(event.at),
                document,
            ))
            .map_err(classified)?;
    }
    Ok(())
}
