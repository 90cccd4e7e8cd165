//! Proof that statements use the indexes that were made for them: what waits for a person, and what is old, costs nothing.

use rusqlite::Connection;

use super::{claim, connect, envelopes, list, population, read, rows, schema, tenants};
use crate::migration::{State, TenantId};
use crate::store::sealed::SEALED;
use crate::store::{Filter, Page};

fn database() -> (tempfile::TempDir, Connection) {
    let directory = tempfile::tempdir().unwrap();
    let connection = connect::writer(&directory.path().join("t.db")).unwrap();
    schema::bring_up_to_date(&connection).unwrap();
    (directory, connection)
}

/// How SQLite would run `statement`.
fn plan(connection: &Connection, statement: &str) -> String {
    let explain = format!("EXPLAIN QUERY PLAN {statement}");
    let mut explain = connection.prepare(&explain).unwrap();
    // Nothing is bound: what is not bound is null.
    let mut steps = explain.raw_query();
    let mut plan = String::new();
    while let Some(step) = steps.next().unwrap() {
        plan.push_str(&step.get::<_, String>("detail").unwrap());
        plan.push('\n');
    }
    plan
}

#[test]
fn the_engine_touches_only_what_is_due() {
    let (_directory, connection) = database();
    for (statement, indexes) in [
        (claim::TIMERS, ["migrations_timer"].as_slice()),
        (claim::NEXT_TENANT, &["migrations_share"]),
        (claim::WORK, &["migrations_share"]),
        (claim::NEXT, &["migrations_timer", "migrations_work"]),
        (population::COUNT, &["migrations_state"]),
        (read::LAST_SEQUENCE, &["sqlite_autoindex_migrations_1"]),
        (claim::SUSPEND, &["sqlite_autoindex_migrations_1"]),
        (tenants::RELEASE, &["migrations_suspended"]),
    ] {
        let plan = plan(&connection, statement);
        for index in indexes {
            assert!(plan.contains(index), "{plan}");
        }
        assert!(!plan.contains("SCAN migrations"), "{plan}");
    }
}

#[test]
fn attempts_are_counted_by_an_index() {
    let (_directory, connection) = database();
    let plan = plan(
        &connection,
        rows::select!("WHERE m.tenant = 'a' AND m.id = x'00'"),
    );
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

#[test]
fn sealed_values_are_walked_over_by_their_rows() {
    let (_directory, connection) = database();
    for column in SEALED.iter().filter(|it| it.table != "keyring_check") {
        for statement in [envelopes::page(column), envelopes::exchange(column)] {
            let plan = plan(&connection, &statement);
            assert!(plan.contains("SEARCH"), "{statement}: {plan}");
            assert!(!plan.contains("SCAN"), "{statement}: {plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{statement}: {plan}");
        }
    }
}

#[test]
fn lists_use_an_index_of_their_filter() {
    let (_directory, connection) = database();
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
            let query = list::query(&tenant, &filter, Page { size: 10, after }, 11);
            let plan = plan(&connection, &query.statement);
            assert!(plan.contains(index), "{filter:?}: {plan}");
            assert!(!plan.contains("SCAN m"), "{filter:?}: {plan}");
        }
    }
}
