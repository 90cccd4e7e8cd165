//! Causes the disturbances of a run with random faults.

use domain::{Command, MigrationId, Principal};
use jiff::SignedDuration;
use waba_migrator::store::{ClaimQuotas, ClaimRequest, Store as _, WorkerId, Workers as _};
use waba_migrator::util::clock;

use super::caller::{Caller, WRONG_CODE, resend, resume, wait_until};
use super::disturbances::Disturbance;
use super::engine_harness::{EngineHarness, LEASE, start_engine};
use crate::store::backend::Backend;

impl Caller {
    /// Causes one disturbance.
    pub(super) async fn cause<B: Backend>(
        &mut self,
        harness: &EngineHarness<'_, B>,
        id: MigrationId,
        disturbance: Disturbance,
    ) {
        if let Some(fault) = disturbance.fault() {
            harness.environment.sandbox.inject(fault);
        }
        if let Some(pause) = disturbance.pause() {
            wait_until(harness, harness.environment.clock.now() + pause);
        }
        match disturbance {
            Disturbance::LoseLease => steal(harness).await,
            Disturbance::StoreFails(calls, side) => harness.points.fail_store_calls(calls, side),
            Disturbance::SecondEngine => {
                drop(start_engine(harness.environment, harness.store.clone()));
            }
            Disturbance::Crash(nth, side) => harness.points.crash_at(nth, side),
            Disturbance::DuplicateSubmit => {
                if let Some(code) = self.newest_code(harness) {
                    let submit = Command::SubmitCode(code);
                    tokio::join!(send(harness, id, submit.clone()), send(harness, id, submit));
                }
            }
            Disturbance::LateSubmit => {
                let code = WRONG_CODE.parse().unwrap();
                send(harness, id, Command::SubmitCode(code)).await;
            }
            Disturbance::Resend => send(harness, id, resend()).await,
            Disturbance::Resume => send(harness, id, resume()).await,
            Disturbance::Cancel => send(harness, id, Command::Cancel).await,
            _ => {}
        }
    }
}

/// Sends a command that the state does not call for, and ignores its result.
async fn send<B: Backend>(harness: &EngineHarness<'_, B>, id: MigrationId, command: Command) {
    let _ = harness
        .engine
        .command(
            &harness.environment.tenant,
            &Principal::anonymous(),
            id,
            command,
        )
        .await;
}

/// The machine sleeps for longer than a lease, or the process is stopped, and another worker
/// claims the migration, and does nothing.
async fn steal<B: Backend>(harness: &EngineHarness<'_, B>) {
    let environment = harness.environment;
    environment.clock.pause(LEASE);
    let thief = WorkerId::from_uuid(clock::new_id());
    environment.thieves.lock().push(thief);
    let now = environment.clock.now();
    let workers = environment.workers.lock().clone();
    let store = harness.database.store().clone();
    let stolen = async move {
        for worker in workers {
            store.renew(worker, SignedDuration::ZERO).await?;
        }
        store.join(thief, LEASE).await?;
        let claim = ClaimRequest {
            worker: thief,
            now,
            limit: 1,
            quotas: ClaimQuotas::of(1),
        };
        store.claim(claim).await
    };
    let stolen = harness.database.handle().spawn(stolen).await;
    stolen.unwrap().unwrap();
}
