//! Meta's limits and locks.

use std::time::Duration;

use serde_json::json;

use super::harness::SandboxHarness;

const NUMBER: &str = "+12025550100";

#[tokio::test]
async fn an_unverified_number_is_not_registered() {
    let harness = SandboxHarness::new().await;
    let id = harness.add(NUMBER).await;
    assert_eq!(harness.register(&id, "123456").await.code().0, 133_006);
}

#[tokio::test]
async fn the_eleventh_register_within_72_hours_blocks_the_number() {
    let harness = SandboxHarness::new().await;
    let id = harness.verify(NUMBER).await;
    for _ in 0..10 {
        assert_eq!(harness.register(&id, "123456").await.status, 200);
    }
    assert_eq!(harness.register(&id, "123456").await.code().0, 133_016);
    harness.pass(Duration::from_hours(71));
    assert_eq!(harness.register(&id, "123456").await.code().0, 133_016);
    harness.pass(Duration::from_hours(2));
    assert_eq!(harness.register(&id, "123456").await.status, 200);
}

#[tokio::test]
async fn wrong_pins_lead_to_a_lock() {
    let harness = SandboxHarness::new().await;
    let id = harness.verify(NUMBER).await;
    harness.register(&id, "123456").await;
    assert_eq!(harness.register(&id, "000000").await.code().0, 133_005);
    assert_eq!(harness.register(&id, "000000").await.code().0, 133_009);
    for _ in 0..4 {
        harness.pass(Duration::from_mins(1));
        assert_eq!(harness.register(&id, "000000").await.code().0, 133_005);
    }
    harness.pass(Duration::from_mins(1));
    assert_eq!(harness.register(&id, "000000").await.code().0, 133_008);
    let locked = harness.register(&id, "123456").await;
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
    let harness = SandboxHarness::new().await;
    let id = harness.add(NUMBER).await;
    for _ in 0..5 {
        assert_eq!(harness.request(&id, "SMS").await.status, 200);
    }
    assert_eq!(
        harness.request(&id, "SMS").await.code(),
        (136_024, 2_388_367)
    );
    harness.pass(Duration::from_hours(1));
    assert_eq!(harness.request(&id, "SMS").await.status, 200);
}

#[tokio::test]
async fn too_many_wrong_codes_lock_the_number_even_for_the_right_one() {
    let harness = SandboxHarness::new().await;
    let id = harness.add(NUMBER).await;
    harness.request(&id, "SMS").await;
    let right = harness.sandbox.messages(NUMBER).pop().unwrap().code;
    let wrong = if right == "000000" {
        "000001"
    } else {
        "000000"
    };
    let path = format!("{id}/verify_code");
    for _ in 0..5 {
        let answer = harness.post(&path, json!({"code": wrong})).await;
        assert_eq!(
            answer.json()["error"]["error_user_title"],
            "Verify code error"
        );
    }
    for code in [wrong, right.as_str()] {
        let answer = harness.post(&path, json!({ "code": code })).await;
        assert_eq!(answer.code().0, 136_025);
        assert_eq!(
            answer.json()["error"]["error_user_title"],
            "Guessed too many times"
        );
    }
}

#[tokio::test]
async fn a_code_is_valid_for_ten_minutes_and_a_verification_for_14_days() {
    let harness = SandboxHarness::new().await;
    let id = harness.add(NUMBER).await;
    harness.request(&id, "SMS").await;
    let code = harness.sandbox.messages(NUMBER).pop().unwrap().code;
    harness.pass(Duration::from_mins(10));
    assert_eq!(
        harness
            .post(&format!("{id}/verify_code"), json!({ "code": code }))
            .await
            .code()
            .0,
        136_025
    );
    harness.request(&id, "SMS").await;
    let code = harness.sandbox.messages(NUMBER).pop().unwrap().code;
    assert_eq!(
        harness
            .post(&format!("{id}/verify_code"), json!({ "code": code }))
            .await
            .status,
        200
    );
    harness.pass(Duration::from_hours(14 * 24));
    let shown = harness.get(&format!("/v27.0/{id}")).await.json();
    assert_eq!(shown["code_verification_status"], "EXPIRED");
    assert_eq!(harness.register(&id, "123456").await.code().0, 133_006);
}
