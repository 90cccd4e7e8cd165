//! Counts migrations by state.

use rusqlite::Connection;

use super::error::classified;
use super::statement;
use crate::migration::State;
use crate::store::{COUNTED_UP_TO, Error};

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
