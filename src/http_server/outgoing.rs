//! Answers on their way out, and whether the client takes them.
//!
//! An answer stays in memory until the client has taken it, and a client may stop taking: over HTTP/2 even one that is alive
//! and says so. Each piece of an answer therefore counts as waiting until its last byte has gone to the socket.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::Body;
use hyper::body::{Buf, Bytes, Frame, SizeHint};

/// What is on its way out over one connection.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    /// Pieces that were not taken whole.
    waiting: AtomicUsize,
    /// Bytes that were taken; only whether it has changed means anything.
    taken: AtomicUsize,
}

/// Looks at what is on its way, from time to time.
#[derive(Debug)]
pub(super) struct Watch {
    outgoing: Arc<Outgoing>,
    /// What had been taken at the last look, where something was waiting.
    seen: Option<usize>,
}

/// The body of an answer.
#[derive(Debug)]
pub(super) struct Answer {
    body: Body,
    outgoing: Arc<Outgoing>,
}

/// A piece of an answer.
#[derive(Debug)]
pub(super) struct Piece {
    bytes: Bytes,
    outgoing: Arc<Outgoing>,
}

impl Watch {
    pub(super) const fn new(outgoing: Arc<Outgoing>) -> Self {
        Self {
            outgoing,
            seen: None,
        }
    }

    /// Whether something has been waiting since the last look and nothing at all was taken.
    pub(super) fn is_stuck(&mut self) -> bool {
        let taken = self.outgoing.taken.load(Ordering::Relaxed);
        let waits = self.outgoing.waiting.load(Ordering::Relaxed) > 0;
        let before = std::mem::replace(&mut self.seen, waits.then_some(taken));
        waits && before == Some(taken)
    }
}

impl Answer {
    pub(super) const fn new(body: Body, outgoing: Arc<Outgoing>) -> Self {
        Self { body, outgoing }
    }
}

impl Piece {
    fn new(bytes: Bytes, outgoing: Arc<Outgoing>) -> Self {
        outgoing.waiting.fetch_add(1, Ordering::Relaxed);
        Self { bytes, outgoing }
    }
}

impl hyper::body::Body for Answer {
    type Data = Piece;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Piece>, axum::Error>>> {
        let frame = std::task::ready!(Pin::new(&mut self.body).poll_frame(cx));
        Poll::Ready(frame.map(|frame| {
            frame.map(|frame| frame.map_data(|bytes| Piece::new(bytes, Arc::clone(&self.outgoing))))
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.outgoing.taken.fetch_add(count, Ordering::Relaxed);
        self.bytes.advance(count);
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.outgoing.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_stuck_that_takes_nothing_between_two_looks() {
        let outgoing = Arc::new(Outgoing::default());
        let mut watch = Watch::new(Arc::clone(&outgoing));
        let piece = |bytes| Piece::new(Bytes::from_static(bytes), Arc::clone(&outgoing));
        assert!(!watch.is_stuck() && !watch.is_stuck(), "nothing waits");

        let mut slow = piece(b"answer");
        assert!(!watch.is_stuck(), "it has only just come");
        slow.advance(1);
        assert!(!watch.is_stuck(), "a byte was taken");
        let quick = piece(b"another");
        assert!(watch.is_stuck());
        drop(quick);
        assert!(watch.is_stuck(), "one still waits");
        slow.advance(5);
        drop(slow);
        assert!(!watch.is_stuck());
        let _fresh = piece(b"a third");
        assert!(!watch.is_stuck(), "what waits now did not wait before");
    }
}
