//! Proof that statements use the indexes that were made for them: what waits for a person, and what is old, costs nothing.

use sqlx::{AssertSqlSafe, Execute as _, Row as _, SqliteConnection};

use super::{claim, connect, list, rows, schema};
use crate::migration::{State, TenantId};
use crate::store::{Filter, Page};

async fn database() -> (tempfile::TempDir, SqliteConnection) {
    let directory = tempfile::tempdir().unwrap();
    let mut connection = connect::writer(&directory.path().join("t.db"))
        .await
        .unwrap();
    schema::bring_up_to_date(&mut connection).await.unwrap();
    (directory, connection)
}

/// How SQLite would run `statement`.
async fn plan(connection: &mut SqliteConnection, statement: &str) -> String {
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let steps = sqlx::raw_sql(explain).fetch_all(connection).await.unwrap();
    steps
        .iter()
        .map(|step| step.get::<String, _>("detail"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[tokio::test]
async fn the_engine_touches_only_what_is_due() {
    let (_directory, mut connection) = database().await;
    for (statement, indexes) in [
        (claim::TIMERS, ["migrations_timer"].as_slice()),
        (claim::WORK, &["migrations_share"]),
        (claim::NEXT, &["migrations_timer", "migrations_work"]),
    ] {
        let plan = plan(&mut connection, statement).await;
        for index in indexes {
            assert!(plan.contains(index), "{plan}");
        }
        assert!(!plan.contains("SCAN migrations"), "{plan}");
    }
}

#[tokio::test]
async fn attempts_are_counted_by_an_index() {
    let (_directory, mut connection) = database().await;
    let plan = plan(
        &mut connection,
        rows::select!("WHERE m.tenant = 'a' AND m.id = x'00'"),
    )
    .await;
    assert_eq!(
        plan.matches("COVERING INDEX events_attempts").count(),
        2,
        "{plan}"
    );
    assert!(
        !plan.contains("SCAN e") && !plan.contains("SCAN m"),
        "{plan}"
    );
}

#[tokio::test]
async fn lists_use_an_index_of_their_filter() {
    let (_directory, mut connection) = database().await;
    let tenant = TenantId::default_tenant();
    let labels = [("team".to_owned(), "north".to_owned())].into();
    for (filter, index) in [
        (Filter::default(), "migrations_newest"),
        (
            Filter {
                states: vec![State::Failed],
                ..Filter::default()
            },
            "migrations_state",
        ),
        (
            Filter {
                phone_number: "+12025550123".parse().ok(),
                ..Filter::default()
            },
            "migrations_phone_number",
        ),
        (
            Filter {
                reference: Some("order 7".to_owned()),
                ..Filter::default()
            },
            "migrations_reference",
        ),
        (
            Filter {
                waba: "104996122399160".parse().ok(),
                ..Filter::default()
            },
            "migrations_destination",
        ),
        (
            Filter {
                waba: "104996122399160".parse().ok(),
                ..Filter::default()
            },
            "migrations_source",
        ),
        (
            Filter {
                labels,
                ..Filter::default()
            },
            "USING PRIMARY KEY (tenant=? AND name=? AND value=?)",
        ),
    ] {
        for after in [
            None,
            Some(crate::migration::MigrationId::from_uuid(uuid::Uuid::max())),
        ] {
            let mut query = list::query(&tenant, &filter, Page { size: 10, after }, 11);
            let plan = plan(&mut connection, query.build().sql().as_str()).await;
            assert!(plan.contains(index), "{filter:?}: {plan}");
            assert!(!plan.contains("SCAN m"), "{filter:?}: {plan}");
        }
    }
}
