//! A migration as both databases keep it: a document, columns to find it by, and sealed secrets.
//!
//! The document is the truth; the columns repeat parts of it for the indexes. It never holds a
//! secret.

use jiff::Timestamp;

use super::encryption::cells::Cells;
use super::{Error, Lease, LeaseChange};
use crate::crypto::Keyring;
use domain::{
    AccessToken, Attempts, Event, GraphCall, Migration, MigrationId, Pin, Request, Secrets, State,
    TenantId, VerificationCode,
};

pub(super) const MIGRATIONS: &str = "migrations";
pub(super) const EVENTS: &str = "events";
const REMOVED_CALLS: &str = "removed_calls";

/// What is written of a migration and its new events.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) id: MigrationId,
    pub(super) tenant: TenantId,
    /// The identity of the number's line.
    pub(super) phone_number: String,
    pub(super) state: State,
    /// The version that the migration was read at.
    pub(super) version: u64,
    pub(super) last_sequence: u64,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) ended_at: Option<Timestamp>,
    pub(super) secrets: SealedSecrets,
    pub(super) document: String,
    pub(super) events: Vec<EventRecord>,
}

/// What is written of an event.
#[derive(Debug)]
pub(super) struct EventRecord {
    pub(super) sequence: u64,
    /// The limited call that it says was sent.
    pub(super) call_sent: Option<GraphCall>,
    pub(super) at: Timestamp,
    pub(super) document: String,
}

/// The sealed secrets of a migration.
#[derive(Debug, Default)]
pub(super) struct SealedSecrets {
    pub(super) access_token: Option<Vec<u8>>,
    pub(super) two_step_pin: Option<Vec<u8>>,
    pub(super) code: Option<Vec<u8>>,
}

/// Writes a new migration.
#[derive(Debug)]
pub(super) struct Create {
    pub(super) record: Record,
    pub(super) request: Request,
    pub(super) due_at: Option<Timestamp>,
    pub(super) lease: Option<Lease>,
}

/// The result of a [`Create`].
#[derive(Debug)]
pub(super) enum Inserted {
    /// It was written; with the limited calls of its number.
    New(Attempts),
    SameRequest(MigrationId),
    Removed,
    NumberBusy(MigrationId),
}

/// Writes a changed migration.
#[derive(Debug)]
pub(super) struct Save {
    pub(super) record: Record,
    pub(super) due_at: Option<Timestamp>,
    pub(super) lease: LeaseChange,
}

/// The row of a migration.
pub(super) struct MigrationRow {
    pub(super) id: MigrationId,
    pub(super) tenant: String,
    pub(super) version: u64,
    pub(super) document: String,
    pub(super) attempts: Attempts,
    pub(super) secrets: SealedSecrets,
}

/// A row among others, which may not be readable.
pub(super) type AnyRow = (MigrationId, Result<MigrationRow, Error>);

/// What a request id refers to.
pub(super) enum RequestRow {
    Started(MigrationRow),
    Removed,
    Unknown,
}

impl Record {
    /// Checks that the events lead up to the migration, and seals its secrets.
    pub(super) fn new(
        keyring: &Keyring,
        tenant: &TenantId,
        migration: &Migration,
        events: &[Event],
    ) -> Result<Self, Error> {
        if migration.tenant != *tenant {
            return Err(Error::Inconsistent(
                "the migration belongs to another tenant",
            ));
        }
        let last = events
            .last()
            .map_or(migration.last_sequence, |event| event.sequence);
        let gapless = events
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if b.sequence == a.sequence.saturating_add(1)));
        if last != migration.last_sequence || !gapless {
            return Err(Error::Inconsistent(
                "the new events do not lead up to the migration's last sequence",
            ));
        }
        let unwritable = |table, source| Error::corrupt(table, "document", &migration.id, source);
        let event = |event: &Event| {
            Ok(EventRecord {
                sequence: event.sequence,
                call_sent: event.kind.call_sent(),
                at: event.at,
                document: serde_json::to_string(event)?,
            })
        };
        let events = events.iter().map(event).collect::<Result<_, _>>();
        Ok(Self {
            id: migration.id,
            tenant: tenant.clone(),
            phone_number: migration.request.phone_number.identity(),
            state: migration.state,
            version: migration.version,
            last_sequence: migration.last_sequence,
            created_at: migration.created_at,
            updated_at: migration.updated_at,
            ended_at: migration.ended_at,
            secrets: SealedSecrets::of(keyring, migration)?,
            document: serde_json::to_string(migration)
                .map_err(|error| unwritable(MIGRATIONS, error))?,
            events: events.map_err(|error| unwritable(EVENTS, error))?,
        })
    }

    /// Sequence of the newest event that must have been written before.
    pub(super) fn follows(&self) -> u64 {
        self.last_sequence.saturating_sub(self.events.len() as u64)
    }
}

impl SealedSecrets {
    fn of(keyring: &Keyring, migration: &Migration) -> Result<Self, Error> {
        let (secrets, id) = (&migration.secrets, migration.id);
        let row = id.uuid();
        let cells = cells(keyring, &migration.tenant, row.as_bytes(), &id);
        Ok(Self {
            access_token: cells.seal(
                "access_token",
                secrets.access_token.as_ref().map(AccessToken::expose),
            )?,
            two_step_pin: cells.seal(
                "two_step_pin",
                secrets.two_step_pin.as_ref().map(Pin::expose),
            )?,
            code: cells.seal("code", secrets.code.as_ref().map(VerificationCode::expose))?,
        })
    }

    fn open(
        &self,
        keyring: &Keyring,
        tenant: &TenantId,
        id: MigrationId,
    ) -> Result<Secrets, Error> {
        let row = id.uuid();
        let cells = cells(keyring, tenant, row.as_bytes(), &id);
        Ok(Secrets {
            access_token: cells.open("access_token", self.access_token.as_deref())?,
            two_step_pin: cells.open("two_step_pin", self.two_step_pin.as_deref())?,
            code: cells.open("code", self.code.as_deref())?,
        })
    }
}

impl MigrationRow {
    /// The migration, without its secrets.
    pub(super) fn into_migration(self) -> Result<Migration, Error> {
        let migration: Migration = serde_json::from_str(&self.document)
            .map_err(|error| Error::corrupt(MIGRATIONS, "document", &self.id, error))?;
        if migration.id != self.id || migration.tenant.as_str() != self.tenant {
            return Err(Error::corrupt(
                MIGRATIONS,
                "document",
                &self.id,
                "it is the document of another row",
            ));
        }
        Ok(Migration {
            version: self.version,
            attempts: self.attempts,
            ..migration
        })
    }

    /// The migration, with its secrets.
    pub(super) fn open(mut self, keyring: &Keyring) -> Result<Migration, Error> {
        let sealed = std::mem::take(&mut self.secrets);
        let migration = self.into_migration()?;
        let secrets = sealed.open(keyring, &migration.tenant, migration.id)?;
        Ok(Migration {
            secrets,
            ..migration
        })
    }
}

/// The limited calls of a number, of the migrations that are kept and of those that were removed:
/// pairs of milliseconds and a call, as the database aggregates them.
pub(super) fn attempts([kept, removed]: [&str; 2], row: &impl ToString) -> Result<Attempts, Error> {
    let mut attempts = Vec::new();
    for (table, pairs) in [(EVENTS, kept), (REMOVED_CALLS, removed)] {
        let pairs: Vec<(i64, GraphCall)> = serde_json::from_str(pairs)
            .map_err(|error| Error::corrupt(table, "call_sent", row, error))?;
        let at = |millis| Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX);
        attempts.extend(pairs.into_iter().map(|(millis, call)| (at(millis), call)));
    }
    Ok(Attempts::new(attempts))
}

fn cells<'a>(
    keyring: &'a Keyring,
    tenant: &'a TenantId,
    row: &'a [u8],
    id: &'a MigrationId,
) -> Cells<'a> {
    Cells {
        keyring,
        tenant,
        table: MIGRATIONS,
        row,
        name: id,
    }
}
