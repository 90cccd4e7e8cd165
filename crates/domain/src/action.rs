//! What the machine wants done, and what came of it: the boundary between deciding and doing.

use jiff::Timestamp;

use super::facts::{Confirmation, Facts, NumberFacts};
use super::{Fault, PhoneNumberId, Write};

/// What the machine wants done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Read Meta. Changes nothing there, so it may be repeated.
    Read(Read),
    /// Change something at Meta. The intent must be durable before the call is made.
    Write(Write),
    /// A time has come that changes the migration by itself: call `elapse`.
    Elapse,
    /// Do nothing until then; without a time, until a command comes.
    Wait {
        /// When to check again.
        until: Option<Timestamp>,
    },
    /// Nothing, ever again.
    Done,
}

/// A reading of Meta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// Everything that the checks need.
    Facts,
    /// Whether an app is subscribed to the destination's webhooks.
    Subscription,
    /// The number in the destination's list.
    FindNumber,
    /// The number by its id.
    Number(PhoneNumberId),
    /// The number by its id, and whether it is in the destination's list.
    Confirmation(PhoneNumberId),
}

/// The outcome of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Of a reading.
    Read(Result<Reading, Fault>),
    /// Of a changing call.
    Written(Result<Written, Fault>),
}

/// The result of a reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Of [`Read::Facts`].
    Facts(Box<Facts>),
    /// Of [`Read::Subscription`]: whether our app is subscribed, or any app if ours is not known.
    Subscription(bool),
    /// Of [`Read::FindNumber`]: the number, if it is in the list.
    FoundNumber(Option<Box<NumberFacts>>),
    /// Of [`Read::Number`].
    Number(Box<NumberFacts>),
    /// Of [`Read::Confirmation`].
    Confirmation(Box<Confirmation>),
}

/// The result of a changing call that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// Of [`Write::AddNumber`]: the number's id in the destination.
    Added(PhoneNumberId),
    /// Of [`Write::Register`], if Meta reports that it left the number's PIN unchanged.
    RegisteredWithoutPin,
    /// Of every other call.
    Done,
}
