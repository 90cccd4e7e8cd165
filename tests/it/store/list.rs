//! Lists: newest first, filtered, in pages.

use std::collections::BTreeMap;

use domain::{Actor, Fault, Machine, Migration, Reason, State, TenantId};
use waba_migrator::store::{Filter, Listing, Page, Store};

use super::Backend;
use super::backend::{created, saved};
use crate::support::migrations::{FORMS, at, becomes, migration, passed, tenant};

/// The migrations of a listing, by the numbers with which they were created.
fn found(listing: &Listing) -> Vec<u128> {
    listing
        .migrations
        .iter()
        .map(|it| it.id.uuid().as_u128() & 0xffff)
        .collect()
}

pub async fn a_list_is_newest_first_and_paged<B: Backend>() {
    let backend = B::fresh().await;
    let acme = tenant("acme");
    for n in [3, 1, 5, 2, 4] {
        created(backend.store(), &migration(&acme, n), None).await;
    }
    let mut pages = Vec::new();
    let mut after = None;
    loop {
        let listing = backend
            .store()
            .list(
                &acme,
                &Filter::default(),
                Page {
                    size: 2,
                    after,
                    findings: false,
                },
            )
            .await
            .unwrap();
        pages.push(found(&listing));
        after = listing.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(pages, [vec![5, 4], vec![3, 2], vec![1]]);
    let exact = backend
        .store()
        .list(
            &acme,
            &Filter::default(),
            Page {
                size: 5,
                after: None,
                findings: false,
            },
        )
        .await
        .unwrap();
    assert_eq!(
        (found(&exact).len(), exact.next),
        (5, None),
        "a full last page is the last"
    );
}

pub async fn new_migrations_do_not_change_later_pages<B: Backend>() {
    let backend = B::fresh().await;
    let acme = tenant("acme");
    for n in 1..=4 {
        created(backend.store(), &migration(&acme, n), None).await;
    }
    let first = backend
        .store()
        .list(
            &acme,
            &Filter::default(),
            Page {
                size: 2,
                after: None,
                findings: false,
            },
        )
        .await
        .unwrap();
    created(backend.store(), &migration(&acme, 9), None).await;
    let page = Page {
        size: 2,
        after: first.next,
        findings: false,
    };
    assert_eq!(
        found(
            &backend
                .store()
                .list(&acme, &Filter::default(), page)
                .await
                .unwrap()
        ),
        [2, 1]
    );
}

fn named(labels: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    labels.iter().map(owned).collect()
}

/// Six migrations that differ in the fields of a filter.
async fn six(store: &impl Store, acme: &TenantId) {
    for n in 1..=6 {
        let mut it = migration(acme, n);
        let labels: &[(&str, &str)] = match n {
            1 => &[("team", "north"), ("tier", "gold")],
            2 => &[("team", "north")],
            3 => &[("team", "south"), ("tier", "gold")],
            _ => &[],
        };
        it.request.labels = named(labels);
        match n {
            4 => it.request.destination = "300000000000000".parse().unwrap(),
            5 => it.request.source = "300000000000000".parse().ok(),
            6 => it.request.reference = "order's 7%".to_owned(),
            _ => {}
        }
        let mut it = created(store, &it, None).await;
        let state = if n % 2 == 0 {
            State::Failed
        } else {
            State::WaitingForCode
        };
        let event = becomes(&mut it, i64::from(n) * 1000, state);
        saved(store, &mut it, &[event], None).await;
    }
}

#[expect(clippy::too_many_lines, reason = "one table, a row a filter")]
pub async fn a_filter_meets_every_condition<B: Backend>() {
    let backend = B::fresh().await;
    let acme = tenant("acme");
    six(backend.store(), &acme).await;
    let labels = |labels: &[(&str, &str)]| Filter {
        labels: named(labels),
        ..Filter::default()
    };
    let states = |states: &[State]| Filter {
        states: states.to_vec(),
        ..Filter::default()
    };
    let waba = |id: &str| Filter {
        waba: id.parse().ok(),
        ..Filter::default()
    };
    let reference = |text: &str| Filter {
        reference: Some(text.to_owned()),
        ..Filter::default()
    };
    let last_digits = |digits: &str| Filter {
        last_digits: digits.parse().ok(),
        ..Filter::default()
    };
    let updated_since = |second| Filter {
        updated_since: Some(at(second)),
        ..Filter::default()
    };
    let actor = |actor| Filter {
        actor: Some(actor),
        ..Filter::default()
    };
    let phone_number = |it: Migration| Filter {
        phone_number: Some(it.request.phone_number),
        ..Filter::default()
    };
    for (filter, expected) in [
        (Filter::default(), vec![6, 5, 4, 3, 2, 1]),
        (states(&[State::Failed]), vec![6, 4, 2]),
        (
            states(&[State::Failed, State::WaitingForCode]),
            vec![6, 5, 4, 3, 2, 1],
        ),
        (states(&[State::Running]), vec![]),
        (phone_number(migration(&acme, 3)), vec![3]),
        (phone_number(migration(&acme, 33)), vec![]),
        (last_digits("0003"), vec![3]),
        (last_digits("12025550003"), vec![3]),
        (last_digits("9003"), vec![]),
        (updated_since(0), vec![6, 5, 4, 3, 2, 1]),
        (updated_since(4000), vec![6, 5, 4]),
        (updated_since(4001), vec![6, 5]),
        (updated_since(100_000), vec![]),
        (actor(Actor::NumberOwner), vec![5, 3, 1]),
        (actor(Actor::Meta), vec![]),
        (
            Filter {
                last_digits: "0004".parse().ok(),
                updated_since: Some(at(3000)),
                ..reference("")
            },
            vec![4],
        ),
        (
            Filter {
                last_digits: "0004".parse().ok(),
                ..phone_number(migration(&acme, 4))
            },
            vec![4],
        ),
        (
            Filter {
                actor: Some(Actor::NumberOwner),
                updated_since: Some(at(2000)),
                states: vec![State::WaitingForCode],
                ..waba("104996122399160")
            },
            vec![5, 3],
        ),
        (
            Filter {
                updated_since: Some(at(2000)),
                ..actor(Actor::NumberOwner)
            },
            vec![5, 3],
        ),
        (waba("300000000000000"), vec![5, 4]),
        (waba("104996122399160"), vec![6, 5, 3, 2, 1]),
        (waba("400000000000000"), vec![]),
        (labels(&[("team", "north")]), vec![2, 1]),
        (labels(&[("team", "north"), ("tier", "gold")]), vec![1]),
        (labels(&[("team", "gold")]), vec![]),
        (reference("order's 7%"), vec![6]),
        (reference("order%"), vec![]),
        (
            Filter {
                states: vec![State::WaitingForCode],
                ..labels(&[("team", "north")])
            },
            vec![1],
        ),
        (
            Filter {
                waba: "300000000000000".parse().ok(),
                ..states(&[State::Failed])
            },
            vec![4],
        ),
    ] {
        let listing = backend
            .store()
            .list(
                &acme,
                &filter,
                Page {
                    size: 10,
                    after: None,
                    findings: false,
                },
            )
            .await
            .unwrap();
        assert_eq!(found(&listing), expected, "{filter:?}");
        let page = Page {
            size: 10,
            after: Some(migration(&acme, 4).id),
            findings: false,
        };
        let older = backend.store().list(&acme, &filter, page).await.unwrap();
        assert_eq!(
            found(&older),
            expected.into_iter().filter(|n| *n < 4).collect::<Vec<_>>(),
            "older: {filter:?}"
        );
    }
}

/// A list by actor or fault finds what the next action and the fault show, in every state.
pub async fn an_actor_and_a_fault_find_what_a_migration_shows<B: Backend>() {
    let backend = B::fresh().await;
    let (store, acme, machine) = (backend.store(), tenant("acme"), Machine::default());
    let mut all = Vec::new();
    for state in State::ALL {
        for reason in [None]
            .into_iter()
            .chain(Reason::ALL.iter().copied().map(Some))
        {
            for held in [false, true] {
                let mut it = migration(&acme, u16::try_from(all.len()).unwrap() + 1);
                it.state = state;
                it.not_before = held.then(|| at(60));
                let fault = reason.map(Fault::of);
                if held {
                    it.held = fault.map(Box::new);
                } else {
                    it.fault = fault;
                }
                all.push(created(store, &it, None).await);
            }
        }
    }
    let listed = async |filter: Filter| {
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let page = Page {
                size: 200,
                after,
                findings: false,
            };
            let listing = store.list(&acme, &filter, page).await.unwrap();
            ids.extend(listing.migrations.iter().map(|it| it.id));
            after = listing.next;
            if after.is_none() {
                return ids;
            }
        }
    };
    let shown = |shows: &dyn Fn(&Migration) -> bool| {
        let shown = all.iter().rev().filter(|it| shows(it));
        shown.map(|it| it.id).collect::<Vec<_>>()
    };
    for actor in Actor::ALL {
        let filter = Filter {
            actor: Some(actor),
            ..Filter::default()
        };
        let expected = shown(&|it| machine.next_action(it, at(1)).actor == Some(actor));
        assert_eq!(listed(filter).await, expected, "{actor:?}");
    }
    for reason in Reason::ALL {
        let filter = Filter {
            fault: Some(*reason),
            ..Filter::default()
        };
        let expected = shown(&|it| it.current_fault().map(|it| it.reason) == Some(*reason));
        assert_eq!(expected.len(), 2 * State::ALL.len());
        assert_eq!(listed(filter).await, expected, "{reason:?}");
    }
}

pub async fn a_number_is_found_by_any_form<B: Backend>() {
    let backend = B::fresh().await;
    let acme = tenant("acme");
    for (n, forms) in (1..).zip(FORMS) {
        let mut it = migration(&acme, n);
        it.request.phone_number = forms[0].parse().unwrap();
        created(backend.store(), &it, None).await;
        for form in forms {
            let filter = Filter {
                phone_number: form.parse().ok(),
                ..Filter::default()
            };
            let page = Page {
                size: 10,
                after: None,
                findings: false,
            };
            let listing = backend.store().list(&acme, &filter, page).await.unwrap();
            assert_eq!(found(&listing), [u128::from(n)], "{form}");
        }
    }
}

pub async fn states_are_counted_over_all_tenants<B: Backend>() {
    let backend = B::fresh().await;
    let counted = async || {
        let population = backend.store().population().await.unwrap();
        assert_eq!(population.len(), State::ALL.len());
        let some = population.into_iter().filter(|(_, count)| *count > 0);
        some.map(|(state, count)| (state.as_str(), count))
            .collect::<BTreeMap<_, _>>()
    };
    assert_eq!(counted().await, BTreeMap::new());
    for (n, name) in [(1, "acme"), (2, "acme"), (3, "other")] {
        created(backend.store(), &migration(&tenant(name), n), None).await;
    }
    let mut moved = migration(&tenant("acme"), 4);
    moved = created(backend.store(), &moved, None).await;
    let event = becomes(&mut moved, 1, State::WaitingForCode);
    saved(backend.store(), &mut moved, &[event], None).await;
    assert_eq!(
        counted().await,
        [("RUNNING", 3), ("WAITING_FOR_CODE", 1)].into()
    );
}

/// The next action of a migration whose checks failed names them, even in a short list.
pub async fn a_list_without_findings_has_those_of_failed_checks<B: Backend>() {
    let backend = B::fresh().await;
    let (store, acme) = (backend.store(), tenant("acme"));
    for (n, reason) in [
        (1, None),
        (2, Some(Reason::ChecksFailed)),
        (3, Some(Reason::CodeRejected)),
        (4, Some(Reason::ChecksFailed)),
    ] {
        let mut it = migration(&acme, n);
        it.findings.checks = vec![passed("found")];
        let fault = reason.map(Fault::of);
        match n {
            // What it is held for decides, as in the next action.
            4 => it.held = fault.map(Box::new),
            _ => it.fault = fault,
        }
        created(store, &it, None).await;
    }
    let found = async |findings| {
        let page = Page {
            size: 9,
            after: None,
            findings,
        };
        let listing = store.list(&acme, &Filter::default(), page).await.unwrap();
        let checks = listing.migrations.iter().map(|it| it.findings.checks.len());
        checks.collect::<Vec<_>>()
    };
    assert_eq!(found(false).await, [1, 0, 1, 0]);
    assert_eq!(found(true).await, [1, 1, 1, 1]);
}
