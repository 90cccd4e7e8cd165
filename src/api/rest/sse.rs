//! A stream as server-sent events, for `curl -N` and for the `EventSource` of a browser.
//!
//! An `EventSource` has no end: it reconnects whenever its connection is closed, and sends the id
//! of the last event. So the end of a stream is an event of its own, and a client that reconnects
//! after it gets 204, which stops an `EventSource`.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, stream};
use prost::Message as _;
use tokio::time::timeout;
use tonic::Status;

use super::error::ErrorBody;
use super::field_names::FieldNames;
use super::grpc_call::{self, Messages};
use super::headers::LAST_EVENT_ID;
use crate::api::contract::{Contract, Rpc};
use crate::proto::v1::WatchResponse;

/// How long the response waits for the first message. Within this time an error is an ordinary
/// error response.
const FIRST_MESSAGE: Duration = Duration::from_secs(1);
/// Interval of keep-alive comments. Proxies close connections that are silent for a minute, some of
/// them sooner.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Keeps nginx from buffering the events.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The messages that are still to be sent.
struct EventStream {
    contract: Arc<Contract>,
    rpc: Arc<Rpc>,
    /// `None` after the last event.
    messages: Option<Messages>,
}

/// The response that sends these messages.
pub(super) async fn response(
    contract: Arc<Contract>,
    rpc: Arc<Rpc>,
    request: &HeaderMap,
    mut messages: Messages,
) -> Result<Response, Status> {
    let first = match timeout(FIRST_MESSAGE, messages.next()).await {
        Ok(Some(message)) => Some(event(&rpc, &message?)?),
        Ok(None) if request.contains_key(LAST_EVENT_ID) => {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        // `EventStream` reads the end again.
        Ok(None) | Err(_) => None,
    };
    let rest = EventStream {
        contract,
        rpc,
        messages: Some(messages),
    };
    let events = stream::iter(first).chain(stream::unfold(rest, EventStream::next));
    let mut response = Sse::new(events.map(Ok::<_, Infallible>))
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response();
    let headers = response.headers_mut();
    headers.insert(BUFFERING, HeaderValue::from_static("no"));
    let nosniff = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    Ok(response)
}

impl EventStream {
    async fn next(mut self) -> Option<(Event, Self)> {
        let event = if let Some(message) = self.messages.as_mut()?.next().await {
            message.and_then(|message| event(&self.rpc, &message))
        } else {
            self.messages = None;
            Ok(Event::default().event("end").data("{}"))
        };
        let event = event.unwrap_or_else(|status| {
            self.messages = None;
            error_event(&self.contract, &status)
        });
        Some((event, self))
    }
}

fn event(rpc: &Rpc, message: &Bytes) -> Result<Event, Status> {
    let sequence = WatchResponse::decode(message.as_ref()).ok();
    let sequence = sequence.and_then(|it| Some(it.event?.sequence));
    let json = rpc.response_json(message);
    let json = json.and_then(|(json, _)| String::from_utf8(json).ok());
    let (sequence, json) = sequence.zip(json).ok_or_else(grpc_call::broken)?;
    Ok(Event::default().id(sequence.to_string()).data(json))
}

/// The error that ends a stream. Its name is not `error`: an `EventSource` reports its own
/// connection errors by that name.
fn error_event(contract: &Contract, status: &Status) -> Event {
    // The fields were read when the stream began.
    let error = ErrorBody::new(contract, status, &FieldNames::default());
    let event = Event::default()
        .event("status")
        .data(error.json.to_string());
    match error.retry_after {
        Some(delay) => event.retry(delay),
        None => event,
    }
}
