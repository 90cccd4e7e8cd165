//! A store with many ended migrations, which are inserted by SQL.

use domain::{EventKind, Migration, State};
use jiff::{SignedDuration, Timestamp};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use waba_migrator::store::Removal as _;

use crate::store::backend::{Backend, created, history, saved};
use crate::store::cluster::execute;
use crate::store::postgres::PostgresDatabase;
use crate::store::sqlite::{SqliteFile, tamper};
use crate::support::migrations::{becomes, happens, migration, tenant};

/// Events per migration. A migration without problems has about 40.
pub const EVENTS: i64 = 10;

/// The numbers of all migrations and of the old ones.
#[derive(Debug, Clone, Copy)]
pub struct Rows {
    pub all: u32,
    pub old: u32,
}

/// A store that can be filled.
pub trait Fill: Backend {
    const NAME: &'static str;

    /// Copies a migration and its events: `old` copies ended 100 days ago, the others yesterday. A
    /// tenth of the old ones have a PIN.
    async fn copy(&self, like: &Migration, rows: Rows, now: Timestamp);

    /// The number of rows of a table.
    async fn count(&self, table: &str) -> i64;
}

/// Fills the store.
pub async fn fill<B: Fill>(backend: &B, rows: Rows, now: Timestamp) {
    let store = backend.store();
    let mut like = migration(&tenant("acme"), 1);
    like.secrets.two_step_pin = "482913".parse().ok();
    // As large as a document with checks, snapshots and a report.
    like.request.labels = (0..16)
        .map(|n| {
            (
                format!("label-{n}"),
                format!("{:0>128x}", 7_u128.pow(40) * (n + 1)),
            )
        })
        .collect();
    let mut like = created(store, &like, None).await;
    let mut events: Vec<_> = (2..EVENTS)
        .map(|second| {
            let note = format!("Step {second} of the move is done: a note of what was found.");
            let kind = EventKind::StepFinished { note };
            happens(&mut like, second, kind)
        })
        .collect();
    events.push(becomes(&mut like, EVENTS, State::Succeeded));
    saved(store, &mut like, &events, None).await;
    let kept = history(store, &like).await;
    assert_eq!(i64::try_from(kept.len()), Ok(EVENTS));
    backend.copy(&like, rows, now).await;
    assert!(store.remove(&like.tenant, &like, now).await.unwrap());
}

/// The ends of the old and of the other migrations.
fn ends(now: Timestamp) -> [i64; 2] {
    [100, 1].map(|days: i64| (now - SignedDuration::from_hours(24 * days)).as_millisecond())
}

impl Fill for SqliteFile {
    const NAME: &'static str = "SQLite";

    async fn copy(&self, like: &Migration, Rows { all, old }: Rows, now: Timestamp) {
        let id = like.id.uuid();
        let (hex, text) = (id.simple(), id.hyphenated());
        let [long_ago, yesterday] = ends(now);
        let path = self.path();
        let copy = format!(
            "PRAGMA synchronous = OFF; PRAGMA cache_size = -200000;
             CREATE TEMP TABLE copies AS
                 WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {all})
                 SELECT n, unhex('0198aaaa00007000' || printf('%016x', n)) AS id,
                     '0198aaaa-0000-7000-' || substr(printf('%016x', n), 1, 4) || '-' || substr(printf('%016x', n), 5) AS text
                 FROM n;
             INSERT INTO migrations (tenant, id, request_id, number, destination, state, actor, fault, version, last_sequence,
                 delayed, created_at, updated_at, updated_hour, two_step_pin, document, ended_at)
             SELECT tenant, c.id, 'copy ' || n, unhex(printf('%032x', n)), destination, state, actor, fault, version, last_sequence,
                 delayed, created_at, updated_at, updated_hour, iif(n <= {old} / 10, two_step_pin, NULL),
                 replace(document, '{text}', c.text), iif(n <= {old}, {long_ago}, {yesterday})
             FROM copies AS c CROSS JOIN migrations AS m WHERE m.id = x'{hex}';
             INSERT INTO requests (tenant, id, phone_number, digits_reversed, destination, source, reference)
             SELECT tenant, c.id, '+1' || (2000000000 + n), (2000000000 + n) || '1', destination, source, reference
             FROM copies AS c CROSS JOIN requests AS r WHERE r.id = x'{hex}';
             INSERT INTO findings (tenant, migration, document)
             SELECT tenant, c.id, document FROM copies AS c CROSS JOIN findings AS f WHERE f.migration = x'{hex}';
             INSERT INTO events (tenant, migration, sequence, position, at, document)
             SELECT e.tenant, c.id, sequence, last_position + (n - 1) * {EVENTS} + sequence, at, document
             FROM copies AS c CROSS JOIN events AS e CROSS JOIN feeds AS f WHERE e.migration = x'{hex}' AND f.tenant = e.tenant;
             UPDATE feeds SET last_position = last_position + {all} * {EVENTS} WHERE tenant = 'acme';
             INSERT INTO labels (tenant, name, value, migration)
             SELECT tenant, name, value, c.id FROM copies AS c CROSS JOIN labels AS l
             WHERE l.migration = x'{hex}' AND name = 'label-0';
             DROP TABLE copies;"
        );
        tokio::task::spawn_blocking(move || tamper(&path, &copy))
            .await
            .unwrap();
    }

    async fn count(&self, table: &str) -> i64 {
        let file = rusqlite::Connection::open(self.path()).unwrap();
        let count = format!("SELECT count(*) FROM {table}");
        file.query_one(&count, (), |row| row.get(0)).unwrap()
    }
}

impl Fill for PostgresDatabase {
    const NAME: &'static str = "PostgreSQL";

    async fn copy(&self, like: &Migration, Rows { all, old }: Rows, now: Timestamp) {
        let text = like.id.uuid().hyphenated();
        let [long_ago, yesterday] = ends(now);
        let copy = format!(
            "SET synchronous_commit = off;
             CREATE TEMP TABLE copies AS
                 SELECT n, ('0198aaaa00007000' || lpad(to_hex(n), 16, '0'))::uuid AS id FROM generate_series(1, {all}) AS n;
             INSERT INTO migrations (tenant, id, request_id, number, destination, state, actor, fault, version, last_sequence,
                 delayed, created_at, updated_at, updated_hour, two_step_pin, document, ended_at)
             SELECT tenant, c.id, 'copy ' || n, decode(lpad(to_hex(n), 32, '0'), 'hex'), destination, state, actor, fault, version,
                 last_sequence, delayed, created_at, updated_at, updated_hour, CASE WHEN n <= {old} / 10 THEN two_step_pin END,
                 replace(document, '{text}', c.id::text),
                 to_timestamp((CASE WHEN n <= {old} THEN {long_ago} ELSE {yesterday} END)::float8 / 1000)
             FROM copies AS c CROSS JOIN migrations AS m WHERE m.id = '{text}';
             INSERT INTO requests (tenant, id, phone_number, digits_reversed, destination, source, reference)
             SELECT tenant, c.id, '+1' || (2000000000 + n), reverse('1' || (2000000000 + n)), destination, source, reference
             FROM copies AS c CROSS JOIN requests AS r WHERE r.id = '{text}';
             INSERT INTO findings (tenant, migration, document)
             SELECT tenant, c.id, document FROM copies AS c CROSS JOIN findings AS f WHERE f.migration = '{text}';
             INSERT INTO events (tenant, migration, sequence, position, at, document)
             SELECT e.tenant, c.id, sequence, last_position + (n::bigint - 1) * {EVENTS} + sequence, at, document
             FROM copies AS c CROSS JOIN events AS e JOIN feeds AS f ON f.tenant = e.tenant WHERE e.migration = '{text}';
             UPDATE feeds SET last_position = last_position + {all}::bigint * {EVENTS} WHERE tenant = 'acme';
             INSERT INTO labels (tenant, name, value, migration)
             SELECT tenant, name, value, c.id FROM copies AS c CROSS JOIN labels AS l
             WHERE l.migration = '{text}' AND name = 'label-0';
             ANALYZE"
        );
        execute(&self.url, &copy).await;
    }

    async fn count(&self, table: &str) -> i64 {
        let mut server = PgConnection::connect(&self.url).await.unwrap();
        let count = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let count = sqlx::query_scalar(count).fetch_one(&mut server);
        count.await.unwrap()
    }
}
