//! Converts events.

use super::fault::fault;
use super::time::timestamp;
use crate::api::docs_links::DocsLinks;
use crate::proto::v1;
use domain::{Event, EventKind, GraphCall, MigrationId};

/// An event of this migration.
pub(in crate::api) fn event(id: MigrationId, event: &Event, links: &DocsLinks) -> v1::Event {
    let call = event.kind.call().map(v1::GraphCall::from);
    v1::Event {
        migration_id: id.to_string(),
        sequence: i64::try_from(event.sequence).unwrap_or(i64::MAX),
        occurred_at: Some(timestamp(event.at)),
        kind: v1::EventKind::from(&event.kind).into(),
        state: v1::State::from(event.state).into(),
        step: v1::Step::from(event.step).into(),
        call: call.unwrap_or(v1::GraphCall::Unspecified).into(),
        fault: event.kind.fault().map(|it| fault(it, links)),
        message: event.message(),
        principal: event
            .principal
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
    }
}

impl From<&EventKind> for v1::EventKind {
    fn from(kind: &EventKind) -> Self {
        match kind {
            EventKind::Accepted => Self::Accepted,
            EventKind::StepStarted => Self::StepStarted,
            EventKind::StepFinished { .. } => Self::StepFinished,
            EventKind::CallSent { .. } => Self::CallSent,
            EventKind::CallSucceeded { .. } => Self::CallSucceeded,
            EventKind::CallRefused { .. } => Self::CallRefused,
            EventKind::CallUncertain { .. } => Self::CallUncertain,
            EventKind::Delayed { .. } => Self::Delayed,
            EventKind::StateChanged { .. } => Self::StateChanged,
            EventKind::CodeSubmitted => Self::CodeSubmitted,
            EventKind::CodeResendRequested => Self::CodeResendRequested,
            EventKind::Resumed => Self::Resumed,
            EventKind::Updated { .. } => Self::Updated,
            EventKind::CancelRequested => Self::CancelRequested,
            EventKind::TwoStepPinRevealed => Self::TwoStepPinRevealed,
            EventKind::TwoStepPinRemoved => Self::TwoStepPinRemoved,
        }
    }
}

impl From<GraphCall> for v1::GraphCall {
    fn from(call: GraphCall) -> Self {
        match call {
            GraphCall::Subscribe => Self::Subscribe,
            GraphCall::AddNumber => Self::AddNumber,
            GraphCall::RequestCode => Self::RequestCode,
            GraphCall::VerifyCode => Self::VerifyCode,
            GraphCall::Register => Self::Register,
        }
    }
}
