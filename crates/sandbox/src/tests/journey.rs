//! The normal move of a number, and what it leaves behind.

use serde_json::json;

use super::harness::{SandboxHarness, WABA, added};
use crate::scenario::account::SOURCE;

#[tokio::test]
async fn a_number_moves_with_its_good_templates() {
    let harness = SandboxHarness::new().await;
    let id = harness.verify("+12025550100").await;
    let before = harness
        .get(&format!(
            "/v27.0/{id}?fields=status,platform_type,code_verification_status"
        ))
        .await
        .json();
    assert_eq!(before["status"], "PENDING");
    assert_eq!(before["platform_type"], "NOT_APPLICABLE");
    assert_eq!(before["code_verification_status"], "VERIFIED");

    assert_eq!(
        harness.register(&id, "123456").await.json(),
        json!({"success": true})
    );
    let after = harness
        .get(&format!(
            "/v27.0/{id}?fields=status,platform_type,is_pin_enabled"
        ))
        .await
        .json();
    assert_eq!(
        after,
        json!({"id": id, "status": "CONNECTED", "platform_type": "CLOUD_API", "is_pin_enabled": true})
    );

    let left = harness
        .get(&format!(
            "/v27.0/{SOURCE}/phone_numbers?limit=1&summary=total_count"
        ))
        .await
        .json();
    assert_eq!(left["summary"]["total_count"], 99);
    assert_eq!(left["data"][0]["display_phone_number"], "+1 202-555-0101");

    let copies = harness
        .get(&format!(
            "/v27.0/{WABA}/message_templates?fields=name,category,quality_score,status"
        ))
        .await;
    let copies = copies.json()["data"].as_array().unwrap().clone();
    assert_eq!(copies.len(), 4);
    assert!(
        copies
            .iter()
            .all(|copy| copy["quality_score"]["score"] == "UNKNOWN")
    );
    let moved = copies
        .iter()
        .find(|copy| copy["name"] == "delivery_update")
        .unwrap();
    assert_eq!(moved["category"], "MARKETING");
}

#[tokio::test]
async fn a_number_without_a_scenario_moves_too() {
    let harness = SandboxHarness::new().await;
    let id = harness.verify("+4915112345678").await;
    assert_eq!(harness.register(&id, "123456").await.status, 200);
    let shown = harness.get(&format!("/v27.0/{id}")).await.json();
    assert_eq!(shown["display_phone_number"], "+49 15112345678");
}

#[tokio::test]
async fn adding_twice_is_refused_and_the_list_shows_the_first() {
    let harness = SandboxHarness::new().await;
    let id = harness.add("+12025550100").await;
    let again = harness
        .post(&format!("{WABA}/phone_numbers"), added("+12025550100"))
        .await;
    assert_eq!((again.status, again.code()), (400, (100, 2_388_012)));
    let list = harness
        .get(&format!("/v27.0/{WABA}/phone_numbers"))
        .await
        .json();
    assert_eq!(list["data"][0]["id"], id);
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn without_an_app_a_number_is_not_migrated() {
    let harness = SandboxHarness::new().await;
    let answer = harness
        .post(&format!("{WABA}/phone_numbers"), added("+12025550100"))
        .await;
    assert_eq!(answer.code(), (100, 2_388_103));
    assert_eq!(
        answer.json()["error"]["error_user_title"],
        "Cannot migrate phone number"
    );
}

#[tokio::test]
async fn a_moved_number_can_move_on_once_its_pin_is_off() {
    let harness = SandboxHarness::new().await;
    let id = harness.verify("+12025550100").await;
    harness.register(&id, "123456").await;
    let next = "300000000000003";
    harness.subscribe(next).await;
    let path = format!("{next}/phone_numbers");
    assert_eq!(
        harness.post(&path, added("+12025550100")).await.code(),
        (100, 2_388_001)
    );
    assert!(harness.sandbox.fix_number("+12025550100"));
    assert_eq!(harness.post(&path, added("+12025550100")).await.status, 200);
}

#[tokio::test]
async fn codes_are_written_with_a_hyphen_and_spoken_without() {
    let harness = SandboxHarness::new().await;
    let id = harness.add("+12025550100").await;
    harness.request(&id, "SMS").await;
    harness.request(&id, "VOICE").await;
    let [written, spoken] = harness
        .sandbox
        .messages("1 202 555 0100")
        .try_into()
        .unwrap();
    assert_eq!(
        written.text,
        format!(
            "WhatsApp code {}-{}",
            &written.code[..3],
            &written.code[3..]
        )
    );
    assert_eq!(
        spoken
            .text
            .matches(&format!("Verification code is {}", spoken.code))
            .count(),
        3
    );
    let old = harness
        .post(&format!("{id}/verify_code"), json!({"code": written.code}))
        .await;
    assert_eq!(old.code().0, 136_025, "only the newest code counts");
    let new = harness
        .post(&format!("{id}/verify_code"), json!({"code": spoken.code}))
        .await;
    assert_eq!(new.status, 200);
    assert_eq!(
        harness.request(&id, "SMS").await.code(),
        (136_024, 2_388_366)
    );
}
