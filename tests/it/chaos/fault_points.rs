//! The gate that every input and output of an engine passes: it counts them, and lets the engine die at one.

use std::future::{Future, pending};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

/// On which side of an input or output an engine dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// It never happens.
    Before,
    /// It happens, and its answer never arrives.
    After,
}

/// Where an engine dies.
#[derive(Debug, Clone, Copy)]
pub struct Death {
    /// At which of its inputs and outputs, from 1.
    pub at: usize,
    /// On which side of it.
    pub side: Side,
}

/// What one engine's inputs and outputs pass.
#[derive(Debug)]
pub struct Gate {
    death: Mutex<Option<Death>>,
    /// So many calls of the store still fail, on that side of their work.
    away: Mutex<Option<(usize, Side)>>,
    passed: Mutex<Vec<String>>,
    died: CancellationToken,
}

impl Gate {
    pub fn new(death: Option<Death>) -> Self {
        Self {
            death: Mutex::new(death),
            away: Mutex::default(),
            passed: Mutex::default(),
            died: CancellationToken::new(),
        }
    }

    /// Lets an input or output through. For a dead engine nothing ever happens again.
    pub async fn pass<T>(&self, name: impl Into<String>, io: impl Future<Output = T>) -> T {
        if self.died.is_cancelled() {
            return pending().await;
        }
        let nth = {
            let mut passed = lock(&self.passed);
            passed.push(name.into());
            passed.len()
        };
        let death = lock(&self.death).filter(|death| death.at == nth);
        match death {
            Some(Death {
                side: Side::Before, ..
            }) => self.die().await,
            Some(_) => {
                let _ = io.await;
                self.die().await
            }
            None => {
                let answer = io.await;
                if self.died.is_cancelled() {
                    return pending().await;
                }
                answer
            }
        }
    }

    /// The engine dies here and now.
    pub async fn die<T>(&self) -> T {
        self.died.cancel();
        pending().await
    }

    /// Completes once the engine has died.
    pub async fn died(&self) {
        self.died.cancelled().await;
    }

    /// What has passed, in order.
    pub fn passed(&self) -> Vec<String> {
        lock(&self.passed).clone()
    }

    /// The engine dies at the `nth` input or output from now.
    pub fn doom(&self, nth: usize, side: Side) {
        let at = lock(&self.passed).len() + nth;
        *lock(&self.death) = Some(Death { at, side });
    }

    /// The next `calls` of the store fail.
    pub fn send_away(&self, calls: usize, side: Side) {
        *lock(&self.away) = Some((calls, side));
    }

    /// Whether this call of the store fails, and on which side of its work.
    pub fn is_away(&self) -> Option<Side> {
        let mut away = lock(&self.away);
        let (calls, side) = (*away)?;
        *away = calls
            .checked_sub(1)
            .filter(|left| *left > 0)
            .map(|left| (left, side));
        Some(side)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
