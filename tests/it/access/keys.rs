//! API keys that open nothing, and how each is told.

use domain::TenantId;
use domain::tenancy::Role;
use jiff::SignedDuration;
use tonic::Code;
use waba_migrator::store::{Deleted, Directory as _};

use super::rpcs;
use super::town::{Kept, Person, Town, bearer};
use crate::support::{migrations, tenants};

/// The code and the reason that a listing is refused with; OK and nothing where it is not.
async fn told(person: &Person) -> (Code, String) {
    let answer = person
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
async fn a_key_that_is_none_is_told_from_one_that_nobody_has() {
    let town = Town::open(Kept::OnAFile).await;
    let good = town.person("acme", Role::Migrator, 1).await;
    assert_eq!(told(&good).await, refused(Code::Ok, ""));
    let shown = |shown: &str| town.stranger(&[("authorization", shown.to_owned())]);
    let whole = bearer(1).1;
    let mistyped = format!("{}x", &whole[..whole.len() - 1]);
    for malformed in [
        "wam_x",
        &whole[..whole.len() - 1],
        &mistyped,
        "Basic x",
        "Bearer eyJ.eyJ.x",
    ] {
        let answer = told(&shown(malformed)).await;
        assert_eq!(
            answer,
            refused(Code::Unauthenticated, "CREDENTIALS_MALFORMED"),
            "{malformed}"
        );
    }
    let unknown = told(&town.stranger(&[bearer(9)])).await;
    assert_eq!(unknown, refused(Code::Unauthenticated, "API_KEY_UNKNOWN"));
    let own_header = ("x-api-key", tenants::text(1).expose().to_owned());
    assert_eq!(told(&town.stranger(&[own_header])).await.0, Code::Ok);
    let both = told(&town.stranger(&[bearer(1), bearer(1)])).await;
    assert_eq!(
        both,
        refused(Code::Unauthenticated, "CREDENTIALS_MALFORMED")
    );
}

#[tokio::test]
async fn a_revoked_key_and_an_expired_one_are_told_to_who_has_the_whole_of_them() {
    let town = Town::open(Kept::OnAFile).await;
    let (revoked, expired) = (
        town.key("acme", Role::Migrator, 1).await,
        town.key("acme", Role::Migrator, 2).await,
    );
    let now = town.stack.clock.now();
    town.store
        .revoke_key(&revoked.tenant, revoked.id, now)
        .await
        .unwrap();
    town.store
        .set_key_expiry(&expired.tenant, expired.id, Some(now))
        .await
        .unwrap();
    for (n, reason) in [(1, "API_KEY_REVOKED"), (2, "API_KEY_EXPIRED")] {
        let answer = told(&town.stranger(&[bearer(n)])).await;
        assert_eq!(answer, refused(Code::Unauthenticated, reason));
    }
    // With the public part of a key, and a right checksum, a stranger learns no more than that it is none.
    let guess = tenants::text_beside(1, 7);
    assert_eq!(guess.prefix(), revoked.prefix);
    let guess = ("authorization", format!("Bearer {}", guess.expose()));
    let answer = told(&town.stranger(&[guess])).await;
    assert_eq!(answer, refused(Code::Unauthenticated, "API_KEY_UNKNOWN"));
}

#[tokio::test]
async fn a_revoked_key_works_until_its_cache_entry_expires_and_no_longer() {
    for kept in [Kept::OnAFile, Kept::OnAServer] {
        let town = Town::open(kept).await;
        let person = town.person("acme", Role::Migrator, 1).await;
        assert_eq!(told(&person).await.0, Code::Ok);
        let (acme, id) = (
            migrations::tenant("acme"),
            tenants::key(&migrations::tenant("acme"), 1).id,
        );
        town.store
            .revoke_key(&acme, id, town.stack.clock.now())
            .await
            .unwrap();
        town.stack.clock.advance(SignedDuration::from_secs(5));
        let answer = told(&person).await;
        assert_eq!(answer, refused(Code::Unauthenticated, "API_KEY_REVOKED"));
    }
}

#[tokio::test]
async fn nobody_acts_for_a_tenant_that_is_disabled_or_gone() {
    for kept in [Kept::OnAFile, Kept::OnAServer] {
        let town = Town::open(kept).await;
        let person = town.person("acme", Role::Migrator, 1).await;
        assert_eq!(told(&person).await.0, Code::Ok);
        let now = town.stack.clock.now();
        town.tenant("acme", |acme| acme.disabled_at = Some(now))
            .await;
        town.stack.clock.advance(SignedDuration::from_secs(5));
        let answer = told(&person).await;
        assert_eq!(answer, refused(Code::PermissionDenied, "TENANT_DISABLED"));
        town.tenant("acme", |acme| acme.disabled_at = None).await;
        town.stack.clock.advance(SignedDuration::from_secs(5));
        assert_eq!(told(&person).await.0, Code::Ok);

        let gone = town
            .store
            .delete_tenant(&migrations::tenant("acme"))
            .await
            .unwrap();
        assert_eq!(gone, Deleted::Done);
        // Its caller is still let in for a moment, and can start nothing.
        let answer = person.call("Migrate", rpcs::message("Migrate", "")).await;
        assert_eq!(
            (answer.code, answer.reason().as_str()),
            (Code::PermissionDenied, "TENANT_UNKNOWN")
        );
        town.stack.clock.advance(SignedDuration::from_secs(5));
        let answer = told(&person).await;
        assert_eq!(answer, refused(Code::Unauthenticated, "API_KEY_UNKNOWN"));
    }
}

#[tokio::test]
async fn the_use_of_a_key_is_noted_once_a_minute_beside_the_calls() {
    let town = Town::open(Kept::OnAFile).await;
    let person = town.person("acme", Role::Migrator, 1).await;
    let acme: TenantId = migrations::tenant("acme");
    let noted = async |after| loop {
        let noted = town.store.keys(&acme).await.unwrap()[0].last_used_at;
        if noted > after {
            return noted;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    };
    told(&person).await;
    let first = noted(None).await;
    town.stack.clock.advance(SignedDuration::from_secs(30));
    told(&person).await;
    town.stack.clock.advance(SignedDuration::from_secs(31));
    told(&person).await;
    let second = noted(first).await;
    let between = second.unwrap().duration_since(first.unwrap());
    assert!(between >= SignedDuration::from_secs(60), "{between}");
}
