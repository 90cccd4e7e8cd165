//! Counts migrations: by state, and of one tenant.

use rusqlite::{Connection, Row};

use super::error::classified;
use super::statement;
use crate::store::{COUNTED_UP_TO, Error};
use domain::tenancy::MigrationCounts;
use domain::{State, TenantId};

/// Of one state, tenant by tenant, so many entries of its index, and no more.
pub(super) const COUNT: &str = "
    SELECT count(*) FROM (
        SELECT 1 FROM tenants AS t CROSS JOIN migrations AS m ON m.tenant = t.id AND m.state = ? LIMIT ?)";

/// How many there are in each state.
pub(super) fn population(connection: &Connection) -> Result<Vec<(State, u64)>, Error> {
    let of = |state: State| {
        let count = statement::first(connection, COUNT, (state.as_str(), COUNTED_UP_TO), |row| {
            row.get::<_, u32>(0).map_err(classified)
        });
        Ok((state, count?.unwrap_or_default().into()))
    };
    State::ALL.into_iter().map(of).collect()
}

/// Of one tenant and one state, a limited number of entries of its index.
pub(super) const LIVE: &str =
    "SELECT count(*) FROM (SELECT 1 FROM migrations WHERE tenant = ? AND state = ? LIMIT ?)";
/// Of one tenant, likewise.
pub(super) const ALL: &str =
    "SELECT count(*) FROM (SELECT 1 FROM migrations WHERE tenant = ? LIMIT ?)";

/// How many the tenant has.
pub(super) fn kept(
    connection: &Connection,
    tenant: &TenantId,
    up_to: MigrationCounts,
) -> Result<MigrationCounts, Error> {
    let tenant = tenant.as_str();
    let number = |row: &Row<'_>| row.get::<_, u32>(0).map_err(classified);
    let mut live = 0;
    for state in State::ALL.into_iter().filter(|it| !it.is_terminal()) {
        let left = up_to.live.saturating_sub(live);
        let of = (tenant, state.as_str(), left);
        live += statement::first(connection, LIVE, of, number)?.unwrap_or_default();
    }
    let all = statement::first(connection, ALL, (tenant, up_to.all), number)?;
    Ok(MigrationCounts {
        live,
        all: all.unwrap_or_default(),
    })
}
