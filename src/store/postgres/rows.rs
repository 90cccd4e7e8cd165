//! Reading of rows.

use sqlx::Row as _;
use sqlx::postgres::{PgRow, Postgres};

use super::error::classified;
use crate::store::record::{self, AnyRow, MigrationRow, SealedSecrets};
use crate::store::{ATTEMPTS_WINDOW, Error};
use domain::{Attempts, MigrationId};

/// The limited calls of the number in `m`. Those of the events are counted back from the newest
/// call: that reaches at least as far back as counting from now, and needs no clock. Those of
/// removed migrations are kept for as long as they count.
macro_rules! attempts {
    () => {
        "(SELECT coalesce(json_agg(json_build_array(
              (extract(epoch FROM e.at) * 1000)::bigint, e.call_sent)), '[]')::text
          FROM events AS e
          WHERE e.tenant = m.tenant AND e.phone_number = m.phone_number AND e.call_sent IS NOT NULL
          AND e.at > (
              SELECT max(newest.at) FROM events AS newest
              WHERE newest.tenant = m.tenant AND newest.phone_number = m.phone_number
              AND newest.call_sent IS NOT NULL) - interval '259200 seconds') AS attempts,
         (SELECT coalesce(json_agg(json_build_array(
              (extract(epoch FROM r.at) * 1000)::bigint, r.call_sent)), '[]')::text
          FROM removed_calls AS r
          WHERE r.tenant = m.tenant AND r.phone_number = m.phone_number) AS removed_attempts"
    };
}

/// The columns of a migration.
macro_rules! columns {
    () => {
        concat!(
            "m.id, m.tenant, m.version, m.access_token, m.two_step_pin, m.code, m.document, ",
            crate::store::postgres::rows::attempts!()
        )
    };
}

/// Selects migrations: in one statement, so that a row and its attempts are consistent.
macro_rules! select {
    ($($rest:literal)?) => {
        concat!("SELECT ", crate::store::postgres::rows::columns!(), " FROM migrations AS m ", $($rest)?)
    };
}

pub(super) use {attempts, columns, select};

const _: () = assert!(
    ATTEMPTS_WINDOW.as_secs() == 259_200,
    "the statement above repeats the window"
);

/// A row of [`columns!`].
pub(super) fn row(row: &PgRow) -> Result<MigrationRow, Error> {
    let id = id(row)?;
    Ok(MigrationRow {
        id,
        tenant: column(row, "tenant")?,
        version: u64::try_from(column::<i64>(row, "version")?).unwrap_or_default(),
        document: column(row, "document")?,
        attempts: attempts_in(row, &id)?,
        secrets: SealedSecrets {
            access_token: column(row, "access_token")?,
            two_step_pin: column(row, "two_step_pin")?,
            code: column(row, "code")?,
        },
    })
}

/// Rows of [`columns!`], each of which may not be readable.
pub(super) fn each(found: &[PgRow]) -> Result<Vec<AnyRow>, Error> {
    found.iter().map(|it| Ok((id(it)?, row(it)))).collect()
}

/// The limited calls in a row of [`attempts!`].
pub(super) fn attempts_in(row: &PgRow, id: &MigrationId) -> Result<Attempts, Error> {
    record::attempts(
        [column(row, "attempts")?, column(row, "removed_attempts")?],
        id,
    )
}

/// The id in a row.
pub(super) fn id(row: &PgRow) -> Result<MigrationId, Error> {
    column(row, "id").map(MigrationId::from_uuid)
}

/// One column of a row.
pub(super) fn column<'r, T>(row: &'r PgRow, name: &str) -> Result<T, Error>
where
    T: sqlx::Decode<'r, Postgres> + sqlx::Type<Postgres>,
{
    row.try_get(name).map_err(classified)
}

/// A version or a sequence as it is stored.
pub(super) fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
