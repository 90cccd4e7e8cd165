//! Answers on their way: one that lasts ends with a status, rather than be cut in the middle, when its connection has grown
//! old, when the service stops, when its caller waits no longer or would not be admitted any more. And each is counted as its
//! tenant's until the client has taken it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Body, HttpBody};
use axum::http::HeaderMap;
use hyper::body::{Bytes, Frame, SizeHint};
use tokio::time::Sleep;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::Reason;
use super::status::{RETRY_SOON, StatusBuilder};
use crate::auth::Counted;
use crate::http_server::Peer;

/// What an answer may have to end for.
pub(super) struct Ends {
    /// The connection; none where a test calls without one.
    pub(super) peer: Option<Peer>,
    /// When the caller waits no longer, where it said so.
    pub(super) patience: Option<Sleep>,
    /// When the service stops.
    pub(super) stopping: CancellationToken,
}

/// The body of an answer that may have to end before it is whole.
pub(super) struct Lasting {
    body: Body,
    /// The word that it then ends with; none once that was said.
    end: Option<Pin<Box<dyn Future<Output = Status> + Send>>>,
}

/// The body of an answer that counts as its tenant's.
pub(super) struct Held {
    body: Body,
    /// None once its end was said.
    counted: Option<Counted>,
}

/// A piece of such an answer: it counts until the last of its bytes was handed to the socket.
struct Piece {
    bytes: Bytes,
    _counted: Counted,
}

impl Ends {
    /// Completes when the answer has to end, with the status that says why.
    pub(super) async fn word(self) -> Status {
        let Self {
            peer,
            patience,
            stopping,
        } = self;
        let reason = tokio::select! {
            () = or_never(peer.map(|peer| peer.closing())) => Reason::ConnectionAged,
            () = or_never(patience) => Reason::DeadlineExceeded,
            () = stopping.cancelled() => Reason::ShuttingDown,
        };
        let answer = StatusBuilder::new(reason);
        match reason {
            Reason::DeadlineExceeded => answer,
            _ => answer.retry_after(RETRY_SOON),
        }
        .build()
    }
}

/// The end of an answer that has begun.
pub(super) fn last_word(status: &Status) -> Frame<Bytes> {
    let mut trailers = HeaderMap::new();
    // A status of ours has nothing in it that a header could not carry; without it the answer would end all the same.
    let _ = status.add_header(&mut trailers);
    Frame::trailers(trailers)
}

/// Completes with it, or never where there is none.
async fn or_never(future: Option<impl Future<Output = ()>>) {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

impl Lasting {
    /// This body, until `end` completes with the status that it then ends with.
    pub(super) fn new(body: Body, end: impl Future<Output = Status> + Send + 'static) -> Self {
        Self {
            body,
            end: Some(Box::pin(end)),
        }
    }
}

impl HttpBody for Lasting {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        // What there is to say goes first.
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            return Poll::Ready(frame);
        }
        let Some(end) = &mut self.end else {
            return Poll::Ready(None);
        };
        let word = ready!(end.as_mut().poll(cx));
        self.end = None;
        // Whoever made it stops at once.
        self.body = Body::empty();
        Poll::Ready(Some(Ok(last_word(&word))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Held {
    pub(super) const fn new(body: Body, counted: Counted) -> Self {
        Self {
            body,
            counted: Some(counted),
        }
    }
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        let Some(Ok(frame)) = frame else {
            self.counted = None;
            return Poll::Ready(frame);
        };
        if frame.is_trailers() {
            self.counted = None;
        }
        let counted = self.counted.as_ref();
        let frame = frame.map_data(|bytes| match counted {
            Some(counted) => Bytes::from_owner(Piece {
                bytes,
                _counted: counted.clone(),
            }),
            None => bytes,
        });
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
