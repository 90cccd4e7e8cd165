//! A log line for a person: time, level, message, and each field once.
//!
//! Fields of the event come before those of its spans. What the message says already, and what only
//! a collector of traces needs, is left out.

use std::fmt;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use crate::util::visible::is_visible;

const MESSAGE: &str = "message";

/// Fields that a person does not need, beside those of OpenTelemetry's own (`otel.`).
const LEFT_OUT: [&str; 5] = [
    "rpc.system.name",
    "rpc.response.status_code",
    "http.response.status_code",
    "url.scheme",
    "error.type",
];

/// Fields with the values that they have where there is nothing to tell.
const USUAL: [(&str, &str); 3] = [
    ("tenant.id", "default"),
    ("principal", "anonymous"),
    ("suppressed", "0"),
];

/// Characters of the time that are printed: to the second.
const SECONDS: usize = "2026-12-01T01:50:03".len();

/// Separates fields in the stored text of a span, and a name from its value. Values are escaped, so
/// they contain neither.
const FIELD: char = '\u{1e}';
const VALUE: char = '\u{1f}';

/// Writes lines of text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text {
    /// Whether the level may be in colour.
    pub(super) colours: bool,
}

/// Stores the fields of a span so that the line can choose among them.
#[derive(Debug, Clone, Copy)]
pub(super) struct SpanFields;

impl<'writer> FormatFields<'writer> for SpanFields {
    fn format_fields<R: RecordFields>(&self, mut to: Writer<'writer>, fields: R) -> fmt::Result {
        let mut found = Fields::default();
        fields.record(&mut found);
        for (name, value) in &found.0 {
            write!(to, "{name}{VALUE}{value}{FIELD}")?;
        }
        Ok(())
    }
}

impl<S, N> FormatEvent<S, N> for Text
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut to: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        // From the innermost span to the outermost.
        for span in context.event_scope().into_iter().flatten() {
            let extensions = span.extensions();
            let stored = extensions.get::<FormattedFields<N>>();
            // A field that is recorded again is stored again: the last one counts.
            for field in stored.map_or("", |it| it.fields.as_str()).rsplit(FIELD) {
                if let Some((name, value)) = field.split_once(VALUE) {
                    fields.add(name.trim(), value.to_owned());
                }
            }
        }
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        let time = time.get(..SECONDS).unwrap_or(&time);
        write!(to, "{time}Z ")?;
        self.level(&mut to, *event.metadata().level())?;
        if let Some(message) = fields.message() {
            write!(to, " {message}")?;
        }
        let (dimmed, plain) = if self.colours {
            ("\u{1b}[2m", "\u{1b}[0m")
        } else {
            ("", "")
        };
        to.write_str(dimmed)?;
        for (name, value) in fields.shown() {
            write!(to, " {name}={value}")?;
        }
        writeln!(to, "{plain}")
    }
}

impl Text {
    fn level(self, to: &mut Writer<'_>, level: Level) -> fmt::Result {
        if !self.colours {
            return write!(to, "{level:>5}");
        }
        let colour = match level {
            Level::ERROR => 31,
            Level::WARN => 33,
            Level::INFO => 32,
            Level::DEBUG => 34,
            Level::TRACE => 35,
        };
        write!(to, "\u{1b}[{colour}m{level:>5}\u{1b}[0m")
    }
}

/// Names and values, each name once.
#[derive(Debug, Default)]
struct Fields(Vec<(String, String)>);

impl Fields {
    fn add(&mut self, name: &str, value: String) {
        if !self.0.iter().any(|(known, _)| known == name) {
            self.0.push((name.to_owned(), value));
        }
    }

    fn message(&self) -> Option<&str> {
        let message = self.0.iter().find(|(name, _)| name == MESSAGE);
        message.map(|(_, value)| value.as_str())
    }

    fn shown(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.0.iter();
        let fields = fields.map(|(name, value)| (name.as_str(), value.as_str()));
        fields.filter(|(name, value)| {
            let is_internal = name.starts_with("otel.") || LEFT_OUT.contains(name);
            *name != MESSAGE && !is_internal && !USUAL.contains(&(*name, *value))
        })
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        let is_plain = |c: char| c.is_alphanumeric() || "-_.:/+@*".contains(c);
        if !value.is_empty() && value.chars().all(is_plain) {
            self.add(field.name(), value.to_owned());
        } else {
            self.record_debug(field, &value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = String::new();
        for c in format!("{value:?}").chars() {
            // A line stays one line, and the terminal's state as it is.
            if is_visible(c) && c != '\n' {
                text.push(c);
            } else {
                text.extend(c.escape_default());
            }
        }
        self.add(field.name(), text);
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use parking_lot::Mutex;
    use tracing_subscriber::fmt::Subscriber as Lines;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The line that `log` writes, without its time.
    fn line(log: impl FnOnce()) -> String {
        let written = Written::default();
        let writer = written.clone();
        let lines = Lines::builder()
            .fmt_fields(SpanFields)
            .event_format(Text { colours: false })
            .with_writer(move || writer.clone());
        tracing::subscriber::with_default(lines.finish(), log);
        let bytes = written.0.lock().clone();
        let line = String::from_utf8(bytes).unwrap();
        line.split_once(' ').unwrap().1.to_owned()
    }

    #[test]
    fn each_field_is_written_once_and_those_of_collectors_not_at_all() {
        let written = line(|| {
            let span = tracing::error_span!(
                "rpc",
                otel.kind = "server",
                rpc.system.name = "grpc",
                tenant.id = "acme",
                migration.id = "mig_1",
                principal = tracing::field::Empty,
            );
            span.record("principal", "api-key:key 1");
            let _entered = span.enter();
            tracing::info!(
                migration.id = "mig_1",
                took_ms = 7,
                suppressed = 0,
                "answered {}",
                "OK"
            );
        });
        let fields = "migration.id=mig_1 took_ms=7 principal=\"api-key:key 1\" tenant.id=acme";
        assert_eq!(written, format!(" INFO answered OK {fields}\n"));
    }

    #[test]
    fn untrusted_text_stays_within_its_line() {
        let written = line(|| tracing::info!(text = "a\nb\u{1b}[2J", "c\nd\u{202e}"));
        assert_eq!(written.lines().count(), 1, "{written}");
        assert!(!written.contains(['\u{1b}', '\u{202e}']), "{written}");
    }
}
