//! Keeping what became of migrations, many in one statement.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use uuid::Uuid;

use super::columns::EventColumns;
use super::connections::{Connections, Failed};
use super::rows::{self, column, count};
use super::time::Time;
use super::writer::Write;
use crate::store::record::Record;
use crate::store::{Error, LeaseChange, Notification, Saved};
use domain::MigrationId;

/// Keeps what became of a migration.
#[derive(Debug)]
pub(super) struct Save {
    pub(super) record: Record,
    pub(super) due_at: Option<Timestamp>,
    pub(super) lease: LeaseChange,
}

/// A lease as the statement takes it: what it needs, and what it leaves.
#[derive(Default)]
struct Needs {
    holder: Option<Uuid>,
    free_at: Option<Time>,
    untouched: bool,
    worker: Option<Uuid>,
    until: Option<Time>,
}

/// `ANY (ARRAY[…])` rather than `=`, so that each row is looked up by its key whatever the server thinks of the table's size.
pub(super) const SAVE: &str = "
    WITH hit AS (
        UPDATE migrations AS m SET
            state = i.state, version = m.version + 1, last_sequence = i.last_sequence, due_at = i.due_at,
            lease_worker = CASE WHEN i.untouched THEN m.lease_worker ELSE i.worker END,
            lease_until = CASE WHEN i.untouched THEN m.lease_until ELSE i.until END,
            updated_at = i.updated_at, access_token = i.access_token, two_step_pin = i.two_step_pin, code = i.code,
            document = i.document, ended_at = i.ended_at
        FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::timestamptz[],
                $8::uuid[], $9::timestamptz[], $10::bool[], $11::uuid[], $12::timestamptz[], $13::timestamptz[],
                $14::bytea[], $15::bytea[], $16::bytea[], $17::text[], $18::timestamptz[])
            AS i (id, tenant, version, follows, state, last_sequence, due_at, holder, free_at, untouched, worker, until,
                updated_at, access_token, two_step_pin, code, document, ended_at)
        WHERE m.id = ANY (ARRAY[i.id]) AND m.tenant = i.tenant AND m.version = i.version AND m.last_sequence = i.follows
            AND (i.holder IS NULL OR m.lease_worker = i.holder)
            AND (i.free_at IS NULL OR m.lease_until IS NULL OR m.lease_until <= i.free_at)
        RETURNING m.id, m.tenant, m.phone_number
    ), history AS (
        INSERT INTO events (migration, sequence, tenant, phone_number, call_sent, at, document)
        SELECT hit.id, e.sequence, hit.tenant, hit.phone_number, e.call_sent, e.at, e.document::json
        FROM unnest($19::uuid[], $20::bigint[], $21::text[], $22::timestamptz[], $23::text[])
            AS e (migration, sequence, call_sent, at, document)
        JOIN hit ON hit.id = e.migration
    )
    SELECT id FROM hit";

impl Write for Save {
    type Answer = Saved;
    type Key = MigrationId;

    fn keys(&self) -> impl IntoIterator<Item = MigrationId> {
        [self.record.migration.id]
    }

    async fn commit(
        connections: &Connections,
        writes: &[&Self],
    ) -> Result<Vec<Result<Saved, Error>>, Failed> {
        let mut sorted = writes.to_vec();
        // Every group takes its rows in one order, so that two groups never wait for each other.
        sorted.sort_by_key(|save| save.record.migration.id.uuid());
        let hit: HashSet<MigrationId> = update(connections, &sorted).await?;
        let missed: Vec<&Self> = writes
            .iter()
            .copied()
            .filter(|save| !hit.contains(&save.record.migration.id))
            .collect();
        let gaps = gaps(connections, &missed).await?;
        let answer = |save: &&Self| {
            let migration = &save.record.migration;
            if hit.contains(&migration.id) {
                let version = migration.version.saturating_add(1);
                Ok(Saved::Done { version })
            } else if gaps.contains(&migration.id) {
                Err(Error::Inconsistent(
                    "the new events do not follow the last one that is kept",
                ))
            } else {
                Ok(Saved::Conflict)
            }
        };
        Ok(writes.iter().map(answer).collect())
    }

    fn news(&self, answer: &Saved) -> impl IntoIterator<Item = Notification> {
        let migration = &self.record.migration;
        let done = matches!(answer, Saved::Done { .. });
        let free = matches!(
            self.lease,
            LeaseChange::Untouched | LeaseChange::Release { .. }
        );
        let due = free && self.due_at.is_some_and(|due| due <= migration.updated_at);
        let committed = Notification::Committed {
            id: migration.id,
            sequence: migration.last_sequence,
        };
        [
            (done && !self.record.events.is_empty()).then_some(committed),
            (done && due).then_some(Notification::Due),
        ]
        .into_iter()
        .flatten()
    }
}

impl From<LeaseChange> for Needs {
    fn from(lease: LeaseChange) -> Self {
        let none = Self::default();
        match lease {
            LeaseChange::Untouched => Self {
                untouched: true,
                ..none
            },
            LeaseChange::Take { now, lease: hold } => Self {
                free_at: Some(Time(now)),
                worker: Some(hold.worker.uuid()),
                until: Some(Time(hold.until)),
                ..none
            },
            LeaseChange::Renew(hold) => Self {
                holder: Some(hold.worker.uuid()),
                worker: Some(hold.worker.uuid()),
                until: Some(Time(hold.until)),
                ..none
            },
            LeaseChange::Release { worker } => Self {
                holder: Some(worker.uuid()),
                ..none
            },
        }
    }
}

/// Writes those whose rows are as they must be; answers which.
async fn update(
    connections: &Connections,
    saves: &[&Save],
) -> Result<HashSet<MigrationId>, Failed> {
    fn each<'a, T>(saves: &[&'a Save], of: impl Fn(&'a Save) -> T) -> Vec<T> {
        saves.iter().copied().map(of).collect()
    }
    let needs = || saves.iter().map(|save| Needs::from(save.lease));
    let events = EventColumns::of(saves.iter().map(|save| &save.record));
    let query = sqlx::query(SAVE)
        .bind(each(saves, |save| save.record.migration.id.uuid()))
        .bind(each(saves, |save| save.record.migration.tenant.as_str()))
        .bind(each(saves, |save| count(save.record.migration.version)))
        .bind(each(saves, |save| count(save.record.follows())))
        .bind(each(saves, |save| save.record.migration.state.as_str()))
        .bind(each(saves, |save| {
            count(save.record.migration.last_sequence)
        }))
        .bind(each(saves, |save| save.due_at.map(Time)))
        .bind(needs().map(|needs| needs.holder).collect::<Vec<_>>())
        .bind(needs().map(|needs| needs.free_at).collect::<Vec<_>>())
        .bind(needs().map(|needs| needs.untouched).collect::<Vec<_>>())
        .bind(needs().map(|needs| needs.worker).collect::<Vec<_>>())
        .bind(needs().map(|needs| needs.until).collect::<Vec<_>>())
        .bind(each(saves, |save| Time(save.record.migration.updated_at)))
        .bind(each(saves, |save| {
            save.record.secrets.access_token.as_deref()
        }))
        .bind(each(saves, |save| {
            save.record.secrets.two_step_pin.as_deref()
        }))
        .bind(each(saves, |save| save.record.secrets.code.as_deref()))
        .bind(each(saves, |save| save.record.document.as_str()))
        .bind(each(saves, |save| save.record.migration.ended_at.map(Time)));
    let hit = connections.once(events.bind(query)).await?;
    let ids = hit.iter().map(rows::id).collect::<Result<_, _>>()?;
    Ok(ids)
}

/// Those that would leave a gap in the history of a row that has the version they were read at.
async fn gaps(connections: &Connections, missed: &[&Save]) -> Result<HashSet<MigrationId>, Error> {
    if missed.is_empty() {
        return Ok(HashSet::new());
    }
    let ids: Vec<Uuid> = missed
        .iter()
        .map(|save| save.record.migration.id.uuid())
        .collect();
    let found = connections
        .rows(|| {
            sqlx::query(
                "SELECT id, tenant, version, last_sequence FROM migrations WHERE id = ANY ($1)",
            )
            .bind(ids.clone())
        })
        .await?;
    let mut stand = HashMap::new();
    for row in &found {
        let tenant: String = column(row, "tenant")?;
        let at: (i64, i64) = (column(row, "version")?, column(row, "last_sequence")?);
        stand.insert((rows::id(row)?, tenant), at);
    }
    let leaves_gap = |save: &&&Save| {
        let migration = &save.record.migration;
        let key = (migration.id, migration.tenant.as_str().to_owned());
        stand.get(&key).is_some_and(|(version, last)| {
            *version == count(migration.version) && *last != count(save.record.follows())
        })
    };
    let gaps = missed.iter().filter(leaves_gap);
    Ok(gaps.map(|save| save.record.migration.id).collect())
}
