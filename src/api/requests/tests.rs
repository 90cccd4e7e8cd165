//! Invalid Migrate requests are refused, and the violation names the field.

mod others;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::api::Error;
use crate::proto::v1::{self, cutover::When};
use domain::tenancy::Defaults;
use domain::{CodeMethod, Cutover, PinSource, Request, Route};

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

/// The fields with violations.
fn refused<T: std::fmt::Debug>(read: Result<T, Error>) -> Vec<String> {
    match read {
        Err(Error::Fields(violations)) => violations
            .into_iter()
            .map(|violation| violation.field)
            .collect(),
        other => panic!("not refused for its fields: {other:?}"),
    }
}

/// Reads a new request of a tenant with these defaults, as the service does.
fn read(
    message: &v1::MigrateRequest,
    defaults: &Defaults,
    has_access_token: bool,
) -> Result<NewMigration, Error> {
    let read = NewMigration::read(message);
    let (conditions, mut violations) = match &read {
        Ok(new) => (new.request.conditions(&new.secrets), Vec::new()),
        Err(rejected) => (rejected.conditions, rejected.violations.clone()),
    };
    let objections = conditions.objections(defaults, has_access_token, now());
    violations.extend(objections.into_iter().map(violation));
    match read {
        Ok(new) if violations.is_empty() => Ok(new),
        _ => Err(Error::Fields(violations)),
    }
}

/// Reads a new request of a tenant without defaults and token.
fn read_plain(message: &v1::MigrateRequest) -> Result<NewMigration, Error> {
    read(message, &Defaults::default(), false)
}

#[track_caller]
fn assert_refused(field: &str, change: impl FnOnce(&mut v1::MigrateRequest)) {
    let mut message = message();
    change(&mut message);
    assert_eq!(refused(read_plain(&message)), [field]);
}

#[test]
fn unset_fields_stay_unset() {
    let NewMigration {
        request,
        secrets,
        wait,
    } = read_plain(&message()).unwrap();
    assert_eq!(request.phone_number.to_string(), "+12025550123");
    assert_eq!(request.route, Route::Otp);
    assert_eq!(request.cutover, Cutover::Immediate);
    let Request {
        code_method,
        language,
        pin_source,
        expires_after,
        ..
    } = &request;
    assert_eq!(
        (code_method, language, pin_source, expires_after),
        (&None, &None, &None, &None)
    );
    assert_eq!(wait.as_secs(), 10);
    assert!(secrets.access_token.is_some() && secrets.two_step_pin.is_none());
}

#[test]
fn set_fields_are_kept_as_sent() {
    let sent = v1::MigrateRequest {
        code_method: v1::CodeMethod::Sms.into(),
        language: "pt_BR".to_owned(),
        two_step_pin_source: v1::TwoStepPinSource::Generated.into(),
        expires_after: Some(seconds(3600)),
        ..message()
    };
    let request = read_plain(&sent).unwrap().request;
    assert_eq!(request.code_method, Some(CodeMethod::Sms));
    assert_eq!(request.language, "pt_BR".parse().ok());
    assert_eq!(request.pin_source, Some(PinSource::Generated));
    assert_eq!(request.expires_after, Some(SignedDuration::from_hours(1)));
    let provided = v1::MigrateRequest {
        two_step_pin: "482913".to_owned(),
        ..message()
    };
    let new = read_plain(&provided).unwrap();
    assert_eq!(new.request.pin_source, Some(PinSource::Provided));
    assert_eq!(new.secrets.two_step_pin, "482913".parse().ok());
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

#[test]
fn a_number_is_read_in_every_form_and_the_reading_is_kept() {
    let mut message = message();
    message.phone_number = "5215541320000".to_owned();
    let accepted = read_plain(&message).unwrap();
    assert_eq!(accepted.request.phone_number.to_string(), "+525541320000");
    let reading = accepted.request.phone_number.reading().unwrap();
    assert!(
        reading.starts_with("read as +52 55 4132 0000: "),
        "{reading}"
    );
}

#[test]
fn a_refused_number_is_shown_as_it_was_read() {
    let mut message = message();
    message.phone_number = "+225 6812345".to_owned();
    let Err(Error::Fields(violations)) = read_plain(&message) else {
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
fn an_unknown_enum_value_is_refused() {
    for bad in [-1, 3, 99] {
        assert_refused("route", |m| m.route = bad);
        assert_refused("code_method", |m| m.code_method = bad);
    }
    assert_refused("language", |m| m.language = "klingon".to_owned());
}

#[test]
fn bad_secrets_are_refused_and_not_repeated() {
    assert_refused("access_token", |m| m.access_token = "two words".to_owned());
    for bad in ["12345", "12345a"] {
        assert_refused("two_step_pin", |m| {
            bad.clone_into(&mut m.two_step_pin);
        });
    }
    let bad = v1::MigrateRequest {
        two_step_pin: "91827364".to_owned(),
        access_token: "canary token".to_owned(),
        ..message()
    };
    let printed = format!("{:?}", read_plain(&bad));
    assert!(
        !printed.contains("91827364") && !printed.contains("canary"),
        "{printed}"
    );
}

#[test]
fn a_token_may_be_left_out_where_one_is_configured() {
    let mut message = message();
    message.access_token.clear();
    let accepted = read(&message, &Defaults::default(), true).unwrap();
    assert!(accepted.secrets.access_token.is_none());
}

#[test]
fn objections_of_the_tenant_are_reported_with_the_other_violations() {
    let defaults = Defaults {
        pin_source: Some(PinSource::Provided),
        ..Defaults::default()
    };
    let mut message = message();
    message.access_token.clear();
    assert_eq!(
        refused(read(&message, &defaults, false)),
        ["two_step_pin", "access_token"]
    );
    message.request_id.clear();
    assert_eq!(
        refused(read(&message, &defaults, false)),
        ["request_id", "two_step_pin", "access_token"]
    );
}

#[test]
fn durations_have_limits() {
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
    assert!(read_plain(&fits).unwrap().wait.is_zero());
}

#[test]
fn an_invalid_cutover_is_refused() {
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
fn a_cutover_in_the_past_is_reported_with_the_other_violations() {
    let late = v1::MigrateRequest {
        cutover: Some(cutover(at(now()))),
        ..message()
    };
    assert_eq!(refused(read_plain(&late)), ["cutover.not_before"]);
    let also_blank = v1::MigrateRequest {
        request_id: String::new(),
        ..late
    };
    assert_eq!(
        refused(read_plain(&also_blank)),
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
fn all_violations_are_reported_at_once() {
    let bad = v1::MigrateRequest {
        route: 9,
        wait: Some(seconds(99)),
        ..v1::MigrateRequest::default()
    };
    assert_eq!(
        refused(read_plain(&bad)),
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
