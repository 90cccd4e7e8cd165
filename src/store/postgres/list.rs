//! Lists of migrations: scans an index, newest first, and reads the migrations until the page is
//! full; in one statement, which returns no document that does not fit on the page.

use jiff::Timestamp;
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::Postgres;
use super::rows::{self, column, columns_without_findings};
use super::time::Time;
use crate::store::list::{DigitRange, Draft, IndexScan};
use crate::store::{Error, Filter, Listing, Page, READ_AT_MOST, WALKED_AT_MOST};
use domain::{MigrationId, Reason, State, TenantId};

impl Postgres {
    pub(in crate::store) async fn list(
        &self,
        tenant: &TenantId,
        filter: &Filter,
        page: Page,
    ) -> Result<Listing, Error> {
        let mut query = query(tenant, filter, page);
        let found = self.inner.calls.once(query.build()).await?;
        let mut draft = Draft::new(page);
        for row in &found {
            // An entry that only marks the end of the scan has no migration.
            if column::<Option<Uuid>>(row, "id")?.is_some() {
                if draft.is_full() {
                    return Ok(draft.with_more());
                }
                draft.add(rows::row(row)?)?;
            }
            if column(row, "is_end")? {
                let end = MigrationId::from_uuid(column(row, "entry")?);
                return Ok(draft.ending_at(Some(end)));
            }
        }
        Ok(draft.last())
    }
}

/// Finds the entries of the page before it reads a row. Each part of the scan follows its index, no
/// further than its limit, whatever the server estimates of the tables: a single join would often
/// read all of the tenant's rows, and sort them. The limits are literals, so that a generic plan
/// knows them too.
///
/// Documents are summed by the sizes in their rows: those that do not fit are never read from their
/// storage. One more migration than fits is returned, by size and by number, which shows that there
/// is another page.
pub(super) fn query(
    tenant: &TenantId,
    filter: &Filter,
    page: Page,
) -> QueryBuilder<sqlx::Postgres> {
    let (scan, rest) = filter.scan();
    let limit = page.size.saturating_add(1).min(WALKED_AT_MOST);
    // Without a further condition, every entry is on the page.
    let walked = if rest == Filter::default() {
        limit
    } else {
        WALKED_AT_MOST
    };
    let mut query = QueryBuilder::new(concat!(
        "SELECT m.entry, m.is_end, ",
        columns_without_findings!(),
        ", m.findings FROM (SELECT page.id AS entry, page.is_end, m.*,
                sum(octet_length(m.document) + coalesce(octet_length(m.findings), 0)) OVER (
                    ORDER BY page.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 2 PRECEDING) AS read_before
            FROM (SELECT id, is_end, fits FROM (SELECT walk.id, walk.nth = ",
    ));
    query.push(WALKED_AT_MOST).push(" AS is_end, (");
    test(&mut query, tenant, &rest);
    query.push(") AS fits FROM (SELECT id, row_number() OVER (ORDER BY id DESC) AS nth FROM (");
    along(&mut query, tenant, &scan, page.after, walked);
    query
        .push(") AS part ORDER BY id DESC LIMIT ")
        .push(walked)
        .push(") AS walk) AS tested WHERE fits OR is_end ORDER BY id DESC LIMIT ")
        .push(limit);
    // One row for each entry, so that the server does not consider a join over all of them.
    query.push(
        ") AS page LEFT JOIN LATERAL (
                SELECT it.*, (
                    SELECT f.document FROM findings AS f
                    WHERE f.tenant = it.tenant AND f.migration = it.id",
    );
    if !page.findings {
        query.push(" AND it.fault = ");
        query.push_bind(Reason::ChecksFailed.as_str());
    }
    query.push(") AS findings FROM migrations AS it WHERE it.tenant = ");
    query.push_bind(tenant.as_str().to_owned());
    query.push(
        " AND it.id = page.id AND page.fits LIMIT 1) AS m ON true
        ) AS m WHERE m.read_before IS NULL OR m.read_before < ",
    );
    query.push(READ_AT_MOST).push(" ORDER BY m.entry DESC");
    query
}

/// The ids of a scan, part by part.
fn along(
    query: &mut QueryBuilder<sqlx::Postgres>,
    tenant: &TenantId,
    scan: &IndexScan<'_>,
    after: Option<MigrationId>,
    limit: u32,
) {
    let mut first = true;
    let mut part = |push: &dyn Fn(&mut QueryBuilder<sqlx::Postgres>)| {
        query.push(if first { "(" } else { " UNION (" });
        push(query);
        query.push(" LIMIT ").push(limit).push(")");
        first = false;
    };
    let tenant = tenant.as_str();
    let requests = |query: &mut QueryBuilder<sqlx::Postgres>, own: Option<(&str, &str)>| {
        query.push("SELECT r.id FROM requests AS r WHERE r.tenant = ");
        query.push_bind(tenant.to_owned());
        if let Some((column, value)) = own {
            query.push(" AND ").push(column).push(" = ");
            query.push_bind(value.to_owned());
        }
        if let Some(after) = after {
            query.push(" AND r.id < ").push_bind(after.uuid());
        }
        query.push(" ORDER BY r.id DESC");
    };
    match scan {
        IndexScan::All => part(&|query| requests(query, None)),
        IndexScan::PhoneNumber(phone_number) => {
            let identity = phone_number.identity();
            part(&|query| requests(query, Some(("r.phone_number", &identity))));
        }
        // Repeats the index's condition, so that the index is used.
        IndexScan::Reference(reference) => part(&|query| {
            requests(
                query,
                Some(("r.reference <> '' AND r.reference", reference)),
            );
        }),
        IndexScan::Waba(waba) => {
            for column in ["r.destination", "r.source"] {
                part(&|query| requests(query, Some((column, waba.as_str()))));
            }
        }
        IndexScan::Label(name, value) => part(&|query| {
            let by = [("tenant", tenant), ("name", name), ("value", value)];
            range(query, ("labels", "migration"), &by, after);
        }),
        IndexScan::Fault(reason) => part(&|query| {
            let by = [("fault", reason.as_str()), ("tenant", tenant)];
            range(query, ("migrations", "id"), &by, after);
        }),
        IndexScan::Actor(actor) => part(&|query| {
            let by = [("actor", actor.as_str()), ("tenant", tenant)];
            range(query, ("migrations", "id"), &by, after);
        }),
        IndexScan::LastDigits(digits) => part(&|query| last_digits(query, tenant, digits, after)),
        IndexScan::UpdatedSince(hour) => {
            part(&|query| updated_since(query, tenant, *hour, after, limit));
        }
        IndexScan::States(states) => {
            for state in states {
                part(&|query| {
                    let by = [("state", state.as_str()), ("tenant", tenant)];
                    range(query, ("migrations", "id"), &by, after);
                });
            }
        }
    }
}

/// The ids of a table, by a range of the index on these columns rather than by equality: then no
/// other index has the order, and the server cannot choose to read all rows backwards, of every
/// tenant, until enough match.
fn range(
    query: &mut QueryBuilder<sqlx::Postgres>,
    (table, id): (&str, &str),
    by: &[(&str, &str)],
    after: Option<MigrationId>,
) {
    let before = after.map_or(Uuid::max(), MigrationId::uuid);
    let names: Vec<String> = by.iter().map(|(name, _)| format!("r.{name}")).collect();
    let columns = names.join(", ");
    let values = |query: &mut QueryBuilder<sqlx::Postgres>| {
        let mut values = query.separated(", ");
        for (_, value) in by {
            values.push_bind((*value).to_owned());
        }
    };
    query.push(format!(
        "SELECT r.{id} AS id FROM {table} AS r WHERE ({columns}) >= ("
    ));
    values(query);
    query.push(format!(") AND ({columns}, r.{id}) < ("));
    values(query);
    query.push(", ").push_bind(before).push(")");
    // Repeats the condition of partial indexes, so that they are used.
    if let Some((column @ ("actor" | "fault"), _)) = by.first() {
        query.push(format!(" AND r.{column} IS NOT NULL"));
    }
    let order = names.join(" DESC, ");
    query.push(format!(" ORDER BY {order} DESC, r.{id} DESC"));
}

/// The ids of all numbers in a range of reversed digits. The offset keeps the server from merging
/// the queries: it would read all rows of the tenant in the order of their ids.
fn last_digits(
    query: &mut QueryBuilder<sqlx::Postgres>,
    tenant: &str,
    digits: &DigitRange,
    after: Option<MigrationId>,
) {
    query.push("SELECT d.id FROM (SELECT r.id FROM requests AS r WHERE r.tenant = ");
    query.push_bind(tenant.to_owned());
    query.push(" AND r.digits_reversed >= ");
    query.push_bind(digits.from.clone());
    query.push(" AND r.digits_reversed < ");
    query.push_bind(digits.to.clone());
    query.push(" ORDER BY r.digits_reversed DESC, r.id DESC OFFSET 0) AS d WHERE d.id < ");
    query.push_bind(after.map_or(Uuid::max(), MigrationId::uuid));
    query.push(" ORDER BY d.id DESC");
}

/// The newest ids of each hour since `hour`: the index has the hour before the tenant, so a range
/// of hours would scan the entries of all tenants.
fn updated_since(
    query: &mut QueryBuilder<sqlx::Postgres>,
    tenant: &str,
    hour: Timestamp,
    after: Option<MigrationId>,
    limit: u32,
) {
    let by_hour = |query: &mut QueryBuilder<sqlx::Postgres>| {
        query.push("(hours.hour, ");
        query.push_bind(tenant.to_owned());
    };
    query.push("SELECT of_hour.id FROM generate_series(greatest(");
    query.push_bind(Time(hour));
    query.push(
        ", (SELECT min(updated_hour) FROM migrations)), (SELECT max(updated_hour) FROM migrations),
                interval '1 hour') AS hours (hour) CROSS JOIN LATERAL (
                SELECT r.id FROM migrations AS r WHERE (r.updated_hour, r.tenant) >= ",
    );
    by_hour(query);
    query.push(") AND (r.updated_hour, r.tenant, r.id) < ");
    by_hour(query);
    query
        .push(", ")
        .push_bind(after.map_or(Uuid::max(), MigrationId::uuid));
    query.push(") ORDER BY r.updated_hour DESC, r.tenant DESC, r.id DESC LIMIT ");
    query
        .push(limit)
        .push(") AS of_hour ORDER BY of_hour.id DESC");
}

/// What an entry of the scan must still meet. Each condition is checked for the entry itself: many
/// rows may meet it.
fn test(query: &mut QueryBuilder<sqlx::Postgres>, tenant: &TenantId, rest: &Filter) {
    let tenant = tenant.as_str();
    query.push("true");
    if !rest.states.is_empty() {
        let states: Vec<&str> = rest.states.iter().copied().map(State::as_str).collect();
        query.push(
            " AND (SELECT it.state FROM migrations AS it WHERE it.id = walk.id AND it.tenant = ",
        );
        query.push_bind(tenant.to_owned()).push(") = ANY (");
        query.push_bind(states).push(")");
    }
    let of_migration = |query: &mut QueryBuilder<sqlx::Postgres>, condition: &str| {
        query.push(format!(" AND (SELECT it.{condition} "));
    };
    let end = |query: &mut QueryBuilder<sqlx::Postgres>| {
        query.push(" FROM migrations AS it WHERE it.id = walk.id AND it.tenant = ");
        query.push_bind(tenant.to_owned()).push(")");
    };
    if let Some(actor) = rest.actor {
        of_migration(query, "actor =");
        query.push_bind(actor.as_str());
        end(query);
    }
    if let Some(reason) = rest.fault {
        of_migration(query, "fault =");
        query.push_bind(reason.as_str());
        end(query);
    }
    if let Some(since) = rest.updated_since {
        of_migration(query, "updated_at >=");
        query.push_bind(Time(since));
        end(query);
    }
    if let Some(digits) = &rest.last_digits {
        let DigitRange { from, to } = DigitRange::of(digits);
        query.push(" AND (SELECT asked.digits_reversed >= ");
        query.push_bind(from);
        query.push(" AND asked.digits_reversed < ").push_bind(to);
        of_request(query, tenant);
    }
    if let Some(waba) = &rest.waba {
        let waba = waba.as_str();
        query.push(" AND (SELECT asked.destination = ");
        query.push_bind(waba.to_owned()).push(" OR asked.source = ");
        query.push_bind(waba.to_owned());
        of_request(query, tenant);
    }
    for (name, value) in &rest.labels {
        query
            .push(" AND (SELECT true FROM labels AS l WHERE l.migration = walk.id AND l.tenant = ");
        query.push_bind(tenant.to_owned()).push(" AND l.name = ");
        query.push_bind(name.clone()).push(" AND l.value = ");
        query.push_bind(value.clone()).push(")");
    }
    if let Some(reference) = &rest.reference {
        query.push(" AND (SELECT asked.reference = ");
        query.push_bind(reference.clone());
        of_request(query, tenant);
    }
}

fn of_request(query: &mut QueryBuilder<sqlx::Postgres>, tenant: &str) {
    query.push(" FROM requests AS asked WHERE asked.id = walk.id AND asked.tenant = ");
    query.push_bind(tenant.to_owned()).push(")");
}
