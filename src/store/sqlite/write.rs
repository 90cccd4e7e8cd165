//! Writes of migrations and their events.

use rusqlite::{Connection, Params, params};

use super::Sqlite;
use super::error::classified;
use super::read::REMOVED;
use super::rows::{self, column, count, millis};
use super::schema;
use super::statement::{self, execute, exists};
use super::tenants;
use super::writer::Write;
use crate::store::record::{Create, Inserted, Record, Save};
use crate::store::{Error, LeaseChange, Saved};
use domain::{GraphCall, MigrationId, WabaId};

/// Shows that writes are kept.
struct Ping;

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
        let (tenant, phone_number) = (record.tenant.as_str(), record.phone_number.as_str());
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
        // The condition on the state repeats the index's word for word, so that the index is used.
        let busy = found(
            connection,
            "SELECT id FROM migrations WHERE tenant = ? AND phone_number = ?
             AND state NOT IN ('SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED')",
            (tenant, phone_number),
        );
        if let Some(id) = busy? {
            return Ok(Inserted::NumberBusy(id));
        }
        if !tenants::exists(connection, &record.tenant)? {
            return Err(Error::NoTenant);
        }
        insert(connection, self)?;
        append(connection, record)?;
        rows::attempts_of(connection, tenant, phone_number).map(Inserted::New)
    }
}

impl Write for Save {
    type Answer = Saved;

    fn run(&self, connection: &Connection) -> Result<Saved, Error> {
        let Self { record, .. } = self;
        if !update(connection, self)? {
            if follows(connection, record)? {
                return Ok(Saved::Conflict);
            }
            return Err(Error::Inconsistent(
                "the new events do not follow the last one that is kept",
            ));
        }
        append(connection, record)?;
        Ok(Saved::Done {
            version: record.version.saturating_add(1),
        })
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
        lease,
    } = create;
    let (tenant, id) = (record.tenant.as_str(), record.id.uuid());
    execute(
        connection,
        "INSERT INTO migrations (id, tenant, request_id, phone_number, destination, source, reference,
             state, version, last_sequence, due_at, lease_worker, lease_until, created_at, updated_at,
             access_token, two_step_pin, code, document, ended_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            id,
            tenant,
            request.request_id.as_str(),
            record.phone_number,
            request.destination.as_str(),
            request.source.as_ref().map(WabaId::as_str),
            request.reference,
            record.state.as_str(),
            count(record.last_sequence),
            due_at.map(millis),
            lease.map(|lease| lease.worker.uuid()),
            lease.map(|lease| millis(lease.until)),
            millis(record.created_at),
            millis(record.updated_at),
            record.secrets.access_token,
            record.secrets.two_step_pin,
            record.secrets.code,
            record.document,
            record.ended_at.map(millis),
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

/// Updates the row if its version, events and lease are as the save needs them; whether it did.
fn update(connection: &Connection, save: &Save) -> Result<bool, Error> {
    let Save {
        record,
        due_at,
        lease,
    } = save;
    let (untouched, free_at, held_by, lease) = match *lease {
        LeaseChange::Untouched => (true, None, None, None),
        LeaseChange::Take { now, lease } => (false, Some(millis(now)), None, Some(lease)),
        LeaseChange::Renew(lease) => (false, None, Some(lease.worker.uuid()), Some(lease)),
        LeaseChange::Release { worker } => (false, None, Some(worker.uuid()), None),
    };
    let updated = execute(
        connection,
        "UPDATE migrations SET state = ?1, version = version + 1, last_sequence = ?2, due_at = ?3,
             lease_worker = iif(?4, lease_worker, ?5), lease_until = iif(?4, lease_until, ?6),
             updated_at = ?7, access_token = ?8, two_step_pin = ?9, code = ?10, document = ?11,
             ended_at = ?18
         WHERE id = ?12 AND tenant = ?13 AND version = ?14 AND last_sequence = ?15
             AND (?16 IS NULL OR lease_worker = ?16)
             AND (?17 IS NULL OR lease_until IS NULL OR lease_until <= ?17)",
        params![
            record.state.as_str(),
            count(record.last_sequence),
            due_at.map(millis),
            untouched,
            lease.map(|lease| lease.worker.uuid()),
            lease.map(|lease| millis(lease.until)),
            millis(record.updated_at),
            record.secrets.access_token,
            record.secrets.two_step_pin,
            record.secrets.code,
            record.document,
            record.id.uuid(),
            record.tenant.as_str(),
            count(record.version),
            count(record.follows()),
            held_by,
            free_at,
            record.ended_at.map(millis),
        ],
    )?;
    Ok(updated == 1)
}

/// Whether an update missed because of a lost race rather than a gap in the events.
fn follows(connection: &Connection, record: &Record) -> Result<bool, Error> {
    let key = (
        record.id.uuid(),
        record.tenant.as_str(),
        count(record.version),
    );
    let last_sequence = statement::first(
        connection,
        "SELECT last_sequence FROM migrations WHERE id = ? AND tenant = ? AND version = ?",
        key,
        |row| column::<i64>(row, "last_sequence"),
    )?;
    Ok(last_sequence.is_none_or(|last| last == count(record.follows())))
}

fn append(connection: &Connection, record: &Record) -> Result<(), Error> {
    let mut insert = connection
        .prepare_cached(
            "INSERT INTO events (migration, sequence, tenant, phone_number, call_sent, at, document)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .map_err(classified)?;
    for event in &record.events {
        insert
            .execute((
                record.id.uuid(),
                count(event.sequence),
                record.tenant.as_str(),
                &record.phone_number,
                event.call_sent.map(GraphCall::as_str),
                millis(event.at),
                &event.document,
            ))
            .map_err(classified)?;
    }
    Ok(())
}
