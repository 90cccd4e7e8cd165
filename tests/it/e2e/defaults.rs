//! Fields that a request omits come from the defaults of its tenant. A repeated request finds its
//! migration even if the defaults have changed since.

use domain::tenancy::{Defaults, MetaCredentials, Tenant};
use domain::{PinSource, TenantId};
use jiff::SignedDuration;
use tonic::Code;
use waba_migrator::crypto::Keyring;
use waba_migrator::proto::v1::{CodeMethod, Cutover, MigrateRequest, TwoStepPinSource, cutover};
use waba_migrator::store::{Database, Directory as _, Saved};

use crate::support::service::{ServiceHarness, refusal};

const ONE: &str = "+12025550100";
const OTHER: &str = "+12025550199";

/// The store, as an operator opens it beside the service.
async fn operator(service: &ServiceHarness) -> Database {
    let file = service.folder.path().join("migrations.db");
    let url = format!("sqlite://{}", file.display());
    let keyring = Keyring::load(&file.with_extension("db.key")).unwrap();
    Database::open(&url, keyring).await.unwrap()
}

async fn change(operator: &Database, edit: impl FnOnce(&mut Tenant)) {
    let id = TenantId::default_tenant();
    let mut its = operator.tenant(&id).await.unwrap().unwrap();
    edit(&mut its);
    let saved = operator.save_tenant(&its).await.unwrap();
    assert!(matches!(saved, Saved::Done { .. }));
}

#[tokio::test]
async fn a_repeated_request_finds_its_migration_after_its_tenant_has_changed() {
    let service =
        ServiceHarness::with(&[("auth.cache_ttl", "0s"), ("graph.access_token", "")]).await;
    let operator = operator(&service).await;
    change(&operator, |its| {
        its.credentials.access_token = "token-of-the-tenant".parse().ok();
        its.defaults = Defaults {
            code_method: Some(domain::CodeMethod::Voice),
            language: "pt_BR".parse().ok(),
            pin_source: Some(PinSource::Code),
        };
    })
    .await;
    let first = service.migrate(ONE).await;
    assert_eq!(first.code_method(), CodeMethod::Voice);
    assert_eq!(first.language, "pt_BR");
    let message = &service.sandbox.messages("12025550100")[0];
    assert_eq!(serde_json::to_value(message).unwrap()["method"], "VOICE");

    // Now the tenant has no token, and requests must provide a PIN.
    change(&operator, |its| {
        its.credentials = MetaCredentials::default();
        its.defaults = Defaults {
            pin_source: Some(PinSource::Provided),
            ..Defaults::default()
        };
    })
    .await;
    assert_eq!(service.migrate(ONE).await.id, first.id);
    let same_explicitly = service.migrate_with(ONE, |request| {
        request.set_code_method(CodeMethod::Voice);
        request.language = "pt_BR".to_owned();
    });
    assert_eq!(same_explicitly.await.unwrap().id, first.id);

    let other_explicitly = service.migrate_with(ONE, |request| {
        request.set_code_method(CodeMethod::Sms);
        request.set_two_step_pin_source(TwoStepPinSource::Generated);
    });
    let (code, reason, details) = refusal(other_explicitly.await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::AlreadyExists, "REQUEST_ID_REUSED")
    );
    let fields = &details.error_info().unwrap().metadata["fields"];
    assert_eq!(fields, "code_method,two_step_pin");

    let (code, _, details) = refusal(service.migrate_with(OTHER, |_| {}).await);
    assert_eq!(code, Code::InvalidArgument);
    let violations = &details.bad_request().unwrap().field_violations;
    let fields: Vec<&str> = violations.iter().map(|it| it.field.as_str()).collect();
    assert_eq!(fields, ["two_step_pin", "access_token"]);
}

#[tokio::test]
async fn a_repeat_that_would_be_invalid_if_new_is_found_behind_fifty_newer_migrations() {
    let service = ServiceHarness::start().await;
    let hour = SignedDuration::from_hours(1);
    let not_before = (service.clock.now() + hour).as_second();
    let with_cutover = |request: &mut MigrateRequest| {
        let (seconds, nanos) = (not_before, 0);
        let at = prost_types::Timestamp { seconds, nanos };
        let when = Some(cutover::When::NotBefore(at));
        request.cutover = Some(Cutover { when });
    };
    let first = service.migrate_with(ONE, with_cutover).await.unwrap();
    service.cancel(&first.id).await.unwrap();
    for n in 0..51 {
        let newer = service.migrate_with(ONE, |request| request.request_id = format!("newer {n}"));
        service.cancel(&newer.await.unwrap().id).await.unwrap();
    }

    service.clock.advance(hour + hour);
    let repeat = service.migrate_with(ONE, with_cutover).await;
    assert_eq!(repeat.unwrap().id, first.id);
    let as_new = service.migrate_with(ONE, |request| {
        with_cutover(request);
        request.request_id = "as new".to_owned();
    });
    let (_, reason, details) = refusal(as_new.await);
    assert_eq!(reason, "INVALID_FIELDS");
    let violations = &details.bad_request().unwrap().field_violations;
    assert_eq!(violations[0].field, "cutover.not_before");
}

#[tokio::test]
async fn an_explicit_value_is_not_confused_with_a_default() {
    let service = ServiceHarness::with(&[("auth.cache_ttl", "0s")]).await;
    let explicit = service
        .migrate_with(ONE, |request| request.set_code_method(CodeMethod::Voice))
        .await
        .unwrap();
    let (code, ..) = refusal(service.migrate_with(ONE, |_| {}).await);
    assert_eq!(code, Code::AlreadyExists, "the default is SMS now");
    let operator = operator(&service).await;
    change(&operator, |its| {
        its.defaults.code_method = Some(domain::CodeMethod::Voice);
    })
    .await;
    assert_eq!(service.migrate(ONE).await.id, explicit.id);
}

#[tokio::test]
async fn requests_of_a_disabled_tenant_are_refused() {
    let service = ServiceHarness::with(&[("auth.cache_ttl", "0s")]).await;
    let operator = operator(&service).await;
    let waiting = service.migrate(ONE).await;
    change(&operator, |its| its.disabled_at = Some(service.clock.now())).await;
    for refused in [
        service.migrate_with(OTHER, |_| {}).await,
        service.cancel(&waiting.id).await,
    ] {
        let (code, reason, _) = refusal(refused);
        assert_eq!(
            (code, reason.as_str()),
            (Code::PermissionDenied, "TENANT_DISABLED")
        );
    }
    change(&operator, |its| its.disabled_at = None).await;
    service.cancel(&waiting.id).await.unwrap();
    change(&operator, |its| its.sandbox = true).await;
    let (code, reason, _) = refusal(service.migrate_with(OTHER, |_| {}).await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::FailedPrecondition, "SANDBOX_NOT_CONFIGURED")
    );
}
