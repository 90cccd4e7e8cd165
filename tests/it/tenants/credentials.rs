//! Tokens and apps: calls of a tenant use its own credentials.

use domain::tenancy::MetaCredentials;
use domain::{Command, Objection, Reason, State};
use waba_migrator::engine::Error;

use super::harness::{LATER, TenantHarness, credentials, request};
use crate::store::backend::Backend;

pub async fn calls_use_the_credentials_of_their_tenant<B: Backend>() {
    let harness = TenantHarness::<B>::open().await;
    harness
        .change("acme", |acme| acme.credentials = credentials("acme", true))
        .await;
    harness
        .change("other", |other| {
            other.credentials = credentials("other", false);
        })
        .await;
    let mut expected = Vec::new();
    for (name, number, own, token, proven) in [
        ("acme", "+12025550100", None, "token-of-acme", true),
        (
            "acme",
            "+13035550001",
            Some("own-of-acme"),
            "own-of-acme",
            true,
        ),
        ("other", "+13035550002", None, "token-of-other", false),
        (
            "other",
            "+13035550003",
            Some("own-of-other"),
            "own-of-other",
            false,
        ),
        (
            "default",
            "+13035550004",
            None,
            "token-of-the-operator",
            true,
        ),
    ] {
        let before = harness.meta.calls().len();
        let started = harness.start_with(name, request(number), own).await;
        let ended = harness.ended(name, started.unwrap(), &harness.meta).await;
        assert_eq!(ended.state, State::Succeeded, "{ended:#?}");
        let calls = harness.meta.calls().split_off(before);
        // Only the read of the token itself is made as the app, if the app is known.
        let (as_app, as_itself): (Vec<_>, Vec<_>) =
            calls.into_iter().partition(|call| call.token.contains('|'));
        assert!(
            as_itself
                .iter()
                .all(|call| call.token == token && call.proven == proven)
        );
        assert_eq!(as_app.len(), usize::from(proven), "{as_app:?}");
        for asked in as_app {
            let app = match name {
                "acme" => "138483919580948|app-of-acme",
                _ => "1046329871234567|app-of-the-operator",
            };
            assert_eq!(asked.token, app);
        }
        expected.push(token);
    }
    assert_eq!(harness.sandbox.calls(), []);
}

pub async fn a_migration_without_a_token_requests_one_and_makes_no_call<B: Backend>() {
    let harness = TenantHarness::<B>::open().await;
    let refused = harness
        .start_with("acme", request("+13035550001"), None)
        .await;
    let Err(Error::Unacceptable(objections)) = refused else {
        panic!("the operator's token is not for every tenant: {refused:?}");
    };
    assert_eq!(objections, [Objection::AccessTokenMissing]);
    assert_eq!(harness.meta.calls(), []);

    harness
        .change("acme", |acme| acme.credentials = credentials("acme", false))
        .await;
    harness.clock.advance(LATER);
    let id = harness.start("acme", "+13035550001").await;
    harness.settled("acme", id).await;
    harness
        .change("acme", |acme| acme.credentials = MetaCredentials::default())
        .await;
    harness.clock.advance(LATER);
    let calls = harness.meta.calls().len();
    harness
        .command("acme", id, Command::SubmitCode("123456".parse().unwrap()))
        .await;
    let stopped = harness.settled("acme", id).await;
    assert_eq!(stopped.state, State::ActionRequired);
    assert_eq!(stopped.fault.unwrap().reason, Reason::TokenMissing);
    assert_eq!(harness.meta.calls().len(), calls);
}

pub async fn a_corrected_token_is_used_by_running_migrations<B: Backend>() {
    let harness = TenantHarness::<B>::open().await;
    let expired = "sandbox-expired-token".parse().ok();
    harness
        .change("acme", |acme| acme.credentials.access_token = expired)
        .await;
    let id = harness.start("acme", "+13035550001").await;
    let stopped = harness.settled("acme", id).await;
    assert_eq!(stopped.state, State::ActionRequired, "{stopped:#?}");

    harness
        .change("acme", |acme| acme.credentials = credentials("acme", false))
        .await;
    harness.clock.advance(LATER);
    let resume = Command::Resume {
        access_token: None,
        two_step_pin: None,
    };
    harness.command("acme", id, resume).await;
    let ended = harness.ended("acme", id, &harness.meta).await;
    assert_eq!(ended.state, State::Succeeded, "{ended:#?}");
    let corrected = ("token-of-acme".to_owned(), false);
    assert!(harness.meta.tokens().contains(&corrected));
}
