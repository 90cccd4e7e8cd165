//! Commands of callers, and when they are refused.
//!
//! A refused command changes nothing. Commands and the engine are ordered by the row's version: on
//! a conflict the loser reads the row again.

use jiff::Timestamp;

use super::budgets::code_requests;
use super::{Machine, Transition};
use crate::{
    AccessToken, Budget, CodeMethod, Event, EventKind, Language, Migration, Objection, Pin,
    Principal, Registration, Remedy, State, Step, Update, VerificationCode,
};

/// A command of a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Submit the owner's code.
    SubmitCode(VerificationCode),
    /// Request another code.
    ResendCode {
        /// How, if not as before.
        method: Option<CodeMethod>,
        /// In which language, if not as before.
        language: Option<Language>,
    },
    /// Continue after a remedy, or at the cutover.
    Resume {
        /// Replaces the token.
        access_token: Option<AccessToken>,
        /// Replaces the PIN to register with, unless the number has the old one, or may have it.
        two_step_pin: Option<Pin>,
    },
    /// Stop before the point of no return.
    Cancel,
    /// Show the PIN.
    RevealTwoStepPin,
    /// Change when and how it goes on, or its tags.
    Update(Box<Update>),
}

/// Why a command was refused. The migration is unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// `SubmitCode` or `ResendCode` while no code is awaited.
    #[error("no code is awaited: the migration is {} at {}", state.as_str(), step.as_str())]
    CodeNotAwaited {
        /// The state.
        state: State,
        /// The step.
        step: Step,
    },
    /// The budget of submitted codes is used up for now.
    #[error("the maximum number of codes was submitted for now")]
    CodeChecksSpent(Budget),
    /// The newest code was requested a moment ago.
    #[error("the newest code was requested a moment ago")]
    CodeCooldown(Budget),
    /// The budget of code requests is used up for now.
    #[error("the maximum number of codes was requested for now")]
    CodeRequestsSpent(Budget),
    /// Resume while no actor has to act.
    #[error("there is nothing to resume: the migration is {} at {}", state.as_str(), step.as_str())]
    NothingToResume {
        /// The state.
        state: State,
        /// The step.
        step: Step,
    },
    /// Cancel after register took effect, or may have.
    #[error(
        "the register call was sent: the number has moved, or may have, and that cannot be undone"
    )]
    PointOfNoReturnPassed,
    /// `Update` with values that do not fit the migration.
    #[error("the update does not fit the migration")]
    InvalidUpdate(Vec<Objection>),
    /// The migration has ended.
    #[error("the migration has ended: it is {}", state.as_str())]
    Ended {
        /// The state.
        state: State,
    },
    /// `RevealTwoStepPin` before the number was registered with a PIN of this migration.
    #[error(
        "the number has no PIN of this migration: it was not registered yet, or was found registered already"
    )]
    TwoStepPinNotSet,
    /// `RevealTwoStepPin` after the PIN's retention.
    #[error("the PIN was removed, because its retention after the end of the migration is over")]
    TwoStepPinRemoved,
    /// A removal of a live migration.
    #[error(
        "the migration has not ended: it is {}",
        state.as_str()
    )]
    NotEnded {
        /// The state.
        state: State,
    },
}

impl Machine {
    /// Executes a command of `by`, or refuses it. Returns no events if it is in effect already.
    pub fn command(
        &self,
        migration: &mut Migration,
        command: Command,
        by: &Principal,
        now: Timestamp,
    ) -> Result<Vec<Event>, CommandError> {
        let mut change = self.change(migration, now);
        change.by = Some(by);
        match command {
            Command::SubmitCode(code) => submit_code(&mut change, code)?,
            Command::ResendCode { method, language } => resend_code(&mut change, method, language)?,
            Command::Resume {
                access_token,
                two_step_pin,
            } => resume(&mut change, access_token, two_step_pin)?,
            Command::Cancel => cancel(&mut change)?,
            Command::RevealTwoStepPin => reveal(&mut change)?,
            Command::Update(update) => super::update::update(&mut change, &update)?,
        }
        Ok(change.complete())
    }
}

fn code_is_awaited(migration: &Migration) -> Result<(), CommandError> {
    match migration.state {
        State::WaitingForCode => Ok(()),
        state => Err(CommandError::CodeNotAwaited {
            state,
            step: migration.step,
        }),
    }
}

fn submit_code(change: &mut Transition<'_>, code: VerificationCode) -> Result<(), CommandError> {
    code_is_awaited(change.migration)?;
    let budget = change.code_checks();
    if budget.next_allowed_at.is_some() {
        return Err(CommandError::CodeChecksSpent(budget));
    }
    change.migration.secrets.code = Some(code);
    change.migration.codes.sent_again = false;
    change.record(EventKind::CodeSubmitted);
    change.run();
    // Without another reading: the number was read when the code was requested, and a person waits
    // for the result.
    change.act();
    Ok(())
}

fn resend_code(
    change: &mut Transition<'_>,
    method: Option<CodeMethod>,
    language: Option<Language>,
) -> Result<(), CommandError> {
    code_is_awaited(change.migration)?;
    // A code that cannot be submitted before it is too old would be useless.
    let checks = change.code_checks();
    if checks.next_allowed_at.is_some() {
        return Err(CommandError::CodeChecksSpent(checks));
    }
    let budget = code_requests(change.migration, change.policy, change.now);
    match budget.next_allowed_at {
        Some(_) if budget.cooling_down => return Err(CommandError::CodeCooldown(budget)),
        Some(_) => return Err(CommandError::CodeRequestsSpent(budget)),
        None => {}
    }
    let migration = &mut *change.migration;
    migration.code_method = method.unwrap_or(migration.code_method);
    if let Some(language) = language {
        migration.language = language;
    }
    migration.fault = None;
    migration.codes.wants_person = false;
    change.record(EventKind::CodeResendRequested);
    change.run();
    change.start(Step::RequestCode);
    Ok(())
}

fn resume(
    change: &mut Transition<'_>,
    access_token: Option<AccessToken>,
    two_step_pin: Option<Pin>,
) -> Result<(), CommandError> {
    let migration = &mut *change.migration;
    match migration.state {
        State::ActionRequired => {}
        State::WaitingForCutover => migration.cutover_released = true,
        state => {
            return Err(CommandError::NothingToResume {
                state,
                step: migration.step,
            });
        }
    }
    if access_token.is_some() {
        migration.secrets.access_token = access_token;
    }
    if two_step_pin.is_some() && !pin_is_in_use(migration) {
        migration.secrets.two_step_pin = two_step_pin;
    }
    // The step's clock starts again: CONFIRM has its full time once more.
    let now = change.now;
    if let Some(progress) = change.progress() {
        progress.started_at = Some(now);
    }
    change.migration.fault = None;
    change.migration.codes.wants_person = false;
    change.record(EventKind::Resumed);
    change.run();
    // An update may have moved the cutover while a remedy was awaited.
    if change.waits_for_cutover() {
        change.wait_for_cutover();
    }
    Ok(())
}

/// Whether the number has the stored PIN, or may have it: then only this record knows it.
fn pin_is_in_use(migration: &Migration) -> bool {
    let refused = migration
        .fault
        .as_ref()
        .is_some_and(|fault| fault.remedies.contains(&Remedy::ResetTwoStepPin));
    match migration.registration {
        Registration::NotDone => migration.may_be_registered(),
        Registration::Uncertain => migration.phase.call_in_flight().is_some() || !refused,
        Registration::Done | Registration::FoundDone => true,
    }
}

fn cancel(change: &mut Transition<'_>) -> Result<(), CommandError> {
    let migration = &*change.migration;
    match migration.state {
        State::Canceled => return Ok(()),
        state if state.is_terminal() => return Err(CommandError::Ended { state }),
        _ => {}
    }
    if migration.may_be_registered() {
        return Err(CommandError::PointOfNoReturnPassed);
    }
    if !migration.phase.awaits_outcome() {
        change.set_state(State::Canceled, None);
        return Ok(());
    }
    if !migration.cancel_requested {
        change.migration.cancel_requested = true;
        change.record(EventKind::CancelRequested);
    }
    if change.migration.state == State::ActionRequired {
        // Someone was asked while the outcome of a call was unknown: find it out, then cancel.
        change.run();
    }
    Ok(())
}

fn reveal(change: &mut Transition<'_>) -> Result<(), CommandError> {
    let migration = &*change.migration;
    let registered = matches!(
        migration.registration,
        Registration::Done | Registration::Uncertain
    );
    if !registered {
        return Err(CommandError::TwoStepPinNotSet);
    }
    // A number is never registered without a PIN, so one that is missing was removed.
    if migration.secrets.two_step_pin.is_none() {
        return Err(CommandError::TwoStepPinRemoved);
    }
    change.record(EventKind::TwoStepPinRevealed);
    Ok(())
}
