//! Suspension: migrations of a disabled tenant wait, are not lost, and continue.

use std::collections::HashSet;

use domain::tenancy::Tenant;
use domain::{Migration, MigrationId, State, TenantId};
use jiff::Timestamp;
use waba_migrator::store::{Directory, LeaseChange, Saved, Store, Workers};

use super::Backend;
use super::backend::{claim, created, joined, lapses, loaded, next_due, worker};
use crate::support::migrations::{at, migration, tenant};

/// Later than every other time here.
const LATER: i64 = 86_400;

/// Disables the tenant, or enables it.
pub async fn set(store: &impl Directory, id: &TenantId, disabled_at: Option<Timestamp>) {
    changed(store, id, disabled_at, at(0)).await;
}

/// Disables the tenant, or enables it, at the time `now`.
async fn changed(
    store: &impl Directory,
    id: &TenantId,
    disabled_at: Option<Timestamp>,
    now: Timestamp,
) {
    let tenant = store.tenant(id).await.unwrap().unwrap();
    let changed = Tenant {
        disabled_at,
        updated_at: now,
        ..tenant
    };
    let saved = store.save_tenant(&changed).await.unwrap();
    assert!(matches!(saved, Saved::Done { .. }), "{saved:?}");
}

fn ids(migrations: &[Migration]) -> Vec<MigrationId> {
    migrations.iter().map(|it| it.id).collect()
}

pub async fn suspended_migrations_wait_until_their_tenant_is_enabled<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (one, two) = (joined(store, 1).await, joined(store, 2).await);
    let acme = tenant("acme");
    let it = created(store, &migration(&acme, 1), Some(at(0))).await;
    set(store, &acme, Some(at(1))).await;
    assert_eq!(
        claim(store, one, at(2), 9).await,
        std::slice::from_ref(&it),
        "disabling touches no migration"
    );
    assert!(store.suspend(one, &acme, it.id, at(LATER)).await.unwrap());
    assert_eq!(claim(store, two, at(LATER - 1), 9).await, []);
    store.leave(two).await.unwrap();
    let next = next_due(store, one, at(2)).await;
    assert_eq!(next, Some(LATER.unsigned_abs() - 2));
    assert!(
        !store.has_leased(one, &acme, it.id).await.unwrap(),
        "the worker has released it"
    );
    assert_eq!(loaded(store, &it).await, it, "the migration did not change");
    let keep = store.save(&acme, &it, &[], Some(at(3)), LeaseChange::Keep(one));
    assert_eq!(keep.await.unwrap(), Saved::Conflict);

    changed(store, &acme, None, at(4)).await;
    assert_eq!(next_due(store, one, at(4)).await, Some(0));
    let claimed = claim(store, one, at(4), 9).await;
    assert_eq!(ids(&claimed), [it.id], "it can be claimed at once");
}

pub async fn a_suspended_timer_is_due_when_its_tenant_is_enabled<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let one = joined(store, 1).await;
    let acme = tenant("acme");
    let mut it = migration(&acme, 1);
    it.state = State::WaitingForCode;
    let it = created(store, &it, Some(at(1))).await;
    claim(store, one, at(1), 9).await;
    set(store, &acme, Some(at(1))).await;
    assert!(store.suspend(one, &acme, it.id, at(LATER)).await.unwrap());
    assert_eq!(claim(store, one, at(3), 9).await, []);
    changed(store, &acme, None, at(4)).await;
    assert_eq!(ids(&claim(store, one, at(4), 9).await), [it.id]);
}

/// A save ends a suspension: of a command that continues at once, and of one that does not.
pub async fn a_command_ends_a_suspension<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let one = joined(store, 1).await;
    let acme = tenant("acme");
    for n in 1..=2 {
        created(store, &migration(&acme, n), Some(at(0))).await;
    }
    let claimed = claim(store, one, at(0), 9).await;
    set(store, &acme, Some(at(1))).await;
    for it in &claimed {
        assert!(store.suspend(one, &acme, it.id, at(LATER)).await.unwrap());
    }
    let [taken, saved] = &claimed[..] else {
        panic!("{claimed:?}")
    };
    for (it, lease) in [
        (taken, LeaseChange::Take(one)),
        (saved, LeaseChange::Untouched),
    ] {
        let done = store.save(&acme, it, &[], Some(at(50)), lease).await;
        assert!(matches!(done.unwrap(), Saved::Done { .. }));
    }
    // Enabling the tenant does not change when they are due.
    changed(store, &acme, None, at(4)).await;
    assert_eq!(claim(store, one, at(49), 9).await, []);
    assert!(store.has_leased(one, &acme, taken.id).await.unwrap());
    assert_eq!(ids(&claim(store, one, at(50), 9).await), [saved.id]);
}

pub async fn long_suspended_migrations_can_be_claimed_again<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let one = joined(store, 1).await;
    let acme = tenant("acme");
    let it = created(store, &migration(&acme, 1), Some(at(0))).await;
    set(store, &acme, Some(at(0))).await;
    for day in 1..4 {
        let claimed = claim(store, one, at((day - 1) * LATER), 9).await;
        assert_eq!(ids(&claimed), [it.id]);
        let until = at(day * LATER);
        assert!(store.suspend(one, &acme, it.id, until).await.unwrap());
    }
    // A claim ends the suspension: enabling the tenant leaves the lease alone.
    assert_eq!(claim(store, one, at(3 * LATER), 9).await.len(), 1);
    changed(store, &acme, None, at(3 * LATER)).await;
    assert!(store.has_leased(one, &acme, it.id).await.unwrap());
    assert_eq!(claim(store, one, at(3 * LATER), 9).await, []);
}

pub async fn only_migrations_of_a_disabled_tenant_are_suspended<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (one, two) = (joined(store, 1).await, joined(store, 2).await);
    let (acme, other) = (tenant("acme"), tenant("other"));
    let disabled = created(store, &migration(&acme, 1), Some(at(0))).await;
    let enabled = created(store, &migration(&other, 2), Some(at(0))).await;
    claim(store, one, at(0), 9).await;
    set(store, &acme, Some(at(1))).await;
    // The lease has ended, and another worker continues.
    lapses(store, one).await;
    assert_eq!(claim(store, two, at(30), 9).await.len(), 2);
    let suspend = async |worker, tenant, it: &Migration| {
        let suspended = store.suspend(worker, tenant, it.id, at(LATER)).await;
        suspended.unwrap()
    };
    assert!(!suspend(one, &acme, &disabled).await, "another has it");
    assert!(!suspend(two, &other, &disabled).await, "of another tenant");
    assert!(!suspend(two, &other, &enabled).await);
    assert!(suspend(two, &acme, &disabled).await);
    assert!(!suspend(two, &acme, &disabled).await, "it was released");
    assert!(store.has_leased(two, &other, enabled.id).await.unwrap());

    // A change of another tenant releases nothing, nor one that leaves it disabled.
    set(store, &other, None).await;
    set(store, &acme, Some(at(2))).await;
    assert_eq!(claim(store, two, at(61), 9).await, []);
    set(store, &acme, None).await;
    assert_eq!(ids(&claim(store, two, at(61), 9).await), [disabled.id]);
}

/// The tenant is enabled while its migrations are suspended: afterwards each is either leased by
/// the worker or free.
pub async fn enabling_a_tenant_misses_no_concurrent_suspension<B: Backend>() {
    const MIGRATIONS: u16 = 40;
    let backend = B::fresh().await;
    let store = backend.store();
    let acme = tenant("acme");
    let mut all = HashSet::new();
    for n in 0..MIGRATIONS {
        all.insert(created(store, &migration(&acme, n), Some(at(0))).await.id);
    }
    for round in 0..8_u8 {
        let now = i64::from(round) * 100;
        let one = joined(store, 100 + u128::from(round)).await;
        changed(store, &acme, Some(at(now)), at(now)).await;
        let claimed = ids(&claim(store, one, at(now), u32::from(MIGRATIONS)).await);
        assert_eq!(claimed.iter().copied().collect::<HashSet<_>>(), all);
        let suspending = async {
            let mut suspended = HashSet::new();
            for id in &claimed {
                if store.suspend(one, &acme, *id, at(LATER)).await.unwrap() {
                    suspended.insert(*id);
                }
            }
            suspended
        };
        let enabling = async {
            for _ in 0..round {
                tokio::task::yield_now().await;
            }
            changed(store, &acme, None, at(now)).await;
        };
        let (suspended, ()) = tokio::join!(suspending, enabling);
        let kept = store.leased(one).await.unwrap();
        let kept: HashSet<_> = kept.into_iter().map(|(_, id)| id).collect();
        assert!(kept.is_disjoint(&suspended), "round {round}");
        assert_eq!(kept.len() + suspended.len(), all.len(), "round {round}");
        let free = ids(&claim(store, one, at(now + 1), 99).await);
        assert_eq!(
            free.into_iter().collect::<HashSet<_>>(),
            suspended,
            "suspended migrations are free"
        );
        store.leave(one).await.unwrap();
    }
}

pub async fn suspended_migrations_have_no_worker<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (one, two) = (joined(store, 1).await, joined(store, 2).await);
    let acme = tenant("acme");
    let it = created(store, &migration(&acme, 1), Some(at(0))).await;
    claim(store, one, at(0), 9).await;
    set(store, &acme, Some(at(1))).await;
    assert!(store.suspend(one, &acme, it.id, at(LATER)).await.unwrap());
    assert_eq!(store.leased(one).await.unwrap(), []);
    // So the end of the worker changes nothing.
    lapses(store, one).await;
    assert_eq!(claim(store, two, at(3), 9).await, []);
    let unknown = store.suspend(worker(3), &acme, it.id, at(LATER)).await;
    assert!(!unknown.unwrap());
}
