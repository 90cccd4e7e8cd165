//! The table of eligibility rules: a row has the rule's id, whether it is required, the function
//! that applies it, and its title.

use serde::{Deserialize, Serialize};

use super::finding::Finding;
use super::{Check, CheckContext, Facts, accounts, capacity, numbering_plan, numbers, token};

/// Makes the enum and its table from one list, so that every rule has a title and a function.
macro_rules! rules {
    ($($variant:ident, $name:literal, $required:ident, $judge:path, $title:literal;)*) => {
        /// An eligibility rule.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum CheckId {
            $(
                #[doc = $title]
                #[serde(rename = $name)]
                $variant,
            )*
        }

        impl CheckId {
            /// Every rule, in the order of their application.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its stable name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The rule, as a sentence for a person.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }

            /// Whether the migration stops if it fails.
            #[must_use]
            pub const fn is_required(self) -> bool {
                match self { $(Self::$variant => rules!(@$required)),* }
            }
        }

        /// Applies a rule.
        pub(super) fn judge(id: CheckId, context: CheckContext<'_>, facts: &Facts) -> Check {
            let Finding { verdict, text, remedies, graph_error } = match id {
                $(CheckId::$variant => $judge(context, facts)),*
            };
            Check { id, verdict, finding: text, remedies, graph_error }
        }
    };
    (@required) => { true };
    (@advisory) => { false };
}

rules! {
    TokenValid, "TOKEN_VALID", required, token::valid,
        "Meta accepts the access token.";
    TokenScopes, "TOKEN_SCOPES", required, token::scopes,
        "The access token has the permissions for WhatsApp management and messaging.";
    TokenReachesDestination, "TOKEN_REACHES_DESTINATION", required, token::reaches_destination,
        "The access token may manage the destination account.";
    SameBusiness, "SAME_BUSINESS", required, accounts::same_business,
        "The source and destination accounts belong to the same business.";
    DestinationBusinessVerified, "DESTINATION_BUSINESS_VERIFIED", required, accounts::destination_verified,
        "The business behind the destination account is verified.";
    SourceBusinessVerified, "SOURCE_BUSINESS_VERIFIED", required, accounts::source_verified,
        "The business behind the source account is verified.";
    DestinationApproved, "DESTINATION_ACCOUNT_APPROVED", required, accounts::destination_approved,
        "The destination account is approved and active.";
    SourceApproved, "SOURCE_ACCOUNT_APPROVED", required, accounts::source_approved,
        "The source account is approved.";
    MessagingForApproved, "MESSAGING_FOR_APPROVED", required, accounts::messaging_for_approved,
        "No \"Messaging For\" request of the destination account is pending.";
    DestinationPayment, "DESTINATION_PAYMENT_METHOD", required, accounts::destination_payment,
        "The destination account has a payment method or credit line.";
    SourcePayment, "SOURCE_PAYMENT_METHOD", advisory, accounts::source_payment,
        "The source account has a payment method or credit line.";
    NotRestricted, "DESTINATION_NOT_RESTRICTED", required, accounts::not_restricted,
        "Meta has not restricted the destination account.";
    AppSubscribed, "APP_SUBSCRIBED", advisory, accounts::app_subscribed,
        "An app is subscribed to the destination's webhooks.";
    RoomForNumber, "ROOM_FOR_NUMBER", advisory, capacity::room_for_number,
        "The destination has room for another number.";
    RoomForTemplates, "ROOM_FOR_TEMPLATES", advisory, capacity::room_for_templates,
        "The destination has room for the source's message templates.";
    PlaceInDestination, "PLACE_IN_DESTINATION", required, numbers::place_in_destination,
        "The number's state in the destination fits the route.";
    RegisteredAtSource, "REGISTERED_AT_SOURCE", required, numbers::registered_at_source,
        "The number is registered at the source.";
    TwoStepOff, "TWO_STEP_OFF", required, numbers::two_step_off,
        "Two-step verification is off.";
    DisplayNameApproved, "DISPLAY_NAME_APPROVED", required, numbers::display_name_approved,
        "The display name is approved, and no change is pending.";
    NotOnBusinessApp, "NOT_ON_BUSINESS_APP", required, numbers::not_on_business_app,
        "The number is not used in the WhatsApp Business app.";
    NotATestNumber, "NOT_A_TEST_NUMBER", required, numbers::not_a_test_number,
        "The number is not one of Meta's test numbers.";
    Quality, "QUALITY_RATING", advisory, numbers::quality,
        "The number's quality rating is not low.";
    NumberInPlan, "NUMBER_IN_PLAN", advisory, numbering_plan::number_in_plan,
        "The number is in a range that is in use in its country.";
}
