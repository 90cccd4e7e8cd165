//! What was read from Meta: the input of steps and checks.
//!
//! Values of Meta's open enums stay text: an unknown value is kept and is never an error. `None`
//! always means "could not be read", never "no".

mod health;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AppId, Fault, GraphError, PhoneNumberId, WabaId};

pub use health::{AccountHealth, HealthEntity, HealthError};

/// A phone number of one WABA.
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
    /// Review status of a requested new display name; NONE or absent if none was requested.
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
    /// STANDARD, HIGH, or messages per second.
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
    /// The business on whose behalf a partner owns it.
    pub on_behalf_of_business_id: Option<String>,
    /// Whether that business approved the request: APPROVED, PENDING, …
    pub on_behalf_of_status: Option<String>,
    /// verified, `not_verified`, … in either case.
    pub business_verification_status: Option<String>,
    /// APPROVED, PENDING, REJECTED, …
    pub account_review_status: Option<String>,
    /// ACTIVE, …
    pub status: Option<String>,
    /// Whether a payment method or credit line is attached.
    pub has_payment_method: Option<bool>,
    /// Whether it can send messages, and why not.
    pub health: Option<AccountHealth>,
    /// Whether Meta forbids adding numbers to it.
    pub adding_numbers_restricted: Option<bool>,
}

/// An access token, as Meta describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFacts {
    /// The app that issued it.
    pub app_id: Option<AppId>,
    /// Whether Meta accepts it.
    pub is_valid: bool,
    /// Why Meta does not accept it, if Meta names a reason.
    pub error: Option<Box<GraphError>>,
    /// When it expires; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// Its permissions.
    pub scopes: Vec<String>,
    /// The accounts to which `whatsapp_business_management` is limited; empty: all accounts of its
    /// user.
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
    /// Why its list of numbers could not be read; `None`: it was read.
    pub numbers_unread: Option<Fault>,
    /// The number of its phone numbers.
    pub number_count: Option<u64>,
    /// The number to move, if it is in the list.
    pub number: Option<NumberFacts>,
    /// Its templates.
    pub templates: Option<Vec<Template>>,
}

/// The apps that are subscribed to the webhooks of a WABA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscribedApps {
    /// Number of apps.
    pub count: u64,
    /// Whether our app is among them; `None`: our app, or one of them, is not known.
    pub ours: Option<bool>,
}

/// The input of all checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// When it was read.
    pub read_at: Timestamp,
    /// The token, or why Meta did not describe it.
    pub token: Result<TokenFacts, Fault>,
    /// The WABA that the number moves to.
    pub destination: Side,
    /// The apps that are subscribed to its webhooks, or why they could not be read.
    pub subscribed_apps: Result<SubscribedApps, Fault>,
    /// The WABA that the number leaves, if the caller named it.
    pub source: Option<Side>,
}

/// What CONFIRM reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// The number, read by its id.
    pub number: NumberFacts,
    /// Whether it is in the destination's list.
    pub listed: bool,
    /// The destination's templates.
    pub templates: Option<Vec<Template>>,
}

/// Statuses of a number that is registered and in use.
const LIVE: [&str; 4] = ["CONNECTED", "FLAGGED", "RESTRICTED", "RATE_LIMITED"];
/// Prefix of further ones: Meta's own OpenAPI file lists five instead of CONNECTED, one for each
/// messaging limit.
const LIVE_AT_A_TIER: &str = "MESSAGING_LIMIT_TIER_";

fn is(value: Option<&str>, wanted: &str) -> bool {
    value.is_some_and(|value| value.eq_ignore_ascii_case(wanted))
}

impl SubscribedApps {
    /// Whether no app has to be subscribed. Meta requires any app. If our app is known, it must be
    /// that one; if it is already there it must not be subscribed again, since that would remove
    /// its override of the callback.
    #[must_use]
    pub fn are_enough(&self) -> bool {
        self.ours.unwrap_or(self.count > 0)
    }
}

impl Facts {
    /// Whether the number already works in the destination, so that there is nothing to move.
    #[must_use]
    pub fn works_in_destination(&self) -> bool {
        let number = self.destination.number.as_ref();
        number.is_some_and(NumberFacts::works)
    }
}

/// Whether a status is that of a registered number in use. Meta uses the same field for its
/// restrictions: a flagged, restricted or rate limited number is connected.
fn is_in_use(status: Option<&str>) -> bool {
    let at_a_tier = |status: &str| {
        let start = status.get(..LIVE_AT_A_TIER.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(LIVE_AT_A_TIER))
    };
    LIVE.iter().any(|live| is(status, live)) || status.is_some_and(at_a_tier)
}

/// Whether a number of this status and platform is registered with the Cloud API and can be used.
pub(super) fn is_connected(status: Option<&str>, platform_type: Option<&str>) -> bool {
    is_in_use(status) && is(platform_type, "CLOUD_API")
}

impl NumberFacts {
    /// Whether its ownership was proved by a code, and the proof has not expired.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        is(self.code_verification_status.as_deref(), "VERIFIED")
    }

    /// Whether it is registered with the Cloud API and can be used.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        is_connected(self.status.as_deref(), self.platform_type.as_deref())
    }

    /// Whether it works, on any platform: then nothing may be done that could end that. A number
    /// without a platform (`NOT_APPLICABLE`) does not work, whatever its status is.
    #[must_use]
    pub fn works(&self) -> bool {
        is_in_use(self.status.as_deref()) && !is(self.platform_type.as_deref(), "NOT_APPLICABLE")
    }

    /// Whether the WhatsApp Business app uses it, or the On-Premises API, which is how Meta shows
    /// many numbers of the app. Irrelevant for a number that works.
    #[must_use]
    pub fn is_held_by_app(&self) -> bool {
        !self.works()
            && (self.on_business_app == Some(true)
                || is(self.platform_type.as_deref(), "ON_PREMISE"))
    }
}
