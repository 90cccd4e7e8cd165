//! Meta and the sandbox: a tenant belongs to one of them, and nothing of it reaches the other.

use std::time::Duration;

use domain::{Command, Reason, Route, State};
use waba_migrator::engine::{Eligibility, Error};

use super::town::{DEFAULT, LATER, Town, bound_for, credentials, request};
use crate::store::backend::Backend;
use crate::support::migrations::tenant;

/// Refuses calls for a while, from the first one on.
const THROTTLED: &str = "104996122399210";

pub async fn a_sandbox_tenants_numbers_move_in_the_sandbox<B: Backend>() {
    let town = Town::<B>::open().await;
    town.change("acme", |acme| {
        acme.sandbox = true;
        acme.credentials = credentials("acme", true);
    })
    .await;
    town.change("other", |other| other.sandbox = true).await;
    town.change(DEFAULT, |its| its.sandbox = true).await;
    for (name, own) in [
        ("acme", None),
        ("acme", Some("own-of-acme")),
        ("other", None),
        (DEFAULT, None),
    ] {
        let number = match own {
            Some(_) => "+13035550002",
            None => "+13035550001",
        };
        let started = town.start_with(name, request(number), own).await.unwrap();
        let ended = town.ended(name, started, &town.sandbox).await;
        assert_eq!(ended.state, State::Succeeded, "{ended:#?}");
        town.sandbox.sandbox.reset();
    }
    assert_eq!(town.meta.calls(), [], "nothing goes to Meta");
    let known = [
        "138483919580948|app-of-acme",
        "own-of-acme",
        "sandbox",
        "token-of-acme",
    ];
    let tokens = town.sandbox.tokens();
    let tokens: Vec<&str> = tokens.iter().map(|(token, _)| token.as_str()).collect();
    assert_eq!(tokens, known, "nothing of the operator's goes there");
}

pub async fn what_an_account_suffers_in_one_world_it_does_not_in_the_other<B: Backend>() {
    let town = Town::<B>::with(|plan| {
        plan.meta.throttle = Duration::ZERO;
        plan.sandbox.throttle = Duration::from_mins(7);
    })
    .await;
    town.change("acme", |acme| acme.sandbox = true).await;
    let to_the_same = |number| bound_for(THROTTLED, number);
    let slowed = town.start_with("acme", to_the_same("+13035550001"), None);
    let slowed = slowed.await.unwrap();
    let found = town.until("acme", slowed, |it| it.fault.is_some()).await;
    assert_eq!(found.fault.unwrap().reason, Reason::AccountRateLimited);
    let free = town.start_with(DEFAULT, to_the_same("+13035550001"), None);
    let free = free.await.unwrap();
    let found = town.settled(DEFAULT, free).await;
    assert_eq!(found.state, State::WaitingForCode, "{found:#?}");
}

pub async fn a_tenant_that_changes_worlds_reaches_neither<B: Backend>() {
    let town = Town::<B>::open().await;
    for (name, sandbox) in [("acme", true), ("other", false)] {
        town.change(name, |its| {
            its.sandbox = sandbox;
            its.credentials = credentials(name, false);
        })
        .await;
        let number = "+13035550001";
        let started = town.start(name, number).await;
        town.settled(name, started).await;
        town.change(name, |its| its.sandbox = !sandbox).await;
        town.clock.advance(LATER);
        let before = (town.meta.calls(), town.sandbox.calls());
        let code = "123456".parse().unwrap();
        town.command(name, started, Command::SubmitCode(code)).await;
        let stopped = town.settled(name, started).await;
        assert_eq!(stopped.state, State::ActionRequired, "{stopped:#?}");
        assert_eq!(stopped.fault.unwrap().reason, Reason::SandboxChanged);
        assert_eq!((town.meta.calls(), town.sandbox.calls()), before);

        // Put right again, it goes on where it stood.
        town.change(name, |its| its.sandbox = sandbox).await;
        town.clock.advance(LATER);
        let resume = Command::Resume {
            access_token: None,
            two_step_pin: None,
        };
        town.command(name, started, resume).await;
        let its = if sandbox { &town.sandbox } else { &town.meta };
        let ended = town.ended(name, started, its).await;
        assert_eq!(ended.state, State::Succeeded, "{ended:#?}");
    }
}

pub async fn without_a_sandbox_its_tenants_are_refused<B: Backend>() {
    let town = Town::<B>::with(|plan| plan.has_sandbox = false).await;
    town.change("acme", |acme| acme.sandbox = true).await;
    let refused = town.start_with("acme", request("+13035550001"), Some("own"));
    assert!(matches!(refused.await, Err(Error::NoSandbox)));
    let ask = Eligibility {
        phone_number: "+13035550001".parse().unwrap(),
        destination: "215589313241560".parse().unwrap(),
        source: None,
        route: Route::Otp,
        access_token: None,
    };
    let refused = town.engine.check(&tenant("acme"), ask).await;
    assert!(matches!(refused, Err(Error::NoSandbox)));
    assert_eq!(town.meta.calls(), []);
}
