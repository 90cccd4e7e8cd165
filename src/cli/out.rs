//! The one place that writes to standard output, and what it knows about it.

use std::io::{self, IsTerminal as _, Write as _};

use clap::ValueEnum;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::style::{self, Style};
use crate::util::visible::is_visible;

/// What the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Output {
    /// Tables on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// Tables and text for a person.
    Table,
    /// JSON for a program: an object, or one object a line where it is a stream.
    Json,
}

/// Standard output.
#[derive(Debug, Clone)]
pub struct Out {
    /// Whether a program reads it.
    json: bool,
    /// What text for a person looks like.
    pub(super) style: Style,
}

impl Out {
    /// As the user asked.
    #[must_use]
    pub fn new(output: Output, plain: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        let json = match output {
            Output::Auto => !terminal,
            Output::Table => false,
            Output::Json => true,
        };
        let width = terminal_size::terminal_size().map_or(Style::WIDTH, |(width, _)| width.0);
        let style = Style {
            color: terminal && !plain,
            width: width.max(Style::NARROWEST),
            zone: TimeZone::system(),
        };
        Self { json, style }
    }

    /// For a person, whoever reads it.
    #[must_use]
    pub fn for_people(plain: bool) -> Self {
        Self::new(Output::Table, plain)
    }

    /// Whether a program reads it.
    pub(super) const fn is_json(&self) -> bool {
        self.json
    }

    /// Writes text for a person. What others wrote of it commands no terminal.
    #[expect(clippy::unused_self, reason = "who writes has been given the right to")]
    pub(super) fn text(&self, text: &str) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        let text = style::printable(text.trim_end_matches('\n'));
        writeln!(stdout, "{text}")?;
        stdout.flush()
    }

    /// Writes one object on a line of its own.
    #[expect(clippy::unused_self, reason = "who writes has been given the right to")]
    pub(super) fn object(&self, value: &Value) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{}", json_line(value))?;
        stdout.flush()
    }

    /// Writes the view that was asked for; the other one is not made.
    pub(super) fn show(
        &self,
        json: impl FnOnce() -> Value,
        text: impl FnOnce(&Style) -> String,
    ) -> io::Result<()> {
        if self.json {
            self.object(&json())
        } else {
            self.text(&text(&self.style))
        }
    }
}

/// Writes a line to standard error, for a person who watches. Nobody may be there to read it.
pub(super) fn note(text: &str) {
    let _nobody_reads = writeln!(io::stderr(), "{}", style::printable(text));
}

/// Writes an object on a line of standard error, for a script.
pub(super) fn note_object(value: &Value) {
    let _nobody_reads = writeln!(io::stderr(), "{}", json_line(value));
}

/// `value` as JSON: the same for a program, and with an escape for each character that would command a terminal or hide in it.
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_program_reads_every_character_and_a_terminal_none_that_commands_it() {
        let value = json!({"n\u{202e}": "\u{1b}[2J \u{9b} \u{7f} \r\n \u{e0041} Größe 👩‍👧"});
        let line = json_line(&value);
        assert!(line.chars().all(is_visible), "{line:?}");
        assert!(!line.contains('\n'));
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), value);
        assert!(line.contains("Größe 👩‍👧"), "{line}");
    }
}
