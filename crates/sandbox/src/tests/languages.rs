//! Errors in other languages.

use serde_json::json;

use super::harness::{SandboxHarness, WABA, added};

const PAYMENT: &str = "Your WhatsApp account does not have a payment account";

#[tokio::test]
async fn an_injected_error_is_translated_into_the_requested_language() {
    let harness = SandboxHarness::new().await;
    let path = format!("{WABA}/phone_numbers");
    for (locale, title) in [
        (
            "pt_BR",
            "A sua conta do WhatsApp não tem uma conta de pagamento",
        ),
        ("es", "Tu cuenta de WhatsApp no tiene una cuenta de pago"),
        ("de_DE", "Dein WhatsApp-Konto hat kein Zahlungskonto"),
        ("pl_PL", "Twoje konto WhatsApp nie ma konta płatności"),
    ] {
        let fault = json!({"kind": "error", "call": "add_number", "code": 100, "subcode": 2_388_103, "title": PAYMENT, "language": locale});
        assert_eq!(harness.put("faults", fault).await.status, 200);
        let error = harness.post(&path, added("+12025550100")).await.json()["error"].clone();
        assert_eq!(error["error_user_title"], title);
        assert!(error["error_user_msg"].as_str().unwrap().len() > title.len());
    }
}

#[tokio::test]
async fn without_a_title_the_codes_identify_the_error() {
    let harness = SandboxHarness::new().await;
    let id = harness.add("+12025550100").await;
    let fault = json!({"kind": "error", "call": "request_code", "code": 136_024, "subcode": 2_388_367, "language": "pt_BR", "transient": null});
    harness.put("faults", fault).await;
    let error = harness.request(&id, "SMS").await.json()["error"].clone();
    assert_eq!(
        error["error_user_title"],
        "Solicitar limite de volume do código"
    );
    assert_eq!(error.get("is_transient"), None);
}

#[tokio::test]
async fn a_language_or_an_error_without_texts_is_refused() {
    let harness = SandboxHarness::new().await;
    for fault in [
        json!({"kind": "error", "code": 100, "subcode": 2_388_103, "language": "tlh"}),
        json!({"kind": "error", "code": 987_654, "language": "pt_BR"}),
        json!({"kind": "error", "code": 100, "subcode": 2_388_103, "title": "No such title", "language": "pt_BR"}),
    ] {
        let answer = harness.put("faults", fault).await;
        assert_eq!(answer.status, 400);
        assert!(answer.body.contains("language"), "{}", answer.body);
    }
}

#[tokio::test]
async fn all_errors_can_be_in_another_language() {
    let harness = SandboxHarness::new().await;
    harness.put("app", json!({"language": "es_LA"})).await;
    let path = format!("{WABA}/phone_numbers");
    let error = harness.post(&path, added("+12025550100")).await.json()["error"].clone();
    assert_eq!(error["error_subcode"], 2_388_103);
    assert_eq!(
        error["error_user_title"],
        "No se puede migrar el número de teléfono"
    );
    assert_eq!(error["message"], "Invalid parameter");
    harness.put("app", json!({})).await;
    let error = harness.post(&path, added("+12025550100")).await.json()["error"].clone();
    assert_eq!(error["error_user_title"], "Cannot migrate phone number");
}
