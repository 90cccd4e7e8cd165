//! The phone that the sandbox sends codes to, and whoever reads it.

use std::time::Duration;

use serde::Deserialize;

use super::super::follow::{Keyboard, Owner, OwnerReply, understand};
use super::super::out::Out;
use super::super::style::Tone;
use crate::proto::v1::CodeMethod;

/// The phone of one number.
pub(in crate::cli) struct Phone {
    http: reqwest::Client,
    inbox: String,
    /// How many messages were shown.
    shown: usize,
    /// The newest code.
    code: Option<String>,
    /// How often in a row the newest code was handed in.
    handed_in: u32,
    /// Readings since a code was last expected.
    readings: u32,
    asked_for_voice: bool,
    /// Whether the person was asked since a code was last expected.
    asked: bool,
    keyboard: Option<Keyboard>,
}

/// What arrived at the phone, newest last.
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

/// How often the phone is looked at.
const GLANCE: Duration = Duration::from_millis(50);
/// After so many looks without a message none will come: the sandbox sends at once.
const PATIENCE: u32 = 10;
/// A right code may be refused once; one that is refused again is wrong.
const TRIES: u32 = 2;

impl Phone {
    /// The phone of `number` at the sandbox. Without a person it takes the code by itself.
    pub(in crate::cli) fn new(graph: &str, number: &str, person: bool) -> Self {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        Self {
            http: reqwest::Client::new(),
            inbox: format!("{graph}/sandbox/numbers/{digits}/messages"),
            shown: 0,
            code: None,
            handed_in: 0,
            readings: 0,
            asked_for_voice: false,
            asked: false,
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

    /// Shows what arrived since, and keeps the newest code.
    async fn glance(&mut self, out: &Out) -> anyhow::Result<bool> {
        let messages = self.messages().await?;
        let new = messages.get(self.shown..).unwrap_or_default();
        for message in new {
            out.text(&bubble(out, message))?;
            self.code = Some(message.code.clone());
            self.handed_in = 0;
        }
        self.shown += new.len();
        Ok(!new.is_empty())
    }

    /// What the phone's owner would do, where nobody is there to ask.
    fn by_itself(&mut self, out: &Out) -> anyhow::Result<OwnerReply> {
        match &self.code {
            Some(code) if self.handed_in < TRIES => {
                self.handed_in += 1;
                let code = code.clone();
                out.text(&format!("  the code is handed in: {code}"))?;
                Ok(OwnerReply::Code(code))
            }
            None if !self.asked_for_voice => {
                self.asked_for_voice = true;
                out.text("  no SMS came: a call is asked for")?;
                Ok(OwnerReply::Another(CodeMethod::Voice))
            }
            _ => Ok(OwnerReply::Nothing),
        }
    }
}

impl Owner for Phone {
    /// The question itself comes after the message, or when none came.
    fn expect_code(&mut self, _: &Out) -> anyhow::Result<()> {
        self.readings = 0;
        self.asked = false;
        Ok(())
    }

    async fn answer(&mut self, out: &Out) -> anyhow::Result<OwnerReply> {
        loop {
            let arrived = self.glance(out).await?;
            self.readings = self.readings.saturating_add(1);
            let settled =
                arrived || self.code.is_some() && self.readings > 1 || self.readings == PATIENCE;
            match &mut self.keyboard {
                None if settled => return self.by_itself(out),
                None => tokio::time::sleep(GLANCE).await,
                Some(keyboard) => {
                    if settled && (arrived || !self.asked) {
                        keyboard.expect_code(out)?;
                        self.asked = true;
                    }
                    tokio::select! {
                        line = keyboard.line() => match line {
                            None => return Ok(OwnerReply::Nothing),
                            Some(line) => if let Some(answer) = understand(&line) { return Ok(answer) },
                        },
                        () = tokio::time::sleep(GLANCE) => {}
                    }
                }
            }
        }
    }
}

/// A message as a phone shows it.
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
    let what = format!("The phone got this by {method}:");
    format!("\n  {}\n{indented}", out.style.paint(Tone::Strong, &what))
}
