//! The contract's enum values as a person reads them.

use super::super::style::{Style, Tone};
use crate::proto::v1;

/// Whose turn it is.
pub(in crate::cli) fn state(state: v1::State) -> &'static str {
    short(state.as_str_name(), "STATE_")
}

/// The same, in its tone.
pub(super) fn painted_state(style: &Style, value: v1::State) -> String {
    let tone = match value {
        v1::State::Succeeded => Tone::Good,
        v1::State::Failed | v1::State::Canceled | v1::State::Expired => Tone::Bad,
        v1::State::WaitingForCode | v1::State::WaitingForCutover | v1::State::ActionRequired => {
            Tone::Warning
        }
        v1::State::Unspecified | v1::State::Running => Tone::Strong,
    };
    style.paint(tone, state(value))
}

/// A unit of progress.
pub(super) fn step(step: v1::Step) -> &'static str {
    short(step.as_str_name(), "STEP_")
}

/// Who can act.
pub(super) fn actor(actor: v1::Actor) -> &'static str {
    short(actor.as_str_name(), "ACTOR_")
}

/// A Graph call.
pub(super) fn call(call: v1::GraphCall) -> &'static str {
    short(call.as_str_name(), "GRAPH_CALL_")
}

/// How a check stands.
pub(super) fn verdict(verdict: v1::Verdict) -> &'static str {
    short(verdict.as_str_name(), "VERDICT_")
}

/// Where the guide explains a remedy that was told before, and who does it.
pub(super) fn place(style: &Style, remedy: &v1::Remedy) -> String {
    style.item(&format!(
        "{}: {}",
        actor(remedy.actor()),
        remedy.documentation
    ))
}

/// A remedy: who does what, and where the guide explains it.
pub(super) fn remedy(style: &Style, remedy: &v1::Remedy) -> String {
    let place = match remedy.documentation.as_str() {
        "" => String::new(),
        place => format!(" ({place})"),
    };
    style.item(&format!(
        "{}: {}{place}",
        actor(remedy.actor()),
        remedy.instruction
    ))
}

fn short(name: &'static str, prefix: &str) -> &'static str {
    name.strip_prefix(prefix).unwrap_or(name)
}
