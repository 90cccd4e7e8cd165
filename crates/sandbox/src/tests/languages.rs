//! Errors in the words of another language.

use serde_json::json;

use super::town::{Town, WABA, added};

const PAYMENT: &str = "Your WhatsApp account does not have a payment account";

#[tokio::test]
async fn an_injected_error_is_worded_by_the_sandbox_in_the_language_that_was_asked_for() {
    let town = Town::new().await;
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
        assert_eq!(town.put("faults", fault).await.status, 200);
        let error = town.post(&path, added("+12025550100")).await.json()["error"].clone();
        assert_eq!(error["error_user_title"], title);
        assert!(error["error_user_msg"].as_str().unwrap().len() > title.len());
    }
}

#[tokio::test]
async fn without_a_title_the_codes_say_which_error_it_is() {
    let town = Town::new().await;
    let id = town.add("+12025550100").await;
    let fault = json!({"kind": "error", "call": "request_code", "code": 136_024, "subcode": 2_388_367, "language": "pt_BR", "transient": null});
    town.put("faults", fault).await;
    let error = town.request(&id, "SMS").await.json()["error"].clone();
    assert_eq!(
        error["error_user_title"],
        "Solicitar limite de volume do código"
    );
    assert_eq!(error.get("is_transient"), None);
}

#[tokio::test]
async fn a_language_or_an_error_without_words_is_refused() {
    let town = Town::new().await;
    for fault in [
        json!({"kind": "error", "code": 100, "subcode": 2_388_103, "language": "tlh"}),
        json!({"kind": "error", "code": 987_654, "language": "pt_BR"}),
        json!({"kind": "error", "code": 100, "subcode": 2_388_103, "title": "No such title", "language": "pt_BR"}),
    ] {
        let answer = town.put("faults", fault).await;
        assert_eq!(answer.status, 400);
        assert!(answer.body.contains("language"), "{}", answer.body);
    }
}

#[tokio::test]
async fn the_whole_sandbox_can_speak_another_language() {
    let town = Town::new().await;
    town.put("app", json!({"language": "es_LA"})).await;
    let path = format!("{WABA}/phone_numbers");
    let error = town.post(&path, added("+12025550100")).await.json()["error"].clone();
    assert_eq!(error["error_subcode"], 2_388_103);
    assert_eq!(
        error["error_user_title"],
        "No se puede migrar el número de teléfono"
    );
    assert_eq!(error["message"], "Invalid parameter");
    town.put("app", json!({})).await;
    let error = town.post(&path, added("+12025550100")).await.json()["error"].clone();
    assert_eq!(error["error_user_title"], "Cannot migrate phone number");
}
