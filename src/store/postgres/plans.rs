//! Proof that statements use the indexes that were made for them, whatever the server knows of the tables' sizes: what waits
//! for a person, and what is old, costs nothing.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _};

use super::{claim, connect, create, envelopes, population, rows, schema, tenants, write};
use crate::store::sealed::SEALED;

/// A connection whose temporary tables hide those of any database, so that none need be made.
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

/// How PostgreSQL would run `statement`, with whatever values.
async fn plan(connection: &mut PgConnection, statement: &str) -> String {
    let values = (1..=30)
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

#[tokio::test]
async fn every_statement_goes_by_its_index() {
    let mut connection = database().await;
    for (statement, indexes) in [
        (
            claim::CLAIM,
            &[
                "migrations_timer",
                "migrations_share",
                "migrations_pkey",
                "events_attempts",
            ][..],
        ),
        (claim::NEXT, &["migrations_work", "migrations_timer"]),
        (population::COUNT, &["migrations_state"]),
        (claim::SUSPEND, &["migrations_pkey", "tenants_pkey"]),
        (tenants::RELEASE, &["migrations_suspended"]),
        (write::SAVE, &["migrations_pkey"]),
        (create::CREATE, &["events_attempts", "tenants_pkey"]),
        (
            create::WHY,
            &["migrations_request", "migrations_live_number"],
        ),
        (
            rows::select!("WHERE m.tenant = $1 AND m.id = $2"),
            &["migrations_pkey", "events_attempts"],
        ),
    ] {
        let plan = plan(&mut connection, statement).await;
        for index in indexes {
            assert!(plan.contains(index), "{index}: {plan}");
        }
        for table in ["migrations", "requests", "events", "tenants"] {
            assert!(!plan.contains(&format!("Seq Scan on {table}")), "{plan}");
        }
    }
}

#[tokio::test]
async fn sealed_values_are_walked_over_by_their_rows() {
    let mut connection = database().await;
    for column in SEALED.iter().filter(|it| it.table != "keyring_check") {
        for statement in [envelopes::page(column), envelopes::exchange(column)] {
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
