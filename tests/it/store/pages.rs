//! Limits of a page of a list, for large migrations and for few matches.

use std::collections::BTreeMap;

use domain::{Check, CheckId, Migration, State, Verdict};
use futures_util::{StreamExt as _, stream};
use waba_migrator::store::{Filter, Listing, Page, READ_AT_MOST, Store, WALKED_AT_MOST};

use super::Backend;
use super::backend::{created, saved};
use crate::support::migrations::{becomes, migration, tenant};

/// The pages of a list, from the newest to the last.
async fn pages(store: &impl Store, filter: &Filter) -> Vec<Listing> {
    let acme = tenant("acme");
    let mut pages: Vec<Listing> = Vec::new();
    loop {
        let after = pages.last().and_then(|page| page.next);
        let page = Page {
            size: 200,
            after,
            findings: true,
        };
        pages.push(store.list(&acme, filter, page).await.unwrap());
        assert!(pages.len() < 100, "the pages have no end");
        if pages.last().is_some_and(|page| page.next.is_none()) {
            return pages;
        }
    }
}

fn numbers(page: &Listing) -> Vec<u128> {
    let number = |it: &Migration| it.id.uuid().as_u128() & 0xffff;
    page.migrations.iter().map(number).collect()
}

/// A migration with a document of about this size, which does not compress well.
fn large(mut it: Migration, bytes: usize) -> Migration {
    let mut noise = 1_u64;
    let mut next = || {
        noise = noise
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(b'a' + u8::try_from((noise >> 33) % 26).unwrap())
    };
    it.findings.checks = vec![Check {
        id: CheckId::NumberInPlan,
        verdict: Verdict::Pass,
        finding: (0..bytes).map(|_| next()).collect(),
        remedies: Vec::new(),
        graph_error: None,
    }];
    it
}

pub async fn a_page_is_bounded_in_size_and_the_pages_are_complete<B: Backend>() {
    let backend = B::fresh().await;
    let acme = tenant("acme");
    // The sixth alone is larger than a page.
    for n in 1..=10 {
        let bytes = if n == 6 { READ_AT_MOST + 1 } else { 1 << 20 };
        created(backend.store(), &large(migration(&acme, n), bytes), None).await;
    }
    let north = [("team".to_owned(), "north".to_owned())];
    let labelled = Filter {
        labels: BTreeMap::from(north.clone()),
        ..Filter::default()
    };
    let mut small = migration(&acme, 11);
    small.request.labels = labelled.labels.clone();
    created(backend.store(), &small, None).await;

    let found: Vec<_> = pages(backend.store(), &Filter::default()).await;
    let found: Vec<_> = found.iter().map(numbers).collect();
    assert_eq!(
        found,
        [vec![11, 10, 9, 8], vec![7, 6], vec![5, 4, 3], vec![2, 1]]
    );
    let waba = Filter {
        waba: small.request.source.clone(),
        states: vec![State::Running],
        ..Filter::default()
    };
    let tested: Vec<_> = pages(backend.store(), &waba).await;
    assert_eq!(tested.iter().map(numbers).collect::<Vec<_>>(), found);
    // Findings that are not read need no space.
    let page = Page {
        size: 200,
        after: None,
        findings: false,
    };
    let basic = backend.store().list(&acme, &Filter::default(), page).await;
    assert_eq!(basic.unwrap().migrations.len(), 11);
    // Nor do migrations that do not match.
    let one = pages(backend.store(), &labelled).await;
    assert_eq!(one.iter().map(numbers).collect::<Vec<_>>(), [[11]]);
}

pub async fn a_scan_that_finds_little_ends_and_the_next_page_continues_it<B: Backend>() {
    let walked = u16::try_from(WALKED_AT_MOST).unwrap();
    let count = 2 * walked + 10;
    let backend = B::fresh().await;
    let (store, acme) = (backend.store(), tenant("acme"));
    let labels = |labels: &[(&str, &str)]| -> BTreeMap<String, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        labels.iter().map(owned).collect()
    };
    // All have the label "north", and only the oldest has "gold"; it has failed, too.
    let (north, golden) = (
        labels(&[("team", "north")]),
        labels(&[("team", "north"), ("tier", "gold")]),
    );
    let all = (1..=count).map(|n| {
        let mut it = migration(&acme, n);
        it.request.labels = if n == 1 { &golden } else { &north }.clone();
        async move { created(store, &it, None).await }
    });
    let all: Vec<_> = stream::iter(all).buffer_unordered(256).collect().await;
    let mut oldest = all.into_iter().find(|it| it.request.labels == golden);
    let oldest = oldest.as_mut().unwrap();
    let event = becomes(oldest, 1, State::Failed);
    saved(store, oldest, &[event], None).await;

    let with = |labels: &BTreeMap<String, String>| Filter {
        labels: labels.clone(),
        ..Filter::default()
    };
    for filter in [
        with(&golden),
        Filter {
            states: vec![State::Failed],
            ..with(&north)
        },
        Filter {
            waba: oldest.request.source.clone(),
            states: vec![State::Failed],
            ..Filter::default()
        },
    ] {
        let found: Vec<_> = pages(store, &filter).await.iter().map(numbers).collect();
        assert_eq!(found, [vec![], vec![], vec![1]], "{filter:?}");
    }
    let nowhere = Filter {
        states: vec![State::Expired],
        ..with(&north)
    };
    let found: Vec<_> = pages(store, &nowhere).await.iter().map(numbers).collect();
    assert_eq!(found, [[0; 0]; 3]);
    // If each entry matches, only the requested number is scanned.
    let all = pages(store, &with(&north)).await;
    let found: Vec<_> = all.iter().flat_map(numbers).collect();
    assert_eq!(found, (1..=u128::from(count)).rev().collect::<Vec<_>>());
    assert!(
        all.iter()
            .rev()
            .skip(1)
            .all(|it| it.migrations.len() == 200)
    );
}
