//! Counts migrations by state.

use super::connections::Connections;
use super::rows::column;
use crate::migration::State;
use crate::store::{COUNTED_UP_TO, Error};

/// Of each state so many entries of its index, and no more.
pub(super) const COUNT: &str = "
    SELECT asked.state, (
        SELECT count(*) FROM (SELECT 1 FROM migrations AS m WHERE m.state = asked.state LIMIT $2) AS these) AS found
    FROM unnest($1::text[]) AS asked (state)";

/// How many there are in each state.
pub(super) async fn population(connections: &Connections) -> Result<Vec<(State, u64)>, Error> {
    let states = State::ALL.map(State::as_str);
    let found = connections
        .rows(|| {
            sqlx::query(COUNT)
                .bind(&states[..])
                .bind(i64::from(COUNTED_UP_TO))
        })
        .await?;
    let mut population = Vec::with_capacity(found.len());
    for row in &found {
        let name: &str = column(row, "state")?;
        let found: i64 = column(row, "found")?;
        let state = State::ALL.into_iter().find(|state| state.as_str() == name);
        population.extend(state.map(|state| (state, u64::try_from(found).unwrap_or_default())));
    }
    Ok(population)
}
