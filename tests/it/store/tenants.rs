//! Isolation of tenants.

use domain::{GraphCall, Migration};
use waba_migrator::store::{Error, Filter, LeaseChange, Page, Saved, Store};

use super::Backend;
use super::backend::{created, history, loaded, saved};
use crate::support::migrations::{accepted, at, migration, sends, tenant};

pub async fn a_tenant_sees_nothing_of_another<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let mut it = migration(&tenant("acme"), 1);
    it.request
        .labels
        .insert("team".to_owned(), "north".to_owned());
    it.request.reference = "order 7".to_owned();
    let it = created(store, &it, Some(at(0))).await;
    let other = tenant("other");

    assert_eq!(store.load(&other, it.id).await.unwrap(), None);
    assert_eq!(store.events(&other, it.id, 0, 10).await.unwrap(), None);
    for filter in [
        Filter::default(),
        Filter {
            states: vec![it.state],
            ..Filter::default()
        },
        Filter {
            phone_number: Some(it.request.phone_number.clone()),
            ..Filter::default()
        },
        Filter {
            waba: Some(it.request.destination.clone()),
            ..Filter::default()
        },
        Filter {
            labels: it.request.labels.clone(),
            ..Filter::default()
        },
        Filter {
            reference: Some(it.request.reference.clone()),
            ..Filter::default()
        },
    ] {
        let page = Page {
            size: 10,
            after: None,
            findings: false,
        };
        assert_eq!(
            store.list(&other, &filter, page).await.unwrap().migrations,
            [],
            "{filter:?}"
        );
        assert_eq!(
            store
                .list(&it.tenant, &filter, page)
                .await
                .unwrap()
                .migrations,
            std::slice::from_ref(&it),
            "{filter:?}"
        );
    }

    // Neither with another tenant in the migration nor in the call.
    let stolen = Migration {
        tenant: other.clone(),
        ..it.clone()
    };
    assert_eq!(
        store
            .save(&other, &stolen, &[], None, LeaseChange::Untouched)
            .await
            .unwrap(),
        Saved::Conflict
    );
    let mixed = store
        .save(&other, &it, &[], None, LeaseChange::Untouched)
        .await;
    assert!(matches!(mixed, Err(Error::Inconsistent(_))), "{mixed:?}");
    let mixed = store.create(&other, &it, &accepted(&it), None, None).await;
    assert!(matches!(mixed, Err(Error::Inconsistent(_))), "{mixed:?}");
    assert_eq!(loaded(store, &it).await, it);
    assert_eq!(history(store, &it).await.len(), 1);
}

pub async fn tenants_share_neither_request_ids_nor_numbers<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let mut one = created(store, &migration(&tenant("acme"), 1), None).await;
    let event = sends(&mut one, 1, GraphCall::Register);
    saved(store, &mut one, &[event], None).await;
    let other = Migration {
        id: migration(&tenant("other"), 2).id,
        ..migration(&tenant("other"), 1)
    };
    let other = created(store, &other, None).await;
    assert_eq!(
        other.attempts, one.attempts,
        "Meta counts the calls of all tenants"
    );
}
