//! Bad input: each gets its code and reason, names the field and the mend, and changes nothing.

use tonic::{Code, Status};
use waba_migrator::proto::v1::{
    CancelRequest, GetStatusRequest, ListMigrationsRequest, MigrateRequest, Migration,
    ResendCodeRequest, State, migrate_request,
};

use super::stack::{Stack, refusal};

const NUMBER: &str = "+12025550100";

/// The fields that a refusal of `request` names, and that it changed nothing.
async fn fields(stack: &Stack, edit: impl FnOnce(&mut MigrateRequest)) -> Vec<(String, String)> {
    let (code, reason, details) = refusal(stack.migrate_with(NUMBER, edit).await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::InvalidArgument, "INVALID_FIELDS")
    );
    let listed = stack
        .client
        .clone()
        .list_migrations(ListMigrationsRequest::default())
        .await
        .unwrap();
    assert!(
        listed.into_inner().migrations.is_empty(),
        "nothing was started"
    );
    assert!(stack.sandbox.ledger().is_empty(), "nothing was done");
    let violations = &details.bad_request().unwrap().field_violations;
    violations
        .iter()
        .map(|violation| (violation.field.clone(), violation.description.clone()))
        .collect()
}

/// The one field that a refusal names, with the mend.
async fn field(stack: &Stack, edit: impl FnOnce(&mut MigrateRequest)) -> (String, String) {
    let mut named = fields(stack, edit).await;
    assert_eq!(named.len(), 1, "{named:?}");
    named.remove(0)
}

#[tokio::test]
async fn a_request_id_must_be_there() {
    let stack = Stack::start().await;
    for id in ["", "   "] {
        let (field, mend) = field(&stack, |request| request.request_id = id.to_owned()).await;
        assert_eq!(field, "request_id");
        assert!(mend.contains("not blank"), "{mend}");
    }
}

#[tokio::test]
async fn a_phone_number_must_be_one() {
    let stack = Stack::start().await;
    for (number, mend) in [
        ("hello", "E.164"),
        ("2025550123", "E.164"),
        ("+1 202 555", "too short"),
        ("+1 800 FLOWERS", "digits only"),
        ("+999 1234 5678", "country calling code"),
        ("", "E.164"),
    ] {
        let (field, told) = field(&stack, |request| request.phone_number = number.to_owned()).await;
        assert_eq!(field, "phone_number");
        assert!(told.contains(mend), "{number}: {told}");
    }
}

#[tokio::test]
async fn an_account_id_must_be_digits() {
    let stack = Stack::start().await;
    let (name, mend) = field(&stack, |request| {
        request.destination_waba_id = "10499a".to_owned();
    })
    .await;
    assert_eq!(name, "destination_waba_id");
    assert!(mend.contains("digits"), "{mend}");
    let (name, _) = field(&stack, |request| request.source_waba_id = "abc".to_owned()).await;
    assert_eq!(name, "source_waba_id");
}

#[tokio::test]
async fn a_language_and_a_method_must_be_known() {
    let stack = Stack::start().await;
    let (name, mend) = field(&stack, |request| request.language = "klingon".to_owned()).await;
    assert_eq!(name, "language");
    assert!(mend.contains("en_US"), "{mend}");
    let (name, _) = field(&stack, |request| request.code_method = 77).await;
    assert_eq!(name, "code_method");
}

#[tokio::test]
async fn wait_has_a_cap() {
    let stack = Stack::start().await;
    let too_long = prost_types::Duration {
        seconds: 61,
        nanos: 0,
    };
    let (name, mend) = field(&stack, |request| request.wait = Some(too_long)).await;
    assert_eq!(name, "wait");
    assert!(mend.contains("60"), "{mend}");
}

#[tokio::test]
async fn all_that_is_wrong_is_said_at_once() {
    let stack = Stack::start().await;
    let named = fields(&stack, |request| {
        *request = MigrateRequest {
            phone_number: "12".to_owned(),
            destination_waba_id: "x".to_owned(),
            language: "??".to_owned(),
            route: 99,
            two_step_pin: Some(migrate_request::TwoStepPin::Provided("12345".to_owned())),
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
        "provided",
        "request_id",
        "route",
    ];
    assert_eq!(refused, all);
    assert!(
        named.iter().all(|(_, mend)| !mend.contains("12345")),
        "a secret is not repeated"
    );
}

#[tokio::test]
async fn the_same_request_id_with_other_content_is_refused() {
    let stack = Stack::start().await;
    let first = stack.migrate(NUMBER).await;
    let other = stack
        .migrate_with("+12025550190", |request| {
            request.request_id = first.request_id.clone();
        })
        .await;
    let (code, reason, _) = refusal(other);
    assert_eq!(
        (code, reason.as_str()),
        (Code::AlreadyExists, "REQUEST_ID_REUSED")
    );
    assert_eq!(stack.status(&first.id).await, first, "nothing was changed");
}

#[tokio::test]
async fn a_second_live_migration_of_one_number_is_refused_by_name() {
    let stack = Stack::start().await;
    let first = stack.migrate(NUMBER).await;
    let second = stack
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
    let stack = Stack::start().await;
    let get = |id: String| async {
        stack
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

/// A refusal that changed nothing of the migration.
async fn refused_without_change<T: std::fmt::Debug>(
    stack: &Stack,
    before: &Migration,
    result: Result<T, Status>,
) -> (Code, String) {
    let (code, reason, _) = refusal(result);
    assert_eq!(&stack.status(&before.id).await, before);
    (code, reason)
}

#[tokio::test]
async fn a_code_of_five_digits_is_not_handed_in() {
    let stack = Stack::start().await;
    let waiting = stack.migrate(NUMBER).await;
    let refused =
        refused_without_change(&stack, &waiting, stack.submit(&waiting.id, "12345").await).await;
    assert_eq!(
        refused,
        (Code::InvalidArgument, "INVALID_FIELDS".to_owned())
    );
}

#[tokio::test]
async fn a_code_is_taken_once() {
    let stack = Stack::start().await;
    let waiting = stack.migrate(NUMBER).await;
    let code = stack.code(NUMBER).unwrap();
    let moved = stack.submit(&waiting.id, &code).await.unwrap();
    assert_eq!(moved.state(), State::Succeeded);
    let refused =
        refused_without_change(&stack, &moved, stack.submit(&waiting.id, &code).await).await;
    assert_eq!(
        refused,
        (Code::FailedPrecondition, "CODE_NOT_AWAITED".to_owned())
    );
}

#[tokio::test]
async fn nothing_is_canceled_after_register() {
    let stack = Stack::start().await;
    // Registered, and not shown as connected yet.
    let number = "+12025550165";
    let waiting = stack.migrate(number).await;
    let confirming = {
        let request = waba_migrator::proto::v1::SubmitCodeRequest {
            migration_id: waiting.id.clone(),
            code: stack.code(number).unwrap(),
            wait: Some(prost_types::Duration::default()),
        };
        stack.client.clone().submit_code(request).await.unwrap();
        stack
            .until(&waiting.id, |found| {
                found.step() == waba_migrator::proto::v1::Step::Confirm
            })
            .await
    };
    let request = CancelRequest {
        migration_id: confirming.id.clone(),
        wait: None,
    };
    let (code, reason, details) = refusal(stack.client.clone().cancel(request).await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::FailedPrecondition, "POINT_OF_NO_RETURN_PASSED")
    );
    assert!(details.precondition_failure().is_some());
    assert!(!matches!(
        stack.status(&confirming.id).await.state(),
        State::Canceled
    ));
}

#[tokio::test]
async fn a_code_is_not_requested_again_within_its_cooldown() {
    let stack = Stack::with(&[("code.cooldown", "1m")]).await;
    let waiting = stack.migrate(NUMBER).await;
    let request = ResendCodeRequest {
        migration_id: waiting.id.clone(),
        ..ResendCodeRequest::default()
    };
    let (code, reason, details) = refusal(stack.client.clone().resend_code(request).await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::ResourceExhausted, "CODE_COOLDOWN")
    );
    let wait = details.retry_info().unwrap().retry_delay.unwrap();
    assert!(wait.as_secs() <= 60 && wait.as_secs() > 50, "{wait:?}");
    assert_eq!(
        stack.sandbox.messages("12025550100").len(),
        1,
        "no second code was sent"
    );
}

#[tokio::test]
async fn codes_are_requested_within_their_budget() {
    let stack = Stack::with(&[("code.requests", "2")]).await;
    let waiting = stack.migrate(NUMBER).await;
    let method = waba_migrator::proto::v1::CodeMethod::Voice;
    stack.resend(&waiting.id, method).await.unwrap();
    let (code, reason, details) = refusal(stack.resend(&waiting.id, method).await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::ResourceExhausted, "CODE_REQUESTS_SPENT")
    );
    assert!(details.quota_failure().is_some() && details.retry_info().is_some());
}

#[tokio::test]
async fn a_message_over_the_limit_is_refused() {
    let stack = Stack::start().await;
    let (code, reason, _) = refusal(
        stack
            .migrate_with(NUMBER, |request| request.reference = "x".repeat(200_000))
            .await,
    );
    assert_eq!(
        (code, reason.as_str()),
        (Code::ResourceExhausted, "MESSAGE_TOO_LARGE")
    );
    assert!(stack.sandbox.ledger().is_empty());
}
