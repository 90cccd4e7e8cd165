//! Meta and the sandbox: a tenant belongs to one of them, and none of its calls reach the other.

use std::time::Duration;

use domain::{Command, Reason, Route, State};
use waba_migrator::engine::{Eligibility, Error};

use super::harness::{DEFAULT, LATER, TenantHarness, bound_for, credentials, request};
use crate::store::backend::Backend;
use crate::support::migrations::tenant;

/// An account that the sandbox throttles from its first call on.
const THROTTLED: &str = "104996122399210";

pub async fn a_sandbox_tenants_numbers_move_in_the_sandbox<B: Backend>() {
    let harness = TenantHarness::<B>::open().await;
    harness
        .change("acme", |acme| {
            acme.sandbox = true;
            acme.credentials = credentials("acme", true);
        })
        .await;
    harness.change("other", |other| other.sandbox = true).await;
    harness.change(DEFAULT, |its| its.sandbox = true).await;
    for (name, own) in [
        ("acme", None),
        ("acme", Some("own-of-acme")),
        ("other", None),
        (DEFAULT, None),
    ] {
        // A number has one budget over all tenants.
        let number = match (name, own) {
            ("acme", None) => "+13035550001",
            ("acme", Some(_)) => "+13035550002",
            ("other", _) => "+13035550003",
            _ => "+13035550004",
        };
        let started = harness
            .start_with(name, request(number), own)
            .await
            .unwrap();
        let ended = harness.ended(name, started, &harness.sandbox).await;
        assert_eq!(ended.state, State::Succeeded, "{ended:#?}");
        harness.sandbox.sandbox.reset();
    }
    assert_eq!(harness.meta.calls(), [], "a call reached Meta");
    let known = [
        "138483919580948|app-of-acme",
        "own-of-acme",
        "sandbox",
        "token-of-acme",
    ];
    let tokens = harness.sandbox.tokens();
    let tokens: Vec<&str> = tokens.iter().map(|(token, _)| token.as_str()).collect();
    assert_eq!(
        tokens, known,
        "credentials of the operator reached the sandbox"
    );
}

pub async fn rate_limits_of_an_account_at_meta_and_in_the_sandbox_are_independent<B: Backend>() {
    let harness = TenantHarness::<B>::with(|plan| {
        plan.meta.throttle = Duration::ZERO;
        plan.sandbox.throttle = Duration::from_mins(7);
    })
    .await;
    harness.change("acme", |acme| acme.sandbox = true).await;
    let to_the_same = |number| bound_for(THROTTLED, number);
    let slowed = harness.start_with("acme", to_the_same("+13035550001"), None);
    let slowed = slowed.await.unwrap();
    let found = harness.until("acme", slowed, |it| it.fault.is_some()).await;
    assert_eq!(found.fault.unwrap().reason, Reason::AccountRateLimited);
    let free = harness.start_with(DEFAULT, to_the_same("+13035550001"), None);
    let free = free.await.unwrap();
    let found = harness.settled(DEFAULT, free).await;
    assert_eq!(found.state, State::WaitingForCode, "{found:#?}");
}

pub async fn a_tenant_that_switches_between_meta_and_the_sandbox_reaches_neither<B: Backend>() {
    let harness = TenantHarness::<B>::open().await;
    for (name, sandbox) in [("acme", true), ("other", false)] {
        harness
            .change(name, |its| {
                its.sandbox = sandbox;
                its.credentials = credentials(name, false);
            })
            .await;
        let number = "+13035550001";
        let started = harness.start(name, number).await;
        harness.settled(name, started).await;
        harness.change(name, |its| its.sandbox = !sandbox).await;
        harness.clock.advance(LATER);
        let before = (harness.meta.calls(), harness.sandbox.calls());
        let code = "123456".parse().unwrap();
        harness
            .command(name, started, Command::SubmitCode(code))
            .await;
        let stopped = harness.settled(name, started).await;
        assert_eq!(stopped.state, State::ActionRequired, "{stopped:#?}");
        assert_eq!(stopped.fault.unwrap().reason, Reason::SandboxChanged);
        assert_eq!((harness.meta.calls(), harness.sandbox.calls()), before);

        // Once the tenant is switched back, the migration continues.
        harness.change(name, |its| its.sandbox = sandbox).await;
        harness.clock.advance(LATER);
        let resume = Command::Resume {
            access_token: None,
            two_step_pin: None,
        };
        harness.command(name, started, resume).await;
        let its = if sandbox {
            &harness.sandbox
        } else {
            &harness.meta
        };
        let ended = harness.ended(name, started, its).await;
        assert_eq!(ended.state, State::Succeeded, "{ended:#?}");
    }
}

pub async fn without_a_sandbox_its_tenants_are_refused<B: Backend>() {
    let harness = TenantHarness::<B>::with(|plan| plan.has_sandbox = false).await;
    harness.change("acme", |acme| acme.sandbox = true).await;
    let refused = harness.start_with("acme", request("+13035550001"), Some("own"));
    assert!(matches!(refused.await, Err(Error::NoSandbox)));
    let ask = Eligibility {
        phone_number: "+13035550001".parse().unwrap(),
        destination: "215589313241560".parse().unwrap(),
        source: None,
        route: Route::Otp,
        access_token: None,
    };
    let refused = harness.engine.check(&tenant("acme"), ask).await;
    assert!(matches!(refused, Err(Error::NoSandbox)));
    assert_eq!(harness.meta.calls(), []);
}
