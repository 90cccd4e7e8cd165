//! The memory budget of request bodies.
//!
//! A client may announce a message and send it slowly, over many streams: what has arrived stays in
//! memory until the rest arrives. One budget bounds all of it. A body takes from the budget as its
//! bytes are read, and returns them when it is dropped, which its reader does once it has decoded
//! the message.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use axum::BoxError;
use hyper::body::{Body, Bytes, Frame, SizeHint};

/// Creates the error of a body that exceeds the budget. The reader of the body answers it.
pub type OverBudgetError = fn() -> BoxError;

/// The bytes of request bodies that the process may still read.
#[derive(Debug)]
pub(super) struct RequestBudget {
    free: AtomicUsize,
    over_budget: OverBudgetError,
}

/// A request body that takes from the budget.
#[derive(Debug)]
pub(super) struct BudgetedBody<B> {
    /// `None` after it was refused.
    body: Option<B>,
    /// Bytes taken from the budget.
    taken: usize,
    budget: Arc<RequestBudget>,
}

/// The error for readers that have none of their own.
pub(super) fn over_budget() -> BoxError {
    "too many request bytes are in memory".into()
}

impl RequestBudget {
    pub(super) const fn new(bytes: usize, over_budget: OverBudgetError) -> Self {
        Self {
            free: AtomicUsize::new(bytes),
            over_budget,
        }
    }

    fn take(&self, bytes: usize) -> bool {
        let less = |free: usize| free.checked_sub(bytes);
        let taken = self
            .free
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        taken.is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.free.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl<B> BudgetedBody<B> {
    pub(super) const fn new(body: B, budget: Arc<RequestBudget>) -> Self {
        Self {
            body: Some(body),
            taken: 0,
            budget,
        }
    }
}

impl<B> Drop for BudgetedBody<B> {
    fn drop(&mut self) {
        self.budget.give_back(self.taken);
    }
}

impl<B> Body for BudgetedBody<B>
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
            return Poll::Ready(Some(Err((self.budget.over_budget)())));
        }
        self.taken += bytes;
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

    fn body(pieces: &[&'static [u8]], budget: &Arc<RequestBudget>) -> axum::body::Body {
        let pieces: Vec<_> = pieces
            .iter()
            .map(|piece| Ok::<_, Infallible>(Bytes::from_static(piece)))
            .collect();
        let sent = axum::body::Body::from_stream(stream::iter(pieces));
        axum::body::Body::new(BudgetedBody::new(sent, Arc::clone(budget)))
    }

    #[tokio::test]
    async fn bodies_take_from_one_budget_and_return_it_when_dropped() {
        let budget = Arc::new(RequestBudget::new(10, over_budget));
        let mut first = body(&[b"12345", b"678"], &budget);
        for expected in [5, 2] {
            let frame = std::future::poll_fn(|cx| Pin::new(&mut first).poll_frame(cx)).await;
            assert!(frame.unwrap().is_ok());
            assert_eq!(budget.free.load(Ordering::Relaxed), expected);
        }
        let refused = to_bytes(body(&[b"abc"], &budget), 100).await;
        assert!(
            refused
                .unwrap_err()
                .to_string()
                .contains("too many request bytes")
        );
        assert_eq!(to_bytes(body(&[b"ab"], &budget), 100).await.unwrap(), "ab");
        drop(first);
        assert_eq!(budget.free.load(Ordering::Relaxed), 10);
        let whole = body(&[b"1234567890"], &budget);
        assert_eq!(to_bytes(whole, 100).await.unwrap(), "1234567890");
    }

    #[tokio::test]
    async fn a_refused_body_holds_nothing_and_has_ended() {
        let budget = Arc::new(RequestBudget::new(4, over_budget));
        let mut refused = body(&[b"123", b"45", b"6"], &budget);
        let mut ends = Vec::new();
        while let Some(frame) =
            std::future::poll_fn(|cx| Pin::new(&mut refused).poll_frame(cx)).await
        {
            ends.push(frame.is_ok());
        }
        assert_eq!(ends, [true, false]);
        drop(refused);
        assert_eq!(budget.free.load(Ordering::Relaxed), 4);
    }
}
