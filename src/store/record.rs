//! A migration as every implementation keeps it: a document, columns to find it by, and sealed secrets.
//!
//! The document is the truth; the columns repeat parts of it for the database's indexes. It never holds a secret.

use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::Error;
use crate::crypto::{Keyring, Place};
use crate::migration::{
    AccessToken, Attempts, Event, GraphCall, Migration, MigrationId, Pin, Secrets, TenantId,
    VerificationCode,
};

pub(super) const MIGRATIONS: &str = "migrations";
pub(super) const EVENTS: &str = "events";

/// A migration and its new events, ready to be written.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) migration: Migration,
    pub(super) document: String,
    pub(super) secrets: Sealed,
    pub(super) events: Vec<(Event, String)>,
}

/// Its secrets, sealed.
#[derive(Debug, Default)]
pub(super) struct Sealed {
    pub(super) access_token: Option<Vec<u8>>,
    pub(super) two_step_pin: Option<Vec<u8>>,
    pub(super) code: Option<Vec<u8>>,
}

/// What a row holds.
pub(super) struct Row {
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
            secrets: Sealed::of(keyring, migration)?,
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

impl Sealed {
    fn of(keyring: &Keyring, migration: &Migration) -> Result<Self, Error> {
        let secrets = &migration.secrets;
        let seal = |column, secret: Option<&str>| {
            let Some(secret) = secret else {
                return Ok(None);
            };
            let row = migration.id.uuid();
            keyring
                .seal(
                    place(migration.tenant.as_str(), column, row.as_bytes()),
                    secret.as_bytes(),
                )
                .map(Some)
                .map_err(|source| unsealed(column, migration.id, source))
        };
        Ok(Self {
            access_token: seal(
                "access_token",
                secrets.access_token.as_ref().map(AccessToken::expose),
            )?,
            two_step_pin: seal(
                "two_step_pin",
                secrets.two_step_pin.as_ref().map(Pin::expose),
            )?,
            code: seal("code", secrets.code.as_ref().map(VerificationCode::expose))?,
        })
    }

    /// Opens them.
    pub(super) fn open(
        &self,
        keyring: &Keyring,
        tenant: &TenantId,
        id: MigrationId,
    ) -> Result<Secrets, Error> {
        let open = |column, sealed| open(keyring, tenant, id, column, sealed);
        Ok(Secrets {
            access_token: parsed(
                "access_token",
                id,
                open("access_token", self.access_token.as_deref())?,
            )?,
            two_step_pin: parsed(
                "two_step_pin",
                id,
                open("two_step_pin", self.two_step_pin.as_deref())?,
            )?,
            code: parsed("code", id, open("code", self.code.as_deref())?)?,
        })
    }
}

impl Row {
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

/// The calls of a number: pairs of milliseconds and a call, as a database puts them together.
pub(super) fn attempts(pairs: &str, row: &impl ToString) -> Result<Attempts, Error> {
    let pairs: Vec<(i64, GraphCall)> = serde_json::from_str(pairs)
        .map_err(|error| Error::corrupt(EVENTS, "call_sent", row, error))?;
    let at = |millis| Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX);
    let attempts = pairs.into_iter().map(|(millis, call)| (at(millis), call));
    Ok(Attempts::new(attempts.collect()))
}

fn place<'a>(tenant: &'a str, column: &'a str, row: &'a [u8]) -> Place<'a> {
    Place {
        tenant,
        table: MIGRATIONS,
        column,
        row,
    }
}

fn unsealed(column: &'static str, id: MigrationId, source: crate::crypto::Error) -> Error {
    Error::Sealed {
        table: MIGRATIONS,
        column,
        row: id.to_string(),
        source: Arc::new(source),
    }
}

fn open(
    keyring: &Keyring,
    tenant: &TenantId,
    id: MigrationId,
    column: &'static str,
    sealed: Option<&[u8]>,
) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    sealed
        .map(|sealed| keyring.open(place(tenant.as_str(), column, id.uuid().as_bytes()), sealed))
        .transpose()
        .map_err(|source| unsealed(column, id, source))
}

/// A secret out of the bytes that were sealed. The errors of its type never hold the secret.
fn parsed<T>(
    column: &'static str,
    id: MigrationId,
    plain: Option<Zeroizing<Vec<u8>>>,
) -> Result<Option<T>, Error>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let Some(plain) = plain else { return Ok(None) };
    let text = std::str::from_utf8(&plain)
        .map_err(|error| Error::corrupt(MIGRATIONS, column, &id, error))?;
    text.parse()
        .map(Some)
        .map_err(|error: T::Err| Error::corrupt(MIGRATIONS, column, &id, error))
}
