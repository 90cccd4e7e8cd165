//! Converts faults, remedies and actors.

use super::time::duration;
use crate::api::docs_links::DocsLinks;
use crate::proto::v1;
use domain::{Actor, Disposition, Fault, GraphError, Remedy};

/// A fault.
pub(super) fn fault(fault: &Fault, links: &DocsLinks) -> v1::Fault {
    v1::Fault {
        reason: fault.reason.as_str().to_owned(),
        disposition: v1::Disposition::from(fault.disposition).into(),
        message: fault.message().to_owned(),
        remedies: remedies(&fault.remedies, links),
        retry_after: fault.retry_after.map(duration),
        graph_error: fault.graph_error.as_deref().map(graph_error),
        documentation: links.fault(fault.reason.as_str()),
    }
}

/// Remedies.
pub(super) fn remedies(remedies: &[Remedy], links: &DocsLinks) -> Vec<v1::Remedy> {
    remedies
        .iter()
        .map(|remedy| v1::Remedy {
            kind: remedy.as_str().to_owned(),
            actor: v1::Actor::from(remedy.actor()).into(),
            instruction: remedy.instruction().to_owned(),
            documentation: links.guide(remedy.anchor()),
        })
        .collect()
}

/// Meta's error as received.
pub(super) fn graph_error(error: &GraphError) -> v1::GraphError {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    v1::GraphError {
        http_status: error.http_status.into(),
        code: error.code,
        subcode: error.subcode.unwrap_or_default(),
        r#type: error.kind.clone(),
        message: error.message.clone(),
        user_title: text(&error.user_title),
        user_message: text(&error.user_message),
        details: text(&error.details),
        fbtrace_id: text(&error.fbtrace_id),
    }
}

impl From<Disposition> for v1::Disposition {
    fn from(disposition: Disposition) -> Self {
        match disposition {
            Disposition::Retry => Self::Retry,
            Disposition::Wait => Self::Wait,
            Disposition::Ask => Self::Ask,
            Disposition::GiveUp => Self::GiveUp,
        }
    }
}

impl From<Actor> for v1::Actor {
    fn from(actor: Actor) -> Self {
        match actor {
            Actor::Caller => Self::Caller,
            Actor::NumberOwner => Self::NumberOwner,
            Actor::SourceProvider => Self::SourceProvider,
            Actor::DestinationAdmin => Self::DestinationAdmin,
            Actor::Meta => Self::Meta,
            Actor::Operator => Self::Operator,
        }
    }
}
