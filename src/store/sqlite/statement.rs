//! Execution of statements, which are prepared once for each connection.

use rusqlite::{Connection, Params, Row};

use super::error::classified;
use crate::store::Error;

/// Runs a statement; returns the number of changed rows.
pub(super) fn execute(
    connection: &Connection,
    statement: &str,
    values: impl Params,
) -> Result<usize, Error> {
    connection
        .prepare_cached(statement)
        .and_then(|mut statement| statement.execute(values))
        .map_err(classified)
}

/// Whether a statement returns a row.
pub(super) fn exists(
    connection: &Connection,
    statement: &str,
    values: impl Params,
) -> Result<bool, Error> {
    connection
        .prepare_cached(statement)
        .and_then(|mut statement| statement.exists(values))
        .map_err(classified)
}

/// The first row of a statement, converted by `read`.
pub(super) fn first<T>(
    connection: &Connection,
    statement: &str,
    values: impl Params,
    read: impl FnOnce(&Row<'_>) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    let mut statement = connection.prepare_cached(statement).map_err(classified)?;
    let mut rows = statement.query(values).map_err(classified)?;
    let row = rows.next().map_err(classified)?;
    row.map(read).transpose()
}

/// All rows of a statement, converted by `read`.
pub(super) fn all<T>(
    connection: &Connection,
    statement: &str,
    values: impl Params,
    mut read: impl FnMut(&Row<'_>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let mut statement = connection.prepare_cached(statement).map_err(classified)?;
    let mut rows = statement.query(values).map_err(classified)?;
    let mut all = Vec::new();
    while let Some(row) = rows.next().map_err(classified)? {
        all.push(read(row)?);
    }
    Ok(all)
}
