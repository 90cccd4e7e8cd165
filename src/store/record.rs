//! A migration as every implementation keeps it: a document, columns to find it by, and sealed secrets.
//!
//! The document is the truth; the columns repeat parts of it for the database's indexes. It never holds a secret.

use jiff::Timestamp;

use super::Error;
use super::encryption::cells::Cells;
use crate::crypto::Keyring;
use domain::{
    AccessToken, Attempts, Event, GraphCall, Migration, MigrationId, Pin, Secrets, TenantId,
    VerificationCode,
};

pub(super) const MIGRATIONS: &str = "migrations";
pub(super) const EVENTS: &str = "events";
const REMOVED_CALLS: &str = "removed_calls";

/// A migration and its new events, ready to be written.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) migration: Migration,
    pub(super) document: String,
    pub(super) secrets: SealedSecrets,
    pub(super) events: Vec<(Event, String)>,
}

/// Its secrets, sealed.
#[derive(Debug, Default)]
pub(super) struct SealedSecrets {
    pub(super) access_token: Option<Vec<u8>>,
    pub(super) two_step_pin: Option<Vec<u8>>,
    pub(super) code: Option<Vec<u8>>,
}

/// What a row holds.
pub(super) struct MigrationRow {
    pub(super) id: MigrationId,
    pub(super) tenant: String,
    pub(super) version: u64,
    pub(super) document: String,
    pub(super) attempts: Attempts,
}

impl Record {
    /// Makes the migration and its new events ready to be written.
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
        Ok(Self {
            document: serde_json::to_string(migration)
                .map_err(|error| unwritable(MIGRATIONS, error))?,
            secrets: SealedSecrets::of(keyring, migration)?,
            events: events
                .iter()
                .map(|event| Ok((event.clone(), serde_json::to_string(event)?)))
                .collect::<Result<_, _>>()
                .map_err(|error| unwritable(EVENTS, error))?,
            migration: migration.clone(),
        })
    }

    /// Sequence of the newest event that must have been written before this.
    pub(super) fn follows(&self) -> u64 {
        self.migration
            .last_sequence
            .saturating_sub(self.events.len() as u64)
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

    /// Opens them.
    pub(super) fn open(
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
    /// The migration that the row holds, without its secrets.
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
}

/// The calls of a number, of the migrations that are kept and of those that were removed: pairs of milliseconds and a call, as a
/// database puts them together.
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
