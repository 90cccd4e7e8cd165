//! Tests that statements use their indexes, whatever the server estimates of the tables' sizes, so
//! that waiting and old migrations cost nothing.

use jiff::Timestamp;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _};

use super::{
    claim, claim_by_tenant, connect, create, encryption, failover, list, population, read, removal,
    rows, schema, tenants, usage, workers, write,
};
use crate::store::encryption::columns::SEALED;
use crate::store::{Filter, Page};
use domain::{Actor, MigrationId, Reason, State, TenantId};

/// A connection with temporary tables, which hide those of the database.
#[expect(
    clippy::disallowed_methods,
    reason = "how the tests are run is no setting of the service"
)]
async fn database() -> PgConnection {
    let url = std::env::var("TEST_POSTGRES_URL")
        .expect("TEST_POSTGRES_URL is not set, and this needs a PostgreSQL: use tests/run");
    let mut connection = connect::options(&url).unwrap().connect().await.unwrap();
    let tables = schema::SCHEMA.concat();
    let temporary = tables.replace("CREATE TABLE", "CREATE TEMPORARY TABLE");
    sqlx::raw_sql(AssertSqlSafe(temporary))
        .execute(&mut connection)
        .await
        .unwrap();
    connection
}

/// The generic plan of `statement`.
async fn plan(connection: &mut PgConnection, statement: &str) -> String {
    let values = (1..=50)
        .rev()
        .find(|n| statement.contains(&format!("${n}")));
    let values = vec!["NULL"; values.unwrap_or_default()].join(", ");
    let values = Some(values).filter(|values| !values.is_empty());
    let values = values.map_or(String::new(), |values| format!("({values})"));
    let explain = format!(
        "SET plan_cache_mode = force_generic_plan; DEALLOCATE ALL; PREPARE it AS {statement};
         EXPLAIN (COSTS OFF) EXECUTE it{values}"
    );
    let steps = sqlx::raw_sql(AssertSqlSafe(explain))
        .fetch_all(connection)
        .await
        .unwrap();
    let lines: Vec<String> = steps.iter().map(|step| step.get(0)).collect();
    lines.join("\n")
}

/// Statements, and the indexes that they use.
const STATEMENTS: &[(&str, &[&str])] = &[
    (
        claim::CLAIM,
        &[
            "migrations_timer",
            "migrations_ready",
            "migrations_pkey",
            "findings_pkey",
            "limited_calls_pkey",
        ],
    ),
    (
        claim::PREPARE,
        &["migrations_delayed", "migrations_leased", "migrations_pkey"],
    ),
    (
        claim::NEXT,
        &[
            "migrations_ready",
            "migrations_delayed",
            "migrations_timer",
            "migrations_leased",
        ],
    ),
    (claim_by_tenant::NEXT_HOLDER, &["migrations_leased"]),
    (claim_by_tenant::DELAYED, &["migrations_delayed"]),
    (claim_by_tenant::TIMERS, &["migrations_timer"]),
    (claim_by_tenant::NEXT_TENANT, &["migrations_ready"]),
    (
        claim_by_tenant::CLAIM,
        &["migrations_ready", "migrations_pkey"],
    ),
    (claim_by_tenant::ADMIT, &["migrations_delayed"]),
    (workers::RENEW, &["workers_pkey"]),
    (workers::JOIN, &["Insert on workers"]),
    (workers::LEASED, &["migrations_leased"]),
    (workers::LEAVE, &["migrations_leased"]),
    (workers::HAS_LEASED, &["migrations_leased"]),
    (workers::RELEASE, &["migrations_pkey"]),
    (workers::SUSPEND, &["migrations_leased", "tenants_pkey"]),
    (population::COUNT, &["migrations_state"]),
    (read::LAST_SEQUENCES, &["migrations_pkey"]),
    (population::KEPT, &["migrations_state", "requests_"]),
    (
        read::REQUEST,
        &["migrations_request", "findings_pkey", "limited_calls_pkey"],
    ),
    (tenants::RELEASE, &["migrations_suspended"]),
    (
        write::SAVE,
        &["migrations_pkey", "feeds_pkey", "limited_calls_pkey"],
    ),
    (
        write::SAVE_WITH_TAGS,
        &["migrations_pkey", "requests_pkey", "labels_migration"],
    ),
    (
        write::SAVE_WITH_SUCCESSES,
        &["migrations_pkey", "feeds_pkey", "limited_calls_pkey"],
    ),
    (usage::CALLS, &["tenants_pkey"]),
    (usage::MONTHS, &["usage_pkey"]),
    (write::FOUND, &["migrations_pkey"]),
    (
        create::CREATE,
        &[
            "limited_calls_pkey",
            "feeds_pkey",
            "migrations_request",
            "removed_requests_pkey",
        ],
    ),
    (
        create::WHY,
        &[
            "migrations_request",
            "migrations_live_number",
            "removed_requests_pkey",
        ],
    ),
    (read::REMOVED, &["removed_requests_pkey"]),
    (removal::LOCK_ONE, &["migrations_pkey"]),
    (removal::LOCK_FIRST, &["migrations_ended"]),
    (
        removal::REMOVE,
        &[
            "migrations_pkey",
            "events_pkey",
            "findings_pkey",
            "labels_migration",
            "requests_pkey",
        ],
    ),
    (removal::WITH_PIN, &["migrations_ended_with_pin"]),
    (
        removal::EXPIRE,
        &["removed_requests_taken_until", "limited_calls_at"],
    ),
    (
        removal::OLDEST,
        &[
            "migrations_ended",
            "migrations_ended_with_pin",
            "removed_requests_taken_until",
            "limited_calls_at",
            "migrations_waiting",
        ],
    ),
    (
        rows::select!("WHERE m.tenant = $1 AND m.id = $2"),
        &["migrations_pkey", "findings_pkey", "limited_calls_pkey"],
    ),
];

#[tokio::test]
async fn every_statement_uses_its_index() {
    let mut connection = database().await;
    for (statement, indexes) in STATEMENTS {
        let plan = plan(&mut connection, statement).await;
        for index in *indexes {
            assert!(plan.contains(index), "{index}: {plan}");
        }
        for table in [
            "migrations",
            "requests",
            "events",
            "labels",
            "tenants",
            "findings",
            "feeds",
            "usage",
            "number_key",
            "removed_requests",
            "limited_calls",
        ] {
            assert!(!plan.contains(&format!("Seq Scan on {table}")), "{plan}");
        }
    }
}

#[tokio::test]
async fn removals_use_the_order_of_an_index() {
    let mut connection = database().await;
    for statement in [
        removal::LOCK_FIRST,
        removal::WITH_PIN,
        removal::EXPIRE,
        removal::OLDEST,
    ] {
        let plan = plan(&mut connection, statement).await;
        assert!(plan.contains("Limit") && !plan.contains("Sort"), "{plan}");
    }
}

#[tokio::test]
async fn sealed_values_are_read_in_the_order_of_their_rows() {
    let mut connection = database().await;
    for column in SEALED.iter().filter(|it| it.table != "number_key") {
        for statement in [encryption::page(column), encryption::exchange(column)] {
            let plan = plan(&mut connection, &statement).await;
            let (index, scan) = (
                format!("{}_pkey", column.table),
                format!("Seq Scan on {}", column.table),
            );
            assert!(plan.contains(&index), "{statement}: {plan}");
            assert!(!plan.contains(&scan), "{statement}: {plan}");
            assert!(!plan.contains("Sort"), "{statement}: {plan}");
        }
    }
}

/// Fills the tables that lists read, with the rows spread over `tenants`.
async fn fill(connection: &mut PgConnection, rows: u32, tenants: u32) {
    let fill = format!(
        "INSERT INTO migrations
             (tenant, id, request_id, number, destination, state, version, last_sequence, delayed,
              created_at, updated_at, updated_hour, document)
         SELECT n % {tenants}, lpad(to_hex(n), 32, '0')::uuid, n,
             decode(lpad(to_hex(n), 32, '0'), 'hex'), n % 7, 'FAILED', 1, 1, false,
             now(), now(), date_trunc('hour', now()), '{{}}'
         FROM generate_series(1, {rows}) AS n;
         INSERT INTO findings (tenant, migration, document)
         SELECT tenant, id, '{{}}' FROM migrations;
         INSERT INTO requests
             (tenant, id, phone_number, digits_reversed, destination, source, reference)
         SELECT tenant, id, request_id, reverse(request_id), destination, '1', '' FROM migrations;
         INSERT INTO labels (tenant, name, value, migration)
         SELECT tenant, 'team', right(request_id, 1), id FROM migrations"
    );
    sqlx::raw_sql(AssertSqlSafe(fill))
        .execute(connection)
        .await
        .unwrap();
}

/// Filters, and the indexes that their lists scan.
fn filters() -> [(Filter, &'static [&'static str]); 17] {
    let states = |states: &[State]| Filter {
        states: states.to_vec(),
        ..Filter::default()
    };
    let failed = states(&[State::Failed]);
    let labels = |labels: &[(&str, &str)]| {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        labels.iter().map(owned).collect()
    };
    let number = Filter {
        phone_number: "+12025550123".parse().ok(),
        ..Filter::default()
    };
    let reference = Filter {
        reference: Some("order 7".to_owned()),
        ..Filter::default()
    };
    let waba = Filter {
        waba: "104996122399160".parse().ok(),
        ..Filter::default()
    };
    let label = Filter {
        labels: labels(&[("team", "north")]),
        ..Filter::default()
    };
    let of_both = |one: &Filter, other: &Filter| Filter {
        states: [&one.states[..], &other.states].concat(),
        waba: one.waba.clone().or_else(|| other.waba.clone()),
        ..one.clone()
    };
    let of = |set: fn(&mut Filter)| {
        let mut filter = Filter::default();
        set(&mut filter);
        filter
    };
    [
        (Filter::default(), &["requests_pkey"]),
        (failed.clone(), &["migrations_state"]),
        (
            states(&[State::Failed, State::Running]),
            &["migrations_state", "migrations_state"],
        ),
        (number.clone(), &["requests_phone_number"]),
        (of_both(&number, &failed), &["requests_phone_number"]),
        (reference.clone(), &["requests_reference"]),
        (of_both(&reference, &waba), &["requests_reference"]),
        (waba.clone(), &["requests_destination", "requests_source"]),
        (
            of_both(&waba, &failed),
            &["requests_destination", "requests_source"],
        ),
        (
            of(|it| it.last_digits = "0123".parse().ok()),
            &["requests_last_digits"],
        ),
        (of(|it| it.actor = Some(Actor::Meta)), &["migrations_actor"]),
        (
            of(|it| it.fault = Some(Reason::CodeRejected)),
            &["migrations_fault"],
        ),
        (
            of(|it| it.updated_since = Some(Timestamp::UNIX_EPOCH)),
            &["migrations_updated"],
        ),
        (
            of(|it| {
                it.states = vec![State::Failed];
                it.actor = Some(Actor::Meta);
                it.updated_since = Some(Timestamp::UNIX_EPOCH);
            }),
            &["migrations_updated"],
        ),
        (
            of(|it| {
                it.last_digits = "0123".parse().ok();
                it.fault = Some(Reason::CodeRejected);
                it.phone_number = "+12025550123".parse().ok();
            }),
            &["requests_phone_number"],
        ),
        (label.clone(), &["labels_pkey"]),
        (
            Filter {
                labels: labels(&[("team", "north"), ("tier", "gold")]),
                ..of_both(&failed, &waba)
            },
            &["labels_pkey"],
        ),
    ]
}

#[tokio::test]
async fn lists_scan_an_index_no_further_than_their_page() {
    for (rows, tenants) in [(0, 1), (1000, 1), (1000, 100), (20_000, 1), (20_000, 1000)] {
        let mut connection = database().await;
        fill(&mut connection, rows, tenants).await;
        // Temporary tables are not analysed automatically: at first the server has no statistics.
        // For tables that it knows to be empty it uses any index.
        for analyze in ["", "ANALYZE migrations, findings, requests, labels"] {
            if rows == 0 && !analyze.is_empty() {
                continue;
            }
            sqlx::raw_sql(analyze)
                .execute(&mut connection)
                .await
                .unwrap();
            for (filter, indexes) in filters() {
                for after in [None, Some(MigrationId::from_uuid(uuid::Uuid::max()))] {
                    let page = Page {
                        size: 20,
                        after,
                        findings: true,
                    };
                    let query = list::query(&TenantId::default_tenant(), &filter, page);
                    let plan = plan(&mut connection, query.sql().as_str()).await;
                    let at = format!("{rows} of {tenants}, {analyze:?}, {filter:?}: {plan}");
                    for index in indexes {
                        // Backward, which is the list's order; the digits of all numbers in a range
                        // are sorted, however they are read.
                        let scan = if *index == "requests_last_digits" {
                            (*index).to_owned()
                        } else {
                            format!("Backward using {index}")
                        };
                        assert!(plan.contains(&scan), "{at}");
                    }
                    let parts = ["migrations r", "requests r", "labels r"];
                    let parts = parts.map(|it| plan.matches(&format!(" on {it}")).count());
                    assert_eq!(parts.iter().sum::<usize>(), indexes.len(), "{at}");
                    assert!(
                        plan.contains("Scan using migrations_pkey on migrations it\n"),
                        "{at}"
                    );
                    // The conditions are checked for each entry, and never collected for all of
                    // them.
                    for gathered in ["Seq Scan", "Hash", "hashed", "Materialize"] {
                        let rows = plan.lines().filter(|line| line.contains(gathered));
                        let rows: Vec<_> =
                            rows.filter(|it| !it.contains("HashAggregate")).collect();
                        assert_eq!(rows, [""; 0], "{at}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_list_returns_one_migration_more_than_fits() {
    let mut connection = database().await;
    fill(&mut connection, 100, 1).await;
    let large = "UPDATE migrations SET document = repeat('x', 1048576)";
    sqlx::raw_sql(large).execute(&mut connection).await.unwrap();
    let tenant = TenantId::from_stored("0".to_owned());
    let page = Page {
        size: 200,
        after: None,
        findings: true,
    };
    let states = Filter {
        states: vec![State::Failed],
        ..Filter::default()
    };
    let waba_too = Filter {
        waba: "1".parse().ok(),
        ..states.clone()
    };
    for filter in [Filter::default(), states, waba_too] {
        let mut query = list::query(&tenant, &filter, page);
        let sent = query.build().fetch_all(&mut connection).await.unwrap();
        let bytes = sent.iter().map(|row| row.get::<&str, _>("document").len());
        assert_eq!(
            (sent.len(), bytes.sum::<usize>()),
            (4, 4 << 20),
            "{filter:?}"
        );
    }
}

#[tokio::test]
async fn the_migrations_of_a_batch_are_found_by_their_index() {
    const STATEMENT: &str = "
        SELECT r.id FROM requests AS r WHERE r.tenant = '1' AND r.batch_id = $1 AND r.id < $1::uuid
        ORDER BY r.id DESC LIMIT 20";
    for (rows, analyze) in [(0, ""), (20_000, ""), (20_000, "ANALYZE requests")] {
        let mut connection = database().await;
        fill(&mut connection, rows, 100).await;
        sqlx::raw_sql(analyze)
            .execute(&mut connection)
            .await
            .unwrap();
        let plan = plan(&mut connection, STATEMENT).await;
        let at = format!("{rows} {analyze}: {plan}");
        assert!(plan.contains("Backward using requests_batch"), "{at}");
        assert!(!plan.contains("Sort"), "{at}");
    }
}

/// The number of blocks that a statement reads, with these values.
async fn blocks(connection: &mut PgConnection, statement: &str, values: &str) -> u64 {
    let explain = format!(
        "SET plan_cache_mode = force_generic_plan; DEALLOCATE ALL; PREPARE it AS {statement};
         EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE it{values}"
    );
    let rows = sqlx::raw_sql(AssertSqlSafe(explain))
        .fetch_all(connection)
        .await
        .unwrap();
    let plan: serde_json::Value = rows[0].get(0);
    let plan = &plan[0]["Plan"];
    // Temporary tables have local blocks.
    ["Local Hit Blocks", "Local Read Blocks"]
        .iter()
        .map(|name| plan[name].as_u64().unwrap())
        .sum()
}

/// Rows that no claim may walk over: leased by two workers, delayed, and waiting for a person.
async fn wait(connection: &mut PgConnection, rows: u32) {
    fill(connection, rows, 100).await;
    let wait = "UPDATE migrations SET state = 'RUNNING', due_at = now(),
            lease_worker = lpad((1 + right(request_id, 1)::int % 2)::text, 32, '0')::uuid
        WHERE right(request_id, 1) < '4';
        UPDATE migrations SET state = 'RUNNING', due_at = now() + interval '1 hour', delayed = true
        WHERE right(request_id, 1) BETWEEN '4' AND '6';
        UPDATE migrations SET state = 'WAITING_FOR_CODE', due_at = now() + interval '1 hour'
        WHERE right(request_id, 1) > '6';
        INSERT INTO workers (id, alive_until) SELECT lpad(n::text, 32, '0')::uuid, now() + interval '1 hour'
        FROM generate_series(1, 3) AS n";
    sqlx::raw_sql(wait).execute(connection).await.unwrap();
}

#[tokio::test]
async fn a_start_and_a_claim_cost_the_same_for_any_number_of_waiting_migrations() {
    let worker = "'00000000-0000-0000-0000-000000000003'";
    let nothing = "'{}', '{}', '{}', '{}', '{}'";
    let claim = format!("(now(), {worker}, 50, '', 50, 50, {nothing})");
    let statements = [
        (claim::CLAIM, claim),
        (claim::PREPARE, format!("(now(), {worker}, 500)")),
        (claim::NEXT, format!("(now(), {worker})")),
        (claim::NEXT_BUT_ENDED, format!("(now(), {worker})")),
        (claim_by_tenant::NEXT_HOLDER, format!("({worker})")),
        (claim_by_tenant::DELAYED, "(now(), 500)".to_owned()),
        (claim_by_tenant::TIMERS, "(now(), 50)".to_owned()),
        (claim_by_tenant::NEXT_TENANT, "('')".to_owned()),
        (
            claim_by_tenant::CLAIM,
            format!("('1', now(), {worker}, 50, '', 50, '{{}}')"),
        ),
        (
            rows::select!("WHERE m.tenant = $1 AND m.id = $2"),
            "('1', '00000000-0000-0000-0000-000000000065')".to_owned(),
        ),
        (failover::SINCE, String::new()),
        (
            removal::WITH_PIN,
            "(now() - interval '1 hour', 100)".to_owned(),
        ),
        (removal::OLDEST, String::new()),
    ];
    // Neither is analysed, as right after they were filled.
    for (rows, at_most) in [(1000, 40), (100_000, 60)] {
        let mut connection = database().await;
        wait(&mut connection, rows).await;
        for (statement, values) in &statements {
            // The first use removes index entries of old versions of rows.
            blocks(&mut connection, statement, values).await;
            let read = blocks(&mut connection, statement, values).await;
            assert!(read < at_most, "{read} of {rows}: {statement}");
        }
    }
}
