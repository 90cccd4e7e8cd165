//! Refusals that are read back before anyone is named, and calls whose answer was lost: what is known of them, and what the
//! number as read makes of them.

use jiff::Timestamp;

use crate::facts::NumberFacts;
use crate::{Disposition, Fault, GraphCall, Phase, Reason, Step};

use super::Transition;

/// What is known, at a reading, of the changing call that went before it.
pub(super) enum Sent {
    /// None was sent since the last reading.
    No,
    /// It was sent, and whether it took effect is what the reading must tell.
    Unsure {
        /// Since when its effect is looked for.
        since: Timestamp,
    },
    /// It was refused, and the refusal is judged now.
    Refused(Fault),
}

impl Sent {
    /// Takes it out of the migration.
    pub(super) fn take(change: &mut Transition<'_>) -> Self {
        match std::mem::replace(&mut change.migration.phase, Phase::Look) {
            Phase::Sent {
                doubted: Some(fault),
                ..
            } => Self::Refused(*fault),
            Phase::Sent { at, doubted: None } => Self::Unsure { since: at },
            Phase::Look | Phase::Act => Self::No,
        }
    }
}

/// Refusals that are only acted on once the number was read again: some of them mean that the work is done already, and
/// the state of the number tells apart what one text stands for.
///
/// What concerns the app, the token or a limit says nothing about the number, and is not read back.
pub(super) fn must_be_read_back(call: GraphCall, fault: &Fault) -> bool {
    let reason = fault.reason;
    let asks = matches!(fault.disposition, Disposition::Ask | Disposition::GiveUp);
    match call {
        GraphCall::Subscribe => false,
        GraphCall::AddNumber => matches!(
            reason,
            Reason::AlreadyInDestination | Reason::OwnershipNotConfirmed
        ),
        GraphCall::VerifyCode => matches!(
            reason,
            Reason::AlreadyVerified
                | Reason::CodeRequestRefused
                | Reason::CodeRejected
                | Reason::CodeGuessedTooOften
                | Reason::NotBeingMigrated
                | Reason::NumberOnBusinessApp
                | Reason::UnknownGraphError
        ),
        GraphCall::RequestCode => {
            reason == Reason::CodeRequestedTooOften || (asks && reason != Reason::TokenRefused)
        }
        GraphCall::Register => asks && reason != Reason::TokenRefused,
    }
}

/// What a refusal means once the number was read: its state says more than a text that stands for many causes.
pub(super) fn in_light_of(fault: Fault, number: &NumberFacts) -> Fault {
    let is_vague = matches!(
        fault.reason,
        Reason::PermissionMissing
            | Reason::InvalidRequest
            | Reason::ObjectNotFound
            | Reason::AppMisconfigured
            | Reason::UnknownGraphError
            | Reason::MoveRefused
            | Reason::CertificateRefused
            | Reason::NotBeingMigrated
            | Reason::AlreadyVerified
            | Reason::CodeSendingUnavailable
            | Reason::CodeRequestRefused
            | Reason::NumberUsedElsewhere
            | Reason::NotVerified
            | Reason::OwnershipNotConfirmed
            | Reason::PinMismatch
    );
    if is_vague && number.is_held_by_app() {
        fault.meaning(Reason::NumberOnBusinessApp)
    } else if fault.reason == Reason::CertificateRefused && number.pin_enabled == Some(true) {
        fault.meaning(Reason::TwoStepEnabled)
    } else {
        fault
    }
}

/// The refusal is judged once the number was read.
pub(super) fn read_back(change: &mut Transition<'_>, fault: Fault) {
    if let Phase::Sent { doubted, .. } = &mut change.migration.phase {
        *doubted = Some(Box::new(fault));
    }
    change.migration.not_before = None;
}

/// Meta could not be read.
pub(in crate::machine) fn on_unreadable(change: &mut Transition<'_>, fault: Fault) {
    let asks = |fault: &Fault| matches!(fault.disposition, Disposition::Ask | Disposition::GiveUp);
    let refused = match &change.migration.phase {
        Phase::Sent {
            doubted: Some(refused),
            ..
        } => Some(refused.as_ref().clone()),
        _ => None,
    };
    let is_settled = fault.disposition == Disposition::Ask && fault.reason != Reason::TokenRefused;
    match refused
        .filter(|refused| is_settled && asks(refused) && change.migration.step != Step::VerifyCode)
    {
        // Someone is asked anyway: what Meta refused says more than that the number cannot be read.
        Some(refused) => {
            change.migration.phase = Phase::Look;
            change.fault(refused);
        }
        None => change.fault(fault),
    }
}
