//! Readings that take several calls.

use serde_json::{Value, json};
use waba_migrator::migration::Reason;

use super::{Meta, NUMBER, WABA, error, listed, number_id, phone, waba};

const SOURCE: &str = "105000000000001";

/// Answers everything about the account `id`.
async fn answer_account(meta: &Meta, id: &str, numbers: &[Value]) {
    meta.answers(
        "GET",
        &format!("/{id}"),
        200,
        json!({"id": id, "name": "Lucky Shrub"}),
    )
    .await;
    meta.answers(
        "GET",
        &format!("/{id}/phone_numbers"),
        200,
        json!({ "data": numbers }),
    )
    .await;
    meta.answers(
        "GET",
        &format!("/{id}/message_templates"),
        200,
        json!({"data": []}),
    )
    .await;
    meta.answers(
        "GET",
        &format!("/{id}/subscribed_apps"),
        200,
        json!({"data": [{}]}),
    )
    .await;
}

async fn answer_token(meta: &Meta) {
    meta.answers(
        "GET",
        "/debug_token",
        200,
        json!({"data": {"is_valid": true}}),
    )
    .await;
}

#[tokio::test]
async fn the_facts_hold_both_sides() {
    let meta = Meta::start().await;
    answer_token(&meta).await;
    answer_account(
        &meta,
        WABA,
        &[json!({"id": "1000001", "display_phone_number": "+1 202-555-0199"})],
    )
    .await;
    answer_account(&meta, SOURCE, &[listed()]).await;
    let facts = meta
        .session()
        .facts(&waba(), Some(&SOURCE.parse().unwrap()), &phone())
        .await
        .unwrap();
    assert!(facts.token.unwrap().is_valid);
    let apps = facts.subscribed_apps.unwrap();
    assert_eq!((apps.count, apps.ours), (1, None), "an app without an id");
    let destination = facts.destination;
    assert_eq!(
        (destination.numbers_unread, destination.number_count),
        (None, Some(1))
    );
    assert_eq!(
        (destination.number, destination.templates),
        (None, Some(Vec::new()))
    );
    assert_eq!(facts.source.unwrap().number.unwrap().id, number_id());
}

#[tokio::test]
async fn what_the_token_may_not_read_is_unknown_and_no_fault() {
    let meta = Meta::start().await;
    answer_account(&meta, WABA, &[]).await;
    for route in [
        "/debug_token".to_owned(),
        format!("/{SOURCE}"),
        format!("/{SOURCE}/phone_numbers"),
    ] {
        meta.answers("GET", &route, 403, error(200, "(#200) Permissions error"))
            .await;
    }
    let facts = meta
        .session()
        .facts(&waba(), Some(&SOURCE.parse().unwrap()), &phone())
        .await
        .unwrap();
    assert_eq!(facts.token.unwrap_err().reason, Reason::PermissionMissing);
    let source = facts.source.unwrap();
    assert_eq!(
        source.account.unwrap_err().reason,
        Reason::PermissionMissing
    );
    assert_eq!(
        source.numbers_unread.unwrap().reason,
        Reason::PermissionMissing
    );
    assert_eq!((source.number_count, source.templates), (None, None));
}

#[tokio::test]
async fn a_refused_token_is_a_fact_but_an_absent_meta_is_a_fault() {
    let meta = Meta::start().await;
    meta.answers(
        "GET",
        &format!("/{WABA}"),
        401,
        error(190, "Session has expired"),
    )
    .await;
    let facts = meta.session().facts(&waba(), None, &phone()).await.unwrap();
    assert_eq!(
        facts.destination.account.unwrap_err().reason,
        Reason::TokenRefused
    );
    assert_eq!(facts.source, None);

    for (code, reason) in [
        (2, Reason::GraphUnavailable),
        (80_008, Reason::AccountRateLimited),
    ] {
        let meta = Meta::start().await;
        meta.answers("GET", &format!("/{WABA}"), 400, error(code, "x"))
            .await;
        assert_eq!(
            meta.session()
                .facts(&waba(), None, &phone())
                .await
                .unwrap_err()
                .reason,
            reason
        );
    }
}

#[tokio::test]
async fn a_move_is_confirmed_by_the_number_and_the_list() {
    let meta = Meta::start().await;
    answer_account(&meta, WABA, &[listed()]).await;
    meta.answers("GET", &format!("/{NUMBER}"), 200, listed())
        .await;
    let seen = meta
        .session()
        .confirmation(&number_id(), &waba(), &phone())
        .await
        .unwrap();
    assert!(seen.number.is_connected() && seen.listed);
    assert_eq!(seen.templates, Some(Vec::new()));
}

#[tokio::test]
async fn a_number_that_is_not_connected_yet_costs_one_call() {
    let meta = Meta::start().await;
    let pending =
        json!({"id": NUMBER, "display_phone_number": "+1 202-555-0123", "status": "PENDING"});
    meta.answers("GET", &format!("/{NUMBER}"), 200, pending)
        .await;
    let seen = meta
        .session()
        .confirmation(&number_id(), &waba(), &phone())
        .await
        .unwrap();
    assert!(!seen.number.is_connected() && !seen.listed);
    assert_eq!(meta.calls().await.len(), 1);
}

#[tokio::test]
async fn templates_that_cannot_be_read_do_not_stop_the_confirmation() {
    let meta = Meta::start().await;
    meta.answers("GET", &format!("/{NUMBER}"), 200, listed())
        .await;
    meta.answers(
        "GET",
        &format!("/{WABA}/phone_numbers"),
        200,
        json!({"data": []}),
    )
    .await;
    let seen = meta
        .session()
        .confirmation(&number_id(), &waba(), &phone())
        .await
        .unwrap();
    assert_eq!((seen.listed, seen.templates), (false, None));
}
