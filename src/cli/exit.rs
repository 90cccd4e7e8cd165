//! What the exit codes mean. The one place that says so.

use std::process::ExitCode;

use tonic::Code;

use crate::proto::v1::State;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done. Of `check`: eligible. Of `watch` and `--follow`: the number has moved.
    Done,
    /// 1: the program, the connection or the service failed.
    Failed,
    /// 2: the command line, the configuration or the input is wrong.
    Usage,
    /// 3: refused: not in this state, not twice, not so often.
    Refused,
    /// 4: there is no such migration, tenant or key.
    NotFound,
    /// 5: not eligible, or the migration ended without moving the number.
    NotMoved,
    /// 6: somebody must act before the migration goes on.
    ActionRequired,
}

/// The same for `--help`.
pub(super) const HELP: &str = "\
Exit codes:
  0  done; of check: eligible; of watch and --follow: the number has moved
  1  the program, the connection or the service failed
  2  the command line, the configuration or the input is wrong
  3  refused: not in this state, not twice, not so often
  4  there is no such migration, tenant or key
  5  not eligible, or the migration ended without moving the number
  6  somebody must act before the migration goes on";

impl Exit {
    /// How a command that moves a migration ends, by the state that it left the migration in.
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

    /// How a command ends that the service refused.
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
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Refused => 3,
            Exit::NotFound => 4,
            Exit::NotMoved => 5,
            Exit::ActionRequired => 6,
        })
    }
}
