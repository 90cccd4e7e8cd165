//! Reading of rows.

use jiff::Timestamp;
use rusqlite::types::FromSql;
use rusqlite::{Connection, Row as SqliteRow};

use super::error::classified;
use super::statement;
use crate::store::Error;
use crate::store::number_hash::NumberHash;
use crate::store::record::{self, MigrationRow, SealedSecrets};
use domain::{Attempts, MigrationId};

/// The limited calls of the number in `m`.
macro_rules! attempts {
    () => {
        "(SELECT json_group_array(json_array(c.ordinal, c.at, c.call)) FROM limited_calls AS c
          WHERE c.number = m.number) AS attempts"
    };
}

/// The findings of the migration in `m`.
macro_rules! findings {
    () => {
        "(SELECT f.document FROM findings AS f WHERE f.tenant = m.tenant AND f.migration = m.id)"
    };
}

/// Selects migrations, with an expression for their findings: in one statement, so that a row, its
/// findings and its attempts are consistent.
macro_rules! select_with {
    ($findings:expr, $rest:literal) => {
        concat!(
            "SELECT m.id, m.tenant, m.version, m.access_token, m.two_step_pin, m.code, m.document, ",
            $findings,
            " AS findings, ",
            crate::store::sqlite::rows::attempts!(),
            " FROM migrations AS m ",
            $rest
        )
    };
}

/// Selects migrations with their findings.
macro_rules! select {
    ($rest:literal) => {
        crate::store::sqlite::rows::select_with!(crate::store::sqlite::rows::findings!(), $rest)
    };
}

/// Selects migrations with only those findings that a next action names.
macro_rules! select_basic {
    ($rest:literal) => {
        crate::store::sqlite::rows::select_with!(
            concat!(
                "CASE WHEN m.fault = 'CHECKS_FAILED' THEN ",
                crate::store::sqlite::rows::findings!(),
                " END"
            ),
            $rest
        )
    };
}

pub(super) use {attempts, findings, select, select_basic, select_with};

/// A row of [`select!`] or [`select_basic!`].
pub(super) fn row(row: &SqliteRow<'_>) -> Result<MigrationRow, Error> {
    let id = MigrationId::from_uuid(column(row, "id")?);
    Ok(MigrationRow {
        id,
        tenant: column(row, "tenant")?,
        version: version(row)?,
        document: column(row, "document")?,
        findings: column(row, "findings")?,
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
    number: NumberHash,
    name: &impl ToString,
) -> Result<Attempts, Error> {
    let statement = concat!("SELECT ", attempts!(), " FROM (SELECT ? AS number) AS m");
    let by = [number.as_bytes()];
    let attempts = statement::first(connection, statement, by, |row| attempts_in(row, name))?;
    Ok(attempts.unwrap_or_default())
}

/// The limited calls in a row of [`attempts!`].
fn attempts_in(row: &SqliteRow<'_>, name: &impl ToString) -> Result<Attempts, Error> {
    record::attempts(&column::<String>(row, "attempts")?, name)
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
