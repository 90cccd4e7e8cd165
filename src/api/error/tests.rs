//! The status of each error.

use std::sync::Arc;

use jiff::SignedDuration;
use tonic::Code;
use tonic_types::StatusExt as _;
use uuid::Uuid;

use super::*;
use crate::api::DOMAIN;
use domain::{GraphCall, GraphError, Limit, Reason as FaultReason, Step};

fn id() -> MigrationId {
    MigrationId::from_uuid(Uuid::from_u128(7))
}

fn budget() -> Budget {
    Budget {
        call: GraphCall::RequestCode,
        used: 5,
        limit: Limit {
            calls: 5,
            window: SignedDuration::from_hours(24),
            cooldown: SignedDuration::ZERO,
        },
        next_allowed_at: Some(Timestamp::UNIX_EPOCH + SignedDuration::from_secs(43)),
        cooling_down: false,
    }
}

fn status(error: engine::Error) -> Status {
    Status::from(Error::Engine {
        error,
        id: Some(id()),
        now: Timestamp::UNIX_EPOCH,
    })
}

fn reason_named(name: &str) -> Reason {
    let mut all = Reason::ALL.iter();
    *all.find(|reason| reason.as_str() == name).unwrap()
}

fn reason_of(status: &Status) -> String {
    let info = status.get_details_error_info().expect("an ErrorInfo");
    assert_eq!(info.domain, DOMAIN);
    info.reason
}

#[test]
fn every_invalid_field_has_its_violation() {
    let violations = vec![
        FieldViolation::new("phone_number", "is too short"),
        FieldViolation::new("wait", "must be 0 to 60 seconds"),
    ];
    let status = Status::from(Error::Fields(violations));
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(reason_of(&status), "INVALID_FIELDS");
    assert_eq!(
        status.message(),
        "phone_number is too short (and 1 more field: wait)"
    );
    let reported = status.get_details_bad_request().unwrap().field_violations;
    let reported: Vec<(&str, &str)> = reported
        .iter()
        .map(|it| (it.field.as_str(), it.description.as_str()))
        .collect();
    assert_eq!(
        reported,
        [
            ("phone_number", "is too short"),
            ("wait", "must be 0 to 60 seconds")
        ]
    );
}

#[test]
fn a_refusal_by_state_says_which_state() {
    for (refusal, reason) in [
        (
            CommandError::CodeNotAwaited {
                state: State::Running,
                step: Step::Check,
            },
            "CODE_NOT_AWAITED",
        ),
        (
            CommandError::NothingToResume {
                state: State::Running,
                step: Step::Check,
            },
            "NOTHING_TO_RESUME",
        ),
        (
            CommandError::PointOfNoReturnPassed,
            "POINT_OF_NO_RETURN_PASSED",
        ),
        (
            CommandError::Ended {
                state: State::Running,
            },
            "MIGRATION_ENDED",
        ),
        (CommandError::TwoStepPinNotSet, "TWO_STEP_PIN_NOT_SET"),
        (CommandError::TwoStepPinRemoved, "TWO_STEP_PIN_REMOVED"),
        (
            CommandError::NotEnded {
                state: State::Running,
            },
            "MIGRATION_NOT_ENDED",
        ),
    ] {
        let status = status(engine::Error::Refused {
            refusal,
            state: State::Running,
        });
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert_eq!(reason_of(&status), reason);
        let details = status.get_error_details();
        let metadata = &details.error_info().unwrap().metadata;
        assert_eq!(metadata["state"], "RUNNING");
        assert_eq!(metadata["migration_id"], id().to_string());
        assert_eq!(details.precondition_failure().unwrap().violations.len(), 1);
        let conflict = [409, 410].contains(&reason_named(reason).http().as_u16());
        assert!(conflict, "{reason}");
        let sentences = status.message().matches(". ").count();
        let what_to_do = reason_named(reason).action();
        assert!(
            status.message().ends_with(what_to_do) && sentences > 0,
            "{status:?}"
        );
    }
}

#[test]
fn a_refusal_by_budget_says_when_to_retry() {
    for (refusal, reason, message) in [
        (
            CommandError::CodeChecksSpent(budget()),
            "CODE_CHECKS_SPENT",
            "Too many wrong codes. The next attempt is allowed at 1970-01-01 00:00:43 UTC.",
        ),
        (
            CommandError::CodeCooldown(budget()),
            "CODE_COOLDOWN",
            "A code was requested a moment ago. The next one can be requested at 1970-01-01 00:00:43 UTC.",
        ),
        (
            CommandError::CodeRequestsSpent(budget()),
            "CODE_REQUESTS_SPENT",
            "Too many codes were requested. The next one can be requested at 1970-01-01 00:00:43 UTC.",
        ),
    ] {
        let status = status(engine::Error::Refused {
            refusal,
            state: State::WaitingForCode,
        });
        assert_eq!(status.code(), Code::ResourceExhausted);
        assert_eq!(reason_of(&status), reason);
        assert_eq!(status.message(), message);
        let details = status.get_error_details();
        let delay = details.retry_info().unwrap().retry_delay.unwrap();
        assert_eq!(delay, Duration::from_secs(43));
        let quota = &details.quota_failure().unwrap().violations[0];
        assert_eq!(quota.subject, id().to_string());
        assert_eq!(
            quota.description,
            "5 of 5 REQUEST_CODE calls were made within 24h"
        );
    }
}

#[test]
fn a_time_in_a_message_is_never_too_early() {
    let now = Timestamp::UNIX_EPOCH;
    let written = |seconds, nanos| utc(now + SignedDuration::new(seconds, nanos), now);
    assert_eq!(written(59, 1), "1970-01-01 00:01:00 UTC");
    assert_eq!(written(600, 0), "1970-01-01 00:10:00 UTC");
    assert_eq!(written(601, 0), "1970-01-01 00:11 UTC");
    assert_eq!(written(86_399, 0), "1970-01-02 00:00 UTC");
}

#[test]
fn a_conflict_names_the_other_migration() {
    for (error, reason) in [
        (engine::Error::NumberBusy(id()), "MIGRATION_IN_PROGRESS"),
        (
            engine::Error::RequestIdReused {
                id: id(),
                differing: vec!["phone_number", "labels"],
            },
            "REQUEST_ID_REUSED",
        ),
    ] {
        let status = status(error);
        assert_eq!(status.code(), Code::AlreadyExists);
        assert_eq!(reason_of(&status), reason);
        let details = status.get_error_details();
        assert_eq!(
            details.resource_info().unwrap().resource_name,
            id().to_string()
        );
        let metadata = &details.error_info().unwrap().metadata;
        assert_eq!(metadata["migration_id"], id().to_string());
        let fields = metadata.get("fields").map(String::as_str);
        assert!(matches!(fields, None | Some("phone_number,labels")));
    }
}

#[test]
fn internal_error_text_never_leaves() {
    let source = || Arc::new(std::io::Error::other("canary: /var/lib/db is full"));
    for (error, code, reason) in [
        (
            store::Error::Unavailable("canary", source()),
            Code::Unavailable,
            "STORE_UNAVAILABLE",
        ),
        (
            store::Error::ReadOnly("canary", source()),
            Code::Unavailable,
            "STORE_UNAVAILABLE",
        ),
        (
            store::Error::Denied("canary", source()),
            Code::Unavailable,
            "STORE_UNAVAILABLE",
        ),
        (
            store::Error::Damaged("canary", source()),
            Code::Unavailable,
            "STORE_UNAVAILABLE",
        ),
        (
            store::Error::Busy("canary"),
            Code::Unavailable,
            "STORE_UNAVAILABLE",
        ),
        (store::Error::Closed, Code::Unavailable, "STORE_UNAVAILABLE"),
        (store::Error::Refused(source()), Code::Internal, "INTERNAL"),
        (
            store::Error::Inconsistent("canary"),
            Code::Internal,
            "INTERNAL",
        ),
    ] {
        let status = status(error.into());
        assert_eq!(status.code(), code);
        assert_eq!(reason_of(&status), reason);
        assert_eq!(
            status.get_details_retry_info().is_some(),
            code == Code::Unavailable
        );
        assert!(!format!("{status:?}").contains("canary"), "{status:?}");
    }
}

#[test]
fn an_error_of_meta_is_reported_without_its_text() {
    let fault = Fault::of(FaultReason::AccountRateLimited)
        .with_retry_after(Some(SignedDuration::from_mins(5)))
        .with_graph_error(GraphError {
            message: "canary".to_owned(),
            fbtrace_id: Some("Az8or2yhqkZfEZ-_4Qn_Bam".to_owned()),
            ..GraphError::default()
        });
    let status = status(engine::Error::Graph(Box::new(fault)));
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(reason_of(&status), "GRAPH_UNAVAILABLE");
    let details = status.get_error_details();
    assert_eq!(
        details.retry_info().unwrap().retry_delay,
        Some(Duration::from_mins(5))
    );
    let metadata = &details.error_info().unwrap().metadata;
    assert_eq!(metadata["fault"], "ACCOUNT_RATE_LIMITED");
    assert_eq!(metadata["fbtrace_id"], "Az8or2yhqkZfEZ-_4Qn_Bam");
    assert!(!format!("{status:?}").contains("canary"));
}

#[test]
fn an_unknown_migration_and_a_shutdown_have_their_reasons() {
    let missing = status(engine::Error::NotFound);
    assert_eq!(
        (missing.code(), reason_of(&missing).as_str()),
        (Code::NotFound, "MIGRATION_NOT_FOUND")
    );
    let stopping = status(engine::Error::ShuttingDown);
    assert_eq!(
        (stopping.code(), reason_of(&stopping).as_str()),
        (Code::Unavailable, "SHUTTING_DOWN")
    );
    assert!(stopping.get_details_retry_info().is_some());
}
