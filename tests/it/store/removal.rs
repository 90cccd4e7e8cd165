//! Removal: what is removed, what stays, and that nothing is removed partly.

use domain::{Attempts, EventKind, GraphCall, Migration, MigrationId, State, TenantId};
use jiff::Timestamp;
use tokio::task::JoinSet;
use waba_migrator::store::{
    ATTEMPTS_WINDOW, Created, Deleted, Directory, Filter, LeaseChange, Oldest, Page, Removal,
    Requested, Saved, Store,
};

use super::Backend;
use super::backend::{created, history, loaded, saved};
use crate::support::migrations::{accepted, at, becomes, happens, migration, sends, tenant};
use crate::support::{raw, tenants};

/// Later than every other time here.
const LATER: i64 = 1_000_000;

/// The `n`th migration of a tenant, ended in the `n`th second with a PIN.
async fn ended(store: &impl Store, tenant: &TenantId, n: u16) -> Migration {
    let mut it = migration(tenant, n);
    it.secrets.two_step_pin = "482913".parse().ok();
    it.request.reference = format!("reference-{n}");
    it.request.labels = [("team".to_owned(), "blue".to_owned())].into();
    let mut it = created(store, &it, Some(at(0))).await;
    let events = [
        sends(&mut it, 0, GraphCall::Register),
        becomes(&mut it, n.into(), State::Succeeded),
    ];
    saved(store, &mut it, &events, None).await;
    it
}

/// The ids of a tenant's migrations, sorted.
async fn kept(store: &impl Store, tenant: &TenantId) -> Vec<MigrationId> {
    let page = Page {
        size: 100,
        after: None,
        findings: false,
    };
    let listing = store.list(tenant, &Filter::default(), page).await.unwrap();
    let mut ids: Vec<_> = listing.migrations.iter().map(|it| it.id).collect();
    ids.sort_unstable();
    ids
}

/// Repeats the request of `like`, for a migration with another id.
async fn repeated(store: &impl Store, like: &Migration, at: Timestamp) -> Created {
    let mut again = migration(&like.tenant, 9000);
    again.request.request_id = like.request.request_id.clone();
    again.created_at = at;
    let events = accepted(&again);
    let made = store.create(&like.tenant, &again, &events, None, None);
    made.await.unwrap()
}

pub async fn the_request_id_and_the_calls_of_a_removed_migration_stay<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (acme, other) = (tenant("acme"), tenant("other"));
    let it = ended(store, &acme, 1).await;
    let stays = ended(store, &acme, 2).await;
    assert!(store.remove(&acme, &it, at(100)).await.unwrap());
    assert_eq!(store.load(&acme, it.id).await.unwrap(), None);
    assert_eq!(store.events(&acme, it.id, 0, 9).await.unwrap(), None);
    let page = Page {
        size: 9,
        after: None,
        findings: false,
    };
    for filter in [
        Filter {
            phone_number: Some(it.request.phone_number.clone()),
            ..Filter::default()
        },
        Filter {
            reference: Some(it.request.reference.clone()),
            ..Filter::default()
        },
        Filter {
            labels: it.request.labels.clone(),
            reference: Some(it.request.reference.clone()),
            ..Filter::default()
        },
    ] {
        let listing = store.list(&acme, &filter, page).await.unwrap();
        assert_eq!(listing.migrations, [], "{filter:?}");
    }
    assert_eq!(kept(store, &acme).await, [stays.id]);
    assert_eq!(loaded(store, &stays).await, as_read(&stays));

    let request_id = &it.request.request_id;
    let requested = async |tenant, second| {
        let requested = store.requested(tenant, request_id, at(second)).await;
        requested.unwrap()
    };
    assert_eq!(requested(&acme, 99).await, Requested::Removed);
    assert_eq!(requested(&acme, 100).await, Requested::Unknown);
    assert_eq!(requested(&other, 99).await, Requested::Unknown);
    assert_eq!(repeated(store, &it, at(99)).await, Created::Removed);
    assert_eq!(kept(store, &acme).await, [stays.id]);
    // The number is free, and its earlier calls count.
    let next = next_of_the_number(store, &it, 3).await;
    assert_eq!(next.attempts, registered());
    let Created::New(again) = repeated(store, &it, at(100)).await else {
        panic!("the request id is free again");
    };
    let requested = requested(&acme, 99).await;
    assert_eq!(requested, Requested::Started(again));
}

/// The migration as it is read, with its attempts.
fn as_read(it: &Migration) -> Migration {
    Migration {
        attempts: registered(),
        ..it.clone()
    }
}

/// The call of an ended migration.
fn registered() -> Attempts {
    Attempts::new(vec![(at(0), GraphCall::Register)])
}

/// The next migration of the number of `like`.
async fn next_of_the_number(store: &impl Store, like: &Migration, n: u16) -> Migration {
    let mut next = migration(&like.tenant, n);
    next.request.phone_number = like.request.phone_number.clone();
    created(store, &next, None).await
}

pub async fn calls_are_counted_for_as_long_as_they_count<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let acme = tenant("acme");
    let window = ATTEMPTS_WINDOW.as_secs();
    let call = GraphCall::RequestCode;
    let calls = [(0, call), (5, call), (5, call), (30, GraphCall::Register)];
    let mut it = created(store, &migration(&acme, 1), None).await;
    let mut events: Vec<_> = calls
        .map(|(second, it_is)| sends(&mut it, second, it_is))
        .into();
    events.push(becomes(&mut it, 31, State::Failed));
    saved(store, &mut it, &events, None).await;
    let counted = |from: usize, last| {
        let calls = calls.iter().skip(from);
        let calls = calls.map(|(second, call)| (at(*second), *call));
        Attempts::stored(calls.collect(), last)
    };
    assert!(store.remove(&acme, &it, at(LATER)).await.unwrap());

    let mut next = next_of_the_number(store, &it, 2).await;
    assert_eq!(next.attempts, counted(0, 4));
    let other = created(store, &migration(&acme, 3), Some(at(0))).await;
    assert_eq!(other.attempts, Attempts::default(), "another number");
    // The calls of two removed migrations.
    let ended = becomes(&mut next, 32, State::Failed);
    let again = sends(&mut next, 40, GraphCall::Register);
    saved(store, &mut next, &[ended, again], None).await;
    let purged = store.purge(at(window), at(LATER), 9).await;
    assert_eq!(purged.unwrap(), 1);
    let last = next_of_the_number(store, &it, 4).await;
    let with_both = |from| {
        let mut attempts = counted(from, 4);
        attempts.record(GraphCall::Register, at(40));
        attempts
    };
    assert_eq!(last.attempts, with_both(0));

    let first = async || store.oldest().await.unwrap().call;
    let expire = async |second, limit| {
        let expired = store.expire(at(second), limit).await.unwrap();
        assert_eq!(expired.request_ids, 0, "they stay longer");
        expired.calls
    };
    assert_eq!(first().await, Some(at(0)));
    assert_eq!(expire(window - 1, 9).await, 0);
    assert_eq!(expire(window, 9).await, 1);
    assert_eq!(first().await, Some(at(5)));
    assert_eq!(expire(window + 5, 1).await, 1);
    assert_eq!(expire(window + 39, 9).await, 2, "one of 5, and that of 30");
    assert_eq!(first().await, Some(at(40)));
    assert_eq!(loaded(store, &last).await.attempts, with_both(4));
    assert_eq!(expire(window + 40, 9).await, 1);
    assert_eq!(first().await, None);
    let mut last = loaded(store, &last).await;
    assert_eq!(last.attempts, Attempts::default());
    // Ordinals may begin again, since nothing is left.
    let event = sends(&mut last, window + 50, call);
    saved(store, &mut last, &[event], None).await;
    assert_eq!(first().await, Some(at(window + 50)));
}

pub async fn only_an_ended_migration_is_removed_and_only_as_it_was_read<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (acme, other) = (tenant("acme"), tenant("other"));
    let live = created(store, &migration(&acme, 1), Some(at(0))).await;
    let it = ended(store, &acme, 2).await;
    let old = Migration {
        version: it.version - 1,
        ..it.clone()
    };
    for (tenant, refused) in [(&acme, &live), (&acme, &old), (&other, &it)] {
        let removed = store.remove(tenant, refused, at(LATER)).await.unwrap();
        assert!(!removed, "{refused:?}");
    }
    assert_eq!(kept(store, &acme).await, [live.id, it.id]);
    assert_eq!(history(store, &it).await.len(), 3);
    assert!(store.remove(&acme, &it, at(LATER)).await.unwrap());
    let twice = store.remove(&acme, &it, at(LATER)).await.unwrap();
    assert!(!twice, "it is gone");
}

pub async fn a_purge_removes_what_ended_first_of_every_tenant<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (acme, other) = (tenant("acme"), tenant("other"));
    let live = created(store, &migration(&acme, 100), Some(at(0))).await;
    let mut ids = Vec::new();
    // In another order than that of their ends.
    for (n, whose) in [(3, &acme), (1, &other), (5, &acme), (2, &acme), (4, &other)] {
        ids.push((n, ended(store, whose, n).await.id));
    }
    ids.sort_unstable();
    let first = store.oldest().await.unwrap();
    let both = |second| Oldest {
        migration: Some(at(second)),
        with_pin: Some(at(second)),
        request_id: None,
        call: Some(at(0)),
        waiting: None,
    };
    assert_eq!(first, both(1));
    let purge = async |limit| store.purge(at(4), at(LATER), limit).await.unwrap();
    assert_eq!(purge(2).await, 2);
    assert_eq!(kept(store, &acme).await, [ids[2].1, ids[4].1, live.id]);
    assert_eq!(kept(store, &other).await, [ids[3].1]);
    let third = Oldest {
        request_id: Some(at(LATER)),
        ..both(3)
    };
    assert_eq!(store.oldest().await.unwrap(), third);
    assert_eq!(purge(9).await, 2);
    assert_eq!(purge(9).await, 0, "the last ended later, and one is live");
    assert_eq!(kept(store, &acme).await, [ids[4].1, live.id]);
    let repeat = migration(&other, 1);
    assert_eq!(repeated(store, &repeat, at(9)).await, Created::Removed);
}

pub async fn concurrent_purges_remove_each_migration_once<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let acme = tenant("acme");
    for n in 1..=40 {
        ended(store, &acme, n).await;
    }
    let purges: JoinSet<u64> = (0..4)
        .map(|_| {
            let store = store.clone();
            async move {
                let mut removed = 0;
                loop {
                    let batch = store.purge(at(40), at(LATER), 7).await.unwrap();
                    removed += batch;
                    if batch == 0 && kept(&store, &tenant("acme")).await.is_empty() {
                        return removed;
                    }
                }
            }
        })
        .collect();
    assert_eq!(purges.join_all().await.iter().sum::<u64>(), 40);
    let first = store.oldest().await.unwrap();
    assert_eq!((first.migration, first.with_pin), (None, None));
}

/// Whether a migration is complete, or completely removed.
async fn is_whole(store: &impl Store, it: &Migration) -> bool {
    let row = store.load(&it.tenant, it.id).await.unwrap();
    let events = store.events(&it.tenant, it.id, 0, 9).await.unwrap();
    let requested = store.requested(&it.tenant, &it.request.request_id, at(1));
    match (row, events, requested.await.unwrap()) {
        (Some(_), Some(events), Requested::Started(_)) => events.len() == 3,
        (None, None, Requested::Removed) => true,
        _ => false,
    }
}

pub async fn an_interrupted_purge_leaves_complete_migrations<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let acme = tenant("acme");
    let mut all = Vec::new();
    for n in 1..=30 {
        all.push(ended(store, &acme, n).await);
    }
    for round in 0..10_u64 {
        let purging = store.clone();
        let mut purge = JoinSet::new();
        purge.spawn(async move { purging.purge(at(40), at(LATER), 3).await });
        tokio::time::sleep(std::time::Duration::from_micros(round * 400)).await;
        purge.shutdown().await;
    }
    // An interrupted purge may continue for a moment, between two reads.
    for it in &all {
        let mut tried = 0;
        while !is_whole(store, it).await {
            tried += 1;
            assert!(tried < 100, "{:?}", store.load(&acme, it.id).await);
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
    while store.purge(at(40), at(LATER), 9).await.unwrap() > 0 {}
    assert_eq!(kept(store, &acme).await, []);
}

pub async fn a_save_during_a_removal_is_removed_with_the_migration<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let acme = tenant("acme");
    for n in 1..=20 {
        let mut it = ended(store, &acme, n).await;
        let call = sends(&mut it, 50, GraphCall::VerifyCode);
        let saving = store.clone();
        let (whose, changed) = (acme.clone(), it.clone());
        let save = async move {
            let events = [call];
            let saved = saving.save(&whose, &changed, &events, None, LeaseChange::Untouched);
            matches!(saved.await.unwrap(), Saved::Done { .. })
        };
        let purge = async {
            let mut removed = 0;
            while removed == 0 {
                removed = store.purge(at(40), at(LATER), 9).await.unwrap();
            }
        };
        let (saved, ()) = tokio::join!(save, purge);
        assert_eq!(store.events(&acme, it.id, 0, 9).await.unwrap(), None);
        let next = next_of_the_number(store, &it, 1000 + n).await;
        let mut calls = registered();
        if saved {
            calls.record(GraphCall::VerifyCode, at(50));
        }
        assert_eq!(next.attempts, calls, "each stored call is counted");
    }
}

pub async fn a_request_that_meets_the_removal_of_its_migration_starts_nothing<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let acme = tenant("acme");
    for n in 1..=30 {
        let it = ended(store, &acme, n).await;
        let repeats: JoinSet<Created> = (0..4)
            .map(|_| {
                let (store, like) = (store.clone(), it.clone());
                async move { repeated(&store, &like, at(9)).await }
            })
            .collect();
        assert!(store.remove(&acme, &it, at(LATER)).await.unwrap());
        for repeat in repeats.join_all().await {
            let same = matches!(&repeat, Created::SameRequest(same) if same.id == it.id);
            assert!(same || repeat == Created::Removed, "{repeat:?}");
        }
    }
    assert_eq!(kept(store, &acme).await, []);
}

pub async fn pins_are_found_by_the_end_of_their_migration<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (acme, other) = (tenant("acme"), tenant("other"));
    let mut second = ended(store, &acme, 2).await;
    let first = ended(store, &other, 1).await;
    let third = ended(store, &acme, 3).await;
    let mut live = migration(&acme, 4);
    live.secrets.two_step_pin = "482913".parse().ok();
    created(store, &live, None).await;
    let found = async |second, limit| {
        let found = store.with_pin(at(second), limit).await.unwrap();
        assert!(found.iter().all(|it| it.secrets.two_step_pin.is_none()));
        found.iter().map(|it| it.id).collect::<Vec<_>>()
    };
    assert_eq!(found(2, 9).await, [first.id, second.id]);
    assert_eq!(found(9, 1).await, [first.id]);
    assert_eq!(found(9, 9).await, [first.id, second.id, third.id]);
    second.secrets.two_step_pin = None;
    let event = happens(&mut second, 60, EventKind::TwoStepPinRemoved);
    saved(store, &mut second, std::slice::from_ref(&event), None).await;
    assert_eq!(found(9, 9).await, [first.id, third.id]);
    assert_eq!(history(store, &second).await.last(), Some(&event));
    let read = store.with_pin(at(9), 9).await.unwrap();
    // The migration that was read can be saved, which erases the PIN.
    let mut read = read[0].clone();
    let events = [happens(&mut read, 60, EventKind::TwoStepPinRemoved)];
    let save = store.save(&other, &read, &events, None, LeaseChange::Untouched);
    assert!(matches!(save.await.unwrap(), Saved::Done { .. }));
    assert_eq!(found(9, 9).await, [third.id]);
    assert_eq!(loaded(store, &first).await.secrets.two_step_pin, None);
    let ended = store.oldest().await.unwrap();
    assert_eq!(
        (ended.migration, ended.with_pin),
        (Some(at(1)), Some(at(3)))
    );
}

pub async fn request_ids_are_free_again_after_their_expiry<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let acme = tenant("acme");
    let mut removed = Vec::new();
    for n in 1..=3 {
        let it = ended(store, &acme, n).await;
        store
            .remove(&acme, &it, at(i64::from(n) * 100))
            .await
            .unwrap();
        removed.push(it);
    }
    let free = async |second, limit| {
        let expired = store.expire(at(second), limit).await.unwrap();
        expired.request_ids
    };
    assert_eq!(free(99, 9).await, 0);
    assert_eq!(free(250, 1).await, 1);
    let state = async |it: &Migration| {
        let requested = store.requested(&acme, &it.request.request_id, at(0)).await;
        requested.unwrap()
    };
    assert_eq!(state(&removed[0]).await, Requested::Unknown, "the first");
    assert_eq!(state(&removed[1]).await, Requested::Removed);
    assert_eq!(free(250, 9).await, 1);
    assert_eq!(state(&removed[2]).await, Requested::Removed);
}

/// The numbers of rows in every table with rows of a migration.
async fn rows(url: &str) -> [i64; 6] {
    let tables = [
        "migrations",
        "events",
        "requests",
        "labels",
        "findings",
        "limited_calls",
    ];
    let mut rows = [0; 6];
    for (rows, table) in rows.iter_mut().zip(tables) {
        *rows = raw::rows(url, table).await;
    }
    rows
}

pub async fn a_removed_migration_leaves_only_its_calls<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (acme, url) = (tenant("acme"), backend.url());
    let one = ended(store, &acme, 1).await;
    assert_eq!(rows(&url).await, [1, 3, 1, 1, 1, 1]);
    ended(store, &acme, 2).await;
    assert!(store.remove(&acme, &one, at(LATER)).await.unwrap());
    assert_eq!(rows(&url).await, [1, 3, 1, 1, 1, 2]);
    assert_eq!(store.purge(at(9), at(LATER), 9).await.unwrap(), 1);
    assert_eq!(rows(&url).await, [0, 0, 0, 0, 0, 2]);
}

pub async fn a_deleted_tenant_leaves_only_the_calls_of_its_numbers<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let bakery = tenant("bakery");
    tenants::kept(store, &bakery).await;
    let url = backend.url();
    let others = async || {
        let removed = raw::rows(&url, "removed_requests").await;
        (removed, raw::rows(&url, "feeds").await)
    };
    let before = others().await;
    let it = ended(store, &bakery, 1).await;
    ended(store, &bakery, 2).await;
    assert!(store.remove(&bakery, &it, at(LATER)).await.unwrap());
    assert_eq!(others().await, (before.0 + 1, before.1));
    assert_eq!(rows(&url).await, [1, 3, 1, 1, 1, 2]);
    let deleted = store.delete_tenant(&bakery).await.unwrap();
    assert_eq!(deleted, Deleted::Done);
    assert_eq!(others().await, (before.0, before.1 - 1));
    assert_eq!(rows(&url).await, [0, 0, 0, 0, 0, 2]);
}
