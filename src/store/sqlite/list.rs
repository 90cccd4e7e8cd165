//! Listing migrations.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::error::classified;
use super::rows::{self, select};
use crate::migration::TenantId;
use crate::store::{Error, Filter, Listing, Page};

/// A statement and what it is bound to.
pub(super) struct Query {
    pub(super) statement: String,
    values: Vec<Value>,
}

/// One page of the tenant's migrations.
pub(super) fn list(
    connection: &Connection,
    tenant: &TenantId,
    filter: &Filter,
    page: Page,
) -> Result<Listing, Error> {
    // One more than asked for tells whether there is another page.
    let query = query(tenant, filter, page, i64::from(page.size).saturating_add(1));
    let mut statement = connection
        .prepare_cached(&query.statement)
        .map_err(classified)?;
    let mut found = statement
        .query(params_from_iter(query.values))
        .map_err(classified)?;
    let size = usize::try_from(page.size).unwrap_or(usize::MAX);
    let mut listing = Listing::default();
    while let Some(row) = found.next().map_err(classified)? {
        if listing.migrations.len() == size {
            listing.next = listing.migrations.last().map(|last| last.id).or(page.after);
            break;
        }
        listing.migrations.push(rows::row(row)?.into_migration()?);
    }
    Ok(listing)
}

pub(super) fn query(tenant: &TenantId, filter: &Filter, page: Page, limit: i64) -> Query {
    let tenant = tenant.as_str();
    let mut query = Query::new(select!("WHERE m.tenant = "));
    query.bind(tenant.to_owned());
    if let Some(after) = page.after {
        let after = after.uuid().into_bytes().to_vec();
        query.push(" AND m.id < ").bind(after);
    }
    for (index, state) in filter.states.iter().enumerate() {
        let before = if index == 0 {
            " AND m.state IN ("
        } else {
            ", "
        };
        query.push(before).bind(state.as_str().to_owned());
    }
    if !filter.states.is_empty() {
        query.push(")");
    }
    if let Some(phone_number) = &filter.phone_number {
        query
            .push(" AND m.phone_number = ")
            .bind(phone_number.identity());
    }
    if let Some(waba) = &filter.waba {
        // Two lookups by index instead of a walk along all of the tenant's rows, which an OR would be.
        query
            .push(" AND m.id IN (SELECT id FROM migrations WHERE tenant = ")
            .bind(tenant.to_owned())
            .push(" AND destination = ")
            .bind(waba.as_str().to_owned())
            .push(" UNION SELECT id FROM migrations WHERE tenant = ")
            .bind(tenant.to_owned())
            .push(" AND source = ")
            .bind(waba.as_str().to_owned())
            .push(")");
    }
    for (name, value) in &filter.labels {
        query
            .push(" AND m.id IN (SELECT migration FROM labels WHERE tenant = ")
            .bind(tenant.to_owned())
            .push(" AND name = ")
            .bind(name.clone())
            .push(" AND value = ")
            .bind(value.clone())
            .push(")");
    }
    if let Some(reference) = &filter.reference {
        query.push(" AND m.reference = ").bind(reference.clone());
        if !reference.is_empty() {
            // The index's condition, so that it is used.
            query.push(" AND m.reference <> ''");
        }
    }
    query.push(" ORDER BY m.id DESC LIMIT ").bind(limit);
    query
}

impl Query {
    fn new(statement: &str) -> Self {
        Self {
            statement: statement.to_owned(),
            values: Vec::new(),
        }
    }

    fn push(&mut self, sql: &str) -> &mut Self {
        self.statement.push_str(sql);
        self
    }

    fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self.push("?")
    }
}
