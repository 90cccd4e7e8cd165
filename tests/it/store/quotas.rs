//! Counts of a tenant's migrations, for quotas.

use domain::State;
use domain::tenancy::MigrationCounts;
use waba_migrator::store::Store;

use super::Backend;
use super::backend::{created, saved};
use crate::support::migrations::{becomes, migration, tenant};

pub async fn a_tenants_migrations_are_counted_up_to_a_limit<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (acme, other) = (tenant("acme"), tenant("other"));
    created(store, &migration(&other, 99), None).await;
    for (n, state) in (1..).zip(State::ALL) {
        let mut it = created(store, &migration(&acme, n), None).await;
        let event = becomes(&mut it, 1, state);
        saved(store, &mut it, &[event], None).await;
    }
    let all = MigrationCounts { live: 4, all: 8 };
    for (up_to, kept) in [
        (
            MigrationCounts {
                live: 100,
                all: 100,
            },
            all,
        ),
        (all, all),
        (
            MigrationCounts { live: 3, all: 9 },
            MigrationCounts { live: 3, all: 8 },
        ),
        (
            MigrationCounts { live: 5, all: 2 },
            MigrationCounts { live: 4, all: 2 },
        ),
    ] {
        assert_eq!(store.kept(&acme, up_to).await.unwrap(), kept, "{up_to:?}");
    }
    let none = store.kept(&tenant("bakery"), all).await.unwrap();
    assert_eq!(none, MigrationCounts { live: 0, all: 0 });
}
