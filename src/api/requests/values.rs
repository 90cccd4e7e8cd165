//! Fields that several requests share.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::api::Error;
use crate::api::fields::Fields;
use crate::proto::v1;
use domain::{Actor, CodeMethod, MigrationId, PhoneNumber, PinSource, Route, State};

/// Default of `wait`.
const DEFAULT_WAIT: Duration = Duration::from_secs(10);
/// What a time must be.
pub(super) const INVALID_TIME: &str = "must be a time in the years 1 to 9999";
/// Maximum of `wait`.
const MAX_WAIT: Duration = Duration::from_mins(1);

/// The id, the only field of its request that can be invalid.
pub(in crate::api) fn migration_id(text: &str) -> Result<MigrationId, Error> {
    Fields::collect(|fields| fields.required("migration_id", text))
}

/// The phone number, the only field of its request that can be invalid.
pub(in crate::api) fn phone_number(text: &str) -> Result<PhoneNumber, Error> {
    Fields::collect(|fields| fields.required("phone_number", text))
}

/// `wait`.
pub(super) fn wait(fields: &mut Fields, given: Option<prost_types::Duration>) -> Option<Duration> {
    let Some(given) = given else {
        return Some(DEFAULT_WAIT);
    };
    let wait = duration(given)
        .and_then(|wait| Duration::try_from(wait).ok())
        .filter(|wait| *wait <= MAX_WAIT);
    if wait.is_none() {
        fields.refuse("wait", "must be 0 to 60 seconds");
    }
    wait
}

/// A duration; `None` if it is not a valid protobuf duration.
pub(super) fn duration(given: prost_types::Duration) -> Option<SignedDuration> {
    let in_range = given.nanos.unsigned_abs() < 1_000_000_000;
    let same_sign =
        given.seconds == 0 || given.nanos == 0 || (given.seconds > 0) == (given.nanos > 0);
    (in_range && same_sign).then(|| SignedDuration::new(given.seconds, given.nanos))
}

/// A time; `None` if it is not a valid protobuf timestamp.
pub(super) fn timestamp(given: prost_types::Timestamp) -> Option<Timestamp> {
    (0..1_000_000_000)
        .contains(&given.nanos)
        .then(|| Timestamp::new(given.seconds, given.nanos).ok())
        .flatten()
}

/// `actor` of a list; `None` if it is unspecified or invalid.
pub(super) fn actor(fields: &mut Fields, number: i32) -> Option<Actor> {
    let read = |actor| {
        Some(match actor {
            v1::Actor::Unspecified => None,
            v1::Actor::Caller => Some(Actor::Caller),
            v1::Actor::NumberOwner => Some(Actor::NumberOwner),
            v1::Actor::SourceProvider => Some(Actor::SourceProvider),
            v1::Actor::DestinationAdmin => Some(Actor::DestinationAdmin),
            v1::Actor::Meta => Some(Actor::Meta),
            v1::Actor::Operator => Some(Actor::Operator),
        })
    };
    let names = "ACTOR_CALLER, ACTOR_NUMBER_OWNER, ACTOR_SOURCE_PROVIDER, ACTOR_DESTINATION_ADMIN, \
                 ACTOR_META, ACTOR_OPERATOR";
    fields.choice("actor", number, read, names).flatten()
}

/// `route`; `ROUTE_OTP` by default.
pub(super) fn route(fields: &mut Fields, number: i32) -> Option<Route> {
    let read = |route| match route {
        v1::Route::Unspecified | v1::Route::Otp => Some(Route::Otp),
        v1::Route::AddedNumber => Some(Route::AddedNumber),
    };
    fields.choice("route", number, read, "ROUTE_OTP, ROUTE_ADDED_NUMBER")
}

/// `code_method`. The outer `None`: invalid; the inner one: unspecified.
#[expect(clippy::option_option, reason = "invalid is not unspecified")]
pub(super) fn code_method(fields: &mut Fields, number: i32) -> Option<Option<CodeMethod>> {
    let read = |method| {
        Some(match method {
            v1::CodeMethod::Unspecified => None,
            v1::CodeMethod::Sms => Some(CodeMethod::Sms),
            v1::CodeMethod::Voice => Some(CodeMethod::Voice),
        })
    };
    fields.choice(
        "code_method",
        number,
        read,
        "CODE_METHOD_SMS, CODE_METHOD_VOICE",
    )
}

/// `two_step_pin_source`. The outer `None`: invalid; the inner one: unspecified.
#[expect(clippy::option_option, reason = "invalid is not unspecified")]
pub(super) fn pin_source(fields: &mut Fields, number: i32) -> Option<Option<PinSource>> {
    let read = |source| {
        Some(match source {
            v1::TwoStepPinSource::Unspecified => None,
            v1::TwoStepPinSource::Provided => Some(PinSource::Provided),
            v1::TwoStepPinSource::Generated => Some(PinSource::Generated),
            v1::TwoStepPinSource::Code => Some(PinSource::Code),
        })
    };
    fields.choice(
        "two_step_pin_source",
        number,
        read,
        "TWO_STEP_PIN_SOURCE_PROVIDED, TWO_STEP_PIN_SOURCE_GENERATED, TWO_STEP_PIN_SOURCE_CODE",
    )
}

/// A state to filter by.
pub(in crate::api) fn state(state: v1::State) -> Option<State> {
    match state {
        v1::State::Unspecified => None,
        v1::State::Running => Some(State::Running),
        v1::State::WaitingForCode => Some(State::WaitingForCode),
        v1::State::WaitingForCutover => Some(State::WaitingForCutover),
        v1::State::ActionRequired => Some(State::ActionRequired),
        v1::State::Succeeded => Some(State::Succeeded),
        v1::State::Failed => Some(State::Failed),
        v1::State::Canceled => Some(State::Canceled),
        v1::State::Expired => Some(State::Expired),
    }
}

/// `page_size`; `None` if it is invalid.
pub(super) fn page_size(fields: &mut Fields, given: i32, default: u32, max: u32) -> Option<u32> {
    match u32::try_from(given) {
        Ok(0) => Some(default),
        Ok(size) if size <= max => Some(size),
        _ => {
            fields.refuse(
                "page_size",
                format!("must be 1 to {max}, or 0 for {default}"),
            );
            None
        }
    }
}
