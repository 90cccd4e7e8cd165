//! What a request and its response carry while they pass through the layers of the API.

use std::sync::{Arc, OnceLock};

use axum::http::Extensions;
use tonic::Status;
use tracing::Span;

use super::request_info;
use crate::telemetry::trace::RequestTrace;

/// An extension of every request: what its layers share. Cheap to clone; clones share state.
#[derive(Debug, Clone, Default)]
pub(super) struct CallContext {
    /// The trace of the request.
    pub(super) trace: RequestTrace,
    rpc: Arc<OnceLock<CalledRpc>>,
}

/// The RPC that a request has called, over either transport.
#[derive(Debug, Clone, Copy)]
pub(super) struct CalledRpc {
    /// Its name, for logs and metrics.
    pub(super) name: &'static str,
    /// Whether the audit log has the refusal.
    pub(super) is_audited: bool,
}

/// An extension of the response to a call whose refusal is in the audit log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Audited;

impl CallContext {
    /// The context of the request with these extensions.
    pub(super) fn of(extensions: &Extensions) -> Self {
        extensions.get().cloned().unwrap_or_default()
    }

    /// Records the RPC, when it was answered.
    pub(super) fn answered(&self, rpc: CalledRpc) {
        // A request calls one RPC.
        let _ = self.rpc.set(rpc);
    }

    /// The RPC; `None` if the request called none.
    pub(super) fn rpc(&self) -> Option<CalledRpc> {
        self.rpc.get().copied()
    }

    /// The trace id of the request, in hexadecimal. A trace that has not begun begins here.
    pub(super) fn trace_id(&self) -> String {
        self.trace.begin(&Span::current(), None)
    }

    /// The error, with the trace id of the request.
    pub(super) fn identified(&self, status: &Status) -> Status {
        request_info::add(status, &self.trace_id())
    }
}
