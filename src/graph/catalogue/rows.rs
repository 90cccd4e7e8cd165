//! The rows of the catalogue: the meaning of codes and subcodes. In each table the first matching
//! row counts.
//!
//! Sources: Meta's error codes
//! (developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes), its migration guide and
//! its Graph API error handling. Rows marked "observed" are based on third-party reports only.

use super::group::Group;
use domain::Reason;

/// The error code of every failed code request.
pub(super) const REQUEST_CODE_ERROR: i64 = 136_024;
/// The error code of every failed code check.
pub(super) const VERIFY_CODE_ERROR: i64 = 136_025;

/// The meaning of a code or a subcode.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meaning {
    /// This reason, whatever the text.
    Only(Reason),
    /// This reason, unless the text names another.
    Mostly(Reason),
    /// One of several reasons, which the text distinguishes.
    OneOf(Group),
}

/// One code or subcode.
#[derive(Debug, Clone, Copy)]
pub(super) struct CatalogueRow {
    /// The first and the last number that it applies to.
    pub(super) numbers: (i64, i64),
    /// A pattern of [`super::text::says`] that a sentence of the text must match; `None`: any text.
    pub(super) saying: Option<&'static str>,
    /// Its meaning.
    pub(super) meaning: Meaning,
}

const fn only(number: i64, reason: Reason) -> CatalogueRow {
    all(number, number, reason)
}

const fn all(first: i64, last: i64, reason: Reason) -> CatalogueRow {
    row(first, last, Meaning::Only(reason))
}

const fn mostly(number: i64, reason: Reason) -> CatalogueRow {
    row(number, number, Meaning::Mostly(reason))
}

const fn one_of(number: i64, group: Group) -> CatalogueRow {
    row(number, number, Meaning::OneOf(group))
}

const fn row(first: i64, last: i64, meaning: Meaning) -> CatalogueRow {
    CatalogueRow {
        numbers: (first, last),
        saying: None,
        meaning,
    }
}

impl CatalogueRow {
    const fn saying(self, text: &'static str) -> Self {
        Self {
            saying: Some(text),
            ..self
        }
    }

    /// Whether it applies to `number`.
    pub(super) fn is_of(&self, number: i64) -> bool {
        let (first, last) = self.numbers;
        (first..=last).contains(&number)
    }
}

/// Codes of limits. Neither a subcode nor a text changes their meaning.
#[rustfmt::skip]
pub(super) const LIMITS: &[CatalogueRow] = &[
    // 613 is the limit of a single product: of the app, unless the text names an account or a
    // number.
    only(4, Reason::AppRateLimited),
    only(17, Reason::AppRateLimited),
    only(32, Reason::AppRateLimited),
    only(341, Reason::AppRateLimited),
    only(613, Reason::AccountRateLimited).saying("business account|waba|phone number"),
    only(613, Reason::AppRateLimited),
    // The business use case limits, one code for each product. 80007 and 80008 are WhatsApp's. The
    // last, 80014, is that of catalogues, which our calls do not use; they would have to wait, too.
    all(80_001, 80_014, Reason::AccountRateLimited),
    only(130_429, Reason::AccountRateLimited),
];

/// Codes of register. Their meaning does not depend on the text either.
#[rustfmt::skip]
pub(super) const REGISTERING: &[CatalogueRow] = &[
    // 133005 and 133006 also occur on numbers that are already registered, but are never success:
    // only reading the number shows it.
    only(133_000, Reason::DeregistrationFailed),
    only(133_004, Reason::GraphUnavailable),
    only(133_005, Reason::PinMismatch),
    only(133_006, Reason::NotVerified),
    only(133_008, Reason::PinGuessedTooOften),
    only(133_009, Reason::PinEnteredTooQuickly),
    only(133_010, Reason::NotRegistered),
    only(133_015, Reason::NumberRecentlyDeleted),
    only(133_016, Reason::RegisterLimitReached),
];

/// Subcodes. Some responses have one as their code.
#[rustfmt::skip]
pub(super) const SUBCODES: &[CatalogueRow] = &[
    one_of(2_388_103, Group::Move),
    // Removed from Meta's page in 2026, and still sent.
    one_of(2_388_001, Group::Certificate),
    one_of(2_388_091, Group::CodeSending),
    one_of(2_388_093, Group::NotMigrated),
    only(2_388_012, Reason::AlreadyInDestination),
    only(2_388_019, Reason::TemplateLimitReached),
    only(2_494_100, Reason::NumberInMaintenance),
    // Observed.
    only(2_388_366, Reason::AlreadyVerified),
    only(2_388_367, Reason::CodeRequestedTooOften),
    only(2_388_004, Reason::NumberUsedElsewhere),
    only(2_388_006, Reason::PinMismatch),
    // Although there was room and the panel could add the number: the app's business is not a
    // provider of this account.
    only(3_095_008, Reason::AppMayNotAddNumbers),
    // Synchronisation of the Business app: the number is still used there.
    only(2_593_107, Reason::NumberOnBusinessApp),
    only(2_593_108, Reason::NumberOnBusinessApp),
    only(2_593_109, Reason::NumberOnBusinessApp),
];

/// Codes.
#[rustfmt::skip]
pub(super) const CODES: &[CatalogueRow] = &[
    // Requesting and verifying a code. Both are confirmed by reading the number again.
    one_of(REQUEST_CODE_ERROR, Group::CodeRequest),
    one_of(VERIFY_CODE_ERROR, Group::CodeCheck),
    one_of(200_000, Group::Adding),

    // Graph in general.
    only(0, Reason::TokenRefused),
    mostly(1, Reason::MetaInternal),
    only(2, Reason::GraphUnavailable),
    only(3, Reason::AppMisconfigured),
    mostly(10, Reason::PermissionMissing),
    only(33, Reason::NumberDeleted),
    // The configured secret is that of another app, or is missing although the app requires it.
    only(100, Reason::AppMisconfigured).saying("appsecret_proof"),
    // An invalid parameter, and errors without a code of their own. Permanent, also with HTTP 500.
    mostly(100, Reason::InvalidRequest),
    only(102, Reason::TokenRefused),
    only(104, Reason::AppMisconfigured),
    only(190, Reason::TokenRefused),
    row(200, 299, Meaning::Mostly(Reason::PermissionMissing)),
    mostly(300, Reason::InvalidRequest),
    only(368, Reason::AccountRestricted),
    only(803, Reason::ObjectNotFound),
    all(2_200, 2_201, Reason::CallbackRefused),

    // WhatsApp.
    only(130_497, Reason::AccountRestricted),
    mostly(131_000, Reason::MetaInternal),
    mostly(131_005, Reason::PermissionMissing),
    mostly(131_008, Reason::InvalidRequest),
    mostly(131_009, Reason::InvalidRequest),
    only(131_016, Reason::GraphUnavailable),
    only(131_031, Reason::AccountLocked),
    only(131_042, Reason::PaymentProblem),
    only(131_045, Reason::NotRegistered),
    // Media, which our calls do not use.
    only(131_052, Reason::UnknownGraphError),
    only(131_057, Reason::NumberInMaintenance),
    // The cursor of a list expired. A retry reads the list from its first page.
    only(131_059, Reason::MetaInternal),
];
