//! Responses observed in practice rather than documented, and the fault of each.

use domain::{Actor, Disposition, Effect, Fault, Reason, Remedy};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::graph::FakeMeta;

/// Each meaning of 2388103, in the words of Meta.
const MOVES: &[(&str, Reason)] = &[
    (
        "Webhooks have not been set up for the destination WhatsApp Business account.",
        Reason::NotSubscribed,
    ),
    (
        "Please add this phone number in your WhatsApp account",
        Reason::NothingToMove,
    ),
    (
        "Registered name should be present and approved",
        Reason::DisplayNameNotApproved,
    ),
    (
        "The WhatsApp account that this phone number is registered with is not set up correctly",
        Reason::SourceAccountNotSetUp,
    ),
    (
        "Your WhatsApp account does not have a payment account",
        Reason::PaymentMethodMissing,
    ),
    (
        "Your WhatsApp Business Account doesn't have a payment method set up.",
        Reason::PaymentMethodMissing,
    ),
    (
        "There was an error migrating this phone number",
        Reason::MoveFailedAtMeta,
    ),
    (
        "This phone number belongs to a different Business Manager account",
        Reason::DifferentBusiness,
    ),
    (
        "Your WhatsApp account must be approved",
        Reason::DestinationNotApproved,
    ),
    (
        "Your WhatsApp account's \"Messaging For\" request must be approved",
        Reason::MessagingForNotApproved,
    ),
];

/// The reasons below "Cannot Create Certificate".
const CERTIFICATES: &[(&str, Reason)] = &[
    (
        "Please confirm ownership of this phone number",
        Reason::OwnershipNotConfirmed,
    ),
    (
        "Please ensure two-step authentication is disabled",
        Reason::TwoStepEnabled,
    ),
    (
        "Please ensure two-factor authentication is disabled",
        Reason::TwoStepEnabled,
    ),
    (
        "Your display name could not be processed. Please edit your display name and try again.",
        Reason::DisplayNameNotApproved,
    ),
    (
        "Your WhatsApp Business Account doesn't have a payment method set up.",
        Reason::PaymentMethodMissing,
    ),
    (
        "This number is registered to an existing WhatsApp account. To use this number, disconnect it from the existing account.",
        Reason::NumberUsedElsewhere,
    ),
    (
        "Register endpoint is not available for SMB businesses.",
        Reason::NumberOnBusinessApp,
    ),
];

/// The shapes in which a headline and a reason were observed or are possible.
fn shapes(code: i64, subcode: Option<i64>, headline: &str, text: &str) -> Vec<Value> {
    let both = format!("{headline}: {text}");
    let data = json!({"messaging_product": "whatsapp", "details": both});
    let written = json!({"details": text}).to_string();
    let mut shapes = vec![
        json!({"message": "(#100) Invalid parameter", "error_data": data}),
        json!({"message": "Invalid parameter", "error_user_title": headline, "error_user_msg": text}),
        json!({"message": "Invalid parameter", "error_user_title": headline, "error_data": {"details": text}}),
        json!({"message": format!("(#100) {both}")}),
        json!({"message": headline, "error_data": text}),
        json!({"message": headline, "error_data": written}),
        json!({"message": headline, "error_data": {"messages": [text]}}),
    ];
    for error in &mut shapes {
        error["code"] = json!(code);
        error["type"] = json!("OAuthException");
        error["error_subcode"] = json!(subcode);
        error["fbtrace_id"] = json!("AbC");
    }
    let alone = json!({"code": code, "error_subcode": subcode, "message": headline});
    let mut answers: Vec<Value> = shapes
        .into_iter()
        .map(|error| json!({"error": error}))
        .collect();
    answers.push(json!({"error": alone, "message": text}));
    answers.push(json!({"error": alone, "error_user_title": headline, "error_user_msg": text}));
    answers
}

async fn assert_each(texts: &[(&str, Reason)], code: i64, subcode: Option<i64>, headline: &str) {
    let meta = FakeMeta::start().await;
    for (text, reason) in texts {
        for answer in shapes(code, subcode, headline, text) {
            let fault = meta.fault(400, answer.clone()).await;
            assert_eq!(fault.reason, *reason, "{answer}");
            assert!(kept(&fault).contains(text), "{answer} lost its text");
        }
    }
}

/// Every text that a fault keeps.
fn kept(fault: &Fault) -> String {
    let error = fault.graph_error.as_ref().unwrap();
    let texts = [
        Some(&error.message),
        error.user_title.as_ref(),
        error.user_message.as_ref(),
        error.details.as_ref(),
    ];
    let texts: Vec<&str> = texts.into_iter().flatten().map(String::as_str).collect();
    texts.join("\n")
}

#[tokio::test]
async fn the_reason_below_the_headline_of_a_move_decides() {
    let headline = "Cannot Migrate Phone Number";
    assert_each(MOVES, 100, None, headline).await;
    assert_each(MOVES, 100, Some(2_388_103), headline).await;
}

#[tokio::test]
async fn the_reason_below_the_headline_of_a_certificate_decides() {
    let headline = "Cannot Create Certificate";
    assert_each(CERTIFICATES, 100, Some(2_388_001), headline).await;
    assert_each(CERTIFICATES, 100, None, headline).await;
}

#[tokio::test]
async fn an_endpoint_unavailable_to_small_businesses_means_a_number_on_the_business_app() {
    let meta = FakeMeta::start().await;
    let texts = [
        "Register endpoint is not available for SMB businesses.",
        "Phone number registration not available for SMB accounts",
    ];
    for code in [10, 100, 200, 136_024, 136_025] {
        for text in texts {
            let message = format!("(#{code}) {text}");
            let fault = meta
                .fault(400, json!({"error": {"message": message, "code": code}}))
                .await;
            assert_eq!(fault.reason, Reason::NumberOnBusinessApp, "{message}");
            assert_eq!(fault.remedies, [Remedy::LeaveBusinessApp]);
            assert_eq!(fault.disposition, Disposition::Ask);
        }
    }
}

#[tokio::test]
async fn servers_that_are_unavailable_for_days_are_no_outage() {
    let meta = FakeMeta::start().await;
    for (title, text) in [
        (
            "Request code error",
            "Code request failed: Our servers are temporarily unavailable. Please wait 1 hour before trying again.",
        ),
        (
            "Request code error",
            "Request code failed: Please try again in some time.",
        ),
        (
            "Não foi possível enviar o código",
            "Não foi possível enviar o código: Nossos servidores estão temporariamente indisponíveis. Aguarde 1 hour antes de tentar novamente.",
        ),
    ] {
        for (subcode, transient) in [
            (Some(2_388_091), Some(false)),
            (Some(2_388_091), None),
            (None, Some(false)),
        ] {
            let answer = json!({"error": {"message": "Request code error", "code": 136_024, "error_subcode": subcode,
                "is_transient": transient, "error_user_title": title, "error_user_msg": text}});
            let fault = meta.fault(400, answer).await;
            assert_eq!(fault.reason, Reason::CodeSendingUnavailable, "{text}");
            assert_eq!(fault.disposition, Disposition::Ask);
            assert_eq!(fault.effect, Effect::None);
        }
    }
    let documented = "This phone number isn't eligible to receive a registration code since it is not being migrated.";
    let answer = json!({"error": {"message": "Request code error", "code": 136_024, "error_subcode": 2_388_091,
        "is_transient": false, "error_user_msg": documented}});
    assert_eq!(
        meta.fault(400, answer).await.reason,
        Reason::NotBeingMigrated
    );
}

#[tokio::test]
async fn codes_requested_too_often_wait_for_the_time_of_meta_or_of_the_domain() {
    let meta = FakeMeta::start().await;
    for (subcode, title, text, hours) in [
        (
            Some(2_388_367),
            "Solicitar limite de volume do código",
            "Você pediu um código de verificação muitas vezes. Tente novamente mais tarde.",
            None,
        ),
        (
            None,
            "Solicitar limite de volume do código",
            "Você pediu um código de verificação muitas vezes. Tente novamente mais tarde.",
            None,
        ),
        (
            None,
            "Request code error",
            "You have requested a verification code too many times. Try again later.",
            None,
        ),
        (
            None,
            "Request code error",
            "You have requested a verification code too many times. Try again in 12 hours.",
            Some(12),
        ),
        (
            Some(2_388_367),
            "Request code error",
            "You have requested 10 codes in 72 hours. Try again later.",
            None,
        ),
    ] {
        let answer = json!({"error": {"message": "Request code error", "code": 136_024, "error_subcode": subcode,
            "error_user_title": title, "error_user_msg": text}});
        let fault = meta.fault(400, answer).await;
        assert_eq!(fault.reason, Reason::CodeRequestedTooOften, "{text}");
        assert_eq!(
            fault.retry_after,
            hours.map(SignedDuration::from_hours),
            "{text}"
        );
    }
}

#[tokio::test]
async fn an_app_that_may_not_add_numbers_is_distinguished_from_an_account_without_room() {
    let meta = FakeMeta::start().await;
    let headline = "Cannot add phone number to WhatsApp Business Account";
    for (subcode, text, reason) in [
        (Some(3_095_008), headline, Reason::AppMayNotAddNumbers),
        (
            Some(3_095_008),
            "Não é possível adicionar o número de telefone à conta do WhatsApp Business",
            Reason::AppMayNotAddNumbers,
        ),
        (None, headline, Reason::CannotAddNumber),
        (
            None,
            "Your app is not allowed to add phone numbers to this account",
            Reason::AppMayNotAddNumbers,
        ),
        (
            None,
            "You have reached the maximum number of phone numbers",
            Reason::CannotAddNumber,
        ),
        (
            None,
            "Your WhatsApp account does not have a payment account",
            Reason::PaymentMethodMissing,
        ),
    ] {
        let message = format!("(#200000) {headline}");
        let answer = json!({"error": {"message": message, "code": 200_000, "error_subcode": subcode, "error_user_msg": text}});
        assert_eq!(meta.fault(400, answer).await.reason, reason, "{text}");
    }
}

#[tokio::test]
async fn a_fault_of_the_app_is_never_mistaken_for_one_of_a_number() {
    for (code, message, reason) in [
        (200, "API access blocked.", Reason::AppBlocked),
        (10, "API access blocked.", Reason::AppBlocked),
        (
            190,
            "API access deactivated. To reactivate, go to the app dashboard.",
            Reason::AppBlocked,
        ),
        (
            190,
            "Error validating application. Application has been deleted.",
            Reason::AppBlocked,
        ),
        (100, "(#100) This app has been disabled", Reason::AppBlocked),
        (
            10,
            "(#10) The app's Data Use Checkup is overdue",
            Reason::AppBlocked,
        ),
        (
            200,
            "(#200) The Cloud API Terms of Service must be accepted",
            Reason::AppTermsNotAccepted,
        ),
        (
            4,
            "(#4) Application request limit reached",
            Reason::AppRateLimited,
        ),
        // None of these is a fault of the app.
        (
            10,
            "(#10) Application does not have permission for this action",
            Reason::PermissionMissing,
        ),
        (
            190,
            "Error validating access token: Session has expired.",
            Reason::TokenRefused,
        ),
        (
            200,
            "(#200) The terms of service must be accepted for this WhatsApp Business Account",
            Reason::AccountTermsNotAccepted,
        ),
        (
            368,
            "WhatsApp is disabled for this account",
            Reason::AccountRestricted,
        ),
    ] {
        // A new adapter each time: after a refusal of the app it makes no further call.
        let meta = FakeMeta::start().await;
        let answer = json!({"error": {"message": message, "type": "OAuthException", "code": code}});
        let fault = meta.fault(400, answer).await;
        assert_eq!(fault.reason, reason, "{code} {message}");
        let of_the_app = matches!(
            reason,
            Reason::AppBlocked | Reason::AppTermsNotAccepted | Reason::AppRateLimited
        );
        assert_eq!(fault.reason.is_of_the_app(), of_the_app, "{message}");
    }
}

#[tokio::test]
async fn each_new_fault_names_who_acts() {
    let actors = |reason: Reason| -> Vec<Actor> {
        reason
            .remedies()
            .iter()
            .map(|remedy| remedy.actor())
            .collect()
    };
    assert_eq!(actors(Reason::MoveRefused), [Actor::Caller, Actor::Caller]);
    assert_eq!(
        actors(Reason::CertificateRefused),
        [Actor::Caller, Actor::Caller]
    );
    assert_eq!(actors(Reason::AppBlocked), [Actor::Operator]);
    assert_eq!(actors(Reason::AppTermsNotAccepted), [Actor::Operator]);
    assert_eq!(
        actors(Reason::AccountTermsNotAccepted),
        [Actor::DestinationAdmin]
    );
    assert_eq!(actors(Reason::AppMayNotAddNumbers), [Actor::Caller]);
}

#[tokio::test]
async fn a_permanent_error_is_permanent_under_500() {
    let meta = FakeMeta::start().await;
    let message = "The ids query parameter is deprecated in v26.0+.";
    let fault = meta
        .fault(500, json!({"error": {"message": message, "code": 100}}))
        .await;
    assert_eq!(
        (fault.reason, fault.disposition),
        (Reason::InvalidRequest, Disposition::Ask)
    );
}
