//! Attempts: the limited calls of a number, counted from the events.

use domain::{Attempts, GraphCall, Migration, State};
use waba_migrator::store::{ATTEMPTS_WINDOW, Filter, Page, Store};

use super::Backend;
use super::backend::{claim, created, loaded, saved, worker};
use crate::support::migrations::{FORMS, at, becomes, migration, sends, tenant};

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
    counted(&claim(store, worker(1), at(40), at(50), 1).await[0]);
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

pub async fn calls_older_than_every_window_are_left_out<B: Backend>() {
    let backend = B::fresh().await;
    let mut it = created(backend.store(), &migration(&tenant("acme"), 1), None).await;
    let window = ATTEMPTS_WINDOW.as_secs();
    let events = [0, 1, window].map(|second| sends(&mut it, second, GraphCall::Register));
    saved(backend.store(), &mut it, &events, None).await;
    let calls = vec![
        (at(1), GraphCall::Register),
        (at(window), GraphCall::Register),
    ];
    assert_eq!(
        loaded(backend.store(), &it).await.attempts,
        Attempts::new(calls)
    );
}
