//! Request bodies on their way in, and how many bytes of them the process holds.
//!
//! A client may announce a message and then send it slowly, over many streams: what has come of it lies in memory until the rest
//! has come. One budget bounds all of it. A body takes from the budget as its bytes are read, and gives them back when it is
//! dropped, which its reader does once it has made a message of them.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use axum::BoxError;
use hyper::body::{Body, Bytes, Frame, SizeHint};

/// Makes the error of a body for which the process has no room. The reader of the body knows how to answer it.
pub type Refusal = fn() -> BoxError;

/// The bytes of request bodies that the process may still take in.
#[derive(Debug)]
pub(super) struct Budget {
    room: AtomicUsize,
    refusal: Refusal,
}

/// The body of a request.
#[derive(Debug)]
pub(super) struct Received<B> {
    /// None once it was refused.
    body: Option<B>,
    /// What it holds of the budget.
    held: usize,
    budget: Arc<Budget>,
}

/// The error for readers that have none of their own.
pub(super) fn refusal() -> BoxError {
    "the process holds as many bytes of requests as it may".into()
}

impl Budget {
    pub(super) const fn new(bytes: usize, refusal: Refusal) -> Self {
        Self {
            room: AtomicUsize::new(bytes),
            refusal,
        }
    }

    fn take(&self, bytes: usize) -> bool {
        let less = |room: usize| room.checked_sub(bytes);
        let taken = self
            .room
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        taken.is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.room.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl<B> Received<B> {
    pub(super) const fn new(body: B, budget: Arc<Budget>) -> Self {
        Self {
            body: Some(body),
            held: 0,
            budget,
        }
    }
}

impl<B> Drop for Received<B> {
    fn drop(&mut self) {
        self.budget.give_back(self.held);
    }
}

impl<B> Body for Received<B>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let frame = match ready!(Pin::new(body).poll_frame(cx)) {
            Some(Ok(frame)) => frame,
            other => return Poll::Ready(other.map(|frame| frame.map_err(Into::into))),
        };
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        if !self.budget.take(bytes) {
            self.body = None;
            return Poll::Ready(Some(Err((self.budget.refusal)())));
        }
        self.held += bytes;
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let none = || SizeHint::with_exact(0);
        self.body.as_ref().map_or_else(none, Body::size_hint)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::body::to_bytes;
    use futures_util::stream;

    use super::*;

    fn body(pieces: &[&'static [u8]], budget: &Arc<Budget>) -> axum::body::Body {
        let pieces: Vec<_> = pieces
            .iter()
            .map(|piece| Ok::<_, Infallible>(Bytes::from_static(piece)))
            .collect();
        let sent = axum::body::Body::from_stream(stream::iter(pieces));
        axum::body::Body::new(Received::new(sent, Arc::clone(budget)))
    }

    #[tokio::test]
    async fn bodies_take_from_one_budget_and_give_back_when_they_are_dropped() {
        let budget = Arc::new(Budget::new(10, refusal));
        let mut first = body(&[b"12345", b"678"], &budget);
        for expected in [5, 2] {
            let frame = std::future::poll_fn(|cx| Pin::new(&mut first).poll_frame(cx)).await;
            assert!(frame.unwrap().is_ok());
            assert_eq!(budget.room.load(Ordering::Relaxed), expected);
        }
        let refused = to_bytes(body(&[b"abc"], &budget), 100).await;
        assert!(refused.unwrap_err().to_string().contains("as many bytes"));
        assert_eq!(to_bytes(body(&[b"ab"], &budget), 100).await.unwrap(), "ab");
        drop(first);
        assert_eq!(budget.room.load(Ordering::Relaxed), 10);
        let whole = body(&[b"1234567890"], &budget);
        assert_eq!(to_bytes(whole, 100).await.unwrap(), "1234567890");
    }

    #[tokio::test]
    async fn a_body_that_was_refused_holds_nothing_and_has_ended() {
        let budget = Arc::new(Budget::new(4, refusal));
        let mut refused = body(&[b"123", b"45", b"6"], &budget);
        let mut ends = Vec::new();
        while let Some(frame) =
            std::future::poll_fn(|cx| Pin::new(&mut refused).poll_frame(cx)).await
        {
            ends.push(frame.is_ok());
        }
        assert_eq!(ends, [true, false]);
        drop(refused);
        assert_eq!(budget.room.load(Ordering::Relaxed), 4);
    }
}
