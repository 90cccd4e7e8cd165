//! The scenarios whose crash points are all tried: each route, and its most frequent failures.

use domain::{Route, State};
use jiff::SignedDuration;

/// One scenario, and how it must end wherever the engine crashes in it.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    pub name: &'static str,
    /// The sandbox derives from the number what goes wrong.
    pub number: &'static str,
    /// The source, if the caller knows it: then CHECK makes nine requests instead of five.
    pub source: Option<&'static str>,
    pub destination: &'static str,
    pub route: Route,
    pub cutover: When,
    pub habit: Habit,
    pub ends: State,
}

/// When the number may be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    AtOnce,
    OnResume,
    After(SignedDuration),
}

/// What the caller does without being asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// Nothing: it does what it is asked to do.
    Helps,
    /// Submits a wrong code before the right one.
    GuessesFirst,
    /// Requests another code before it submits one.
    Resends,
    /// Cancels once a code was sent.
    CancelsAtCode,
    /// Cancels as soon as the migration was accepted.
    CancelsAtOnce,
    /// Never submits a code.
    Forgets,
}

const USUAL: Scenario = Scenario {
    name: "everything works",
    number: "+12025550100",
    source: None,
    destination: "215589313241560",
    route: Route::Otp,
    cutover: When::AtOnce,
    habit: Habit::Helps,
    ends: State::Succeeded,
};

const fn number(name: &'static str, number: &'static str) -> Scenario {
    Scenario {
        name,
        number,
        ..USUAL
    }
}

const fn habit(name: &'static str, habit: Habit, ends: State) -> Scenario {
    Scenario {
        name,
        habit,
        ends,
        ..USUAL
    }
}

pub const ALL: &[Scenario] = &[
    Scenario {
        source: Some("104996122399160"),
        ..USUAL
    },
    Scenario {
        name: "held until the cutover",
        cutover: When::OnResume,
        ..USUAL
    },
    Scenario {
        name: "not before tomorrow",
        cutover: When::After(SignedDuration::from_hours(24)),
        ..USUAL
    },
    Scenario {
        name: "added by Embedded Signup",
        route: Route::AddedNumber,
        ..USUAL
    },
    Scenario {
        name: "added by Embedded Signup, register fails twice",
        route: Route::AddedNumber,
        ..number("", "+12025550181")
    },
    habit("a wrong code first", Habit::GuessesFirst, State::Succeeded),
    habit("another code first", Habit::Resends, State::Succeeded),
    habit(
        "canceled while a code is awaited",
        Habit::CancelsAtCode,
        State::Canceled,
    ),
    habit("canceled at once", Habit::CancelsAtOnce, State::Canceled),
    habit("no code ever", Habit::Forgets, State::Expired),
    number("verified already", "+12025550101"),
    number("verified, but not shown", "+12025550102"),
    number("in the destination already", "+12025550120"),
    number("two-step verification still on", "+12025550130"),
    Scenario {
        name: "webhooks not subscribed, and that is refused",
        destination: "104996122399207",
        ..USUAL
    },
    number("verification lost at register", "+12025550156"),
    number("connected late", "+12025550164"),
    number("answer of add_number lost", "+12025550170"),
    number("answer of request_code lost", "+12025550171"),
    number("answer of verify_code lost", "+12025550172"),
    number("answer of register lost", "+12025550173"),
    number("request of verify_code lost", "+12025550176"),
    number("request of register lost", "+12025550177"),
    number("add_number fails twice", "+12025550178"),
    number("register fails twice", "+12025550181"),
    number("HTML instead of register's answer", "+12025550183"),
];
