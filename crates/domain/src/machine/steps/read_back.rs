//! Refusals that are acted on only after the number was read, and what the number as read makes of
//! them.
//!
//! Some refusals mean that the work is done already, and the state of the number tells apart the
//! causes that share one text. A refusal that concerns the app, the token or a limit proves nothing
//! about the number, and is not read back.

use crate::facts::NumberFacts;
use crate::{Disposition, Fault, GraphCall, Phase, Reason};

use super::{Transition, register};

/// Whether someone is asked because of this fault, or the migration fails.
pub(super) fn asks_someone(fault: &Fault) -> bool {
    matches!(fault.disposition, Disposition::Ask | Disposition::GiveUp)
}

/// What a refusal means once the number was read: its state is more precise than a text that has
/// many causes.
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

/// Meta could not be read.
pub(in crate::machine) fn on_unreadable(change: &mut Transition<'_>, fault: Fault) {
    register::begin_to_settle(change);
    let is_lasting = fault.disposition == Disposition::Ask && fault.reason != Reason::TokenRefused;
    if let Phase::Unconfirmed {
        call,
        fault: refused,
    } = &change.migration.phase
        && *call != GraphCall::VerifyCode
        && is_lasting
        && asks_someone(refused)
    {
        // Someone is asked in any case, and the refusal explains more than that the number cannot
        // be read.
        let refused = refused.as_ref().clone();
        change.refused(refused);
    } else {
        change.fault(fault);
    }
}
