//! Fair: one tenant's bulk, over however many destinations, does not delay another's single number.

use std::time::Duration;

use domain::State;
use sandbox::Call;

use super::town::{DEFAULT, Town, bound_for, credentials};
use crate::store::backend::Backend;

pub async fn many_destinations_of_one_tenant_do_not_delay_another_s_single_number<B: Backend>() {
    // Where there are always workers for another tenant, and where it has to wait for its turn.
    for workers_per_tenant in [6, 8] {
        the_single_one_comes_soon::<B>(workers_per_tenant).await;
    }
}

async fn the_single_one_comes_soon<B: Backend>(workers_per_tenant: u32) {
    const MANY: u16 = 400;
    let town = Town::<B>::with(|plan| {
        plan.settings.workers = 8;
        plan.settings.workers_per_tenant = workers_per_tenant;
        plan.settings.workers_per_waba = 4;
        plan.meta.latency = Duration::from_millis(10);
    })
    .await;
    town.change("acme", |acme| acme.credentials = credentials("acme", false))
        .await;
    for n in 0..MANY {
        // Each to a destination of its own, all of them before the other tenant's.
        let request = bound_for(&format!("1000000{n:04}"), &format!("+1303555{n:04}"));
        town.start_with("acme", request, None).await.unwrap();
    }
    let served = || {
        let ledger = town.meta.sandbox.ledger();
        let codes = ledger
            .iter()
            .filter(|entry| entry.call == Call::RequestCode);
        codes.count()
    };
    let before = served();
    let request = bound_for("99999999999", "+13035559999");
    let single = town.start_with(DEFAULT, request, None).await.unwrap();
    let found = town.settled(DEFAULT, single).await;
    assert_eq!(found.state, State::WaitingForCode);
    let meanwhile = served() - before;
    assert!(
        before + 100 < usize::from(MANY),
        "{before} were done: that proves nothing"
    );
    assert!(meanwhile < 50, "{meanwhile} of the many were served before");
}
