//! Tokens and apps: each tenant's calls are made with its own.

use domain::tenancy::MetaCredentials;
use domain::{Command, Objection, Reason, State};
use waba_migrator::engine::Error;

use super::town::{LATER, Town, credentials, request};
use crate::store::backend::Backend;

pub async fn a_call_is_made_with_what_is_its_tenants<B: Backend>() {
    let town = Town::<B>::open().await;
    town.change("acme", |acme| acme.credentials = credentials("acme", true))
        .await;
    town.change("other", |other| {
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
        let before = town.meta.calls().len();
        let started = town.start_with(name, request(number), own).await;
        let ended = town.ended(name, started.unwrap(), &town.meta).await;
        assert_eq!(ended.state, State::Succeeded, "{ended:#?}");
        let calls = town.meta.calls().split_off(before);
        // The one question about a token is asked as the app, where it is known.
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
    assert_eq!(town.sandbox.calls(), []);
}

pub async fn a_migration_without_any_token_asks_for_one_and_calls_nobody<B: Backend>() {
    let town = Town::<B>::open().await;
    let refused = town.start_with("acme", request("+13035550001"), None).await;
    let Err(Error::Unacceptable(objections)) = refused else {
        panic!("the operator's token is not for every tenant: {refused:?}");
    };
    assert_eq!(objections, [Objection::AccessTokenMissing]);
    assert_eq!(town.meta.calls(), []);

    town.change("acme", |acme| acme.credentials = credentials("acme", false))
        .await;
    town.clock.advance(LATER);
    let id = town.start("acme", "+13035550001").await;
    town.settled("acme", id).await;
    town.change("acme", |acme| acme.credentials = MetaCredentials::default())
        .await;
    town.clock.advance(LATER);
    let calls = town.meta.calls().len();
    town.command("acme", id, Command::SubmitCode("123456".parse().unwrap()))
        .await;
    let stopped = town.settled("acme", id).await;
    assert_eq!(stopped.state, State::ActionRequired);
    assert_eq!(stopped.fault.unwrap().reason, Reason::TokenMissing);
    assert_eq!(town.meta.calls().len(), calls);
}

pub async fn a_mended_token_is_used_by_what_is_under_way<B: Backend>() {
    let town = Town::<B>::open().await;
    let expired = "sandbox-expired-token".parse().ok();
    town.change("acme", |acme| acme.credentials.access_token = expired)
        .await;
    let id = town.start("acme", "+13035550001").await;
    let stopped = town.settled("acme", id).await;
    assert_eq!(stopped.state, State::ActionRequired, "{stopped:#?}");

    town.change("acme", |acme| acme.credentials = credentials("acme", false))
        .await;
    town.clock.advance(LATER);
    let resume = Command::Resume {
        access_token: None,
        two_step_pin: None,
    };
    town.command("acme", id, resume).await;
    let ended = town.ended("acme", id, &town.meta).await;
    assert_eq!(ended.state, State::Succeeded, "{ended:#?}");
    let mended = ("token-of-acme".to_owned(), false);
    assert!(town.meta.tokens().contains(&mended));
}
