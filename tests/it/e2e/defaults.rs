//! What a request leaves open is what its tenant says; and a repeat finds its migration, whatever the tenant says by then.

use domain::tenancy::{Defaults, MetaCredentials, Tenant};
use domain::{PinSource, TenantId};
use jiff::SignedDuration;
use tonic::Code;
use waba_migrator::crypto::Keyring;
use waba_migrator::proto::v1::{
    CodeMethod, Cutover, GeneratePin, MigrateRequest, cutover, migrate_request::TwoStepPin,
};
use waba_migrator::store::{Directory as _, Saved, Sqlite};

use super::stack::{Stack, refusal};

const ONE: &str = "+12025550100";
const OTHER: &str = "+12025550199";

/// The operator, who changes tenants beside the service.
async fn operator(stack: &Stack) -> Sqlite {
    let file = stack.folder.path().join("migrations.db");
    let url = format!("sqlite://{}", file.display());
    let keyring = Keyring::load(&Sqlite::key_file(&url).unwrap()).unwrap();
    Sqlite::open(&url, keyring).await.unwrap()
}

async fn change(operator: &Sqlite, edit: impl FnOnce(&mut Tenant)) {
    let id = TenantId::default_tenant();
    let mut its = operator.tenant(&id).await.unwrap().unwrap();
    edit(&mut its);
    let saved = operator.save_tenant(&its).await.unwrap();
    assert!(matches!(saved, Saved::Done { .. }));
}

#[tokio::test]
async fn a_repeat_finds_its_migration_though_its_tenant_has_changed() {
    let stack = Stack::with(&[
        ("engine.tenants_believed_for", "0s"),
        ("graph.access_token", ""),
    ])
    .await;
    let operator = operator(&stack).await;
    change(&operator, |its| {
        its.credentials.access_token = "token-of-the-tenant".parse().ok();
        its.defaults = Defaults {
            code_method: Some(domain::CodeMethod::Voice),
            language: "pt_BR".parse().ok(),
            pin_source: Some(PinSource::Code),
        };
    })
    .await;
    let first = stack.migrate(ONE).await;
    assert_eq!(first.code_method(), CodeMethod::Voice);
    assert_eq!(first.language, "pt_BR");
    let message = &stack.sandbox.messages("12025550100")[0];
    assert_eq!(serde_json::to_value(message).unwrap()["method"], "VOICE");

    // From now on the tenant has no token, and each request must bring a PIN.
    change(&operator, |its| {
        its.credentials = MetaCredentials::default();
        its.defaults = Defaults {
            pin_source: Some(PinSource::Provided),
            ..Defaults::default()
        };
    })
    .await;
    assert_eq!(stack.migrate(ONE).await.id, first.id);
    let same_in_words = stack.migrate_with(ONE, |request| {
        request.set_code_method(CodeMethod::Voice);
        request.language = "pt_BR".to_owned();
    });
    assert_eq!(same_in_words.await.unwrap().id, first.id);

    let other_in_words = stack.migrate_with(ONE, |request| {
        request.set_code_method(CodeMethod::Sms);
        request.two_step_pin = Some(TwoStepPin::Generate(GeneratePin {}));
    });
    let (code, reason, details) = refusal(other_in_words.await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::AlreadyExists, "REQUEST_ID_REUSED")
    );
    let fields = &details.error_info().unwrap().metadata["fields"];
    assert_eq!(fields, "code_method,two_step_pin");

    let (code, _, details) = refusal(stack.migrate_with(OTHER, |_| {}).await);
    assert_eq!(code, Code::InvalidArgument);
    let violations = &details.bad_request().unwrap().field_violations;
    let fields: Vec<&str> = violations.iter().map(|it| it.field.as_str()).collect();
    assert_eq!(fields, ["two_step_pin", "access_token"]);
}

#[tokio::test]
async fn a_repeat_that_would_be_invalid_if_new_is_found_behind_fifty_newer_migrations() {
    let stack = Stack::start().await;
    let hour = SignedDuration::from_hours(1);
    let not_before = (stack.clock.now() + hour).as_second();
    let with_cutover = |request: &mut MigrateRequest| {
        let (seconds, nanos) = (not_before, 0);
        let at = prost_types::Timestamp { seconds, nanos };
        let when = Some(cutover::When::NotBefore(at));
        request.cutover = Some(Cutover { when });
    };
    let first = stack.migrate_with(ONE, with_cutover).await.unwrap();
    stack.cancel(&first.id).await.unwrap();
    for n in 0..51 {
        let newer = stack.migrate_with(ONE, |request| request.request_id = format!("newer {n}"));
        stack.cancel(&newer.await.unwrap().id).await.unwrap();
    }

    stack.clock.advance(hour + hour);
    let repeat = stack.migrate_with(ONE, with_cutover).await;
    assert_eq!(repeat.unwrap().id, first.id);
    let as_new = stack.migrate_with(ONE, |request| {
        with_cutover(request);
        request.request_id = "as new".to_owned();
    });
    let (_, reason, details) = refusal(as_new.await);
    assert_eq!(reason, "INVALID_FIELDS");
    let violations = &details.bad_request().unwrap().field_violations;
    assert_eq!(violations[0].field, "cutover.not_before");
}

#[tokio::test]
async fn what_was_said_is_not_taken_for_what_was_left_open() {
    let stack = Stack::with(&[("engine.tenants_believed_for", "0s")]).await;
    let said = stack
        .migrate_with(ONE, |request| request.set_code_method(CodeMethod::Voice))
        .await
        .unwrap();
    let (code, ..) = refusal(stack.migrate_with(ONE, |_| {}).await);
    assert_eq!(code, Code::AlreadyExists, "now it is SMS that is meant");
    let operator = operator(&stack).await;
    change(&operator, |its| {
        its.defaults.code_method = Some(domain::CodeMethod::Voice);
    })
    .await;
    assert_eq!(stack.migrate(ONE).await.id, said.id);
}

#[tokio::test]
async fn a_disabled_tenant_is_refused_by_its_name() {
    let stack = Stack::with(&[("engine.tenants_believed_for", "0s")]).await;
    let operator = operator(&stack).await;
    let waiting = stack.migrate(ONE).await;
    change(&operator, |its| its.disabled_at = Some(stack.clock.now())).await;
    for refused in [
        stack.migrate_with(OTHER, |_| {}).await,
        stack.cancel(&waiting.id).await,
    ] {
        let (code, reason, _) = refusal(refused);
        assert_eq!(
            (code, reason.as_str()),
            (Code::PermissionDenied, "TENANT_DISABLED")
        );
    }
    change(&operator, |its| its.disabled_at = None).await;
    stack.cancel(&waiting.id).await.unwrap();
    change(&operator, |its| its.sandbox = true).await;
    let (code, reason, _) = refusal(stack.migrate_with(OTHER, |_| {}).await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::FailedPrecondition, "SANDBOX_NOT_CONFIGURED")
    );
}
