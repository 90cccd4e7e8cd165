//! A log line: that of `tracing`, with its trace id and the number of lines suppressed before it.

use std::fmt;

use opentelemetry::trace::TraceId;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::registry::LookupSpan;

use super::rate_limit::{RateLimits, SUPPRESSED};
use crate::telemetry::trace;

const TRACE: &str = "trace_id";

/// Writes lines.
pub(super) struct Line<F> {
    format: F,
    style: LineFormat,
    limits: RateLimits,
}

/// The format of a line.
#[derive(Debug, Clone, Copy)]
pub(super) enum LineFormat {
    /// Text: our fields are added at the end.
    Text,
    /// A JSON object: our fields come first.
    Json,
}

impl<F> Line<F> {
    /// Lines that `format` writes in this style.
    pub(super) fn new(format: F, style: LineFormat) -> Self {
        Self {
            format,
            style,
            limits: RateLimits::default(),
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
        let Some(suppressed) = self.limits.admit(event.metadata()) else {
            return Ok(());
        };
        let mut spans = context.event_scope().into_iter().flatten();
        let trace = spans.find_map(|span| trace::id_of(&span.extensions()));
        let mut line = String::new();
        self.format
            .format_event(context, Writer::new(&mut line), event)?;
        self.style.write(&mut to, &line, trace, suppressed)
    }
}

impl LineFormat {
    fn write(
        self,
        to: &mut impl fmt::Write,
        line: &str,
        trace: Option<TraceId>,
        suppressed: u64,
    ) -> fmt::Result {
        match self {
            Self::Text => {
                to.write_str(line.trim_end())?;
                if let Some(trace) = trace {
                    write!(to, " {TRACE}={trace}")?;
                }
                if suppressed > 0 {
                    write!(to, " {SUPPRESSED}={suppressed}")?;
                }
                to.write_char('\n')
            }
            Self::Json => {
                let members = line.strip_prefix('{').unwrap_or(line);
                to.write_char('{')?;
                if let Some(trace) = trace {
                    write!(to, r#""{TRACE}":"{trace}","#)?;
                }
                if suppressed > 0 {
                    write!(to, r#""{SUPPRESSED}":{suppressed},"#)?;
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
    fn a_line_has_its_trace_id_and_the_number_of_suppressed_lines() {
        let trace = TraceId::from_hex("4bf92f3577b34da6a3ce929d0e0e4736").ok();
        let written = |style: LineFormat, line: &str, trace, suppressed| {
            let mut to = String::new();
            style.write(&mut to, line, trace, suppressed).unwrap();
            to
        };
        assert_eq!(
            written(LineFormat::Text, "it rains\n", trace, 7),
            "it rains trace_id=4bf92f3577b34da6a3ce929d0e0e4736 suppressed=7\n"
        );
        assert_eq!(
            written(LineFormat::Text, "it rains\n", None, 0),
            "it rains\n"
        );
        let json = written(LineFormat::Json, "{\"message\":\"it rains\"}\n", trace, 7);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(
            (&json["suppressed"], &json["message"]),
            (&7.into(), &"it rains".into())
        );
        assert_eq!(
            written(LineFormat::Json, "{\"a\":1}\n", None, 0),
            "{\"a\":1}\n"
        );
    }
}
