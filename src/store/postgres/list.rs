//! Listing migrations.

use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::connections::Connections;
use super::rows::{self, columns};
use crate::migration::{MigrationId, State, TenantId, WabaId};
use crate::store::{Error, Filter, Listing, Page};

/// A part of what is listed, which an index holds newest first.
enum Part<'a> {
    /// All of the tenant's.
    Requests,
    /// Those from or to a WABA, by the column that names it.
    Waba(&'static str, &'a WabaId),
    /// Those in a state, where nothing else is asked for.
    State(State),
}

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

/// Finds the ids of the page before it reads a row. Each part is walked along its index, no further than the limit, whatever
/// the server knows of the tables: of one join it would often make one of all the tenant's rows, and sort them. The limit stands
/// in the text, so that a plan that is made for any values knows it too.
pub(super) fn query(
    tenant: &TenantId,
    filter: &Filter,
    page: Page,
    limit: i64,
) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(concat!("SELECT ", columns!(), " FROM (SELECT id FROM ("));
    for (index, part) in parts(filter).into_iter().enumerate() {
        query.push(if index == 0 { "(" } else { " UNION (" });
        part.push(&mut query, tenant, filter, page.after);
        query.push(" LIMIT ").push(limit).push(")");
    }
    query.push(") AS part ORDER BY id DESC LIMIT ").push(limit);
    // One row for each, so that no join is thought of that goes along all of them.
    query.push(
        ") AS page CROSS JOIN LATERAL (SELECT * FROM migrations WHERE id = page.id LIMIT 1) AS m ORDER BY page.id DESC",
    );
    query
}

fn parts(filter: &Filter) -> Vec<Part<'_>> {
    let states_only = Filter {
        states: filter.states.clone(),
        ..Filter::default()
    };
    if let Some(waba) = &filter.waba {
        vec![Part::Waba("destination", waba), Part::Waba("source", waba)]
    } else if filter.states.is_empty() || *filter != states_only {
        vec![Part::Requests]
    } else {
        let wanted = State::ALL.into_iter();
        let wanted = wanted.filter(|state| filter.states.contains(state));
        wanted.map(Part::State).collect()
    }
}

impl Part<'_> {
    fn push(
        self,
        query: &mut QueryBuilder<Postgres>,
        tenant: &TenantId,
        filter: &Filter,
        after: Option<MigrationId>,
    ) {
        let tenant = tenant.as_str().to_owned();
        let own = match self {
            Self::State(state) => return of_state(query, tenant, state, after),
            Self::Requests => None,
            Self::Waba(column, waba) => Some((column, waba.as_str().to_owned())),
        };
        query.push("SELECT r.id FROM requests AS r WHERE r.tenant = ");
        query.push_bind(tenant.clone());
        if let Some((column, waba)) = own {
            query.push(" AND r.").push(column).push(" = ");
            query.push_bind(waba);
        }
        if let Some(after) = after {
            query.push(" AND r.id < ").push_bind(after.uuid());
        }
        conditions(query, &tenant, filter);
        query.push(" ORDER BY r.id DESC");
    }
}

/// As a stretch of the index rather than by equal columns: then no other index has the order, and the server cannot think of
/// going back along all migrations, of whatever tenant, until it has met enough in this state.
fn of_state(
    query: &mut QueryBuilder<Postgres>,
    tenant: String,
    state: State,
    after: Option<MigrationId>,
) {
    let before = after.map_or(Uuid::max(), MigrationId::uuid);
    query.push("SELECT r.id FROM migrations AS r WHERE (r.state, r.tenant) >= (");
    query.push_bind(state.as_str()).push(", ");
    query.push_bind(tenant.clone());
    query.push(") AND (r.state, r.tenant, r.id) < (");
    query.push_bind(state.as_str()).push(", ");
    query.push_bind(tenant).push(", ");
    query.push_bind(before);
    query.push(") ORDER BY r.state DESC, r.tenant DESC, r.id DESC");
}

/// What else a request must meet.
fn conditions(query: &mut QueryBuilder<Postgres>, tenant: &str, filter: &Filter) {
    if !filter.states.is_empty() {
        let states: Vec<&str> = filter.states.iter().copied().map(State::as_str).collect();
        // Looked up for each that meets the rest: there may be many in a state.
        query.push(" AND (SELECT state FROM migrations WHERE id = r.id) = ANY (");
        query.push_bind(states).push(")");
    }
    if let Some(phone_number) = &filter.phone_number {
        query.push(" AND r.phone_number = ");
        query.push_bind(phone_number.identity());
    }
    for (name, value) in &filter.labels {
        query.push(" AND r.id IN (SELECT migration FROM labels WHERE tenant = ");
        query.push_bind(tenant.to_owned());
        query.push(" AND name = ").push_bind(name.clone());
        query.push(" AND value = ").push_bind(value.clone());
        query.push(")");
    }
    if let Some(reference) = &filter.reference {
        query.push(" AND r.reference = ");
        query.push_bind(reference.clone());
        if !reference.is_empty() {
            // The index's condition, so that it is used.
            query.push(" AND r.reference <> ''");
        }
    }
}
