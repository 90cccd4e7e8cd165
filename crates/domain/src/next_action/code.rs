//! The next action while a code is awaited: only what the service accepts now, and otherwise until
//! when to wait.

use jiff::Timestamp;

use super::quote::explained;
use super::{NextAction, NextActionKind, moment};
use crate::machine::budgets::{code_checks, code_requests, code_valid_until};
use crate::{CodeMethod, Migration, Policy, Remedy};

/// Tries left from which on their number is announced.
const LAST_TRIES: u32 = 2;

/// The next action of a migration that waits for its code.
pub(super) fn waiting(policy: &Policy, migration: &Migration, now: Timestamp) -> NextAction {
    let checks = code_checks(migration, policy, now);
    let requests = code_requests(migration, policy, now);
    let valid_until = code_valid_until(migration, policy);
    let is_valid = valid_until.filter(|until| *until > now);
    let number = &migration.request.phone_number;
    let by = match migration.code_method {
        CodeMethod::Sms => "SMS",
        CodeMethod::Voice => "voice call",
    };
    let what_happened = migration.fault.as_ref().map(explained);
    let mut since = migration.action_since;
    let another = match requests.next_allowed_at {
        None => "request another with ResendCode".to_owned(),
        Some(at) => {
            format!(
                "request another with ResendCode at {} or later",
                moment::from(at)
            )
        }
    };
    let (kind, what_to_do, until) = match (checks.next_allowed_at, is_valid) {
        // No code is accepted before then, and one that is sent now would be too old by that time.
        (Some(at), _) => {
            let when = match requests.next_allowed_at.filter(|from| *from > at) {
                None => String::new(),
                Some(from) => format!(" at {} or later", moment::from(from)),
            };
            let text = format!(
                "No code can be submitted before {}. Wait until then. After that, request another with ResendCode{when}, \
                 and submit it with SubmitCode.",
                moment::from(at),
            );
            (NextActionKind::WaitForMeta, text, at)
        }
        (None, Some(until)) if migration.fault.is_some() => {
            let text = format!(
                "Ask the owner of {number} for the newest code and submit it with SubmitCode, or {another}. The newest \
                 code is valid until {}.",
                moment::until(until)
            );
            (NextActionKind::SubmitCode, text, until)
        }
        (None, Some(until)) => {
            let text = format!(
                "Ask the owner of {number} for the 6 digits that came by {by}, and submit them with SubmitCode. They are \
                 valid until {}. If nothing came within a few minutes, {another}.",
                moment::until(until)
            );
            (NextActionKind::SubmitCode, text, until)
        }
        (None, None) => {
            // It was the owner's turn until the code was too old.
            since = since.max(valid_until.unwrap_or(since));
            let too_old = format!("The code that was sent to {number} by {by} is too old");
            match requests.next_allowed_at {
                None => {
                    let text = format!(
                        "{too_old}. Request another with ResendCode and submit it with SubmitCode. The migration \
                         expires at {}.",
                        moment::until(migration.expires_at)
                    );
                    (NextActionKind::SubmitCode, text, migration.expires_at)
                }
                Some(at) => {
                    let text = format!(
                        "{too_old}, and no other can be requested before {}. Wait until then. After that, request \
                         another with ResendCode and submit it with SubmitCode.",
                        moment::from(at)
                    );
                    (NextActionKind::WaitForMeta, text, at)
                }
            }
        }
    };
    let tries = (kind == NextActionKind::SubmitCode && checks.left() <= LAST_TRIES)
        .then(|| last_tries(checks.left()));
    let sentences = [what_happened, Some(what_to_do), tries];
    let instruction: Vec<String> = sentences.into_iter().flatten().collect();
    let remedies = match (kind, &migration.fault) {
        // Whatever else the fault asks for is of no use before.
        (NextActionKind::WaitForMeta, _) => vec![Remedy::WaitForMeta],
        (_, Some(fault)) => fault.remedies.clone(),
        (_, None) => Vec::new(),
    };
    NextAction {
        since,
        deadline: Some(until.min(migration.expires_at)),
        remedies,
        ..NextAction::new(migration, kind, instruction.join(" "))
    }
}

fn last_tries(left: u32) -> String {
    let tries = if left == 1 { "try is" } else { "tries are" };
    format!("{left} {tries} left for this number: after that, no code is accepted for some hours.")
}
