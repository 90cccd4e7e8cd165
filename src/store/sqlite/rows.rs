//! Reading of rows.

use jiff::Timestamp;
use rusqlite::types::FromSql;
use rusqlite::{Connection, Row as SqliteRow};

use super::error::classified;
use super::statement;
use crate::store::record::{self, MigrationRow, SealedSecrets};
use crate::store::{ATTEMPTS_WINDOW, Error};
use domain::{Attempts, MigrationId};

/// The limited calls of the number in `m`. Those of the events are counted back from the newest
/// call: that reaches at least as far back as counting from now, and needs no clock. Those of
/// removed migrations are kept for as long as they count.
macro_rules! attempts {
    () => {
        "(SELECT json_group_array(json_array(e.at, e.call_sent)) FROM events AS e
          WHERE e.tenant = m.tenant AND e.phone_number = m.phone_number AND e.call_sent IS NOT NULL
          AND e.at > -259200000 + (
              SELECT max(newest.at) FROM events AS newest
              WHERE newest.tenant = m.tenant AND newest.phone_number = m.phone_number
              AND newest.call_sent IS NOT NULL)) AS attempts,
         (SELECT json_group_array(json_array(r.at, r.call_sent)) FROM removed_calls AS r
          WHERE r.tenant = m.tenant AND r.phone_number = m.phone_number) AS removed_attempts"
    };
}

/// Selects migrations: in one statement, so that a row and its attempts are consistent.
macro_rules! select {
    ($($rest:literal)?) => {
        concat!(
            "SELECT m.id, m.tenant, m.version, m.access_token, m.two_step_pin, m.code, m.document, ",
            crate::store::sqlite::rows::attempts!(),
            " FROM migrations AS m ",
            $($rest)?
        )
    };
}

pub(super) use {attempts, select};

const _: () = assert!(
    ATTEMPTS_WINDOW.as_secs() == 259_200,
    "the statement above repeats the window"
);

/// A row of [`select!`].
pub(super) fn row(row: &SqliteRow<'_>) -> Result<MigrationRow, Error> {
    let id = MigrationId::from_uuid(column(row, "id")?);
    Ok(MigrationRow {
        id,
        tenant: column(row, "tenant")?,
        version: version(row)?,
        document: column(row, "document")?,
        attempts: attempts_in(row, &id)?,
        secrets: SealedSecrets {
            access_token: column(row, "access_token")?,
            two_step_pin: column(row, "two_step_pin")?,
            code: column(row, "code")?,
        },
    })
}

/// The version in a row.
pub(super) fn version(row: &SqliteRow<'_>) -> Result<u64, Error> {
    column::<i64>(row, "version").map(|version| u64::try_from(version).unwrap_or_default())
}

/// The limited calls of a number.
pub(super) fn attempts_of(
    connection: &Connection,
    tenant: &str,
    phone_number: &str,
) -> Result<Attempts, Error> {
    let statement = concat!(
        "SELECT ",
        attempts!(),
        " FROM (SELECT ? AS tenant, ? AS phone_number) AS m"
    );
    let by = (tenant, phone_number);
    let attempts = statement::first(connection, statement, by, |row| attempts_in(row, &tenant))?;
    Ok(attempts.unwrap_or_default())
}

/// The limited calls in a row of [`attempts!`].
fn attempts_in(row: &SqliteRow<'_>, name: &impl ToString) -> Result<Attempts, Error> {
    let kept = column::<String>(row, "attempts")?;
    let removed = column::<String>(row, "removed_attempts")?;
    record::attempts([&kept, &removed], name)
}

/// One column of a row.
pub(super) fn column<T: FromSql>(row: &SqliteRow<'_>, name: &str) -> Result<T, Error> {
    row.get(name).map_err(classified)
}

/// A time as it is stored.
pub(super) fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// A stored time.
pub(super) fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}

/// A version or a sequence as it is stored.
pub(super) fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
