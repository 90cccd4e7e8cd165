//! API keys that are refused, and the reason of each.

use domain::TenantId;
use domain::tenancy::Role;
use jiff::SignedDuration;
use tonic::Code;
use waba_migrator::store::{Deleted, Directory as _};

use super::harness::{AccessHarness, Caller, StoreKind, bearer};
use super::rpcs;
use crate::support::{migrations, tenants};

/// The code and the reason with which a list call is refused; OK and no reason if it is answered.
async fn refusal(caller: &Caller) -> (Code, String) {
    let answer = caller
        .call("ListMigrations", rpcs::message("ListMigrations", ""))
        .await;
    match answer.code {
        Code::Ok => (Code::Ok, String::new()),
        code => (code, answer.reason()),
    }
}

fn refused(code: Code, reason: &str) -> (Code, String) {
    (code, reason.to_owned())
}

#[tokio::test]
async fn a_malformed_key_and_an_unknown_key_have_different_reasons() {
    let harness = AccessHarness::open(StoreKind::Sqlite).await;
    let good = harness.caller("acme", Role::Migrator, 1).await;
    assert_eq!(refusal(&good).await, refused(Code::Ok, ""));
    let with = |value: &str| harness.with_headers(&[("authorization", value.to_owned())]);
    let whole = bearer(1).1;
    let mistyped = format!("{}x", &whole[..whole.len() - 1]);
    for malformed in [
        "wam_x",
        &whole[..whole.len() - 1],
        &mistyped,
        "Basic x",
        "Bearer eyJ.eyJ.x",
    ] {
        let answer = refusal(&with(malformed)).await;
        assert_eq!(
            answer,
            refused(Code::Unauthenticated, "CREDENTIALS_MALFORMED"),
            "{malformed}"
        );
    }
    let unknown = refusal(&harness.with_headers(&[bearer(9)])).await;
    assert_eq!(unknown, refused(Code::Unauthenticated, "API_KEY_UNKNOWN"));
    let own_header = ("x-api-key", tenants::text(1).expose().to_owned());
    assert_eq!(
        refusal(&harness.with_headers(&[own_header])).await.0,
        Code::Ok
    );
    let both = refusal(&harness.with_headers(&[bearer(1), bearer(1)])).await;
    assert_eq!(
        both,
        refused(Code::Unauthenticated, "CREDENTIALS_MALFORMED")
    );
}

#[tokio::test]
async fn revocation_and_expiry_are_reported_only_for_the_complete_key() {
    let harness = AccessHarness::open(StoreKind::Sqlite).await;
    let (revoked, expired) = (
        harness.key("acme", Role::Migrator, 1).await,
        harness.key("acme", Role::Migrator, 2).await,
    );
    let now = harness.service.clock.now();
    harness
        .store
        .revoke_key(&revoked.tenant, revoked.id, now)
        .await
        .unwrap();
    harness
        .store
        .set_key_expiry(&expired.tenant, expired.id, Some(now))
        .await
        .unwrap();
    for (n, reason) in [(1, "API_KEY_REVOKED"), (2, "API_KEY_EXPIRED")] {
        let answer = refusal(&harness.with_headers(&[bearer(n)])).await;
        assert_eq!(answer, refused(Code::Unauthenticated, reason));
    }
    // The public part of a key with a valid checksum discloses only that the key is unknown.
    let guess = tenants::text_beside(1, 7);
    assert_eq!(guess.prefix(), revoked.prefix);
    let guess = ("authorization", format!("Bearer {}", guess.expose()));
    let answer = refusal(&harness.with_headers(&[guess])).await;
    assert_eq!(answer, refused(Code::Unauthenticated, "API_KEY_UNKNOWN"));
}

#[tokio::test]
async fn a_revoked_key_works_until_its_cache_entry_expires_and_no_longer() {
    for kind in [StoreKind::Sqlite, StoreKind::Postgres] {
        let harness = AccessHarness::open(kind).await;
        let caller = harness.caller("acme", Role::Migrator, 1).await;
        assert_eq!(refusal(&caller).await.0, Code::Ok);
        let (acme, id) = (
            migrations::tenant("acme"),
            tenants::key(&migrations::tenant("acme"), 1).id,
        );
        harness
            .store
            .revoke_key(&acme, id, harness.service.clock.now())
            .await
            .unwrap();
        harness.service.clock.advance(SignedDuration::from_secs(5));
        let answer = refusal(&caller).await;
        assert_eq!(answer, refused(Code::Unauthenticated, "API_KEY_REVOKED"));
    }
}

#[tokio::test]
async fn no_caller_acts_for_a_disabled_or_deleted_tenant() {
    for kind in [StoreKind::Sqlite, StoreKind::Postgres] {
        let harness = AccessHarness::open(kind).await;
        let caller = harness.caller("acme", Role::Migrator, 1).await;
        assert_eq!(refusal(&caller).await.0, Code::Ok);
        let now = harness.service.clock.now();
        harness
            .tenant("acme", |acme| acme.disabled_at = Some(now))
            .await;
        harness.service.clock.advance(SignedDuration::from_secs(5));
        let answer = refusal(&caller).await;
        assert_eq!(answer, refused(Code::PermissionDenied, "TENANT_DISABLED"));
        harness.tenant("acme", |acme| acme.disabled_at = None).await;
        harness.service.clock.advance(SignedDuration::from_secs(5));
        assert_eq!(refusal(&caller).await.0, Code::Ok);

        let deleted = harness
            .store
            .delete_tenant(&migrations::tenant("acme"))
            .await
            .unwrap();
        assert_eq!(deleted, Deleted::Done);
        // The caller is still authenticated from the cache and can start nothing.
        let answer = caller.call("Migrate", rpcs::message("Migrate", "")).await;
        assert_eq!(
            (answer.code, answer.reason().as_str()),
            (Code::PermissionDenied, "TENANT_UNKNOWN")
        );
        harness.service.clock.advance(SignedDuration::from_secs(5));
        let answer = refusal(&caller).await;
        assert_eq!(answer, refused(Code::Unauthenticated, "API_KEY_UNKNOWN"));
    }
}

#[tokio::test]
async fn the_use_of_a_key_is_recorded_once_a_minute_in_the_background() {
    let harness = AccessHarness::open(StoreKind::Sqlite).await;
    let caller = harness.caller("acme", Role::Migrator, 1).await;
    let acme: TenantId = migrations::tenant("acme");
    let last_use = async |after| loop {
        let used = harness.store.keys(&acme).await.unwrap()[0].last_used_at;
        if used > after {
            return used;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    };
    refusal(&caller).await;
    let first = last_use(None).await;
    harness.service.clock.advance(SignedDuration::from_secs(30));
    refusal(&caller).await;
    harness.service.clock.advance(SignedDuration::from_secs(31));
    refusal(&caller).await;
    let second = last_use(first).await;
    let between = second.unwrap().duration_since(first.unwrap());
    assert!(between >= SignedDuration::from_secs(60), "{between}");
}
