//! The scenario accounts, and the account of the scenario numbers.

use serde::Serialize;

use super::{Actor, End};

/// The account that holds every scenario number.
pub const SOURCE: &str = "104996122399160";

/// One account with documented behaviour.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct ScenarioAccount {
    /// Its id.
    pub id: &'static str,
    /// A short name.
    pub name: &'static str,
    /// What it does.
    pub effect: &'static str,
    /// State in which a migration with this account stops if it is not fixed.
    pub ends_as: End,
    /// Who must act before it continues.
    pub actor: Option<Actor>,
    #[serde(skip)]
    pub(crate) oddity: Oddity,
}

/// Special behaviour of an account.
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
    NoPaymentInPortuguese,
    NoPaymentInSpanish,
    MayNotAdd,
    PaymentBlocked,
    CallingOnly,
    FundingForbidden,
    KeepsTwins,
    HasAllNumbers,
    HasAllNumbersOnApp,
    PassesSilently,
}

/// Every scenario account.
pub const ALL: &[ScenarioAccount] = &[
    ScenarioAccount {
        id: "104996122399201",
        name: "other_business",
        effect: "belongs to another business; adding a number answers 2388103 about a different Business Manager account",
        ends_as: End::ActionRequired,
        actor: Some(Actor::Caller),
        oddity: Oddity::OtherBusiness,
    },
    ScenarioAccount {
        id: "104996122399202",
        name: "business_not_verified",
        effect: "business_verification_status is not_verified; adding answers 2388103 Your account must be approved",
        ends_as: End::ActionRequired,
        actor: Some(Actor::DestinationAdmin),
        oddity: Oddity::NotVerified,
    },
    ScenarioAccount {
        id: "104996122399203",
        name: "in_review",
        effect: "account_review_status is PENDING; adding answers 2388103 Your account must be approved",
        ends_as: End::ActionRequired,
        actor: Some(Actor::DestinationAdmin),
        oddity: Oddity::InReview,
    },
    ScenarioAccount {
        id: "104996122399204",
        name: "no_payment_method",
        effect: "has no primary_funding_id; adding answers 2388103 about the payment account",
        ends_as: End::ActionRequired,
        actor: Some(Actor::DestinationAdmin),
        oddity: Oddity::NoPayment,
    },
    ScenarioAccount {
        id: "104996122399205",
        name: "restricted",
        effect: "health_status is BLOCKED; adding answers 368",
        ends_as: End::ActionRequired,
        actor: Some(Actor::DestinationAdmin),
        oddity: Oddity::Restricted,
    },
    ScenarioAccount {
        id: "104996122399206",
        name: "no_room",
        effect: "holds 20 numbers; adding answers 200000; the fix removes one",
        ends_as: End::ActionRequired,
        actor: Some(Actor::DestinationAdmin),
        oddity: Oddity::Full,
    },
    ScenarioAccount {
        id: "104996122399207",
        name: "cannot_subscribe",
        effect: "has no app, and subscribing one answers 2200",
        ends_as: End::ActionRequired,
        actor: Some(Actor::Caller),
        oddity: Oddity::CannotSubscribe,
    },
    ScenarioAccount {
        id: "104996122399208",
        name: "risky_fields_forbidden",
        effect: "a read that asks for primary_funding_id, owner_business_info or health_status fails whole with 200; all else works",
        ends_as: End::Succeeded,
        actor: None,
        oddity: Oddity::RiskyFieldsForbidden,
    },
    ScenarioAccount {
        id: "104996122399209",
        name: "unreadable",
        effect: "every call answers 200; as a source, the source's checks are unknown",
        ends_as: End::ActionRequired,
        actor: Some(Actor::DestinationAdmin),
        oddity: Oddity::Unreadable,
    },
    ScenarioAccount {
        id: "104996122399210",
        name: "throttled",
        effect: "80008 with usage headers for one minute from the first call; then it works",
        ends_as: End::Succeeded,
        actor: None,
        oddity: Oddity::Throttled,
    },
    ScenarioAccount {
        id: "104996122399211",
        name: "no_payment_in_portuguese",
        effect: "adding answers 2388103 about the payment account, in Portuguese",
        ends_as: End::ActionRequired,
        actor: Some(Actor::DestinationAdmin),
        oddity: Oddity::NoPaymentInPortuguese,
    },
    ScenarioAccount {
        id: "104996122399212",
        name: "no_payment_in_spanish",
        effect: "adding answers 2388103 about the payment account, in Spanish",
        ends_as: End::ActionRequired,
        actor: Some(Actor::DestinationAdmin),
        oddity: Oddity::NoPaymentInSpanish,
    },
    ScenarioAccount {
        id: "104996122399213",
        name: "app_may_not_add",
        effect: "adding answers 200000/3095008, although there is room: the app's business is not a provider of the account",
        ends_as: End::ActionRequired,
        actor: Some(Actor::Caller),
        oddity: Oddity::MayNotAdd,
    },
    ScenarioAccount {
        id: "104996122399214",
        name: "blocked_over_payment",
        effect: "health_status is BLOCKED by 141006, payment; its business is LIMITED by 141010; primary_funding_id is left out; adding answers 2388103 about the payment account",
        ends_as: End::ActionRequired,
        actor: Some(Actor::DestinationAdmin),
        oddity: Oddity::PaymentBlocked,
    },
    ScenarioAccount {
        id: "104996122399215",
        name: "limited_over_calling",
        effect: "health_status is LIMITED by 138024, a calling setting, and by nothing else",
        ends_as: End::Succeeded,
        actor: None,
        oddity: Oddity::CallingOnly,
    },
    ScenarioAccount {
        id: "104996122399216",
        name: "funding_forbidden",
        effect: "a read that asks for primary_funding_id fails whole with 10; all else works",
        ends_as: End::Succeeded,
        actor: None,
        oddity: Oddity::FundingForbidden,
    },
    ScenarioAccount {
        id: "104996122399217",
        name: "keeps_dead_twins",
        effect: "its list has a DELETED node of each number that is added, before the live one and with an id of its own",
        ends_as: End::Succeeded,
        actor: None,
        oddity: Oddity::KeepsTwins,
    },
    ScenarioAccount {
        id: "104996122399218",
        name: "has_all_numbers",
        effect: "has each number of the source account, connected, as in the source; there is nothing to move",
        ends_as: End::Succeeded,
        actor: None,
        oddity: Oddity::HasAllNumbers,
    },
    ScenarioAccount {
        id: "104996122399219",
        name: "has_all_numbers_on_the_app",
        effect: "has each number of the source account, connected with is_on_biz_app true, as in coexistence; there is nothing to move",
        ends_as: End::Succeeded,
        actor: None,
        oddity: Oddity::HasAllNumbersOnApp,
    },
    ScenarioAccount {
        id: "104996122399220",
        name: "register_passes_silently",
        effect: "registering a connected number succeeds with any PIN and sets none; the answer has pin_reset false, whose real name is not published",
        ends_as: End::Succeeded,
        actor: None,
        oddity: Oddity::PassesSilently,
    },
];

/// The scenario of an account.
#[must_use]
pub fn find(id: &str) -> Option<&'static ScenarioAccount> {
    ALL.iter().find(|account| account.id == id)
}
