//! Lists of migrations: scans an index, newest first, and reads the migrations one by one until the
//! page is full.

use std::iter;

use rusqlite::types::Value;
use rusqlite::{CachedStatement, Connection, params_from_iter};

use super::Sqlite;
use super::error::classified;
use super::rows::{self, column, millis, select, select_basic};
use crate::store::list::{DigitRange, Draft, IndexScan};
use crate::store::record::MigrationRow;
use crate::store::{Error, Filter, Listing, Page, WALKED_AT_MOST};
use domain::{MigrationId, TenantId};

/// Begins a condition on the request of the migration in `m`.
const OF_REQUEST: &str =
    " AND EXISTS (SELECT 1 FROM requests AS r WHERE r.tenant = m.tenant AND r.id = m.id";

/// A statement and its values.
pub(super) struct Query {
    pub(super) statement: String,
    values: Vec<Value>,
}

impl Sqlite {
    pub(in crate::store) async fn list(
        &self,
        tenant: &TenantId,
        filter: &Filter,
        page: Page,
    ) -> Result<Listing, Error> {
        let (tenant, filter) = (tenant.clone(), filter.clone());
        let list = move |connection: &_| list(connection, &tenant, &filter, page);
        self.readers.read_long_for_caller(list).await
    }
}

fn list(
    connection: &Connection,
    tenant: &TenantId,
    filter: &Filter,
    page: Page,
) -> Result<Listing, Error> {
    let (scan, rest) = filter.scan();
    let walk = along(tenant, &scan, page.after);
    let test = test(tenant, &rest, page.findings);
    let prepared = |query: &Query| connection.prepare_cached(&query.statement);
    let mut steps = prepared(&walk).map_err(classified)?;
    let mut steps = steps
        .query(params_from_iter(walk.values))
        .map_err(classified)?;
    let mut tested = prepared(&test).map_err(classified)?;
    let mut draft = Draft::new(page);
    let mut walked = 0;
    // During the scan, both statements see the database as it was at its beginning.
    while let Some(step) = steps.next().map_err(classified)? {
        let id = MigrationId::from_uuid(column(step, "id")?);
        if let Some(row) = matching(&mut tested, id, &test.values)? {
            if draft.is_full() {
                return Ok(draft.with_more());
            }
            draft.add(row)?;
        }
        walked += 1;
        if walked == WALKED_AT_MOST {
            return Ok(draft.ending_at(Some(id)));
        }
    }
    Ok(draft.last())
}

/// The row of the migration, if it meets the rest of the filter.
fn matching(
    test: &mut CachedStatement<'_>,
    id: MigrationId,
    values: &[Value],
) -> Result<Option<MigrationRow>, Error> {
    let id = Value::from(id.uuid().into_bytes().to_vec());
    let values = iter::once(&id).chain(values);
    let mut found = test.query(params_from_iter(values)).map_err(classified)?;
    let row = found.next().map_err(classified)?;
    row.map(rows::row).transpose()
}

/// The ids of a scan. The parts of a scan follow their own indexes and are merged in order.
pub(super) fn along(tenant: &TenantId, scan: &IndexScan<'_>, after: Option<MigrationId>) -> Query {
    let mut query = Query::new("");
    let tenant = tenant.as_str();
    // A condition is a column with an operator, and a value.
    let mut part = |table: &str, id: &str, conditions: &[(&str, Value)]| {
        let union = if query.statement.is_empty() {
            ""
        } else {
            " UNION "
        };
        query.push(&format!(
            "{union}SELECT {id} AS id FROM {table} WHERE tenant = "
        ));
        query.bind(tenant.to_owned());
        for (condition, value) in conditions {
            query.push(&format!(" AND {condition} "));
            query.bind(value.clone());
        }
        if let Some(after) = after {
            query.push(&format!(" AND {id} < "));
            query.bind(after.uuid().into_bytes().to_vec());
        }
    };
    match scan {
        IndexScan::All => part("migrations", "id", &[]),
        IndexScan::PhoneNumber(phone_number) => {
            let identity = phone_number.identity();
            part("requests", "id", &[("phone_number =", identity.into())]);
        }
        // Repeats the index's condition, so that the index is used.
        IndexScan::Reference(reference) => {
            let column = "reference <> '' AND reference =";
            part("requests", "id", &[(column, text(reference))]);
        }
        IndexScan::Label(name, value) => {
            let by = [("name =", text(name)), ("value =", text(value))];
            part("labels", "migration", &by);
        }
        IndexScan::Waba(waba) => {
            for column in ["destination =", "source ="] {
                part("requests", "id", &[(column, text(waba.as_str()))]);
            }
        }
        IndexScan::States(states) => {
            for state in states {
                part("migrations", "id", &[("state =", text(state.as_str()))]);
            }
        }
        IndexScan::Fault(reason) => {
            part("migrations", "id", &[("fault =", text(reason.as_str()))]);
        }
        IndexScan::Actor(actor) => {
            part("migrations", "id", &[("actor =", text(actor.as_str()))]);
        }
        // Without a hint, the rows would be read in the order of their ids, whatever their digits
        // and times.
        IndexScan::LastDigits(DigitRange { from, to }) => {
            let range = [
                ("digits_reversed >=", text(from)),
                ("digits_reversed <", text(to)),
            ];
            part("requests INDEXED BY requests_last_digits", "id", &range);
        }
        IndexScan::UpdatedSince(hour) => {
            let table = "migrations INDEXED BY migrations_updated";
            part(table, "id", &[("updated_hour >=", millis(*hour).into())]);
        }
    }
    query.push(" ORDER BY id DESC LIMIT ").bind(WALKED_AT_MOST);
    query
}

/// Reads one migration, whose id is the first value, if it meets the rest of the filter.
pub(super) fn test(tenant: &TenantId, rest: &Filter, findings: bool) -> Query {
    let mut query = Query::new(if findings {
        select!("WHERE m.id = ? AND m.tenant = ")
    } else {
        select_basic!("WHERE m.id = ? AND m.tenant = ")
    });
    query.bind(tenant.as_str().to_owned());
    if !rest.states.is_empty() {
        let states = vec!["?"; rest.states.len()].join(", ");
        query.push(&format!(" AND m.state IN ({states})"));
        let states = rest.states.iter().map(|it| it.as_str().to_owned().into());
        query.values.extend(states);
    }
    if let Some(actor) = rest.actor {
        query
            .push(" AND m.actor = ")
            .bind(actor.as_str().to_owned());
    }
    if let Some(reason) = rest.fault {
        query
            .push(" AND m.fault = ")
            .bind(reason.as_str().to_owned());
    }
    if let Some(since) = rest.updated_since {
        query.push(" AND m.updated_at >= ").bind(millis(since));
    }
    if let Some(digits) = &rest.last_digits {
        let DigitRange { from, to } = DigitRange::of(digits);
        query
            .push(OF_REQUEST)
            .push(" AND r.digits_reversed >= ")
            .bind(from)
            .push(" AND r.digits_reversed < ")
            .bind(to)
            .push(")");
    }
    if let Some(waba) = &rest.waba {
        query.push(OF_REQUEST);
        for before in [" AND (r.destination = ", " OR r.source = "] {
            query.push(before).bind(waba.as_str().to_owned());
        }
        query.push("))");
    }
    for (name, value) in &rest.labels {
        query
            .push(" AND EXISTS (SELECT 1 FROM labels WHERE tenant = m.tenant AND name = ")
            .bind(name.clone())
            .push(" AND value = ")
            .bind(value.clone())
            .push(" AND migration = m.id)");
    }
    if let Some(reference) = &rest.reference {
        query
            .push(OF_REQUEST)
            .push(" AND r.reference = ")
            .bind(reference.clone())
            .push(")");
    }
    query
}

/// A text as a value of a statement.
fn text(text: &str) -> Value {
    text.to_owned().into()
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
