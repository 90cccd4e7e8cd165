//! What tenants use, by month.

use domain::State;
use domain::tenancy::{Month, MonthlyUsage};
use waba_migrator::store::{Deleted, Directory as _, LeaseChange, Saved, Store as _};

use super::Backend;
use super::backend::{created, saved};
use crate::support::migrations::{accepted, at, becomes, migration, tenant};

fn month() -> Month {
    Month::of(at(0))
}

fn figures(started: u64, succeeded: u64, calls: u64) -> Vec<MonthlyUsage> {
    vec![MonthlyUsage {
        month: month(),
        migrations_started: started,
        migrations_succeeded: succeeded,
        graph_calls: calls,
    }]
}

pub async fn a_migration_is_counted_when_it_starts_and_when_it_succeeds<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (acme, other) = (tenant("acme"), tenant("other"));
    let of = async |id| store.usage(id, month(), month()).await.unwrap();
    assert_eq!(of(&acme).await, []);
    let mut first = created(store, &migration(&acme, 1), None).await;
    created(store, &migration(&other, 2), None).await;
    // The same request again starts nothing.
    let again = migration(&acme, 1);
    let events = accepted(&again);
    let repeated = store.create(&acme, &again, &events, None, None).await;
    assert!(repeated.is_ok());
    assert_eq!(of(&acme).await, figures(1, 0, 0));
    let stale = first.clone();
    let waits = becomes(&mut first, 1, State::WaitingForCode);
    saved(store, &mut first, &[waits], None).await;
    assert_eq!(of(&acme).await, figures(1, 0, 0));
    let ends = becomes(&mut first, 2, State::Succeeded);
    saved(store, &mut first, &[ends], None).await;
    assert_eq!(of(&acme).await, figures(1, 1, 0));
    // A save that conflicts counts nothing.
    let mut stale = stale;
    let ends = becomes(&mut stale, 2, State::Succeeded);
    let events = [ends];
    let conflict = store.save(&acme, &stale, &events, None, LeaseChange::Untouched);
    assert_eq!(conflict.await.unwrap(), Saved::Conflict);
    // Neither does a later save of the ended one, nor another ending.
    saved(store, &mut first, &[], None).await;
    let mut failed = created(store, &migration(&acme, 3), None).await;
    let ends = becomes(&mut failed, 2, State::Failed);
    saved(store, &mut failed, &[ends], None).await;
    assert_eq!(of(&acme).await, figures(2, 1, 0));
    assert_eq!(of(&other).await, figures(1, 0, 0));
}

pub async fn concurrent_creations_and_successes_are_all_counted<B: Backend>() {
    const EACH: u16 = 20;
    let backend = B::fresh().await;
    let store = backend.store();
    let tenants = ["acme", "other"].map(tenant);
    let moves = (0..EACH).flat_map(|n| {
        let of_one = tenants
            .iter()
            .enumerate()
            .map(move |(at, tenant)| (n, at, tenant));
        of_one.map(|(n, at, tenant)| async move {
            let number = 2 * n + u16::try_from(at).unwrap();
            let mut it = created(store, &migration(tenant, number), None).await;
            store.add_graph_calls(tenant, month(), 3).await.unwrap();
            let ends = becomes(&mut it, 1, State::Succeeded);
            saved(store, &mut it, &[ends], None).await;
        })
    });
    futures_util::future::join_all(moves).await;
    let each = u64::from(EACH);
    for tenant in &tenants {
        let used = store.usage(tenant, month(), month()).await.unwrap();
        assert_eq!(used, figures(each, each, 3 * each));
    }
}

pub async fn usage_is_read_by_month_and_deleted_with_its_tenant<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let acme = tenant("acme");
    for after in [0, 1, 13] {
        let calls = store.add_graph_calls(&acme, month().plus(after), 7);
        calls.await.unwrap();
    }
    let used = store.usage(&acme, month(), month().plus(12)).await.unwrap();
    let months: Vec<Month> = used.iter().map(|usage| usage.month).collect();
    assert_eq!(months, [month(), month().plus(1)]);
    assert_eq!(used[..1], figures(0, 0, 7));
    // Calls of a tenant that was deleted meanwhile are dropped.
    assert_eq!(store.delete_tenant(&acme).await.unwrap(), Deleted::Done);
    store.add_graph_calls(&acme, month(), 7).await.unwrap();
    let left = store.usage(&acme, month(), month().plus(99)).await.unwrap();
    assert_eq!(left, []);
}
