//! Invalid input: the response has a code, a reason, the field and the remedy, and nothing changes.

use tonic::{Code, Status};
use waba_migrator::proto::v1::{
    CancelRequest, GetStatusRequest, ListMigrationsRequest, MigrateRequest, Migration,
    ResendCodeRequest, State,
};

use crate::support::service::{ServiceHarness, refusal};

const NUMBER: &str = "+12025550100";

/// The violations in the error for an edited request. Checks that nothing was started.
async fn fields(
    service: &ServiceHarness,
    edit: impl FnOnce(&mut MigrateRequest),
) -> Vec<(String, String)> {
    let (code, reason, details) = refusal(service.migrate_with(NUMBER, edit).await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::InvalidArgument, "INVALID_FIELDS")
    );
    let listed = service
        .client
        .clone()
        .list_migrations(ListMigrationsRequest::default())
        .await
        .unwrap();
    assert!(
        listed.into_inner().migrations.is_empty(),
        "nothing was started"
    );
    assert!(service.sandbox.ledger().is_empty(), "nothing was done");
    let violations = &details.bad_request().unwrap().field_violations;
    violations
        .iter()
        .map(|violation| (violation.field.clone(), violation.description.clone()))
        .collect()
}

/// The only violation: its field, and its description.
async fn field(
    service: &ServiceHarness,
    edit: impl FnOnce(&mut MigrateRequest),
) -> (String, String) {
    let mut named = fields(service, edit).await;
    assert_eq!(named.len(), 1, "{named:?}");
    named.remove(0)
}

#[tokio::test]
async fn a_request_id_is_required() {
    let service = ServiceHarness::start().await;
    for id in ["", "   "] {
        let (field, description) =
            field(&service, |request| request.request_id = id.to_owned()).await;
        assert_eq!(field, "request_id");
        assert!(description.contains("not blank"), "{description}");
    }
}

#[tokio::test]
async fn a_phone_number_must_be_valid() {
    let service = ServiceHarness::start().await;
    for (number, remedy) in [
        ("hello", "E.164"),
        ("2025550123", "E.164"),
        ("+1 202 555", "too short"),
        ("+1 800 FLOWERS", "digits only"),
        ("+999 1234 5678", "country calling code"),
        ("", "E.164"),
    ] {
        let (field, description) =
            field(&service, |request| request.phone_number = number.to_owned()).await;
        assert_eq!(field, "phone_number");
        assert!(description.contains(remedy), "{number}: {description}");
    }
}

#[tokio::test]
async fn an_account_id_must_be_digits() {
    let service = ServiceHarness::start().await;
    let (name, description) = field(&service, |request| {
        request.destination_waba_id = "10499a".to_owned();
    })
    .await;
    assert_eq!(name, "destination_waba_id");
    assert!(description.contains("digits"), "{description}");
    let (name, _) = field(&service, |request| {
        request.source_waba_id = "abc".to_owned();
    })
    .await;
    assert_eq!(name, "source_waba_id");
}

#[tokio::test]
async fn a_language_and_a_method_must_be_known() {
    let service = ServiceHarness::start().await;
    let (name, description) =
        field(&service, |request| request.language = "klingon".to_owned()).await;
    assert_eq!(name, "language");
    assert!(description.contains("en_US"), "{description}");
    let (name, _) = field(&service, |request| request.code_method = 77).await;
    assert_eq!(name, "code_method");
}

#[tokio::test]
async fn wait_has_a_cap() {
    let service = ServiceHarness::start().await;
    let too_long = prost_types::Duration {
        seconds: 61,
        nanos: 0,
    };
    let (name, description) = field(&service, |request| request.wait = Some(too_long)).await;
    assert_eq!(name, "wait");
    assert!(description.contains("60"), "{description}");
}

#[tokio::test]
async fn all_violations_are_returned_at_once() {
    let service = ServiceHarness::start().await;
    let named = fields(&service, |request| {
        *request = MigrateRequest {
            phone_number: "12".to_owned(),
            destination_waba_id: "x".to_owned(),
            language: "??".to_owned(),
            route: 99,
            two_step_pin: "12345".to_owned(),
            ..MigrateRequest::default()
        };
    })
    .await;
    let mut refused: Vec<_> = named.iter().map(|(field, _)| field.as_str()).collect();
    refused.sort_unstable();
    let all = [
        "destination_waba_id",
        "language",
        "phone_number",
        "request_id",
        "route",
        "two_step_pin",
    ];
    assert_eq!(refused, all);
    assert!(
        named
            .iter()
            .all(|(_, description)| !description.contains("12345")),
        "a secret is not repeated"
    );
}

#[tokio::test]
async fn the_same_request_id_with_other_content_is_refused() {
    let service = ServiceHarness::start().await;
    let first = service.migrate(NUMBER).await;
    let other = service
        .migrate_with("+12025550190", |request| {
            request.request_id = first.request_id.clone();
        })
        .await;
    let (code, reason, _) = refusal(other);
    assert_eq!(
        (code, reason.as_str()),
        (Code::AlreadyExists, "REQUEST_ID_REUSED")
    );
    assert_eq!(
        service.status(&first.id).await,
        first,
        "nothing was changed"
    );
}

#[tokio::test]
async fn a_second_live_migration_of_a_number_is_refused_with_the_id_of_the_first() {
    let service = ServiceHarness::start().await;
    let first = service.migrate(NUMBER).await;
    let second = service
        .migrate_with(NUMBER, |request| request.request_id = "another".to_owned())
        .await;
    let (code, reason, details) = refusal(second);
    assert_eq!(
        (code, reason.as_str()),
        (Code::AlreadyExists, "MIGRATION_IN_PROGRESS")
    );
    assert_eq!(
        details.error_info().unwrap().metadata.get("migration_id"),
        Some(&first.id)
    );
    assert!(details.resource_info().is_some());
}

#[tokio::test]
async fn an_unknown_migration_is_not_found_and_a_malformed_id_is_named() {
    let service = ServiceHarness::start().await;
    let get = |id: String| async {
        service
            .client
            .clone()
            .get_status(GetStatusRequest { migration_id: id })
            .await
    };
    let (code, reason, _) = refusal(get(format!("mig_{}", "0".repeat(32))).await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::NotFound, "MIGRATION_NOT_FOUND")
    );
    let (code, reason, details) = refusal(get("42".to_owned()).await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::InvalidArgument, "INVALID_FIELDS")
    );
    assert_eq!(
        details.bad_request().unwrap().field_violations[0].field,
        "migration_id"
    );
}

/// The code and reason of an error that did not change the migration.
async fn refused_without_change<T: std::fmt::Debug>(
    service: &ServiceHarness,
    before: &Migration,
    result: Result<T, Status>,
) -> (Code, String) {
    let (code, reason, _) = refusal(result);
    assert_eq!(&service.status(&before.id).await, before);
    (code, reason)
}

#[tokio::test]
async fn a_code_of_five_digits_is_not_submitted() {
    let service = ServiceHarness::start().await;
    let waiting = service.migrate(NUMBER).await;
    let refused = refused_without_change(
        &service,
        &waiting,
        service.submit(&waiting.id, "12345").await,
    )
    .await;
    assert_eq!(
        refused,
        (Code::InvalidArgument, "INVALID_FIELDS".to_owned())
    );
}

#[tokio::test]
async fn a_code_is_accepted_once() {
    let service = ServiceHarness::start().await;
    let waiting = service.migrate(NUMBER).await;
    let code = service.code(NUMBER).unwrap();
    let moved = service.submit(&waiting.id, &code).await.unwrap();
    assert_eq!(moved.state(), State::Succeeded);
    let refused =
        refused_without_change(&service, &moved, service.submit(&waiting.id, &code).await).await;
    assert_eq!(
        refused,
        (Code::FailedPrecondition, "CODE_NOT_AWAITED".to_owned())
    );
}

#[tokio::test]
async fn nothing_is_canceled_after_register() {
    let service = ServiceHarness::start().await;
    // Registered, but Meta does not report it as connected yet.
    let number = "+12025550165";
    let waiting = service.migrate(number).await;
    let confirming = {
        let request = waba_migrator::proto::v1::SubmitCodeRequest {
            migration_id: waiting.id.clone(),
            code: service.code(number).unwrap(),
            wait: Some(prost_types::Duration::default()),
        };
        service.client.clone().submit_code(request).await.unwrap();
        service
            .until(&waiting.id, |found| {
                found.step() == waba_migrator::proto::v1::Step::Confirm
            })
            .await
    };
    let request = CancelRequest {
        migration_id: confirming.id.clone(),
        wait: None,
    };
    let (code, reason, details) = refusal(service.client.clone().cancel(request).await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::FailedPrecondition, "POINT_OF_NO_RETURN_PASSED")
    );
    assert!(details.precondition_failure().is_some());
    assert!(!matches!(
        service.status(&confirming.id).await.state(),
        State::Canceled
    ));
}

#[tokio::test]
async fn a_code_is_not_requested_again_within_its_cooldown() {
    let service = ServiceHarness::with(&[("code.cooldown", "1m")]).await;
    let waiting = service.migrate(NUMBER).await;
    let request = ResendCodeRequest {
        migration_id: waiting.id.clone(),
        ..ResendCodeRequest::default()
    };
    let (code, reason, details) = refusal(service.client.clone().resend_code(request).await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::ResourceExhausted, "CODE_COOLDOWN")
    );
    let wait = details.retry_info().unwrap().retry_delay.unwrap();
    assert!(wait.as_secs() <= 60 && wait.as_secs() > 50, "{wait:?}");
    assert_eq!(
        service.sandbox.messages("12025550100").len(),
        1,
        "no second code was sent"
    );
}

#[tokio::test]
async fn codes_are_requested_within_their_budget() {
    let service = ServiceHarness::with(&[("code.requests", "2")]).await;
    let waiting = service.migrate(NUMBER).await;
    let method = waba_migrator::proto::v1::CodeMethod::Voice;
    service.resend(&waiting.id, method).await.unwrap();
    let (code, reason, details) = refusal(service.resend(&waiting.id, method).await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::ResourceExhausted, "CODE_REQUESTS_SPENT")
    );
    assert!(details.quota_failure().is_some() && details.retry_info().is_some());
}

#[tokio::test]
async fn a_message_over_the_limit_is_refused() {
    let service = ServiceHarness::start().await;
    let (code, reason, _) = refusal(
        service
            .migrate_with(NUMBER, |request| request.reference = "x".repeat(200_000))
            .await,
    );
    assert_eq!(
        (code, reason.as_str()),
        (Code::ResourceExhausted, "MESSAGE_TOO_LARGE")
    );
    assert!(service.sandbox.ledger().is_empty());
}
