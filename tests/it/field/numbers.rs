//! Numbers in the forms that people and Meta write, and live numbers that look odd: FC-08, FC-09,
//! FC-11.

use serde_json::json;
use tonic::Code;
use waba_migrator::proto::v1::{Route, State};

use super::{NUMBER, calls, drive, drive_with, inject, shape};
use crate::support::service::{DESTINATION, ServiceHarness, refusal};

const IVORY_COAST: &str = "+2250768123456";

/// A number that Meta shows in an older form, in the lists of source and destination.
fn shown_as(stack: &ServiceHarness, number: &str, display: &str, older: &str) {
    let placing = json!({"display": display, "forms": [older]});
    shape(stack, number, &placing);
}

#[tokio::test]
async fn a_number_that_meta_shows_in_an_older_form_moves_and_is_confirmed() {
    for (number, display, older) in [
        (IVORY_COAST, "+225 68 12 34 56", "22568123456"),
        ("+2290197123456", "+229 97 12 34 56", "22997123456"),
        ("+24166031234", "+241 06 03 12 34", "24106031234"),
        ("+525541320000", "+52 1 55 4132 0000", "5215541320000"),
        ("+5531984220000", "+55 31 8422-0000", "553184220000"),
        ("+5491123456789", "+54 11 2345-6789", "541123456789"),
    ] {
        let named = ServiceHarness::start().await;
        shown_as(&named, number, display, older);
        drive(&named, number).await.succeeds([1, 1, 1, 1]);

        let unnamed = ServiceHarness::start().await;
        shown_as(&unnamed, number, display, older);
        let seen = drive_with(&unnamed, number, |request| request.source_waba_id.clear()).await;
        seen.succeeds([1, 1, 1, 1]);
    }
}

#[tokio::test]
async fn a_number_whose_add_response_was_lost_is_found_in_the_list_by_its_short_form() {
    let stack = ServiceHarness::start().await;
    shown_as(&stack, IVORY_COAST, "+225 68 12 34 56", "22568123456");
    inject(
        &stack,
        &json!({"call": "add_number", "kind": "lost_response"}),
    );
    drive(&stack, IVORY_COAST).await.succeeds([1, 1, 1, 1]);
}

#[tokio::test]
async fn the_old_form_is_read_as_the_current_number() {
    let stack = ServiceHarness::start().await;
    let old = stack
        .migrate_with("+225 68 12 34 59", |request| {
            request.request_id = "one".to_owned();
        })
        .await
        .unwrap();
    assert_eq!(old.phone_number, "+2250768123459");
}

#[tokio::test]
async fn all_forms_of_a_number_are_one_migration() {
    let stack = ServiceHarness::start().await;
    let forms = [
        "+52 55 4132 0000",
        "+52 1 55 4132 0000",
        "5215541320000",
        "0052 55 4132 0000",
    ];
    let mut ids = Vec::new();
    for form in forms {
        let same = stack.migrate_with(form, |request| request.request_id = "order-7".to_owned());
        let migration = same.await.unwrap();
        assert_eq!(migration.phone_number, "+525541320000", "{form}");
        ids.push(migration.id);
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    let other = stack.migrate_with("+52 1 55 4132 0000", |request| {
        request.request_id = "order-8".to_owned();
    });
    let (code, reason, _) = refusal(other.await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::AlreadyExists, "MIGRATION_IN_PROGRESS")
    );
}

#[tokio::test]
async fn a_live_number_with_an_expired_verification_is_done() {
    let expired = json!({"code_verification_status": "EXPIRED"});
    for route in [Route::AddedNumber, Route::Otp] {
        let stack = ServiceHarness::start().await;
        let placing = json!({"account": DESTINATION, "standing": "connected", "fields": expired});
        shape(&stack, NUMBER, &placing);
        let seen = drive_with(&stack, NUMBER, |request| request.route = route.into()).await;
        seen.succeeds([0, 0, 0, 0]);
    }
}

#[tokio::test]
async fn a_pending_number_with_an_expired_verification_is_verified_again() {
    let stack = ServiceHarness::start().await;
    shape(
        &stack,
        NUMBER,
        &json!({"account": DESTINATION, "standing": "expired"}),
    );
    drive(&stack, NUMBER).await.succeeds([0, 1, 1, 1]);
}

#[tokio::test]
async fn metas_problem_statuses_of_a_live_number_do_not_fail_the_migration() {
    for status in ["FLAGGED", "RESTRICTED", "RATE_LIMITED", "CONNECTED"] {
        let stack = ServiceHarness::start().await;
        let fields = json!({"status": status, "code_verification_status": "EXPIRED"});
        shape(
            &stack,
            NUMBER,
            &json!({"when": "once_registered", "fields": fields}),
        );
        let seen = drive(&stack, NUMBER).await;
        seen.succeeds([1, 1, 1, 1]);
        let report = seen.migration.report.as_ref().unwrap();
        let connection = report
            .lines
            .iter()
            .find(|line| line.subject == "connection");
        assert!(connection.unwrap().after.contains(status), "{report:?}");
    }
}

#[tokio::test]
async fn the_live_twin_in_a_list_is_used() {
    let stack = ServiceHarness::start().await;
    for place in ["before", "after"] {
        let number = if place == "before" {
            NUMBER
        } else {
            "+12025550187"
        };
        let twin = json!({"when": "once_added", "twin": {"place": place, "fields": {"status": "DISCONNECTED"}}});
        shape(&stack, number, &twin);
        drive(&stack, number).await.succeeds([1, 1, 1, 1]);
    }
}

#[tokio::test]
async fn one_dropped_connection_needs_no_second_code() {
    let stack = ServiceHarness::start().await;
    inject(
        &stack,
        &json!({"call": "verify_code", "kind": "lost_request"}),
    );
    let seen = drive(&stack, NUMBER).await;
    seen.succeeds([1, 1, 2, 1]);
    assert_eq!(stack.sandbox.messages("12025550100").len(), 1);
}

#[tokio::test]
async fn a_landline_gets_its_code_by_voice() {
    let stack = ServiceHarness::start().await;
    // Berlin, a landline in Germany's numbering plan.
    let started = stack.migrate_with("+49 30 901820", |request| request.source_waba_id.clear());
    let migration = started.await.unwrap();
    assert_eq!(migration.state(), State::WaitingForCode, "{migration:#?}");
    let codes = stack.sandbox.messages("4930901820");
    assert_eq!(codes.last().unwrap().method, "VOICE");
    assert_eq!(calls(&stack, "+4930901820"), [1, 1, 0, 0]);
}
