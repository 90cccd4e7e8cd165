//! The permit for calls that change something at Meta.

use std::time::Duration;

use crate::util::deadline::{Deadline, Passed};
use domain::Fault;

/// The right to make changing calls until a deadline.
///
/// It is checked immediately before the HTTP client gets the request, after every wait. A process
/// that was stopped in between makes no call, however late it goes on.
#[derive(Debug, Clone)]
pub struct Permit {
    deadline: Deadline,
    /// The time that must be left when a call begins.
    room: Duration,
}

/// Why a changing call has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The call failed.
    #[error("{}", .0.message())]
    Fault(Box<Fault>),
    /// The permit's deadline passed before the call was made, or before its response came.
    #[error("the permit for the call has ended")]
    PermitEnded,
}

impl Permit {
    /// A permit until `deadline`. A call begins only if at least `room` is left; otherwise it waits
    /// until the deadline is extended, or has passed.
    #[must_use]
    pub const fn new(deadline: Deadline, room: Duration) -> Self {
        Self { deadline, room }
    }

    /// A permit that does not end.
    #[must_use]
    pub fn unlimited() -> Self {
        Self::new(Deadline::never(), Duration::ZERO)
    }

    /// Waits until a call may begin, which must then be made at once.
    pub(super) async fn admit(&self) -> Result<(), WriteError> {
        self.deadline.leaves(self.room).await?;
        Ok(())
    }

    /// The result of a call, which is cut off at the deadline.
    pub(super) async fn during<T>(&self, call: impl Future<Output = T>) -> Result<T, WriteError> {
        tokio::select! {
            // First, so that the call is not even begun after the deadline.
            biased;
            () = self.deadline.passed() => Err(WriteError::PermitEnded),
            result = call => Ok(result),
        }
    }
}

impl From<Passed> for WriteError {
    fn from(_: Passed) -> Self {
        Self::PermitEnded
    }
}

impl From<Fault> for WriteError {
    fn from(fault: Fault) -> Self {
        Self::Fault(Box::new(fault))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::pin::pin;

    use futures_util::{future, poll};
    use jiff::SignedDuration;

    use super::*;
    use crate::util::clock::Clock;

    const ROOM: Duration = Duration::from_secs(5);

    fn permit(seconds: u64, clock: &Clock) -> (Deadline, Permit) {
        let until = clock.since_boot() + Duration::from_secs(seconds);
        let deadline = Deadline::at(until, clock.clone());
        (deadline.clone(), Permit::new(deadline, ROOM))
    }

    #[tokio::test]
    async fn a_call_begins_only_with_enough_time_left() {
        let clock = Clock::default();
        let (_, permit) = permit(25, &clock);
        assert_eq!(permit.admit().await, Ok(()));
        clock.pause(SignedDuration::from_secs(22));
        let mut waits = pin!(permit.admit());
        assert!(poll!(&mut waits).is_pending(), "a renewal may be under way");
        clock.pause(SignedDuration::from_secs(3));
        assert_eq!(waits.await, Err(WriteError::PermitEnded));
    }

    #[tokio::test]
    async fn a_call_that_waits_begins_after_a_renewal() {
        let clock = Clock::default();
        let (deadline, permit) = permit(3, &clock);
        let mut waits = pin!(permit.admit());
        assert!(poll!(&mut waits).is_pending());
        deadline.extend(clock.since_boot() + Duration::from_secs(25));
        assert_eq!(waits.await, Ok(()));
    }

    #[tokio::test]
    async fn after_a_pause_beyond_the_deadline_no_call_is_begun() {
        let clock = Clock::default();
        let (_, permit) = permit(25, &clock);
        let begun = Cell::new(false);
        let call = permit.during(async { begun.set(true) });
        clock.pause(SignedDuration::from_secs(26));
        assert_eq!(call.await, Err(WriteError::PermitEnded));
        assert!(!begun.get());
    }

    #[tokio::test]
    async fn a_call_in_flight_is_cut_off_at_the_deadline_as_it_then_stands() {
        let clock = Clock::default();
        let (deadline, permit) = permit(25, &clock);
        let mut call = pin!(permit.during(future::pending::<()>()));
        assert!(poll!(&mut call).is_pending());
        deadline.extend(clock.since_boot() + Duration::from_mins(1));
        clock.pause(SignedDuration::from_secs(26));
        assert!(poll!(&mut call).is_pending(), "the lease was renewed");
        deadline.end();
        assert_eq!(call.await, Err(WriteError::PermitEnded));
    }
}
