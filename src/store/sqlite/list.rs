//! Listing migrations.

use sqlx::{QueryBuilder, Sqlite, SqlitePool};

use super::error::classified;
use super::rows::{self, select};
use crate::migration::TenantId;
use crate::store::{Error, Filter, Listing, Page};

/// One page of the tenant's migrations.
pub(super) async fn list(
    readers: &SqlitePool,
    tenant: &TenantId,
    filter: &Filter,
    page: Page,
) -> Result<Listing, Error> {
    // One more than asked for tells whether there is another page.
    let rows = query(tenant, filter, page, i64::from(page.size).saturating_add(1))
        .build()
        .fetch_all(readers)
        .await
        .map_err(classified)?;
    let size = usize::try_from(page.size).unwrap_or(usize::MAX);
    let more = rows.len() > size;
    let read = |row| rows::row(row)?.into_migration();
    let migrations = rows
        .iter()
        .take(size)
        .map(read)
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
) -> QueryBuilder<Sqlite> {
    let tenant = tenant.as_str();
    let mut query = QueryBuilder::new(select!("WHERE m.tenant = "));
    query.push_bind(tenant.to_owned());
    if let Some(after) = page.after {
        query.push(" AND m.id < ").push_bind(after.uuid());
    }
    if !filter.states.is_empty() {
        let mut states = query.push(" AND m.state IN (").separated(", ");
        for state in &filter.states {
            states.push_bind(state.as_str());
        }
        query.push(")");
    }
    if let Some(phone_number) = &filter.phone_number {
        query
            .push(" AND m.phone_number = ")
            .push_bind(phone_number.to_string());
    }
    if let Some(waba) = &filter.waba {
        // Two lookups by index instead of a walk along all of the tenant's rows, which an OR would be.
        query
            .push(" AND m.id IN (SELECT id FROM migrations WHERE tenant = ")
            .push_bind(tenant.to_owned());
        query
            .push(" AND destination = ")
            .push_bind(waba.as_str().to_owned());
        query
            .push(" UNION SELECT id FROM migrations WHERE tenant = ")
            .push_bind(tenant.to_owned());
        query
            .push(" AND source = ")
            .push_bind(waba.as_str().to_owned())
            .push(")");
    }
    for (name, value) in &filter.labels {
        query
            .push(" AND m.id IN (SELECT migration FROM labels WHERE tenant = ")
            .push_bind(tenant.to_owned());
        query.push(" AND name = ").push_bind(name.clone());
        query
            .push(" AND value = ")
            .push_bind(value.clone())
            .push(")");
    }
    if let Some(reference) = &filter.reference {
        query
            .push(" AND m.reference = ")
            .push_bind(reference.clone());
        if !reference.is_empty() {
            // The index's condition, so that it is used.
            query.push(" AND m.reference <> ''");
        }
    }
    query.push(" ORDER BY m.id DESC LIMIT ").push_bind(limit);
    query
}
