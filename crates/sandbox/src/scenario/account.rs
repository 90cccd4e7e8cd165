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

/// Makes the enum and its table from one list.
macro_rules! accounts {
    ($($id:literal $name:literal $oddity:ident $end:ident $($actor:ident)?: $effect:literal;)*) => {
        /// Special behaviour of an account.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Oddity { $($oddity),* }

        /// Every scenario account.
        pub const ALL: &[ScenarioAccount] = &[$(ScenarioAccount {
            id: $id,
            name: $name,
            effect: $effect,
            ends_as: End::$end,
            actor: accounts!(@ $($actor)?),
            oddity: Oddity::$oddity,
        }),*];
    };
    (@) => { None };
    (@ $actor:ident) => { Some(Actor::$actor) };
}

accounts! {
    "104996122399201" "other_business" OtherBusiness ActionRequired Caller:
        "belongs to another business; adding a number answers 2388103 about a different Business Manager account";
    "104996122399202" "business_not_verified" NotVerified ActionRequired DestinationAdmin:
        "business_verification_status is not_verified; adding answers 2388103 Your account must be approved";
    "104996122399203" "in_review" InReview ActionRequired DestinationAdmin:
        "account_review_status is PENDING; adding answers 2388103 Your account must be approved";
    "104996122399204" "no_payment_method" NoPayment ActionRequired DestinationAdmin:
        "has no primary_funding_id; adding answers 2388103 about the payment account";
    "104996122399205" "restricted" Restricted ActionRequired DestinationAdmin:
        "health_status is BLOCKED; adding answers 368";
    "104996122399206" "no_room" Full ActionRequired DestinationAdmin:
        "holds 20 numbers; adding answers 200000; the fix removes one";
    "104996122399207" "cannot_subscribe" CannotSubscribe ActionRequired Caller:
        "has no app, and subscribing one answers 2200";
    "104996122399208" "risky_fields_forbidden" RiskyFieldsForbidden Succeeded:
        "a read that asks for primary_funding_id, owner_business_info or health_status fails whole with 200; all else works";
    "104996122399209" "unreadable" Unreadable ActionRequired DestinationAdmin:
        "every call answers 200; as a source, the source's checks are unknown";
    "104996122399210" "throttled" Throttled Succeeded:
        "80008 with usage headers for one minute from the first call; then it works";
    "104996122399211" "no_payment_in_portuguese" NoPaymentInPortuguese ActionRequired DestinationAdmin:
        "adding answers 2388103 about the payment account, in Portuguese";
    "104996122399212" "no_payment_in_spanish" NoPaymentInSpanish ActionRequired DestinationAdmin:
        "adding answers 2388103 about the payment account, in Spanish";
    "104996122399213" "app_may_not_add" MayNotAdd ActionRequired Caller:
        "adding answers 200000/3095008, although there is room: the app's business is not a provider of the account";
    "104996122399214" "blocked_over_payment" PaymentBlocked ActionRequired DestinationAdmin:
        "health_status is BLOCKED by 141006, payment; its business is LIMITED by 141010; primary_funding_id is left out; adding answers 2388103 about the payment account";
    "104996122399215" "limited_over_calling" CallingOnly Succeeded:
        "health_status is LIMITED by 138024, a calling setting, and by nothing else";
    "104996122399216" "funding_forbidden" FundingForbidden Succeeded:
        "a read that asks for primary_funding_id fails whole with 10; all else works";
    "104996122399217" "keeps_dead_twins" KeepsTwins Succeeded:
        "its list has a DELETED node of each number that is added, before the live one and with an id of its own";
    "104996122399218" "has_all_numbers" HasAllNumbers Succeeded:
        "has each number of the source account, connected, as in the source; there is nothing to move";
    "104996122399219" "has_all_numbers_on_the_app" HasAllNumbersOnApp Succeeded:
        "has each number of the source account, connected with is_on_biz_app true, as in coexistence; there is nothing to move";
    "104996122399220" "register_passes_silently" PassesSilently Succeeded:
        "registering a connected number succeeds with any PIN and sets none; the answer has pin_reset false, whose real name is not published";
}

/// The scenario of an account.
#[must_use]
pub fn find(id: &str) -> Option<&'static ScenarioAccount> {
    ALL.iter().find(|account| account.id == id)
}
