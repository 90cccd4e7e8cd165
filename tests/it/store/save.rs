//! Saves: all or nothing, and only of the latest version.

use std::collections::BTreeMap;
use std::future::Future;

use domain::{Event, GraphCall, Migration, State, Tags, Tracked};
use tokio::task::JoinSet;
use waba_migrator::store::{Filter, LeaseChange, Page, Requested, Saved, Store, Workers as _};

use super::Backend;
use super::backend::{claim, created, history, joined, lapses, loaded, next_due, saved, worker};
use crate::support::migrations::{accepted, at, becomes, migration, passed, sends, tenant};

pub async fn a_save_stores_everything<B: Backend>() {
    let backend = B::fresh().await;
    let mut it = created(backend.store(), &migration(&tenant("acme"), 1), Some(at(0))).await;
    it.secrets.code = "918273".parse().ok();
    it.phone_number_id = "106540352242922".parse().ok();
    let events = [
        sends(&mut it, 1, GraphCall::RequestCode),
        becomes(&mut it, 2, State::WaitingForCode),
    ];
    saved(backend.store(), &mut it, &events, None).await;
    assert_eq!(it.version, 2);
    assert_eq!(loaded(backend.store(), &it).await, it);
    assert_eq!(
        history(backend.store(), &it).await,
        [accepted(&migration(&it.tenant, 1)), events.to_vec()].concat()
    );
    assert_eq!(
        next_due(backend.store(), worker(1), at(0)).await,
        None,
        "it waits for a person now"
    );
}

/// The reference and the labels of an update are found, on their own and among other saves.
pub async fn changed_tags_are_found_and_the_old_ones_are_not<B: Backend>() {
    let backend = B::fresh().await;
    let (store, acme) = (backend.store(), tenant("acme"));
    let labels = |labels: &[(&str, &str)]| {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        labels.iter().map(owned).collect::<BTreeMap<_, _>>()
    };
    let mut all = Vec::new();
    for n in 1..=6 {
        let mut it = migration(&acme, n);
        it.request.labels = labels(&[("team", "north"), ("tier", "gold")]);
        it.request.reference = "old".to_owned();
        all.push(created(store, &it, None).await);
    }
    // Saves at the same time go to the database in one group.
    let saves = all.iter_mut().zip(1..).map(|(it, n): (_, u16)| async move {
        if n % 2 == 0 {
            *it.tags = Some(Tags {
                reference: format!("new {n}"),
                labels: labels(&[("team", "south"), ("tier", "gold")]),
            });
        }
        let event = becomes(it, 1, State::WaitingForCode);
        saved(store, it, &[event], None).await;
    });
    futures_util::future::join_all(saves).await;
    // A later save changes none of it.
    for it in &mut all {
        assert!(!it.tags.is_changed());
        let event = becomes(it, 2, State::Running);
        saved(store, it, &[event], None).await;
        assert_eq!(loaded(store, it).await, *it);
    }
    let found = async |filter: Filter| {
        let page = Page {
            size: 10,
            after: None,
            findings: false,
        };
        let found = store.list(&acme, &filter, page).await.unwrap().migrations;
        let numbers = found.iter().map(|it| it.id.uuid().as_u128() & 0xff);
        numbers.collect::<Vec<_>>()
    };
    for (label, numbers) in [
        (("team", "south"), vec![6, 4, 2]),
        (("team", "north"), vec![5, 3, 1]),
        (("tier", "gold"), vec![6, 5, 4, 3, 2, 1]),
    ] {
        let filter = Filter {
            labels: labels(&[label]),
            ..Filter::default()
        };
        assert_eq!(found(filter).await, numbers, "{label:?}");
    }
    for (reference, numbers) in [("new 4", vec![4]), ("old", vec![5, 3, 1])] {
        let filter = Filter {
            reference: Some(reference.to_owned()),
            ..Filter::default()
        };
        assert_eq!(found(filter).await, numbers, "{reference}");
    }
}

pub async fn an_old_version_writes_nothing<B: Backend>() {
    let backend = B::fresh().await;
    let mut first = created(backend.store(), &migration(&tenant("acme"), 1), None).await;
    let second = first.clone();
    let event = becomes(&mut first, 1, State::WaitingForCode);
    saved(backend.store(), &mut first, &[event], None).await;
    assert_conflict(backend.store(), second, LeaseChange::Untouched).await;

    let unknown = Migration {
        version: 1,
        ..migration(&tenant("acme"), 2)
    };
    let answer = backend
        .store()
        .save(&unknown.tenant, &unknown, &[], None, LeaseChange::Untouched)
        .await
        .unwrap();
    assert_eq!(
        answer,
        Saved::Conflict,
        "what was never created cannot be saved"
    );
    assert_eq!(
        backend
            .store()
            .load(&unknown.tenant, unknown.id)
            .await
            .unwrap(),
        None
    );
}

pub async fn a_lost_lease_writes_nothing<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (slow, quick) = (joined(store, 1).await, joined(store, 2).await);
    let it = created(store, &migration(&tenant("acme"), 1), Some(at(0))).await;
    let with_lease = [LeaseChange::Keep(slow), LeaseChange::Release(slow)];
    for lease in with_lease {
        assert_conflict(store, it.clone(), lease).await;
    }
    claim(store, slow, at(0), 1).await;
    // The lease has ended but no other worker ended its worker, so the work is not lost.
    lapses(store, slow).await;
    let kept = store.save(&it.tenant, &it, &[], Some(at(0)), LeaseChange::Keep(slow));
    assert_eq!(kept.await.unwrap(), Saved::Done { version: 2 });
    let it = Migration { version: 2, ..it };
    assert_eq!(
        claim(store, quick, at(20), 1).await,
        std::slice::from_ref(&it)
    );
    for lease in with_lease {
        assert_conflict(store, it.clone(), lease).await;
    }
    assert_conflict(store, it.clone(), LeaseChange::Take(slow)).await;
    let leased = store.leased(quick).await.unwrap();
    assert_eq!(
        leased,
        [(it.tenant, it.id)],
        "that of the other is unchanged"
    );
}

/// Findings are large, and written in few steps: a save that does not change them leaves them.
pub async fn findings_are_written_only_when_they_change<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let found = |it: &Migration| {
        let checks = it.findings.checks.iter();
        checks.map(|it| it.finding.clone()).collect::<Vec<_>>()
    };
    let mut it = migration(&tenant("acme"), 1);
    it.findings.checks = vec![passed("first")];
    let mut it = created(store, &it, None).await;
    assert!(!it.findings.is_changed());
    assert_eq!(found(&loaded(store, &it).await), ["first"]);
    // A migration that was read without its findings can be saved.
    let mut bare = loaded(store, &it).await;
    bare.findings = Tracked::default();
    let event = becomes(&mut bare, 1, State::WaitingForCode);
    saved(store, &mut bare, &[event], None).await;
    it = loaded(store, &it).await;
    assert_eq!(found(&it), ["first"]);
    it.findings.checks.push(passed("second"));
    saved(store, &mut it, &[], None).await;
    assert!(!it.findings.is_changed());
    assert_eq!(found(&loaded(store, &it).await), ["first", "second"]);
    // A save that fails leaves them, too.
    let mut old = it.clone();
    saved(store, &mut it, &[], None).await;
    old.findings.checks.clear();
    let conflict = store.save(&old.tenant, &old, &[], None, LeaseChange::Untouched);
    assert_eq!(conflict.await.unwrap(), Saved::Conflict);
    let again = loaded(store, &it).await;
    assert_eq!(found(&again), ["first", "second"]);
    let filter = Filter::default();
    for (findings, expected) in [(true, 2), (false, 0)] {
        let page = Page {
            size: 1,
            after: None,
            findings,
        };
        let listing = store.list(&it.tenant, &filter, page).await.unwrap();
        assert_eq!(listing.migrations[0].findings.checks.len(), expected);
    }
    let requested = store.requested(&it.tenant, &it.request.request_id, at(9));
    assert_eq!(
        requested.await.unwrap(),
        Requested::Started(Box::new(again))
    );
}

/// Saves changes of every field, none of which must be written.
async fn assert_conflict(store: &impl Store, mut changed: Migration, lease: LeaseChange) {
    let (row, events) = (
        loaded(store, &changed).await,
        history(store, &changed).await,
    );
    let due = due(store).await;
    changed.findings.checks.clear();
    changed.secrets.two_step_pin = "482913".parse().ok();
    let event = becomes(&mut changed, 3, State::Failed);
    let answer = store
        .save(&changed.tenant, &changed, &[event], Some(at(1)), lease)
        .await
        .unwrap();
    assert_eq!(answer, Saved::Conflict);
    assert_eq!(loaded(store, &row).await, row);
    assert_eq!(history(store, &row).await, events);
    assert_eq!(self::due(store).await, due);
}

/// Whether something can be claimed, and when the next delayed migration is due. The leases of
/// workers, which go on meanwhile, are longer.
async fn due(store: &impl Store) -> Option<u64> {
    next_due(store, worker(1), at(0))
        .await
        .filter(|it| *it < 1_000)
}

pub async fn of_concurrent_saves_of_one_version_one_succeeds<B: Backend>() {
    let backend = B::fresh().await;
    let it = created(backend.store(), &migration(&tenant("acme"), 1), None).await;
    let answers = at_once((0..20).map(|n| {
        let (store, mut it) = (backend.store().clone(), it.clone());
        let event = sends(&mut it, n, GraphCall::AddNumber);
        async move { save(&store, &it, event).await }
    }))
    .await;
    assert_eq!(
        answers
            .iter()
            .filter(|answer| **answer == Saved::Done { version: 2 })
            .count(),
        1
    );
    assert_eq!(
        answers
            .iter()
            .filter(|answer| **answer == Saved::Conflict)
            .count(),
        19
    );
    assert_eq!(history(backend.store(), &it).await.len(), 2);
}

pub async fn two_hundred_concurrent_saves_all_succeed<B: Backend>() {
    let backend = B::fresh().await;
    let mut migrations = Vec::new();
    for n in 0..200 {
        migrations.push(created(backend.store(), &migration(&tenant("acme"), n), None).await);
    }
    let answers = at_once(migrations.iter().cloned().map(|mut it| {
        let store = backend.store().clone();
        let event = becomes(&mut it, 1, State::WaitingForCode);
        async move { save(&store, &it, event).await }
    }))
    .await;
    assert_eq!(answers, vec![Saved::Done { version: 2 }; 200]);
    for it in &migrations {
        assert_eq!(
            loaded(backend.store(), it).await.state,
            State::WaitingForCode
        );
        assert_eq!(history(backend.store(), it).await.len(), 2);
    }
}

async fn save(store: &impl Store, it: &Migration, event: Event) -> Saved {
    store
        .save(&it.tenant, it, &[event], None, LeaseChange::Untouched)
        .await
        .unwrap()
}

async fn at_once<F: Future<Output = Saved> + Send + 'static>(
    saves: impl Iterator<Item = F>,
) -> Vec<Saved> {
    saves.collect::<JoinSet<_>>().join_all().await
}
