//! What a migration looks like from outside: budgets, the next action, the clean-up. Derived, never stored.

use jiff::Timestamp;

use super::Machine;
use crate::migration::budget::later;
use crate::migration::{
    Actor, Budget, CodeMethod, Cutover, GraphCall, Migration, NextAction, NextActionKind, Reason,
    Registration, Remedy, Route, State,
};

impl Machine {
    /// How many more times each limited call may be made.
    #[must_use]
    pub fn budgets(&self, migration: &Migration, now: Timestamp) -> Vec<Budget> {
        let budget = |call, limit| migration.attempts.budget(call, limit, now);
        let register = budget(GraphCall::Register, self.policy.register);
        match migration.request.route {
            Route::AddedNumber => vec![register],
            Route::Otp => {
                let mut checks = budget(GraphCall::VerifyCode, self.policy.code_checks);
                let refused_until = migration.codes_refused_until.filter(|until| *until > now);
                checks.next_allowed_at = checks.next_allowed_at.max(refused_until);
                vec![
                    budget(GraphCall::RequestCode, self.policy.code_requests),
                    checks,
                    register,
                ]
            }
        }
    }

    /// The limited calls, each with the time until when at most one more of it may be made for this number, where that is so
    /// now.
    #[must_use]
    pub fn near_end(
        &self,
        migration: &Migration,
        now: Timestamp,
    ) -> [(GraphCall, Option<Timestamp>); 3] {
        let policy = &self.policy;
        [
            (GraphCall::RequestCode, policy.code_requests),
            (GraphCall::VerifyCode, policy.code_checks),
            (GraphCall::Register, policy.register),
        ]
        .map(|(call, limit)| (call, migration.attempts.near_end_until(call, limit, now)))
    }

    /// What must happen next, and who does it.
    #[must_use]
    pub fn next_action(&self, migration: &Migration, now: Timestamp) -> NextAction {
        match migration.state {
            State::Running => running(migration),
            State::WaitingForCode => self.waiting_for_code(migration, now),
            State::WaitingForCutover => waiting_for_cutover(migration),
            State::ActionRequired => action_required(migration),
            State::Succeeded => NextAction {
                actor: None,
                kind: NextActionKind::None,
                instruction: "Nothing: the number is connected in the destination. The report says what to do anew."
                    .to_owned(),
                deadline: None,
                remedies: Vec::new(),
            },
            State::Failed | State::Canceled | State::Expired => tidy_up(migration),
        }
    }

    fn waiting_for_code(&self, migration: &Migration, now: Timestamp) -> NextAction {
        let by = match migration.code_method {
            CodeMethod::Sms => "SMS",
            CodeMethod::Voice => "voice call",
        };
        let number = &migration.request.phone_number;
        let valid_until = migration
            .code_requested_at
            .map(|at| later(at, self.policy.code_validity))
            .filter(|until| *until > now);
        let refused_until = migration.codes_refused_until.filter(|until| *until > now);
        let instruction = match &migration.fault {
            Some(fault) if let Some(until) = refused_until => format!(
                "{} At {until:.0} or later, ask for another with ResendCode and hand it in with SubmitCode.",
                fault.message()
            ),
            Some(fault) => format!(
                "{} Ask the owner of {number} for the newest code and hand it in with SubmitCode, or ask for another \
                 with ResendCode.",
                fault.message()
            ),
            None if valid_until.is_none() => format!(
                "The code that was sent to {number} by {by} is too old by now. Ask for another with ResendCode and hand \
                 it in with SubmitCode."
            ),
            None => format!(
                "Ask the owner of {number} for the 6 digits that came by {by}, and hand them in with SubmitCode. If \
                 nothing came within a few minutes, ask for another code with ResendCode."
            ),
        };
        NextAction {
            actor: Some(Actor::NumberOwner),
            kind: NextActionKind::SubmitCode,
            instruction,
            // A code that cannot be handed in before it is too old sets nobody a time.
            deadline: Some(
                valid_until
                    .filter(|_| refused_until.is_none())
                    .unwrap_or(migration.expires_at),
            ),
            remedies: migration
                .fault
                .as_ref()
                .map(|fault| fault.remedies.clone())
                .unwrap_or_default(),
        }
    }
}

fn running(migration: &Migration) -> NextAction {
    let step = migration.step.as_str();
    let (instruction, actor, remedies) = match &migration.fault {
        None => (
            format!("Nothing: {step} is under way."),
            Actor::Operator,
            Vec::new(),
        ),
        Some(fault) => (
            format!(
                "Nothing: {} The service goes on with {step} by itself.",
                fault.message()
            ),
            fault
                .remedies
                .first()
                .map_or(Actor::Operator, |remedy| remedy.actor()),
            fault.remedies.clone(),
        ),
    };
    NextAction {
        actor: Some(actor),
        kind: NextActionKind::Wait,
        instruction,
        deadline: migration.not_before,
        remedies,
    }
}

fn waiting_for_cutover(migration: &Migration) -> NextAction {
    let (actor, kind, instruction, deadline) = match migration.request.cutover {
        Cutover::NotBefore(at) => (
            Actor::Operator,
            NextActionKind::Wait,
            format!("Nothing: the number is registered at {at}. Resume registers it at once."),
            at,
        ),
        Cutover::Hold | Cutover::Immediate => (
            Actor::Caller,
            NextActionKind::ReleaseCutover,
            "Everything is ready. Call Resume when the number may move.".to_owned(),
            migration.expires_at,
        ),
    };
    NextAction {
        actor: Some(actor),
        kind,
        instruction,
        deadline: Some(deadline),
        remedies: Vec::new(),
    }
}

fn action_required(migration: &Migration) -> NextAction {
    let remedies = migration
        .fault
        .as_ref()
        .map(|fault| fault.remedies.clone())
        .unwrap_or_default();
    let (what_happened, between) = match &migration.fault {
        // Each failed check has its remedy, and all are needed.
        Some(fault) if fault.reason == Reason::ChecksFailed => {
            (format!("{}{}", fault.message(), failed(migration)), " ")
        }
        Some(fault) => (fault.message().to_owned(), " If that does not help: "),
        None => (String::new(), " "),
    };
    let what_to_do: Vec<&str> = remedies.iter().map(|remedy| remedy.instruction()).collect();
    let what_to_do = what_to_do.join(between);
    NextAction {
        actor: Some(
            remedies
                .first()
                .map_or(Actor::Operator, |remedy| remedy.actor()),
        ),
        kind: NextActionKind::ApplyRemedy,
        instruction: format!("{what_happened} {what_to_do} Then call Resume."),
        deadline: Some(migration.expires_at),
        remedies,
    }
}

/// The required checks that failed, and what they found.
fn failed(migration: &Migration) -> String {
    migration
        .checks
        .iter()
        .filter(|check| check.stops())
        .flat_map(|check| [" ", check.id.as_str(), ": ", check.finding.as_str()])
        .collect()
}

fn tidy_up(migration: &Migration) -> NextAction {
    let remedies = clean_up(migration);
    let Some(first) = remedies.first() else {
        return NextAction {
            actor: None,
            kind: NextActionKind::None,
            instruction: "Nothing: the migration has ended and left nothing behind.".to_owned(),
            deadline: None,
            remedies,
        };
    };
    let what: Vec<&str> = remedies.iter().map(|remedy| remedy.instruction()).collect();
    NextAction {
        actor: Some(first.actor()),
        kind: NextActionKind::CleanUp,
        instruction: format!(
            "The migration has ended; no API can tidy up behind it. {}",
            what.join(" ")
        ),
        deadline: None,
        remedies,
    }
}

/// What a person must do by hand after a migration that ended before the number moved.
fn clean_up(migration: &Migration) -> Vec<Remedy> {
    if migration.registration != Registration::NotDone || migration.request.route != Route::Otp {
        return Vec::new();
    }
    let pending = migration
        .phone_number_id
        .is_some()
        .then_some(Remedy::RemovePendingNumber);
    pending
        .into_iter()
        .chain([Remedy::TurnOnTwoStepAgain])
        .collect()
}
