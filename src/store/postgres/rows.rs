//! Reading of rows.

use sqlx::Row as _;
use sqlx::postgres::{PgRow, Postgres};
use uuid::Uuid;

use super::error::classified;
use crate::store::Error;
use crate::store::record::{self, AnyRow, MigrationRow, SealedSecrets};
use domain::{Attempts, MigrationId, TenantId};

/// The limited calls of the number in `m`.
macro_rules! attempts {
    () => {
        "(SELECT coalesce(json_agg(json_build_array(
              c.ordinal, (extract(epoch FROM c.at) * 1000)::bigint, c.call)), '[]')::text
          FROM limited_calls AS c WHERE c.number = m.number) AS attempts"
    };
}

/// The columns of a migration, without its findings.
macro_rules! columns_without_findings {
    () => {
        concat!(
            "m.tenant, m.id, m.version, m.access_token, m.two_step_pin, m.code, m.document, ",
            crate::store::postgres::rows::attempts!()
        )
    };
}

/// The columns of a migration.
macro_rules! columns {
    () => {
        concat!(
            crate::store::postgres::rows::columns_without_findings!(),
            ", (SELECT f.document FROM findings AS f
                WHERE f.tenant = m.tenant AND f.migration = m.id) AS findings"
        )
    };
}

/// Selects migrations: in one statement, so that a row and its attempts are consistent.
macro_rules! select {
    ($($rest:literal)?) => {
        concat!("SELECT ", crate::store::postgres::rows::columns!(), " FROM migrations AS m ", $($rest)?)
    };
}

pub(super) use {attempts, columns, columns_without_findings, select};

/// A row of [`columns!`].
pub(super) fn row(row: &PgRow) -> Result<MigrationRow, Error> {
    let id = id(row)?;
    Ok(MigrationRow {
        id,
        tenant: column(row, "tenant")?,
        version: u64::try_from(column::<i64>(row, "version")?).unwrap_or_default(),
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

/// Rows of [`columns!`], each of which may not be readable.
pub(super) fn each(found: &[PgRow]) -> Result<Vec<AnyRow>, Error> {
    found.iter().map(|it| Ok((id(it)?, row(it)))).collect()
}

/// The limited calls in a row of [`attempts!`].
pub(super) fn attempts_in(row: &PgRow, id: &MigrationId) -> Result<Attempts, Error> {
    record::attempts(column(row, "attempts")?, id)
}

/// The id in a row.
pub(super) fn id(row: &PgRow) -> Result<MigrationId, Error> {
    column(row, "id").map(MigrationId::from_uuid)
}

/// Primary keys as arrays, one for each column.
pub(super) fn keys(migrations: &[(TenantId, MigrationId)]) -> (Vec<&str>, Vec<Uuid>) {
    let keys = migrations.iter();
    keys.map(|(tenant, id)| (tenant.as_str(), id.uuid()))
        .unzip()
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
