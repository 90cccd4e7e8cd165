//! Writing a migration and its events.

use jiff::Timestamp;
use sqlx::SqliteConnection;
use uuid::Uuid;

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

    async fn run(self, connection: &mut SqliteConnection) -> Result<Inserted, Error> {
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
        insert(connection, &record, &phone_number, due_at, hold).await?;
        append(connection, &record, &phone_number).await?;
        let attempts = rows::attempts_of(connection, tenant, &phone_number).await?;
        Ok(Inserted::New(Box::new(Migration {
            version: 1,
            attempts,
            ..record.migration
        })))
    }
}

impl Write for Save {
    type Answer = Saved;

    async fn run(self, connection: &mut SqliteConnection) -> Result<Saved, Error> {
        let Self {
            record,
            due_at,
            lease,
        } = self;
        let migration = &record.migration;
        let found: Option<(i64, i64, Option<Uuid>, Option<i64>)> =
            sqlx::query_as("SELECT version, last_sequence, lease_worker, lease_until FROM migrations WHERE tenant = ? AND id = ?")
                .bind(migration.tenant.as_str())
                .bind(migration.id.uuid())
                .fetch_optional(&mut *connection)
                .await
                .map_err(classified)?;
        let Some((version, last_sequence, holder, held_until)) = found else {
            return Ok(Saved::Conflict);
        };
        let lost = match lease {
            Lease::Untouched => false,
            Lease::Take { now, .. } => held_until.is_some_and(|until| until > millis(now)),
            Lease::Keep(Hold { worker, .. }) | Lease::Release { worker } => {
                holder != Some(worker.uuid())
            }
        };
        if version != count(migration.version) || lost {
            return Ok(Saved::Conflict);
        }
        if last_sequence != count(record.follows()) {
            return Err(Error::Inconsistent(
                "the new events do not follow the last one that is kept",
            ));
        }
        update(connection, &record, due_at, lease).await?;
        append(
            connection,
            &record,
            &migration.request.phone_number.to_string(),
        )
        .await?;
        Ok(Saved::Done {
            version: migration.version.saturating_add(1),
        })
    }
}

impl Write for Ping {
    type Answer = ();

    async fn run(self, _connection: &mut SqliteConnection) -> Result<(), Error> {
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

async fn update(
    connection: &mut SqliteConnection,
    record: &Record,
    due_at: Option<Timestamp>,
    lease: Lease,
) -> Result<(), Error> {
    let migration = &record.migration;
    let (untouched, holder, until) = match lease {
        Lease::Untouched => (true, None, None),
        Lease::Take { hold, .. } | Lease::Keep(hold) => {
            (false, Some(hold.worker.uuid()), Some(millis(hold.until)))
        }
        Lease::Release { .. } => (false, None, None),
    };
    sqlx::query(
        "UPDATE migrations SET state = ?2, version = version + 1, last_sequence = ?3, due_at = ?4,
             lease_worker = iif(?5, lease_worker, ?6), lease_until = iif(?5, lease_until, ?7), updated_at = ?8,
             access_token = ?9, two_step_pin = ?10, code = ?11, document = ?12
         WHERE id = ?1",
    )
    .bind(migration.id.uuid())
    .bind(migration.state.as_str())
    .bind(count(migration.last_sequence))
    .bind(due_at.map(millis))
    .bind(untouched)
    .bind(holder)
    .bind(until)
    .bind(millis(migration.updated_at))
    .bind(record.secrets.access_token.as_deref())
    .bind(record.secrets.two_step_pin.as_deref())
    .bind(record.secrets.code.as_deref())
    .bind(&record.document)
    .execute(connection)
    .await
    .map(drop)
    .map_err(classified)
}

async fn append(
    connection: &mut SqliteConnection,
    record: &Record,
    phone_number: &str,
) -> Result<(), Error> {
    for (event, document) in &record.events {
        sqlx::query(
            "INSERT INTO events (migration, sequence, tenant, phone_number, call_sent, at, document)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(record.migration.id.uuid())
        .bind(count(event.sequence))
        .bind(record.migration.tenant.as_str())
        .bind(phone_number)
        .bind(event.kind.call_sent().map(GraphCall::as_str))
        .bind(millis(event.at))
        .bind(document)
        .execute(&mut *connection)
        .await
        .map_err(classified)?;
    }
    Ok(())
}
