//! The known values of Meta's open enums that checks use.
//!
//! Each enum may grow. A value that is known to be bad fails its check. An unknown value is shown
//! and warns; then Meta's response to the first changing call decides. Compared case-insensitively,
//! since Meta writes both cases. Sources: the value lists of Meta's SDK, of its OpenAPI file and of
//! its webhook reference, and values seen in responses.

use super::finding::is;

/// The known values of one enum.
pub(super) struct KnownValues {
    /// Values with which the check passes.
    good: &'static [&'static str],
    /// Values with which the check fails.
    bad: &'static [&'static str],
}

/// What a value means to a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueClass {
    /// The check passes.
    Good,
    /// The check fails.
    Bad,
    /// An unknown value.
    Unknown,
}

impl KnownValues {
    /// Classifies `value`. Any value that contains PENDING is bad, also an unknown one.
    pub(super) fn classify(&self, value: &str) -> ValueClass {
        let among = |list: &[&str]| list.iter().any(|known| is(value.trim(), known));
        if among(self.good) {
            ValueClass::Good
        } else if among(self.bad) || value.to_ascii_uppercase().contains("PENDING") {
            ValueClass::Bad
        } else {
            ValueClass::Unknown
        }
    }
}

/// `business_verification_status` of an account.
pub(super) const BUSINESS_VERIFICATION: KnownValues = KnownValues {
    good: &["verified"],
    bad: &[
        "expired",
        "failed",
        "ineligible",
        "not_verified",
        "unverified",
        "pending",
        "pending_need_more_info",
        "pending_submission",
        "rejected",
        "revoked",
    ],
};

/// `account_review_status` of an account.
pub(super) const ACCOUNT_REVIEW: KnownValues = KnownValues {
    good: &["APPROVED"],
    bad: &[
        "PENDING",
        "DEFERRED",
        "REJECTED",
        "LIMIT_REACHED",
        "RESTRICTED",
    ],
};

/// `status` of an account.
pub(super) const ACCOUNT_STATUS: KnownValues = KnownValues {
    good: &["ACTIVE"],
    bad: &[
        "INACTIVE",
        "DISABLED",
        "SUSPENDED",
        "RESTRICTED",
        "BANNED",
        "REJECTED",
        "DELETED",
    ],
};

/// `on_behalf_of_business_info.status` of an account.
pub(super) const ON_BEHALF_OF: KnownValues = KnownValues {
    good: &["APPROVED"],
    bad: &[
        "PENDING", "DECLINED", "REJECTED", "REVOKED", "CANCELED", "EXPIRED",
    ],
};

/// `can_send_message` of an account, or of an entity of its health.
pub(super) const HEALTH: KnownValues = KnownValues {
    good: &["AVAILABLE"],
    bad: &["BLOCKED"],
};

/// `name_status` of a number. Other values (`DECLINED`, `EXPIRED`, `NON_EXISTS`, …) are seen on
/// numbers in normal use; adding the number costs nothing and shows whether Meta accepts them.
pub(super) const DISPLAY_NAME: KnownValues = KnownValues {
    good: &["APPROVED"],
    bad: &["PENDING_REVIEW", "IN_REVIEW"],
};

/// `new_name_status` of a number: the status of a requested new name. The current name stays until
/// the new one is approved and the number is registered again, so only a pending request matters.
pub(super) const NEW_DISPLAY_NAME: KnownValues = KnownValues {
    good: &["NONE"],
    bad: &["PENDING_REVIEW", "IN_REVIEW"],
};

/// `platform_type` of a number that is to move.
pub(super) const PLATFORM: KnownValues = KnownValues {
    good: &["CLOUD_API", "ON_PREMISE"],
    bad: &["NOT_APPLICABLE"],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_known_in_either_case_and_an_unknown_one_is_neither_good_nor_bad() {
        for (known, value, expected) in [
            (BUSINESS_VERIFICATION, "VERIFIED", ValueClass::Good),
            (BUSINESS_VERIFICATION, "Not_Verified", ValueClass::Bad),
            (BUSINESS_VERIFICATION, "verified_lite", ValueClass::Unknown),
            (ACCOUNT_REVIEW, " approved ", ValueClass::Good),
            (ACCOUNT_REVIEW, "limit_reached", ValueClass::Bad),
            (ACCOUNT_STATUS, "active", ValueClass::Good),
            (ACCOUNT_STATUS, "MIGRATING", ValueClass::Unknown),
            (PLATFORM, "on_premise", ValueClass::Good),
            (PLATFORM, "not_applicable", ValueClass::Bad),
            (PLATFORM, "SOMETHING_NEW", ValueClass::Unknown),
            (NEW_DISPLAY_NAME, "PENDING_SECOND_REVIEW", ValueClass::Bad),
            (NEW_DISPLAY_NAME, "DECLINED", ValueClass::Unknown),
            (DISPLAY_NAME, "NON_EXISTS", ValueClass::Unknown),
        ] {
            assert_eq!(known.classify(value), expected, "{value}");
        }
    }
}
