//! Questions to the machine.

use domain::{
    Action, Attempts, Command, Effect, Fault, Machine, Migration, Outcome, Principal, Reason, Step,
    Write, Written,
};
use jiff::Timestamp;

use super::input::{Answer, Call, Due, Input, Next, Order, Refusal, Summary};
use super::time::{FAR, TICK, WINDOW, now, older, ticks_until};
use crate::meta::{self, ReadKind};

/// The calls that have a budget, in the order of [`super::Counts`].
const LIMITED: [domain::GraphCall; 3] = Machine::LIMITED_CALLS;

/// What the shell must know of this migration.
pub fn summary(machine: &Machine, migration: &Migration) -> Summary {
    let next = match machine.next(migration, now()) {
        Action::Read(read) => Next::Read(ReadKind::of(&read)),
        Action::Write(write) => Next::Write(call(&write)),
        Action::Elapse => Next::Elapse,
        Action::Wait { .. } => Next::Wait,
        Action::Done => Next::Done,
    };
    let due = match machine.due_at(migration, now()) {
        None => Due::Never,
        Some(at) if at.duration_since(now()) >= FAR => Due::Far,
        Some(at) => Due::In(ticks_until(at)),
    };
    let is_far = |at: Timestamp| at.duration_since(now()) >= FAR;
    Summary {
        next,
        due,
        state: migration.state,
        step: migration.step,
        in_flight: migration.phase.call_in_flight().is_some(),
        budget_spent: migration.not_before.is_some_and(is_far),
    }
}

fn call(write: &Write) -> Call {
    match write {
        Write::Subscribe => Call::Subscribe,
        Write::AddNumber { .. } => Call::AddNumber,
        Write::RequestCode { .. } => Call::RequestCode,
        Write::VerifyCode { code, .. } => Call::VerifyCode {
            right: *code == meta::RIGHT_CODE.parse().unwrap(),
        },
        Write::Register { .. } => Call::Register,
    }
}

/// Changes the migration; `false` if it stays as it was.
pub fn change(machine: &Machine, migration: &mut Migration, input: Input) -> bool {
    match input {
        Input::Loaded(counts) => {
            let each = LIMITED.iter().zip(counts);
            let calls = each.flat_map(|(call, count)| (0..count).map(|_| (now(), *call)));
            migration.attempts = Attempts::new(calls.collect());
        }
        Input::Begin => {
            let Action::Write(write) = machine.next(migration, now()) else {
                return false;
            };
            machine.begin(migration, &write, now());
        }
        Input::Reading(view) => {
            let Action::Read(read) = machine.next(migration, now()) else {
                return false;
            };
            let reading = view.reading(&read, now());
            machine.apply(migration, Outcome::Read(Ok(reading)), now());
        }
        Input::ReadingFailed => {
            machine.apply(migration, Outcome::Read(Err(lost())), now());
        }
        Input::Answered(answer) => {
            let written = match answer {
                Answer::Done if migration.step == Step::AddNumber => {
                    Ok(Written::Added(meta::number_id()))
                }
                Answer::Done => Ok(Written::Done),
                Answer::Refused(refusal) => Err(Fault::of(refusal.reason())),
                Answer::Lost => Err(lost()),
            };
            machine.apply(migration, Outcome::Written(written), now());
        }
        Input::Elapse => {
            machine.elapse(migration, now());
        }
        Input::Command(order) => {
            let by = Principal::anonymous();
            let events = machine.command(migration, order.command(), &by, now());
            return events.is_ok_and(|events| !events.is_empty());
        }
        Input::Tick => older(migration, TICK),
        Input::Window => {
            migration.attempts = Attempts::default();
            older(migration, WINDOW);
        }
        Input::Expiry => migration.expires_at = now(),
    }
    true
}

fn lost() -> Fault {
    Fault::of(Reason::GraphTimeout).with_effect(Effect::Unknown)
}

impl Refusal {
    const fn reason(self) -> Reason {
        match self {
            Self::Transient => Reason::MetaInternal,
            Self::Unknown => Reason::UnknownGraphError,
            Self::WrongCode => Reason::CodeRejected,
            Self::AlreadyVerified => Reason::AlreadyVerified,
            Self::AlreadyAdded => Reason::AlreadyInDestination,
            Self::NotVerified => Reason::NotVerified,
        }
    }
}

impl Order {
    fn command(self) -> Command {
        match self {
            Self::SubmitRightCode => Command::SubmitCode(meta::RIGHT_CODE.parse().unwrap()),
            Self::SubmitWrongCode => Command::SubmitCode(meta::WRONG_CODE.parse().unwrap()),
            Self::ResendCode => Command::ResendCode {
                method: None,
                language: None,
            },
            Self::Resume => Command::Resume {
                access_token: None,
                two_step_pin: None,
            },
            Self::Cancel => Command::Cancel,
        }
    }
}
