//! A stream as server-sent events, for `curl -N` and for a browser's `EventSource`.
//!
//! An `EventSource` knows no end: it comes back whenever its connection is gone, and says what it saw last. So an end is an
//! event of its own, for who reads it, and who comes back after it is told that there is no more (204), which stops it.

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

use super::grpc_call::{self, Messages};
use super::{error, headers as headers_of};
use crate::api::contract::{Contract, Rpc};
use crate::proto::v1::WatchResponse;

/// A stream that has nothing to say for so long begins without it. Until then a refusal is an answer of its own.
const FIRST: Duration = Duration::from_secs(1);
/// Proxies close what is silent for a minute, and some sooner.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Keeps nginx from holding events back.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// A stream that is being told.
struct Telling {
    contract: Arc<Contract>,
    rpc: Arc<Rpc>,
    /// None once all was said.
    messages: Option<Messages>,
}

/// The answer that these messages are.
pub(super) async fn response(
    contract: Arc<Contract>,
    rpc: Arc<Rpc>,
    asked: &HeaderMap,
    mut messages: Messages,
) -> Result<Response, Status> {
    let first = timeout(FIRST, messages.next()).await;
    let begun = match first {
        Ok(Some(message)) => Some(event(&rpc, &message?)?),
        Ok(None) if asked.contains_key(headers_of::LAST_EVENT_ID) => {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        // The end is found again.
        Ok(None) | Err(_) => None,
    };
    let telling = Telling {
        contract,
        rpc,
        messages: Some(messages),
    };
    let events = stream::iter(begun).chain(stream::unfold(telling, Telling::next));
    let alive = KeepAlive::new().interval(KEEP_ALIVE);
    let mut response = Sse::new(events.map(Ok::<_, Infallible>))
        .keep_alive(alive)
        .into_response();
    let headers = response.headers_mut();
    headers.insert(BUFFERING, HeaderValue::from_static("no"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    Ok(response)
}

impl Telling {
    async fn next(mut self) -> Option<(Event, Self)> {
        let message = self.messages.as_mut()?.next().await;
        let told = match message {
            Some(Ok(message)) => event(&self.rpc, &message),
            Some(Err(status)) => Err(status),
            None => {
                self.messages = None;
                return Some((Event::default().event("end").data("{}"), self));
            }
        };
        let event = told.unwrap_or_else(|status| {
            self.messages = None;
            broken_off(&self.contract, &status)
        });
        Some((event, self))
    }
}

fn event(rpc: &Rpc, message: &Bytes) -> Result<Event, Status> {
    let sequence = WatchResponse::decode(message.as_ref()).ok();
    let sequence = sequence.and_then(|it| Some(it.event?.sequence));
    let json = rpc
        .answer(message)
        .and_then(|json| String::from_utf8(json).ok());
    let (sequence, json) = sequence.zip(json).ok_or_else(grpc_call::broken)?;
    Ok(Event::default().id(sequence.to_string()).data(json))
}

/// A refusal in the middle. It is not called `error`: an `EventSource` tells of its own troubles by that name.
fn broken_off(contract: &Contract, status: &Status) -> Event {
    let event = Event::default().event("status");
    let event = event.data(error::json(contract, status).to_string());
    match error::retry_after(status) {
        Some(delay) => event.retry(delay),
        None => event,
    }
}
