//! The bare loop: the calls of one migration with an HTTP client, without a store, as in a script.

use std::time::Duration;

use anyhow::{Context as _, bail};
use futures_util::future::try_join_all;
use reqwest::{Method, redirect};
use serde_json::Value;

use super::numbers::Number;
use super::phone::Phones;
use super::plan::{Call, Plan, Values};

/// Makes the calls of a plan.
#[derive(Debug, Clone)]
pub struct Bare {
    http: reqwest::Client,
    sandbox: String,
    phones: Phones,
}

impl Bare {
    /// With the settings of the HTTP client of the service.
    pub fn new(sandbox: &str) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .user_agent("waba-migrator-load")
            .redirect(redirect::Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .pool_idle_timeout(Duration::from_mins(1))
            .tcp_nodelay(true)
            .no_proxy()
            .build()?;
        Ok(Self {
            http,
            sandbox: sandbox.to_owned(),
            phones: Phones::of(sandbox),
        })
    }

    /// Moves a number. Checks only that responses are JSON and no server errors.
    pub async fn journey(&self, plan: &Plan, place: u64) -> anyhow::Result<()> {
        let number = Number::at(place);
        let mut known = Values::default();
        for round in &plan.rounds {
            if known.code.is_empty() && round.iter().any(Call::needs_code) {
                known.code = self.phones.code(&number).await?;
            }
            let calls = round
                .iter()
                .map(|call| self.call(call.filled(&number, &known)));
            let answers = try_join_all(calls).await?;
            if let Some(at) = round.iter().position(Call::adds_number) {
                let id = answers.get(at).and_then(|answer| answer.get("id"));
                let id = id
                    .and_then(Value::as_str)
                    .context("a number without an id")?;
                id.clone_into(&mut known.id);
            }
        }
        Ok(())
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the baseline for the sender in `graph`; calls the sandbox only"
    )]
    async fn call(&self, call: Call) -> anyhow::Result<Value> {
        let method: Method = call.method.parse()?;
        let mut request = self
            .http
            .request(method, format!("{}{}", self.sandbox, call.target))
            .bearer_auth("load")
            .timeout(Duration::from_secs(30));
        if !call.body.is_empty() {
            request = request
                .header("content-type", "application/json")
                .body(call.body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let body: Value = serde_json::from_slice(&answer.bytes().await?)?;
        // Some reads are refused, since the token has no permission; the service makes them as
        // well.
        if status.is_server_error() {
            bail!("{} {} returned {status}: {body}", call.method, call.target);
        }
        Ok(body)
    }
}
