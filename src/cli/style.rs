//! Colours, width and time zone of text for a person. Pure.

use std::borrow::Cow;

use anstyle::{AnsiColor, Reset, Style};
use comfy_table::{ContentArrangement, Table, TableComponent, presets};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use textwrap::{Options, WordSplitter};

use crate::util::visible::visible;

/// How text for a person is written.
#[derive(Debug, Clone)]
pub struct TextStyle {
    /// Whether it may be coloured.
    pub color: bool,
    /// Line width, characters.
    pub width: u16,
    /// The time zone of times.
    pub zone: TimeZone,
    /// The present time, for times in words.
    pub now: Timestamp,
}

/// What a colour means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// All is well.
    Good,
    /// Needs attention.
    Warning,
    /// An error.
    Bad,
    /// Most important.
    Strong,
    /// Least important.
    Faint,
}

/// The first character of every terminal command.
const ESCAPE: char = '\u{1b}';

impl Tone {
    const ALL: [Self; 5] = [
        Self::Good,
        Self::Warning,
        Self::Bad,
        Self::Strong,
        Self::Faint,
    ];

    const fn ansi(self) -> Style {
        match self {
            Self::Good => AnsiColor::Green.on_default(),
            Self::Warning => AnsiColor::Yellow.on_default(),
            Self::Bad => AnsiColor::Red.on_default(),
            Self::Strong => Style::new().bold(),
            Self::Faint => Style::new().dimmed(),
        }
    }
}

/// `text` for a terminal: with the colours of [`TextStyle::paint`], and without any other terminal
/// command in it.
pub(super) fn printable(text: &str) -> Cow<'_, str> {
    let colors = Tone::ALL.map(|tone| tone.ansi().to_string());
    let allowed = [&colors[..], &[Reset.to_string()]].concat();
    let mut parts = text.split(ESCAPE);
    let first = visible(parts.next().unwrap_or_default());
    parts.fold(first, |mut printed, part| {
        let commands = allowed.iter().filter_map(|it| it.strip_prefix(ESCAPE));
        if commands.into_iter().any(|it| part.starts_with(it)) {
            printed.to_mut().push(ESCAPE);
        }
        printed + visible(part)
    })
}

impl TextStyle {
    /// Line width where the terminal's is unknown, characters.
    pub(super) const WIDTH: u16 = 100;
    /// Minimum line width: tables do not fit into less.
    pub(super) const NARROWEST: u16 = 60;

    /// No colours, and times in UTC: for tests.
    #[cfg(test)]
    pub(super) const fn plain(width: u16) -> Self {
        Self {
            color: false,
            width,
            zone: TimeZone::UTC,
            now: Timestamp::constant(1_795_382_950, 0),
        }
    }

    /// `text` in the colour of a tone.
    pub(super) fn paint(&self, tone: Tone, text: &str) -> String {
        if !self.color {
            return text.to_owned();
        }
        let style = tone.ansi();
        format!("{style}{text}{style:#}")
    }

    /// A heading.
    pub(super) fn heading(&self, text: &str) -> String {
        format!("\n{}\n", self.paint(Tone::Strong, text))
    }

    /// A date and a time.
    pub(super) fn moment(&self, at: Option<&prost_types::Timestamp>) -> String {
        self.formatted(at, "%Y-%m-%d %H:%M:%S %Z")
    }

    /// A date and a time, and how far away it is: `2026-12-06 02:00:00 UTC (in 10 min)`.
    pub(super) fn moment_in_words(&self, at: Option<&prost_types::Timestamp>) -> String {
        match at {
            Some(_) => format!("{} ({})", self.moment(at), self.words(at)),
            None => String::new(),
        }
    }

    /// How far away a time is: `2 h ago`, `in 10 min`.
    pub(super) fn words(&self, at: Option<&prost_types::Timestamp>) -> String {
        let Some(at) = at.and_then(super::time::moment) else {
            return String::new();
        };
        let seconds = at.duration_since(self.now).as_secs();
        let rounded = |unit: u64| (seconds.unsigned_abs() + unit / 2) / unit;
        let distance = match seconds.unsigned_abs() {
            0 => return "now".to_owned(),
            1..60 => format!("{} s", rounded(1)),
            60..3570 => format!("{} min", rounded(60)),
            3570..172_800 => format!("{} h", rounded(3600)),
            _ => format!("{} d", rounded(86_400)),
        };
        if seconds > 0 {
            format!("in {distance}")
        } else {
            format!("{distance} ago")
        }
    }

    /// A date and a time, to the minute.
    pub(super) fn minute(&self, at: Option<&prost_types::Timestamp>) -> String {
        self.formatted(at, "%Y-%m-%d %H:%M")
    }

    /// A time of day, to the tenth of a second.
    pub(super) fn clock(&self, at: Option<&prost_types::Timestamp>) -> String {
        self.formatted(at, "%H:%M:%S%.1f")
    }

    /// A date.
    pub(super) fn day(&self, at: Option<&prost_types::Timestamp>) -> String {
        self.formatted(at, "%Y-%m-%d")
    }

    fn formatted(&self, at: Option<&prost_types::Timestamp>, format: &str) -> String {
        at.and_then(super::time::moment)
            .map(|at| at.to_zoned(self.zone.clone()).strftime(format).to_string())
            .unwrap_or_default()
    }

    /// A table with a line below its header.
    pub(super) fn table<const COLUMNS: usize>(&self, header: [&str; COLUMNS]) -> Table {
        let mut table = Table::new();
        table
            .load_preset(presets::UTF8_HORIZONTAL_ONLY)
            .set_style(TableComponent::HeaderLines, '─')
            .set_style(TableComponent::MiddleHeaderIntersections, '─')
            .remove_style(TableComponent::HorizontalLines)
            .remove_style(TableComponent::MiddleIntersections)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(self.width)
            .set_header(header);
        table
    }

    /// A table as text, without the padding of its last column.
    pub(super) fn lines(table: &Table) -> String {
        table.trim_fmt() + "\n"
    }

    /// `text` wrapped to the width; each line begins with `indent`.
    pub(super) fn paragraph(&self, indent: &str, text: &str) -> String {
        self.wrapped(indent, indent, text)
    }

    /// `text` as an item of a list, wrapped to the width.
    pub(super) fn item(&self, text: &str) -> String {
        self.wrapped("  • ", "    ", text)
    }

    fn wrapped(&self, first: &str, rest: &str, text: &str) -> String {
        // Ids and URLs stay whole, so that they can be copied.
        let options = Options::new(self.width.into())
            .initial_indent(first)
            .subsequent_indent(rest)
            .word_splitter(WordSplitter::NoHyphenation)
            .break_words(false);
        textwrap::fill(text, options) + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_our_colours_and_no_other_command() {
        let style = TextStyle {
            color: true,
            ..TextStyle::plain(80)
        };
        for tone in Tone::ALL {
            let painted = style.paint(tone, "Größe\n\tof two lines");
            assert!(painted.starts_with(ESCAPE));
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
    fn a_time_is_written_as_its_distance() {
        let style = TextStyle::plain(80);
        let words = |seconds: i64| {
            let at = style.now.as_second() + seconds;
            style.words(Some(&prost_types::Timestamp {
                seconds: at,
                nanos: 0,
            }))
        };
        for (seconds, text) in [
            (0, "now"),
            (-1, "1 s ago"),
            (59, "in 59 s"),
            (-89, "1 min ago"),
            (600, "in 10 min"),
            (-3569, "59 min ago"),
            (3590, "in 1 h"),
            (-7200, "2 h ago"),
            (172_799, "in 48 h"),
            (259_200, "in 3 d"),
        ] {
            assert_eq!(words(seconds), text);
        }
        assert_eq!(style.words(None), "");
    }

    #[test]
    fn a_paragraph_fits_its_width_and_keeps_every_word() {
        let text = "Turn off two-step verification for the number in the source account.";
        let lines = TextStyle::plain(30).item(text);
        assert!(
            lines.lines().all(|line| line.chars().count() <= 30),
            "{lines}"
        );
        assert!(lines.starts_with("  • Turn off"));
        let words: Vec<&str> = lines.trim_start_matches("  •").split_whitespace().collect();
        assert_eq!(words.join(" "), text);
    }
}
