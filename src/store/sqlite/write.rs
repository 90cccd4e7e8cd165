//! Writing a migration and its events.

use jiff::Timestamp;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::error::classified;
use super::rows::{self, count, millis};
use super::writer::Write;
use crate::migration::{GraphCall, Migration, MigrationId, WabaId};
use crate::store::record::Record;
use crate::store::{Error, Hold, Lease, Saved};

/// Keeps a new migration.
pub(super) struct Create {
    pub(super) record: Record,
    pub(super) due_at: Option<Timestamp>,
    pub(super) hold: Option<Hold>,
}

/// What became of it.
pub(super) enum Inserted {
    New(Box<Migration>),
    SameRequest(MigrationId),
    NumberBusy(MigrationId),
}

/// Keeps what became of a migration.
pub(super) struct Save {
    pub(super) record: Record,
    pub(super) due_at: Option<Timestamp>,
    pub(super) lease: Lease,
}

/// Shows that writing is possible.
pub(super) struct Ping;

impl Write for Create {
    type Answer = Inserted;

    async fn run(&self, connection: &mut SqliteConnection) -> Result<Inserted, Error> {
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
            request.phone_number.to_string(),
        );
        let same =
            sqlx::query_scalar("SELECT id FROM migrations WHERE tenant = ? AND request_id = ?")
                .bind(tenant)
                .bind(request.request_id.as_str());
        if let Some(id) = same
            .fetch_optional(&mut *connection)
            .await
            .map_err(classified)?
        {
            return Ok(Inserted::SameRequest(MigrationId::from_uuid(id)));
        }
        // The condition on the state is the index's, word for word, so that the index is used.
        let busy = sqlx::query_scalar(
            "SELECT id FROM migrations WHERE tenant = ? AND phone_number = ?
             AND state NOT IN ('SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED')",
        )
        .bind(tenant)
        .bind(&phone_number);
        if let Some(id) = busy
            .fetch_optional(&mut *connection)
            .await
            .map_err(classified)?
        {
            return Ok(Inserted::NumberBusy(MigrationId::from_uuid(id)));
        }
        insert(connection, record, &phone_number, *due_at, *hold).await?;
        append(connection, record, &phone_number).await?;
        let attempts = rows::attempts_of(connection, tenant, &phone_number).await?;
        Ok(Inserted::New(Box::new(Migration {
            version: 1,
            attempts,
            ..record.migration.clone()
        })))
    }
}

impl Write for Save {
    type Answer = Saved;

    async fn run(&self, connection: &mut SqliteConnection) -> Result<Saved, Error> {
        let Self { record, .. } = self;
        let migration = &record.migration;
        if !update(connection, self).await? {
            if follows(connection, self).await? {
                return Ok(Saved::Conflict);
            }
            return Err(Error::Inconsistent(
                "the new events do not follow the last one that is kept",
            ));
        }
        let phone_number = migration.request.phone_number.to_string();
        append(connection, record, &phone_number).await?;
        Ok(Saved::Done {
            version: migration.version.saturating_add(1),
        })
    }
}

impl Write for Ping {
    type Answer = ();

    async fn run(&self, _connection: &mut SqliteConnection) -> Result<(), Error> {
        Ok(())
    }
}

async fn insert(
    connection: &mut SqliteConnection,
    record: &Record,
    phone_number: &str,
    due_at: Option<Timestamp>,
    hold: Option<Hold>,
) -> Result<(), Error> {
    let migration = &record.migration;
    let request = &migration.request;
    let (tenant, id) = (migration.tenant.as_str(), migration.id.uuid());
    sqlx::query(
        "INSERT INTO migrations (id, tenant, request_id, phone_number, destination, source, reference, state, version,
             last_sequence, due_at, lease_worker, lease_until, created_at, updated_at, access_token, two_step_pin, code,
             document)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(id)
    .bind(tenant)
    .bind(request.request_id.as_str())
    .bind(phone_number)
    .bind(request.destination.as_str())
    .bind(request.source.as_ref().map(WabaId::as_str))
    .bind(&request.reference)
    .bind(migration.state.as_str())
    .bind(count(migration.last_sequence))
    .bind(due_at.map(millis))
    .bind(hold.map(|hold| hold.worker.uuid()))
    .bind(hold.map(|hold| millis(hold.until)))
    .bind(millis(migration.created_at))
    .bind(millis(migration.updated_at))
    .bind(record.secrets.access_token.as_deref())
    .bind(record.secrets.two_step_pin.as_deref())
    .bind(record.secrets.code.as_deref())
    .bind(&record.document)
    .execute(&mut *connection)
    .await
    .map_err(classified)?;

    for (name, value) in &request.labels {
        let label =
            sqlx::query("INSERT INTO labels (tenant, name, value, migration) VALUES (?, ?, ?, ?)");
        let label = label.bind(tenant).bind(name).bind(value).bind(id);
        label.execute(&mut *connection).await.map_err(classified)?;
    }
    Ok(())
}

/// Writes what was saved, if the row is as the save needs it; `false` where it is not.
async fn update(connection: &mut SqliteConnection, save: &Save) -> Result<bool, Error> {
    let Save {
        record,
        due_at,
        lease,
    } = save;
    let migration = &record.migration;
    let (kept, free_at, held_by, hold) = match *lease {
        Lease::Untouched => (true, None, None, None),
        Lease::Take { now, hold } => (false, Some(millis(now)), None, Some(hold)),
        Lease::Keep(hold) => (false, None, Some(hold.worker.uuid()), Some(hold)),
        Lease::Release { worker } => (false, None, Some(worker.uuid()), None),
    };
    sqlx::query(
        "UPDATE migrations SET state = ?1, version = version + 1, last_sequence = ?2, due_at = ?3,
             lease_worker = iif(?4, lease_worker, ?5), lease_until = iif(?4, lease_until, ?6), updated_at = ?7,
             access_token = ?8, two_step_pin = ?9, code = ?10, document = ?11
         WHERE id = ?12 AND tenant = ?13 AND version = ?14 AND last_sequence = ?15
             AND (?16 IS NULL OR lease_worker = ?16)
             AND (?17 IS NULL OR lease_until IS NULL OR lease_until <= ?17)",
    )
    .bind(migration.state.as_str())
    .bind(count(migration.last_sequence))
    .bind(due_at.map(millis))
    .bind(kept)
    .bind(hold.map(|hold| hold.worker.uuid()))
    .bind(hold.map(|hold| millis(hold.until)))
    .bind(millis(migration.updated_at))
    .bind(record.secrets.access_token.as_deref())
    .bind(record.secrets.two_step_pin.as_deref())
    .bind(record.secrets.code.as_deref())
    .bind(&record.document)
    .bind(migration.id.uuid())
    .bind(migration.tenant.as_str())
    .bind(count(migration.version))
    .bind(count(record.follows()))
    .bind(held_by)
    .bind(free_at)
    .execute(connection)
    .await
    .map(|updated| updated.rows_affected() == 1)
    .map_err(classified)
}

/// Whether a row that was not as a save needs it is so by a lost race, and not by events that leave a gap.
async fn follows(connection: &mut SqliteConnection, save: &Save) -> Result<bool, Error> {
    let migration = &save.record.migration;
    let row = sqlx::query_scalar::<_, i64>(
        "SELECT last_sequence FROM migrations WHERE id = ? AND tenant = ? AND version = ?",
    );
    let last_sequence = row
        .bind(migration.id.uuid())
        .bind(migration.tenant.as_str())
        .bind(count(migration.version))
        .fetch_optional(connection)
        .await
        .map_err(classified)?;
    Ok(last_sequence.is_none_or(|last| last == count(save.record.follows())))
}

async fn append(
    connection: &mut SqliteConnection,
    record: &Record,
    phone_number: &str,
) -> Result<(), Error> {
    if record.events.is_empty() {
        return Ok(());
    }
    let mut insert = QueryBuilder::<Sqlite>::new(
        "INSERT INTO events (migration, sequence, tenant, phone_number, call_sent, at, document) ",
    );
    insert.push_values(&record.events, |mut row, (event, document)| {
        row.push_bind(record.migration.id.uuid())
            .push_bind(count(event.sequence))
            .push_bind(record.migration.tenant.as_str())
            .push_bind(phone_number)
            .push_bind(event.kind.call_sent().map(GraphCall::as_str))
            .push_bind(millis(event.at))
            .push_bind(document);
    });
    insert
        .build()
        .execute(connection)
        .await
        .map(drop)
        .map_err(classified)
}
