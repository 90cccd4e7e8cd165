//! What Meta was seen to hold: the readings that steps and checks decide on.
//!
//! Values of Meta's open lists stay text, since an unknown value is kept and never an error. `None` always means "could
//! not be read", never "no".

mod health;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AppId, Fault, GraphError, PhoneNumberId, WabaId};

pub use health::{AccountHealth, HealthEntity, HealthError};

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
    /// Whether it can send messages, and what keeps it from it.
    pub health: Option<AccountHealth>,
    /// Whether Meta forbids adding numbers to it.
    pub adding_numbers_restricted: Option<bool>,
}

/// An access token, as Meta sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFacts {
    /// The app that issued it.
    pub app_id: Option<AppId>,
    /// Whether Meta accepts it.
    pub is_valid: bool,
    /// Why Meta does not accept it, where it says so.
    pub error: Option<Box<GraphError>>,
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
    /// Why its list of numbers could not be read; `None`: it was read.
    pub numbers_unread: Option<Fault>,
    /// How many numbers it holds.
    pub number_count: Option<u64>,
    /// The number to move, where it stands in the list.
    pub number: Option<NumberFacts>,
    /// Its templates.
    pub templates: Option<Vec<Template>>,
}

/// The apps that are subscribed to the webhooks of a WABA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscribedApps {
    /// How many.
    pub count: u64,
    /// Whether ours is among them; `None`: it is not known which app is ours, or which apps those are.
    pub ours: Option<bool>,
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
    /// The apps that are subscribed to its webhooks, or why they could not be read.
    pub subscribed_apps: Result<SubscribedApps, Fault>,
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
/// What others of them begin with: Meta's own OpenAPI file lists five in the place of CONNECTED, one a messaging limit.
const LIVE_AT_A_TIER: &str = "MESSAGING_LIMIT_TIER_";

fn is(value: Option<&str>, wanted: &str) -> bool {
    value.is_some_and(|value| value.eq_ignore_ascii_case(wanted))
}

impl SubscribedApps {
    /// Whether none needs to be subscribed. Meta asks for any app; where ours is known it must be ours, and where it is there
    /// already it must not be subscribed again, which would remove its override of the callback.
    #[must_use]
    pub fn are_enough(&self) -> bool {
        self.ours.unwrap_or(self.count > 0)
    }
}

impl Facts {
    /// Whether the number works in the destination: there is nothing to move.
    #[must_use]
    pub fn works_in_destination(&self) -> bool {
        let number = self.destination.number.as_ref();
        number.is_some_and(NumberFacts::works)
    }
}

/// Whether a status is one of a registered number that is in use. Meta writes its trouble with such a number into the same
/// field: a flagged, restricted or rate limited number is connected.
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
    /// Whether a code has proved its ownership and the proof has not lapsed.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        is(self.code_verification_status.as_deref(), "VERIFIED")
    }

    /// Whether it is registered with the Cloud API and can be used.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        is_connected(self.status.as_deref(), self.platform_type.as_deref())
    }

    /// Whether it works as it stands, on whichever platform: nothing must be done to it that could end that. A number that is
    /// registered with no platform (`NOT_APPLICABLE`) does not work, whatever its status says.
    #[must_use]
    pub fn works(&self) -> bool {
        is_in_use(self.status.as_deref()) && !is(self.platform_type.as_deref(), "NOT_APPLICABLE")
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
