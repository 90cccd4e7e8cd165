//! The contract's enum values and remedies as text.

use super::super::style::{TextStyle, Tone};
use crate::proto::v1;

/// The name of a state.
pub(in crate::cli) fn state(state: v1::State) -> &'static str {
    short(state.as_str_name(), "STATE_")
}

/// The name of a state, in its colour.
pub(super) fn painted_state(style: &TextStyle, value: v1::State) -> String {
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

/// The name of a step.
pub(super) fn step(step: v1::Step) -> &'static str {
    short(step.as_str_name(), "STEP_")
}

/// The name of an actor.
pub(in crate::cli) fn actor(actor: v1::Actor) -> &'static str {
    short(actor.as_str_name(), "ACTOR_")
}

/// The name of a Graph call.
pub(super) fn call(call: v1::GraphCall) -> &'static str {
    short(call.as_str_name(), "GRAPH_CALL_")
}

/// The name of a verdict.
pub(super) fn verdict(verdict: v1::Verdict) -> &'static str {
    short(verdict.as_str_name(), "VERDICT_")
}

/// The actor of a remedy, and the link to its documentation.
pub(super) fn remedy_link(style: &TextStyle, remedy: &v1::Remedy) -> String {
    style.item(&format!(
        "{}: {}",
        actor(remedy.actor()),
        remedy.documentation
    ))
}

/// A remedy: actor, instruction and the link to its documentation.
pub(super) fn remedy(style: &TextStyle, remedy: &v1::Remedy) -> String {
    let link = match remedy.documentation.as_str() {
        "" => String::new(),
        link => format!(" ({link})"),
    };
    style.item(&format!(
        "{}: {}{link}",
        actor(remedy.actor()),
        remedy.instruction
    ))
}

/// The name of a role, as a flag takes it.
pub(super) fn role(role: v1::Role) -> String {
    short(role.as_str_name(), "ROLE_").to_lowercase()
}

/// The name of the status of a key.
pub(super) fn key_status(status: v1::ApiKeyStatus) -> String {
    short(status.as_str_name(), "API_KEY_STATUS_").to_lowercase()
}

fn short(name: &'static str, prefix: &str) -> &'static str {
    name.strip_prefix(prefix).unwrap_or(name)
}
