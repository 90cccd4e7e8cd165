//! The adapter to Meta's Graph API, against unusual responses over real HTTP.

mod answers;
mod catalogue;
mod facts;
mod lists;
mod reads;
mod refused;
mod sandbox;
mod secrets;
mod transport;
mod usage;
mod writes;

use std::time::Duration;

use domain::{Fault, PhoneNumber, PhoneNumberId, Pin, WabaId};
use serde_json::{Value, json};
use waba_migrator::graph::{Access, Client, Session, Settings};
use waba_migrator::util::clock::Clock;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::defaults;
use crate::support::graph::Writes as _;

const TOKEN: &str = "EAABcanarytoken0123456789abcdef";
const APP_SECRET: &str = "canary-of-the-app";
const PIN: &str = "482913";
const CODE: &str = "918273";
const WABA: &str = "104996122399160";
const NUMBER: &str = "106540352242922";

/// A fake Meta with configurable responses, and a client for it.
struct FakeMeta {
    server: MockServer,
    client: Client,
    access: Access,
}

impl FakeMeta {
    async fn start() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let server = MockServer::start().await;
        let client = client(&server.uri(), change);
        Self {
            server,
            client,
            access: access(),
        }
    }

    /// The same, with the app that issued the token known.
    async fn of_app() -> Self {
        let meta = Self::start().await;
        Self {
            access: of_app(),
            ..meta
        }
    }

    fn session(&self) -> Session<'_> {
        self.client.session(&self.access)
    }

    /// Responds with `body` to every call of `verb` and `route` (the path after the version).
    async fn answers(&self, verb: &str, route: &str, status: u16, body: Value) {
        self.responds(
            verb,
            route,
            ResponseTemplate::new(status).set_body_json(body),
        )
        .await;
    }

    async fn responds(&self, verb: &str, route: &str, response: ResponseTemplate) {
        Mock::given(method(verb))
            .and(path(format!("/v27.0{route}")))
            .respond_with(response)
            .mount(&self.server)
            .await;
    }

    /// The result of `register` when Meta responds with this.
    async fn register(&self, response: ResponseTemplate) -> Result<(), Fault> {
        self.server.reset().await;
        self.responds("POST", &format!("/{NUMBER}/register"), response)
            .await;
        self.session()
            .register(&number_id(), &pin())
            .await
            .map(drop)
    }

    /// The fault of a register call when Meta responds with this.
    async fn fault(&self, status: u16, body: Value) -> Fault {
        self.register(ResponseTemplate::new(status).set_body_json(body))
            .await
            .unwrap_err()
    }

    /// The calls received so far.
    async fn calls(&self) -> Vec<Request> {
        self.server.received_requests().await.unwrap()
    }
}

fn client(uri: &str, change: impl FnOnce(&mut Settings)) -> Client {
    let mut settings = defaults::graph(uri);
    settings.timeout = Duration::from_secs(20);
    change(&mut settings);
    Client::new(settings, Clock::default()).unwrap()
}

/// A token of an unknown app.
fn access() -> Access {
    Access {
        token: TOKEN.parse().unwrap(),
        app_id: None,
        app_secret: None,
    }
}

/// The same token with the app that issued it.
fn of_app() -> Access {
    Access {
        app_id: "138483919580948".parse().ok(),
        app_secret: APP_SECRET.parse().ok(),
        ..access()
    }
}

fn waba() -> WabaId {
    WABA.parse().unwrap()
}

fn number_id() -> PhoneNumberId {
    NUMBER.parse().unwrap()
}

fn pin() -> Pin {
    PIN.parse().unwrap()
}

fn phone() -> PhoneNumber {
    "+12025550123".parse().unwrap()
}

/// The number of [`phone`] as Meta lists it.
fn listed() -> Value {
    json!({"id": NUMBER, "display_phone_number": "+1 202-555-0123", "status": "CONNECTED", "platform_type": "CLOUD_API"})
}

fn error(code: i64, message: &str) -> Value {
    json!({"error": {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "Az8or2"}})
}

/// The value of a query parameter.
fn parameter(call: &Request, name: &str) -> Option<String> {
    call.url
        .query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}
