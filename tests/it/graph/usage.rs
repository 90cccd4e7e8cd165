//! Usage headers slow a WABA down before Meta does.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use waba_migrator::util::clock::Clock;
use wiremock::ResponseTemplate;

use super::{Meta, NUMBER, WABA, error, listed, number_id, waba};

const OTHER: &str = "105000000000001";

/// Rounded up, since the call itself took a moment.
fn minutes_from_now(until: Option<Timestamp>) -> Option<i64> {
    until.map(|until| (until.duration_since(Clock::default().now()).as_secs() + 59) / 60)
}

#[tokio::test]
async fn a_waba_near_its_limit_rests_and_another_does_not() {
    let meta = Meta::start().await;
    let now = Clock::default().now();
    let usage = json!({WABA: [{"type": "whatsapp_business_management", "call_count": 97, "total_cputime": 1,
        "total_time": 1, "estimated_time_to_regain_access": 0}],
        OTHER: [{"type": "whatsapp_business_management", "call_count": 50}]});
    let response =
        ResponseTemplate::new(200).insert_header("x-business-use-case-usage", usage.to_string());
    meta.responds(
        "GET",
        &format!("/{NUMBER}"),
        response.set_body_json(listed()),
    )
    .await;
    assert_eq!(meta.client.throttled_until(&waba(), now), None);
    meta.session().number(&number_id()).await.unwrap();
    assert_eq!(
        minutes_from_now(meta.client.throttled_until(&waba(), now)),
        Some(1)
    );
    assert_eq!(
        meta.client.throttled_until(&OTHER.parse().unwrap(), now),
        None
    );
    let later = now.checked_add(SignedDuration::from_mins(5)).unwrap();
    assert_eq!(
        meta.client.throttled_until(&waba(), later),
        None,
        "it is over"
    );
}

#[tokio::test]
async fn a_limit_that_was_met_is_kept_to() {
    let meta = Meta::start().await;
    let usage = json!({OTHER: [{"estimated_time_to_regain_access": 19}]});
    let response =
        ResponseTemplate::new(400).insert_header("x-business-use-case-usage", usage.to_string());
    meta.responds(
        "GET",
        &format!("/{WABA}"),
        response.set_body_json(error(80_008, "too many calls")),
    )
    .await;
    meta.session().account(&waba()).await.unwrap_err();
    let now = Clock::default().now();
    assert_eq!(
        minutes_from_now(meta.client.throttled_until(&waba(), now)),
        Some(19)
    );
}

#[tokio::test]
async fn a_limit_that_a_number_meets_is_held_against_its_waba_where_that_is_known() {
    let meta = Meta::start().await;
    let now = Clock::default().now();
    meta.answers(
        "GET",
        &format!("/{NUMBER}"),
        400,
        error(80_007, "rate limit"),
    )
    .await;
    meta.session().number(&number_id()).await.unwrap_err();
    assert_eq!(meta.client.throttled_until(&waba(), now), None);
    let waba = waba();
    meta.session()
        .about(&waba)
        .number(&number_id())
        .await
        .unwrap_err();
    assert_eq!(
        minutes_from_now(meta.client.throttled_until(&waba, now)),
        Some(5)
    );
}
