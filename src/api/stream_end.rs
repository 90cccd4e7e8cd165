//! Response bodies: one that can end early with a status, and one that counts as in flight.
//!
//! A long response ends with a status in its trailers, instead of breaking off, when its connection
//! reaches its maximum age, the service stops, its deadline passes or its caller loses access.

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
use crate::auth::InFlightGuard;
use crate::http_server::Peer;

/// A body that ends with a status when a future completes.
pub(super) struct EndableBody {
    body: Body,
    /// Completes with the status. `None` once that was sent.
    end: Option<Pin<Box<dyn Future<Output = Status> + Send>>>,
    /// Whether the status takes precedence over data that is ready.
    is_urgent: bool,
}

/// A body that counts as in flight for its tenant until the client has received it.
pub(super) struct CountedBody {
    body: Body,
    /// `None` once the end was sent.
    counted: Option<InFlightGuard>,
}

/// A piece of a counted body: it counts until its last byte was handed to the socket.
struct CountedBytes {
    bytes: Bytes,
    _counted: InFlightGuard,
}

/// Completes with the status when a response has to end: at the maximum age of its connection, at
/// the deadline of its caller, or when the service stops.
pub(super) async fn early_end(
    peer: Option<Peer>,
    deadline: Option<Sleep>,
    stopping: CancellationToken,
) -> Status {
    let retry = |reason| StatusBuilder::new(reason).retry_after(RETRY_SOON);
    let status = tokio::select! {
        () = or_never(peer.map(|peer| peer.closing())) => retry(Reason::ConnectionAged),
        () = or_never(deadline) => StatusBuilder::new(Reason::DeadlineExceeded),
        () = stopping.cancelled() => retry(Reason::ShuttingDown),
    };
    status.build()
}

/// The trailers that end a response with this status.
fn trailers(status: &Status) -> Frame<Bytes> {
    let mut trailers = HeaderMap::new();
    // A status of this API always fits in headers. If it did not, the response would still end.
    let _ = status.add_header(&mut trailers);
    Frame::trailers(trailers)
}

/// Waits for the future, or forever if there is none.
async fn or_never(future: Option<impl Future<Output = ()>>) {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

impl EndableBody {
    /// `body`, until `end` completes.
    pub(super) fn new(body: Body, end: impl Future<Output = Status> + Send + 'static) -> Self {
        Self {
            body,
            end: Some(Box::pin(end)),
            is_urgent: false,
        }
    }

    /// The same, but data that is ready when `end` completes is dropped.
    pub(super) fn urgent(body: Body, end: impl Future<Output = Status> + Send + 'static) -> Self {
        Self {
            is_urgent: true,
            ..Self::new(body, end)
        }
    }

    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Frame<Bytes>> {
        let Some(end) = &mut self.end else {
            return Poll::Pending;
        };
        let status = ready!(end.as_mut().poll(cx));
        self.end = None;
        // Dropping the body stops what produces it.
        self.body = Body::empty();
        Poll::Ready(trailers(&status))
    }
}

impl HttpBody for EndableBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.is_urgent
            && let Poll::Ready(trailers) = self.poll_end(cx)
        {
            return Poll::Ready(Some(Ok(trailers)));
        }
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            return Poll::Ready(frame);
        }
        self.poll_end(cx).map(|trailers| Some(Ok(trailers)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl CountedBody {
    pub(super) const fn new(body: Body, counted: InFlightGuard) -> Self {
        Self {
            body,
            counted: Some(counted),
        }
    }
}

impl HttpBody for CountedBody {
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
            Some(counted) => Bytes::from_owner(CountedBytes {
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

impl AsRef<[u8]> for CountedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
