//! The rows of the catalogue: what codes and subcodes mean by themselves. In each table the first row that fits counts.
//!
//! Sources: Meta's error codes (developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes), its migration
//! guide and its Graph API error handling; rows marked "observed" rest on reports of others alone.

use super::group::Group;
use domain::Reason;

/// The code of everything that goes wrong at requesting a code.
pub(super) const REQUEST_CODE_ERROR: i64 = 136_024;
/// The code of everything that goes wrong at verifying one.
pub(super) const VERIFY_CODE_ERROR: i64 = 136_025;

/// What a code or a subcode says.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meaning {
    /// One thing, whatever the text.
    Only(Reason),
    /// This, where the text says nothing else.
    Mostly(Reason),
    /// One of several, which the text distinguishes.
    OneOf(Group),
}

/// One code or subcode.
#[derive(Debug, Clone, Copy)]
pub(super) struct CatalogueRow {
    /// The first and the last number that it stands for.
    pub(super) numbers: (i64, i64),
    /// What a sentence of the error's text must say, as [`super::text::says`] reads it; nothing: any text.
    pub(super) saying: Option<&'static str>,
    /// What it means.
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

    /// Whether it stands for `number`.
    pub(super) fn is_of(&self, number: i64) -> bool {
        let (first, last) = self.numbers;
        (first..=last).contains(&number)
    }
}

/// CallLimits: neither a subcode nor a text changes what they mean.
#[rustfmt::skip]
pub(super) const LIMITS: &[CatalogueRow] = &[
    // 613 is one that Meta puts on a single product: it is the app's unless the text names an account or a number.
    only(4, Reason::AppRateLimited),
    only(17, Reason::AppRateLimited),
    only(32, Reason::AppRateLimited),
    only(341, Reason::AppRateLimited),
    only(613, Reason::AccountRateLimited).saying("business account|waba|phone number"),
    only(613, Reason::AppRateLimited),
    // The business use case limits, one code a product. 80007 and 80008 are WhatsApp's; 80014, the last, is that of catalogues:
    // none of our calls meets it, and if one did, it would have to wait all the same.
    all(80_001, 80_014, Reason::AccountRateLimited),
    only(130_429, Reason::AccountRateLimited),
];

/// Codes of registering: they say all, too.
#[rustfmt::skip]
pub(super) const REGISTERING: &[CatalogueRow] = &[
    // 133005 and 133006 are never success, though both are met on numbers that are registered already: only a
    // reading tells.
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

/// Subcodes. Some answers carry one as their code.
#[rustfmt::skip]
pub(super) const SUBCODES: &[CatalogueRow] = &[
    one_of(2_388_103, Group::Move),
    // Gone from Meta's page in 2026, and still sent.
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
    // There was room, and the panel could add the number: the app's business is no provider for this account.
    only(3_095_008, Reason::AppMayNotAddNumbers),
    // The Business app's own synchronisation: a number that is still used there.
    only(2_593_107, Reason::NumberOnBusinessApp),
    only(2_593_108, Reason::NumberOnBusinessApp),
    only(2_593_109, Reason::NumberOnBusinessApp),
];

/// Codes.
#[rustfmt::skip]
pub(super) const CODES: &[CatalogueRow] = &[
    // The code: requested, and verified. Neither is believed without reading the number again.
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
    // The secret in our settings is another app's, or is missing where the app demands the proof.
    only(100, Reason::AppMisconfigured).saying("appsecret_proof"),
    // An invalid parameter, and whatever else has no code. Permanent, also where it comes with HTTP 500.
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
    // Media: none of our calls meets it.
    only(131_052, Reason::UnknownGraphError),
    only(131_057, Reason::NumberInMaintenance),
    // The cursor of a list is too old: the next try reads the list from its first page.
    only(131_059, Reason::MetaInternal),
];
