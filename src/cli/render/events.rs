//! Events, one per line.

use super::super::style::{TextStyle, Tone};
use super::enums;
use crate::proto::v1::{Event, EventKind};

/// Prints events as they happen, one per line. A fault that several events share is printed once.
#[derive(Debug, Default)]
pub(in crate::cli) struct Ticker {
    /// The reason printed last.
    reason: String,
}

impl Ticker {
    /// The line for the next event.
    pub(in crate::cli) fn line(&mut self, style: &TextStyle, event: &Event) -> String {
        let mut message = event.message.clone();
        let reason = event.fault.as_ref().map_or("", |fault| &fault.reason);
        match &event.fault {
            Some(fault) if !reason.is_empty() && *reason == self.reason => {
                message = message.replace(&fault.message, "");
            }
            Some(_) if !reason.is_empty() => message.extend([" (", reason, ")"]),
            _ => {}
        }
        reason.clone_into(&mut self.reason);
        let (mark, tone) = mark(event.kind());
        let clock = style.clock(event.occurred_at.as_ref());
        let step = enums::step(event.step());
        let head = format!("  {mark} {clock}  {step:<12}  ");
        let rest = style.paragraph(&" ".repeat(head.chars().count()), &message);
        format!(
            "  {} {}  {step:<12}  {}",
            style.paint(tone, mark),
            style.paint(Tone::Faint, &clock),
            rest.trim()
        )
    }
}

/// A table of events.
pub(in crate::cli) fn events(style: &TextStyle, events: &[Event]) -> String {
    let mut table = style.table(["#", "time", "step", "state after", "event"]);
    for event in events {
        table.add_row([
            event.sequence.to_string(),
            style.moment(event.occurred_at.as_ref()),
            enums::step(event.step()).to_owned(),
            enums::state(event.state()).to_owned(),
            message(event),
        ]);
    }
    TextStyle::lines(&table)
}

/// The message, and who requested the change, if known.
fn message(event: &Event) -> String {
    let Event {
        message, principal, ..
    } = event;
    match principal.as_str() {
        "" | "anonymous" => message.clone(),
        principal => format!("{message} Requested by {principal}."),
    }
}

const fn mark(kind: EventKind) -> (&'static str, Tone) {
    match kind {
        EventKind::StepFinished => ("✓", Tone::Good),
        EventKind::CallRefused => ("✗", Tone::Bad),
        EventKind::CallUncertain | EventKind::Delayed => ("…", Tone::Warning),
        EventKind::StateChanged => ("→", Tone::Strong),
        EventKind::Unspecified
        | EventKind::Accepted
        | EventKind::StepStarted
        | EventKind::CallSent
        | EventKind::CallSucceeded
        | EventKind::CodeSubmitted
        | EventKind::CodeResendRequested
        | EventKind::Resumed
        | EventKind::CancelRequested
        | EventKind::TwoStepPinRevealed
        | EventKind::TwoStepPinRemoved
        | EventKind::Updated => ("·", Tone::Faint),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::{Fault, State, Step};

    fn event(kind: EventKind, message: &str, reason: &str) -> Event {
        let fault = Fault {
            reason: reason.to_owned(),
            message: "Meta refused the code.".to_owned(),
            ..Fault::default()
        };
        Event {
            kind: kind.into(),
            state: State::Running.into(),
            step: Step::VerifyCode.into(),
            occurred_at: Some(prost_types::Timestamp::default()),
            message: message.to_owned(),
            fault: (!reason.is_empty()).then_some(fault),
            ..Event::default()
        }
    }

    #[test]
    fn a_fault_is_printed_once_and_long_lines_stay_in_their_column() {
        let style = TextStyle::plain(60);
        let refused = "Verify the code: refused. Meta refused the code.";
        let waits = "Now WAITING_FOR_CODE. Meta refused the code.";
        let mut ticker = Ticker::default();
        let lines: Vec<String> = [
            event(EventKind::CallRefused, refused, "CODE_REJECTED"),
            event(EventKind::StateChanged, waits, "CODE_REJECTED"),
            event(EventKind::CodeSubmitted, "A code was handed in.", ""),
            event(EventKind::StateChanged, waits, "CODE_REJECTED"),
        ]
        .iter()
        .map(|event| ticker.line(&style, event))
        .collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        ✗ 00:00:00.0  VERIFY_CODE   Verify the code: refused. Meta
                                    refused the code.
                                    (CODE_REJECTED)
        → 00:00:00.0  VERIFY_CODE   Now WAITING_FOR_CODE.
        · 00:00:00.0  VERIFY_CODE   A code was handed in.
        → 00:00:00.0  VERIFY_CODE   Now WAITING_FOR_CODE. Meta
                                    refused the code.
                                    (CODE_REJECTED)
        "#);
    }
}
