//! Secrets: sealed where they are kept, gone when they are erased. And what else a restart must find.

use waba_migrator::migration::{GraphCall, Secrets, State};
use waba_migrator::store::{Added, Directory, Filter, Page, Store};
use waba_migrator::tenancy::Credentials;

use super::Backend;
use super::backend::{created, history, loaded, saved};
use crate::support::migrations::{at, becomes, migration, sends, tenant};
use crate::support::tenants;

fn canaries() -> Secrets {
    Secrets {
        access_token: "EAABcanaryToken".parse().ok(),
        two_step_pin: "482913".parse().ok(),
        code: "918273".parse().ok(),
    }
}

pub async fn no_secret_is_kept_in_the_clear<B: Backend>() {
    let backend = B::fresh().await;
    let mut it = migration(&tenant("acme"), 1);
    it.request.reference = "canary of the search itself".to_owned();
    it.secrets = canaries();
    let mut it = created(backend.store(), &it, None).await;
    for round in 0..3 {
        let event = sends(&mut it, round, GraphCall::VerifyCode);
        saved(backend.store(), &mut it, &[event], None).await;
    }
    assert_eq!(loaded(backend.store(), &it).await.secrets, canaries());
    let backend = backend.reopened().await;
    let raw = backend.raw().await;
    let holds = |text: &str| {
        raw.windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(
        holds("canary of the search itself"),
        "the search finds what is kept in the clear"
    );
    for secret in ["EAABcanaryToken", "482913", "918273"] {
        assert!(!holds(secret), "{secret}");
    }
}

pub async fn neither_a_key_nor_a_tenants_secret_is_kept_in_the_clear<B: Backend>() {
    let backend = B::fresh().await;
    let id = tenant("canary-tenant");
    let mut its = tenants::plain(&id);
    its.credentials = Credentials {
        access_token: "EAABcanaryToken".parse().ok(),
        app_id: None,
        app_secret: "canaryOfTheApp".parse().ok(),
    };
    let store = backend.store();
    assert_eq!(store.create_tenant(&its).await.unwrap(), Added::Done);
    its.version = 1;
    store.save_tenant(&its).await.unwrap();
    let key = tenants::key(&id, 200);
    assert_eq!(store.create_key(&key).await.unwrap(), Added::Done);
    store.note_key_use(&id, key.id, at(1)).await.unwrap();
    let backend = backend.reopened().await;
    let kept = backend.store().tenant(&id).await.unwrap().unwrap();
    assert_eq!(kept.credentials, its.credentials);
    let raw = backend.raw().await;
    let holds = |text: &str| {
        raw.windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(holds("canary-tenant") && holds(key.prefix.as_str()));
    let text = tenants::text(200);
    let (_, secret) = text.expose().rsplit_once('_').unwrap();
    // A part is as bad as the whole, and the checksum is a part.
    let (first, last) = (&secret[..16], &secret[secret.len() - 16..]);
    for secret in ["EAABcanaryToken", "canaryOfTheApp", first, last] {
        assert!(!holds(secret), "{secret}");
    }
}

pub async fn a_secret_that_is_gone_is_erased<B: Backend>() {
    let backend = B::fresh().await;
    let mut it = migration(&tenant("acme"), 1);
    it.secrets = canaries();
    let mut it = created(backend.store(), &it, None).await;
    it.secrets.code = None;
    saved(backend.store(), &mut it, &[], None).await;
    assert_eq!(
        loaded(backend.store(), &it).await.secrets,
        Secrets {
            code: None,
            ..canaries()
        }
    );
    it.secrets = Secrets::default();
    saved(backend.store(), &mut it, &[], None).await;
    assert_eq!(
        loaded(backend.store(), &it).await.secrets,
        Secrets::default()
    );
}

pub async fn lists_hold_no_secrets<B: Backend>() {
    let backend = B::fresh().await;
    let mut it = migration(&tenant("acme"), 1);
    it.secrets = canaries();
    let it = created(backend.store(), &it, None).await;
    let listing = backend
        .store()
        .list(
            &it.tenant,
            &Filter::default(),
            Page {
                size: 9,
                after: None,
            },
        )
        .await
        .unwrap();
    assert_eq!(listing.migrations[0].secrets, Secrets::default());
}

pub async fn a_reopened_store_has_everything<B: Backend>() {
    let backend = B::fresh().await;
    let mut it = migration(&tenant("acme"), 1);
    it.secrets = canaries();
    it.request
        .labels
        .insert("team".to_owned(), "north".to_owned());
    let mut it = created(backend.store(), &it, None).await;
    let events = [
        sends(&mut it, 1, GraphCall::Register),
        becomes(&mut it, 2, State::WaitingForCode),
    ];
    saved(backend.store(), &mut it, &events, Some(at(60))).await;
    let (kept, events) = (
        loaded(backend.store(), &it).await,
        history(backend.store(), &it).await,
    );

    let backend = backend.reopened().await;
    backend.store().ping().await.unwrap();
    assert_eq!(loaded(backend.store(), &it).await, kept);
    assert_eq!(history(backend.store(), &it).await, events);
    assert_eq!(backend.store().next_due(at(0)).await.unwrap(), Some(at(60)));
    let filter = Filter {
        labels: it.request.labels.clone(),
        ..Filter::default()
    };
    let listing = backend
        .store()
        .list(
            &it.tenant,
            &filter,
            Page {
                size: 9,
                after: None,
            },
        )
        .await
        .unwrap();
    assert_eq!(listing.migrations.len(), 1);
    saved(backend.store(), &mut it, &[], None).await;
}
