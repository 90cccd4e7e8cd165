//! Counts of migrations: by state, and of one tenant.

use rusqlite::{Connection, Params, Row};

use super::Sqlite;
use super::error::classified;
use super::statement;
use crate::store::{COUNTED_UP_TO, Error};
use domain::tenancy::MigrationCounts;
use domain::{State, TenantId};

/// Of one state, tenant by tenant, a limited number of entries of its index.
pub(super) const COUNT: &str = "
    SELECT count(*) FROM (
        SELECT 1 FROM tenants AS t CROSS JOIN migrations AS m ON m.tenant = t.id AND m.state = ?
        LIMIT ?)";

/// Of one tenant and one state, a limited number of entries of its index.
pub(super) const LIVE: &str =
    "SELECT count(*) FROM (SELECT 1 FROM migrations WHERE tenant = ? AND state = ? LIMIT ?)";
/// Of one tenant, a limited number of entries of its index.
pub(super) const ALL: &str =
    "SELECT count(*) FROM (SELECT 1 FROM migrations WHERE tenant = ? LIMIT ?)";

impl Sqlite {
    pub(in crate::store) async fn population(&self) -> Result<Vec<(State, u64)>, Error> {
        let read = |connection: &Connection| {
            let of = |state: State| {
                let limits = (state.as_str(), COUNTED_UP_TO);
                count(connection, COUNT, limits).map(|count| (state, count.into()))
            };
            State::ALL.into_iter().map(of).collect()
        };
        self.readers.read_long(read).await
    }

    pub(in crate::store) async fn kept(
        &self,
        tenant: &TenantId,
        up_to: MigrationCounts,
    ) -> Result<MigrationCounts, Error> {
        let tenant = tenant.clone();
        let read = move |connection: &Connection| {
            let tenant = tenant.as_str();
            let mut live = 0;
            for state in State::ALL.into_iter().filter(|it| !it.is_terminal()) {
                let left = up_to.live.saturating_sub(live);
                live += count(connection, LIVE, (tenant, state.as_str(), left))?;
            }
            let all = count(connection, ALL, (tenant, up_to.all))?;
            Ok(MigrationCounts { live, all })
        };
        self.readers.read_long(read).await
    }
}

fn count(connection: &Connection, statement: &str, by: impl Params) -> Result<u32, Error> {
    let number = |row: &Row<'_>| row.get(0).map_err(classified);
    let count = statement::first(connection, statement, by, number)?;
    Ok(count.unwrap_or_default())
}
