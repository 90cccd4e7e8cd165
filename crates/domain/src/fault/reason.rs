//! The table of reasons: what each fault means, what is done about it, and by whom.

use serde::{Deserialize, Serialize};

use super::Disposition::{self, Ask, GiveUp, Retry, Wait};
use super::Remedy;

/// Makes the enum and its table from one list, so that every reason has a disposition, remedies and
/// a sentence.
macro_rules! reasons {
    ($($variant:ident, $name:literal, $disposition:ident, [$($remedy:ident),*], $sentence:literal;)*) => {
        /// Stable name of what went wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Reason {
            $(
                #[doc = $sentence]
                #[serde(rename = $name)]
                $variant,
            )*
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its stable name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// What is done about it.
            #[must_use]
            pub const fn disposition(self) -> Disposition {
                match self { $(Self::$variant => $disposition),* }
            }

            /// What can be done about it, and by whom.
            #[must_use]
            pub const fn remedies(self) -> &'static [Remedy] {
                match self { $(Self::$variant => &[$(Remedy::$remedy),*]),* }
            }

            /// A sentence for a person.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence),* }
            }
        }
    };
}

reasons! {
    // Meta cannot be reached, or its response cannot be read.
    GraphUnreachable, "GRAPH_UNREACHABLE", Retry, [Investigate], "Meta's Graph API could not be reached.";
    GraphTimeout, "GRAPH_TIMEOUT", Retry, [Investigate], "Meta's Graph API did not answer in time.";
    GraphUnavailable, "GRAPH_UNAVAILABLE", Retry, [AskMetaSupport], "Meta's Graph API is temporarily unavailable.";
    GraphUnreadable, "GRAPH_ANSWER_UNREADABLE", Retry, [Investigate], "Meta's response could not be read.";
    MetaInternal, "META_INTERNAL_ERROR", Retry, [AskMetaSupport], "Meta had an internal error.";
    NumberInMaintenance, "NUMBER_IN_MAINTENANCE", Wait, [WaitForMeta], "Meta has the number in maintenance for a few minutes.";
    MoveRefused, "MOVE_REFUSED", Ask, [FollowMetaText, AskMetaSupport], "Meta refuses the move; its message says why.";
    CertificateRefused, "CERTIFICATE_REFUSED", Ask, [FollowMetaText, AskMetaSupport], "Meta refuses to create the number's certificate; its message says why.";
    MoveFailedAtMeta, "MOVE_FAILED_AT_META", Retry, [AskMetaSupport], "An error occurred at Meta while moving the number.";
    UnknownGraphError, "UNKNOWN_GRAPH_ERROR", Ask, [Investigate], "Meta returned an error that is not in the catalogue.";

    // Meta's limits.
    AppRateLimited, "APP_RATE_LIMITED", Wait, [WaitForMeta], "The Meta app has reached Meta's rate limit.";
    AccountRateLimited, "ACCOUNT_RATE_LIMITED", Wait, [WaitForMeta], "The WhatsApp Business Account has reached Meta's rate limit.";
    NumberRecentlyDeleted, "NUMBER_RECENTLY_DELETED", Wait, [WaitForMeta], "The number was deleted recently; Meta needs about 5 minutes to complete that.";
    RegisterLimitReached, "REGISTER_LIMIT_REACHED", Wait, [WaitForMeta], "Meta has blocked the registration of this number, for up to 72 hours: too many attempts were made, here or elsewhere.";
    RegisterBudgetSpent, "REGISTER_BUDGET_SPENT", Wait, [WaitForMeta], "The safe number of register attempts within 72 hours is used up; waiting avoids a block by Meta.";
    CodeRequestedTooOften, "CODE_REQUESTED_TOO_OFTEN", Wait, [WaitForMeta], "Codes were requested too often; Meta sends none for now.";
    CodeRequestsSpent, "CODE_REQUESTS_SPENT", Wait, [WaitForMeta], "The safe number of code requests for this number is used up for now.";
    PinEnteredTooQuickly, "TWO_STEP_PIN_ENTERED_TOO_QUICKLY", Ask, [TurnOffTwoStep, ResetTwoStepPin], "The two-step verification PIN was entered too quickly.";

    // The token and its permissions.
    TokenRefused, "TOKEN_REFUSED", Ask, [RenewToken], "Meta refused the access token: it is invalid, expired or revoked.";
    PermissionMissing, "PERMISSION_MISSING", Ask, [GrantAccess], "The access token lacks a permission on the account.";
    AppMisconfigured, "APP_MISCONFIGURED", Ask, [Investigate], "The Meta app lacks a capability that this call needs.";
    AppBlocked, "APP_BLOCKED", Wait, [RestoreAppAccess], "Meta blocks all API calls of the Meta app.";
    AppTermsNotAccepted, "APP_TERMS_NOT_ACCEPTED", Wait, [AcceptTerms], "Meta's terms must be accepted for the Meta app before Meta serves its calls.";
    AppMayNotAddNumbers, "APP_MAY_NOT_ADD_NUMBERS", Ask, [AddThroughSignup], "The Meta app is not allowed to add numbers to the destination account.";

    // The accounts.
    DifferentBusiness, "DIFFERENT_BUSINESS", Ask, [UseAccountOfSameBusiness], "The number belongs to a different business than the destination account.";
    SourceAccountNotSetUp, "SOURCE_ACCOUNT_NOT_SET_UP", Ask, [FixSourceAccount, AskMetaSupport], "The account that holds the number is not set up correctly.";
    DestinationNotApproved, "DESTINATION_NOT_APPROVED", Ask, [VerifyBusiness, GetAccountApproved], "The destination account must be approved first.";
    MessagingForNotApproved, "MESSAGING_FOR_NOT_APPROVED", Ask, [AcceptMessagingFor], "The destination account's \"Messaging For\" request must be approved first.";
    PaymentMethodMissing, "PAYMENT_METHOD_MISSING", Ask, [AddPaymentMethod], "The destination account has no payment method.";
    PaymentProblem, "PAYMENT_PROBLEM", Ask, [AddPaymentMethod], "The account has a payment problem: no credit line, a suspended account, or no currency or time zone.";
    AccountTermsNotAccepted, "ACCOUNT_TERMS_NOT_ACCEPTED", Ask, [AcceptAccountTerms], "Meta's terms must be accepted for the destination account first.";
    NotSubscribed, "NOT_SUBSCRIBED", Ask, [SubscribeApp], "No app is subscribed to the destination account's webhooks.";
    CallbackRefused, "CALLBACK_REFUSED", Ask, [SubscribeApp], "Meta could not validate the app's webhook callback.";
    AccountRestricted, "ACCOUNT_RESTRICTED", Ask, [LiftRestriction], "Meta has restricted or disabled the account.";
    AccountLocked, "ACCOUNT_LOCKED", Ask, [LiftRestriction, ResetTwoStepPin], "Meta has locked the account, or could not verify the two-step PIN.";
    CannotAddNumber, "CANNOT_ADD_NUMBER", Ask, [MakeRoom], "The destination account has no room for another number.";
    TemplateLimitReached, "TEMPLATE_LIMIT_REACHED", Ask, [MakeRoomForTemplates], "The destination account has no room for the message templates.";

    // The number.
    TwoStepEnabled, "TWO_STEP_ENABLED", Ask, [TurnOffTwoStep], "Two-step verification is still on for the number.";
    OwnershipNotConfirmed, "OWNERSHIP_NOT_CONFIRMED", Ask, [SubmitNewCode], "The ownership of the number must be confirmed by a code first.";
    DisplayNameNotApproved, "DISPLAY_NAME_NOT_APPROVED", Ask, [GetDisplayNameApproved], "The number's display name is not approved, or a change of it is pending.";
    NothingToMove, "NOTHING_TO_MOVE", Ask, [AddAsNewNumber], "The number is free; Meta requires that it is added as a new number instead of moved.";
    NumberUsedElsewhere, "NUMBER_USED_ELSEWHERE", Ask, [CheckNumber, LeaveBusinessApp], "The number is in use elsewhere.";
    NumberOnBusinessApp, "NUMBER_ON_BUSINESS_APP", Ask, [LeaveBusinessApp], "The number is used in the WhatsApp Business app.";
    NotBeingMigrated, "NOT_BEING_MIGRATED", Ask, [CheckNumber, AskMetaSupport], "Meta reports that the number is not being moved.";
    AlreadyInDestination, "ALREADY_IN_DESTINATION", Ask, [Investigate, AskMetaSupport], "Meta reports that the number is already in the destination, but does not list it there.";
    NumberDeleted, "NUMBER_DELETED", GiveUp, [CheckNumber], "The number was deleted at Meta.";
    NumberNotInDestination, "NUMBER_NOT_IN_DESTINATION", Ask, [RestartEmbeddedSignup, CheckNumber], "The number is not in the destination's list.";
    ObjectNotFound, "OBJECT_NOT_FOUND", Ask, [CheckNumber, GrantAccess], "Meta finds no such account or number, or the token has no access to it.";
    InvalidRequest, "INVALID_REQUEST", Ask, [Investigate], "Meta rejected a parameter of the call as invalid.";

    // The code.
    AlreadyVerified, "ALREADY_VERIFIED", Ask, [Investigate], "Meta reports that the number is already verified, but shows it as not verified.";
    CodeSendingUnavailable, "CODE_SENDING_UNAVAILABLE", Ask, [LeaveBusinessApp, WaitForMeta, AskMetaSupport], "Meta reports that it cannot send a code now. Known causes: the number is still active in a WhatsApp app, or is blocked after too many attempts.";
    CodeRequestRefused, "CODE_REQUEST_REFUSED", Ask, [ReceiveCode, AskMetaSupport], "Meta refused to send a code.";
    CodeRejected, "CODE_REJECTED", Ask, [SubmitNewCode], "Meta refused the code: it is wrong, used or expired.";
    CodeCheckUncertain, "CODE_CHECK_UNCERTAIN", Ask, [SubmitNewCode], "The code was submitted, but Meta's response was lost; the number is not verified.";
    CodeGuessedTooOften, "CODE_GUESSED_TOO_OFTEN", Wait, [WaitForMeta], "Too many wrong codes; Meta accepts none for about 12 hours.";
    VerificationMissing, "VERIFICATION_MISSING", Ask, [RestartEmbeddedSignup], "The number's verification is missing or has lapsed.";

    // Registering.
    PinMismatch, "TWO_STEP_PIN_MISMATCH", Ask, [TurnOffTwoStep, ResetTwoStepPin], "The number's two-step verification PIN differs from the one given.";
    PinGuessedTooOften, "TWO_STEP_PIN_GUESSED_TOO_OFTEN", Ask, [TurnOffTwoStep, ResetTwoStepPin], "Too many wrong two-step verification PINs; Meta requires a pause before the next attempt.";
    NotVerified, "NOT_VERIFIED", Ask, [SubmitNewCode], "The number must be verified again before it can be registered.";
    DeregistrationFailed, "DEREGISTRATION_FAILED", Ask, [Investigate, AskMetaSupport], "An earlier deregistration of the number failed part-way.";
    NotRegistered, "NOT_REGISTERED", Ask, [AskMetaSupport], "Meta reports that the number is not registered on its platform.";
    NotConfirmed, "NOT_CONFIRMED", Ask, [AskMetaSupport], "Meta accepted the registration, but does not show the number as connected in the destination.";

    // Our own.
    TokenMissing, "TOKEN_MISSING", Ask, [RenewToken], "There is no access token for calls to Meta: neither the migration nor its tenant has one.";
    SandboxMissing, "SANDBOX_MISSING", Ask, [Investigate], "The tenant uses a sandbox, but the service has none configured; nothing was sent.";
    SandboxChanged, "SANDBOX_CHANGED", Ask, [Investigate], "The tenant was switched between the sandbox and Meta during the migration; nothing was sent to either.";
    ClockWrong, "CLOCK_WRONG", Retry, [Investigate], "The clock of the service is wrong; no call that Meta limits is made until it is right.";
    ChecksFailed, "CHECKS_FAILED", Ask, [], "A required check failed; nothing was changed.";
}

impl Reason {
    /// Whether it concerns the Meta app as a whole: every call of the app fails in the same way,
    /// whatever the number. So no migration is the cause, and nothing is read back.
    #[must_use]
    pub const fn is_of_the_app(self) -> bool {
        matches!(
            self,
            Self::AppBlocked | Self::AppTermsNotAccepted | Self::AppRateLimited
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_remedy() {
        for reason in Reason::ALL {
            let has_one = !reason.remedies().is_empty();
            assert!(has_one || *reason == Reason::ChecksFailed, "{reason:?}");
        }
    }
}
