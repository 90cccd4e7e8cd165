//! Writes to standard output and standard error, for a person or a program.

use std::io::{self, IsTerminal as _, Write as _};

use anyhow::Context as _;
use clap::ValueEnum;
use jiff::tz::TimeZone;
use prost::Name;
use serde_json::Value;

use super::style::{self, TextStyle};
use crate::api;
use crate::util::clock::Clock;
use crate::util::visible::is_visible;

/// The output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Output {
    /// Tables on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// Tables and text for a person.
    Table,
    /// JSON for a program: one object, or one object per line for a stream.
    Json,
}

/// Standard output.
#[derive(Debug, Clone)]
pub struct Out {
    /// Whether a program reads it.
    json: bool,
    /// The style of text for a person.
    pub(super) style: TextStyle,
}

impl Out {
    /// Standard output in a format.
    #[must_use]
    pub fn new(output: Output, plain: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        let json = match output {
            Output::Auto => !terminal,
            Output::Table => false,
            Output::Json => true,
        };
        let width = terminal_size::terminal_size().map_or(TextStyle::WIDTH, |(width, _)| width.0);
        let style = TextStyle {
            color: terminal && !plain,
            width: width.max(TextStyle::NARROWEST),
            zone: TimeZone::system(),
            now: Clock::default().now(),
        };
        Self { json, style }
    }

    /// Standard output as text, also where it is not a terminal.
    #[must_use]
    pub fn for_people(plain: bool) -> Self {
        Self::new(Output::Table, plain)
    }

    /// Whether a program reads it.
    pub(super) const fn is_json(&self) -> bool {
        self.json
    }

    /// Writes text for a person, without terminal commands from untrusted input.
    #[expect(clippy::unused_self, reason = "only the holder of an `Out` may write")]
    pub(super) fn text(&self, text: &str) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        let text = style::printable(text.trim_end_matches('\n'));
        writeln!(stdout, "{text}")?;
        stdout.flush()
    }

    /// Writes one JSON object on a line of its own.
    #[expect(clippy::unused_self, reason = "only the holder of an `Out` may write")]
    pub(super) fn object(&self, value: &Value) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{}", json_line(value))?;
        stdout.flush()
    }

    /// Writes JSON or text. The other is not made.
    pub(super) fn show(
        &self,
        json: impl FnOnce() -> Value,
        text: impl FnOnce(&TextStyle) -> String,
    ) -> io::Result<()> {
        if self.json {
            self.object(&json())
        } else {
            self.text(&text(&self.style))
        }
    }

    /// Writes a message of the contract, as the JSON that REST returns or as text.
    pub(super) fn message(
        &self,
        message: &impl Name,
        text: impl FnOnce(&TextStyle) -> String,
    ) -> anyhow::Result<()> {
        if self.json {
            let json = api::message_json(message);
            Ok(self.object(&json.context("the contract does not describe the answer")?)?)
        } else {
            Ok(self.text(&text(&self.style))?)
        }
    }
}

/// Writes a line to standard error, for a person. It may be closed.
pub(super) fn note(text: &str) {
    let _closed = writeln!(io::stderr(), "{}", style::printable(text));
}

/// Writes a JSON object on a line of standard error, for a program.
pub(super) fn note_object(value: &Value) {
    let _closed = writeln!(io::stderr(), "{}", json_line(value));
}

/// JSON on one line, with escapes for characters that are invisible or control a terminal.
fn json_line(value: &Value) -> String {
    let mut units = [0; 2];
    let mut line = String::new();
    for c in value.to_string().chars() {
        if is_visible(c) {
            line.push(c);
        } else {
            let escapes = c.encode_utf16(&mut units).iter();
            line.extend(escapes.map(|unit| format!("\\u{unit:04x}")));
        }
    }
    line
}

/// A JSON object without the fields that are null: like the contract's JSON, which has no nulls.
pub(super) fn without_nulls(mut object: Value) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.retain(|_, value| !value.is_null());
    }
    object
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cli::render::example;
    use crate::proto::v1;

    #[test]
    fn json_keeps_every_character_and_controls_no_terminal() {
        let value = json!({"n\u{202e}": "\u{1b}[2J \u{9b} \u{7f} \r\n \u{e0041} Größe 👩‍👧"});
        let line = json_line(&value);
        assert!(line.chars().all(is_visible), "{line:?}");
        assert!(!line.contains('\n'));
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), value);
        assert!(line.contains("Größe 👩‍👧"), "{line}");
    }

    #[test]
    fn a_message_is_written_as_rest_returns_it() {
        let json = api::message_json(&example::moved()).unwrap();
        assert_eq!(json["state"], "STATE_SUCCEEDED");
        assert_eq!(json["createdAt"], "2026-11-22T21:28:10Z");
        assert_eq!(json["budgets"][0]["window"], "259200s");
        assert_eq!(json["endedAt"], "2026-11-22T21:28:25.500Z");
        assert_eq!(json["cutover"]["hold"], true);
        assert_eq!(json["lastSequence"], "0");
        assert_eq!(json["fault"]["graphError"]["fbtraceId"], "AbCdEf");
        let empty = api::message_json(&v1::Migration::default()).unwrap();
        assert_eq!(empty.get("report"), None);
        assert_eq!(empty["checks"], json!([]));
    }
}
