//! The phone that the sandbox sends codes to, and its owner.

use std::time::Duration;

use serde::Deserialize;

use super::super::follow::{Keyboard, NumberOwner, OwnerReply, parse};
use super::super::out::Out;
use super::super::style::Tone;
use crate::proto::v1::CodeMethod;

/// The phone of one number.
pub(in crate::cli) struct Phone {
    http: reqwest::Client,
    inbox: String,
    /// Number of messages already printed.
    printed: usize,
    /// The newest code.
    code: Option<String>,
    /// Number of times the newest code was submitted.
    submitted: u32,
    /// Number of polls since a code was last expected.
    polls: u32,
    requested_voice: bool,
    /// Whether the person was prompted since a code was last expected.
    prompted: bool,
    keyboard: Option<Keyboard>,
}

/// The messages on the phone, newest last.
#[derive(Debug, Deserialize)]
struct Inbox {
    messages: Vec<Message>,
}

/// One message.
#[derive(Debug, Deserialize)]
struct Message {
    method: String,
    text: String,
    code: String,
}

/// Polling interval.
const POLL: Duration = Duration::from_millis(50);
/// Polls without a message after which none is expected: the sandbox sends at once.
const MAX_POLLS: u32 = 10;
/// Maximum submissions of one code: the sandbox can refuse a correct code once.
const MAX_SUBMISSIONS: u32 = 2;

impl Phone {
    /// The phone of `number` in the sandbox. Without a person it replies automatically.
    pub(in crate::cli) fn new(graph: &str, number: &str, person: bool) -> Self {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        Self {
            http: reqwest::Client::new(),
            inbox: format!("{graph}/sandbox/numbers/{digits}/messages"),
            printed: 0,
            code: None,
            submitted: 0,
            polls: 0,
            requested_voice: false,
            prompted: false,
            keyboard: person.then(Keyboard::new),
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the sandbox's phone on this machine; no call to Meta"
    )]
    async fn messages(&self) -> anyhow::Result<Vec<Message>> {
        let answer = self
            .http
            .get(&self.inbox)
            .send()
            .await?
            .error_for_status()?;
        Ok(answer.json::<Inbox>().await?.messages)
    }

    /// Prints new messages and keeps the newest code. Returns whether there were any.
    async fn poll(&mut self, out: &Out) -> anyhow::Result<bool> {
        let messages = self.messages().await?;
        let new = messages.get(self.printed..).unwrap_or_default();
        for message in new {
            out.text(&bubble(out, message))?;
            self.code = Some(message.code.clone());
            self.submitted = 0;
        }
        self.printed += new.len();
        Ok(!new.is_empty())
    }

    /// The reply without a person.
    fn automatic_reply(&mut self, out: &Out) -> anyhow::Result<OwnerReply> {
        match &self.code {
            Some(code) if self.submitted < MAX_SUBMISSIONS => {
                self.submitted += 1;
                let code = code.clone();
                out.text(&format!("  code submitted: {code}"))?;
                Ok(OwnerReply::Code(code))
            }
            None if !self.requested_voice => {
                self.requested_voice = true;
                out.text("  no SMS arrived: voice call requested")?;
                Ok(OwnerReply::Resend(CodeMethod::Voice))
            }
            _ => Ok(OwnerReply::GiveUp),
        }
    }
}

impl NumberOwner for Phone {
    /// The prompt itself follows the message, or the end of the wait for it.
    fn expect_code(&mut self, _: &Out) -> anyhow::Result<()> {
        self.polls = 0;
        self.prompted = false;
        Ok(())
    }

    async fn reply(&mut self, out: &Out) -> anyhow::Result<OwnerReply> {
        loop {
            let arrived = self.poll(out).await?;
            self.polls = self.polls.saturating_add(1);
            let settled =
                arrived || self.code.is_some() && self.polls > 1 || self.polls == MAX_POLLS;
            match &mut self.keyboard {
                None if settled => return self.automatic_reply(out),
                None => tokio::time::sleep(POLL).await,
                Some(keyboard) => {
                    if settled && (arrived || !self.prompted) {
                        keyboard.expect_code(out)?;
                        self.prompted = true;
                    }
                    tokio::select! {
                        line = keyboard.line() => match line {
                            None => return Ok(OwnerReply::GiveUp),
                            Some(line) => if let Some(reply) = parse(&line) { return Ok(reply) },
                        },
                        () = tokio::time::sleep(POLL) => {}
                    }
                }
            }
        }
    }
}

/// A message in a frame, as a phone shows it.
fn bubble(out: &Out, message: &Message) -> String {
    let mut table = comfy_table::Table::new();
    table
        .load_preset(comfy_table::presets::UTF8_FULL)
        .apply_modifier(comfy_table::modifiers::UTF8_ROUND_CORNERS)
        .set_content_arrangement(comfy_table::ContentArrangement::Dynamic)
        .set_width(out.style.width.saturating_sub(4).min(60))
        .add_row([&message.text]);
    let indented: String = table
        .lines()
        .flat_map(|line| ["    ".to_owned(), line, "\n".to_owned()])
        .collect();
    let method = match message.method.as_str() {
        "VOICE" => "voice call",
        other => other,
    };
    let what = format!("The phone received this by {method}:");
    format!("\n  {}\n{indented}", out.style.paint(Tone::Strong, &what))
}
