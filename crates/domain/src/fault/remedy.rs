//! Remedies: what to do about a fault or a failed check, and who does it.

use serde::{Deserialize, Serialize};

/// Who can act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Actor {
    /// The system that called us.
    Caller,
    /// The person who holds the phone.
    NumberOwner,
    /// Whoever runs the source WABA.
    SourceProvider,
    /// The administrator of the destination WABA.
    DestinationAdmin,
    /// Meta.
    Meta,
    /// Whoever runs this service.
    Operator,
}

/// Makes the enum and its table from one list, so that no remedy lacks an actor, an instruction or its place in the
/// guide.
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
            /// Every remedy there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its stable name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// Who does it.
            #[must_use]
            pub const fn actor(self) -> Actor {
                match self { $(Self::$variant => Actor::$actor),* }
            }

            /// How, in plain English.
            #[must_use]
            pub const fn instruction(self) -> &'static str {
                match self { $(Self::$variant => $instruction),* }
            }

            /// Where the guide explains it.
            #[must_use]
            pub const fn documentation(self) -> &'static str {
                match self { $(Self::$variant => concat!("docs/preparing-a-number.md#", $anchor)),* }
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
        "Bring the source account in order: business verified, account review approved, payment method attached.";
    GetDisplayNameApproved, "GET_DISPLAY_NAME_APPROVED", "get-display-name-approved", SourceProvider,
        "Get the number's display name approved at the source, with no change of name pending.";
    UseAccountOfSameBusiness, "USE_ACCOUNT_OF_SAME_BUSINESS", "use-account-of-same-business", Caller,
        "Choose a destination account of the business that owns the source account; for another one than now, cancel this migration and start a new one.";
    AcceptMessagingFor, "ACCEPT_MESSAGING_FOR", "accept-messaging-for", DestinationAdmin,
        "Approve the pending \"Messaging For\" request of the destination account in Business settings.";
    SubscribeApp, "SUBSCRIBE_APP", "subscribe-app", Caller,
        "Subscribe an app with a working webhook callback to the destination account.";
    MakeRoom, "MAKE_ROOM", "make-room", DestinationAdmin,
        "Make room for the number: delete one that is not used in WhatsApp Manager, or ask Meta for a higher limit.";
    MakeRoomForTemplates, "MAKE_ROOM_FOR_TEMPLATES", "make-room-for-templates", DestinationAdmin,
        "Delete message templates that are not used from the destination account.";
    RenewToken, "RENEW_TOKEN", "renew-token", Caller,
        "Make a new system user access token and hand it in with Resume.";
    GrantAccess, "GRANT_ACCESS", "grant-access", DestinationAdmin,
        "Give the token's system user full access to the destination account and the WhatsApp management and messaging permissions.";
    LiftRestriction, "LIFT_RESTRICTION", "lift-restriction", DestinationAdmin,
        "Settle or appeal the restriction that Meta put on the account.";
    SubmitNewCode, "SUBMIT_NEW_CODE", "submit-new-code", NumberOwner,
        "Read the newest code and hand it in; ask for another if it is older than 10 minutes.";
    ReceiveCode, "RECEIVE_CODE", "receive-code", NumberOwner,
        "Make sure that the phone can receive the SMS or the call, and that someone reads it: another code is sent then.";
    LeaveBusinessApp, "LEAVE_BUSINESS_APP", "leave-business-app", NumberOwner,
        "Remove the number from the WhatsApp Business app on the phone.";
    AddAsNewNumber, "ADD_AS_NEW_NUMBER", "add-as-new-number", DestinationAdmin,
        "Add the number to the destination account as a new one in WhatsApp Manager: there is nothing to move.";
    RegisterAtSource, "REGISTER_AT_SOURCE", "register-at-source", SourceProvider,
        "Register the number at the source account, so that it is connected there and can be moved.";
    ResetTwoStepPin, "RESET_TWO_STEP_PIN", "reset-two-step-pin", DestinationAdmin,
        "Find or reset the number's two-step verification PIN and hand it in with Resume.";
    CheckNumber, "CHECK_NUMBER", "check-number", Caller,
        "Check the number and the account ids; if one is wrong, cancel this migration and start a new one.";
    RestartEmbeddedSignup, "RESTART_EMBEDDED_SIGNUP", "restart-embedded-signup", Caller,
        "Run Embedded Signup again for this number: its verification is missing or older than 14 days.";
    WaitForMeta, "WAIT_FOR_META", "wait-for-meta", Meta,
        "Nothing: Meta's limit or maintenance ends by itself.";
    AskMetaSupport, "ASK_META_SUPPORT", "ask-meta-support", Meta,
        "Open a case with Meta's support: give the number, both account ids, the time, and Meta's code and trace id where the fault shows them.";
    Investigate, "INVESTIGATE", "investigate", Operator,
        "Look at the fault's fields, the events and the service's log, and mend the cause.";
    FollowMetaText, "FOLLOW_META_TEXT", "follow-meta-text", Caller,
        "Read Meta's own text, which the fault shows whole, and do what it asks for.";
    EditDisplayName, "EDIT_DISPLAY_NAME", "edit-display-name", DestinationAdmin,
        "Edit the number's display name in the destination account's WhatsApp Manager and have it approved.";
    AddThroughSignup, "ADD_THROUGH_SIGNUP", "add-through-signup", Caller,
        "Have the number added to the destination in WhatsApp Manager or through Embedded Signup; the migration then finds it there. A number that is verified there already moves by the route for added numbers.";
    RestoreAppAccess, "RESTORE_APP_ACCESS", "restore-app-access", Operator,
        "Open the Meta app's dashboard and do what Meta asks for there until its API access is restored.";
    AcceptTerms, "ACCEPT_TERMS", "accept-terms", Operator,
        "Accept the terms that Meta asks for in the Meta app's dashboard.";
    AcceptAccountTerms, "ACCEPT_ACCOUNT_TERMS", "accept-account-terms", DestinationAdmin,
        "Accept the terms that Meta asks for in the destination account's WhatsApp Manager or business settings.";
    AppealBan, "APPEAL_BAN", "appeal-ban", SourceProvider,
        "Appeal Meta's ban of the number at the source account; a banned number cannot be moved.";
    SetTwoStepPin, "SET_TWO_STEP_PIN", "set-two-step-pin", DestinationAdmin,
        "Set a new two-step verification PIN for the number in the destination account's WhatsApp Manager.";
    RemovePendingNumber, "REMOVE_PENDING_NUMBER", "remove-pending-number", DestinationAdmin,
        "Remove the pending number from the destination account in WhatsApp Manager.";
    TurnOnTwoStepAgain, "TURN_ON_TWO_STEP_AGAIN", "turn-on-two-step-again", SourceProvider,
        "Turn two-step verification on again for the number at the source account.";
}
