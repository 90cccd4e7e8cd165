//! Fault points: every I/O operation of an engine passes here, is counted, and can crash the
//! engine.

use parking_lot::Mutex;
use std::future::{Future, pending};
use tokio_util::sync::CancellationToken;

/// On which side of an operation a fault happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The operation is not performed.
    Before,
    /// The operation is performed, and its result never arrives.
    After,
}

/// Where an engine crashes.
#[derive(Debug, Clone, Copy)]
pub struct CrashPoint {
    /// Number of the operation, from 1.
    pub at: usize,
    /// The side of it.
    pub side: Side,
}

/// The fault points of one engine.
#[derive(Debug)]
pub struct FaultPoints {
    crash: Mutex<Option<CrashPoint>>,
    /// Number of store calls that still fail, and on which side.
    store_failures: Mutex<Option<(usize, Side)>>,
    passed: Mutex<Vec<String>>,
    crashed: CancellationToken,
}

impl FaultPoints {
    pub fn new(crash: Option<CrashPoint>) -> Self {
        Self {
            crash: Mutex::new(crash),
            store_failures: Mutex::default(),
            passed: Mutex::default(),
            crashed: CancellationToken::new(),
        }
    }

    /// Performs an operation. For a crashed engine nothing ever happens again.
    pub async fn pass<T>(&self, name: impl Into<String>, io: impl Future<Output = T>) -> T {
        if self.crashed.is_cancelled() {
            return pending().await;
        }
        let nth = {
            let mut passed = self.passed.lock();
            passed.push(name.into());
            passed.len()
        };
        let crash = self.crash.lock().filter(|crash| crash.at == nth);
        match crash {
            Some(CrashPoint {
                side: Side::Before, ..
            }) => self.crash_now().await,
            Some(_) => {
                let _ = io.await;
                self.crash_now().await
            }
            None => {
                let answer = io.await;
                if self.crashed.is_cancelled() {
                    return pending().await;
                }
                answer
            }
        }
    }

    /// Crashes the engine.
    pub async fn crash_now<T>(&self) -> T {
        self.crashed.cancel();
        pending().await
    }

    /// Completes once the engine has crashed.
    pub async fn crashed(&self) {
        self.crashed.cancelled().await;
    }

    /// The operations so far, in order.
    pub fn passed(&self) -> Vec<String> {
        self.passed.lock().clone()
    }

    /// Crashes the engine at the `nth` operation from now.
    pub fn crash_at(&self, nth: usize, side: Side) {
        let at = self.passed.lock().len() + nth;
        *self.crash.lock() = Some(CrashPoint { at, side });
    }

    /// Makes the next `calls` of the store fail.
    pub fn fail_store_calls(&self, calls: usize, side: Side) {
        *self.store_failures.lock() = Some((calls, side));
    }

    /// Whether this call of the store fails, and on which side.
    pub fn next_store_failure(&self) -> Option<Side> {
        let mut failures = self.store_failures.lock();
        let (calls, side) = (*failures)?;
        *failures = calls
            .checked_sub(1)
            .filter(|left| *left > 0)
            .map(|left| (left, side));
        Some(side)
    }
}
