//! Tenants: created, changed by one save at a time, and deleted with everything that belongs to
//! them.

use domain::tenancy::{Defaults, MetaCredentials, RateLimits, Tenant};
use domain::{CodeMethod, PinSource, State, TenantId};
use tokio::task::JoinSet;
use waba_migrator::store::{
    Added, Database, Deleted, Directory, Error, Filter, Page, Saved, Store,
};

use super::Backend;
use super::backend::{created, history, loaded, saved};
use crate::support::migrations::{accepted, at, becomes, migration, tenant};
use crate::support::tenants::{key, plain};

/// A tenant with every field set.
fn whole(id: &TenantId) -> Tenant {
    Tenant {
        name: "Bäckerei 3, Zürich".parse().unwrap(),
        disabled_at: Some(at(5)),
        sandbox: true,
        defaults: Defaults {
            code_method: Some(CodeMethod::Voice),
            language: "de".parse().ok(),
            pin_source: Some(PinSource::Code),
        },
        limits: RateLimits {
            requests_per_second: 20.try_into().ok(),
            burst: 50.try_into().ok(),
        },
        credentials: MetaCredentials {
            access_token: "EAAB-token".parse().ok(),
            app_id: "138483919580948".parse().ok(),
            app_secret: "the-secret-of-an-app".parse().ok(),
        },
        updated_at: at(7),
        ..plain(id)
    }
}

async fn there(store: &impl Directory, id: &TenantId) -> Tenant {
    store.tenant(id).await.unwrap().unwrap()
}

pub async fn a_tenant_is_stored_completely<B: Backend>() {
    let backend = B::fresh().await;
    let id = tenant("bakery");
    assert_eq!(backend.store().tenant(&id).await.unwrap(), None);
    let mut wanted = whole(&id);
    let added = backend.store().create_tenant(&wanted).await.unwrap();
    assert_eq!(added, Added::Done);
    wanted.version = 1;
    assert_eq!(there(backend.store(), &id).await, wanted);
    let again = backend.store().create_tenant(&plain(&id)).await.unwrap();
    assert_eq!(again, Added::Taken);

    let backend = backend.reopened().await;
    assert_eq!(there(backend.store(), &id).await, wanted);
    let (bakery, default) = (tenant("bakery"), TenantId::default_tenant());
    for (after, limit, expected) in [
        (None, 9, &["acme", "bakery", "default", "other"][..]),
        (None, 2, &["acme", "bakery"]),
        (Some(&bakery), 9, &["default", "other"]),
        (Some(&default), 1, &["other"]),
        (Some(&tenant("zoo")), 9, &[]),
    ] {
        let page = backend.store().tenant_ids(after, limit).await.unwrap();
        let ids: Vec<&str> = page.iter().map(TenantId::as_str).collect();
        assert_eq!(ids, expected);
    }
}

pub async fn the_id_of_a_deleted_tenant_is_not_used_again<B: Backend>() {
    let backend = B::fresh().await;
    let id = tenant("bakery");
    let store = backend.store();
    let create = async |store: &Database| store.create_tenant(&plain(&id)).await.unwrap();
    assert_eq!(create(store).await, Added::Done);
    assert_eq!(create(store).await, Added::Taken);
    assert_eq!(store.delete_tenant(&id).await.unwrap(), Deleted::Done);
    assert_eq!(create(store).await, Added::Retired);
    assert_eq!(store.tenant(&id).await.unwrap(), None);
    let deleted = store.delete_tenant(&id).await.unwrap();
    assert_eq!(deleted, Deleted::NotFound);
    let backend = backend.reopened().await;
    assert_eq!(create(backend.store()).await, Added::Retired);
}

pub async fn a_tenant_that_is_created_while_it_is_deleted_stays_deleted<B: Backend>() {
    let backend = B::fresh().await;
    for round in 0..20 {
        let id = tenant(&format!("bakery-{round}"));
        let store = backend.store();
        assert_eq!(store.create_tenant(&plain(&id)).await.unwrap(), Added::Done);
        let again = plain(&id);
        let (deleted, created) =
            tokio::join!(store.delete_tenant(&id), store.create_tenant(&again));
        assert_eq!(deleted.unwrap(), Deleted::Done);
        assert_ne!(created.unwrap(), Added::Done);
        assert_eq!(store.tenant(&id).await.unwrap(), None);
    }
}

pub async fn the_default_tenant_is_configured_like_any_other<B: Backend>() {
    let backend = B::fresh().await;
    let id = TenantId::default_tenant();
    let found = there(backend.store(), &id).await;
    assert_eq!(
        found,
        Tenant {
            name: "Default".parse().unwrap(),
            created_at: found.created_at,
            updated_at: found.created_at,
            version: 1,
            ..plain(&id)
        }
    );
    let mut wanted = Tenant {
        disabled_at: None,
        version: 1,
        ..whole(&id)
    };
    let saved = backend.store().save_tenant(&wanted).await.unwrap();
    assert_eq!(saved, Saved::Done { version: 2 });
    wanted.version = 2;
    assert_eq!(there(backend.store(), &id).await, wanted);
    let deleted = backend.store().delete_tenant(&id).await.unwrap();
    assert_eq!(deleted, Deleted::IsDefault);
    assert_eq!(there(backend.store(), &id).await, wanted);
}

pub async fn a_removed_secret_of_a_tenant_is_erased<B: Backend>() {
    let backend = B::fresh().await;
    let id = tenant("bakery");
    let wanted = whole(&id);
    backend.store().create_tenant(&wanted).await.unwrap();
    let bare = Tenant {
        credentials: MetaCredentials::default(),
        version: 1,
        ..wanted
    };
    backend.store().save_tenant(&bare).await.unwrap();
    assert_eq!(
        there(backend.store(), &id).await.credentials,
        MetaCredentials::default()
    );
}

pub async fn of_concurrent_saves_of_a_tenant_one_succeeds<B: Backend>() {
    let backend = B::fresh().await;
    let tenant = there(backend.store(), &tenant("acme")).await;
    let saves: JoinSet<_> = (0..16)
        .map(|second| {
            let store = backend.store().clone();
            let changed = Tenant {
                updated_at: at(second),
                ..tenant.clone()
            };
            async move { (second, store.save_tenant(&changed).await.unwrap()) }
        })
        .collect();
    let answers = saves.join_all().await;
    let mut done = answers
        .iter()
        .filter(|(_, answer)| *answer == Saved::Done { version: 2 });
    let (second, _) = done.next().unwrap();
    assert_eq!(done.next(), None, "{answers:?}");
    assert_eq!(
        there(backend.store(), &tenant.id).await.updated_at,
        at(*second)
    );
    let gone = Tenant {
        version: 1,
        ..plain(&"missing".parse().unwrap())
    };
    let answer = backend.store().save_tenant(&gone).await.unwrap();
    assert_eq!(answer, Saved::Conflict);
}

pub async fn a_tenant_is_deleted_with_everything_that_belongs_to_it<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (acme, other) = (tenant("acme"), tenant("other"));
    let mut theirs = migration(&acme, 1);
    theirs.request.reference = "canary-reference".to_owned();
    let label = ("team".to_owned(), "canary-label".to_owned());
    theirs.request.labels.extend([label]);
    let mut theirs = created(store, &theirs, Some(at(0))).await;
    let others = created(store, &migration(&other, 2), None).await;
    for (owner, n) in [(&acme, 1), (&other, 2)] {
        let added = store.create_key(&key(owner, n)).await.unwrap();
        assert_eq!(added, Added::Done);
    }

    let refused = store.delete_tenant(&acme).await.unwrap();
    assert_eq!(refused, Deleted::HasLive { migrations: 1 });
    assert_eq!(loaded(store, &theirs).await, theirs, "nothing was written");
    assert_eq!(store.keys(&acme).await.unwrap().len(), 1);

    let event = becomes(&mut theirs, 1, State::Canceled);
    saved(store, &mut theirs, &[event], None).await;
    assert_eq!(store.delete_tenant(&acme).await.unwrap(), Deleted::Done);
    assert_eq!(store.delete_tenant(&acme).await.unwrap(), Deleted::NotFound);
    assert_eq!(store.tenant(&acme).await.unwrap(), None);
    assert_eq!(store.keys(&acme).await.unwrap(), []);
    assert_eq!(
        store.key_by_prefix(&key(&acme, 1).prefix).await.unwrap(),
        None
    );
    assert_eq!(loaded(store, &others).await, others);
    assert_eq!(history(store, &others).await.len(), 1);
    assert_eq!(store.keys(&other).await.unwrap().len(), 1);

    // Nothing is found with its id.
    assert_eq!(store.load(&acme, theirs.id).await.unwrap(), None);
    assert_eq!(store.events(&acme, theirs.id, 0, 9).await.unwrap(), None);
    let page = Page {
        size: 9,
        after: None,
        findings: false,
    };
    let listing = store.list(&acme, &Filter::default(), page).await.unwrap();
    assert_eq!(listing.migrations, []);
    let backend = backend.reopened().await;
    let raw = String::from_utf8_lossy(&backend.raw().await).into_owned();
    assert!(!raw.contains("canary-reference") && !raw.contains("canary-label"));
}

pub async fn a_missing_tenant_gets_no_migration<B: Backend>() {
    let backend = B::fresh().await;
    let it = migration(&tenant("missing"), 1);
    let events = accepted(&it);
    let store = backend.store();
    let answer = store.create(&it.tenant, &it, &events, None, None).await;
    assert!(matches!(answer, Err(Error::NoTenant)), "{answer:?}");
    // A valid migration is not delayed by an invalid one.
    let good = migration(&tenant("acme"), 2);
    let (bad, good) = tokio::join!(
        store.create(&it.tenant, &it, &events, None, None),
        created(store, &good, None)
    );
    assert!(matches!(bad, Err(Error::NoTenant)), "{bad:?}");
    assert_eq!(loaded(store, &good).await, good);
    assert_eq!(store.load(&it.tenant, it.id).await.unwrap(), None);
}
