//! Secrets: sealed in the database, and erased. And the state after a restart.

use std::sync::Arc;

use domain::tenancy::{MetaCredentials, Tenant};
use domain::{GraphCall, Migration, Secrets, State};
use waba_migrator::crypto::{self, AssociatedData, Keyring};
use waba_migrator::store::{Added, Database, Directory, Error, Filter, Page, Store};

use super::Backend;
use super::backend::{claim, created, history, joined, loaded, next_due, saved, worker};
use crate::support::migrations::{at, becomes, migration, sends, tenant};
use crate::support::raw::{self, Cell};
use crate::support::tenants;

fn canaries() -> Secrets {
    Secrets {
        access_token: "EAABcanaryToken".parse().ok(),
        two_step_pin: "482913".parse().ok(),
        code: "918273".parse().ok(),
    }
}

pub async fn no_secret_is_stored_in_plain_text<B: Backend>() {
    let backend = B::fresh().await;
    let mut it = migration(&tenant("acme"), 1);
    it.request.reference = "canary of the search itself".to_owned();
    it.secrets = canaries();
    let mut it = created(backend.store(), &it, None).await;
    for round in 0..3 {
        let event = sends(&mut it, round, GraphCall::VerifyCode);
        saved(backend.store(), &mut it, &[event], None).await;
    }
    assert_eq!(loaded(backend.store(), &it).await.secrets, canaries());
    let backend = backend.reopened().await;
    let raw = backend.raw().await;
    let holds = |text: &str| {
        raw.windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(
        holds("canary of the search itself"),
        "the search finds plain text"
    );
    for secret in ["EAABcanaryToken", "482913", "918273"] {
        assert!(!holds(secret), "{secret}");
    }
}

pub async fn neither_a_key_nor_a_tenants_secret_is_stored_in_plain_text<B: Backend>() {
    let backend = B::fresh().await;
    let id = tenant("canary-tenant");
    let mut its = tenants::plain(&id);
    its.credentials = MetaCredentials {
        access_token: "EAABcanaryToken".parse().ok(),
        app_id: None,
        app_secret: "canaryOfTheApp".parse().ok(),
    };
    let store = backend.store();
    assert_eq!(store.create_tenant(&its).await.unwrap(), Added::Done);
    its.version = 1;
    store.save_tenant(&its).await.unwrap();
    let key = tenants::key(&id, 200);
    assert_eq!(store.create_key(&key).await.unwrap(), Added::Done);
    store.note_key_use(&id, key.id, at(1)).await.unwrap();
    let backend = backend.reopened().await;
    let kept = backend.store().tenant(&id).await.unwrap().unwrap();
    assert_eq!(kept.credentials, its.credentials);
    let raw = backend.raw().await;
    let holds = |text: &str| {
        raw.windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(holds("canary-tenant") && holds(key.prefix.as_str()));
    let text = tenants::text(200);
    let (_, secret) = text.expose().rsplit_once('_').unwrap();
    // Not even a part of it, such as the checksum.
    let (first, last) = (&secret[..16], &secret[secret.len() - 16..]);
    for secret in ["EAABcanaryToken", "canaryOfTheApp", first, last] {
        assert!(!holds(secret), "{secret}");
    }
}

pub async fn a_removed_secret_is_erased<B: Backend>() {
    let backend = B::fresh().await;
    let mut it = migration(&tenant("acme"), 1);
    it.secrets = canaries();
    let mut it = created(backend.store(), &it, None).await;
    it.secrets.code = None;
    saved(backend.store(), &mut it, &[], None).await;
    assert_eq!(
        loaded(backend.store(), &it).await.secrets,
        Secrets {
            code: None,
            ..canaries()
        }
    );
    it.secrets = Secrets::default();
    saved(backend.store(), &mut it, &[], None).await;
    assert_eq!(
        loaded(backend.store(), &it).await.secrets,
        Secrets::default()
    );
}

/// A row with secrets.
enum Holder {
    Migration(Box<Migration>),
    Tenant(Box<Tenant>),
}

impl Holder {
    /// Two migrations and the tenant `acme`, and a migration and the tenant `other`.
    async fn some<B: Backend>(backend: &B) -> Vec<Self> {
        let mut some = Vec::new();
        for (name, n) in [("acme", 1), ("acme", 2), ("other", 3)] {
            let mut it = migration(&tenant(name), n);
            it.secrets = canaries();
            let it = created(backend.store(), &it, None).await;
            some.push(Self::Migration(Box::new(it)));
        }
        for name in ["acme", "other"] {
            let it = tenants::entrusted(backend.store(), &tenant(name)).await;
            some.push(Self::Tenant(Box::new(it)));
        }
        some
    }

    /// The cells of its secrets.
    fn cells(&self) -> Vec<Cell> {
        match self {
            Self::Migration(it) => Cell::MIGRATION
                .map(|column| Cell::of_migration(it.id, column))
                .into(),
            Self::Tenant(it) => Cell::TENANT
                .map(|column| Cell::of_tenant(&it.id, column))
                .into(),
        }
    }

    /// Reads it; it must be unchanged if that succeeds.
    async fn read<B: Backend>(&self, backend: &B) -> Result<(), Error> {
        match self {
            Self::Migration(it) => {
                let read = backend.store().load(&it.tenant, it.id).await?;
                assert_eq!(read.as_ref(), Some(&**it));
            }
            Self::Tenant(it) => {
                let read = backend.store().tenant(&it.id).await?;
                assert_eq!(read.as_ref(), Some(&**it));
            }
        }
        Ok(())
    }

    /// The error of reading it while one of its cells has these bytes. The error names the cell.
    async fn refused<B: Backend>(
        &self,
        backend: &B,
        cell: &Cell,
        bytes: &[u8],
    ) -> Arc<crypto::Error> {
        let url = backend.url();
        let good = raw::sealed(&url, cell).await.unwrap();
        raw::put(&url, cell, bytes).await;
        let error = self.read(backend).await.unwrap_err();
        raw::put(&url, cell, &good).await;
        self.read(backend).await.expect("restored, it opens");
        let Error::Sealed {
            table,
            column,
            row,
            source,
        } = error
        else {
            panic!("{error:?}")
        };
        assert_eq!(Cell { table, column, row }, *cell);
        source
    }
}

pub async fn a_secret_opens_in_its_own_cell_only<B: Backend>() {
    let backend = B::fresh().await;
    let holders = Holder::some(&backend).await;
    // Another column, another row, another tenant, another table.
    let everywhere = raw::all(&backend.url()).await;
    assert_eq!(everywhere.len(), 3 * 3 + 2 * 2);
    for holder in [&holders[0], &holders[3]] {
        for cell in holder.cells() {
            for (from, moved) in everywhere.iter().filter(|(from, _)| **from != cell) {
                let why = holder.refused(&backend, &cell, moved).await;
                assert!(
                    matches!(*why, crypto::Error::Refused),
                    "{cell:?} from {from:?}: {why:?}"
                );
            }
        }
    }
}

pub async fn a_truncated_or_changed_secret_has_its_own_error<B: Backend>() {
    let backend = B::fresh().await;
    let holders = Holder::some(&backend).await;
    for holder in [&holders[0], &holders[3]] {
        for cell in holder.cells() {
            let whole = raw::sealed(&backend.url(), &cell).await.unwrap();
            for length in [0, 1, 2, 12, whole.len() / 2] {
                let why = holder.refused(&backend, &cell, &whole[..length]).await;
                assert!(matches!(*why, crypto::Error::Malformed(_)), "{why:?}");
            }
            // In the wrapped key, in the value, and in the tag at the end.
            for at in [whole.len() / 3, whole.len() - 20, whole.len() - 1] {
                let mut changed = whole.clone();
                changed[at] ^= 1;
                let why = holder.refused(&backend, &cell, &changed).await;
                assert!(matches!(*why, crypto::Error::Refused), "{at}: {why:?}");
            }
            let newer = [&[9], &whole[1..]].concat();
            let why = holder.refused(&backend, &cell, &newer).await;
            assert!(matches!(*why, crypto::Error::UnknownVersion(9)), "{why:?}");
            let why = holder.refused(&backend, &cell, b"in the clear").await;
            assert!(
                matches!(*why, crypto::Error::UnknownVersion(b'i')),
                "{why:?}"
            );
        }
    }
}

pub async fn a_key_that_is_missing_is_named<B: Backend>() {
    let backend = B::fresh().await;
    let holders = Holder::some(&backend).await;
    let text = format!("lost-key {}", "11".repeat(32));
    let lost = Keyring::from_text("a test", &text).unwrap();
    let mut sealed = Vec::new();
    for (holder, secret) in [
        (&holders[0], "EAABcanaryToken"),
        (&holders[3], "EAABcanaryOfTheTenant"),
    ] {
        let cell = holder.cells().swap_remove(0);
        let (tenant, row) = match holder {
            Holder::Migration(it) => (it.tenant.as_str(), it.id.uuid().as_bytes().to_vec()),
            Holder::Tenant(it) => (it.id.as_str(), it.id.as_str().as_bytes().to_vec()),
        };
        let aad = AssociatedData {
            tenant,
            table: cell.table,
            column: cell.column,
            row: &row,
        };
        let bytes = lost.seal(aad, secret.as_bytes()).unwrap();
        let why = holder.refused(&backend, &cell, &bytes).await;
        assert!(matches!(&*why, crypto::Error::UnknownKey(key) if key.as_str() == "lost-key"));
        let text = why.to_string();
        assert!(text.contains("add it back to the keys"), "{text}");
        sealed.push((holder, cell, bytes));
    }
    // With the key back in the file they open, without a restart.
    let before = std::fs::read_to_string(backend.key_file()).unwrap();
    std::fs::write(backend.key_file(), format!("{before}{text}\n")).unwrap();
    for (holder, cell, bytes) in sealed {
        raw::put(&backend.url(), &cell, &bytes).await;
        holder.read(&backend).await.unwrap();
    }
}

pub async fn a_lost_key_loses_only_the_secrets<B: Backend>() {
    let backend = B::fresh().await;
    let mut it = migration(&tenant("acme"), 1);
    it.secrets = canaries();
    let it = created(backend.store(), &it, None).await;
    let acme = tenants::entrusted(backend.store(), &it.tenant).await;
    let (url, key_file) = (backend.url(), backend.key_file());
    std::fs::remove_file(&key_file).unwrap();
    let new = Keyring::create(&key_file).unwrap();
    let error = Database::open(&url, new).await.unwrap_err();
    let Error::Sealed { source, .. } = error else {
        panic!("{error:?}")
    };
    assert!(
        matches!(*source, crypto::Error::UnknownKey(_)),
        "{source:?}"
    );
    // As documented in docs/keys.md.
    let forget = "DELETE FROM number_key;
                  UPDATE migrations SET access_token = NULL, two_step_pin = NULL, code = NULL;
                  UPDATE tenants SET access_token = NULL, app_secret = NULL";
    raw::execute(&url, forget).await;
    let backend = backend.reopened().await;
    let secrets = Secrets::default();
    let mut it = Migration { secrets, ..it };
    assert_eq!(loaded(backend.store(), &it).await, it);
    // It counts its calls on, although numbers have other hashes from now on.
    for second in 1..=2 {
        let event = sends(&mut it, second, GraphCall::Register);
        saved(backend.store(), &mut it, &[event], None).await;
        assert_eq!(loaded(backend.store(), &it).await.attempts, it.attempts);
    }
    let credentials = MetaCredentials::default();
    assert_eq!(
        backend.store().tenant(&acme.id).await.unwrap(),
        Some(Tenant {
            credentials,
            ..acme
        })
    );
}

pub async fn a_secret_that_does_not_open_delays_no_other_migration<B: Backend>() {
    let backend = B::fresh().await;
    let (mut broken, mut whole) = (migration(&tenant("acme"), 1), migration(&tenant("acme"), 2));
    (broken.secrets, whole.secrets) = (canaries(), canaries());
    let broken = created(backend.store(), &broken, Some(at(0))).await;
    let whole = created(backend.store(), &whole, Some(at(1))).await;
    let cell = Cell::of_migration(broken.id, "access_token");
    raw::put(&backend.url(), &cell, b"short").await;
    let one = joined(backend.store(), 1).await;
    let claimed = claim(backend.store(), one, at(1), 9).await;
    assert_eq!(claimed, [whole]);
}

pub async fn lists_hold_no_secrets<B: Backend>() {
    let backend = B::fresh().await;
    let mut it = migration(&tenant("acme"), 1);
    it.secrets = canaries();
    let it = created(backend.store(), &it, None).await;
    let listing = backend
        .store()
        .list(
            &it.tenant,
            &Filter::default(),
            Page {
                size: 9,
                after: None,
                findings: false,
            },
        )
        .await
        .unwrap();
    assert_eq!(listing.migrations[0].secrets, Secrets::default());
}

pub async fn a_reopened_store_has_everything<B: Backend>() {
    let backend = B::fresh().await;
    let mut it = migration(&tenant("acme"), 1);
    it.secrets = canaries();
    it.request
        .labels
        .insert("team".to_owned(), "north".to_owned());
    let mut it = created(backend.store(), &it, None).await;
    let events = [
        sends(&mut it, 1, GraphCall::Register),
        becomes(&mut it, 2, State::WaitingForCode),
    ];
    saved(backend.store(), &mut it, &events, Some(at(60))).await;
    let (kept, events) = (
        loaded(backend.store(), &it).await,
        history(backend.store(), &it).await,
    );

    let backend = backend.reopened().await;
    backend.store().ping().await.unwrap();
    assert_eq!(loaded(backend.store(), &it).await, kept);
    assert_eq!(history(backend.store(), &it).await, events);
    let next = next_due(backend.store(), worker(1), at(0)).await;
    assert_eq!(next, Some(60));
    let filter = Filter {
        labels: it.request.labels.clone(),
        ..Filter::default()
    };
    let listing = backend
        .store()
        .list(
            &it.tenant,
            &filter,
            Page {
                size: 9,
                after: None,
                findings: false,
            },
        )
        .await
        .unwrap();
    assert_eq!(listing.migrations.len(), 1);
    saved(backend.store(), &mut it, &[], None).await;
}
