//! The rows of the catalogue. Within a level of matching, the first that fits counts.
//!
//! Sources: Meta's error codes (developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes), its migration
//! guide and its Graph API error handling; rows marked "observed" rest on reports of others alone.

use crate::migration::Reason;

/// The code of everything that goes wrong at requesting a code.
pub(super) const REQUEST_CODE_ERROR: i64 = 136_024;
/// The code of everything that goes wrong at verifying one.
const VERIFY_CODE_ERROR: i64 = 136_025;

/// One meaning of an error.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    /// The first and the last code that it stands for.
    pub(super) codes: Option<(i64, i64)>,
    /// Its subcode.
    pub(super) subcode: Option<i64>,
    /// What the error's text holds one of, in lower case; nothing: any text.
    pub(super) texts: &'static [&'static str],
    /// What it means.
    pub(super) reason: Reason,
}

const fn code(code: i64, reason: Reason) -> Row {
    codes(code, code, reason)
}

const fn codes(first: i64, last: i64, reason: Reason) -> Row {
    Row {
        codes: Some((first, last)),
        subcode: None,
        texts: &[],
        reason,
    }
}

const fn subcode(subcode: i64, reason: Reason) -> Row {
    Row {
        codes: None,
        subcode: Some(subcode),
        texts: &[],
        reason,
    }
}

impl Row {
    const fn with_subcode(self, subcode: i64) -> Self {
        Self {
            subcode: Some(subcode),
            ..self
        }
    }

    const fn saying(self, texts: &'static [&'static str]) -> Self {
        Self { texts, ..self }
    }
}

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    // Code and subcode. 33 means something only with 100.
    code(100, Reason::ObjectNotFound).with_subcode(33),

    // Subcodes. 2388103 is told apart by text; without a text that we know it is Meta's general failure.
    subcode(2_388_103, Reason::NothingToMove).saying(&["please add this phone number"]),
    subcode(2_388_103, Reason::DisplayNameNotApproved).saying(&["registered name should be present"]),
    subcode(2_388_103, Reason::SourceAccountNotSetUp).saying(&["not set up correctly"]),
    subcode(2_388_103, Reason::PaymentMethodMissing).saying(&["does not have a payment account"]),
    subcode(2_388_103, Reason::MoveFailedAtMeta).saying(&["was an error migrating this phone number"]),
    subcode(2_388_103, Reason::DifferentBusiness).saying(&["belongs to a different business"]),
    subcode(2_388_103, Reason::MessagingForNotApproved).saying(&["messaging for"]),
    subcode(2_388_103, Reason::DestinationNotApproved).saying(&["whatsapp account must be approved"]),
    subcode(2_388_103, Reason::NotSubscribed).saying(&["cannot migrate phone number"]),
    subcode(2_388_103, Reason::MoveFailedAtMeta),
    // Gone from Meta's page in 2026, yet nothing says that it is no longer sent.
    subcode(2_388_001, Reason::OwnershipNotConfirmed).saying(&["confirm ownership of this phone number"]),
    subcode(2_388_001, Reason::TwoStepEnabled).saying(&["ensure two-step authentication", "ensure two step authentication", "ensure two-step verification"]),
    subcode(2_388_001, Reason::TwoStepEnabled),
    subcode(2_388_012, Reason::AlreadyInDestination).saying(&["already exists in your list of phone numbers"]),
    subcode(2_388_012, Reason::AlreadyInDestination),
    subcode(2_388_019, Reason::TemplateLimitReached).saying(&["message template limit exceeded"]),
    subcode(2_388_019, Reason::TemplateLimitReached),
    subcode(2_388_091, Reason::NotBeingMigrated).saying(&["since it is not being migrated"]),
    subcode(2_388_091, Reason::NotBeingMigrated),
    subcode(2_388_093, Reason::NotBeingMigrated),
    subcode(2_494_100, Reason::NumberInMaintenance).saying(&["account is in maintenance mode"]),
    subcode(2_494_100, Reason::NumberInMaintenance),
    // Observed.
    subcode(2_388_366, Reason::AlreadyVerified),
    subcode(2_388_367, Reason::CodeRequestedTooOften),
    subcode(2_388_004, Reason::NumberUsedElsewhere),
    subcode(2_388_006, Reason::PinMismatch),
    // The Business app's own synchronisation: a number that is still used there.
    subcode(2_593_107, Reason::NumberOnBusinessApp),
    subcode(2_593_108, Reason::NumberOnBusinessApp),
    subcode(2_593_109, Reason::NumberOnBusinessApp),

    // The code: requested, and verified. Neither is believed without reading the number again.
    code(REQUEST_CODE_ERROR, Reason::AlreadyVerified).saying(&["already verified"]),
    code(REQUEST_CODE_ERROR, Reason::NotBeingMigrated).saying(&["not being migrated", "isn't eligible", "is not eligible", "isn\u{2019}t eligible"]),
    code(REQUEST_CODE_ERROR, Reason::CodeRequestedTooOften).saying(&["too many", "too often", "number of times", "come back", "too recently"]),
    code(REQUEST_CODE_ERROR, Reason::GraphUnavailable).saying(&["temporarily unavailable"]),
    code(REQUEST_CODE_ERROR, Reason::CodeRequestRefused),
    // Observed.
    code(VERIFY_CODE_ERROR, Reason::NumberOnBusinessApp).saying(&["smb account"]),
    code(VERIFY_CODE_ERROR, Reason::NotBeingMigrated).saying(&["not being migrated"]),
    code(VERIFY_CODE_ERROR, Reason::CodeGuessedTooOften).saying(&["too many times", "too many", "too often"]),
    code(VERIFY_CODE_ERROR, Reason::CodeRejected),

    // Graph in general.
    code(0, Reason::TokenRefused),
    code(1, Reason::MetaInternal),
    code(2, Reason::GraphUnavailable),
    code(3, Reason::AppMisconfigured),
    code(4, Reason::AppRateLimited),
    code(10, Reason::PermissionMissing),
    code(17, Reason::AppRateLimited),
    code(32, Reason::AppRateLimited),
    code(33, Reason::NumberDeleted),
    // The secret in our settings is another app's, or is missing where the app demands the proof.
    code(100, Reason::AppMisconfigured).saying(&["appsecret_proof"]),
    code(100, Reason::InvalidRequest),
    code(102, Reason::TokenRefused),
    code(104, Reason::AppMisconfigured),
    code(190, Reason::TokenRefused),
    codes(200, 299, Reason::PermissionMissing),
    code(300, Reason::InvalidRequest),
    code(341, Reason::AppRateLimited),
    code(368, Reason::AccountRestricted),
    code(613, Reason::AppRateLimited),
    code(803, Reason::ObjectNotFound),
    codes(2_200, 2_201, Reason::CallbackRefused),
    // The business use case limits, one code a product. 80007 and 80008 are WhatsApp's.
    codes(80_001, 80_014, Reason::AccountRateLimited),

    // WhatsApp.
    code(130_429, Reason::AccountRateLimited),
    code(130_497, Reason::AccountRestricted),
    code(131_000, Reason::MetaInternal),
    code(131_005, Reason::PermissionMissing),
    codes(131_008, 131_009, Reason::InvalidRequest),
    code(131_016, Reason::GraphUnavailable),
    code(131_031, Reason::AccountLocked),
    code(131_042, Reason::PaymentProblem),
    code(131_045, Reason::NotRegistered),
    // Media: none of our calls meets it.
    code(131_052, Reason::UnknownGraphError),
    code(131_057, Reason::NumberInMaintenance),
    code(133_000, Reason::DeregistrationFailed),
    code(133_004, Reason::GraphUnavailable),
    // Never success, though both are met on numbers that are registered already: only a reading tells.
    code(133_005, Reason::PinMismatch),
    code(133_006, Reason::NotVerified),
    code(133_008, Reason::PinGuessedTooOften),
    code(133_009, Reason::PinEnteredTooQuickly),
    code(133_010, Reason::NotRegistered),
    code(133_015, Reason::NumberRecentlyDeleted),
    code(133_016, Reason::RegisterLimitReached),
    code(200_000, Reason::CannotAddNumber),
];
