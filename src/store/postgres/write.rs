//! Saves of migrations, many in one statement.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use uuid::Uuid;

use super::Postgres;
use super::columns::{bind, feed, feeds_locked, history};
use super::connect::silent;
use super::connections::{Connections, Failed};
use super::error::classified;
use super::notify::Notifier;
use super::rows::{self, column, count};
use super::time::Time;
use crate::store::group_commit::{CommitFailure, Committer};
use crate::store::number_hash::NumberHash;
use crate::store::record::{Record, Save};
use crate::store::{Error, LeaseChange, Notification, Saved};
use domain::{MigrationId, Tags};

/// Saves migrations.
#[derive(Debug, Clone)]
pub(super) struct Saves {
    pub(super) connections: Connections,
    pub(super) notifier: Notifier,
}

/// What two saves of one statement must not have in common.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) enum SaveKey {
    Migration(MigrationId),
    Number(NumberHash),
}

/// A lease change as the statement takes it.
#[derive(Default)]
struct LeaseColumns {
    /// The worker that must have the lease.
    holder: Option<Uuid>,
    /// Whether no worker may have it.
    free: bool,
    /// Whether it does not change.
    same_worker: bool,
    /// Whether the time at which it is due does not change.
    same_due: bool,
    /// Otherwise the worker that gets it.
    worker: Option<Uuid>,
}

/// Locks the feeds, then writes the migrations that are as the saves need them, with what belongs
/// to them.
///
/// A save that keeps the lease writes no changed column of an index; the server compares values.
///
/// `$more` are further parts, and its own values begin with `$35`.
///
/// Each row is found by the range of keys from its own to its own: for that, the server can only
/// look up one key after the other. For `=` on both columns it would consider joins that read the
/// whole table, and for `= ANY (ARRAY[…])` a lookup by the tenant alone, and keep such a plan when
/// the table has grown.
macro_rules! save {
    ($($more:tt)*) => { concat!(
    "WITH ",
    feed!(),
    ", hit AS (
        UPDATE migrations AS m SET
            state = i.state, actor = i.actor, fault = i.fault, version = m.version + 1,
            last_sequence = i.last_sequence, suspended = false,
            due_at = CASE WHEN i.same_due THEN m.due_at ELSE i.due_at END,
            delayed = CASE WHEN i.same_due THEN m.delayed ELSE i.delayed END,
            lease_worker = CASE WHEN i.same_worker THEN m.lease_worker ELSE i.worker END,
            updated_at = i.updated_at, updated_hour = i.updated_hour, ended_at = i.ended_at,
            access_token = i.access_token, two_step_pin = i.two_step_pin, code = i.code,
            document = i.document
        FROM unnest($1::text[], $2::uuid[], $3::bytea[], $4::text[], $5::text[], $6::text[],
                $7::bigint[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::bytea[],
                $12::bytea[], $13::bytea[], $14::text[], $15::text[], $25::bigint[], $26::bigint[],
                $27::bigint[], $28::timestamptz[], $29::bool[], $30::uuid[], $31::bool[], $32::bool[],
                $33::bool[], $34::uuid[])
            AS i (tenant, id, number, state, actor, fault, last_sequence, updated_at, updated_hour,
                ended_at, access_token, two_step_pin, code, document, findings, version, follows,
                last_call, due_at, delayed, holder, free, same_worker, same_due, worker)
        WHERE ",
    feeds_locked!(),
    " AND (m.tenant, m.id) >= (i.tenant, i.id) AND (m.tenant, m.id) <= (i.tenant, i.id)
            AND m.version = i.version AND m.last_sequence = i.follows
            AND (i.holder IS NULL OR m.lease_worker = i.holder)
            AND (NOT i.free OR m.lease_worker IS NULL)
            AND (i.last_call IS NULL OR NOT EXISTS (
                SELECT 1 FROM limited_calls AS c WHERE c.number = i.number AND c.ordinal > i.last_call))
        RETURNING m.tenant, m.id, m.number, i.findings
    ), ",
    history!("hit"),
    ", finding AS (
        INSERT INTO findings (tenant, migration, document)
        SELECT tenant, id, findings FROM hit WHERE findings IS NOT NULL
        ON CONFLICT (tenant, migration) DO UPDATE SET document = excluded.document
    ), call AS (
        INSERT INTO limited_calls (number, ordinal, call, at)
        SELECT hit.number, c.ordinal, c.call, c.at
        FROM unnest($20::uuid[], $21::bigint[], $22::text[], $23::timestamptz[])
            AS c (migration, ordinal, call, at)
        JOIN hit ON hit.id = c.migration ORDER BY hit.number, c.ordinal
    )",
    $($more)*,
    " SELECT id FROM hit"
) };
}

/// Counts migrations that succeed: their ids and months are these two values.
macro_rules! counted {
    ($ids:literal, $months:literal) => {
        concat!(
            ", counted AS (
        INSERT INTO usage AS u (tenant, month, migrations_succeeded)
        SELECT hit.tenant, s.month, count(*) FROM unnest(",
            $ids,
            "::uuid[], ",
            $months,
            "::integer[]) AS s (migration, month) JOIN hit ON hit.id = s.migration
        GROUP BY hit.tenant, s.month
        ON CONFLICT (tenant, month)
            DO UPDATE SET migrations_succeeded = u.migrations_succeeded + excluded.migrations_succeeded
    )"
        )
    };
}

/// Saves that change no reference and no labels, and by which no migration succeeds, as nearly all.
pub(super) const SAVE: &str = save!("");

/// Saves by which some of the migrations succeed. Ordinary saves do not pay for the count.
pub(super) const SAVE_WITH_SUCCESSES: &str = save!(counted!("$35", "$36"));

/// Saves of which some change the reference and the labels. Labels that stay are left alone: a row
/// cannot be deleted and inserted by one statement. The row of a request always exists: it is found
/// by the conflict of its key, since for an update the server would choose among the indexes of the
/// tenant, or a scan, by what it estimates. By some of the saves, a migration may succeed.
pub(super) const SAVE_WITH_TAGS: &str = save!(
    ", tags AS (
        SELECT hit.tenant, hit.id, t.reference FROM unnest($35::uuid[], $36::text[])
            AS t (migration, reference) JOIN hit ON hit.id = t.migration
    ), request AS (
        INSERT INTO requests (tenant, id, phone_number, digits_reversed, destination, reference)
        SELECT tenant, id, '', '', '', reference FROM tags
        ON CONFLICT (tenant, id) DO UPDATE SET reference = excluded.reference
    ), unlabelled AS (
        DELETE FROM labels AS l USING tags AS t
        WHERE l.migration = ANY (ARRAY[t.id]) AND l.tenant IS NOT DISTINCT FROM t.tenant
            AND NOT EXISTS (
                SELECT 1 FROM unnest($37::uuid[], $38::text[], $39::text[]) AS n (migration, name, value)
                WHERE n.migration = l.migration AND n.name = l.name AND n.value = l.value)
    ), labelled AS (
        INSERT INTO labels (tenant, name, value, migration)
        SELECT t.tenant, n.name, n.value, t.id
        FROM unnest($37::uuid[], $38::text[], $39::text[]) AS n (migration, name, value)
            JOIN tags AS t ON t.id = n.migration
        ON CONFLICT DO NOTHING
    )",
    counted!("$40", "$41")
);

/// Of these migrations, the versions and the sequences of the newest events.
pub(super) const FOUND: &str = "
    SELECT m.id, m.version, m.last_sequence
    FROM unnest($1::text[], $2::uuid[]) AS i (tenant, id), migrations AS m
    WHERE (m.tenant, m.id) >= (i.tenant, i.id) AND (m.tenant, m.id) <= (i.tenant, i.id)";

impl Postgres {
    pub(in crate::store) async fn save(&self, save: Save) -> Result<Saved, Error> {
        self.inner.saves.write(save).await
    }
}

impl Committer for Saves {
    type Write = Save;
    type Answer = Saved;
    type Key = SaveKey;

    const GROUP: usize = super::GROUP;
    const TIMEOUT: Option<Duration> = super::WRITE_TIMEOUT;

    /// The number only where calls of it are counted: of two saves in one statement, each would
    /// take the next ordinal.
    fn keys(save: &Save) -> impl IntoIterator<Item = SaveKey> {
        let Record {
            id, number, calls, ..
        } = &save.record;
        let number = (!calls.is_empty()).then_some(SaveKey::Number(*number));
        [Some(SaveKey::Migration(*id)), number]
            .into_iter()
            .flatten()
    }

    async fn commit(
        &mut self,
        writes: &[&Save],
    ) -> Result<Vec<Result<Saved, Error>>, CommitFailure> {
        let mut sorted = writes.to_vec();
        // Every group locks its rows in the same order, so that two groups never wait for each
        // other.
        sorted.sort_by_key(|save| (save.record.tenant.as_str(), save.record.id.uuid()));
        let hit = match update(&self.connections, &sorted).await {
            // Another save has recorded a call of the number since the statement began.
            Err(Failed::Statement(error)) if writes.len() == 1 && is_call_taken(&error) => {
                return Ok(vec![Ok(Saved::Conflict)]);
            }
            hit => hit?,
        };
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
        let free = matches!(save.lease, LeaseChange::Untouched | LeaseChange::Release(_));
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
                same_worker: true,
                ..none
            },
            LeaseChange::Take(worker) => Self {
                free: true,
                worker: Some(worker.uuid()),
                ..none
            },
            LeaseChange::Keep(worker) => Self {
                holder: Some(worker.uuid()),
                same_worker: true,
                same_due: true,
                ..none
            },
            LeaseChange::Release(worker) => Self {
                holder: Some(worker.uuid()),
                ..none
            },
        }
    }
}

/// Whether the ordinal of a limited call is taken.
fn is_call_taken(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    error.is_some_and(|error| error.is_unique_violation() && error.table() == Some("limited_calls"))
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
    let leases: Vec<LeaseColumns> = saves.iter().map(|save| save.lease.into()).collect();
    let tags: Vec<(Uuid, &Tags)> = records
        .iter()
        .filter_map(|record| Some((record.id.uuid(), record.tags.as_ref()?)))
        .collect();
    let (successes, months): (Vec<Uuid>, Vec<i32>) = records
        .iter()
        .filter_map(|record| Some((record.id.uuid(), record.succeeded_in()?.number())))
        .unzip();
    let statement = match (tags.is_empty(), successes.is_empty()) {
        (true, true) => SAVE,
        (true, false) => SAVE_WITH_SUCCESSES,
        (false, _) => SAVE_WITH_TAGS,
    };
    let query = bind(sqlx::query(statement), &records)
        .bind(each(saves, |save| count(save.record.version)))
        .bind(each(saves, |save| count(save.record.follows())))
        .bind(each(saves, |save| save.record.last_call_read().map(count)))
        .bind(each(saves, |save| save.due_at.map(Time)))
        .bind(each(saves, Save::is_delayed))
        .bind(leases.iter().map(|it| it.holder).collect::<Vec<_>>())
        .bind(leases.iter().map(|it| it.free).collect::<Vec<_>>())
        .bind(leases.iter().map(|it| it.same_worker).collect::<Vec<_>>())
        .bind(leases.iter().map(|it| it.same_due).collect::<Vec<_>>())
        .bind(leases.iter().map(|it| it.worker).collect::<Vec<_>>());
    let query = if tags.is_empty() {
        query
    } else {
        bind_tags(query, &tags)
    };
    let query = if tags.is_empty() && successes.is_empty() {
        query
    } else {
        query.bind(successes).bind(months)
    };
    let hit = connections.once(query).await?;
    let ids = hit.iter().map(rows::id).collect::<Result<_, _>>()?;
    Ok(ids)
}

/// Binds `$35` to `$39`: the migrations with changed tags and their references; the migration, name
/// and value of each of their labels.
fn bind_tags<'q>(
    query: Query<'q, sqlx::Postgres, PgArguments>,
    tags: &[(Uuid, &Tags)],
) -> Query<'q, sqlx::Postgres, PgArguments> {
    let labels = tags.iter().flat_map(|(id, tags)| {
        let labels = tags.labels.iter();
        labels.map(move |(name, value)| (*id, name.as_str(), value.as_str()))
    });
    let labels: Vec<(Uuid, &str, &str)> = labels.collect();
    let references = tags.iter().map(|(_, tags)| tags.reference.as_str());
    query
        .bind(tags.iter().map(|(id, _)| *id).collect::<Vec<_>>())
        .bind(references.collect::<Vec<_>>())
        .bind(labels.iter().map(|(id, ..)| *id).collect::<Vec<_>>())
        .bind(labels.iter().map(|(_, name, _)| *name).collect::<Vec<_>>())
        .bind(labels.iter().map(|(.., value)| *value).collect::<Vec<_>>())
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
    let tenants: Vec<&str> = missed.iter().map(|it| it.tenant.as_str()).collect();
    let ids: Vec<Uuid> = missed.iter().map(|it| it.id.uuid()).collect();
    let found = || sqlx::query(FOUND).bind(tenants.clone()).bind(ids.clone());
    let mut rows = HashMap::new();
    for row in &connections.rows(found).await? {
        let at: (i64, i64) = (column(row, "version")?, column(row, "last_sequence")?);
        rows.insert(rows::id(row)?, at);
    }
    let leaves_gap = |record: &&&Record| {
        rows.get(&record.id).is_some_and(|(version, last)| {
            *version == count(record.version) && *last != count(record.follows())
        })
    };
    let gaps = missed.iter().filter(leaves_gap);
    Ok(gaps.map(|record| record.id).collect())
}
