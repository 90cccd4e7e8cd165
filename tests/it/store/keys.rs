//! API keys: found by their prefix, read and changed by their tenant only.

use domain::tenancy::{ApiKey, KeyStatus, Role};
use jiff::Timestamp;
use waba_migrator::store::{Added, Directory};

use super::Backend;
use crate::support::migrations::{at, tenant};
use crate::support::tenants::{key, text};

async fn added(store: &impl Directory, key: &ApiKey) {
    assert_eq!(store.create_key(key).await.unwrap(), Added::Done);
}

pub async fn a_key_is_stored_completely_and_found_by_its_prefix<B: Backend>() {
    let backend = B::fresh().await;
    let wanted = ApiKey {
        role: Role::Reader,
        label: "Büro, 2. Stock".parse().unwrap(),
        expires_at: Some(at(90)),
        ..key(&tenant("acme"), 7)
    };
    added(backend.store(), &wanted).await;
    added(backend.store(), &key(&tenant("other"), 8)).await;

    let backend = backend.reopened().await;
    let found = backend.store().key_by_prefix(&text(7).prefix()).await;
    let found = found.unwrap().unwrap();
    assert_eq!(found, wanted);
    assert!(found.is(&text(7)) && !found.is(&text(8)));
    let unknown = backend.store().key_by_prefix(&text(9).prefix()).await;
    assert_eq!(unknown.unwrap(), None);
}

pub async fn a_tenants_keys_are_its_own<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (acme, other) = (tenant("acme"), tenant("other"));
    let (first, second) = (key(&acme, 1), key(&acme, 2));
    added(store, &second).await;
    added(store, &first).await;
    assert_eq!(
        store.keys(&acme).await.unwrap(),
        [first.clone(), second],
        "oldest first"
    );
    assert_eq!(store.keys(&other).await.unwrap(), []);
    for answer in [
        store.revoke_key(&other, first.id, at(1)).await.unwrap(),
        store.set_key_expiry(&other, first.id, None).await.unwrap(),
    ] {
        assert_eq!(answer, None);
    }
    store.note_key_use(&other, first.id, at(1)).await.unwrap();
    assert_eq!(store.keys(&acme).await.unwrap()[0], first);
}

pub async fn an_id_or_a_prefix_belongs_to_one_key<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let first = key(&tenant("acme"), 1);
    added(store, &first).await;
    for taken in [
        ApiKey {
            id: first.id,
            ..key(&tenant("other"), 2)
        },
        ApiKey {
            prefix: first.prefix.clone(),
            ..key(&tenant("other"), 3)
        },
    ] {
        assert_eq!(store.create_key(&taken).await.unwrap(), Added::Taken);
    }
    let ownerless = key(&tenant("missing"), 4);
    assert_eq!(store.create_key(&ownerless).await.unwrap(), Added::NoTenant);
    assert_eq!(store.keys(&tenant("acme")).await.unwrap(), [first]);
    assert_eq!(store.keys(&tenant("other")).await.unwrap(), []);
}

pub async fn a_key_is_revoked_for_good<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let it = key(&tenant("acme"), 1);
    added(store, &it).await;
    let revoke = async |at: Timestamp| store.revoke_key(&it.tenant, it.id, at).await.unwrap();
    let revoked = revoke(at(5)).await.unwrap();
    assert_eq!(
        revoked,
        ApiKey {
            revoked_at: Some(at(5)),
            ..it.clone()
        }
    );
    assert_eq!(
        revoke(at(9)).await,
        Some(revoked.clone()),
        "it keeps its time"
    );
    let found = store.key_by_prefix(&it.prefix).await.unwrap().unwrap();
    assert_eq!(found.status(at(0)), KeyStatus::Revoked);
    assert_eq!(found, revoked);
}

pub async fn a_keys_expiry_and_its_last_use_can_be_set<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let it = key(&tenant("acme"), 1);
    added(store, &it).await;
    for expires_at in [Some(at(5)), None, Some(at(60))] {
        let set = store.set_key_expiry(&it.tenant, it.id, expires_at).await;
        assert_eq!(set.unwrap().unwrap().expires_at, expires_at);
    }
    // Two processes record uses in any order.
    for (noted, kept) in [(10, 10), (30, 30), (20, 30)] {
        let note = store.note_key_use(&it.tenant, it.id, at(noted)).await;
        note.unwrap();
        let found = store.key_by_prefix(&it.prefix).await.unwrap().unwrap();
        assert_eq!(found.last_used_at, Some(at(kept)));
    }
    let gone = key(&it.tenant, 2);
    let note = store.note_key_use(&gone.tenant, gone.id, at(1)).await;
    note.unwrap();
}
