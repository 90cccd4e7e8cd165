//! Reads the code that the sandbox sent to a phone.

use anyhow::Context as _;
use serde::Deserialize;

use super::numbers::Number;

/// The phones of all numbers.
#[derive(Debug, Clone)]
pub struct Phones {
    http: reqwest::Client,
    sandbox: String,
}

#[derive(Debug, Deserialize)]
struct Inbox {
    messages: Vec<Message>,
}

#[derive(Debug, Deserialize)]
struct Message {
    code: String,
}

impl Phones {
    /// The phones of the sandbox at this address.
    pub fn of(sandbox: &str) -> Self {
        Self {
            http: reqwest::Client::new(),
            sandbox: sandbox.to_owned(),
        }
    }

    /// The newest code.
    #[expect(
        clippy::disallowed_methods,
        reason = "calls the control API of the sandbox, not Meta"
    )]
    pub async fn code(&self, number: &Number) -> anyhow::Result<String> {
        let inbox = format!(
            "{}/sandbox/numbers/{}/messages",
            self.sandbox, number.digits
        );
        let answer = self.http.get(inbox).send().await?.error_for_status()?;
        let newest = answer.json::<Inbox>().await?.messages.pop();
        newest
            .map(|message| message.code)
            .context("the phone has no code")
    }
}
