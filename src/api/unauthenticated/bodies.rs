//! The request and the response body of an unauthenticated call, within its limits.
//!
//! The service itself only sees a request body that broke off, and would end its response as if the
//! call had succeeded. So the request body sends its error to the response body, which ends with
//! it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use hyper::body::{Bytes, Frame, SizeHint};
use tokio::sync::oneshot::{Receiver, Sender};
use tokio::time::{Instant, Sleep, sleep};
use tonic::Status;

use super::concurrency::ConcurrencyPermit;
use super::framing::Framing;
use super::{MAX_CALL_BYTES, MAX_MESSAGE_BYTES, Timeouts};
use crate::api::Reason;
use crate::api::status::StatusBuilder;

/// A request body that fails when it exceeds a limit.
pub(super) struct LimitedRequest {
    body: Body,
    framing: Framing,
    received: usize,
    timeouts: Timeouts,
    idle: Pin<Box<Sleep>>,
    total: Pin<Box<Sleep>>,
    /// Sends the error to the response body. `None` once that was done.
    fail: Option<Sender<Status>>,
    _permit: Arc<ConcurrencyPermit>,
}

impl LimitedRequest {
    pub(super) fn new(
        body: Body,
        timeouts: Timeouts,
        fail: Sender<Status>,
        permit: Arc<ConcurrencyPermit>,
    ) -> Self {
        Self {
            body,
            framing: Framing::default(),
            received: 0,
            timeouts,
            idle: Box::pin(sleep(timeouts.idle)),
            total: Box::pin(sleep(timeouts.total)),
            fail: Some(fail),
            _permit: permit,
        }
    }

    /// Counts the bytes, and checks their limits.
    fn receive(&mut self, bytes: &[u8]) -> Result<(), Status> {
        self.received = self.received.saturating_add(bytes.len());
        let too_large = |message| StatusBuilder::new(Reason::MessageTooLarge).message(message);
        let ended = self.framing.take(bytes, MAX_MESSAGE_BYTES).map_err(|_| {
            too_large(format!(
                "a message to this service may have at most {MAX_MESSAGE_BYTES} bytes"
            ))
            .metadata("max_message_bytes", &MAX_MESSAGE_BYTES)
            .build()
        })?;
        if self.received > MAX_CALL_BYTES {
            return Err(too_large(format!(
                "an unauthenticated call may send at most {MAX_CALL_BYTES} bytes: start another call"
            ))
            .build());
        }
        if ended {
            let idle_until = Instant::now() + self.timeouts.idle;
            self.idle.as_mut().reset(idle_until);
        }
        Ok(())
    }

    /// Completes when a timeout has passed.
    fn poll_timeout(&mut self, cx: &mut Context<'_>) -> Poll<Status> {
        let Timeouts { idle, total } = self.timeouts;
        let message = if self.idle.as_mut().poll(cx).is_ready() {
            format!("no complete message was received for {idle:?}: start another call")
        } else if self.total.as_mut().poll(cx).is_ready() {
            format!("the call has lasted {total:?}, the maximum: start another call")
        } else {
            return Poll::Pending;
        };
        let status = StatusBuilder::new(Reason::DeadlineExceeded).message(message);
        Poll::Ready(status.build())
    }

    /// Ends the request body, and the response body with it.
    fn failed(&mut self, status: Status) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.body = Body::empty();
        if let Some(fail) = self.fail.take() {
            // It fails if the response has not begun: then the service answers with the error.
            let _ = fail.send(status.clone());
        }
        Poll::Ready(Some(Err(status)))
    }
}

impl HttpBody for LimitedRequest {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let response_was_dropped = match &mut self.fail {
            Some(fail) => fail.poll_closed(cx).is_ready(),
            None => true,
        };
        if response_was_dropped {
            return Poll::Ready(None);
        }
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(&[][..], |bytes| bytes.as_ref());
                match self.receive(bytes) {
                    Ok(()) => Poll::Ready(Some(Ok(frame))),
                    Err(status) => self.failed(status),
                }
            }
            // The process has no memory left for it, or the client disconnected.
            Poll::Ready(Some(Err(error))) => self.failed(Status::from_error(error.into())),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => match self.poll_timeout(cx) {
                Poll::Ready(status) => self.failed(status),
                Poll::Pending => Poll::Pending,
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Completes with the error of the request body. Keeps the permit of the call until then.
pub(super) async fn error(error: Receiver<Status>, _permit: Arc<ConcurrencyPermit>) -> Status {
    match error.await {
        Ok(status) => status,
        // The request body has ended without an error.
        Err(_) => std::future::pending().await,
    }
}
