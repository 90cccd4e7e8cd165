//! What the caller asked for, checked once and never changed but where a command says so.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Language, PhoneNumber, RequestId, WabaId};

/// What the caller asked for. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The caller's idempotency key.
    pub request_id: RequestId,
    /// The number to move.
    pub phone_number: PhoneNumber,
    /// The WABA that it moves to.
    pub destination: WabaId,
    /// The WABA that it leaves, where the caller said.
    pub source: Option<WabaId>,
    /// How the number gets verified.
    pub route: Route,
    /// How the code reaches the owner.
    pub code_method: CodeMethod,
    /// Language of the code message.
    pub language: Language,
    /// Where the PIN comes from.
    pub pin_source: PinSource,
    /// The caller's own name for the migration; empty when there is none.
    pub reference: String,
    /// The caller's own labels.
    pub labels: BTreeMap<String, String>,
    /// When the number may be registered.
    pub cutover: Cutover,
    /// What the caller did not say.
    #[serde(default)]
    pub left_open: LeftOpen,
}

/// What a caller did not say, so that it is what held for the tenant in that moment.
///
/// Kept to know a request again: a repeat that leaves the same open is the same, though something else may hold by then.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeftOpen {
    /// How the code reaches the owner.
    pub code_method: bool,
    /// Language of the code message.
    pub language: bool,
    /// Where the PIN comes from.
    pub pin_source: bool,
}

/// How the number gets verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Route {
    /// Meta sends a code to the number and the owner hands it in.
    Otp,
    /// Embedded Signup added and verified the number already; only register remains.
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

impl CodeMethod {
    /// The one that can reach the owner of this number, where nothing else is said: a fixed line receives no text message.
    #[must_use]
    pub fn suited_to(number: &PhoneNumber) -> Self {
        if number.is_fixed_line() {
            Self::Voice
        } else {
            Self::Sms
        }
    }
}

/// Where the two-step verification PIN comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PinSource {
    /// The caller gave it.
    Provided,
    /// It was made when the migration was accepted.
    Generated,
    /// It is the verification code that was accepted.
    Code,
}

/// When the number may be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Cutover {
    /// As soon as it can be.
    Immediate,
    /// Once Resume was called.
    Hold,
    /// Not before this time.
    NotBefore(Timestamp),
}
