//! Disabled tenants: their migrations pause, are kept, and resume.

use std::collections::HashMap;
use std::time::Duration;

use domain::{Command, Migration, MigrationId, Route, Secrets, State};
use futures_util::future::join_all;
use jiff::SignedDuration;
use sandbox::Call;
use uuid::Uuid;
use waba_migrator::engine::{Eligibility, Error};
use waba_migrator::store::{Store as _, WorkerId};

use super::harness::{DEFAULT, PATIENCE, TenantHarness, bound_for, credentials, request};
use crate::store::backend::Backend;
use crate::support::migrations::tenant;

/// A tenant with a token; its changes are effective at once.
async fn open<B: Backend>(latency: u64) -> TenantHarness<B> {
    let harness = TenantHarness::<B>::with(|plan| {
        plan.settings.tenant_cache_ttl = SignedDuration::ZERO;
        plan.meta.latency = Duration::from_millis(latency);
    })
    .await;
    harness
        .change("acme", |acme| acme.credentials = credentials("acme", false))
        .await;
    harness
}

/// Number of changing calls that took effect, by phone number and call.
fn effective<B: Backend>(harness: &TenantHarness<B>) -> HashMap<(String, Call), usize> {
    let mut effective = HashMap::new();
    for entry in harness.meta.sandbox.ledger() {
        if let Some(number) = entry.number.filter(|_| entry.effective) {
            *effective.entry((number, entry.call)).or_default() += 1;
        }
    }
    effective
}

/// Submits the codes of the migrations that wait for one.
async fn submit_codes<B: Backend>(harness: &TenantHarness<B>, all: &[MigrationId]) {
    for &id in all {
        let migration = harness.load("acme", id).await;
        if migration.state == State::WaitingForCode {
            let number = migration.request.phone_number.to_string();
            let messages = harness
                .meta
                .sandbox
                .messages(number.trim_start_matches('+'));
            let code = messages.last().unwrap().code.parse().unwrap();
            // The tenant may have been disabled in the meantime.
            let submit = Command::SubmitCode(code);
            let _ = harness.try_command("acme", id, submit).await;
        }
    }
}

pub async fn migrations_of_a_disabled_tenant_pause_and_resume<B: Backend>() {
    const MIGRATIONS: u16 = 40;
    let mut harness = open::<B>(4).await;
    harness.replica();
    let mut all = Vec::new();
    for n in 0..MIGRATIONS {
        let destination = format!("30000000000000{}", n % 5);
        let request = bound_for(&destination, &format!("+1303555{n:04}"));
        all.push(harness.start_with("acme", request, None).await.unwrap());
    }
    // Three rounds, each one at a later point of the migrations.
    for round in 1..=3 {
        let begun = usize::from(MIGRATIONS) * round;
        let progress = async {
            while harness.meta.changes() < begun {
                submit_codes(&harness, &all).await;
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(PATIENCE, progress).await.unwrap();
        harness.disable("acme", true).await;
        let (before, then) = (harness.meta.changes(), changes_by_number(&harness));
        paused(&harness, &all).await;
        let (after, now) = (harness.meta.changes(), changes_by_number(&harness));
        for (number, count) in &now {
            let before = then.get(number).copied().unwrap_or_default();
            assert!(
                count - before <= 1,
                "{number}: more than the call in progress"
            );
        }
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_eq!(
            harness.meta.changes(),
            after,
            "a call was made after the pause, {before}"
        );
        let reads = harness.meta.calls().len();
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(
            harness.meta.calls().len(),
            reads,
            "a read was made after the pause"
        );
        harness.disable("acme", false).await;
    }
    let ended = all
        .iter()
        .map(|id| harness.ended("acme", *id, &harness.meta));
    for migration in join_all(ended).await {
        assert_eq!(migration.state, State::Succeeded, "{migration:#?}");
    }
    for ((number, call), times) in effective(&harness) {
        assert_eq!(times, 1, "{call:?} of {number}");
    }
}

fn changes_by_number<B: Backend>(harness: &TenantHarness<B>) -> HashMap<String, usize> {
    let mut changes = HashMap::new();
    for entry in harness.meta.sandbox.ledger() {
        if let Some(number) = entry.number {
            *changes.entry(number).or_default() += 1;
        }
    }
    changes
}

/// Waits until there is nothing to claim while the tenant is disabled.
async fn paused<B: Backend>(harness: &TenantHarness<B>, all: &[MigrationId]) {
    let idle = async {
        let mut idle_polls = 0;
        while idle_polls < 20 {
            let now = harness.clock.now();
            let no_worker = WorkerId::from_uuid(Uuid::nil());
            let store = harness.backend.store();
            let next = store.next_due(no_worker, now).await.unwrap();
            let is_busy = harness.engines.iter().any(|it| it.vitals().busy > 0);
            // The engines' own leases end before anything else is due.
            let is_idle = !is_busy && next.is_none_or(|ahead| !ahead.is_zero());
            idle_polls = if is_idle { idle_polls + 1 } else { 0 };
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, idle).await.unwrap();
    for id in all {
        let found = harness.load("acme", *id).await;
        assert!(!found.state.is_terminal() || found.state == State::Succeeded);
    }
}

pub async fn no_call_is_made_for_a_disabled_tenant<B: Backend>() {
    let harness = open::<B>(0).await;
    let acme = tenant("acme");
    let waiting = harness.start("acme", "+13035550001").await;
    harness.settled("acme", waiting).await;
    harness.disable("acme", true).await;
    let calls = harness.meta.calls().len();
    let refused = harness
        .start_with("acme", request("+13035550002"), None)
        .await;
    assert!(matches!(refused, Err(Error::TenantDisabled)));
    let conditions = request("+13035550002").conditions(&Secrets::default());
    let refused = harness.engine.objections(&acme, conditions).await;
    assert!(matches!(refused, Err(Error::TenantDisabled)));
    let code = "123456".parse().unwrap();
    for command in [Command::SubmitCode(code), Command::Cancel] {
        let refused = harness.try_command("acme", waiting, command).await;
        assert!(matches!(refused, Err(Error::TenantDisabled)));
    }
    let ask = Eligibility {
        phone_number: "+13035550001".parse().unwrap(),
        destination: "215589313241560".parse().unwrap(),
        source: None,
        route: Route::Otp,
        access_token: None,
    };
    let refused = harness.engine.check(&acme, ask).await;
    assert!(matches!(refused, Err(Error::TenantDisabled)));
    assert_eq!(harness.meta.calls().len(), calls);
    // Other tenants are not affected.
    let others = harness.start(DEFAULT, "+13035550003").await;
    harness.settled(DEFAULT, others).await;
    harness.disable("acme", false).await;
    let found = harness.load("acme", waiting).await;
    assert_eq!(found.state, State::WaitingForCode);
}

pub async fn migrations_of_a_disabled_tenant_still_expire<B: Backend>() {
    let harness = open::<B>(300).await;
    // One that is running, and one that waits for its code.
    let waiting = harness.start("acme", "+13035550001").await;
    harness.settled("acme", waiting).await;
    let running = harness.start("acme", "+13035550002").await;
    harness.disable("acme", true).await;
    paused(&harness, &[running]).await;
    let found = harness.load("acme", running).await;
    assert_eq!(found.state, State::Running);
    let calls = harness.meta.calls().len();
    harness.clock.advance(SignedDuration::from_hours(14 * 24));
    let ended = |it: &Migration| it.state.is_terminal();
    for id in [waiting, running] {
        let found = harness.until("acme", id, ended).await;
        assert_eq!(found.state, State::Expired, "{found:#?}");
    }
    assert_eq!(
        harness.meta.calls().len(),
        calls,
        "a call was made for a disabled tenant"
    );
}
