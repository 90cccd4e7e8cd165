//! What Meta punishes.

use std::time::Duration;

use serde_json::json;

use super::town::Town;

const NUMBER: &str = "+12025550100";

#[tokio::test]
async fn an_unverified_number_is_not_registered() {
    let town = Town::new().await;
    let id = town.add(NUMBER).await;
    assert_eq!(town.register(&id, "123456").await.code().0, 133_006);
}

#[tokio::test]
async fn the_eleventh_register_within_72_hours_blocks_the_number() {
    let town = Town::new().await;
    let id = town.verify(NUMBER).await;
    for _ in 0..10 {
        assert_eq!(town.register(&id, "123456").await.status, 200);
    }
    assert_eq!(town.register(&id, "123456").await.code().0, 133_016);
    town.pass(Duration::from_hours(71));
    assert_eq!(town.register(&id, "123456").await.code().0, 133_016);
    town.pass(Duration::from_hours(2));
    assert_eq!(town.register(&id, "123456").await.status, 200);
}

#[tokio::test]
async fn wrong_pins_lead_to_a_lock() {
    let town = Town::new().await;
    let id = town.verify(NUMBER).await;
    town.register(&id, "123456").await;
    assert_eq!(town.register(&id, "000000").await.code().0, 133_005);
    assert_eq!(town.register(&id, "000000").await.code().0, 133_009);
    for _ in 0..4 {
        town.pass(Duration::from_mins(1));
        assert_eq!(town.register(&id, "000000").await.code().0, 133_005);
    }
    town.pass(Duration::from_mins(1));
    assert_eq!(town.register(&id, "000000").await.code().0, 133_008);
    let locked = town.register(&id, "123456").await;
    assert_eq!(locked.code().0, 133_008);
    assert!(
        locked.json()["error"]["error_data"]["details"]
            .as_str()
            .unwrap()
            .contains("seconds")
    );
}

#[tokio::test]
async fn codes_are_limited_by_the_hour() {
    let town = Town::new().await;
    let id = town.add(NUMBER).await;
    for _ in 0..5 {
        assert_eq!(town.request(&id, "SMS").await.status, 200);
    }
    assert_eq!(town.request(&id, "SMS").await.code(), (136_024, 2_388_367));
    town.pass(Duration::from_hours(1));
    assert_eq!(town.request(&id, "SMS").await.status, 200);
}

#[tokio::test]
async fn guessing_codes_leads_to_a_lock_that_even_the_right_one_does_not_open() {
    let town = Town::new().await;
    let id = town.add(NUMBER).await;
    town.request(&id, "SMS").await;
    let right = town.sandbox.messages(NUMBER).pop().unwrap().code;
    let wrong = if right == "000000" {
        "000001"
    } else {
        "000000"
    };
    let path = format!("{id}/verify_code");
    for _ in 0..5 {
        let answer = town.post(&path, json!({"code": wrong})).await;
        assert_eq!(
            answer.json()["error"]["error_user_title"],
            "Verify code error"
        );
    }
    for code in [wrong, right.as_str()] {
        let answer = town.post(&path, json!({ "code": code })).await;
        assert_eq!(answer.code().0, 136_025);
        assert_eq!(
            answer.json()["error"]["error_user_title"],
            "Guessed too many times"
        );
    }
}

#[tokio::test]
async fn a_code_is_good_for_ten_minutes_and_a_verification_for_14_days() {
    let town = Town::new().await;
    let id = town.add(NUMBER).await;
    town.request(&id, "SMS").await;
    let code = town.sandbox.messages(NUMBER).pop().unwrap().code;
    town.pass(Duration::from_mins(10));
    assert_eq!(
        town.post(&format!("{id}/verify_code"), json!({ "code": code }))
            .await
            .code()
            .0,
        136_025
    );
    town.request(&id, "SMS").await;
    let code = town.sandbox.messages(NUMBER).pop().unwrap().code;
    assert_eq!(
        town.post(&format!("{id}/verify_code"), json!({ "code": code }))
            .await
            .status,
        200
    );
    town.pass(Duration::from_hours(14 * 24));
    let shown = town.get(&format!("/v27.0/{id}")).await.json();
    assert_eq!(shown["code_verification_status"], "EXPIRED");
    assert_eq!(town.register(&id, "123456").await.code().0, 133_006);
}
