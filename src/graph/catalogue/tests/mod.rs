//! The order in which an error's evidence counts. What each code and text means is tested over
//! HTTP, in `tests/it/graph/catalogue`.

mod places;

use super::phrases;
use super::*;
use domain::GraphError;

fn envelope(code: Option<i64>, subcode: Option<i64>, title: &str, message: &str) -> ErrorEnvelope {
    let user_title = Some(title.to_owned());
    let error = GraphError {
        code: code.unwrap_or(0),
        subcode,
        user_title,
        message: message.to_owned(),
        ..GraphError::default()
    };
    ErrorEnvelope { code, error }
}

fn reason(envelope: &ErrorEnvelope) -> Reason {
    fault(envelope.clone(), true, None).reason
}

#[test]
fn subcodes_go_before_codes_and_pairs_before_both() {
    let named = |code, subcode| reason(&envelope(Some(code), Some(subcode), "", ""));
    assert_eq!(named(100, 33), Reason::ObjectNotFound);
    assert_eq!(named(100, 2_388_012), Reason::AlreadyInDestination);
    assert_eq!(named(100, 2_388_091), Reason::NotBeingMigrated);
    assert_eq!(named(100, 999), Reason::InvalidRequest);
    assert_eq!(named(190, 463), Reason::TokenRefused);
}

#[test]
fn codes_that_say_all_are_not_changed_by_a_subcode_or_a_text() {
    let words = "Cannot Migrate Phone Number: no payment method";
    let named = |code, subcode| reason(&envelope(Some(code), subcode, "", words));
    assert_eq!(named(133_005, Some(2_388_091)), Reason::PinMismatch);
    for code in [4, 17, 80_007, 80_008] {
        assert!(matches!(
            named(code, Some(2_388_103)),
            Reason::AppRateLimited | Reason::AccountRateLimited
        ));
    }
    for (code, expected) in [
        (190, Reason::TokenRefused),
        (368, Reason::AccountRestricted),
        (131_031, Reason::AccountLocked),
        (133_006, Reason::NotVerified),
    ] {
        assert_eq!(named(code, None), expected, "{code}");
    }
}

#[test]
fn a_limit_of_one_account_is_not_the_apps() {
    let limit = |message| reason(&envelope(Some(613), None, "", message));
    let of_an_account =
        "(#613) Calls for this WhatsApp Business Account have exceeded the rate limit.";
    assert_eq!(limit(of_an_account), Reason::AccountRateLimited);
    let of_the_app = "(#613) Calls to this api have exceeded the rate limit.";
    assert_eq!(limit(of_the_app), Reason::AppRateLimited);
}

#[test]
fn a_subcode_that_comes_as_the_code_is_understood() {
    assert_eq!(
        reason(&envelope(Some(2_388_012), None, "", "")),
        Reason::AlreadyInDestination
    );
}

#[test]
fn what_concerns_the_app_goes_before_everything_else() {
    for code in [
        None,
        Some(1),
        Some(10),
        Some(100),
        Some(190),
        Some(200),
        Some(136_024),
        Some(987_654),
    ] {
        for subcode in [None, Some(33), Some(2_388_103), Some(2_388_012), Some(463)] {
            let blocked = envelope(
                code,
                subcode,
                "Cannot migrate phone number",
                "API access blocked.",
            );
            assert_eq!(reason(&blocked), Reason::AppBlocked, "{code:?}/{subcode:?}");
            // Reads fail of it as well.
            assert_eq!(fault(blocked, false, None).reason, Reason::AppBlocked);
        }
    }
}

#[test]
fn terms_are_the_apps_or_the_accounts() {
    let terms = |message| reason(&envelope(Some(200), None, "", message));
    for words in [
        "(#200) The Cloud API Terms of Service must be accepted by the developer",
        "(#200) You must accept Meta's terms before using this app",
        "Accept the Tech Provider terms first",
    ] {
        assert_eq!(terms(words), Reason::AppTermsNotAccepted, "{words}");
    }
    for words in [
        "(#200) Terms of service have not been accepted for this WhatsApp Business Account",
        "The business must accept the WhatsApp Business terms",
    ] {
        assert_eq!(terms(words), Reason::AccountTermsNotAccepted, "{words}");
    }
}

#[test]
fn a_title_that_names_a_meaning_decides_where_the_explanation_mentions_another() {
    let title = "Your WhatsApp account must be approved";
    let message =
        "Before that, please ensure two-step authentication is disabled and subscribe to webhooks.";
    assert_eq!(
        reason(&envelope(Some(100), Some(2_388_103), title, message)),
        Reason::DestinationNotApproved
    );
}

#[test]
fn the_point_of_a_text_is_its_first_sentence() {
    let message = "(#100) Invalid parameter. Your account has no payment method. Also ensure that two-step verification is disabled.";
    assert_eq!(
        reason(&envelope(
            Some(100),
            Some(2_388_103),
            "Cannot migrate phone number",
            message
        )),
        Reason::PaymentMethodMissing
    );
}

#[test]
fn a_headline_decides_only_where_nothing_else_is_said() {
    let moved = |message| {
        reason(&envelope(
            Some(100),
            Some(2_388_103),
            "Cannot Migrate Phone Number",
            message,
        ))
    };
    assert_eq!(moved("(#100) Invalid parameter"), Reason::NotSubscribed);
    assert_eq!(moved("Nie można przenieść numeru"), Reason::MoveRefused);
    assert_eq!(
        moved("There was an error migrating this phone number"),
        Reason::MoveFailedAtMeta
    );
    // A headline names the group where no subcode does.
    let bare = |message| reason(&envelope(Some(100), None, "", message));
    assert_eq!(
        bare("Cannot Migrate Phone Number: nie można"),
        Reason::MoveRefused
    );
    assert_eq!(
        bare("Cannot Create Certificate: nie można"),
        Reason::CertificateRefused
    );
    assert_eq!(bare("Cannot Migrate Phone Number"), Reason::NotSubscribed);
}

#[test]
fn an_unknown_text_keeps_its_group_and_is_not_tried_again() {
    for (code, subcode, expected) in [
        (100, Some(2_388_103), Reason::MoveRefused),
        (100, Some(2_388_001), Reason::CertificateRefused),
        (136_024, None, Reason::CodeRequestRefused),
        (136_024, Some(2_388_091), Reason::CodeRequestRefused),
        (136_025, None, Reason::CodeRejected),
        (136_025, Some(2_388_093), Reason::NotBeingMigrated),
        (200_000, None, Reason::CannotAddNumber),
    ] {
        for words in [
            "Nie można wykonać tej operacji dla tego numeru.",
            "この電話番号は現在ご利用いただけません。",
        ] {
            let fault = fault(envelope(Some(code), subcode, words, words), true, None);
            assert_eq!(fault.reason, expected, "{code}/{subcode:?}");
            assert_eq!(fault.disposition, Disposition::Ask);
            assert_eq!(fault.effect, Effect::None, "Meta refused it");
        }
    }
}

#[test]
fn a_text_beats_a_code_that_says_little() {
    let words = "(#1) Your WhatsApp Business Account doesn't have a payment method set up.";
    for code in [
        None,
        Some(1),
        Some(10),
        Some(100),
        Some(200),
        Some(131_000),
        Some(131_009),
        Some(987_654),
    ] {
        assert_eq!(
            reason(&envelope(code, None, "", words)),
            Reason::PaymentMethodMissing,
            "{code:?}"
        );
    }
}

#[test]
fn the_sentence_that_names_a_missing_permission_decides_nothing_else() {
    let words = "(#200) You lack the permission to set up a payment method";
    assert_eq!(
        reason(&envelope(Some(200), None, "", words)),
        Reason::PermissionMissing
    );
}

#[test]
fn a_refused_read_says_nothing_of_the_number() {
    let words = "(#100) The parameter partner_ids is required for SMB accounts";
    let read = envelope(Some(100), None, "", words);
    assert_eq!(
        fault(read.clone(), false, None).reason,
        Reason::InvalidRequest
    );
    assert_eq!(fault(read, true, None).reason, Reason::NumberOnBusinessApp);
}

#[test]
fn a_code_of_a_country_is_no_verification_code() {
    for words in [
        "(#100) Invalid country code",
        "(#100) Too many values for code_method",
    ] {
        assert_eq!(
            reason(&envelope(Some(100), None, "", words)),
            Reason::InvalidRequest,
            "{words}"
        );
    }
    let words = "The verification code is incorrect";
    assert_eq!(
        reason(&envelope(Some(100), None, "", words)),
        Reason::CodeRejected
    );
}

#[test]
fn an_unknown_error_is_retried_if_meta_calls_it_transient() {
    let unknown = |transient| {
        let mut unknown = envelope(Some(987_654), None, "", "(#987654) New");
        unknown.error.is_transient = transient;
        fault(unknown, true, None)
    };
    assert_eq!(unknown(Some(true)).disposition, Disposition::Retry);
    for transient in [None, Some(false)] {
        assert_eq!(unknown(transient).disposition, Disposition::Ask);
        assert_eq!(
            (unknown(transient).reason, unknown(transient).effect),
            (Reason::UnknownGraphError, Effect::Unknown)
        );
    }
}

#[test]
fn waiting_an_hour_helps_only_where_meta_marks_the_error_as_transient() {
    for subcode in [None, Some(2_388_091)] {
        let said = |transient| {
            let words = "Code request failed: Our servers are temporarily unavailable. Please wait 1 hour before trying again.";
            let mut said = envelope(Some(136_024), subcode, "Request code error", words);
            said.error.is_transient = transient;
            fault(said, true, None)
        };
        for transient in [None, Some(false)] {
            assert_eq!(said(transient).reason, Reason::CodeSendingUnavailable);
            assert_eq!(said(transient).disposition, Disposition::Ask);
        }
        assert_eq!(said(Some(true)).reason, Reason::GraphUnavailable);
        assert_eq!(
            said(Some(true)).retry_after,
            Some(SignedDuration::from_hours(1))
        );
    }
}

#[test]
fn the_name_on_a_certificate_is_the_destinations_to_edit() {
    let words =
        "Your display name could not be processed. Please edit your display name and try again.";
    let name = |subcode| {
        fault(
            envelope(Some(100), subcode, "Cannot Create Certificate", words),
            true,
            None,
        )
    };
    for subcode in [Some(2_388_001), None] {
        assert_eq!(name(subcode).reason, Reason::DisplayNameNotApproved);
        assert_eq!(name(subcode).remedies, [Remedy::EditDisplayName]);
    }
    let moving = fault(envelope(Some(100), Some(2_388_103), "", words), true, None);
    assert_eq!(moving.remedies, [Remedy::GetDisplayNameApproved]);
}

#[test]
fn an_invalid_parameter_is_permanent_whatever_the_status() {
    let mut odd = envelope(
        Some(100),
        None,
        "",
        "The ids query parameter is deprecated in v26.0+.",
    );
    odd.error.http_status = 500;
    assert_eq!(reason(&odd), Reason::InvalidRequest);
}

#[test]
fn an_error_without_a_code_and_status_5xx_is_that_of_a_proxy() {
    let mut of_a_proxy = envelope(None, None, "", "bad gateway");
    assert_eq!(reason(&of_a_proxy), Reason::UnknownGraphError);
    of_a_proxy.error.http_status = 502;
    assert_eq!(reason(&of_a_proxy), Reason::GraphUnavailable);
    assert_eq!(
        fault(of_a_proxy, true, None).effect,
        Effect::Unknown,
        "Meta may have done it all the same"
    );
}

/// The page names them: here they are counted.
#[test]
fn the_page_of_faults_says_how_many_rows_there_are() {
    let page = include_str!("../../../../docs/faults.md");
    let (codes, phrases) = (tables().count(), phrases::rows());
    let sentence = format!("{codes} rows of codes and subcodes and {phrases} rows of phrases");
    let words: Vec<&str> = page.split_whitespace().collect();
    assert!(
        words.join(" ").contains(&sentence),
        "docs/faults.md should say: {sentence}"
    );
}

#[test]
fn no_row_is_hidden_by_one_before_it() {
    for table in [LIMITS, REGISTERING, SUBCODES, CODES] {
        for (at, row) in table.iter().enumerate() {
            let hides =
                |before: &&CatalogueRow| before.saying.is_none() && before.is_of(row.numbers.0);
            let hidden = table.iter().take(at).find(hides);
            assert!(hidden.is_none(), "{row:?}");
        }
    }
}
