//! Secrets: sealed where they are kept, gone when they are erased. And what else a restart must find.

use waba_migrator::migration::{GraphCall, Secrets, State};
use waba_migrator::store::{Filter, Page, Store};

use super::Backend;
use super::backend::{created, history, loaded, saved};
use crate::support::migrations::{at, becomes, migration, sends, tenant};

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
