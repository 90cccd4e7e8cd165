//! A served sandbox with a manual clock, and a plain client that sees every byte.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{Options, Sandbox};

pub(super) const WABA: &str = "200000000000002";

pub(super) struct SandboxHarness {
    pub(super) sandbox: Sandbox,
    pub(super) shutdown: CancellationToken,
    address: SocketAddr,
    clock: Arc<Mutex<Timestamp>>,
    _tasks: JoinSet<()>,
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HashMap<String, String>,
    pub(super) body: String,
}

impl SandboxHarness {
    pub(super) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(super) async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let clock = Arc::new(Mutex::new(
            "2026-11-22T10:00:00Z".parse::<Timestamp>().unwrap(),
        ));
        let shown = Arc::clone(&clock);
        let mut options = Options {
            seed: Some(1),
            register_delay: Duration::from_millis(20),
            clock: Arc::new(move || *shown.lock().unwrap()),
            ..Options::default()
        };
        change(&mut options);
        let sandbox = Sandbox::new(options);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let serving = sandbox.clone().serve(listener, shutdown.clone());
        tasks.spawn(async move { serving.await.unwrap() });
        Self {
            sandbox,
            shutdown,
            address,
            clock,
            _tasks: tasks,
        }
    }

    pub(super) fn pass(&self, time: Duration) {
        let mut clock = self.clock.lock().unwrap();
        *clock += time;
    }

    /// Sends bytes and returns everything received until the connection closes.
    pub(super) async fn raw(&self, request: &str) -> Vec<u8> {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        match socket.read_to_end(&mut bytes).await {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            Err(error) => panic!("{error}"),
        }
        bytes
    }

    /// A call with a token; `None` if the connection was dropped.
    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: &str,
    ) -> Option<Answer> {
        let bearer = if token.is_empty() {
            String::new()
        } else {
            format!("Authorization: Bearer {token}\r\n")
        };
        let bytes = self
            .raw(&format!(
                "{method} {path} HTTP/1.1\r\nHost: {}\r\n{bearer}Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                self.address,
                body.len(),
            ))
            .await;
        if bytes.is_empty() {
            return None;
        }
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        let status = lines
            .next()
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        let headers = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        Some(Answer {
            status,
            headers,
            body: body.to_owned(),
        })
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "a-token", "").await.unwrap()
    }

    /// `PUT` to the control API.
    pub(super) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send("PUT", &format!("/sandbox/{path}"), "", &body.to_string())
            .await
            .unwrap()
    }

    /// The fields of an object.
    pub(super) async fn fields(&self, id: &str, fields: &str) -> Value {
        self.get(&format!("/v27.0/{id}?fields={fields}"))
            .await
            .json()
    }

    /// The numbers of an account, with some fields.
    pub(super) async fn listed(&self, waba: &str, fields: &str) -> Vec<Value> {
        let first = format!("/v27.0/{waba}/phone_numbers?limit=100&fields={fields}");
        let (mut path, mut rows) = (first.clone(), Vec::new());
        loop {
            let page = self.get(&path).await.json();
            rows.extend(page["data"].as_array().unwrap().clone());
            if page["paging"].get("next").is_none() {
                return rows;
            }
            let after = page["paging"]["cursors"]["after"].as_str().unwrap();
            path = format!("{first}&after={after}");
        }
    }

    pub(super) async fn try_post(&self, path: &str, body: Value) -> Option<Answer> {
        self.send(
            "POST",
            &format!("/v27.0/{path}"),
            "a-token",
            &body.to_string(),
        )
        .await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Answer {
        self.try_post(path, body).await.unwrap()
    }

    pub(super) async fn subscribe(&self, waba: &str) {
        assert_eq!(
            self.post(&format!("{waba}/subscribed_apps"), json!({}))
                .await
                .status,
            200
        );
    }

    /// Adds a number to a destination that has an app, and returns its id there.
    pub(super) async fn add(&self, number: &str) -> String {
        self.subscribe(WABA).await;
        let answer = self
            .post(&format!("{WABA}/phone_numbers"), added(number))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    pub(super) async fn request(&self, id: &str, method: &str) -> Answer {
        self.post(
            &format!("{id}/request_code"),
            json!({"code_method": method, "language": "en_US"}),
        )
        .await
    }

    /// Adds and verifies a number, and returns its id.
    pub(super) async fn verify(&self, number: &str) -> String {
        let id = self.add(number).await;
        assert_eq!(self.request(&id, "SMS").await.status, 200);
        let code = self.sandbox.messages(number).pop().unwrap().code;
        let answer = self
            .post(&format!("{id}/verify_code"), json!({ "code": code }))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        id
    }

    pub(super) async fn register(&self, id: &str, pin: &str) -> Answer {
        self.post(
            &format!("{id}/register"),
            json!({"messaging_product": "whatsapp", "pin": pin}),
        )
        .await
    }
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    pub(super) fn code(&self) -> (i64, i64) {
        let error = &self.json()["error"];
        (
            error["code"].as_i64().unwrap_or(0),
            error["error_subcode"].as_i64().unwrap_or(0),
        )
    }
}

/// The body of call 1 for a number of the North American plan, or of a country code with two
/// digits.
pub(super) fn added(number: &str) -> Value {
    let digits = number.trim_start_matches('+');
    let (cc, national) = digits.split_at(if digits.starts_with('1') { 1 } else { 2 });
    json!({"cc": cc, "phone_number": national, "migrate_phone_number": true})
}
