//! Fields that a token may not read: what they cost the first time, and the next time.

use domain::{Reason, WabaId};
use jiff::SignedDuration;
use serde_json::{Value, json};
use waba_migrator::graph::{Access, Client, Session, Settings};
use waba_migrator::util::clock::Clock;
use wiremock::matchers::{path, path_regex};
use wiremock::{Mock, Request, ResponseTemplate};

use super::{Meta, NUMBER, WABA, access, error, listed, number_id, parameter, phone, waba};

use crate::support::defaults;

const OTHER_WABA: &str = "105000000000001";
/// `account` asks for these fields besides those that every token may read.
const GROUPS_OF_AN_ACCOUNT: usize = 3;
const GROUPS_OF_A_NUMBER: usize = 5;

/// A stand-in for Meta whose clock a test moves.
struct Timed {
    meta: Meta,
    clock: Clock,
}

impl Timed {
    async fn start() -> Self {
        let meta = Meta::start().await;
        let clock = Clock::default();
        let settings = Settings {
            version: "v25.0".parse().unwrap(),
            ..defaults::graph(&meta.server.uri())
        };
        let client = Client::new(settings, clock.clone()).unwrap();
        let meta = Meta { client, ..meta };
        Self { meta, clock }
    }

    /// Refuses every read that asks for `field`, in these words, and answers others with `node`.
    async fn refuses(
        &self,
        route: &str,
        field: &'static str,
        code: i64,
        words: &'static str,
        node: Value,
    ) {
        let respond = move |call: &Request| {
            let fields = parameter(call, "fields").unwrap_or_default();
            if fields.split(',').any(|asked| asked == field) {
                return ResponseTemplate::new(400).set_body_json(error(code, words));
            }
            ResponseTemplate::new(200).set_body_json(&node)
        };
        Mock::given(path_regex(format!("^/v25.0{route}$")))
            .respond_with(respond)
            .mount(&self.meta.server)
            .await;
    }

    fn session<'a>(&'a self, access: &'a Access, waba: &'a WabaId) -> Session<'a> {
        self.meta.client.session(access).about(waba)
    }

    async fn calls(&self) -> usize {
        self.meta.calls().await.len()
    }
}

fn account() -> Value {
    json!({"id": WABA, "name": "Lucky Shrub", "health_status": {"can_send_message": "AVAILABLE"}})
}

#[tokio::test]
async fn a_field_that_meta_names_costs_one_call_and_then_none() {
    for (code, words) in [
        (
            10,
            "(#10) You do not have permission to access the field 'primary_funding_id' on this object",
        ),
        (
            100,
            "(#100) Tried accessing nonexisting field (primary_funding_id) on node type (WhatsAppBusinessAccount)",
        ),
    ] {
        let timed = Timed::start().await;
        timed
            .refuses(
                &format!("/{WABA}"),
                "primary_funding_id",
                code,
                words,
                account(),
            )
            .await;
        let session = timed.meta.session();
        for calls in [2, 3, 4] {
            let read = session.account(&waba()).await.unwrap();
            assert_eq!(read.has_payment_method, None, "unread, and not absent");
            assert!(read.health.is_some());
            assert_eq!(timed.calls().await, calls);
        }
    }
}

#[tokio::test]
async fn a_field_that_meta_does_not_name_is_found_once_an_hour() {
    let timed = Timed::start().await;
    let words = "(#10) Application does not have permission for this action";
    timed
        .refuses(
            &format!("/{WABA}"),
            "primary_funding_id",
            10,
            words,
            account(),
        )
        .await;
    let session = timed.meta.session();
    let first = 2 + GROUPS_OF_AN_ACCOUNT;
    for calls in [first, first + 1, first + 2] {
        let read = session.account(&waba()).await.unwrap();
        assert_eq!(
            (read.has_payment_method, read.health.is_some()),
            (None, true)
        );
        assert_eq!(timed.calls().await, calls);
    }
    timed.clock.advance(SignedDuration::from_hours(1));
    session.account(&waba()).await.unwrap();
    assert_eq!(
        timed.calls().await,
        first + 2 + first,
        "asked again after an hour"
    );
}

#[tokio::test]
async fn what_one_token_may_not_read_of_one_account_is_asked_for_elsewhere() {
    let timed = Timed::start().await;
    let words = "(#10) no access to primary_funding_id";
    timed
        .refuses(
            &format!("/{WABA}"),
            "primary_funding_id",
            10,
            words,
            account(),
        )
        .await;
    timed
        .refuses(
            &format!("/{OTHER_WABA}"),
            "nothing",
            10,
            words,
            json!({"id": OTHER_WABA}),
        )
        .await;
    timed.meta.session().account(&waba()).await.unwrap();
    assert_eq!(timed.calls().await, 2);

    let other = OTHER_WABA.parse().unwrap();
    let read = timed.meta.session().account(&other).await.unwrap();
    assert_eq!(read.has_payment_method, Some(false), "it was asked for");
    let another = Access {
        token: "EAABanothertoken0123456789abcdef".parse().unwrap(),
        ..access()
    };
    let session = timed.meta.client.session(&another);
    session.account(&waba()).await.unwrap();
    assert_eq!(timed.calls().await, 5);
}

#[tokio::test]
async fn a_field_of_numbers_is_remembered_for_lists_and_for_each_number() {
    let timed = Timed::start().await;
    let words = "(#200) Permissions error";
    timed
        .refuses(
            &format!("/{WABA}/phone_numbers"),
            "health_status",
            200,
            words,
            json!({"data": [listed()]}),
        )
        .await;
    timed
        .refuses(&format!("/{NUMBER}"), "health_status", 200, words, listed())
        .await;
    let (access, waba) = (access(), waba());
    let session = timed.session(&access, &waba);
    assert_eq!(session.numbers(&waba).await.unwrap().len(), 1);
    let first = 2 + GROUPS_OF_A_NUMBER;
    assert_eq!(timed.calls().await, first);
    session.numbers(&waba).await.unwrap();
    let found = session.find_number(&waba, &phone()).await.unwrap();
    assert!(found.is_some());
    session.number(&number_id()).await.unwrap();
    assert_eq!(timed.calls().await, first + 3);
}

#[tokio::test]
async fn no_field_is_looked_for_where_all_is_refused() {
    for (status, body, reason, calls) in [
        (
            400,
            error(
                10,
                "(#10) Application does not have permission for this action",
            ),
            Reason::PermissionMissing,
            2,
        ),
        (
            401,
            error(190, "Session has expired"),
            Reason::TokenRefused,
            1,
        ),
        (
            400,
            error(4, "(#4) Application request limit reached"),
            Reason::AppRateLimited,
            1,
        ),
        (
            400,
            error(80_008, "(#80008) too many calls"),
            Reason::AccountRateLimited,
            1,
        ),
        (
            400,
            error(100, "Invalid appsecret_proof provided in the API argument"),
            Reason::AppMisconfigured,
            1,
        ),
        (
            503,
            error(2, "Service temporarily unavailable"),
            Reason::GraphUnavailable,
            1,
        ),
    ] {
        let meta = Meta::start().await;
        for route in [format!("/{WABA}"), format!("/{WABA}/phone_numbers")] {
            meta.answers("GET", &route, status, body.clone()).await;
        }
        let session = meta.session();
        let account = session.account(&waba()).await.unwrap_err();
        assert_eq!((account.reason, meta.calls().await.len()), (reason, calls));
        let numbers = session.numbers(&waba()).await.unwrap_err();
        // Of an app that Meta refuses, and of an account at its limit, nothing else is read.
        let all = if reason.is_of_the_app() || reason == Reason::AccountRateLimited {
            calls
        } else {
            2 * calls
        };
        assert_eq!((numbers.reason, meta.calls().await.len()), (reason, all));
    }
}

#[tokio::test]
async fn a_group_that_a_limit_keeps_from_being_read_is_no_forbidden_one() {
    let meta = Meta::start().await;
    let respond = |call: &Request| {
        let fields = parameter(call, "fields").unwrap();
        let (status, body) = match fields.as_str() {
            "primary_funding_id" => (400, error(80_008, "(#80008) too many calls")),
            all if all.contains("primary_funding_id") => (400, error(10, "(#10) refused")),
            _ => (200, account()),
        };
        ResponseTemplate::new(status).set_body_json(body)
    };
    Mock::given(path(format!("/v27.0/{WABA}")))
        .respond_with(respond)
        .mount(&meta.server)
        .await;
    let fault = meta.session().account(&waba()).await.unwrap_err();
    assert_eq!(fault.reason, Reason::AccountRateLimited);
}
