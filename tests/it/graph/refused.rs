//! Fields that a token may not read: the calls that they cost at first and later.

use domain::{Reason, WabaId};
use jiff::SignedDuration;
use serde_json::{Value, json};
use waba_migrator::graph::{Access, Client, Session, Settings};
use waba_migrator::util::clock::Clock;
use wiremock::matchers::{path, path_regex};
use wiremock::{Mock, Request, ResponseTemplate};

use super::{FakeMeta, NUMBER, WABA, access, error, listed, number_id, parameter, phone, waba};

use crate::support::defaults;

const OTHER_WABA: &str = "105000000000001";
/// The fields of `account` that not every token may read.
const GROUPS_OF_AN_ACCOUNT: usize = 3;
const GROUPS_OF_A_NUMBER: usize = 5;

/// A fake Meta and a client with a test clock.
struct TimedMeta {
    meta: FakeMeta,
    clock: Clock,
}

impl TimedMeta {
    async fn start() -> Self {
        let meta = FakeMeta::start().await;
        let clock = Clock::default();
        let settings = Settings {
            version: "v25.0".parse().unwrap(),
            ..defaults::graph(&meta.server.uri())
        };
        let client = Client::new(settings, clock.clone()).unwrap();
        let meta = FakeMeta { client, ..meta };
        Self { meta, clock }
    }

    /// Refuses every read of `field` with this message, and responds to others with `node`.
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
async fn a_forbidden_field_that_meta_names_costs_one_additional_call_once() {
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
        let timed = TimedMeta::start().await;
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
            assert_eq!(read.has_payment_method, None, "unread is not absent");
            assert!(read.health.is_some());
            assert_eq!(timed.calls().await, calls);
        }
    }
}

#[tokio::test]
async fn a_forbidden_field_that_meta_does_not_name_is_searched_for_once_an_hour() {
    let timed = TimedMeta::start().await;
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
        "requested again after an hour"
    );
}

#[tokio::test]
async fn a_field_forbidden_to_one_token_of_one_account_is_still_read_with_others() {
    let timed = TimedMeta::start().await;
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
    assert_eq!(
        read.has_payment_method,
        Some(false),
        "the field was not requested"
    );
    let another = Access {
        token: "EAABanothertoken0123456789abcdef".parse().unwrap(),
        ..access()
    };
    let session = timed.meta.client.session(&another);
    session.account(&waba()).await.unwrap();
    assert_eq!(timed.calls().await, 5);
}

#[tokio::test]
async fn a_forbidden_field_of_numbers_is_cached_for_lists_and_for_each_number() {
    let timed = TimedMeta::start().await;
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
async fn no_field_is_searched_for_if_the_whole_read_is_refused() {
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
        let meta = FakeMeta::start().await;
        for route in [format!("/{WABA}"), format!("/{WABA}/phone_numbers")] {
            meta.answers("GET", &route, status, body.clone()).await;
        }
        let session = meta.session();
        let account = session.account(&waba()).await.unwrap_err();
        assert_eq!((account.reason, meta.calls().await.len()), (reason, calls));
        let numbers = session.numbers(&waba()).await.unwrap_err();
        // No other read is made of an app that Meta refuses or of an account at its limit.
        let all = if reason.is_of_the_app() || reason == Reason::AccountRateLimited {
            calls
        } else {
            2 * calls
        };
        assert_eq!((numbers.reason, meta.calls().await.len()), (reason, all));
    }
}

#[tokio::test]
async fn a_group_of_fields_that_hits_a_rate_limit_is_not_considered_forbidden() {
    let meta = FakeMeta::start().await;
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
