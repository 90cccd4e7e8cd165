//! Fairness: bulk migrations of one tenant, over any number of destinations, do not delay a single
//! number of another.

use std::time::Duration;

use domain::State;
use sandbox::Call;

use super::harness::{DEFAULT, TenantHarness, bound_for, credentials};
use crate::store::backend::Backend;

pub async fn many_destinations_of_one_tenant_do_not_delay_the_single_number_of_another<
    B: Backend,
>() {
    // With workers left for other tenants, and with a wait for the next free worker.
    for workers_per_tenant in [6, 8] {
        the_single_number_is_served_soon::<B>(workers_per_tenant).await;
    }
}

async fn the_single_number_is_served_soon<B: Backend>(workers_per_tenant: u32) {
    const MANY: u16 = 400;
    let harness = TenantHarness::<B>::with(|plan| {
        plan.settings.workers = 8;
        plan.settings.workers_per_tenant = workers_per_tenant;
        plan.settings.workers_per_waba = 4;
        plan.meta.latency = Duration::from_millis(10);
    })
    .await;
    harness
        .change("acme", |acme| acme.credentials = credentials("acme", false))
        .await;
    for n in 0..MANY {
        // Each to a destination of its own, all of them started before the single number.
        let request = bound_for(&format!("1000000{n:04}"), &format!("+1303555{n:04}"));
        harness.start_with("acme", request, None).await.unwrap();
    }
    let served = || {
        let ledger = harness.meta.sandbox.ledger();
        let codes = ledger
            .iter()
            .filter(|entry| entry.call == Call::RequestCode);
        codes.count()
    };
    let before = served();
    let request = bound_for("99999999999", "+13035559999");
    let single = harness.start_with(DEFAULT, request, None).await.unwrap();
    let found = harness.settled(DEFAULT, single).await;
    assert_eq!(found.state, State::WaitingForCode);
    let meanwhile = served() - before;
    assert!(
        before + 100 < usize::from(MANY),
        "{before} of the bulk were served already: the test proves nothing"
    );
    assert!(
        meanwhile < 50,
        "{meanwhile} of the bulk were served before the single number"
    );
}
