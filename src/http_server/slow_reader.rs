//! Detects slow readers: clients that read no response bytes.
//!
//! A response stays in memory until the client has read it, and over HTTP/2 even a client that
//! answers pings may stop reading. Each piece of a response therefore counts as pending until its
//! last byte was written to the socket.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::Body;
use hyper::body::{Buf, Bytes, Frame, SizeHint};

/// The progress of the responses on one connection.
#[derive(Debug, Default)]
pub(super) struct SendProgress {
    /// Pieces that were not written completely.
    pending: AtomicUsize,
    /// Bytes written; only a change of it matters.
    written: AtomicUsize,
}

/// Compares the progress between two checks.
#[derive(Debug)]
pub(super) struct StallDetector {
    progress: Arc<SendProgress>,
    /// Bytes written at the last check, if anything was pending then.
    seen: Option<usize>,
}

/// A response body whose progress is tracked.
#[derive(Debug)]
pub(super) struct TrackedBody {
    body: Body,
    progress: Arc<SendProgress>,
}

/// A piece of a response.
#[derive(Debug)]
pub(super) struct TrackedBytes {
    bytes: Bytes,
    progress: Arc<SendProgress>,
}

impl StallDetector {
    pub(super) const fn new(progress: Arc<SendProgress>) -> Self {
        Self {
            progress,
            seen: None,
        }
    }

    /// Whether something was pending since the last check and no byte was written.
    pub(super) fn is_stalled(&mut self) -> bool {
        let written = self.progress.written.load(Ordering::Relaxed);
        let is_pending = self.progress.pending.load(Ordering::Relaxed) > 0;
        let before = std::mem::replace(&mut self.seen, is_pending.then_some(written));
        is_pending && before == Some(written)
    }
}

impl TrackedBody {
    pub(super) const fn new(body: Body, progress: Arc<SendProgress>) -> Self {
        Self { body, progress }
    }
}

impl TrackedBytes {
    fn new(bytes: Bytes, progress: Arc<SendProgress>) -> Self {
        progress.pending.fetch_add(1, Ordering::Relaxed);
        Self { bytes, progress }
    }
}

impl hyper::body::Body for TrackedBody {
    type Data = TrackedBytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<TrackedBytes>, axum::Error>>> {
        let frame = std::task::ready!(Pin::new(&mut self.body).poll_frame(cx));
        Poll::Ready(frame.map(|frame| {
            frame.map(|frame| {
                frame.map_data(|bytes| TrackedBytes::new(bytes, Arc::clone(&self.progress)))
            })
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Buf for TrackedBytes {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.progress.written.fetch_add(count, Ordering::Relaxed);
        self.bytes.advance(count);
    }
}

impl Drop for TrackedBytes {
    fn drop(&mut self) {
        self.progress.pending.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_reads_nothing_between_two_checks_is_stalled() {
        let progress = Arc::new(SendProgress::default());
        let mut stall = StallDetector::new(Arc::clone(&progress));
        let piece = |bytes| TrackedBytes::new(Bytes::from_static(bytes), Arc::clone(&progress));
        assert!(
            !stall.is_stalled() && !stall.is_stalled(),
            "nothing is pending"
        );

        let mut slow = piece(b"answer");
        assert!(!stall.is_stalled(), "it has only just begun");
        slow.advance(1);
        assert!(!stall.is_stalled(), "a byte was written");
        let quick = piece(b"another");
        assert!(stall.is_stalled());
        drop(quick);
        assert!(stall.is_stalled(), "one is still pending");
        slow.advance(5);
        drop(slow);
        assert!(!stall.is_stalled());
        let _fresh = piece(b"a third");
        assert!(!stall.is_stalled(), "what is pending now was not before");
    }
}
