//! Disturbances of a run with random faults: failures, and unexpected commands.

use std::fmt;

use jiff::SignedDuration;
use proptest::prelude::*;
use sandbox::{Call, Fault, Kind};

use super::fault_points::Side;

/// One disturbance.
#[derive(Clone)]
pub enum Disturbance {
    /// Meta performs the call, and its answer is lost.
    LoseAnswer(Call),
    /// The request never arrives.
    LoseRequest(Call),
    /// Meta answers HTTP 500, this number of times.
    ServerError(Call, u32),
    /// Meta performs the call, and answers after the time-out.
    Timeout(Call),
    /// Meta performs the call, and answers late.
    SlowAnswer(Call),
    /// The clock jumps by this number of minutes.
    ClockJump(u16),
    /// The lease expires; another worker claims the migration, and does nothing.
    LoseLease,
    /// This number of store calls fail, before or after they take effect.
    StoreFails(usize, Side),
    /// Another engine starts on the same store.
    SecondEngine,
    /// All engines crash at this I/O operation from now.
    Crash(usize, Side),
    /// The newest code is submitted twice.
    DuplicateSubmit,
    /// A code is submitted that was never sent.
    LateSubmit,
    Resend,
    Resume,
    Cancel,
}

impl fmt::Debug for Disturbance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LoseAnswer(call) => write!(f, "the answer of {call} is lost"),
            Self::LoseRequest(call) => write!(f, "the request of {call} is lost"),
            Self::ServerError(call, times) => write!(f, "{call} answers HTTP 500, {times} times"),
            Self::Timeout(call) => write!(f, "{call} is answered after the time-out"),
            Self::SlowAnswer(call) => write!(f, "{call} is answered late"),
            Self::ClockJump(minutes) => write!(f, "{minutes} minutes pass"),
            Self::LoseLease => write!(f, "another worker claims the migration, and does nothing"),
            Self::StoreFails(calls, side) => {
                write!(f, "{calls} store calls fail, {side:?} they take effect")
            }
            Self::SecondEngine => write!(f, "another engine starts"),
            Self::Crash(at, side) => {
                write!(f, "all engines crash {side:?} I/O operation {at} from now")
            }
            Self::DuplicateSubmit => write!(f, "the newest code is submitted twice"),
            Self::LateSubmit => write!(f, "a code that was never sent is submitted"),
            Self::Resend => write!(f, "another code is requested"),
            Self::Resume => write!(f, "resume is called"),
            Self::Cancel => write!(f, "cancel is called"),
        }
    }
}

impl Disturbance {
    /// The fault that it injects into the sandbox.
    pub fn fault(&self) -> Option<Fault> {
        let (call, kind, times) = match self {
            Self::LoseAnswer(call) => (*call, Kind::LostResponse, 1),
            Self::LoseRequest(call) => (*call, Kind::LostRequest, 1),
            Self::ServerError(call, times) => (*call, server_error(), *times),
            Self::Timeout(call) => (*call, Kind::Delay { delay_ms: 1200 }, 1),
            Self::SlowAnswer(call) => (*call, Kind::Delay { delay_ms: 30 }, 1),
            _ => return None,
        };
        Some(Fault::new(kind).on_call(call).times(times))
    }

    /// The time that it lets pass.
    pub fn pause(&self) -> Option<SignedDuration> {
        match self {
            Self::ClockJump(minutes) => Some(SignedDuration::from_mins(i64::from(*minutes))),
            _ => None,
        }
    }
}

fn server_error() -> Kind {
    Kind::Error {
        code: 131_000,
        subcode: None,
        title: None,
        message: None,
        details: None,
        transient: true,
        status: 500,
    }
}

/// A sequence of disturbances.
pub fn sequences() -> impl Strategy<Value = Vec<Disturbance>> {
    proptest::collection::vec(any_disturbance(), 0..12)
}

fn any_disturbance() -> impl Strategy<Value = Disturbance> {
    let call = || {
        proptest::sample::select(vec![
            Call::Subscribe,
            Call::AddNumber,
            Call::RequestCode,
            Call::VerifyCode,
            Call::Register,
            Call::ReadObject,
            Call::ListNumbers,
        ])
    };
    let side = || proptest::sample::select(vec![Side::Before, Side::After]);
    prop_oneof![
        3 => call().prop_map(Disturbance::LoseAnswer),
        2 => call().prop_map(Disturbance::LoseRequest),
        2 => (call(), 1..4_u32).prop_map(|(call, times)| Disturbance::ServerError(call, times)),
        1 => call().prop_map(Disturbance::Timeout),
        2 => call().prop_map(Disturbance::SlowAnswer),
        2 => (1..1500_u16).prop_map(Disturbance::ClockJump),
        2 => Just(Disturbance::LoseLease),
        2 => (1..4_usize, side()).prop_map(|(calls, side)| Disturbance::StoreFails(calls, side)),
        1 => Just(Disturbance::SecondEngine),
        3 => (1..30_usize, side()).prop_map(|(at, side)| Disturbance::Crash(at, side)),
        2 => Just(Disturbance::DuplicateSubmit),
        2 => Just(Disturbance::LateSubmit),
        1 => Just(Disturbance::Resend),
        1 => Just(Disturbance::Resume),
        1 => Just(Disturbance::Cancel),
    ]
}
