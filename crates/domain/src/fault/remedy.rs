//! Remedies: what to do about a fault or a failed check, and which actor does it.

use serde::{Deserialize, Serialize};

/// A party that can act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Actor {
    /// The system that called this service.
    Caller,
    /// The person who has the phone.
    NumberOwner,
    /// The provider of the source WABA.
    SourceProvider,
    /// The administrator of the destination WABA.
    DestinationAdmin,
    /// Meta.
    Meta,
    /// The operator of this service.
    Operator,
}

impl Actor {
    /// All actors.
    pub const ALL: [Self; 6] = [
        Self::Caller,
        Self::NumberOwner,
        Self::SourceProvider,
        Self::DestinationAdmin,
        Self::Meta,
        Self::Operator,
    ];

    /// The name, as it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Caller => "CALLER",
            Self::NumberOwner => "NUMBER_OWNER",
            Self::SourceProvider => "SOURCE_PROVIDER",
            Self::DestinationAdmin => "DESTINATION_ADMIN",
            Self::Meta => "META",
            Self::Operator => "OPERATOR",
        }
    }
}

/// Makes the enum and its table from one list, so that every remedy has an actor, an instruction
/// and a section of the guide.
macro_rules! remedies {
    ($($variant:ident, $name:literal, $anchor:literal, $actor:ident, $instruction:literal;)*) => {
        /// What to do about a fault or a failed check.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Remedy {
            $(
                #[doc = $instruction]
                #[serde(rename = $name)]
                $variant,
            )*
        }

        impl Remedy {
            /// Every remedy.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its stable name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// Which actor does it.
            #[must_use]
            pub const fn actor(self) -> Actor {
                match self { $(Self::$variant => Actor::$actor),* }
            }

            /// What to do, as a sentence for a person.
            #[must_use]
            pub const fn instruction(self) -> &'static str {
                match self { $(Self::$variant => $instruction),* }
            }

            /// The anchor of its section in the guide `docs/preparing-a-number.md`.
            #[must_use]
            pub const fn anchor(self) -> &'static str {
                match self { $(Self::$variant => $anchor),* }
            }
        }
    };
}

remedies! {
    TurnOffTwoStep, "TURN_OFF_TWO_STEP", "turn-off-two-step", SourceProvider,
        "Turn off two-step verification for the number in the source account's WhatsApp Manager and confirm it by e-mail.";
    AddPaymentMethod, "ADD_PAYMENT_METHOD", "add-payment-method", DestinationAdmin,
        "Attach a payment method or a credit line to the WhatsApp Business Account.";
    VerifyBusiness, "VERIFY_BUSINESS", "verify-business", DestinationAdmin,
        "Complete Meta's business verification for the business that owns the destination account.";
    GetAccountApproved, "GET_ACCOUNT_APPROVED", "get-account-approved", DestinationAdmin,
        "Wait for, or appeal, Meta's review of the destination account until it is approved.";
    FixSourceAccount, "FIX_SOURCE_ACCOUNT", "fix-source-account", SourceProvider,
        "Complete the setup of the source account: verify the business, pass the account review, attach a payment method.";
    GetDisplayNameApproved, "GET_DISPLAY_NAME_APPROVED", "get-display-name-approved", SourceProvider,
        "Get the number's display name approved at the source, with no change of name pending.";
    UseAccountOfSameBusiness, "USE_ACCOUNT_OF_SAME_BUSINESS", "use-account-of-same-business", Caller,
        "The destination account must belong to the business that owns the source account: if it does not, cancel this migration and start a new one with another destination.";
    AcceptMessagingFor, "ACCEPT_MESSAGING_FOR", "accept-messaging-for", DestinationAdmin,
        "Approve the pending \"Messaging For\" request of the destination account in Business settings.";
    SubscribeApp, "SUBSCRIBE_APP", "subscribe-app", Caller,
        "Subscribe an app with a working webhook callback to the destination account.";
    MakeRoom, "MAKE_ROOM", "make-room", DestinationAdmin,
        "Make room for the number: delete an unused one in WhatsApp Manager, or ask Meta for a higher limit.";
    MakeRoomForTemplates, "MAKE_ROOM_FOR_TEMPLATES", "make-room-for-templates", DestinationAdmin,
        "Delete unused message templates from the destination account.";
    RenewToken, "RENEW_TOKEN", "renew-token", Caller,
        "Create a new system user access token and submit it with Resume.";
    GrantAccess, "GRANT_ACCESS", "grant-access", DestinationAdmin,
        "Give the token's system user full access to the destination account and the WhatsApp management and messaging permissions.";
    LiftRestriction, "LIFT_RESTRICTION", "lift-restriction", DestinationAdmin,
        "Resolve or appeal the restriction that Meta put on the account.";
    SubmitNewCode, "SUBMIT_NEW_CODE", "submit-new-code", NumberOwner,
        "Submit the newest code. If it is older than 10 minutes, request another one.";
    ReceiveCode, "RECEIVE_CODE", "receive-code", NumberOwner,
        "Make sure that the phone can receive the SMS or the call, and that a person can read the code at once.";
    LeaveBusinessApp, "LEAVE_BUSINESS_APP", "leave-business-app", NumberOwner,
        "Remove the number from the WhatsApp Business app on the phone.";
    AddAsNewNumber, "ADD_AS_NEW_NUMBER", "add-as-new-number", DestinationAdmin,
        "Add the number to the destination account as a new number in WhatsApp Manager: there is nothing to move.";
    RegisterAtSource, "REGISTER_AT_SOURCE", "register-at-source", SourceProvider,
        "Register the number at the source account, so that it is connected there and can be moved.";
    ResetTwoStepPin, "RESET_TWO_STEP_PIN", "reset-two-step-pin", DestinationAdmin,
        "Find or reset the number's two-step verification PIN and submit it with Resume.";
    CheckNumber, "CHECK_NUMBER", "check-number", Caller,
        "Check the number and the account ids: if one is wrong, cancel this migration and start a new one.";
    RestartEmbeddedSignup, "RESTART_EMBEDDED_SIGNUP", "restart-embedded-signup", Caller,
        "Run Embedded Signup again for this number: its verification is missing or older than 14 days.";
    WaitForMeta, "WAIT_FOR_META", "wait-for-meta", Meta,
        "Wait until Meta's limit or maintenance is over; it ends by itself.";
    AskMetaSupport, "ASK_META_SUPPORT", "ask-meta-support", Caller,
        "Open a case with Meta's support, as the caller or the operator of the service. Quote the number, both account ids and the time.";
    Investigate, "INVESTIGATE", "investigate", Operator,
        "Check the fault, the events and the log of the service, and fix the cause.";
    FollowMetaText, "FOLLOW_META_TEXT", "follow-meta-text", Caller,
        "Read Meta's own message, which the fault shows in full, and follow it.";
    EditDisplayName, "EDIT_DISPLAY_NAME", "edit-display-name", DestinationAdmin,
        "Edit the number's display name in the destination account's WhatsApp Manager and get it approved.";
    AddThroughSignup, "ADD_THROUGH_SIGNUP", "add-through-signup", Caller,
        "Get the number added to the destination in WhatsApp Manager or through Embedded Signup; the migration then finds it there. For a number that is already verified there, use the route for added numbers.";
    RestoreAppAccess, "RESTORE_APP_ACCESS", "restore-app-access", Operator,
        "Open the Meta app's dashboard and follow Meta's instructions there until its API access is restored.";
    AcceptTerms, "ACCEPT_TERMS", "accept-terms", Operator,
        "Accept the required terms in the Meta app's dashboard.";
    AcceptAccountTerms, "ACCEPT_ACCOUNT_TERMS", "accept-account-terms", DestinationAdmin,
        "Accept the required terms in the destination account's WhatsApp Manager or business settings.";
    AppealBan, "APPEAL_BAN", "appeal-ban", SourceProvider,
        "Appeal Meta's ban of the number at the source account: a banned number cannot be moved.";
    SetTwoStepPin, "SET_TWO_STEP_PIN", "set-two-step-pin", DestinationAdmin,
        "Set a new two-step verification PIN for the number in the destination account's WhatsApp Manager.";
    RemovePendingNumber, "REMOVE_PENDING_NUMBER", "remove-pending-number", DestinationAdmin,
        "Remove the pending number from the destination account in WhatsApp Manager.";
    TurnOnTwoStepAgain, "TURN_ON_TWO_STEP_AGAIN", "turn-on-two-step-again", SourceProvider,
        "If two-step verification was turned off for the move, turn it on again at the source account.";
}
