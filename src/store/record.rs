//! A migration as both databases keep it: two documents, columns to find it by, and sealed secrets.
//!
//! One document changes at each save. The other holds the findings, which change in few steps.
//!
//! The documents are the truth; the columns repeat parts of them for the indexes. They never hold a
//! secret.

use jiff::Timestamp;

use super::encryption::cells::Cells;
use super::number_hash::{NumberHash, NumberHasher};
use super::{Error, LeaseChange, WorkerId};
use crate::crypto::Keyring;
use domain::tenancy::Month;
use domain::{
    AccessToken, Actor, Attempts, Event, EventKind, Findings, GraphCall, Migration, MigrationId,
    Pin, Reason, Request, Secrets, State, Tags, TenantId, Tracked, VerificationCode,
};

pub(super) const MIGRATIONS: &str = "migrations";
pub(super) const EVENTS: &str = "events";
const FINDINGS: &str = "findings";
const LIMITED_CALLS: &str = "limited_calls";

/// What is written of a migration and its new events.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) id: MigrationId,
    pub(super) tenant: TenantId,
    pub(super) number: NumberHash,
    pub(super) state: State,
    /// Who must act.
    pub(super) actor: Option<Actor>,
    pub(super) fault: Option<Reason>,
    /// The version that the migration was read at.
    pub(super) version: u64,
    pub(super) last_sequence: u64,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) ended_at: Option<Timestamp>,
    /// Whether its events end it with success.
    succeeds: bool,
    pub(super) secrets: SealedSecrets,
    pub(super) document: String,
    /// The findings, if they have changed.
    pub(super) findings: Option<String>,
    /// The reference and the labels, if an update has changed them.
    pub(super) tags: Option<Tags>,
    pub(super) events: Vec<EventRecord>,
    /// The limited calls that the events record.
    pub(super) calls: Vec<CallRecord>,
}

/// What is written of an event.
#[derive(Debug)]
pub(super) struct EventRecord {
    pub(super) sequence: u64,
    pub(super) at: Timestamp,
    pub(super) document: String,
}

/// A limited call of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CallRecord {
    /// Unique among the calls of the number.
    pub(super) ordinal: u64,
    pub(super) call: GraphCall,
    pub(super) at: Timestamp,
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
    pub(super) worker: Option<WorkerId>,
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
    /// `None` where they were not asked for.
    pub(super) findings: Option<String>,
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
        hasher: &NumberHasher,
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
        let calls = calls(migration, events);
        // A migration that has succeeded stays so: this event is the last of its kind.
        let is_change = |event: &Event| matches!(event.kind, EventKind::StateChanged { .. });
        let succeeds = migration.state == State::Succeeded && events.iter().any(is_change);
        let event = |event: &Event| {
            Ok(EventRecord {
                sequence: event.sequence,
                at: event.at,
                document: serde_json::to_string(event)?,
            })
        };
        let events = events.iter().map(event).collect::<Result<_, _>>();
        let changed = migration.findings.is_changed() || migration.version == 0;
        let findings = changed.then(|| serde_json::to_string(&*migration.findings));
        let tags = &migration.tags;
        let tags = Option::clone(tags).filter(|_| tags.is_changed());
        Ok(Self {
            id: migration.id,
            tenant: tenant.clone(),
            tags,
            number: hasher.of(migration),
            state: migration.state,
            actor: migration.actor(),
            fault: migration.current_fault().map(|fault| fault.reason),
            version: migration.version,
            last_sequence: migration.last_sequence,
            created_at: migration.created_at,
            updated_at: migration.updated_at,
            ended_at: migration.ended_at,
            succeeds,
            secrets: SealedSecrets::of(keyring, migration)?,
            document: serde_json::to_string(migration)
                .map_err(|error| unwritable(MIGRATIONS, error))?,
            findings: findings
                .transpose()
                .map_err(|error| unwritable(FINDINGS, error))?,
            events: events.map_err(|error| unwritable(EVENTS, error))?,
            calls,
        })
    }

    /// Sequence of the newest event that must have been written before.
    pub(super) fn follows(&self) -> u64 {
        self.last_sequence.saturating_sub(self.events.len() as u64)
    }

    /// Ordinal of the newest call of the number when the migration was read, if it records calls:
    /// another call since then would not be counted.
    pub(super) fn last_call_read(&self) -> Option<u64> {
        let first = self.calls.first()?;
        Some(first.ordinal.saturating_sub(1))
    }

    /// The month for which it counts as succeeded, if this write ends it with success.
    pub(super) fn succeeded_in(&self) -> Option<Month> {
        let at = self.ended_at.unwrap_or(self.updated_at);
        self.succeeds.then(|| Month::of(at))
    }

    /// The hour of `updated_at`.
    pub(super) fn updated_hour(&self) -> Timestamp {
        hour(self.updated_at)
    }
}

/// The beginning of the hour of a time.
pub(super) fn hour(at: Timestamp) -> Timestamp {
    let past = at.as_second().rem_euclid(3600);
    let hour = at.as_second().saturating_sub(past);
    Timestamp::from_second(hour).unwrap_or(Timestamp::MIN)
}

impl Create {
    /// Whether it is due later than now.
    pub(super) fn is_delayed(&self) -> bool {
        self.due_at.is_some_and(|at| at > self.record.created_at)
    }

    /// The digits of the number's identity from the last to the first.
    pub(super) fn digits_reversed(&self) -> String {
        let identity = self.request.phone_number.identity();
        let digits = identity.chars().rev();
        digits.filter(char::is_ascii_digit).collect()
    }
}

impl Save {
    /// Whether it is due later than now.
    pub(super) fn is_delayed(&self) -> bool {
        self.due_at.is_some_and(|at| at > self.record.updated_at)
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
        let unreadable = |table, error| Error::corrupt(table, "document", &self.id, error);
        let migration: Migration =
            serde_json::from_str(&self.document).map_err(|error| unreadable(MIGRATIONS, error))?;
        let findings = self
            .findings
            .as_deref()
            .map(serde_json::from_str::<Findings>);
        let findings = findings
            .transpose()
            .map_err(|error| unreadable(FINDINGS, error))?;
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
            findings: Tracked::stored(findings.unwrap_or_default()),
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

/// The limited calls that new events of a migration record. The migration has counted them, so the
/// ordinal of the last is that of its newest call.
fn calls(migration: &Migration, events: &[Event]) -> Vec<CallRecord> {
    let sent = |event: &Event| Some((event.kind.call_sent()?, event.at));
    let sent: Vec<_> = events.iter().filter_map(sent).collect();
    let before = migration.attempts.last().saturating_sub(sent.len() as u64);
    let ordinals = before.saturating_add(1)..;
    let calls = ordinals.zip(sent);
    let calls = calls.map(|(ordinal, (call, at))| CallRecord { ordinal, call, at });
    calls.collect()
}

/// The limited calls of a number: triples of the ordinal, milliseconds and the call, as the
/// database aggregates them.
pub(super) fn attempts(triples: &str, row: &impl ToString) -> Result<Attempts, Error> {
    let triples: Vec<(u64, i64, GraphCall)> = serde_json::from_str(triples)
        .map_err(|error| Error::corrupt(LIMITED_CALLS, "call", row, error))?;
    let last = triples.iter().map(|(ordinal, ..)| *ordinal).max();
    let at = |millis| Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX);
    let calls = triples.iter().map(|(_, millis, call)| (at(*millis), *call));
    Ok(Attempts::stored(calls.collect(), last.unwrap_or_default()))
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
