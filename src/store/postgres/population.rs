//! Counts of migrations: by state, and of one tenant.

use super::Postgres;
use super::rows::column;
use crate::store::{COUNTED_UP_TO, Error};
use domain::tenancy::MigrationCounts;
use domain::{State, TenantId};

/// Of each state, a limited number of entries of its index.
pub(super) const COUNT: &str = "
    SELECT asked.state, (
        SELECT count(*) FROM (
            SELECT 1 FROM migrations AS m WHERE m.state = asked.state LIMIT $2) AS these) AS found
    FROM unnest($1::text[]) AS asked (state)";

/// Of one tenant, a limited number of entries of the index of live states, and of the index of all
/// its requests.
pub(super) const KEPT: &str = "
    SELECT (
        SELECT count(*) FROM (
            SELECT 1 FROM unnest($2::text[]) AS live (state) CROSS JOIN LATERAL (
                SELECT 1 FROM migrations AS m WHERE m.state = live.state AND m.tenant = $1 LIMIT $3) AS found
            LIMIT $3) AS these
    ) AS live, (
        SELECT count(*) FROM (SELECT 1 FROM requests AS r WHERE r.tenant = $1 LIMIT $4) AS these
    ) AS kept";

impl Postgres {
    pub(in crate::store) async fn population(&self) -> Result<Vec<(State, u64)>, Error> {
        let states = State::ALL.map(State::as_str);
        let count = || {
            sqlx::query(COUNT)
                .bind(&states[..])
                .bind(i64::from(COUNTED_UP_TO))
        };
        let found = self.inner.leases.rows(count).await?;
        let mut population = Vec::with_capacity(found.len());
        for row in &found {
            let name: &str = column(row, "state")?;
            let found: i64 = column(row, "found")?;
            let state = State::ALL.into_iter().find(|state| state.as_str() == name);
            population.extend(state.map(|state| (state, u64::try_from(found).unwrap_or_default())));
        }
        Ok(population)
    }

    pub(in crate::store) async fn kept(
        &self,
        tenant: &TenantId,
        up_to: MigrationCounts,
    ) -> Result<MigrationCounts, Error> {
        let states = State::ALL.into_iter().filter(|it| !it.is_terminal());
        let states: Vec<&str> = states.map(State::as_str).collect();
        let count = || {
            sqlx::query(KEPT)
                .bind(tenant.as_str())
                .bind(&states[..])
                .bind(i64::from(up_to.live))
                .bind(i64::from(up_to.all))
        };
        let found = self.inner.calls.rows(count).await?;
        let row = found
            .first()
            .ok_or(Error::Inconsistent("a count returned no row"))?;
        let number = |name| -> Result<u32, Error> {
            let number: i64 = column(row, name)?;
            Ok(u32::try_from(number).unwrap_or(u32::MAX))
        };
        Ok(MigrationCounts {
            live: number("live")?,
            all: number("kept")?,
        })
    }
}
