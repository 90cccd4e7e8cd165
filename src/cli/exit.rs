//! The exit codes and their meanings.

use std::process::ExitCode;

use tonic::Code;

use super::follow;
use crate::proto::v1::{Migration, State};

/// How the program ended. [`HELP`] explains each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Success.
    Done = 0,
    /// A failure of the program, the connection or the service.
    Failed = 1,
    /// Invalid input.
    Usage = 2,
    /// The service or the store refused.
    Refused = 3,
    /// Not found.
    NotFound = 4,
    /// Not eligible, or ended without moving the number.
    NotMoved = 5,
    /// A person must act.
    ActionRequired = 6,
}

/// The exit codes for `--help`.
pub(super) const HELP: &str = "\
Exit codes:
  0  success; for `check`: eligible; for `watch` and `--follow`: the number has moved
  1  the program, the connection or the service failed
  2  the command line, the configuration or the input is invalid
  3  refused: not allowed in this state, a duplicate, not authorised, or over a limit
  4  the migration, tenant or key does not exist
  5  not eligible, or the migration ended without moving the number
  6  a person must act before the migration continues; `watch` and `--follow` without a terminal
     end with it as soon as this is so";

impl Exit {
    /// The exit code of a command that moves a migration, by the state of the migration.
    #[must_use]
    pub const fn of_state(state: State) -> Self {
        match state {
            State::Failed | State::Canceled | State::Expired => Self::NotMoved,
            State::ActionRequired => Self::ActionRequired,
            State::Unspecified
            | State::Running
            | State::WaitingForCode
            | State::WaitingForCutover
            | State::Succeeded => Self::Done,
        }
    }

    /// The exit code of a command that followed a migration.
    #[must_use]
    pub fn of_followed(migration: &Migration) -> Self {
        if follow::needs_person(migration) {
            Self::ActionRequired
        } else {
            Self::of_state(migration.state())
        }
    }

    /// The exit code of a command that the service refused.
    #[must_use]
    pub const fn of_refusal(code: Code) -> Self {
        match code {
            Code::InvalidArgument | Code::OutOfRange => Self::Usage,
            Code::NotFound => Self::NotFound,
            Code::FailedPrecondition
            | Code::AlreadyExists
            | Code::ResourceExhausted
            | Code::PermissionDenied
            | Code::Unauthenticated => Self::Refused,
            Code::Ok
            | Code::Cancelled
            | Code::Unknown
            | Code::DeadlineExceeded
            | Code::Aborted
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss => Self::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
