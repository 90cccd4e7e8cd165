//! What can go wrong in a story of random faults, and what people do out of turn.

use std::fmt;

use jiff::SignedDuration;
use proptest::prelude::*;
use sandbox::{Call, Fault, Kind};

use super::gate::Side;

/// One thing that happens.
#[derive(Clone)]
pub enum Move {
    /// Meta does it, and its answer is lost.
    LoseAnswer(Call),
    /// The request never arrives.
    LoseRequest(Call),
    /// Meta answers that it is out of order, so many times.
    ServerError(Call, u32),
    /// Meta does it, and answers after the time-out.
    Timeout(Call),
    /// Meta does it, and answers late.
    SlowAnswer(Call),
    /// So many minutes pass at once.
    ClockJump(u16),
    /// The lease runs out; another worker takes it, and does nothing.
    LoseLease,
    /// So many calls of the store fail, before or after they did what they should.
    StoreAway(usize, Side),
    /// Another engine starts on the same store.
    SecondEngine,
    /// All engines die at this input or output from now.
    Crash(usize, Side),
    /// The newest code is handed in twice.
    DuplicateSubmit,
    /// A code is handed in that nobody sent.
    LateSubmit,
    Resend,
    Resume,
    Cancel,
}

impl fmt::Debug for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LoseAnswer(call) => write!(f, "the answer of {call} is lost"),
            Self::LoseRequest(call) => write!(f, "the request of {call} is lost"),
            Self::ServerError(call, times) => write!(f, "{call} answers HTTP 500, {times} times"),
            Self::Timeout(call) => write!(f, "{call} is answered after the time-out"),
            Self::SlowAnswer(call) => write!(f, "{call} is answered late"),
            Self::ClockJump(minutes) => write!(f, "{minutes} minutes pass"),
            Self::LoseLease => write!(f, "another worker takes the lease, and does nothing"),
            Self::StoreAway(calls, side) => {
                write!(f, "{calls} store calls fail, {side:?} their work")
            }
            Self::SecondEngine => write!(f, "another engine starts"),
            Self::Crash(at, side) => write!(f, "all engines die {side:?} the next I/O but {at}"),
            Self::DuplicateSubmit => write!(f, "the newest code is handed in twice"),
            Self::LateSubmit => write!(f, "a code that nobody sent is handed in"),
            Self::Resend => write!(f, "another code is asked for"),
            Self::Resume => write!(f, "resume is called"),
            Self::Cancel => write!(f, "cancel is called"),
        }
    }
}

impl Move {
    /// What it puts in the way at Meta's.
    pub fn fault(&self) -> Option<Fault> {
        let (call, kind, times) = match self {
            Self::LoseAnswer(call) => (*call, Kind::LostResponse, 1),
            Self::LoseRequest(call) => (*call, Kind::LostRequest, 1),
            Self::ServerError(call, times) => (*call, out_of_order(), *times),
            Self::Timeout(call) => (*call, Kind::Delay { delay_ms: 1200 }, 1),
            Self::SlowAnswer(call) => (*call, Kind::Delay { delay_ms: 30 }, 1),
            _ => return None,
        };
        Some(Fault::new(kind).on_call(call).times(times))
    }

    /// How long it lets pass.
    pub fn pause(&self) -> Option<SignedDuration> {
        match self {
            Self::ClockJump(minutes) => Some(SignedDuration::from_mins(i64::from(*minutes))),
            _ => None,
        }
    }
}

fn out_of_order() -> Kind {
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

/// A story: what happens, one after the other.
pub fn story() -> impl Strategy<Value = Vec<Move>> {
    proptest::collection::vec(any_move(), 0..12)
}

fn any_move() -> impl Strategy<Value = Move> {
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
        3 => call().prop_map(Move::LoseAnswer),
        2 => call().prop_map(Move::LoseRequest),
        2 => (call(), 1..4_u32).prop_map(|(call, times)| Move::ServerError(call, times)),
        1 => call().prop_map(Move::Timeout),
        2 => call().prop_map(Move::SlowAnswer),
        2 => (1..1500_u16).prop_map(Move::ClockJump),
        2 => Just(Move::LoseLease),
        2 => (1..4_usize, side()).prop_map(|(calls, side)| Move::StoreAway(calls, side)),
        1 => Just(Move::SecondEngine),
        3 => (1..30_usize, side()).prop_map(|(at, side)| Move::Crash(at, side)),
        2 => Just(Move::DuplicateSubmit),
        2 => Just(Move::LateSubmit),
        1 => Just(Move::Resend),
        1 => Just(Move::Resume),
        1 => Just(Move::Cancel),
    ]
}
