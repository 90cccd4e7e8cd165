//! Listing migrations.

use sqlx::{Postgres, QueryBuilder};

use super::connect::Connections;
use super::rows::{self, columns};
use crate::migration::{State, TenantId};
use crate::store::{Error, Filter, Listing, Page};

/// One page of the tenant's migrations.
pub(super) async fn list(
    connections: &Connections,
    tenant: &TenantId,
    filter: &Filter,
    page: Page,
) -> Result<Listing, Error> {
    // One more than asked for tells whether there is another page.
    let limit = i64::from(page.size).saturating_add(1);
    let mut query = query(tenant, filter, page, limit);
    let found = connections.once(query.build()).await?;
    let size = usize::try_from(page.size).unwrap_or(usize::MAX);
    let more = found.len() > size;
    let migrations = found
        .iter()
        .take(size)
        .map(|row| rows::row(row)?.into_migration())
        .collect::<Result<Vec<_>, Error>>()?;
    let next = if more {
        migrations.last().map(|last| last.id).or(page.after)
    } else {
        None
    };
    Ok(Listing { migrations, next })
}

pub(super) fn query(
    tenant: &TenantId,
    filter: &Filter,
    page: Page,
    limit: i64,
) -> QueryBuilder<Postgres> {
    let tenant = tenant.as_str();
    let mut query = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM requests AS r JOIN migrations AS m ON m.id = r.id AND m.tenant = r.tenant WHERE r.tenant = "
    ));
    query.push_bind(tenant.to_owned());
    if let Some(after) = page.after {
        query.push(" AND r.id < ").push_bind(after.uuid());
    }
    if !filter.states.is_empty() {
        let states: Vec<&str> = filter.states.iter().copied().map(State::as_str).collect();
        query.push(" AND m.state = ANY (").push_bind(states);
        query.push(")");
    }
    if let Some(phone_number) = &filter.phone_number {
        query
            .push(" AND r.phone_number = ")
            .push_bind(phone_number.to_string());
    }
    if let Some(waba) = &filter.waba {
        // Two lookups by index instead of a walk along all of the tenant's rows, which an OR would be.
        for (before, column) in [
            (" AND r.id IN (SELECT id", "destination"),
            (" UNION SELECT id", "source"),
        ] {
            query.push(before).push(" FROM requests WHERE tenant = ");
            query.push_bind(tenant.to_owned());
            query.push(" AND ").push(column).push(" = ");
            query.push_bind(waba.as_str().to_owned());
        }
        query.push(")");
    }
    for (name, value) in &filter.labels {
        query
            .push(" AND r.id IN (SELECT migration FROM labels WHERE tenant = ")
            .push_bind(tenant.to_owned());
        query.push(" AND name = ").push_bind(name.clone());
        query
            .push(" AND value = ")
            .push_bind(value.clone())
            .push(")");
    }
    if let Some(reference) = &filter.reference {
        query
            .push(" AND r.reference = ")
            .push_bind(reference.clone());
        if !reference.is_empty() {
            // The index's condition, so that it is used.
            query.push(" AND r.reference <> ''");
        }
    }
    query.push(" ORDER BY r.id DESC LIMIT ").push_bind(limit);
    query
}
