//! Saves of migrations, many in one statement.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use uuid::Uuid;

use super::Postgres;
use super::columns::bind;
use super::connect::silent;
use super::connections::{Connections, Failed};
use super::error::classified;
use super::notify::Notifier;
use super::rows::{self, column, count};
use super::time::Time;
use crate::store::group_commit::{CommitFailure, Committer};
use crate::store::record::{Record, Save};
use crate::store::{Error, LeaseChange, Notification, Saved};
use domain::MigrationId;

/// Saves migrations.
#[derive(Debug, Clone)]
pub(super) struct Saves {
    pub(super) connections: Connections,
    pub(super) notifier: Notifier,
}

/// A lease change as the statement takes it: the required lease, and the new one.
#[derive(Default)]
struct LeaseColumns {
    holder: Option<Uuid>,
    free_at: Option<Time>,
    untouched: bool,
    worker: Option<Uuid>,
    until: Option<Time>,
}

/// `ANY (ARRAY[…])` rather than `=`, so that each row is found by its key whatever the server
/// estimates of the table's size.
pub(super) const SAVE: &str = "
    WITH hit AS (
        UPDATE migrations AS m SET
            state = i.state, version = m.version + 1, last_sequence = i.last_sequence,
            due_at = i.due_at,
            lease_worker = CASE WHEN i.untouched THEN m.lease_worker ELSE i.worker END,
            lease_until = CASE WHEN i.untouched THEN m.lease_until ELSE i.until END,
            updated_at = i.updated_at, access_token = i.access_token, two_step_pin = i.two_step_pin,
            code = i.code, document = i.document, ended_at = i.ended_at
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[],
                $6::bytea[], $7::bytea[], $8::bytea[], $9::text[], $10::timestamptz[],
                $16::bigint[], $17::bigint[], $18::timestamptz[], $19::uuid[], $20::timestamptz[],
                $21::bool[], $22::uuid[], $23::timestamptz[])
            AS i (id, tenant, state, last_sequence, updated_at, access_token, two_step_pin, code,
                document, ended_at, version, follows, due_at, holder, free_at, untouched, worker,
                until)
        WHERE m.id = ANY (ARRAY[i.id]) AND m.tenant = i.tenant AND m.version = i.version
            AND m.last_sequence = i.follows
            AND (i.holder IS NULL OR m.lease_worker = i.holder)
            AND (i.free_at IS NULL OR m.lease_until IS NULL OR m.lease_until <= i.free_at)
        RETURNING m.id, m.tenant, m.phone_number
    ), history AS (
        INSERT INTO events (migration, sequence, tenant, phone_number, call_sent, at, document)
        SELECT hit.id, e.sequence, hit.tenant, hit.phone_number, e.call_sent, e.at, e.document::json
        FROM unnest($11::uuid[], $12::bigint[], $13::text[], $14::timestamptz[], $15::text[])
            AS e (migration, sequence, call_sent, at, document)
        JOIN hit ON hit.id = e.migration
    )
    SELECT id FROM hit";

impl Postgres {
    pub(in crate::store) async fn save(&self, save: Save) -> Result<Saved, Error> {
        self.inner.saves.write(save).await
    }
}

impl Committer for Saves {
    type Write = Save;
    type Answer = Saved;
    type Key = MigrationId;

    const GROUP: usize = super::GROUP;
    const TIMEOUT: Option<Duration> = super::WRITE_TIMEOUT;

    fn keys(save: &Save) -> impl IntoIterator<Item = MigrationId> {
        [save.record.id]
    }

    async fn commit(
        &mut self,
        writes: &[&Save],
    ) -> Result<Vec<Result<Saved, Error>>, CommitFailure> {
        let mut sorted = writes.to_vec();
        // Every group locks its rows in the same order, so that two groups never wait for each
        // other.
        sorted.sort_by_key(|save| save.record.id.uuid());
        let hit = update(&self.connections, &sorted).await?;
        let records = writes.iter().map(|save| &save.record);
        let missed: Vec<&Record> = records.filter(|it| !hit.contains(&it.id)).collect();
        let gaps = gaps(&self.connections, &missed)
            .await
            .map_err(Failed::from)?;
        let answer = |save: &&Save| {
            let Record { id, version, .. } = &save.record;
            if hit.contains(id) {
                let version = version.saturating_add(1);
                Ok(Saved::Done { version })
            } else if gaps.contains(id) {
                Err(Error::Inconsistent(
                    "the new events do not follow the last one that is kept",
                ))
            } else {
                Ok(Saved::Conflict)
            }
        };
        Ok(writes.iter().map(answer).collect())
    }

    fn committed(&self, save: &Save, answer: &Saved) {
        if *answer == Saved::Conflict {
            return;
        }
        let record = &save.record;
        let free = matches!(
            save.lease,
            LeaseChange::Untouched | LeaseChange::Release { .. }
        );
        let due = free && save.due_at.is_some_and(|due| due <= record.updated_at);
        let committed = Notification::Committed {
            id: record.id,
            sequence: record.last_sequence,
        };
        let committed = (!record.events.is_empty()).then_some(committed);
        let due = due.then_some(Notification::Due);
        self.notifier.notify([committed, due].into_iter().flatten());
    }

    fn timed_out() -> Error {
        classified(silent())
    }
}

impl From<LeaseChange> for LeaseColumns {
    fn from(change: LeaseChange) -> Self {
        let none = Self::default();
        match change {
            LeaseChange::Untouched => Self {
                untouched: true,
                ..none
            },
            LeaseChange::Take { now, lease } => Self {
                free_at: Some(Time(now)),
                worker: Some(lease.worker.uuid()),
                until: Some(Time(lease.until)),
                ..none
            },
            LeaseChange::Renew(lease) => Self {
                holder: Some(lease.worker.uuid()),
                worker: Some(lease.worker.uuid()),
                until: Some(Time(lease.until)),
                ..none
            },
            LeaseChange::Release { worker } => Self {
                holder: Some(worker.uuid()),
                ..none
            },
        }
    }
}

/// Updates the rows that are as the saves need them; returns their ids.
async fn update(
    connections: &Connections,
    saves: &[&Save],
) -> Result<HashSet<MigrationId>, Failed> {
    fn each<'a, T>(saves: &[&'a Save], of: impl Fn(&'a Save) -> T) -> Vec<T> {
        saves.iter().copied().map(of).collect()
    }
    let records: Vec<&Record> = saves.iter().map(|save| &save.record).collect();
    let leases = || saves.iter().map(|save| LeaseColumns::from(save.lease));
    let query = bind(sqlx::query(SAVE), &records)
        .bind(each(saves, |save| count(save.record.version)))
        .bind(each(saves, |save| count(save.record.follows())))
        .bind(each(saves, |save| save.due_at.map(Time)))
        .bind(leases().map(|lease| lease.holder).collect::<Vec<_>>())
        .bind(leases().map(|lease| lease.free_at).collect::<Vec<_>>())
        .bind(leases().map(|lease| lease.untouched).collect::<Vec<_>>())
        .bind(leases().map(|lease| lease.worker).collect::<Vec<_>>())
        .bind(leases().map(|lease| lease.until).collect::<Vec<_>>());
    let hit = connections.once(query).await?;
    let ids = hit.iter().map(rows::id).collect::<Result<_, _>>()?;
    Ok(ids)
}

/// Of the records that missed, those whose row has the right version: their events would leave a
/// gap.
async fn gaps(
    connections: &Connections,
    missed: &[&Record],
) -> Result<HashSet<MigrationId>, Error> {
    if missed.is_empty() {
        return Ok(HashSet::new());
    }
    let ids: Vec<Uuid> = missed.iter().map(|record| record.id.uuid()).collect();
    let found = connections
        .rows(|| {
            sqlx::query(
                "SELECT id, tenant, version, last_sequence FROM migrations WHERE id = ANY ($1)",
            )
            .bind(ids.clone())
        })
        .await?;
    let mut rows = HashMap::new();
    for row in &found {
        let tenant: String = column(row, "tenant")?;
        let at: (i64, i64) = (column(row, "version")?, column(row, "last_sequence")?);
        rows.insert((rows::id(row)?, tenant), at);
    }
    let leaves_gap = |record: &&&Record| {
        let key = (record.id, record.tenant.as_str().to_owned());
        rows.get(&key).is_some_and(|(version, last)| {
            *version == count(record.version) && *last != count(record.follows())
        })
    };
    let gaps = missed.iter().filter(leaves_gap);
    Ok(gaps.map(|record| record.id).collect())
}
