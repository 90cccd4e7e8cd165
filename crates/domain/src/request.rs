//! The request to start a migration, its defaults, and the comparison of repeated requests.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::tenancy::Defaults;
use super::{Language, Migration, PhoneNumber, RequestId, Secrets, WabaId};

/// A request to start a migration, as sent, without secrets.
///
/// `None` is a field that the caller left unset. The [`Migration`] has the effective values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The caller's idempotency key.
    pub request_id: RequestId,
    /// The number to move.
    pub phone_number: PhoneNumber,
    /// The destination WABA.
    pub destination: WabaId,
    /// The source WABA.
    pub source: Option<WabaId>,
    /// How the number is verified.
    pub route: Route,
    /// How the code reaches the owner.
    pub code_method: Option<CodeMethod>,
    /// Language of the code message.
    pub language: Option<Language>,
    /// Where the PIN comes from.
    pub pin_source: Option<PinSource>,
    /// The caller's own name for the migration; empty if it has none.
    pub reference: String,
    /// The caller's own labels.
    pub labels: BTreeMap<String, String>,
    /// When the number may be registered.
    pub cutover: Cutover,
    /// Maximum duration of the migration.
    pub expires_after: Option<SignedDuration>,
}

/// The effective values of the fields that a request may leave unset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// How the code reaches the owner.
    pub code_method: CodeMethod,
    /// Language of the code message.
    pub language: Language,
    /// Where the PIN comes from.
    pub pin_source: PinSource,
}

/// The part of a request that decides whether it may start a migration of its tenant now.
///
/// Not checked for a repeated request: time has passed, and the tenant may have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conditions {
    /// Whether the request has an access token.
    pub has_access_token: bool,
    /// Where the PIN comes from; `None` if unset.
    pub pin_source: Option<PinSource>,
    /// When the number may be registered.
    pub cutover: Cutover,
    /// Maximum duration of the migration; `None` if unset.
    pub expires_after: Option<SignedDuration>,
}

/// A reason why a request with valid fields cannot start a migration, or change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Objection {
    /// The tenant requires `two_step_pin` in each request.
    #[error("two_step_pin is missing")]
    TwoStepPinMissing,
    /// Neither the request nor its tenant has an access token.
    #[error("access_token is missing")]
    AccessTokenMissing,
    /// The migration would expire before its cutover.
    #[error("the cutover is after the migration expires")]
    CutoverAfterExpiry,
    /// The migration would expire before the cutover that it has.
    #[error("the migration would expire before its cutover")]
    ExpiryBeforeCutover,
    /// It would have more labels than a migration may have.
    #[error("too many labels")]
    TooManyLabels,
    /// The cutover is in the past: a mistake in a time zone would move the number at once.
    #[error("the cutover is in the past")]
    CutoverPassed,
}

/// How the number is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Route {
    /// Meta sends a code to the number, and its owner submits it.
    Otp,
    /// Embedded Signup has added and verified the number; only register remains.
    AddedNumber,
}

/// How a code reaches the number's owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CodeMethod {
    /// A text message.
    Sms,
    /// A phone call.
    Voice,
}

/// Where the two-step verification PIN comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PinSource {
    /// The caller provides it.
    Provided,
    /// It is drawn when the migration is accepted.
    Generated,
    /// It is the verification code that Meta accepts.
    Code,
}

/// When the number may be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Cutover {
    /// As soon as possible.
    Immediate,
    /// When Resume is called.
    Hold,
    /// Not before this time.
    NotBefore(Timestamp),
}

/// Maximum duration of a migration whose caller does not set one.
const DEFAULT_EXPIRY: SignedDuration = SignedDuration::from_hours(14 * 24);

impl Request {
    /// A request with only the required fields.
    #[must_use]
    pub fn new(request_id: RequestId, phone_number: PhoneNumber, destination: WabaId) -> Self {
        Self {
            request_id,
            phone_number,
            destination,
            source: None,
            route: Route::Otp,
            code_method: None,
            language: None,
            pin_source: None,
            reference: String::new(),
            labels: BTreeMap::new(),
            cutover: Cutover::Immediate,
            expires_after: None,
        }
    }

    /// The effective values: the request's, or else the tenant's `defaults`, or else the service's.
    #[must_use]
    pub fn effective(&self, defaults: &Defaults) -> Effective {
        let language = self.language.as_ref().or(defaults.language.as_ref());
        Effective {
            code_method: self
                .code_method
                .or(defaults.code_method)
                .unwrap_or_else(|| CodeMethod::suited_to(&self.phone_number)),
            language: language.cloned().unwrap_or_default(),
            pin_source: pin_source(self.pin_source, defaults),
        }
    }

    /// Maximum duration of the migration.
    #[must_use]
    pub fn expires_after(&self) -> SignedDuration {
        self.expires_after.unwrap_or(DEFAULT_EXPIRY)
    }

    /// The part that decides whether it may start a migration now.
    #[must_use]
    pub const fn conditions(&self, secrets: &Secrets) -> Conditions {
        Conditions {
            has_access_token: secrets.access_token.is_some(),
            pin_source: self.pin_source,
            cutover: self.cutover,
            expires_after: self.expires_after,
        }
    }

    /// The names of the fields in which this request differs from the one that started `migration`.
    ///
    /// A field that both left unset is the same, even if the tenant's `defaults` have changed. A
    /// field that one of them left unset is compared by the effective values. Secrets are not
    /// compared: a token may have been renewed.
    #[must_use]
    pub fn differing(&self, defaults: &Defaults, migration: &Migration) -> Vec<&'static str> {
        // Destructured, so that a new field cannot be forgotten.
        let Self {
            request_id,
            phone_number,
            destination,
            source,
            route,
            code_method,
            language,
            pin_source,
            reference,
            labels,
            cutover,
            expires_after: _,
        } = &migration.request;
        let now = self.effective(defaults);
        [
            ("request_id", self.request_id == *request_id),
            ("phone_number", self.phone_number == *phone_number),
            ("destination_waba_id", self.destination == *destination),
            ("source_waba_id", self.source == *source),
            ("route", self.route == *route),
            (
                "code_method",
                same(
                    [self.code_method, *code_method],
                    [now.code_method, migration.code_method],
                ),
            ),
            (
                "language",
                same(
                    [self.language.as_ref(), language.as_ref()],
                    [&now.language, &migration.language],
                ),
            ),
            (
                "two_step_pin",
                same(
                    [self.pin_source, *pin_source],
                    [now.pin_source, migration.pin_source],
                ),
            ),
            ("reference", self.reference == *reference),
            ("labels", self.labels == *labels),
            ("cutover", self.cutover == *cutover),
            (
                "expires_after",
                self.expires_after() == migration.request.expires_after(),
            ),
        ]
        .into_iter()
        .filter_map(|(field, same)| (!same).then_some(field))
        .collect()
    }
}

impl Conditions {
    /// The objections to starting a migration at `now`.
    #[must_use]
    pub fn objections(
        &self,
        defaults: &Defaults,
        tenant_has_access_token: bool,
        now: Timestamp,
    ) -> Vec<Objection> {
        let expiry = self.expires_after.unwrap_or(DEFAULT_EXPIRY);
        let until_cutover = match self.cutover {
            Cutover::NotBefore(at) => Some(at.duration_since(now)),
            Cutover::Immediate | Cutover::Hold => None,
        };
        [
            (
                Objection::TwoStepPinMissing,
                self.pin_source.is_none() && pin_source(None, defaults) == PinSource::Provided,
            ),
            (
                Objection::AccessTokenMissing,
                !self.has_access_token && !tenant_has_access_token,
            ),
            (
                Objection::CutoverAfterExpiry,
                until_cutover.is_some_and(|until| until >= expiry),
            ),
            (
                Objection::CutoverPassed,
                until_cutover.is_some_and(|until| !until.is_positive()),
            ),
        ]
        .into_iter()
        .filter_map(|(objection, holds)| holds.then_some(objection))
        .collect()
    }
}

impl Route {
    /// All routes.
    pub const ALL: [Self; 2] = [Self::Otp, Self::AddedNumber];

    /// Its stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Otp => "OTP",
            Self::AddedNumber => "ADDED_NUMBER",
        }
    }
}

impl PinSource {
    /// All sources.
    pub const ALL: [Self; 3] = [Self::Provided, Self::Generated, Self::Code];

    /// Its stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Provided => "PROVIDED",
            Self::Generated => "GENERATED",
            Self::Code => "CODE",
        }
    }
}

impl CodeMethod {
    /// All methods.
    pub const ALL: [Self; 2] = [Self::Sms, Self::Voice];

    /// Its stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "SMS",
            Self::Voice => "VOICE",
        }
    }

    /// The method that can reach the owner of this number: a fixed line receives no text message.
    fn suited_to(number: &PhoneNumber) -> Self {
        if number.is_fixed_line() {
            Self::Voice
        } else {
            Self::Sms
        }
    }
}

fn pin_source(requested: Option<PinSource>, defaults: &Defaults) -> PinSource {
    requested
        .or(defaults.pin_source)
        .unwrap_or(PinSource::Generated)
}

/// Whether a field of two requests is the same: as sent if both or neither set it, else by the
/// effective values.
fn same<T: PartialEq>(sent: [Option<T>; 2], effective: [T; 2]) -> bool {
    match (sent, effective) {
        ([None, None], _) => true,
        ([Some(one), Some(other)], _) | (_, [one, other]) => one == other,
    }
}

#[cfg(test)]
mod tests;
