//! The next action while a code is awaited: only what the service accepts now, and otherwise until
//! when to wait.

use jiff::Timestamp;

use super::quote::explained;
use crate::machine::budgets::{code_checks, code_requests, code_valid_until};
use crate::{CodeMethod, Migration, NextAction, NextActionKind, Policy};

/// Tries left from which on their number is announced.
const LAST_TRIES: u32 = 2;

/// The next action of a migration that waits for its code.
pub(super) fn waiting(policy: &Policy, migration: &Migration, now: Timestamp) -> NextAction {
    let checks = code_checks(migration, policy, now);
    let requests = code_requests(migration, policy, now);
    let valid_until = code_valid_until(migration, policy).filter(|until| *until > now);
    let number = &migration.request.phone_number;
    let by = match migration.code_method {
        CodeMethod::Sms => "SMS",
        CodeMethod::Voice => "voice call",
    };
    let what_happened = migration.fault.as_ref().map(explained);
    let another = match requests.next_allowed_at {
        None => "request another with ResendCode".to_owned(),
        Some(at) => format!("request another with ResendCode at {at:.0} or later"),
    };
    let (kind, what_to_do, until) = match (checks.next_allowed_at, valid_until) {
        // No code is accepted before then, and one that is sent now would be too old by that time.
        (Some(at), _) => (
            NextActionKind::WaitForMeta,
            format!(
                "No code can be submitted before {at:.0}. Wait until then, {another}, and submit it with SubmitCode."
            ),
            at,
        ),
        (None, Some(until)) if migration.fault.is_some() => (
            NextActionKind::SubmitCode,
            format!(
                "Ask the owner of {number} for the newest code and submit it with SubmitCode, or {another}."
            ),
            until,
        ),
        (None, Some(until)) => (
            NextActionKind::SubmitCode,
            format!(
                "Ask the owner of {number} for the 6 digits that came by {by}, and submit them with SubmitCode. If \
                 nothing came within a few minutes, {another}."
            ),
            until,
        ),
        (None, None) => match requests.next_allowed_at {
            None => (
                NextActionKind::SubmitCode,
                format!(
                    "The code that was sent to {number} by {by} is too old. Request another with ResendCode and \
                     submit it with SubmitCode."
                ),
                migration.expires_at,
            ),
            Some(at) => (
                NextActionKind::WaitForMeta,
                format!(
                    "The code that was sent to {number} by {by} is too old, and no other can be requested before \
                     {at:.0}. Wait until then, request another with ResendCode and submit it with SubmitCode."
                ),
                at,
            ),
        },
    };
    let tries = (kind == NextActionKind::SubmitCode && checks.left() <= LAST_TRIES)
        .then(|| last_tries(checks.left()));
    let sentences = [what_happened, Some(what_to_do), tries];
    let instruction: Vec<String> = sentences.into_iter().flatten().collect();
    NextAction {
        actor: migration.actor(),
        kind,
        instruction: instruction.join(" "),
        deadline: Some(until.min(migration.expires_at)),
        remedies: migration
            .fault
            .as_ref()
            .map(|fault| fault.remedies.clone())
            .unwrap_or_default(),
    }
}

fn last_tries(left: u32) -> String {
    let tries = if left == 1 { "try is" } else { "tries are" };
    format!("{left} {tries} left for this number: after that, no code is accepted for some hours.")
}
