//! Each kind of bad input to Migrate is refused, and the violation names the field.

mod others;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::api::Error;
use crate::engine::Terms;
use crate::proto::v1::{self, cutover::When, migrate_request::TwoStepPin};
use domain::{CodeMethod, Cutover, Language, LeftOpen, PinSource, Route};

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn seconds(seconds: i64) -> prost_types::Duration {
    prost_types::Duration { seconds, nanos: 0 }
}

fn cutover(when: When) -> v1::Cutover {
    v1::Cutover { when: Some(when) }
}

fn at(when: Timestamp) -> When {
    When::NotBefore(prost_types::Timestamp {
        seconds: when.as_second(),
        nanos: 0,
    })
}

fn message() -> v1::MigrateRequest {
    v1::MigrateRequest {
        request_id: "order-7".to_owned(),
        phone_number: "+1 (202) 555-0123".to_owned(),
        destination_waba_id: "104996122399160".to_owned(),
        access_token: "EAAB-token".to_owned(),
        ..v1::MigrateRequest::default()
    }
}

/// The fields that the request is refused for.
fn refused<T: std::fmt::Debug>(read: Result<T, Error>) -> Vec<String> {
    match read {
        Err(Error::Fields(violations)) => violations
            .into_iter()
            .map(|violation| violation.field)
            .collect(),
        other => panic!("not refused for its fields: {other:?}"),
    }
}

/// What holds for a tenant that says nothing itself.
fn terms(has_access_token: bool) -> Terms {
    Terms {
        has_access_token,
        code_method: None,
        language: Language::default(),
        pin_source: PinSource::Generated,
    }
}

#[track_caller]
fn assert_refused(field: &str, change: impl FnOnce(&mut v1::MigrateRequest)) {
    let mut message = message();
    change(&mut message);
    assert_eq!(
        refused(Asked::read(&message, &terms(false), now())),
        [field]
    );
}

#[test]
fn what_is_left_out_gets_its_default() {
    let asked = Asked::read(&message(), &terms(false), now()).unwrap();
    assert_eq!(asked.request.phone_number.to_string(), "+12025550123");
    assert_eq!(asked.request.route, Route::Otp);
    assert_eq!(asked.request.language.as_str(), "en_US");
    assert_eq!(asked.request.pin_source, PinSource::Generated);
    assert_eq!(asked.request.cutover, Cutover::Immediate);
    assert_eq!(asked.expires_after, SignedDuration::from_hours(14 * 24));
    assert_eq!(asked.wait.as_secs(), 10);
    assert!(asked.secrets.access_token.is_some() && asked.secrets.two_step_pin.is_some());
}

#[test]
fn a_bad_request_id_is_refused() {
    for bad in ["", "   ", "a\nb", &"x".repeat(65)] {
        assert_refused("request_id", |m| m.request_id = bad.to_owned());
    }
}

#[test]
fn a_bad_number_is_refused() {
    for bad in [
        "",
        "hello",
        "2025550123",
        "+1 202 555",
        "+1 800 FLOWERS",
        "+999 12345678",
    ] {
        assert_refused("phone_number", |m| m.phone_number = bad.to_owned());
    }
}

/// A request that leaves the code method open, for this number, where the tenant has said this.
fn method(number: &str, of_tenant: Option<CodeMethod>) -> CodeMethod {
    let mut message = message();
    message.phone_number = number.to_owned();
    let terms = Terms {
        code_method: of_tenant,
        ..terms(false)
    };
    Asked::read(&message, &terms, now())
        .unwrap()
        .request
        .code_method
}

#[test]
fn a_fixed_line_gets_its_code_by_voice_where_nothing_else_is_said() {
    let fixed = "+49 30 901820";
    assert_eq!(method(fixed, None), CodeMethod::Voice);
    assert_eq!(method("+55 11 3456-7890", None), CodeMethod::Voice);
    for other in ["+49 151 12345678", "+1 202 555 0123", "+52 55 4132 0000"] {
        assert_eq!(method(other, None), CodeMethod::Sms, "{other}");
    }
    assert_eq!(method(fixed, Some(CodeMethod::Sms)), CodeMethod::Sms);
    let mut said = message();
    said.phone_number = fixed.to_owned();
    said.set_code_method(v1::CodeMethod::Sms);
    let asked = Asked::read(&said, &terms(false), now()).unwrap();
    assert_eq!(asked.request.code_method, CodeMethod::Sms);
}

#[test]
fn a_number_is_read_in_every_form_and_the_reading_is_kept() {
    let mut message = message();
    message.phone_number = "5215541320000".to_owned();
    let asked = Asked::read(&message, &terms(false), now()).unwrap();
    assert_eq!(asked.request.phone_number.to_string(), "+525541320000");
    let reading = asked.request.phone_number.reading().unwrap();
    assert!(
        reading.starts_with("read as +52 55 4132 0000: "),
        "{reading}"
    );
}

#[test]
fn a_refused_number_is_shown_as_it_was_read() {
    let mut message = message();
    message.phone_number = "+225 6812345".to_owned();
    let Err(Error::Fields(violations)) = Asked::read(&message, &terms(false), now()) else {
        panic!("it was not refused");
    };
    assert_eq!(violations[0].field, "phone_number");
    let refusal = &violations[0].description;
    assert!(
        refusal.contains("+225 6812345") && refusal.contains("numbers have 10"),
        "{refusal}"
    );
}

#[test]
fn a_bad_account_is_refused() {
    for bad in ["", "10499612239916a", "1"] {
        assert_refused("destination_waba_id", |m| {
            m.destination_waba_id = bad.to_owned();
        });
    }
    for bad in ["abc", "104996122399160"] {
        assert_refused("source_waba_id", |m| m.source_waba_id = bad.to_owned());
    }
}

#[test]
fn what_is_not_in_an_enum_is_refused() {
    for bad in [-1, 3, 99] {
        assert_refused("route", |m| m.route = bad);
        assert_refused("code_method", |m| m.code_method = bad);
    }
    assert_refused("language", |m| m.language = "klingon".to_owned());
}

#[test]
fn bad_secrets_are_refused_and_not_repeated() {
    assert_refused("access_token", |m| m.access_token = "two words".to_owned());
    for bad in ["", "12345", "12345a"] {
        assert_refused("provided", |m| {
            m.two_step_pin = Some(TwoStepPin::Provided(bad.to_owned()));
        });
    }
    let bad = v1::MigrateRequest {
        two_step_pin: Some(TwoStepPin::Provided("91827364".to_owned())),
        access_token: "canary token".to_owned(),
        ..message()
    };
    let printed = format!("{:?}", Asked::read(&bad, &terms(false), now()));
    assert!(
        !printed.contains("91827364") && !printed.contains("canary"),
        "{printed}"
    );
}

#[test]
fn a_token_may_be_left_out_where_one_is_configured() {
    let mut message = message();
    message.access_token.clear();
    let asked = Asked::read(&message, &terms(true), now()).unwrap();
    assert!(asked.secrets.access_token.is_none());
}

#[test]
fn what_is_left_out_is_what_holds_for_the_tenant() {
    let terms = Terms {
        code_method: Some(CodeMethod::Voice),
        language: "pt_BR".parse().unwrap(),
        pin_source: PinSource::Code,
        ..terms(true)
    };
    let asked = Asked::read(&message(), &terms, now()).unwrap();
    let request = &asked.request;
    assert_eq!(request.code_method, CodeMethod::Voice);
    assert_eq!(request.language.as_str(), "pt_BR");
    assert_eq!(request.pin_source, PinSource::Code);
    assert!(asked.secrets.two_step_pin.is_some());
    let all_open = LeftOpen {
        code_method: true,
        language: true,
        pin_source: true,
    };
    assert_eq!(request.left_open, all_open);
    let said = v1::MigrateRequest {
        code_method: v1::CodeMethod::Sms.into(),
        language: "en_US".to_owned(),
        two_step_pin: Some(TwoStepPin::Generate(v1::GeneratePin {})),
        ..message()
    };
    let asked = Asked::read(&said, &terms, now()).unwrap();
    assert_eq!(asked.request.code_method, CodeMethod::Sms);
    assert_eq!(asked.request.language.as_str(), "en_US");
    assert_eq!(asked.request.pin_source, PinSource::Generated);
    assert_eq!(asked.request.left_open, LeftOpen::default());
}

#[test]
fn what_the_tenant_lacks_is_wrong_only_with_a_new_request() {
    let terms = Terms {
        pin_source: PinSource::Provided,
        ..terms(false)
    };
    let mut message = message();
    message.access_token.clear();
    let asked = Asked::read(&message, &terms, now()).unwrap();
    assert_eq!(
        refused::<()>(Err(Error::Fields(asked.wrong_if_new))),
        ["two_step_pin", "access_token"]
    );
    message.request_id.clear();
    assert_eq!(
        refused(Asked::read(&message, &terms, now())),
        ["request_id", "two_step_pin", "access_token"]
    );
}

#[test]
fn spans_of_time_have_limits() {
    let odd = prost_types::Duration {
        seconds: 5,
        nanos: -1,
    };
    let over = prost_types::Duration {
        seconds: 60,
        nanos: 1,
    };
    for bad in [seconds(61), seconds(-1), over, odd] {
        assert_refused("wait", |m| m.wait = Some(bad));
    }
    for bad in [
        seconds(3599),
        seconds(90 * 86_400 + 1),
        seconds(i64::MIN),
        odd,
    ] {
        assert_refused("expires_after", |m| m.expires_after = Some(bad));
    }
    let fits = v1::MigrateRequest {
        wait: Some(seconds(0)),
        expires_after: Some(seconds(3600)),
        ..message()
    };
    assert!(
        Asked::read(&fits, &terms(false), now())
            .unwrap()
            .wait
            .is_zero()
    );
}

#[test]
fn a_cutover_must_say_something_that_can_come() {
    let beyond = now() + SignedDuration::from_hours(14 * 24);
    assert_refused("cutover.hold", |m| {
        m.cutover = Some(cutover(When::Hold(false)));
    });
    assert_refused("cutover", |m| m.cutover = Some(v1::Cutover { when: None }));
    assert_refused("cutover.not_before", |m| {
        m.cutover = Some(cutover(at(beyond)));
    });
    let year_zero = prost_types::Timestamp {
        seconds: i64::MIN,
        nanos: 0,
    };
    assert_refused("cutover.not_before", |m| {
        m.cutover = Some(cutover(When::NotBefore(year_zero)));
    });
}

#[test]
fn a_cutover_in_the_past_is_told_together_with_what_else_is_wrong() {
    let late = v1::MigrateRequest {
        cutover: Some(cutover(at(now()))),
        ..message()
    };
    let asked = Asked::read(&late, &terms(false), now()).unwrap();
    assert_eq!(
        refused::<()>(Err(Error::Fields(asked.wrong_if_new))),
        ["cutover.not_before"]
    );
    let also_blank = v1::MigrateRequest {
        request_id: String::new(),
        ..late
    };
    assert_eq!(
        refused(Asked::read(&also_blank, &terms(false), now())),
        ["request_id", "cutover.not_before"]
    );
}

#[test]
fn labels_and_the_reference_have_limits() {
    assert_refused("reference", |m| m.reference = "ä".repeat(129));
    assert_refused("labels", |m| {
        m.labels = (0..17).map(|n| (format!("k{n}"), String::new())).collect();
    });
    for (key, value, field) in [
        ("", "v", "labels[\"\"]"),
        ("Team", "v", "labels[\"Team\"]"),
        ("a\"b", "v", "labels[\"a\\\"b\"]"),
        ("team", "a\0b", "labels[\"team\"]"),
    ] {
        assert_refused(field, |m| {
            m.labels.insert(key.to_owned(), value.to_owned());
        });
    }
    assert_refused("labels[\"team\"]", |m| {
        m.labels.insert("team".to_owned(), "x".repeat(129));
    });
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let bad = v1::MigrateRequest {
        route: 9,
        wait: Some(seconds(99)),
        ..v1::MigrateRequest::default()
    };
    assert_eq!(
        refused(Asked::read(&bad, &terms(false), now())),
        [
            "request_id",
            "phone_number",
            "destination_waba_id",
            "route",
            "wait",
            "access_token"
        ]
    );
}
