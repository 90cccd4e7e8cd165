//! Every error that Meta documents, over real HTTP, and its fault.

mod field;
mod translated;

use domain::{Disposition, Reason};
use jiff::SignedDuration;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::{FakeMeta, WABA, error};

/// Every code, with the fault that it means without a subcode or a known text.
const CODES: &[(i64, Reason)] = &[
    (0, Reason::TokenRefused),
    (1, Reason::MetaInternal),
    (2, Reason::GraphUnavailable),
    (3, Reason::AppMisconfigured),
    (4, Reason::AppRateLimited),
    (10, Reason::PermissionMissing),
    (17, Reason::AppRateLimited),
    (32, Reason::AppRateLimited),
    (33, Reason::NumberDeleted),
    (100, Reason::InvalidRequest),
    (102, Reason::TokenRefused),
    (104, Reason::AppMisconfigured),
    (190, Reason::TokenRefused),
    (200, Reason::PermissionMissing),
    (210, Reason::PermissionMissing),
    (299, Reason::PermissionMissing),
    (300, Reason::InvalidRequest),
    (341, Reason::AppRateLimited),
    (368, Reason::AccountRestricted),
    (613, Reason::AppRateLimited),
    (803, Reason::ObjectNotFound),
    (2_200, Reason::CallbackRefused),
    (2_201, Reason::CallbackRefused),
    (80_007, Reason::AccountRateLimited),
    (80_008, Reason::AccountRateLimited),
    (80_014, Reason::AccountRateLimited),
    (130_429, Reason::AccountRateLimited),
    (130_497, Reason::AccountRestricted),
    (131_000, Reason::MetaInternal),
    (131_005, Reason::PermissionMissing),
    (131_008, Reason::InvalidRequest),
    (131_009, Reason::InvalidRequest),
    (131_016, Reason::GraphUnavailable),
    (131_031, Reason::AccountLocked),
    (131_042, Reason::PaymentProblem),
    (131_045, Reason::NotRegistered),
    (131_052, Reason::UnknownGraphError),
    (131_057, Reason::NumberInMaintenance),
    (131_059, Reason::MetaInternal),
    (133_000, Reason::DeregistrationFailed),
    (133_004, Reason::GraphUnavailable),
    (133_005, Reason::PinMismatch),
    (133_006, Reason::NotVerified),
    (133_008, Reason::PinGuessedTooOften),
    (133_009, Reason::PinEnteredTooQuickly),
    (133_010, Reason::NotRegistered),
    (133_015, Reason::NumberRecentlyDeleted),
    (133_016, Reason::RegisterLimitReached),
    (136_024, Reason::CodeRequestRefused),
    (136_025, Reason::CodeRejected),
    (200_000, Reason::CannotAddNumber),
    (2_593_107, Reason::NumberOnBusinessApp),
    (2_593_108, Reason::NumberOnBusinessApp),
    (2_593_109, Reason::NumberOnBusinessApp),
    (141_002, Reason::UnknownGraphError),
    (-1, Reason::UnknownGraphError),
];

/// Codes with subcodes.
const SUBCODES: &[(i64, i64, Reason)] = &[
    (100, 33, Reason::ObjectNotFound),
    (190, 458, Reason::TokenRefused),
    (190, 459, Reason::TokenRefused),
    (190, 460, Reason::TokenRefused),
    (190, 463, Reason::TokenRefused),
    (190, 464, Reason::TokenRefused),
    (190, 467, Reason::TokenRefused),
    (190, 492, Reason::TokenRefused),
    (100, 2_388_001, Reason::CertificateRefused),
    (100, 2_388_012, Reason::AlreadyInDestination),
    (100, 2_388_019, Reason::TemplateLimitReached),
    (100, 2_388_091, Reason::NotBeingMigrated),
    (100, 2_388_093, Reason::NotBeingMigrated),
    (136_024, 2_388_091, Reason::NotBeingMigrated),
    (136_025, 2_388_093, Reason::NotBeingMigrated),
    (100, 2_388_103, Reason::MoveRefused),
    (100, 2_494_100, Reason::NumberInMaintenance),
    (136_024, 2_388_366, Reason::AlreadyVerified),
    (136_024, 2_388_367, Reason::CodeRequestedTooOften),
    (100, 2_388_004, Reason::NumberUsedElsewhere),
    (100, 2_388_006, Reason::PinMismatch),
    (2_593_000, 2_593_107, Reason::NumberOnBusinessApp),
    (200_000, 3_095_008, Reason::AppMayNotAddNumbers),
];

/// Meta's titles of its migration errors.
const TITLES: &[(i64, &str, Reason)] = &[
    (
        2_388_103,
        "Cannot migrate phone number",
        Reason::NotSubscribed,
    ),
    (
        2_388_103,
        "Please add this phone number in your WhatsApp account",
        Reason::NothingToMove,
    ),
    (
        2_388_103,
        "Registered name should be present and approved",
        Reason::DisplayNameNotApproved,
    ),
    (
        2_388_103,
        "The WhatsApp account that this phone number is registered with is not set up correctly",
        Reason::SourceAccountNotSetUp,
    ),
    (
        2_388_103,
        "Your WhatsApp account does not have a payment account",
        Reason::PaymentMethodMissing,
    ),
    (
        2_388_103,
        "There was an error migrating this phone number",
        Reason::MoveFailedAtMeta,
    ),
    (
        2_388_103,
        "This phone number belongs to a different Business Manager account",
        Reason::DifferentBusiness,
    ),
    (
        2_388_103,
        "Your WhatsApp account must be approved",
        Reason::DestinationNotApproved,
    ),
    (
        2_388_103,
        "Your WhatsApp account's \"Messaging For\" request must be approved",
        Reason::MessagingForNotApproved,
    ),
    (
        2_388_001,
        "Please confirm ownership of this phone number",
        Reason::OwnershipNotConfirmed,
    ),
    (
        2_388_001,
        "Please ensure two-step authentication is disabled",
        Reason::TwoStepEnabled,
    ),
    (
        2_388_012,
        "This phone number already exists in your list of phone numbers",
        Reason::AlreadyInDestination,
    ),
];

#[tokio::test]
async fn every_code_maps_to_its_fault() {
    for (code, reason) in CODES {
        // A new adapter each time: a refusal of the app also refuses its next call.
        let meta = FakeMeta::start().await;
        let fault = meta.fault(400, error(*code, "(#…) Some words")).await;
        assert_eq!(fault.reason, *reason, "{code}");
        assert_eq!(fault.disposition, reason.disposition(), "{code}");
        assert_eq!(fault.graph_error.unwrap().code, *code);
    }
}

#[tokio::test]
async fn every_subcode_maps_to_its_fault() {
    let meta = FakeMeta::start().await;
    for (code, subcode, reason) in SUBCODES {
        let fault = meta
            .fault(
                400,
                json!({"error": {"code": code, "error_subcode": subcode, "message": "Invalid parameter"}}),
            )
            .await;
        assert_eq!(fault.reason, *reason, "{code}/{subcode}");
    }
}

#[tokio::test]
async fn the_meanings_of_one_subcode_are_distinguished_by_text_in_any_field() {
    let meta = FakeMeta::start().await;
    for (subcode, title, reason) in TITLES {
        let shouted = title.to_uppercase();
        let shapes: [Value; 6] = [
            json!({"code": 100, "error_subcode": subcode, "error_user_title": title, "message": "Invalid parameter"}),
            json!({"code": 100, "error_subcode": subcode, "error_user_msg": title, "message": "Invalid parameter"}),
            json!({"code": 100, "error_subcode": subcode, "message": shouted}),
            json!({"code": 100, "message": "Invalid parameter", "error_user_title": title}),
            json!({"code": subcode, "message": format!("(#{subcode}) {title}")}),
            json!({"code": 987_654, "message": title}),
        ];
        for shape in shapes {
            let fault = meta.fault(400, json!({"error": shape})).await;
            assert_eq!(fault.reason, *reason, "{shape}");
        }
    }
}

#[tokio::test]
async fn errors_of_a_code_are_distinguished_by_text() {
    let meta = FakeMeta::start().await;
    for (code, words, reason) in [
        (
            136_024,
            "Phone number ownership is already verified",
            Reason::AlreadyVerified,
        ),
        (
            136_024,
            "You have requested a code too many times",
            Reason::CodeRequestedTooOften,
        ),
        (
            136_024,
            "Our servers are temporarily unavailable, wait 1 hour",
            Reason::CodeSendingUnavailable,
        ),
        (136_024, "Request code error", Reason::CodeRequestRefused),
        (136_025, "Verify code error", Reason::CodeRejected),
        (
            136_025,
            "You have guessed too many times. Try again in about 12 hours",
            Reason::CodeGuessedTooOften,
        ),
        (
            136_025,
            "Phone number registration not available for SMB accounts",
            Reason::NumberOnBusinessApp,
        ),
        (
            100,
            "Invalid appsecret_proof provided in the API argument",
            Reason::AppMisconfigured,
        ),
    ] {
        assert_eq!(
            meta.fault(400, error(code, words)).await.reason,
            reason,
            "{words}"
        );
    }
}

#[tokio::test]
async fn the_time_that_meta_asks_for_is_read() {
    let meta = FakeMeta::start().await;
    let detailed = |code: i64, details: &str| json!({"error": {"code": code, "error_data": {"details": details}}});
    let (seconds, hours) = (SignedDuration::from_secs, SignedDuration::from_hours);
    for (body, expected) in [
        (detailed(133_015, ""), Some(seconds(300))),
        (detailed(133_016, ""), Some(hours(72))),
        (detailed(133_008, "Try again after 2 hours"), Some(hours(2))),
        (detailed(133_009, "Wait for 30 seconds"), Some(seconds(30))),
        (detailed(133_009, "Wait"), None),
        (
            detailed(136_025, "You guessed too many times"),
            Some(hours(12)),
        ),
        (
            detailed(136_024, "Too many requests: come back in 5 minutes"),
            Some(seconds(300)),
        ),
        (detailed(80_008, ""), None),
        (detailed(133_005, "2 hours"), None),
    ] {
        assert_eq!(
            meta.fault(400, body.clone()).await.retry_after,
            expected,
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_limit_takes_its_time_from_the_usage_header() {
    let usage = json!({WABA: [{"type": "whatsapp_business_management", "call_count": 100,
        "total_cputime": 1, "total_time": 1, "estimated_time_to_regain_access": 19}]});
    for code in [4, 17, 80_007, 80_008] {
        // A new one for each code: the limiter remembers a limit.
        let meta = FakeMeta::start().await;
        let response = ResponseTemplate::new(400)
            .insert_header("X-Business-Use-Case-Usage", usage.to_string())
            .set_body_json(error(code, "There have been too many calls"));
        let fault = meta.register(response).await.unwrap_err();
        assert_eq!(fault.disposition, Disposition::Wait);
        assert_eq!(
            fault.retry_after,
            Some(SignedDuration::from_mins(19)),
            "{code}"
        );
    }
}
