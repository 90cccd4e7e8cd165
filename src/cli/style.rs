//! What text for a person looks like: colour, width, time. Pure.

use std::borrow::Cow;

use comfy_table::{ContentArrangement, Table, TableComponent, presets};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::util::visible::visible;

/// What text for a person looks like.
#[derive(Debug, Clone)]
pub struct Style {
    /// Whether it may be coloured.
    pub color: bool,
    /// How many characters a line may have.
    pub width: u16,
    /// The time zone that times are shown in.
    pub zone: TimeZone,
}

/// What a text says by its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// All is well.
    Good,
    /// Somebody should look.
    Warning,
    /// Something is wrong.
    Bad,
    /// To be seen first.
    Strong,
    /// To be seen last.
    Faint,
}

/// What begins a command to a terminal.
const ESCAPE: char = '\u{1b}';
/// The command that ends a colour.
const PLAIN: &str = "[0m";

impl Tone {
    const ALL: [Self; 5] = [
        Self::Good,
        Self::Warning,
        Self::Bad,
        Self::Strong,
        Self::Faint,
    ];

    /// The command that begins it.
    const fn command(self) -> &'static str {
        match self {
            Self::Good => "[32m",
            Self::Warning => "[33m",
            Self::Bad => "[31m",
            Self::Strong => "[1m",
            Self::Faint => "[2m",
        }
    }
}

/// `text` as a terminal may get it: the colours of [`Style::paint`], and no other command of the author of a part of it.
pub(super) fn printable(text: &str) -> Cow<'_, str> {
    let mut parts = text.split(ESCAPE);
    let first = visible(parts.next().unwrap_or_default());
    parts.fold(first, |mut printed, part| {
        let own = Tone::ALL.map(Tone::command);
        if own.iter().chain([&PLAIN]).any(|own| part.starts_with(own)) {
            printed.to_mut().push(ESCAPE);
        }
        printed + visible(part)
    })
}

impl Style {
    /// Where the width is not known.
    pub(super) const WIDTH: u16 = 100;
    /// Below this a table is no table.
    pub(super) const NARROWEST: u16 = 60;

    /// A text in a tone.
    pub(super) fn paint(&self, tone: Tone, text: &str) -> String {
        if !self.color {
            return text.to_owned();
        }
        let command = tone.command();
        format!("{ESCAPE}{command}{text}{ESCAPE}{PLAIN}")
    }

    /// A heading.
    pub(super) fn heading(&self, text: &str) -> String {
        format!("\n{}\n", self.paint(Tone::Strong, text))
    }

    /// A date and a time.
    pub(super) fn moment(&self, at: Option<&prost_types::Timestamp>) -> String {
        self.formatted(at, "%Y-%m-%d %H:%M:%S %Z")
    }

    /// A date and a time, where seconds do not matter.
    pub(super) fn minute(&self, at: Option<&prost_types::Timestamp>) -> String {
        self.formatted(at, "%Y-%m-%d %H:%M")
    }

    /// A time of day, to the tenth of a second.
    pub(super) fn clock(&self, at: Option<&prost_types::Timestamp>) -> String {
        self.formatted(at, "%H:%M:%S%.1f")
    }

    /// The same, of a moment that is no message of the contract.
    pub(super) fn at(&self, at: Timestamp) -> String {
        self.minute(Some(&super::time::to_moment(at)))
    }

    /// A date.
    pub(super) fn day(&self, at: Timestamp) -> String {
        self.formatted(Some(&super::time::to_moment(at)), "%Y-%m-%d")
    }

    fn formatted(&self, at: Option<&prost_types::Timestamp>, format: &str) -> String {
        at.and_then(super::time::moment)
            .map(|at| at.to_zoned(self.zone.clone()).strftime(format).to_string())
            .unwrap_or_default()
    }

    /// A table with a line under its heads.
    pub(super) fn table<const COLUMNS: usize>(&self, heads: [&str; COLUMNS]) -> Table {
        let mut table = Table::new();
        table
            .load_preset(presets::UTF8_HORIZONTAL_ONLY)
            .set_style(TableComponent::HeaderLines, '─')
            .set_style(TableComponent::MiddleHeaderIntersections, '─')
            .remove_style(TableComponent::HorizontalLines)
            .remove_style(TableComponent::MiddleIntersections)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(self.width)
            .set_header(heads);
        table
    }

    /// A table as text, without the blanks that fill its last column.
    pub(super) fn lines(table: &Table) -> String {
        table.trim_fmt() + "\n"
    }

    /// A text in lines that fit, each after `indent`.
    pub(super) fn paragraph(&self, indent: &str, text: &str) -> String {
        let room = usize::from(self.width)
            .saturating_sub(indent.chars().count())
            .max(20);
        let mut lines = String::new();
        let mut used = 0;
        for word in text.split_whitespace() {
            let length = word.chars().count();
            if used == 0 {
                lines.push_str(indent);
            } else if used + 1 + length > room {
                lines.push('\n');
                lines.push_str(indent);
                used = 0;
            } else {
                lines.push(' ');
                used += 1;
            }
            lines.push_str(word);
            used += length;
        }
        lines.push('\n');
        lines
    }

    /// A text in lines that fit, the first after `• `.
    pub(super) fn item(&self, text: &str) -> String {
        self.paragraph("    ", text).replacen("    ", "  • ", 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_our_colours_and_no_other_command() {
        let style = Style {
            color: true,
            width: 80,
            zone: TimeZone::UTC,
        };
        for tone in Tone::ALL {
            let painted = style.paint(tone, "Größe\n\tof two lines");
            assert_eq!(printable(&painted), painted);
        }
        for (text, printed) in [
            ("\u{1b}]52;c;aGk=\u{7}", "]52;c;aGk="),
            ("\u{1b}[2J\u{1b}[H", "[2J[H"),
            ("\u{1b}[8mhidden\u{1b}\u{1b}[0m", "[8mhidden\u{1b}[0m"),
            ("done\rBAD \u{9b}2J \u{202e}txt", "doneBAD 2J txt"),
            ("\u{1b}", ""),
            ("", ""),
        ] {
            assert_eq!(printable(text), printed, "{text:?}");
        }
    }

    #[test]
    fn a_paragraph_fits_its_width_and_keeps_every_word() {
        let style = Style {
            color: false,
            width: 30,
            zone: TimeZone::UTC,
        };
        let text = "Turn off two-step verification for the number in the source account.";
        let lines = style.item(text);
        assert!(
            lines.lines().all(|line| line.chars().count() <= 30),
            "{lines}"
        );
        assert!(lines.starts_with("  • Turn off"));
        let words: Vec<&str> = lines.trim_start_matches("  •").split_whitespace().collect();
        assert_eq!(words.join(" "), text);
    }
}
