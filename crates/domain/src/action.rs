//! What the machine wants done, and what came of it: the border between deciding and doing.

use jiff::Timestamp;

use super::facts::{Confirmation, Facts, NumberFacts};
use super::{
    CodeMethod, Fault, GraphCall, Language, PhoneNumber, PhoneNumberId, Pin, VerificationCode,
};

/// What the machine wants done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Read Meta; nothing changes there, so it may be repeated at will.
    Read(Read),
    /// Change something at Meta. The intent must be durable before the call is made.
    Write(Write),
    /// A time has come that changes the migration by itself: call `elapse`.
    Elapse,
    /// Nothing until then; without a time, nothing until a command comes.
    Wait {
        /// When to look again.
        until: Option<Timestamp>,
    },
    /// Nothing ever again.
    Done,
}

/// A reading of Meta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// Everything that the checks look at.
    Facts,
    /// Whether an app is subscribed to the destination's webhooks.
    Subscription,
    /// The number in the destination's list.
    FindNumber,
    /// The number by its id.
    Number(PhoneNumberId),
    /// The number by its id, and whether it stands in the destination's list.
    Confirmation(PhoneNumberId),
}

/// A call that changes something at Meta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Subscribe the token's app to the destination's webhooks.
    Subscribe,
    /// Add the number to the destination.
    AddNumber {
        /// In the form in which the source shows it, where that was read.
        number: PhoneNumber,
    },
    /// Send a code to the number's owner.
    RequestCode {
        /// The number's id.
        id: PhoneNumberId,
        /// How.
        method: CodeMethod,
        /// In which language.
        language: Language,
    },
    /// Hand in the owner's code.
    VerifyCode {
        /// The number's id.
        id: PhoneNumberId,
        /// The code.
        code: VerificationCode,
    },
    /// Register the number.
    Register {
        /// The number's id.
        id: PhoneNumberId,
        /// The PIN that it gets.
        pin: Pin,
    },
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A reading, or why there is none.
    Read(Result<Reading, Fault>),
    /// What a changing call brought.
    Written(Result<Written, Fault>),
}

/// What a reading brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Of [`Read::Facts`].
    Facts(Box<Facts>),
    /// Of [`Read::Subscription`]: whether our app is subscribed, or any where it is not known which is ours.
    Subscription(bool),
    /// Of [`Read::FindNumber`]: the number, if it is there.
    FoundNumber(Option<Box<NumberFacts>>),
    /// Of [`Read::Number`].
    Number(Box<NumberFacts>),
    /// Of [`Read::Confirmation`].
    Confirmation(Box<Confirmation>),
}

/// What a changing call brought when it did what it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// Of [`Write::AddNumber`]: the number's id in the destination.
    Added(PhoneNumberId),
    /// Of [`Write::Register`], where Meta says that it left the number's PIN as it was.
    RegisteredWithoutPin,
    /// Of every other call.
    Done,
}

impl Write {
    /// The call, without its arguments.
    #[must_use]
    pub const fn call(&self) -> GraphCall {
        match self {
            Self::Subscribe => GraphCall::Subscribe,
            Self::AddNumber { .. } => GraphCall::AddNumber,
            Self::RequestCode { .. } => GraphCall::RequestCode,
            Self::VerifyCode { .. } => GraphCall::VerifyCode,
            Self::Register { .. } => GraphCall::Register,
        }
    }
}
