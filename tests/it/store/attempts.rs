//! Attempts: the limited calls of a number, counted over all tenants.

use domain::{Attempts, GraphCall, Migration, State};
use tokio::task::JoinSet;
use waba_migrator::store::{
    Deleted, Directory as _, Error, Filter, LeaseChange, Page, Removal as _, Saved, Store,
};

use super::Backend;
use super::backend::{claim, created, history, joined, loaded, saved};
use crate::support::migrations::{FORMS, accepted, at, becomes, migration, sends, tenant};
use crate::support::tenants;

pub async fn calls_are_counted_over_all_migrations_of_a_number<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let mut first = created(store, &migration(&tenant("acme"), 1), None).await;
    let events = [
        sends(&mut first, 10, GraphCall::RequestCode),
        sends(&mut first, 20, GraphCall::Register),
        becomes(&mut first, 21, State::Failed),
    ];
    saved(store, &mut first, &events, None).await;
    let mut unrelated = created(store, &migration(&tenant("acme"), 2), None).await;
    let event = sends(&mut unrelated, 15, GraphCall::Register);
    saved(store, &mut unrelated, &[event], None).await;

    let mut second = migration(&tenant("acme"), 3);
    second.request.phone_number = first.request.phone_number.clone();
    let mut second = created(store, &second, Some(at(0))).await;
    let mut calls = vec![
        (at(10), GraphCall::RequestCode),
        (at(20), GraphCall::Register),
    ];
    assert_eq!(
        second.attempts,
        Attempts::new(calls.clone()),
        "a new migration has the earlier attempts"
    );

    let event = sends(&mut second, 30, GraphCall::Register);
    saved(store, &mut second, &[event], Some(at(0))).await;
    calls.push((at(30), GraphCall::Register));
    let counted = |it: &Migration| assert_eq!(it.attempts, Attempts::new(calls.clone()));
    counted(&loaded(store, &first).await);
    counted(&loaded(store, &second).await);
    let one = joined(store, 1).await;
    counted(&claim(store, one, at(40), 1).await[0]);
    let filter = Filter {
        phone_number: Some(first.request.phone_number.clone()),
        ..Filter::default()
    };
    let listing = store
        .list(
            &first.tenant,
            &filter,
            Page {
                size: 9,
                after: None,
                findings: false,
            },
        )
        .await
        .unwrap();
    listing.migrations.iter().for_each(counted);
}

pub async fn calls_are_counted_over_all_forms_of_a_number<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    for (n, [first, second]) in (0..).step_by(2).zip(FORMS) {
        let of = |n, number: &str| {
            let mut it = migration(&tenant("acme"), n);
            it.request.phone_number = number.parse().unwrap();
            it
        };
        let mut ended = created(store, &of(n, first), None).await;
        let events = [
            sends(&mut ended, 20, GraphCall::Register),
            becomes(&mut ended, 21, State::Failed),
        ];
        saved(store, &mut ended, &events, None).await;
        let mut next = created(store, &of(n + 1, second), None).await;
        let mut calls = vec![(at(20), GraphCall::Register)];
        assert_eq!(
            next.attempts,
            Attempts::new(calls.clone()),
            "{first} {second}"
        );
        let event = sends(&mut next, 30, GraphCall::RequestCode);
        saved(store, &mut next, &[event], None).await;
        calls.push((at(30), GraphCall::RequestCode));
        for it in [&ended, &next] {
            let counted = loaded(store, it).await.attempts;
            assert_eq!(counted, Attempts::new(calls.clone()), "{first} {second}");
        }
    }
}

/// The next migration of the number of `like`, of any tenant.
async fn again(store: &impl Store, like: &Migration, owner: &str, n: u16) -> Migration {
    let mut next = migration(&tenant(owner), n);
    next.request.phone_number = like.request.phone_number.clone();
    next.sandbox = like.sandbox;
    created(store, &next, None).await
}

pub async fn calls_are_counted_over_all_tenants<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let mut one = created(store, &migration(&tenant("acme"), 1), None).await;
    let two = again(store, &one, "other", 2).await;
    let event = sends(&mut one, 10, GraphCall::RequestCode);
    saved(store, &mut one, &[event], None).await;
    let mut two = loaded(store, &two).await;
    assert_eq!(two.attempts, one.attempts);
    let event = sends(&mut two, 20, GraphCall::Register);
    saved(store, &mut two, &[event], None).await;
    let both = Attempts::new(vec![
        (at(10), GraphCall::RequestCode),
        (at(20), GraphCall::Register),
    ]);
    assert_eq!(loaded(store, &one).await.attempts, both);
    assert_eq!(two.attempts, both);
}

pub async fn calls_survive_the_removal_of_their_migration_and_of_their_tenant<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let bakery = tenant("bakery");
    tenants::kept(store, &bakery).await;
    let mut calls = Vec::new();
    let mut first = created(store, &migration(&bakery, 1), None).await;
    for (n, second) in [(0_u16, 10), (1, 20)] {
        let mut it = if n == 0 {
            first.clone()
        } else {
            again(store, &first, "bakery", 2).await
        };
        let events = [
            sends(&mut it, second, GraphCall::Register),
            becomes(&mut it, second + 1, State::Failed),
        ];
        saved(store, &mut it, &events, None).await;
        calls.push((at(second), GraphCall::Register));
        if n == 0 {
            assert!(store.remove(&bakery, &it, at(1_000)).await.unwrap());
            first = it;
        }
    }
    assert_eq!(store.delete_tenant(&bakery).await.unwrap(), Deleted::Done);
    let next = again(store, &first, "acme", 3).await;
    assert_eq!(next.attempts, Attempts::new(calls));
}

/// Meta cannot know the calls of a sandbox, so that they do not count for real numbers.
pub async fn calls_of_a_sandbox_are_counted_apart<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let mut sandbox = migration(&tenant("acme"), 1);
    sandbox.sandbox = true;
    let mut sandbox = created(store, &sandbox, None).await;
    let events = [
        sends(&mut sandbox, 10, GraphCall::Register),
        becomes(&mut sandbox, 11, State::Failed),
    ];
    saved(store, &mut sandbox, &events, None).await;
    let mut real = migration(&tenant("other"), 2);
    real.request.phone_number = sandbox.request.phone_number.clone();
    let real = created(store, &real, None).await;
    assert_eq!(real.attempts, Attempts::default());
    let next = again(store, &sandbox, "other", 3).await;
    assert_eq!(next.attempts, sandbox.attempts);
}

pub async fn a_call_that_another_migration_missed_conflicts<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let mut one = created(store, &migration(&tenant("acme"), 1), None).await;
    let mut two = again(store, &one, "other", 2).await;
    let event = sends(&mut one, 10, GraphCall::Register);
    saved(store, &mut one, &[event], None).await;
    // It was read before that call.
    let before = two.clone();
    let event = sends(&mut two, 11, GraphCall::Register);
    let lease = LeaseChange::Untouched;
    let missed = store.save(&two.tenant, &two, &[event], None, lease).await;
    assert_eq!(missed.unwrap(), Saved::Conflict);
    let now = loaded(store, &two).await;
    assert_eq!(
        (now.version, now.last_sequence),
        (1, 1),
        "nothing is written"
    );
    assert_eq!(history(store, &two).await.len(), 1);
    assert_eq!(now.attempts, one.attempts);
    // A save without a call needs no new count.
    let mut before = before;
    let event = becomes(&mut before, 12, State::WaitingForCode);
    saved(store, &mut before, &[event], None).await;
    let mut now = loaded(store, &two).await;
    let event = sends(&mut now, 13, GraphCall::Register);
    saved(store, &mut now, &[event], None).await;
    assert_eq!(loaded(store, &one).await.attempts, now.attempts);
}

/// Two migrations of one number, of two tenants, record a call at once, as often as they can.
pub async fn of_two_calls_of_a_number_at_once_one_is_counted_first<B: Backend>() {
    const CALLS: usize = 12;
    let backend = B::fresh().await;
    let store = backend.store();
    let first = created(store, &migration(&tenant("acme"), 1), None).await;
    let second = again(store, &first, "other", 2).await;
    let calling: JoinSet<_> = [first.clone(), second]
        .into_iter()
        .map(|it| {
            let store = store.clone();
            async move {
                let (mut sent, mut conflicts) = (0, 0);
                while sent < CALLS {
                    let mut it = loaded(&store, &it).await;
                    let event = sends(&mut it, 1, GraphCall::Register);
                    let lease = LeaseChange::Untouched;
                    match store
                        .save(&it.tenant, &it, &[event], None, lease)
                        .await
                        .unwrap()
                    {
                        Saved::Done { .. } => {
                            sent += 1;
                            let counted = loaded(&store, &it).await.attempts.last();
                            assert!(counted >= it.attempts.last());
                        }
                        Saved::Conflict => conflicts += 1,
                    }
                    assert!(conflicts < 1_000, "{sent} of {CALLS} calls");
                }
            }
        })
        .collect();
    calling.join_all().await;
    let call = (at(1), GraphCall::Register);
    let all = Attempts::new(vec![call; 2 * CALLS]);
    assert_eq!(loaded(store, &first).await.attempts, all);
}

/// A call is recorded before it is sent, so never by the creation of a migration.
pub async fn a_new_migration_records_no_call<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let mut it = migration(&tenant("acme"), 1);
    let mut events = accepted(&it);
    events.push(sends(&mut it, 1, GraphCall::Register));
    let made = store.create(&it.tenant, &it, &events, None, None).await;
    assert!(matches!(made, Err(Error::Inconsistent(_))), "{made:?}");
    let other = migration(&tenant("acme"), 1);
    created(store, &other, None).await;
}
