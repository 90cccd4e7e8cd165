use super::*;
use crate::{Machine, MigrationId, Principal, Start, TenantId};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn request() -> Request {
    let destination = "104996122399160".parse().unwrap();
    Request::new(
        "order-7".parse().unwrap(),
        "+12025550123".parse().unwrap(),
        destination,
    )
}

fn voice_in_portuguese() -> Defaults {
    Defaults {
        code_method: Some(CodeMethod::Voice),
        language: "pt_BR".parse().ok(),
        pin_source: Some(PinSource::Code),
    }
}

/// The migration that this request starts under these defaults.
fn started(request: Request, defaults: Defaults) -> Migration {
    let start = Start {
        id: MigrationId::from_uuid(uuid::Uuid::nil()),
        tenant: TenantId::default_tenant(),
        sandbox: false,
        trace_parent: None,
        defaults,
        request,
        secrets: Secrets::default(),
    };
    let by = Principal::anonymous();
    Machine::default().accept(start, &by, now()).0
}

#[test]
fn an_unset_field_gets_the_default_of_the_tenant_or_else_of_the_service() {
    let effective = request().effective(&Defaults::default());
    assert_eq!(effective.code_method, CodeMethod::Sms);
    assert_eq!(effective.language.as_str(), "en_US");
    assert_eq!(effective.pin_source, PinSource::Generated);
    let migration = started(request(), Defaults::default());
    let two_weeks = HOUR * (14 * 24);
    assert_eq!(migration.expires_at, now() + two_weeks);

    let effective = request().effective(&voice_in_portuguese());
    assert_eq!(effective.code_method, CodeMethod::Voice);
    assert_eq!(effective.language.as_str(), "pt_BR");
    assert_eq!(effective.pin_source, PinSource::Code);

    let explicit = Request {
        code_method: Some(CodeMethod::Sms),
        language: "en_US".parse().ok(),
        pin_source: Some(PinSource::Generated),
        expires_after: Some(HOUR),
        ..request()
    };
    let migration = started(explicit, voice_in_portuguese());
    assert_eq!(migration.code_method, CodeMethod::Sms);
    assert_eq!(migration.language.as_str(), "en_US");
    assert_eq!(migration.pin_source, PinSource::Generated);
    assert_eq!(migration.expires_at, now() + HOUR);
}

#[test]
fn a_fixed_line_gets_its_code_by_voice_unless_tenant_or_request_set_a_method() {
    let method = |number: &str, asked, default| {
        let request = Request {
            phone_number: number.parse().unwrap(),
            code_method: asked,
            ..request()
        };
        let defaults = Defaults {
            code_method: default,
            ..Defaults::default()
        };
        request.effective(&defaults).code_method
    };
    let fixed = "+49 30 901820";
    assert_eq!(method(fixed, None, None), CodeMethod::Voice);
    assert_eq!(method("+55 11 3456-7890", None, None), CodeMethod::Voice);
    for other in ["+49 151 12345678", "+1 202 555 0123", "+52 55 4132 0000"] {
        assert_eq!(method(other, None, None), CodeMethod::Sms, "{other}");
    }
    assert_eq!(method(fixed, None, Some(CodeMethod::Sms)), CodeMethod::Sms);
    assert_eq!(method(fixed, Some(CodeMethod::Sms), None), CodeMethod::Sms);
}

#[test]
fn a_repeat_with_the_same_unset_fields_is_the_same_request_under_any_defaults() {
    let migration = started(request(), voice_in_portuguese());
    let provided = Defaults {
        pin_source: Some(PinSource::Provided),
        ..Defaults::default()
    };
    for defaults in [provided, voice_in_portuguese()] {
        assert!(request().differing(&defaults, &migration).is_empty());
    }
}

#[test]
fn a_field_that_one_request_left_unset_is_compared_by_the_effective_value() {
    let open = started(request(), voice_in_portuguese());
    let explicit = |code_method| Request {
        code_method: Some(code_method),
        ..request()
    };
    let none = Defaults::default();
    let differing = |request: &Request, defaults, migration| request.differing(defaults, migration);
    assert!(differing(&explicit(CodeMethod::Voice), &none, &open).is_empty());
    assert_eq!(
        differing(&explicit(CodeMethod::Sms), &none, &open),
        ["code_method"]
    );

    let voice = started(explicit(CodeMethod::Voice), none.clone());
    assert_eq!(differing(&request(), &none, &voice), ["code_method"]);
    let all_voice = Defaults {
        code_method: Some(CodeMethod::Voice),
        ..Defaults::default()
    };
    assert!(differing(&request(), &all_voice, &voice).is_empty());
}

#[test]
fn changes_by_resend_code_do_not_make_a_repeat_a_different_request() {
    let sms = Request {
        code_method: Some(CodeMethod::Sms),
        ..request()
    };
    let voice = Request {
        code_method: Some(CodeMethod::Voice),
        ..request()
    };
    let mut migration = started(sms.clone(), Defaults::default());
    migration.code_method = CodeMethod::Voice;
    assert!(sms.differing(&Defaults::default(), &migration).is_empty());
    let differing = voice.differing(&Defaults::default(), &migration);
    assert_eq!(differing, ["code_method"]);
}

#[test]
fn each_field_that_differs_is_named() {
    let migration = started(request(), Defaults::default());
    let other = Request {
        request_id: "order-8".parse().unwrap(),
        phone_number: "+12025550124".parse().unwrap(),
        destination: "204996122399160".parse().unwrap(),
        source: "304996122399160".parse().ok(),
        route: Route::AddedNumber,
        code_method: Some(CodeMethod::Voice),
        language: "pt_BR".parse().ok(),
        pin_source: Some(PinSource::Code),
        reference: "another".to_owned(),
        labels: [("team".to_owned(), "a".to_owned())].into(),
        cutover: Cutover::Hold,
        expires_after: Some(HOUR),
    };
    assert_eq!(
        other.differing(&Defaults::default(), &migration),
        [
            "request_id",
            "phone_number",
            "destination_waba_id",
            "source_waba_id",
            "route",
            "code_method",
            "language",
            "two_step_pin",
            "reference",
            "labels",
            "cutover",
            "expires_after",
        ]
    );
    let in_words = Request {
        expires_after: Some(HOUR * (14 * 24)),
        ..request()
    };
    assert!(
        in_words
            .differing(&Defaults::default(), &migration)
            .is_empty()
    );
}

#[test]
fn a_number_in_another_form_is_the_same_number() {
    let with = |number: &str| Request {
        phone_number: number.parse().unwrap(),
        ..request()
    };
    let migration = started(with("+52 1 55 4132 0000"), Defaults::default());
    let repeat = with("+52 55 4132 0000");
    assert!(
        repeat
            .differing(&Defaults::default(), &migration)
            .is_empty()
    );
}

#[test]
fn a_new_request_needs_a_token_a_pin_and_a_cutover_before_its_expiry() {
    let judge = |request: &Request, secrets: &Secrets, defaults: &Defaults, has_token| {
        let conditions = request.conditions(secrets);
        conditions.objections(defaults, has_token, now())
    };
    let with_token = Secrets {
        access_token: "token".parse().ok(),
        ..Secrets::default()
    };
    let (no_secrets, open) = (Secrets::default(), Defaults::default());
    assert!(judge(&request(), &with_token, &open, false).is_empty());
    assert!(judge(&request(), &no_secrets, &open, true).is_empty());
    let wants_pin = Defaults {
        pin_source: Some(PinSource::Provided),
        ..Defaults::default()
    };
    assert_eq!(
        judge(&request(), &no_secrets, &wants_pin, false),
        [Objection::TwoStepPinMissing, Objection::AccessTokenMissing]
    );
    let generated = Request {
        pin_source: Some(PinSource::Generated),
        ..request()
    };
    assert!(judge(&generated, &with_token, &wants_pin, false).is_empty());

    let at = |at| Request {
        cutover: Cutover::NotBefore(at),
        expires_after: Some(HOUR),
        ..request()
    };
    let second = SignedDuration::from_secs(1);
    for (cutover, objections) in [
        (now() - second, &[Objection::CutoverPassed][..]),
        (now(), &[Objection::CutoverPassed]),
        (now() + second, &[]),
        (now() + HOUR - second, &[]),
        (now() + HOUR, &[Objection::CutoverAfterExpiry]),
    ] {
        assert_eq!(
            judge(&at(cutover), &with_token, &open, false),
            objections,
            "{cutover}"
        );
    }
}
