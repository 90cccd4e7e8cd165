//! What Meta was seen to hold: the readings that steps and checks decide on.
//!
//! Values of Meta's open lists stay text, since an unknown value is kept and never an error. `None` always means "could
//! not be read", never "no".

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Fault, PhoneNumberId, WabaId};

/// A phone number as one WABA holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberFacts {
    /// Meta's id of it in that WABA.
    pub id: PhoneNumberId,
    /// As Meta shows it: `+1 202-555-0123`.
    pub display_phone_number: String,
    /// The display name.
    pub verified_name: Option<String>,
    /// Review status of the display name: APPROVED, `PENDING_REVIEW`, …
    pub name_status: Option<String>,
    /// Review status of a new display name; NONE or absent when none is pending.
    pub new_name_status: Option<String>,
    /// CONNECTED, PENDING, …
    pub status: Option<String>,
    /// VERIFIED, `NOT_VERIFIED`, EXPIRED.
    pub code_verification_status: Option<String>,
    /// `CLOUD_API`, `ON_PREMISE`, `NOT_APPLICABLE`.
    pub platform_type: Option<String>,
    /// GREEN, YELLOW, RED, NA, UNKNOWN.
    pub quality_rating: Option<String>,
    /// `TIER_250`, `TIER_2K`, …
    pub messaging_limit: Option<String>,
    /// STANDARD, HIGH.
    pub throughput: Option<String>,
    /// LIVE, SANDBOX.
    pub account_mode: Option<String>,
    /// AVAILABLE, LIMITED, BLOCKED.
    pub health: Option<String>,
    /// Whether it is an official business account.
    pub official_business_account: Option<bool>,
    /// Whether two-step verification is on.
    pub pin_enabled: Option<bool>,
    /// Whether it is used in the WhatsApp Business app.
    pub on_business_app: Option<bool>,
}

/// A WhatsApp Business Account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountFacts {
    /// Meta's id of it.
    pub id: WabaId,
    /// Its name.
    pub name: Option<String>,
    /// The business that owns it.
    pub owner_business_id: Option<String>,
    /// The business that it sends messages for, where it is held on behalf of one.
    pub on_behalf_of_business_id: Option<String>,
    /// Approval of that: APPROVED, PENDING, …
    pub on_behalf_of_status: Option<String>,
    /// verified, `not_verified`, … in either case.
    pub business_verification_status: Option<String>,
    /// APPROVED, PENDING, REJECTED, …
    pub account_review_status: Option<String>,
    /// ACTIVE, …
    pub status: Option<String>,
    /// Whether a payment method or credit line is attached.
    pub has_payment_method: Option<bool>,
    /// Whether it can send messages: AVAILABLE, LIMITED, BLOCKED.
    pub health: Option<String>,
    /// Whether Meta forbids adding numbers to it.
    pub adding_numbers_restricted: Option<bool>,
}

/// An access token, as Meta sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFacts {
    /// Whether Meta accepts it.
    pub is_valid: bool,
    /// When it expires, where it does.
    pub expires_at: Option<Timestamp>,
    /// What it may do.
    pub scopes: Vec<String>,
    /// The accounts that it is limited to for `whatsapp_business_management`; empty: all that its user sees.
    pub limited_to: Vec<String>,
}

/// A message template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// UTILITY, MARKETING, AUTHENTICATION.
    pub category: String,
    /// APPROVED, PENDING, REJECTED, …
    pub status: String,
    /// GREEN, YELLOW, RED, UNKNOWN.
    pub quality: String,
}

/// One WABA, as far as the token may read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// The account itself, or why it could not be read.
    pub account: Result<AccountFacts, Fault>,
    /// Whether its list of numbers could be read.
    pub numbers_listed: bool,
    /// How many numbers it holds.
    pub number_count: Option<u64>,
    /// The number to move, where it stands in the list.
    pub number: Option<NumberFacts>,
    /// Its templates.
    pub templates: Option<Vec<Template>>,
}

/// Everything that the checks look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// When it was read.
    pub read_at: Timestamp,
    /// The token, or why Meta did not describe it.
    pub token: Result<TokenFacts, Fault>,
    /// The WABA that the number moves to.
    pub destination: Side,
    /// How many apps are subscribed to its webhooks.
    pub subscribed_apps: Option<u64>,
    /// The WABA that the number leaves, where the caller said which.
    pub source: Option<Side>,
}

/// What CONFIRM reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// The number, by its id.
    pub number: NumberFacts,
    /// Whether it stands in the destination's list.
    pub listed: bool,
    /// The destination's templates.
    pub templates: Option<Vec<Template>>,
}

/// Statuses of a number that is registered and in use.
const LIVE: [&str; 4] = ["CONNECTED", "FLAGGED", "RESTRICTED", "RATE_LIMITED"];

fn is(value: Option<&str>, wanted: &str) -> bool {
    value.is_some_and(|value| value.eq_ignore_ascii_case(wanted))
}

impl NumberFacts {
    /// Whether a code has proved its ownership and the proof has not lapsed.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        is(self.code_verification_status.as_deref(), "VERIFIED")
    }

    /// Whether its status is one of a registered number that is in use. Meta writes its trouble with such a number into the
    /// same field: a flagged, restricted or rate limited number is connected.
    #[must_use]
    fn is_in_use(&self) -> bool {
        LIVE.iter().any(|status| is(self.status.as_deref(), status))
    }

    /// Whether it is registered with the Cloud API and can be used.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.is_in_use() && is(self.platform_type.as_deref(), "CLOUD_API")
    }

    /// Whether it works as it stands, on whichever platform: nothing must be done to it that could end that. A number that is
    /// registered with no platform (`NOT_APPLICABLE`) does not work, whatever its status says.
    #[must_use]
    pub fn works(&self) -> bool {
        self.is_in_use() && !is(self.platform_type.as_deref(), "NOT_APPLICABLE")
    }

    /// Whether it is held by the WhatsApp Business app, or by the On-Premises API, which is how Meta shows many numbers of the
    /// app. Of a number that works, neither matters.
    #[must_use]
    pub fn is_held_by_app(&self) -> bool {
        !self.works()
            && (self.on_business_app == Some(true)
                || is(self.platform_type.as_deref(), "ON_PREMISE"))
    }
}
