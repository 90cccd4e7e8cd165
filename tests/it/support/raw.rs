//! Reads and changes encrypted values in a database directly, without the store.

use std::collections::BTreeMap;

use domain::{MigrationId, TenantId};
use rusqlite::Connection;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _};

/// The location of an encrypted value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    pub table: &'static str,
    pub column: &'static str,
    /// The id of the row, as users see it.
    pub row: String,
}

impl Cell {
    /// The encrypted columns.
    pub const MIGRATION: [&str; 3] = ["access_token", "two_step_pin", "code"];
    pub const TENANT: [&str; 2] = ["access_token", "app_secret"];

    pub fn of_migration(id: MigrationId, column: &'static str) -> Self {
        let (table, row) = ("migrations", id.to_string());
        Self { table, column, row }
    }

    pub fn of_tenant(id: &TenantId, column: &'static str) -> Self {
        let (table, row) = ("tenants", id.to_string());
        Self { table, column, row }
    }
}

/// A connection to the file of a SQLite URL.
fn file(url: &str) -> Option<Connection> {
    let path = url.strip_prefix("sqlite://")?;
    Some(Connection::open(path).unwrap())
}

async fn server(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

/// An SQL expression for the id of a row, as users see it.
fn row_of(table: &str, is_file: bool) -> &'static str {
    match (table, is_file) {
        ("migrations", true) => "'mig_' || lower(hex(id))",
        ("migrations", false) => "'mig_' || replace(id::text, '-', '')",
        _ => "id",
    }
}

/// The values of a column that are not NULL.
async fn column(url: &str, table: &'static str, column: &'static str) -> Vec<(Cell, Vec<u8>)> {
    let file = file(url);
    let row = row_of(table, file.is_some());
    let statement = format!("SELECT {row}, {column} FROM {table} WHERE {column} IS NOT NULL");
    let rows: Vec<(String, Vec<u8>)> = if let Some(file) = file {
        let mut select = file.prepare(&statement).unwrap();
        let rows = select.query_map((), |row| Ok((row.get(0)?, row.get(1)?)));
        rows.unwrap().collect::<Result<_, _>>().unwrap()
    } else {
        let rows = sqlx::query_as(AssertSqlSafe(statement));
        rows.fetch_all(&mut server(url).await).await.unwrap()
    };
    let placed = |(row, sealed)| (Cell { table, column, row }, sealed);
    rows.into_iter().map(placed).collect()
}

/// The number of rows of a table.
pub async fn rows(url: &str, table: &str) -> i64 {
    let statement = format!("SELECT count(*) FROM {table}");
    if let Some(file) = file(url) {
        file.query_row(&statement, (), |row| row.get(0)).unwrap()
    } else {
        let count = sqlx::query_scalar(AssertSqlSafe(statement));
        count.fetch_one(&mut server(url).await).await.unwrap()
    }
}

/// A tenant's events in the order of their positions: position, migration and sequence.
pub async fn feed(url: &str, tenant: &str) -> Vec<(i64, Vec<u8>, i64)> {
    let select = |migration| {
        format!(
            "SELECT position, {migration}, sequence FROM events WHERE tenant = $1 ORDER BY position"
        )
    };
    if let Some(file) = file(url) {
        let mut select = file.prepare(&select("migration")).unwrap();
        let rows = select.query_map([tenant], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        rows.unwrap().collect::<Result<_, _>>().unwrap()
    } else {
        let select = AssertSqlSafe(select("uuid_send(migration)"));
        let rows = sqlx::query_as(select).bind(tenant);
        rows.fetch_all(&mut server(url).await).await.unwrap()
    }
}

/// Every encrypted value of migrations and tenants.
pub async fn all(url: &str) -> BTreeMap<Cell, Vec<u8>> {
    let mut all = BTreeMap::new();
    for name in Cell::MIGRATION {
        all.extend(column(url, "migrations", name).await);
    }
    for name in Cell::TENANT {
        all.extend(column(url, "tenants", name).await);
    }
    all
}

/// The value of a cell.
pub async fn sealed(url: &str, cell: &Cell) -> Option<Vec<u8>> {
    let found = column(url, cell.table, cell.column).await;
    found
        .into_iter()
        .find_map(|(other, sealed)| (other == *cell).then_some(sealed))
}

/// Replaces the value of a cell.
pub async fn put(url: &str, cell: &Cell, value: &[u8]) {
    let Cell { table, column, row } = cell;
    let file = file(url);
    let id = row_of(table, file.is_some());
    let statement = format!("UPDATE {table} SET {column} = $1 WHERE {id} = $2");
    let written = if let Some(file) = file {
        file.execute(&statement, (value, row)).unwrap() as u64
    } else {
        let update = sqlx::query(AssertSqlSafe(statement)).bind(value).bind(row);
        let updated = update.execute(&mut server(url).await).await;
        updated.unwrap().rows_affected()
    };
    assert_eq!(written, 1);
}

/// Runs statements.
pub async fn execute(url: &str, statements: &str) {
    if let Some(file) = file(url) {
        file.execute_batch(statements).unwrap();
    } else {
        let statements = AssertSqlSafe(statements.to_owned());
        let done = sqlx::raw_sql(statements)
            .execute(&mut server(url).await)
            .await;
        done.unwrap();
    }
}
