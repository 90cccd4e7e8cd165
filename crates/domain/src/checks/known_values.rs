//! The words of Meta's open lists that a check can judge.
//!
//! Each list may grow: a word that is known to be bad fails its check, one that nothing is known of is shown and warns, and
//! Meta's own answer to the first call that changes something tells. Compared in either case, as Meta writes both.
//! Sources: the value lists of Meta's SDK, of its OpenAPI file and of its webhook reference, and values seen in answers.

use super::finding::is;

/// What is known of the words of one list.
pub(super) struct KnownValues {
    /// As it must be.
    good: &'static [&'static str],
    /// Not as it must be.
    bad: &'static [&'static str],
}

/// What a word means to a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueClass {
    /// As it must be.
    Good,
    /// Not as it must be.
    Bad,
    /// Nothing is known of the word.
    Unknown,
}

impl KnownValues {
    /// What `word` means. One that says that something is pending is bad in every list, even where it is a new one.
    pub(super) fn classify(&self, word: &str) -> ValueClass {
        let among = |list: &[&str]| list.iter().any(|known| is(word.trim(), known));
        if among(self.good) {
            ValueClass::Good
        } else if among(self.bad) || word.to_ascii_uppercase().contains("PENDING") {
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

/// `can_send_message` of an account, or of what sending involves.
pub(super) const HEALTH: KnownValues = KnownValues {
    good: &["AVAILABLE"],
    bad: &["BLOCKED"],
};

/// `name_status` of a number. The rest (`DECLINED`, `EXPIRED`, `NON_EXISTS`, …) is seen on numbers in good use: Meta's answer
/// to the call that adds the number costs nothing and tells.
pub(super) const DISPLAY_NAME: KnownValues = KnownValues {
    good: &["APPROVED"],
    bad: &["PENDING_REVIEW", "IN_REVIEW"],
};

/// `new_name_status` of a number, which is about a wish for another name. The name itself stands until that is granted and
/// the number is registered again, so that only an undecided wish is in the way.
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
    fn a_word_is_known_in_either_case_and_an_unknown_one_is_neither_good_nor_bad() {
        for (words, word, expected) in [
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
            assert_eq!(words.classify(word), expected, "{word}");
        }
    }
}
