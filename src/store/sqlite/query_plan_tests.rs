//! Tests that statements use their indexes, so that waiting and old migrations cost nothing.

use jiff::Timestamp;
use rusqlite::{Connection, StatementStatus};
use uuid::Uuid;

use super::statement::execute;
use super::writer::Write;
use super::{
    claim, connect, encryption, list, population, read, removal, schema, statement, tenants, usage,
    workers, write,
};
use crate::store::encryption::columns::SEALED;
use crate::store::list::IndexScan;
use crate::store::{ClaimQuotas, ClaimRequest, Filter, WorkerId, number_hash};
use domain::{Actor, Reason, State, TenantId};

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

/// The number of steps of SQLite's virtual machine that these statements have taken since the last
/// call.
fn steps(connection: &Connection, statements: &[&str]) -> i32 {
    let steps = statements.iter().map(|statement| {
        let statement = connection.prepare_cached(statement).unwrap();
        statement.reset_status(StatementStatus::VmStep)
    });
    steps.sum()
}

#[test]
fn the_engine_reads_only_what_is_due() {
    let (_directory, connection) = database();
    for (statement, index) in [
        (claim::TIMERS, "migrations_timer (due_at>? AND due_at<?)"),
        (claim::PROMOTE, "migrations_delayed (due_at>? AND due_at<?)"),
        (claim::NEXT_TENANT, "INDEX migrations_ready (tenant>?)"),
        (
            claim::NEXT_DESTINATION,
            "INDEX migrations_ready (tenant=? AND destination>?)",
        ),
        (
            claim::READY,
            "INDEX migrations_ready (tenant=? AND destination=?",
        ),
        (claim::LEASE, "SEARCH migrations USING INTEGER PRIMARY KEY"),
        (claim::NEXT_DELAYED, "INDEX migrations_delayed"),
        (claim::NEXT_TIMER, "INDEX migrations_timer"),
        (
            workers::ENDED,
            "COVERING INDEX migrations_leased (lease_worker>?)",
        ),
        (
            workers::RELEASE_ALL,
            "INDEX migrations_leased (lease_worker=?)",
        ),
        (
            workers::LEASED,
            "COVERING INDEX migrations_leased (lease_worker=?)",
        ),
        (workers::RELEASE, "(tenant=? AND id=?)"),
        (workers::SUSPEND, "(tenant=? AND id=?)"),
        (population::COUNT, "migrations_state (tenant=? AND state=?)"),
        (population::LIVE, "COVERING INDEX migrations_state"),
        (population::ALL, "COVERING INDEX "),
        (read::ONE, "(tenant=? AND id=?)"),
        (read::LAST_SEQUENCE, "(tenant=? AND id=?)"),
        (
            read::REQUEST,
            "migrations_request (tenant=? AND request_id=?)",
        ),
        (
            read::EVENTS_AFTER,
            "events USING PRIMARY KEY (tenant=? AND migration=? AND sequence>?)",
        ),
        (write::CURRENT, "(tenant=? AND id=?)"),
        (
            write::LIVE_NUMBER,
            "migrations_live_number (tenant=? AND number=?)",
        ),
        (
            write::LAST_CALL,
            "limited_calls USING PRIMARY KEY (number=?)",
        ),
        (
            write::SET_REFERENCE,
            "requests USING PRIMARY KEY (tenant=? AND id=?)",
        ),
        (
            write::REMOVE_LABELS,
            "labels_migration (tenant=? AND migration=?)",
        ),
        (write::TAKE_POSITIONS, "feeds USING PRIMARY KEY (tenant=?)"),
        (tenants::RESUME, "migrations_suspended (tenant=?)"),
        (tenants::PAGE, "tenants USING PRIMARY KEY (id>?)"),
        (
            usage::MONTHS,
            "usage USING PRIMARY KEY (tenant=? AND month>? AND month<?)",
        ),
        (usage::CALLS, "tenants USING PRIMARY KEY (id=?)"),
        (tenants::LIVE, "migrations_live_number (tenant=?)"),
    ] {
        let plan = plan(&connection, statement);
        assert!(plan.contains(index), "{statement}: {plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{statement}: {plan}");
        // The least or any entry of an index is a scan that ends at once.
        let scanned = plan.lines().find(|it| it.starts_with("SCAN migrations"));
        assert!(
            scanned.is_none_or(|it| it.contains(index)),
            "{statement}: {plan}"
        );
    }
    let any = plan(&connection, claim::ANY_READY);
    assert!(any.contains("migrations_ready"), "{any}");
}

#[test]
fn a_claim_steps_over_nothing_but_what_is_ready() {
    let (_directory, connection) = database();
    let worker = WorkerId::from_uuid(Uuid::from_u128(1));
    let claim = ClaimRequest {
        worker,
        now: Timestamp::from_millisecond(1_000).unwrap(),
        limit: 10,
        quotas: ClaimQuotas::of(10),
    };
    let insert = |rows: u32, columns: &str, values: &str| {
        connection
            .execute(
                &format!(
                    "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT {rows})
                     INSERT INTO migrations (tenant, id, request_id, number, destination, version,
                         last_sequence, created_at, updated_at, updated_hour, document, {columns})
                     SELECT 'default', randomblob(16), hex(randomblob(8)), randomblob(16), 'a' || n % 50,
                         1, 1, 0, 0, 0, '', {values} FROM n"
                ),
                (),
            )
            .unwrap();
    };
    let queue = "state, due_at, delayed, lease_worker";
    connection
        .execute(
            "INSERT INTO workers VALUES (?, 9000000000000000000), (randomblob(16), 9000000000000000000)",
            [worker.uuid()],
        )
        .unwrap();
    insert(10, queue, "'RUNNING', 1, 0, NULL");
    let statements = [
        workers::END_EXPIRED,
        workers::ENDED,
        claim::PROMOTE,
        claim::TIMERS,
        claim::NEXT_TENANT,
        claim::NEXT_DESTINATION,
        claim::READY,
        claim::LEASE,
        claim::ANY_READY,
        claim::NEXT_DELAYED,
        claim::NEXT_TIMER,
    ];
    let claimed_steps = || {
        execute(&connection, "SAVEPOINT claim", ()).unwrap();
        let claimed = Write::run(&claim, &connection).unwrap();
        execute(&connection, "ROLLBACK TO claim", ()).unwrap();
        assert_eq!(claimed.len(), 10);
        for statement in [claim::ANY_READY, claim::NEXT_DELAYED, claim::NEXT_TIMER] {
            statement::exists(&connection, statement, ()).unwrap();
        }
        steps(&connection, &statements)
    };
    // The first prepares the statements.
    claimed_steps();
    let few = claimed_steps();
    let others = "(SELECT id FROM workers ORDER BY id DESC LIMIT 1)";
    insert(4_000, queue, &format!("'RUNNING', 1, 0, {others}"));
    insert(4_000, queue, "'RUNNING', 5000, 1, NULL");
    insert(4_000, queue, "'ACTION_REQUIRED', 5000, 1, NULL");
    insert(4_000, queue, "'ACTION_REQUIRED', NULL, 0, NULL");
    let many = claimed_steps();
    assert!(
        many < few + 100,
        "{few} steps without other rows, {many} with them"
    );
}

/// The tables and indexes that a statement writes to.
fn written(connection: &Connection, statement: &str) -> Vec<String> {
    let mut explain = connection.prepare(&format!("EXPLAIN {statement}")).unwrap();
    let mut steps = explain.raw_query();
    let mut written = Vec::new();
    while let Some(step) = steps.next().unwrap() {
        if step.get::<_, String>("opcode").unwrap() == "OpenWrite" {
            let root: i64 = step.get("p2").unwrap();
            let named = "SELECT name FROM sqlite_schema WHERE rootpage = ?";
            let name = connection.query_row(named, [root], |row| row.get(0));
            written.push(name.unwrap());
        }
    }
    written.sort_unstable();
    written
}

#[test]
fn a_save_writes_only_to_the_indexes_of_what_it_changes() {
    let (_directory, connection) = database();
    let written = |queue, position, hour| {
        let changes = write::Changes {
            queue,
            position,
            hour,
        };
        written(&connection, &changes.statement())
    };
    // Live migrations have no entry in the index.
    let none = ["migrations", "migrations_ended_with_pin"];
    assert_eq!(written(false, false, false), none);
    let hour = [
        "migrations",
        "migrations_ended_with_pin",
        "migrations_updated",
        "migrations_waiting",
    ];
    assert_eq!(written(false, false, true), hour);
    let queue = written(true, false, false);
    for index in ["ready", "delayed", "timer", "leased", "suspended"] {
        assert!(queue.contains(&format!("migrations_{index}")), "{queue:?}");
    }
    assert!(!queue.contains(&"migrations_state".to_owned()), "{queue:?}");
}

#[test]
fn removals_use_an_index() {
    let (_directory, connection) = database();
    let of_migration = removal::REMOVE.map(|statement| (statement, "(tenant=? AND "));
    let of_tenant = tenants::DELETE.map(|statement| (statement, "=?)"));
    let others = [
        (removal::FIRST, "migrations_ended (ended_at<?)"),
        (removal::TAKE, "(tenant=? AND id=?)"),
        (
            removal::WITH_PIN,
            "migrations_ended_with_pin (ended_with_pin_at<?)",
        ),
        (
            removal::FREE,
            "removed_requests_taken_until (taken_until<?)",
        ),
        (removal::FORGET_CALLS, "limited_calls_at (at<?)"),
        (
            removal::OLDEST,
            "limited_calls USING COVERING INDEX limited_calls_at",
        ),
        (
            removal::OLDEST,
            "COVERING INDEX migrations_ended (ended_at>?)",
        ),
        (
            removal::OLDEST,
            "INDEX migrations_ended_with_pin (ended_with_pin_at>?)",
        ),
        (removal::OLDEST, "INDEX migrations_waiting (updated_hour=?)"),
        (
            removal::OLDEST,
            "removed_requests USING COVERING INDEX removed_requests_taken_until",
        ),
        (
            read::REMOVED,
            "removed_requests USING PRIMARY KEY (tenant=? AND request_id=?)",
        ),
    ];
    for (statement, index) in of_migration.into_iter().chain(of_tenant).chain(others) {
        let plan = plan(&connection, statement);
        assert!(plan.contains(index), "{statement}: {plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{statement}: {plan}");
    }
}

#[test]
fn attempts_and_findings_use_an_index() {
    let (_directory, connection) = database();
    let plan = plan(&connection, read::ONE);
    for part in [
        "SEARCH c USING PRIMARY KEY (number=?)",
        "SEARCH f USING INDEX sqlite_autoindex_findings_1 (tenant=? AND migration=?)",
    ] {
        assert!(plan.contains(part), "{plan}");
    }
    assert!(!plan.contains("SCAN"), "{plan}");
}

#[test]
fn sealed_values_are_read_in_the_order_of_their_rows() {
    let (_directory, connection) = database();
    for column in SEALED.iter().filter(|it| it.table != number_hash::TABLE) {
        for statement in [encryption::page(column), encryption::exchange(column)] {
            let plan = plan(&connection, &statement);
            assert!(plan.contains("SEARCH"), "{statement}: {plan}");
            assert!(!plan.contains("SCAN"), "{statement}: {plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{statement}: {plan}");
        }
    }
}

#[test]
fn the_migrations_of_a_batch_are_found_by_their_index() {
    let (_directory, connection) = database();
    for after in ["", " AND id < ?"] {
        let statement = format!(
            "SELECT id FROM requests WHERE tenant = ? AND batch_id = ?{after} ORDER BY id DESC LIMIT ?"
        );
        let plan = plan(&connection, &statement);
        let index = "COVERING INDEX requests_batch (tenant=? AND batch_id=?";
        assert!(plan.contains(index), "{statement}: {plan}");
        assert!(!plan.contains("SCAN"), "{statement}: {plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{statement}: {plan}");
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
        last_digits: "0123".parse().ok(),
        actor: Some(Actor::Meta),
        fault: Some(Reason::CodeRejected),
        updated_since: Some(Timestamp::UNIX_EPOCH),
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
    let without_digits = Filter {
        last_digits: None,
        ..without_reference.clone()
    };
    let without_labels = Filter {
        labels: [].into(),
        ..without_digits.clone()
    };
    let without_waba = Filter {
        waba: None,
        ..without_labels.clone()
    };
    let without_fault = Filter {
        fault: None,
        ..without_waba.clone()
    };
    let without_time = Filter {
        updated_since: None,
        ..without_fault.clone()
    };
    let states = Filter {
        states: vec![State::Failed, State::Running, State::Expired],
        ..Filter::default()
    };
    for (filter, indexes) in [
        (
            Filter::default(),
            &["sqlite_autoindex_migrations_1 (tenant=?"][..],
        ),
        (states, &["migrations_state"; 3]),
        (whole, &["requests_phone_number"]),
        (without_number, &["requests_reference"]),
        (
            without_reference,
            &["requests_last_digits (tenant=? AND digits_reversed>? AND digits_reversed<?)"],
        ),
        (without_digits, &[label]),
        (without_labels, &["requests_destination", "requests_source"]),
        (without_waba, &["migrations_fault (tenant=? AND fault=?"]),
        (
            without_fault,
            &["migrations_updated (tenant=? AND updated_hour>?"],
        ),
        (without_time, &["migrations_actor (tenant=? AND actor=?"]),
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
            // In the order of the list: entries are read one by one, and not collected. Ranges are
            // sorted.
            let ranged = matches!(scan, IndexScan::LastDigits(_) | IndexScan::UpdatedSince(_));
            assert_eq!(along.contains("TEMP B-TREE"), ranged, "{filter:?}: {along}");
            assert!(!along.contains("SCAN"), "{filter:?}: {along}");
        }
        let test = plan(&connection, &list::test(&tenant, &rest, true).statement);
        assert!(test.contains("SEARCH m USING INDEX"), "{filter:?}: {test}");
        assert!(test.contains("AND id=?)"), "{filter:?}: {test}");
        assert!(!test.contains("SCAN"), "{filter:?}: {test}");
        let labels = test.matches("SEARCH labels").count();
        assert_eq!(labels, rest.labels.len(), "{filter:?}: {test}");
    }
}
