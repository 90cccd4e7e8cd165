//! The bodies of a call without authentication: what it asks, within its bounds, and what it is answered.
//!
//! The service behind sees no more than a body that broke off, and would end its answer as if all were well. So the asking body
//! says to the answering one why it broke off, and that ends the answer with it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use hyper::body::{Bytes, Frame, SizeHint};
use tokio::sync::oneshot::{Receiver, Sender};
use tokio::time::{Instant, Sleep, sleep};
use tonic::Status;

use super::framing::Framing;
use super::slots::Place;
use super::{MAX_CALL_BYTES, MAX_MESSAGE_BYTES, Times};
use crate::api::Reason;
use crate::api::status::StatusBuilder;
use crate::api::stream_end;

/// What a call asks.
pub(super) struct Asked {
    body: Body,
    framing: Framing,
    sent: usize,
    times: Times,
    idle: Pin<Box<Sleep>>,
    whole: Pin<Box<Sleep>>,
    /// Where the reason goes that it is refused for; `None` once it was.
    refuse: Option<Sender<Status>>,
    _place: Arc<Place>,
}

/// What a call is answered.
pub(super) struct Answered {
    body: Body,
    /// `None` once there can be none.
    refusal: Option<Receiver<Status>>,
    _place: Arc<Place>,
}

impl Asked {
    pub(super) fn new(body: Body, times: Times, refuse: Sender<Status>, place: Arc<Place>) -> Self {
        Self {
            body,
            framing: Framing::default(),
            sent: 0,
            times,
            idle: Box::pin(sleep(times.idle)),
            whole: Box::pin(sleep(times.whole)),
            refuse: Some(refuse),
            _place: place,
        }
    }

    /// Takes in what has come.
    fn read(&mut self, bytes: &[u8]) -> Result<(), Status> {
        self.sent = self.sent.saturating_add(bytes.len());
        let ended = self.framing.take(bytes, MAX_MESSAGE_BYTES).map_err(|_| {
            let what = format!("a message to this service has {MAX_MESSAGE_BYTES} bytes at most");
            StatusBuilder::new(Reason::MessageTooLarge)
                .message(what)
                .metadata("max_message_bytes", &MAX_MESSAGE_BYTES)
                .build()
        })?;
        if self.sent > MAX_CALL_BYTES {
            let what = format!(
                "a call without authentication sends {MAX_CALL_BYTES} bytes at most: begin another"
            );
            return Err(StatusBuilder::new(Reason::MessageTooLarge)
                .message(what)
                .build());
        }
        if ended {
            self.idle.as_mut().reset(Instant::now() + self.times.idle);
        }
        Ok(())
    }

    /// Completes when it has taken too long.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<Status> {
        let Times { idle, whole } = self.times;
        let late = if self.idle.as_mut().poll(cx).is_ready() {
            format!("no whole message has come for {idle:?}: begin another call")
        } else if self.whole.as_mut().poll(cx).is_ready() {
            format!("the call has lasted for {whole:?}: begin another")
        } else {
            return Poll::Pending;
        };
        Poll::Ready(
            StatusBuilder::new(Reason::DeadlineExceeded)
                .message(late)
                .build(),
        )
    }

    /// Ends it for this reason, and its answer with it.
    fn refused(&mut self, status: Status) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.body = Body::empty();
        if let Some(refuse) = self.refuse.take() {
            // It is not taken where the answer has not begun: then the service behind answers with the error.
            let _ = refuse.send(status.clone());
        }
        Poll::Ready(Some(Err(status)))
    }
}

impl HttpBody for Asked {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let answer_is_gone = match &mut self.refuse {
            Some(refuse) => refuse.poll_closed(cx).is_ready(),
            None => true,
        };
        if answer_is_gone {
            return Poll::Ready(None);
        }
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(&[][..], |bytes| bytes.as_ref());
                match self.read(bytes) {
                    Ok(()) => Poll::Ready(Some(Ok(frame))),
                    Err(status) => self.refused(status),
                }
            }
            // The process has no room for it, or the client is gone.
            Poll::Ready(Some(Err(error))) => self.refused(Status::from_error(error.into())),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => match self.poll_late(cx) {
                Poll::Ready(status) => self.refused(status),
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

impl Answered {
    pub(super) const fn new(body: Body, refusal: Receiver<Status>, place: Arc<Place>) -> Self {
        Self {
            body,
            refusal: Some(refusal),
            _place: place,
        }
    }
}

impl HttpBody for Answered {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        // Before what the service says, which is that all went well.
        if let Some(refusal) = &mut self.refusal
            && let Poll::Ready(refusal) = Pin::new(refusal).poll(cx)
        {
            self.refusal = None;
            if let Ok(status) = refusal {
                self.body = Body::empty();
                return Poll::Ready(Some(Ok(stream_end::last_word(&status))));
            }
        }
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
