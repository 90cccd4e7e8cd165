//! The accounts that behave in a documented way, and the account that the scenario numbers live in.

use serde::Serialize;

use super::{Actor, End};

/// The account that holds every scenario number.
pub const SOURCE: &str = "104996122399160";

/// One account that behaves in a documented way.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct Account {
    /// Its id.
    pub id: &'static str,
    /// A short name.
    pub name: &'static str,
    /// What it does.
    pub effect: &'static str,
    /// Where a migration that names it comes to rest when nobody mends it.
    pub ends_as: End,
    /// Who must act before it goes on.
    pub actor: Option<Actor>,
    #[serde(skip)]
    pub(crate) oddity: Oddity,
}

/// What is odd about an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Oddity {
    OtherBusiness,
    NotVerified,
    InReview,
    NoPayment,
    Restricted,
    Full,
    CannotSubscribe,
    RiskyFieldsForbidden,
    Unreadable,
    Throttled,
}

/// Every scenario account.
pub const ALL: &[Account] = &[
    Account {
        id: "104996122399201",
        name: "other_business",
        effect: "belongs to another business; adding a number answers 2388103 about a different Business Manager account",
        ends_as: End::ActionRequired,
        actor: Some(Actor::Caller),
        oddity: Oddity::OtherBusiness,
    },
    Account {
        id: "104996122399202",
        name: "business_not_verified",
        effect: "business_verification_status is not_verified; adding answers 2388103 Your account must be approved",
        ends_as: End::ActionRequired,
        actor: Some(Actor::DestinationAdmin),
        oddity: Oddity::NotVerified,
    },
    Account {
        id: "104996122399203",
        name: "in_review",
        effect: "account_review_status is PENDING; adding answers 2388103 Your account must be approved",
        ends_as: End::ActionRequired,
        actor: Some(Actor::DestinationAdmin),
        oddity: Oddity::InReview,
    },
    Account {
        id: "104996122399204",
        name: "no_payment_method",
        effect: "has no primary_funding_id; adding answers 2388103 about the payment account",
        ends_as: End::ActionRequired,
        actor: Some(Actor::DestinationAdmin),
        oddity: Oddity::NoPayment,
    },
    Account {
        id: "104996122399205",
        name: "restricted",
        effect: "health_status is BLOCKED; adding answers 368",
        ends_as: End::ActionRequired,
        actor: Some(Actor::DestinationAdmin),
        oddity: Oddity::Restricted,
    },
    Account {
        id: "104996122399206",
        name: "no_room",
        effect: "holds 20 numbers; adding answers 200000; mending removes one",
        ends_as: End::ActionRequired,
        actor: Some(Actor::DestinationAdmin),
        oddity: Oddity::Full,
    },
    Account {
        id: "104996122399207",
        name: "cannot_subscribe",
        effect: "has no app, and subscribing one answers 2200",
        ends_as: End::ActionRequired,
        actor: Some(Actor::Caller),
        oddity: Oddity::CannotSubscribe,
    },
    Account {
        id: "104996122399208",
        name: "risky_fields_forbidden",
        effect: "a read that asks for primary_funding_id, owner_business_info or health_status fails whole with 200; all else works",
        ends_as: End::Succeeded,
        actor: None,
        oddity: Oddity::RiskyFieldsForbidden,
    },
    Account {
        id: "104996122399209",
        name: "unreadable",
        effect: "every call answers 200; as a source it leaves the source's checks unknown",
        ends_as: End::ActionRequired,
        actor: Some(Actor::DestinationAdmin),
        oddity: Oddity::Unreadable,
    },
    Account {
        id: "104996122399210",
        name: "throttled",
        effect: "80008 with usage headers for one minute from the first call; then it works",
        ends_as: End::Succeeded,
        actor: None,
        oddity: Oddity::Throttled,
    },
];

/// The scenario of an account.
#[must_use]
pub fn find(id: &str) -> Option<&'static Account> {
    ALL.iter().find(|account| account.id == id)
}
