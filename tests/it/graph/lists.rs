//! Lists: read to the end, never half.

use serde_json::{Value, json};
use waba_migrator::migration::Reason;
use wiremock::matchers::{method, path, query_param, query_param_is_missing};
use wiremock::{Mock, ResponseTemplate};

use super::{Meta, NUMBER, WABA, error, listed, parameter, phone, waba};

const ROUTE: &str = "/v25.0/104996122399160/phone_numbers";

/// A page of numbers; the cursor of the next one, where there is one.
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

async fn mount(meta: &Meta, after: Option<&str>, body: Value) {
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
    let meta = Meta::start().await;
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

#[tokio::test]
async fn the_search_ends_at_the_page_where_the_number_stands() {
    let meta = Meta::start().await;
    mount(&meta, None, page(&[other(1_000_001)], Some("second"))).await;
    mount(&meta, Some("second"), page(&[listed()], Some("third"))).await;
    let found = meta
        .session()
        .find_number(&waba(), &phone())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.id.as_str(), NUMBER);
    assert_eq!(meta.calls().await.len(), 2);
}

#[tokio::test]
async fn a_number_that_is_nowhere_is_not_found() {
    let meta = Meta::start().await;
    mount(&meta, None, page(&[other(1_000_001)], None)).await;
    assert_eq!(
        meta.session().find_number(&waba(), &phone()).await,
        Ok(None)
    );
}

#[tokio::test]
async fn half_a_list_is_a_fault() {
    let meta = Meta::start().await;
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
async fn a_list_without_end_is_given_up() {
    let meta = Meta::start().await;
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
async fn templates_and_subscribed_apps_are_lists_too() {
    let meta = Meta::start().await;
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
    assert!(apps.are_enough(), "which app is ours is not known");
}
