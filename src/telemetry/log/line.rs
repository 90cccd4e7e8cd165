//! One line: as `tracing` writes it, with the trace that it belongs to, and how many of its like were left out before it.

use std::fmt;

use opentelemetry::trace::TraceId;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::registry::LookupSpan;

use super::repeats::{Repeats, UNSAID};
use crate::telemetry::trace;

const TRACE: &str = "trace_id";

/// Writes lines.
pub(super) struct Line<F> {
    format: F,
    look: Look,
    repeats: Repeats,
}

/// What a line looks like.
#[derive(Debug, Clone, Copy)]
pub(super) enum Look {
    /// For a person: what it gets besides stands at its end.
    Text,
    /// For a program: an object, and what it gets besides stands first.
    Json,
}

impl<F> Line<F> {
    /// Lines that `format` writes and that look like this.
    pub(super) fn new(format: F, look: Look) -> Self {
        Self {
            format,
            look,
            repeats: Repeats::default(),
        }
    }
}

impl<S, N, F> FormatEvent<S, N> for Line<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut to: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(unsaid) = self.repeats.room(event.metadata()) else {
            return Ok(());
        };
        let mut spans = context.event_scope().into_iter().flatten();
        let trace = spans.find_map(|span| trace::id_of(&span.extensions()));
        let mut line = String::new();
        self.format
            .format_event(context, Writer::new(&mut line), event)?;
        self.look.write(&mut to, &line, trace, unsaid)
    }
}

impl Look {
    fn write(
        self,
        to: &mut impl fmt::Write,
        line: &str,
        trace: Option<TraceId>,
        unsaid: u64,
    ) -> fmt::Result {
        match self {
            Self::Text => {
                to.write_str(line.trim_end())?;
                if let Some(trace) = trace {
                    write!(to, " {TRACE}={trace}")?;
                }
                if unsaid > 0 {
                    write!(to, " {UNSAID}={unsaid}")?;
                }
                to.write_char('\n')
            }
            Self::Json => {
                let members = line.strip_prefix('{').unwrap_or(line);
                to.write_char('{')?;
                if let Some(trace) = trace {
                    write!(to, r#""{TRACE}":"{trace}","#)?;
                }
                if unsaid > 0 {
                    write!(to, r#""{UNSAID}":{unsaid},"#)?;
                }
                to.write_str(members)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_its_trace_and_what_was_left_out() {
        let trace = TraceId::from_hex("4bf92f3577b34da6a3ce929d0e0e4736").ok();
        let written = |look: Look, line: &str, trace, unsaid| {
            let mut to = String::new();
            look.write(&mut to, line, trace, unsaid).unwrap();
            to
        };
        assert_eq!(
            written(Look::Text, "it rains\n", trace, 7),
            "it rains trace_id=4bf92f3577b34da6a3ce929d0e0e4736 unsaid=7\n"
        );
        assert_eq!(written(Look::Text, "it rains\n", None, 0), "it rains\n");
        let json = written(Look::Json, "{\"message\":\"it rains\"}\n", trace, 7);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(
            (&json["unsaid"], &json["message"]),
            (&7.into(), &"it rains".into())
        );
        assert_eq!(written(Look::Json, "{\"a\":1}\n", None, 0), "{\"a\":1}\n");
    }
}
