//! What text for a person looks like: colour, width, time. Pure.

use comfy_table::{ContentArrangement, Table, TableComponent, presets};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What text for a person looks like.
#[derive(Debug, Clone)]
pub struct Look {
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

impl Look {
    /// Where the width is not known.
    pub(super) const WIDTH: u16 = 100;
    /// Below this a table is no table.
    pub(super) const NARROWEST: u16 = 60;

    /// A text in a tone.
    pub(super) fn paint(&self, tone: Tone, text: &str) -> String {
        if !self.color {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Good => "32",
            Tone::Warning => "33",
            Tone::Bad => "31",
            Tone::Strong => "1",
            Tone::Faint => "2",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
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
    fn a_paragraph_fits_its_width_and_keeps_every_word() {
        let look = Look {
            color: false,
            width: 30,
            zone: TimeZone::UTC,
        };
        let text = "Turn off two-step verification for the number in the source account.";
        let lines = look.item(text);
        assert!(
            lines.lines().all(|line| line.chars().count() <= 30),
            "{lines}"
        );
        assert!(lines.starts_with("  • Turn off"));
        let words: Vec<&str> = lines.trim_start_matches("  •").split_whitespace().collect();
        assert_eq!(words.join(" "), text);
    }
}
