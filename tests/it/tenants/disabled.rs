//! A disabled tenant: its migrations come to a stand, are not lost, and go on.

use std::collections::HashMap;
use std::time::Duration;

use domain::{Command, Migration, MigrationId, Route, Secrets, State};
use futures_util::future::join_all;
use jiff::SignedDuration;
use sandbox::Call;
use waba_migrator::engine::{Eligibility, Error};
use waba_migrator::store::Store as _;

use super::town::{DEFAULT, PATIENCE, Town, bound_for, credentials, request};
use crate::store::backend::Backend;
use crate::support::migrations::tenant;

/// A tenant with a token, of whose changes the engines know at once.
async fn town<B: Backend>(latency: u64) -> Town<B> {
    let town = Town::<B>::with(|plan| {
        plan.settings.tenant_cache_ttl = SignedDuration::ZERO;
        plan.meta.latency = Duration::from_millis(latency);
    })
    .await;
    town.change("acme", |acme| acme.credentials = credentials("acme", false))
        .await;
    town
}

/// How many changing calls took effect, by number and call.
fn effective<B: Backend>(town: &Town<B>) -> HashMap<(String, Call), usize> {
    let mut effective = HashMap::new();
    for entry in town.meta.sandbox.ledger() {
        if let Some(number) = entry.number.filter(|_| entry.effective) {
            *effective.entry((number, entry.call)).or_default() += 1;
        }
    }
    effective
}

/// Hands in every code that has arrived, of those that wait for one.
async fn hand_in<B: Backend>(town: &Town<B>, all: &[MigrationId]) {
    for &id in all {
        let migration = town.load("acme", id).await;
        if migration.state == State::WaitingForCode {
            let number = migration.request.phone_number.to_string();
            let messages = town.meta.sandbox.messages(number.trim_start_matches('+'));
            let code = messages.last().unwrap().code.parse().unwrap();
            // It may have been disabled in this very moment.
            let submit = Command::SubmitCode(code);
            let _ = town.commanded("acme", id, submit).await;
        }
    }
}

pub async fn a_disabled_tenants_migrations_come_to_a_stand_and_go_on<B: Backend>() {
    const MIGRATIONS: u16 = 40;
    let mut town = town::<B>(4).await;
    town.replica();
    let mut all = Vec::new();
    for n in 0..MIGRATIONS {
        let destination = format!("30000000000000{}", n % 5);
        let request = bound_for(&destination, &format!("+1303555{n:04}"));
        all.push(town.start_with("acme", request, None).await.unwrap());
    }
    // Three times, each time further on.
    for round in 1..=3 {
        let begun = usize::from(MIGRATIONS) * round;
        let under_way = async {
            while town.meta.changes() < begun {
                hand_in(&town, &all).await;
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(PATIENCE, under_way).await.unwrap();
        town.disable("acme", true).await;
        let (before, then) = (town.meta.changes(), changes_by_number(&town));
        stand_still(&town, &all).await;
        let (after, now) = (town.meta.changes(), changes_by_number(&town));
        for (number, count) in &now {
            let before = then.get(number).copied().unwrap_or_default();
            assert!(
                count - before <= 1,
                "{number}: more than the call under way"
            );
        }
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_eq!(town.meta.changes(), after, "nothing moves, {before}");
        let reads = town.meta.calls().len();
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(town.meta.calls().len(), reads, "and nothing is read");
        town.disable("acme", false).await;
    }
    let ended = all.iter().map(|id| town.ended("acme", *id, &town.meta));
    for migration in join_all(ended).await {
        assert_eq!(migration.state, State::Succeeded, "{migration:#?}");
    }
    for ((number, call), times) in effective(&town) {
        assert_eq!(times, 1, "{call:?} of {number}");
    }
}

fn changes_by_number<B: Backend>(town: &Town<B>) -> HashMap<String, usize> {
    let mut changes = HashMap::new();
    for entry in town.meta.sandbox.ledger() {
        if let Some(number) = entry.number {
            *changes.entry(number).or_default() += 1;
        }
    }
    changes
}

/// Waits until there is nothing to claim, for as long as the tenant is disabled.
async fn stand_still<B: Backend>(town: &Town<B>, all: &[MigrationId]) {
    let still = async {
        loop {
            let now = town.clock.now();
            let next = town.backend.store().next_due(now).await.unwrap();
            if next.is_none_or(|due| due >= now + SignedDuration::from_hours(1)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, still).await.unwrap();
    for id in all {
        let found = town.load("acme", *id).await;
        assert!(!found.state.is_terminal() || found.state == State::Succeeded);
    }
}

pub async fn nobody_acts_for_a_disabled_tenant<B: Backend>() {
    let town = town::<B>(0).await;
    let acme = tenant("acme");
    let waiting = town.start("acme", "+13035550001").await;
    town.settled("acme", waiting).await;
    town.disable("acme", true).await;
    let calls = town.meta.calls().len();
    let refused = town.start_with("acme", request("+13035550002"), None).await;
    assert!(matches!(refused, Err(Error::TenantDisabled)));
    let conditions = request("+13035550002").conditions(&Secrets::default());
    let refused = town.engine.objections(&acme, conditions).await;
    assert!(matches!(refused, Err(Error::TenantDisabled)));
    let code = "123456".parse().unwrap();
    for command in [Command::SubmitCode(code), Command::Cancel] {
        let refused = town.commanded("acme", waiting, command).await;
        assert!(matches!(refused, Err(Error::TenantDisabled)));
    }
    let ask = Eligibility {
        phone_number: "+13035550001".parse().unwrap(),
        destination: "215589313241560".parse().unwrap(),
        source: None,
        route: Route::Otp,
        access_token: None,
    };
    let refused = town.engine.check(&acme, ask).await;
    assert!(matches!(refused, Err(Error::TenantDisabled)));
    assert_eq!(town.meta.calls().len(), calls);
    // Another tenant is none the wiser.
    let others = town.start(DEFAULT, "+13035550001").await;
    town.settled(DEFAULT, others).await;
    town.disable("acme", false).await;
    let found = town.load("acme", waiting).await;
    assert_eq!(found.state, State::WaitingForCode);
}

pub async fn what_runs_out_does_so_though_its_tenant_is_disabled<B: Backend>() {
    let town = town::<B>(300).await;
    // One that is on its way, and one that waits for somebody.
    let waiting = town.start("acme", "+13035550001").await;
    town.settled("acme", waiting).await;
    let running = town.start("acme", "+13035550002").await;
    town.disable("acme", true).await;
    stand_still(&town, &[running]).await;
    let found = town.load("acme", running).await;
    assert_eq!(found.state, State::Running);
    let calls = town.meta.calls().len();
    town.clock.advance(SignedDuration::from_hours(14 * 24));
    let ended = |it: &Migration| it.state.is_terminal();
    for id in [waiting, running] {
        let found = town.until("acme", id, ended).await;
        assert_eq!(found.state, State::Expired, "{found:#?}");
    }
    assert_eq!(town.meta.calls().len(), calls, "nobody is called for it");
}
