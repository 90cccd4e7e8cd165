//! Key rotation, by another process than the one that works on the migrations.

use domain::Secrets;
use tokio::task::JoinSet;
use waba_migrator::crypto::{self, KeyFile, KeyId, Keyring};
use waba_migrator::store::{Census, Database, Directory, Error};

use super::Backend;
use super::backend::{claim, created, history, joined, loaded, saved};
use crate::support::migrations::{at, migration, tenant};
use crate::support::raw::{self, Cell};
use crate::support::tenants;

/// The same database, opened by another process.
async fn elsewhere<B: Backend>(backend: &B) -> (Database, Keyring) {
    let keyring = Keyring::load(&backend.key_file()).unwrap();
    let database = Database::open(&backend.url(), keyring.clone()).await;
    (database.unwrap(), keyring)
}

fn secrets(code: u32) -> Secrets {
    Secrets {
        access_token: "EAABcanaryToken".parse().ok(),
        two_step_pin: "482913".parse().ok(),
        code: format!("{code:06}").parse().ok(),
    }
}

fn counts(census: &Census) -> Vec<(&KeyId, u64)> {
    assert_eq!(census.unreadable.count, 0, "{census:?}");
    census
        .by_key
        .iter()
        .map(|(key, count)| (key, *count))
        .collect()
}

/// Every sealed value: its cell, its wrapped key, and the sealed bytes.
async fn sealed_records<B: Backend>(backend: &B) -> Vec<(Cell, Vec<u8>, Vec<u8>)> {
    let all = raw::all(&backend.url()).await;
    all.into_iter()
        .map(|(cell, sealed)| {
            let (wrapped, record) = sealed.split_at(2 + usize::from(sealed[1]) + 60);
            (cell, wrapped.to_vec(), record.to_vec())
        })
        .collect()
}

pub async fn after_a_rewrap_the_old_key_can_be_retired<B: Backend>() {
    // More than one batch.
    const MIGRATIONS: u16 = 150;
    let backend = B::fresh().await;
    let mut kept = Vec::new();
    for n in 0..MIGRATIONS {
        let mut it = migration(&tenant(["acme", "other"][usize::from(n % 2)]), n);
        it.secrets = secrets(u32::from(n));
        kept.push(created(backend.store(), &it, Some(at(i64::from(n)))).await);
    }
    let one = joined(backend.store(), 1).await;
    claim(backend.store(), one, at(9), 5).await;
    let mut configured = Vec::new();
    for name in ["acme", "other"] {
        configured.push(tenants::entrusted(backend.store(), &tenant(name)).await);
    }
    let mut before = Vec::new();
    for it in &kept {
        before.push((
            loaded(backend.store(), it).await,
            history(backend.store(), it).await,
        ));
    }
    let sealed = sealed_records(&backend).await;

    let file = KeyFile::new(backend.key_file());
    let old = Keyring::load(file.path()).unwrap().active();
    let new = file.add_active().unwrap();
    let (there, _) = elsewhere(&backend).await;
    // The access token and app secret of each tenant, and the key of the hashes of numbers.
    let all = 3 * u64::from(MIGRATIONS) + 2 * 2 + 1;
    assert_eq!(counts(&there.census().await.unwrap()), [(&old, all)]);
    let mut progress = Vec::new();
    let done = there
        .rewrap(|so_far| progress.push(so_far.count()))
        .await
        .unwrap();
    assert_eq!(done.by_key, [(old.clone(), all)].into());
    assert!(
        progress.is_sorted() && progress.last() == Some(&all),
        "{progress:?}"
    );
    assert_eq!(counts(&there.census().await.unwrap()), [(&new, all)]);
    assert!(there.rewrap(|_| {}).await.unwrap().found_nothing());
    there.close().await;

    for (it, before) in kept.iter().zip(before) {
        let now = (
            loaded(backend.store(), it).await,
            history(backend.store(), it).await,
        );
        assert_eq!(now, before, "only the wrapped keys are written");
    }
    for its in &configured {
        let now = backend.store().tenant(&its.id).await.unwrap();
        assert_eq!(now.as_ref(), Some(its));
    }
    for (now, before) in sealed_records(&backend).await.into_iter().zip(sealed) {
        assert_eq!(
            (now.0, now.2),
            (before.0, before.2),
            "the value does not change"
        );
        assert_ne!(now.1, before.1);
    }
    let two = joined(backend.store(), 2).await;
    let leased = claim(backend.store(), two, at(9), 500).await;
    assert_eq!(
        leased.len(),
        5,
        "leases do not change: five of the ten due ones are leased"
    );

    file.retire(&old).unwrap();
    let backend = backend.reopened().await;
    for it in &kept {
        assert_eq!(loaded(backend.store(), it).await.secrets, it.secrets);
    }
    for its in &configured {
        let now = backend.store().tenant(&its.id).await.unwrap();
        assert_eq!(now.unwrap().credentials, its.credentials);
    }
}

pub async fn a_concurrent_save_wins<B: Backend>() {
    const MIGRATIONS: u16 = 24;
    let backend = B::fresh().await;
    let file = KeyFile::new(backend.key_file());
    let first = Keyring::load(file.path()).unwrap().active();
    let second = file.add().unwrap();
    let mut working = JoinSet::new();
    for n in 0..MIGRATIONS {
        let mut it = migration(&tenant("acme"), n);
        it.secrets = secrets(0);
        let (mut it, store) = (
            created(backend.store(), &it, None).await,
            backend.store().clone(),
        );
        working.spawn(async move {
            for code in 1..30 {
                it.secrets = secrets(code);
                saved(&store, &mut it, &[], None).await;
            }
            it
        });
    }
    let mut acme = tenants::entrusted(backend.store(), &tenant("acme")).await;
    let store = backend.store().clone();
    let mut configuring = JoinSet::new();
    configuring.spawn(async move {
        for n in 1..60 {
            acme.credentials.app_secret = format!("canary-{n}").parse().ok();
            acme = tenants::resaved(&store, acme).await;
        }
        acme
    });
    // Rotates between two keys during the saves.
    let (there, keyring) = elsewhere(&backend).await;
    let mut kept = Vec::new();
    let mut acme = None;
    let mut keys = [&second, &first].into_iter().cycle();
    while kept.len() < usize::from(MIGRATIONS) || acme.is_none() {
        file.activate(keys.next().unwrap()).unwrap();
        keyring.reload().unwrap();
        let done = there.rewrap(|_| {}).await.unwrap();
        assert_eq!(done.unreadable.count, 0, "{done:?}");
        while let Some(it) = working.try_join_next() {
            kept.push(it.unwrap());
        }
        acme = acme.or(configuring.try_join_next());
    }
    for it in &kept {
        assert_eq!(it.version, 30, "no save was refused");
        assert_eq!(loaded(backend.store(), it).await, *it, "and none was lost");
    }
    let acme = acme.unwrap().unwrap();
    let its = backend.store().tenant(&acme.id).await.unwrap();
    assert_eq!(its, Some(acme));
    let active = keyring.active();
    there.rewrap(|_| {}).await.unwrap();
    let all = 3 * u64::from(MIGRATIONS) + 2 + 1;
    assert_eq!(counts(&there.census().await.unwrap()), [(&active, all)]);
}

pub async fn a_record_that_does_not_open_is_reported_and_not_changed<B: Backend>() {
    let backend = B::fresh().await;
    let mut kept = Vec::new();
    for n in 0..3 {
        let mut it = migration(&tenant("acme"), n);
        it.secrets = secrets(1);
        kept.push(created(backend.store(), &it, None).await);
    }
    let acme = tenants::entrusted(backend.store(), &tenant("acme")).await;
    let url = backend.url();
    let short = Cell::of_migration(kept[1].id, "access_token");
    raw::put(&url, &short, b"short").await;
    let broken = [
        Cell::of_migration(kept[0].id, "code"),
        Cell::of_tenant(&acme.id, "app_secret"),
    ];
    for cell in &broken {
        let mut changed = raw::sealed(&url, cell).await.unwrap();
        changed[40] ^= 1;
        raw::put(&url, cell, &changed).await;
    }
    let before = raw::all(&url).await;
    let file = KeyFile::new(backend.key_file());
    let new = file.add_active().unwrap();
    let (there, _) = elsewhere(&backend).await;
    let done = there.rewrap(|_| {}).await.unwrap();
    assert_eq!((done.count(), done.unreadable.count), (9, 3));
    let reported: Vec<_> = done.unreadable.first.iter().map(cell_of).collect();
    let [code, app_secret] = broken.clone();
    assert_eq!(reported, [(short, false), (code, true), (app_secret, true)]);
    let after = raw::all(&url).await;
    for cell in &broken {
        assert_eq!(after.get(cell), before.get(cell), "not changed");
    }
    let census = there.census().await.unwrap();
    assert_eq!(census.by_key.get(&new), Some(&9));
    assert_eq!(
        census.by_key.values().sum::<u64>(),
        11,
        "and still counted for its key"
    );
    assert_eq!(census.unreadable.count, 1);
    assert_eq!(loaded(backend.store(), &kept[2]).await, kept[2]);
}

/// The cell of a value that does not open, and whether the cipher refused it.
fn cell_of(error: &Error) -> (Cell, bool) {
    let Error::Sealed {
        table,
        column,
        row,
        source,
    } = error
    else {
        panic!("{error:?}")
    };
    let cell = Cell {
        table,
        column,
        row: row.clone(),
    };
    (cell, matches!(**source, crypto::Error::Refused))
}
