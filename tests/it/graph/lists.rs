//! Lists are read completely, or fail.

use domain::Reason;
use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param, query_param_is_missing};
use wiremock::{Mock, ResponseTemplate};

use super::{FakeMeta, NUMBER, WABA, error, listed, parameter, phone, waba};

const ROUTE: &str = "/v27.0/104996122399160/phone_numbers";

/// A page of numbers, with the cursor of the next page if there is one.
fn page(numbers: &[Value], next: Option<&str>) -> Value {
    match next {
        Some(cursor) => {
            json!({"data": numbers, "paging": {"next": "https://elsewhere.example/", "cursors": {"after": cursor}}})
        }
        None => json!({"data": numbers, "paging": {"cursors": {"before": "a", "after": "z"}}}),
    }
}

fn other(id: u64) -> Value {
    json!({"id": id, "display_phone_number": format!("+1 202-555-{:04}", id % 10_000)})
}

async fn mount(meta: &FakeMeta, after: Option<&str>, body: Value) {
    let mock = Mock::given(method("GET")).and(path(ROUTE));
    let mock = match after {
        Some(after) => mock.and(query_param("after", after)),
        None => mock.and(query_param_is_missing("after")),
    };
    mock.respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(&meta.server)
        .await;
}

#[tokio::test]
async fn a_list_is_read_to_its_last_page() {
    let meta = FakeMeta::start().await;
    mount(
        &meta,
        None,
        page(&[other(1_000_001), other(1_000_002)], Some("second")),
    )
    .await;
    mount(
        &meta,
        Some("second"),
        page(&[json!("odd"), json!({"no": "id"})], Some("third")),
    )
    .await;
    mount(&meta, Some("third"), page(&[listed()], None)).await;
    let numbers = meta.session().numbers(&waba()).await.unwrap();
    let ids: Vec<_> = numbers.iter().map(|number| number.id.as_str()).collect();
    assert_eq!(
        ids,
        ["1000001", "1000002", NUMBER],
        "what is no number is left out"
    );
    assert_eq!(meta.calls().await.len(), 3);
}

/// A node of the number `phone`.
fn node(id: u64, status: &str, platform: &str, code: &str) -> Value {
    json!({"id": id, "display_phone_number": "+1 202-555-0123", "status": status, "platform_type": platform,
           "code_verification_status": code})
}

/// The id that is found for the number in a list of these nodes.
async fn found(meta: &FakeMeta, number: &str, nodes: &[Value]) -> Option<String> {
    meta.server.reset().await;
    mount(meta, None, page(nodes, None)).await;
    let found = meta
        .session()
        .find_number(&waba(), &number.parse().unwrap())
        .await;
    found.unwrap().map(|number| number.id.to_string())
}

#[tokio::test]
async fn a_live_node_on_a_later_page_is_found_behind_a_dead_one() {
    let meta = FakeMeta::start().await;
    let dead = node(1_000_001, "DISCONNECTED", "NOT_APPLICABLE", "EXPIRED");
    mount(&meta, None, page(&[dead], Some("second"))).await;
    mount(&meta, Some("second"), page(&[listed()], Some("third"))).await;
    mount(&meta, Some("third"), page(&[other(1_000_002)], None)).await;
    let found = meta
        .session()
        .find_number(&waba(), &phone())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.id.as_str(), NUMBER);
    assert_eq!(
        meta.calls().await.len(),
        3,
        "the list was not read to its end"
    );
}

#[tokio::test]
async fn among_several_nodes_of_a_number_the_state_decides_and_not_the_order() {
    let live = node(1_000_001, "CONNECTED", "CLOUD_API", "EXPIRED");
    let flagged = node(1_000_002, "FLAGGED", "CLOUD_API", "VERIFIED");
    let verified = node(1_000_003, "PENDING", "NOT_APPLICABLE", "VERIFIED");
    let pending = node(1_000_004, "PENDING", "NOT_APPLICABLE", "NOT_VERIFIED");
    let banned = node(1_000_005, "BANNED", "CLOUD_API", "VERIFIED");
    let unverified = node(1_000_006, "UNVERIFIED", "NOT_APPLICABLE", "NOT_VERIFIED");
    let meta = FakeMeta::start().await;
    for (nodes, wanted) in [
        ([&banned, &live], "1000001"),
        ([&pending, &live], "1000001"),
        ([&verified, &flagged], "1000002"),
        ([&pending, &verified], "1000003"),
        ([&unverified, &pending], "1000004"),
        ([&banned, &pending], "1000004"),
    ] {
        let mut nodes = nodes.map(Value::clone);
        for _ in 0..2 {
            let found = found(&meta, "+12025550123", &nodes).await;
            assert_eq!(found.as_deref(), Some(wanted), "{nodes:?}");
            nodes.reverse();
        }
    }
    let found = found(&meta, "+12025550123", &[banned]).await;
    assert_eq!(
        found.as_deref(),
        Some("1000005"),
        "the only node was not found"
    );
}

#[tokio::test]
async fn a_node_that_the_number_has_left_is_not_mistaken_for_it() {
    let meta = FakeMeta::start().await;
    for status in ["DELETED", "MIGRATED"] {
        let gone = node(1_000_001, status, "NOT_APPLICABLE", "VERIFIED");
        assert_eq!(
            found(&meta, "+12025550123", &[gone]).await,
            None,
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_number_is_found_in_the_form_that_meta_shows() {
    let meta = FakeMeta::start().await;
    for (number, display) in [
        ("+225 07 68 12 34 56", "+225 68 12 34 56"),
        ("+225 27 20 20 30 40", "+225 20 20 30 40"),
        ("+229 01 97 12 34 56", "+229 97 12 34 56"),
        ("+241 66 03 12 34", "+241 06 03 12 34"),
        ("+241 66 03 12 34", "+241 6 03 12 34"),
        ("+52 55 4132 0000", "+52 1 55 4132 0000"),
        ("+55 31 98422-1234", "+55 31 8422-1234"),
        ("+54 9 11 5555 1234", "+54 11 5555 1234"),
        ("+54 11 5555 1234", "+54 9 11 5555 1234"),
        ("+84 70 456 7890", "+84 120 456 7890"),
        ("+39 06 6982 0000", "+39 06 6982 0000"),
        ("+20 100 123 4567", "+٢٠ ١٠٠ ١٢٣ ٤٥٦٧"),
    ] {
        let shown =
            json!({"id": 1_000_001, "display_phone_number": display, "status": "CONNECTED"});
        let found = found(&meta, number, &[other(1_000_002), shown]).await;
        assert_eq!(found.as_deref(), Some("1000001"), "{number} {display}");
    }
    for (number, display) in [
        ("+225 05 68 12 34 56", "+225 68 12 34 56"),
        ("+55 11 94123-4567", "+55 11 4123-4567"),
        ("+55 11 98765-4321", "+55 21 98765-4321"),
    ] {
        let shown =
            json!({"id": 1_000_001, "display_phone_number": display, "status": "CONNECTED"});
        assert_eq!(
            found(&meta, number, &[shown]).await,
            None,
            "{number} {display}"
        );
    }
}

#[tokio::test]
async fn an_unlisted_number_is_not_found() {
    let meta = FakeMeta::start().await;
    mount(&meta, None, page(&[other(1_000_001)], None)).await;
    assert_eq!(
        meta.session().find_number(&waba(), &phone()).await,
        Ok(None)
    );
}

#[tokio::test]
async fn an_incomplete_list_is_a_fault() {
    let meta = FakeMeta::start().await;
    mount(&meta, None, page(&[other(1_000_001)], Some("second"))).await;
    mount(&meta, Some("second"), page(&[], Some("second"))).await;
    assert_eq!(
        meta.session().numbers(&waba()).await.unwrap_err().reason,
        Reason::GraphUnreadable,
        "a circle"
    );

    for body in [
        json!({}),
        json!({"data": {}}),
        json!({"data": [], "paging": {"next": "nonsense"}}),
    ] {
        meta.server.reset().await;
        mount(&meta, None, body.clone()).await;
        assert_eq!(
            meta.session().numbers(&waba()).await.unwrap_err().reason,
            Reason::GraphUnreadable,
            "{body}"
        );
    }

    meta.server.reset().await;
    mount(&meta, None, page(&[other(1_000_001)], Some("second"))).await;
    Mock::given(query_param("after", "second"))
        .respond_with(ResponseTemplate::new(400).set_body_json(error(80_008, "too many calls")))
        .mount(&meta.server)
        .await;
    assert_eq!(
        meta.session().numbers(&waba()).await.unwrap_err().reason,
        Reason::AccountRateLimited
    );
}

#[tokio::test]
async fn a_list_with_endless_pages_is_aborted() {
    let meta = FakeMeta::start().await;
    let endless = |call: &wiremock::Request| {
        let number: u64 = parameter(call, "after").map_or(0, |after| after.parse().unwrap());
        ResponseTemplate::new(200).set_body_json(page(&[], Some(&(number + 1).to_string())))
    };
    Mock::given(path(ROUTE))
        .respond_with(endless)
        .mount(&meta.server)
        .await;
    assert_eq!(
        meta.session().numbers(&waba()).await.unwrap_err().reason,
        Reason::GraphUnreadable
    );
    assert_eq!(meta.calls().await.len(), 100);
}

#[tokio::test]
async fn a_list_with_endless_bytes_is_aborted() {
    let meta = FakeMeta::start().await;
    let large = "x".repeat(3 * 1024 * 1024);
    let endless = move |call: &wiremock::Request| {
        let page_number: u64 = parameter(call, "after").map_or(0, |after| after.parse().unwrap());
        let item = json!({"id": 1_000_001 + page_number, "about": large});
        let next = (page_number + 1).to_string();
        ResponseTemplate::new(200).set_body_json(page(&[item], Some(&next)))
    };
    Mock::given(path(ROUTE))
        .respond_with(endless)
        .mount(&meta.server)
        .await;
    let fault = meta.session().numbers(&waba()).await.unwrap_err();
    assert_eq!(fault.reason, Reason::GraphUnreadable);
    assert_eq!(
        fault.graph_error.unwrap().message,
        "the list is larger than 16777216 bytes"
    );
    assert_eq!(
        meta.calls().await.len(),
        6,
        "five pages fit, and half of the sixth"
    );
}

#[tokio::test]
async fn templates_and_subscribed_apps_are_lists_too() {
    let meta = FakeMeta::start().await;
    let templates = json!({"data": [
        {"name": "order_confirmation", "language": "en_US", "category": "UTILITY", "status": "APPROVED",
         "quality_score": {"score": "GREEN", "date": 1_758_754_645}, "id": "1"},
        {"name": "offer", "language": "de", "status": "NEW_STATUS", "components": []},
        {"language": "de"}]});
    meta.answers("GET", &format!("/{WABA}/message_templates"), 200, templates)
        .await;
    let templates = meta.session().templates(&waba()).await.unwrap();
    assert_eq!(templates.len(), 2);
    assert_eq!(
        (templates[0].quality.as_str(), templates[1].quality.as_str()),
        ("GREEN", "UNKNOWN")
    );
    assert_eq!(
        (templates[1].status.as_str(), templates[1].category.as_str()),
        ("NEW_STATUS", "UNKNOWN")
    );

    let apps = json!({"data": [{"whatsapp_business_api_data": {"id": "67084", "name": "App"}}]});
    meta.answers("GET", &format!("/{WABA}/subscribed_apps"), 200, apps)
        .await;
    let apps = meta.session().subscribed_apps(&waba()).await.unwrap();
    assert_eq!((apps.count, apps.ours), (1, None));
    assert!(apps.are_enough(), "the own app is unknown");
}
