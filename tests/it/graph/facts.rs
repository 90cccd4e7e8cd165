//! Reads that take several calls.

use domain::checks::{self, CheckContext, Purpose};
use domain::{Check, CheckId, Reason, Remedy, Route, Verdict};
use serde_json::{Value, json};
use wiremock::matchers::path;
use wiremock::{Mock, Request, ResponseTemplate};

use super::{FakeMeta, NUMBER, WABA, error, listed, number_id, parameter, phone, waba};

const SOURCE: &str = "105000000000001";

/// Responds to every read of the account `id`.
async fn answer_account(meta: &FakeMeta, id: &str, numbers: &[Value]) {
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

async fn answer_token(meta: &FakeMeta) {
    meta.answers(
        "GET",
        "/debug_token",
        200,
        json!({"data": {"is_valid": true}}),
    )
    .await;
}

#[tokio::test]
async fn facts_cover_source_and_destination() {
    let meta = FakeMeta::start().await;
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
    assert_eq!((apps.count, apps.ours), (1, None), "the app has no id");
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
async fn fields_that_the_token_may_not_read_are_unknown_and_no_fault() {
    let meta = FakeMeta::start().await;
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
async fn a_refused_token_is_a_fact_but_an_unreachable_meta_is_a_fault() {
    let meta = FakeMeta::start().await;
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
        let meta = FakeMeta::start().await;
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
    let meta = FakeMeta::start().await;
    answer_account(&meta, WABA, &[listed()]).await;
    meta.answers("GET", &format!("/{NUMBER}"), 200, listed())
        .await;
    let seen = meta
        .session()
        .confirmation(&number_id(), &waba())
        .await
        .unwrap();
    assert!(seen.number.is_connected() && seen.listed);
    assert_eq!(seen.templates, Some(Vec::new()));
}

/// Meta keeps showing a number in the form in which it was added, and may list a dead node of it
/// beside the live one.
#[tokio::test]
async fn a_moved_number_is_identified_in_the_list_by_its_id() {
    let shown = |id: &str| json!({"id": id, "display_phone_number": "+225 68 12 34 56", "status": "CONNECTED", "platform_type": "CLOUD_API"});
    let mut dead = shown("1000001");
    dead["status"] = json!("DELETED");
    for (list, listed) in [
        (vec![dead.clone(), shown(NUMBER)], true),
        (vec![json!({"id": NUMBER})], true),
        (vec![dead, shown("1000002")], false),
        (vec![], false),
    ] {
        let meta = FakeMeta::start().await;
        answer_account(&meta, WABA, &list).await;
        meta.answers("GET", &format!("/{NUMBER}"), 200, shown(NUMBER))
            .await;
        let seen = meta
            .session()
            .confirmation(&number_id(), &waba())
            .await
            .unwrap();
        assert_eq!(seen.listed, listed, "{list:?}");
        assert_eq!(
            meta.calls().await.len(),
            4,
            "twice the number, its list, the templates"
        );
    }
}

#[tokio::test]
async fn among_duplicate_nodes_in_a_list_the_checks_use_the_relevant_one() {
    let meta = FakeMeta::start().await;
    answer_token(&meta).await;
    let twin = |id: &str, status: &str| json!({"id": id, "display_phone_number": "+1 202-555-0123", "status": status, "platform_type": "CLOUD_API"});
    answer_account(&meta, WABA, &[]).await;
    answer_account(
        &meta,
        SOURCE,
        &[twin("1000001", "MIGRATED"), twin(NUMBER, "CONNECTED")],
    )
    .await;
    let read = async || {
        let facts = meta
            .session()
            .facts(&waba(), Some(&SOURCE.parse().unwrap()), &phone())
            .await;
        facts.unwrap().source.unwrap().number.unwrap()
    };
    assert_eq!(read().await.id, number_id());

    meta.server.reset().await;
    answer_account(&meta, WABA, &[]).await;
    answer_account(&meta, SOURCE, &[twin("1000001", "MIGRATED")]).await;
    let alone = read().await;
    assert_eq!(
        (alone.id.as_str(), alone.status.as_deref()),
        ("1000001", Some("MIGRATED")),
        "a check explains it"
    );
}

#[tokio::test]
async fn a_number_that_is_not_connected_yet_costs_one_call() {
    let meta = FakeMeta::start().await;
    let pending =
        json!({"id": NUMBER, "display_phone_number": "+1 202-555-0123", "status": "PENDING"});
    meta.answers("GET", &format!("/{NUMBER}"), 200, pending)
        .await;
    let seen = meta
        .session()
        .confirmation(&number_id(), &waba())
        .await
        .unwrap();
    assert!(!seen.number.is_connected() && !seen.listed);
    assert_eq!(meta.calls().await.len(), 1);
}

#[tokio::test]
async fn templates_that_cannot_be_read_do_not_stop_the_confirmation() {
    let meta = FakeMeta::start().await;
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
        .confirmation(&number_id(), &waba())
        .await
        .unwrap();
    assert_eq!((seen.listed, seen.templates), (false, None));
}

/// The checks of the facts that Meta returns.
async fn checked(meta: &FakeMeta) -> Vec<Check> {
    let facts = meta.session().facts(&waba(), None, &phone()).await.unwrap();
    let context = CheckContext {
        phone_number: &phone(),
        destination: &waba(),
        route: Route::Otp,
        purpose: Purpose::Migration,
    };
    checks::run(context, &facts)
}

fn of(checks: &[Check], id: CheckId) -> (Verdict, &[Remedy]) {
    let check = checks.iter().find(|check| check.id == id).unwrap();
    (check.verdict, &check.remedies)
}

/// A health status as reported by a customer without a card whose business is not verified.
fn without_a_card() -> Value {
    json!({"can_send_message": "BLOCKED", "entities": [
        {"entity_type": "PHONE_NUMBER", "id": NUMBER, "can_send_message": "LIMITED",
         "errors": [{"error_code": 138_024, "error_description": "SIP is not enabled"}]},
        {"entity_type": "WABA", "id": WABA, "can_send_message": "BLOCKED", "errors": [{
            "error_code": "141006", "error_description": "There is an error with the payment method.",
            "possible_solution": "Please add a new payment method to the account."}]},
        {"entity_type": "BUSINESS", "id": "1", "can_send_message": "LIMITED", "errors": [{
            "error_code": 141_010, "error_description": "The Business has not passed business verification."}]},
        {"entity_type": "APP", "id": "2", "can_send_message": "AVAILABLE"}]})
}

#[tokio::test]
async fn a_health_status_blocked_by_a_missing_card_asks_for_a_card() {
    let meta = FakeMeta::start().await;
    let respond = |call: &Request| {
        let fields = parameter(call, "fields").unwrap();
        if fields.contains("primary_funding_id") {
            return ResponseTemplate::new(400).set_body_json(error(10, "(#10) primary_funding_id"));
        }
        ResponseTemplate::new(200).set_body_json(json!({
            "id": WABA, "status": "ACTIVE", "account_review_status": "APPROVED",
            "business_verification_status": "verified", "health_status": without_a_card()}))
    };
    Mock::given(path(format!("/v27.0/{WABA}")))
        .respond_with(respond)
        .mount(&meta.server)
        .await;
    answer_account(&meta, WABA, &[]).await;
    let checks = checked(&meta).await;
    let of = |id| of(&checks, id);
    assert_eq!(
        of(CheckId::DestinationPayment),
        (Verdict::Fail, &[Remedy::AddPaymentMethod][..])
    );
    assert_eq!(
        of(CheckId::DestinationBusinessVerified),
        (Verdict::Warn, &[Remedy::VerifyBusiness][..])
    );
    assert_eq!(of(CheckId::NotRestricted), (Verdict::Pass, &[][..]));
    let fault = checks::fault(&checks).unwrap();
    assert_eq!(fault.remedies, [Remedy::AddPaymentMethod]);
}

#[tokio::test]
async fn the_fault_of_the_checks_contains_the_error_of_meta() {
    let meta = FakeMeta::start().await;
    let body = json!({"error": {"message": "(#200) Permissions error", "code": 200, "fbtrace_id": "Az8or2",
        "error_user_title": "No access", "error_user_msg": "Ask an administrator."}});
    meta.answers("GET", &format!("/{WABA}"), 403, body).await;
    let fault = checks::fault(&checked(&meta).await).unwrap();
    assert_eq!(fault.reason, Reason::ChecksFailed);
    let answered = fault.graph_error.unwrap();
    assert_eq!(
        (answered.code, answered.fbtrace_id.as_deref()),
        (200, Some("Az8or2"))
    );
    assert_eq!(
        answered.user_message.as_deref(),
        Some("Ask an administrator.")
    );
}

#[tokio::test]
async fn a_list_that_cannot_be_read_for_now_is_read_again_rather_than_unknown() {
    for (code, reason) in [
        (2, Reason::GraphUnavailable),
        (4, Reason::AppRateLimited),
        (80_008, Reason::AccountRateLimited),
    ] {
        let meta = FakeMeta::start().await;
        meta.answers(
            "GET",
            &format!("/{WABA}/phone_numbers"),
            400,
            error(code, "x"),
        )
        .await;
        answer_account(&meta, WABA, &[]).await;
        let read = meta.session().facts(&waba(), None, &phone()).await;
        assert_eq!(read.unwrap_err().reason, reason);
    }
}

/// A subscribed app.
fn app(id: &str) -> Value {
    json!({"whatsapp_business_api_data": {"id": id, "link": "https://example.com", "name": "App"}})
}

#[tokio::test]
async fn the_app_that_issued_the_token_is_ours_and_is_read_once() {
    let meta = FakeMeta::start().await;
    let described = json!({"data": {"app_id": 138_483_919_580_948_u64, "is_valid": true}});
    meta.answers("GET", "/debug_token", 200, described).await;
    let apps = json!({"data": [app("67084"), app("138483919580948")]});
    meta.answers("GET", &format!("/{WABA}/subscribed_apps"), 200, apps)
        .await;
    answer_account(&meta, WABA, &[]).await;
    let facts = meta.session().facts(&waba(), None, &phone()).await.unwrap();
    let apps = facts.subscribed_apps.unwrap();
    assert_eq!((apps.count, apps.ours), (2, Some(true)));
    let before = meta.calls().await.len();
    assert_eq!(meta.session().subscribed_apps(&waba()).await, Ok(apps));
    assert_eq!(
        meta.calls().await.len(),
        before + 1,
        "the app is remembered"
    );
}

#[tokio::test]
async fn an_app_that_is_not_ours_does_not_count_where_ours_is_known() {
    let meta = FakeMeta::of_app().await;
    let apps = json!({"data": [app("67084")]});
    meta.answers("GET", &format!("/{WABA}/subscribed_apps"), 200, apps)
        .await;
    let apps = meta.session().subscribed_apps(&waba()).await.unwrap();
    assert_eq!(
        (apps.count, apps.ours, apps.are_enough()),
        (1, Some(false), false)
    );
    assert_eq!(
        meta.calls().await.len(),
        1,
        "the app is known from the settings"
    );
}

#[tokio::test]
async fn a_token_inspected_by_another_app_is_not_considered_invalid() {
    let meta = FakeMeta::of_app().await;
    let refused = json!({"data": {"is_valid": false, "scopes": [], "error": {
        "code": 100, "message": "(#100) The App_id in the input_token did not match the Viewing App"}}});
    meta.answers("GET", "/debug_token", 200, refused).await;
    answer_account(&meta, WABA, &[]).await;
    let checks = checked(&meta).await;
    assert_eq!(of(&checks, CheckId::TokenValid).0, Verdict::Pass);

    let meta = FakeMeta::start().await;
    let expired = json!({"data": {"is_valid": false, "scopes": [], "error": {
        "code": 190, "message": "Session has expired", "subcode": 463}}});
    meta.answers("GET", "/debug_token", 200, expired).await;
    let token = meta.session().debug_token().await.unwrap();
    assert_eq!(token.error.map(|error| error.code), Some(190));
}
