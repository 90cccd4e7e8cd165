//! New migrations.

use domain::{Migration, State};
use waba_migrator::store::{Created, Filter, Page, Store};

use super::Backend;
use super::backend::{created, history, loaded, next_due, saved, worker};
use crate::support::migrations::{FORMS, accepted, at, becomes, migration, tenant};

pub async fn a_new_migration_is_stored_completely<B: Backend>() {
    let backend = B::fresh().await;
    let mut wanted = migration(&tenant("acme"), 1);
    wanted.secrets.access_token = "EAAB-token".parse().ok();
    wanted.secrets.two_step_pin = "482913".parse().ok();
    wanted.request.reference = "order 7".to_owned();
    wanted
        .request
        .labels
        .insert("team".to_owned(), "north".to_owned());
    let answer = created(backend.store(), &wanted, Some(at(0))).await;
    wanted.version = 1;
    assert_eq!(answer, wanted);
    assert_eq!(loaded(backend.store(), &wanted).await, wanted);
    assert_eq!(history(backend.store(), &wanted).await, accepted(&wanted));
}

pub async fn the_same_request_returns_the_first_migration<B: Backend>() {
    let backend = B::fresh().await;
    let first = migration(&tenant("acme"), 1);
    created(backend.store(), &first, None).await;
    // Another number, and otherwise a new migration: only the request id decides.
    let mut second = migration(&tenant("acme"), 2);
    second.request.request_id = first.request.request_id.clone();
    for again in [first.clone(), second] {
        let answer = backend
            .store()
            .create(&again.tenant, &again, &accepted(&again), None, None)
            .await
            .unwrap();
        assert_eq!(
            answer,
            Created::SameRequest(Box::new(Migration {
                version: 1,
                ..first.clone()
            }))
        );
    }
}

pub async fn a_number_has_one_live_migration_at_a_time<B: Backend>() {
    let backend = B::fresh().await;
    let mut live = created(backend.store(), &migration(&tenant("acme"), 1), None).await;
    for (n, state) in (2..).zip(State::ALL) {
        let event = becomes(&mut live, 1, state);
        saved(backend.store(), &mut live, &[event], None).await;
        let mut next = migration(&tenant("acme"), n);
        next.request.phone_number = live.request.phone_number.clone();
        let answer = backend
            .store()
            .create(&next.tenant, &next, &accepted(&next), None, None)
            .await
            .unwrap();
        if state.is_terminal() {
            let Created::New(next) = answer else {
                panic!("{state:?}: {answer:?}")
            };
            live = *next;
        } else {
            assert_eq!(answer, Created::NumberBusy(live.id), "{state:?}");
        }
    }
}

pub async fn a_number_has_one_live_migration_in_all_its_forms<B: Backend>() {
    let backend = B::fresh().await;
    for (n, [first, second]) in (0..).step_by(2).zip(FORMS) {
        let of = |n, number: &str| {
            let mut it = migration(&tenant("acme"), n);
            it.request.phone_number = number.parse().unwrap();
            it
        };
        let live = created(backend.store(), &of(n, first), None).await;
        let other = of(n + 1, second);
        let answer = backend
            .store()
            .create(&other.tenant, &other, &accepted(&other), None, None)
            .await
            .unwrap();
        assert_eq!(answer, Created::NumberBusy(live.id), "{first} {second}");
        let kept = loaded(backend.store(), &live).await.request.phone_number;
        let written = live.request.phone_number.to_string();
        assert_eq!(
            kept.to_string(),
            written,
            "the form that was written is kept"
        );
    }
}

pub async fn a_refused_migration_leaves_no_trace<B: Backend>() {
    let backend = B::fresh().await;
    let live = created(backend.store(), &migration(&tenant("acme"), 1), None).await;
    let mut refused = migration(&tenant("acme"), 2);
    refused.request.phone_number = live.request.phone_number.clone();
    refused
        .request
        .labels
        .insert("team".to_owned(), "north".to_owned());
    backend
        .store()
        .create(
            &refused.tenant,
            &refused,
            &accepted(&refused),
            Some(at(0)),
            None,
        )
        .await
        .unwrap();

    assert_eq!(
        backend
            .store()
            .load(&refused.tenant, refused.id)
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        backend
            .store()
            .events(&refused.tenant, refused.id, 0, 10)
            .await
            .unwrap(),
        None
    );
    let next = next_due(backend.store(), worker(1), at(0)).await;
    assert_eq!(next, None);
    let listing = backend
        .store()
        .list(
            &live.tenant,
            &Filter::default(),
            Page {
                size: 10,
                after: None,
                findings: false,
            },
        )
        .await
        .unwrap();
    assert_eq!(listing.migrations, [live]);
    // Its request id is not used up: with a free number, the same request is accepted.
    refused.request.phone_number = migration(&tenant("acme"), 2).request.phone_number;
    created(backend.store(), &refused, None).await;
}

pub async fn of_concurrent_migrations_of_one_number_one_is_created<B: Backend>() {
    let answers = many_at_once::<B>(|first, next| {
        next.request.phone_number = first.request.phone_number.clone();
    })
    .await;
    let new: Vec<_> = answers
        .iter()
        .filter(|answer| matches!(answer, Created::New(_)))
        .collect();
    let [Created::New(kept)] = new.as_slice() else {
        panic!("{new:?}")
    };
    let busy = answers
        .iter()
        .filter(|answer| **answer == Created::NumberBusy(kept.id))
        .count();
    assert_eq!(busy, answers.len() - 1);
}

pub async fn of_concurrent_migrations_of_one_request_one_is_created<B: Backend>() {
    let answers =
        many_at_once::<B>(|first, next| next.request.request_id = first.request.request_id.clone())
            .await;
    let new: Vec<_> = answers
        .iter()
        .filter(|answer| matches!(answer, Created::New(_)))
        .collect();
    let [Created::New(kept)] = new.as_slice() else {
        panic!("{new:?}")
    };
    let same = answers
        .iter()
        .filter(|answer| **answer == Created::SameRequest(kept.clone()))
        .count();
    assert_eq!(same, answers.len() - 1);
}

/// Creates many migrations at once, each made like the first by `alike`.
async fn many_at_once<B: Backend>(alike: impl Fn(&Migration, &mut Migration)) -> Vec<Created> {
    let backend = B::fresh().await;
    let first = migration(&tenant("acme"), 0);
    let migrations = (0..20).map(|n| {
        let mut next = migration(&tenant("acme"), n);
        alike(&first, &mut next);
        next
    });
    let tasks: Vec<_> = migrations
        .map(|next| {
            let store = backend.store().clone();
            tokio::task::JoinSet::from_iter([async move {
                store
                    .create(&next.tenant, &next, &accepted(&next), None, None)
                    .await
                    .unwrap()
            }])
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.extend(task.join_all().await);
    }
    answers
}
