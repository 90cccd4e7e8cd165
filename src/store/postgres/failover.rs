//! Detects a failover to another server, and servers that may lose commits.
//!
//! Each server that was promoted writes a timeline of its own. The database keeps the timeline that
//! was seen last, and when it changed, so that processes that start later know it too. Every new
//! connection, claim and renewal returns the server's timeline; not only new connections, since a
//! pooler may keep a client's connection over a failover.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use sqlx::Row as _;
use sqlx::postgres::{PgConnection, PgRow};
use tokio::time::Instant;

use super::Postgres;
use super::connections::Connections;
use super::error::{classified, is_read_only, not_offered};
use super::rows::column;
use crate::store::Error;

/// The timeline of the server, as it names its files. Null on a standby, which writes none.
macro_rules! timeline {
    () => {
        "CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_lsn()), 8) END"
    };
}

pub(super) use timeline;

/// What each new connection reads.
const CHECK: &str = concat!(
    "SELECT current_setting('synchronous_commit', true) AS synchronous_commit, ",
    timeline!(),
    " AS timeline"
);
/// The same for a server that has no timelines, or does not show them.
const CHECK_WITHOUT_TIMELINE: &str = "
    SELECT current_setting('synchronous_commit', true) AS synchronous_commit, NULL::text AS timeline";

/// Records a timeline. The first is no failover.
pub(super) const RECORD: &str = "
    WITH first AS (
        INSERT INTO server_timeline (only_row, timeline) VALUES (1, $1) ON CONFLICT DO NOTHING
    )
    UPDATE server_timeline SET timeline = $1, changed_at = clock_timestamp()
    WHERE only_row = 1 AND timeline <> $1";
/// The seconds since the last change.
pub(super) const SINCE: &str = "
    SELECT extract(epoch FROM clock_timestamp() - changed_at)::float8 AS seconds
    FROM server_timeline WHERE only_row = 1";

/// What can make a server lose commits.
const RISKS: &str = "
    SELECT current_setting('fsync', true) AS fsync,
        current_setting('full_page_writes', true) AS full_page_writes,
        current_setting('synchronous_standby_names', true) AS synchronous_standby_names,
        current_setting('synchronous_commit', true) AS synchronous_commit,
        (SELECT count(*) FROM pg_stat_replication) AS standbys";

const ASYNCHRONOUS_COMMIT: &str = "the database server has synchronous_commit = off for the \
     service's user, or a pooler drops the service's own setting: a crash of the server would undo \
     what was answered, and calls to Meta would be repeated; set it to on for the user (ALTER ROLE … \
     SET synchronous_commit = on; docs/postgresql.md)";

/// What this process knows of the servers behind its connections. Cheap to clone; clones share
/// state.
#[derive(Debug, Clone, Default)]
pub(super) struct Failovers(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// Whether the server does not show its timeline.
    hidden: bool,
    /// The recorded timeline; `None` before the first is recorded.
    timeline: Option<String>,
    /// The age of the last failover, and when it was that old.
    failover: Option<(Duration, Instant)>,
}

/// What a new connection returned.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) timeline: Option<String>,
}

impl Failovers {
    /// Checks a new connection. Fails where the server answers before a commit is on its disk.
    pub(super) async fn check(&self, connection: &mut PgConnection) -> Result<Checked, Error> {
        let row = if self.is_hidden() {
            fetch(connection, CHECK_WITHOUT_TIMELINE).await
        } else {
            match fetch(connection, CHECK).await {
                Err(error) if not_offered(&error) => {
                    if !std::mem::replace(&mut self.0.lock().hidden, true) {
                        tracing::info!(
                            error = &error as &dyn std::error::Error,
                            "the database server does not show its timeline: failovers are not \
                             detected"
                        );
                    }
                    fetch(connection, CHECK_WITHOUT_TIMELINE).await
                }
                row => row,
            }
        };
        let row = row.map_err(classified)?;
        let synchronous: Option<String> = column(&row, "synchronous_commit")?;
        if synchronous.as_deref() == Some("off") {
            return Err(Error::Unsuitable(ASYNCHRONOUS_COMMIT));
        }
        let timeline = column(&row, "timeline")?;
        Ok(Checked { timeline })
    }

    /// Whether the server does not show its timeline.
    pub(super) fn is_hidden(&self) -> bool {
        self.0.lock().hidden
    }

    /// Reads what is recorded, and records the timeline of the first connection.
    pub(super) async fn start(
        &self,
        connection: &mut PgConnection,
        timeline: Option<String>,
    ) -> Result<(), Error> {
        let Some(timeline) = timeline else {
            return Ok(());
        };
        let since = match record(connection, &timeline).await {
            // A read-only database can be read.
            Err(error) if is_read_only(&error) => recorded_age(connection).await,
            recorded => recorded,
        };
        let since = since.map_err(classified)?;
        let mut known = self.0.lock();
        known.timeline = Some(timeline);
        known.failover = since.map(|since| (since, Instant::now()));
        Ok(())
    }

    /// Notes the timeline of a new connection, and records it where it is another.
    pub(super) async fn note(&self, connection: &mut PgConnection, timeline: Option<&str>) {
        if let Some(timeline) = self.changed(timeline) {
            let recorded = record(connection, timeline).await;
            self.recorded(timeline, recorded.map_err(classified));
        }
    }

    /// The same for a timeline that a statement returned.
    pub(super) async fn note_by(&self, connections: &Connections, timeline: Option<&str>) {
        if let Some(timeline) = self.changed(timeline) {
            let recorded = record_by(connections, timeline).await;
            self.recorded(timeline, recorded);
        }
    }

    /// The time since the last failover.
    pub(super) fn since(&self) -> Option<Duration> {
        let failover = self.0.lock().failover;
        failover.map(|(age, at)| age.saturating_add(at.elapsed()))
    }

    /// The timeline, if it is not the recorded one: there was a failover, at this moment as far as
    /// is known yet.
    fn changed<'a>(&self, timeline: Option<&'a str>) -> Option<&'a str> {
        let timeline = timeline?;
        let mut known = self.0.lock();
        let recorded = known.timeline.as_deref()?;
        if recorded == timeline {
            return None;
        }
        tracing::warn!(
            store.timeline = timeline,
            store.timeline.before = recorded,
            "the database failed over to another server, or was restored: its last commits may be \
             lost"
        );
        known.failover = Some((Duration::ZERO, Instant::now()));
        Some(timeline)
    }

    /// Notes the recorded timeline. One that could not be recorded is recorded at the next
    /// opportunity.
    fn recorded(&self, timeline: &str, recorded: Result<Option<Duration>, Error>) {
        match recorded {
            Ok(since) => {
                let mut known = self.0.lock();
                known.timeline = Some(timeline.to_owned());
                known.failover = Some((since.unwrap_or_default(), Instant::now()));
            }
            Err(error) => tracing::debug!(
                error = &error as &dyn std::error::Error,
                "the timeline of the database server was not recorded"
            ),
        }
    }
}

impl Postgres {
    /// See [`Workers::since_failover`](crate::store::Workers::since_failover).
    pub(in crate::store) fn since_failover(&self) -> Option<Duration> {
        self.inner.server.failovers.since()
    }

    /// Notes the timeline in a row of a statement.
    pub(super) async fn note_timeline(&self, row: Option<&PgRow>) -> Result<(), Error> {
        let timeline: Option<Option<&str>> = row.map(|row| column(row, "timeline")).transpose()?;
        let failovers = &self.inner.server.failovers;
        failovers
            .note_by(&self.inner.leases, timeline.flatten())
            .await;
        Ok(())
    }

    /// Logs warnings where the server may lose commits.
    pub(in crate::store) async fn warn_of_lossy_commits(&self) {
        let found = self.inner.calls.rows(|| sqlx::query(RISKS)).await;
        let Ok([row]) = found.as_deref() else {
            return;
        };
        let setting = |name| column::<Option<&str>>(row, name).ok().flatten();
        for name in ["fsync", "full_page_writes"] {
            if setting(name) == Some("off") {
                tracing::warn!(
                    store.setting = name,
                    "the database server may lose commits, or be damaged, in a crash: turn the \
                     setting on"
                );
            }
        }
        let standbys: i64 = column(row, "standbys").unwrap_or_default();
        let synchronous = setting("synchronous_standby_names");
        let waits = setting("synchronous_commit") != Some("local");
        if standbys > 0 && !(waits && synchronous.is_some_and(|names| !names.is_empty())) {
            tracing::warn!(
                store.standbys = standbys,
                "no commit waits for a standby of the database server: a failover loses the last \
                 commits (docs/postgresql.md)"
            );
        }
    }
}

async fn fetch(
    connection: &mut PgConnection,
    statement: &'static str,
) -> Result<PgRow, sqlx::Error> {
    sqlx::raw_sql(statement).fetch_one(connection).await
}

async fn record(
    connection: &mut PgConnection,
    timeline: &str,
) -> Result<Option<Duration>, sqlx::Error> {
    sqlx::query(RECORD)
        .bind(timeline)
        .execute(&mut *connection)
        .await?;
    recorded_age(connection).await
}

async fn recorded_age(connection: &mut PgConnection) -> Result<Option<Duration>, sqlx::Error> {
    let row = sqlx::query(SINCE).fetch_optional(connection).await?;
    let seconds = row.map(|row| row.try_get("seconds")).transpose()?;
    Ok(duration(seconds.flatten()))
}

async fn record_by(connections: &Connections, timeline: &str) -> Result<Option<Duration>, Error> {
    connections
        .rows(|| sqlx::query(RECORD).bind(timeline))
        .await?;
    let found = connections.rows(|| sqlx::query(SINCE)).await?;
    let seconds = found
        .first()
        .map(|row| column(row, "seconds"))
        .transpose()?;
    Ok(duration(seconds.flatten()))
}

fn duration(seconds: Option<f64>) -> Option<Duration> {
    seconds.map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use sqlx::ConnectOptions as _;

    use super::*;
    use crate::store::postgres::connect;

    #[tokio::test]
    #[expect(
        clippy::disallowed_methods,
        reason = "how the tests are run is no setting of the service"
    )]
    async fn a_session_that_commits_asynchronously_is_refused() {
        let url = std::env::var("TEST_POSTGRES_URL")
            .expect("TEST_POSTGRES_URL is not set, and this needs a PostgreSQL: use tests/run");
        let mut connection = connect::options(&url).unwrap().connect().await.unwrap();
        let failovers = Failovers::default();
        for (setting, accepted) in [("on", true), ("local", true), ("off", false)] {
            let set = format!("SET synchronous_commit = {setting}");
            sqlx::raw_sql(sqlx::AssertSqlSafe(set))
                .execute(&mut connection)
                .await
                .unwrap();
            let checked = failovers.check(&mut connection).await;
            assert_eq!(checked.is_ok(), accepted, "{setting}: {checked:?}");
        }
    }

    #[test]
    fn another_timeline_is_a_failover_until_it_is_recorded() {
        let failovers = Failovers::default();
        assert_eq!(failovers.changed(Some("00000001")), None, "not started yet");
        failovers.0.lock().timeline = Some("00000001".to_owned());
        assert_eq!(failovers.changed(None), None, "a standby has none");
        assert_eq!(failovers.changed(Some("00000001")), None);
        assert_eq!(failovers.since(), None);
        assert_eq!(failovers.changed(Some("00000002")), Some("00000002"));
        failovers.recorded("00000002", Err(Error::Closed));
        assert!(failovers.since().is_some());
        assert_eq!(failovers.changed(Some("00000002")), Some("00000002"));
        failovers.recorded("00000002", Ok(Some(Duration::from_secs(90))));
        assert_eq!(failovers.changed(Some("00000002")), None);
        let since = failovers.since().unwrap();
        assert!((90..100).contains(&since.as_secs()), "{since:?}");
    }
}
