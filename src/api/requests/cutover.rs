//! The cutover and the maximum duration of a migration.

use jiff::SignedDuration;

use super::values::{INVALID_TIME, duration, timestamp};
use crate::api::fields::Fields;
use crate::proto::v1;
use domain::Cutover;

const MIN_EXPIRY: SignedDuration = SignedDuration::from_hours(1);
const MAX_EXPIRY: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The field with the time of the cutover.
pub(super) const NOT_BEFORE: &str = "cutover.not_before";

/// `expires_after`, in whole milliseconds, the precision of the store.
pub(super) fn expires_after(
    fields: &mut Fields,
    given: Option<prost_types::Duration>,
) -> Option<SignedDuration> {
    let expiry = duration(given?)
        .filter(|expiry| (MIN_EXPIRY..=MAX_EXPIRY).contains(expiry))
        .and_then(|expiry| i64::try_from(expiry.as_millis()).ok())
        .map(SignedDuration::from_millis);
    if expiry.is_none() {
        fields.refuse("expires_after", "must be 1 hour to 90 days");
    }
    expiry
}

/// `cutover` of an update, where an empty message is as soon as possible; `None` if it is absent
/// or invalid.
pub(super) fn changed(fields: &mut Fields, given: Option<v1::Cutover>) -> Option<Cutover> {
    match given? {
        v1::Cutover { when: None } => Some(Cutover::Immediate),
        v1::Cutover {
            when: Some(v1::cutover::When::Hold(false)),
        } => {
            fields.refuse(
                "cutover.hold",
                "must be true; send an empty cutover to register as soon as possible",
            );
            None
        }
        given => cutover(fields, Some(given)),
    }
}

/// `cutover`. The engine checks whether its time is in the future.
pub(super) fn cutover(fields: &mut Fields, given: Option<v1::Cutover>) -> Option<Cutover> {
    let Some(given) = given else {
        return Some(Cutover::Immediate);
    };
    match given.when {
        Some(v1::cutover::When::Hold(true)) => Some(Cutover::Hold),
        Some(v1::cutover::When::Hold(false)) => {
            fields.refuse(
                "cutover.hold",
                "must be true; leave `cutover` out to register as soon as possible",
            );
            None
        }
        Some(v1::cutover::When::NotBefore(at)) => {
            let at = timestamp(at);
            if at.is_none() {
                fields.refuse(NOT_BEFORE, INVALID_TIME);
            }
            at.map(Cutover::NotBefore)
        }
        None => {
            fields.refuse(
                "cutover",
                "must have `hold` or `not_before`; leave `cutover` out to register as soon as possible",
            );
            None
        }
    }
}
