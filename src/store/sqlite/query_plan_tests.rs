//! Tests that statements use their indexes, so that waiting and old migrations cost nothing.

use rusqlite::Connection;

use super::{claim, connect, encryption, list, population, read, removal, rows, schema, tenants};
use crate::store::Filter;
use crate::store::encryption::columns::SEALED;
use domain::{State, TenantId};

fn database() -> (tempfile::TempDir, Connection) {
    let directory = tempfile::tempdir().unwrap();
    let connection = connect::writer(&directory.path().join("t.db")).unwrap();
    schema::bring_up_to_date(&connection).unwrap();
    (directory, connection)
}

/// The query plan of `statement`.
fn plan(connection: &Connection, statement: &str) -> String {
    let explain = format!("EXPLAIN QUERY PLAN {statement}");
    let mut explain = connection.prepare(&explain).unwrap();
    // Unbound parameters are null.
    let mut steps = explain.raw_query();
    let mut plan = String::new();
    while let Some(step) = steps.next().unwrap() {
        plan.push_str(&step.get::<_, String>("detail").unwrap());
        plan.push('\n');
    }
    plan
}

#[test]
fn the_engine_reads_only_what_is_due() {
    let (_directory, connection) = database();
    for (statement, indexes) in [
        (claim::TIMERS, ["migrations_timer"].as_slice()),
        (claim::NEXT_TENANT, &["migrations_share"]),
        (claim::WORK, &["migrations_share"]),
        (claim::NEXT, &["migrations_timer", "migrations_work"]),
        (population::COUNT, &["migrations_state"]),
        (read::LAST_SEQUENCE, &["sqlite_autoindex_migrations_1"]),
        (population::LIVE, &["COVERING INDEX migrations_state"]),
        (population::ALL, &["COVERING INDEX migrations_"]),
        (read::REQUEST, &["(tenant=? AND request_id=?)"]),
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
fn removals_use_an_index() {
    let (_directory, connection) = database();
    for (statement, index) in [
        (removal::FIRST, "migrations_ended (ended_at<?)"),
        (removal::TAKE, "sqlite_autoindex_migrations_1"),
        (
            removal::KEEP_CALLS,
            "events USING PRIMARY KEY (migration=?)",
        ),
        (removal::REMOVE, "sqlite_autoindex_migrations_1"),
        (
            removal::WITH_PIN,
            "migrations_ended_with_pin (ended_with_pin_at<?)",
        ),
        (
            removal::FREE,
            "removed_requests_taken_until (taken_until<?)",
        ),
        (removal::FORGET_CALLS, "removed_calls_at (at<?)"),
        (
            removal::OLDEST,
            "removed_calls USING COVERING INDEX removed_calls_at",
        ),
        (
            removal::OLDEST,
            "COVERING INDEX migrations_ended (ended_at>?)",
        ),
        (
            removal::OLDEST,
            "INDEX migrations_ended_with_pin (ended_with_pin_at>?)",
        ),
        (
            removal::OLDEST,
            "removed_requests USING COVERING INDEX removed_requests_taken_until",
        ),
        (
            read::REMOVED,
            "removed_requests USING PRIMARY KEY (tenant=? AND request_id=?)",
        ),
        (
            rows::select!("WHERE m.tenant = ? AND m.request_id = ?"),
            "INDEX sqlite_autoindex_migrations_2 (tenant=? AND request_id=?)",
        ),
    ] {
        let plan = plan(&connection, statement);
        assert!(plan.contains(index), "{statement}: {plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{statement}: {plan}");
    }
}

#[test]
fn attempts_use_an_index() {
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
    let removed = "COVERING INDEX removed_calls_attempts (tenant=? AND phone_number=?)";
    assert!(plan.contains(removed), "{plan}");
    assert!(!plan.contains("SCAN"), "{plan}");
}

#[test]
fn sealed_values_are_read_in_the_order_of_their_rows() {
    let (_directory, connection) = database();
    for column in SEALED.iter().filter(|it| it.table != "keyring_check") {
        for statement in [encryption::page(column), encryption::exchange(column)] {
            let plan = plan(&connection, &statement);
            assert!(plan.contains("SEARCH"), "{statement}: {plan}");
            assert!(!plan.contains("SCAN"), "{statement}: {plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{statement}: {plan}");
        }
    }
}

#[test]
fn lists_scan_the_indexes_of_their_filter() {
    let (_directory, connection) = database();
    let tenant = TenantId::default_tenant();
    let label = "USING PRIMARY KEY (tenant=? AND name=? AND value=?";
    let whole = Filter {
        states: vec![State::Failed],
        phone_number: "+12025550123".parse().ok(),
        waba: "104996122399160".parse().ok(),
        labels: [("team", "north"), ("tier", "gold")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        reference: Some("order 7".to_owned()),
    };
    // Each filter has one condition less than the one before.
    let without_number = Filter {
        phone_number: None,
        ..whole.clone()
    };
    let without_reference = Filter {
        reference: None,
        ..without_number.clone()
    };
    let without_labels = Filter {
        labels: [].into(),
        ..without_reference.clone()
    };
    let states = Filter {
        states: vec![State::Failed, State::Running, State::Expired],
        ..Filter::default()
    };
    for (filter, indexes) in [
        (Filter::default(), &["migrations_newest"][..]),
        (states, &["migrations_state"; 3]),
        (whole, &["migrations_phone_number"]),
        (without_number, &["migrations_reference"]),
        (without_reference, &[label]),
        (
            without_labels,
            &["migrations_destination", "migrations_source"],
        ),
    ] {
        let (scan, rest) = filter.scan();
        for after in [
            None,
            Some(domain::MigrationId::from_uuid(uuid::Uuid::max())),
        ] {
            let along = plan(&connection, &list::along(&tenant, &scan, after).statement);
            for index in indexes {
                assert!(along.contains(index), "{filter:?}: {along}");
            }
            assert_eq!(along.matches("SEARCH").count(), indexes.len(), "{along}");
            // In the order of the list: entries are read one by one, and not collected.
            assert!(!along.contains("TEMP B-TREE"), "{filter:?}: {along}");
            assert!(!along.contains("SCAN"), "{filter:?}: {along}");
        }
        let test = plan(&connection, &list::test(&rest).statement);
        let by_id = "SEARCH m USING INDEX sqlite_autoindex_migrations_1 (id=?)";
        assert!(test.contains(by_id), "{filter:?}: {test}");
        assert!(!test.contains("SCAN"), "{filter:?}: {test}");
        let labels = test.matches("SEARCH labels").count();
        assert_eq!(labels, rest.labels.len(), "{filter:?}: {test}");
    }
}
