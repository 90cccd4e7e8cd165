//! How the moves of a random story come about.

use domain::{Command, MigrationId, Principal};
use jiff::SignedDuration;
use uuid::Uuid;
use waba_migrator::store::{ClaimQuotas, ClaimRequest, Store as _, WorkerId};

use super::caller::{Caller, WRONG_CODE, resend, resume, wait_until};
use super::life::{LEASE, Living, start};
use super::moves::Move;
use crate::store::backend::Backend;

impl Caller {
    /// Has it happen.
    pub(super) async fn happen<B: Backend>(
        &mut self,
        living: &Living<'_, B>,
        id: MigrationId,
        happening: Move,
    ) {
        if let Some(fault) = happening.fault() {
            living.place.sandbox.inject(fault);
        }
        if let Some(pause) = happening.pause() {
            wait_until(living, living.place.clock.now() + pause);
        }
        match happening {
            Move::LoseLease => steal(living).await,
            Move::StoreAway(calls, side) => living.gate.send_away(calls, side),
            Move::SecondEngine => drop(start(living.place, living.store.clone())),
            Move::Crash(nth, side) => living.gate.doom(nth, side),
            Move::DuplicateSubmit => {
                if let Some(code) = self.newest_code(living) {
                    let submit = Command::SubmitCode(code);
                    tokio::join!(order(living, id, submit.clone()), order(living, id, submit));
                }
            }
            Move::LateSubmit => {
                let code = WRONG_CODE.parse().unwrap();
                order(living, id, Command::SubmitCode(code)).await;
            }
            Move::Resend => order(living, id, resend()).await,
            Move::Resume => order(living, id, resume()).await,
            Move::Cancel => order(living, id, Command::Cancel).await,
            _ => {}
        }
    }
}

/// Gives a command out of turn, and leaves it at that.
async fn order<B: Backend>(living: &Living<'_, B>, id: MigrationId, command: Command) {
    let _ = living
        .engine
        .command(&living.place.tenant, &Principal::anonymous(), id, command)
        .await;
}

/// The lease runs out under living work, and another worker takes it.
async fn steal<B: Backend>(living: &Living<'_, B>) {
    let (store, clock) = (living.lane.store().clone(), &living.place.clock);
    clock.advance(LEASE + SignedDuration::from_millis(1));
    let now = clock.now();
    let claim = ClaimRequest {
        worker: WorkerId::from_uuid(Uuid::from_u128(7)),
        now,
        lease_until: now + LEASE,
        limit: 1,
        quotas: ClaimQuotas::of(1),
    };
    let claimed = living
        .lane
        .home()
        .spawn(async move { store.claim(claim).await });
    claimed.await.unwrap().unwrap();
}
