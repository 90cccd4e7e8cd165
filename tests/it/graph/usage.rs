//! Usage headers slow calls to a WABA down before Meta limits them.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use waba_migrator::util::clock::Clock;
use wiremock::ResponseTemplate;

use super::{FakeMeta, NUMBER, WABA, error, listed, number_id, waba};

const OTHER: &str = "105000000000001";

/// Rounded up, because the call itself takes time.
fn minutes_from_now(until: Option<Timestamp>) -> Option<i64> {
    until.map(|until| (until.duration_since(Clock::default().now()).as_secs() + 59) / 60)
}

#[tokio::test]
async fn calls_to_a_waba_near_its_limit_pause_and_to_others_do_not() {
    let meta = FakeMeta::start().await;
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
        "the pause is over"
    );
}

#[tokio::test]
async fn a_reached_limit_is_observed() {
    let meta = FakeMeta::start().await;
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
async fn a_limit_of_a_number_counts_for_its_waba_if_that_is_known() {
    let meta = FakeMeta::start().await;
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
