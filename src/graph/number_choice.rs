//! Chooses among several nodes of one number. An account's list may contain a dead node of a number
//! beside the live one, in any order.

use domain::PhoneNumber;
use domain::facts::NumberFacts;

/// The rank of a node, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Registered with the Cloud API, whatever its quality.
    Live,
    /// Registered with another platform.
    Elsewhere,
    /// Not registered, and verified by its owner.
    Verified,
    /// Anything else, including unknown statuses.
    Pending,
    /// No longer in use.
    Dead,
}

/// Statuses of nodes that are no longer in use.
const DEAD: [&str; 4] = ["DELETED", "MIGRATED", "BANNED", "DISCONNECTED"];
/// Statuses of numbers that have left the account: the node is only a record.
const GONE: [&str; 2] = ["DELETED", "MIGRATED"];

/// The node of `phone` with the best rank; of equal ones the first.
pub(super) fn choose<T>(
    phone: &PhoneNumber,
    nodes: impl IntoIterator<Item = (NumberFacts, T)>,
) -> Option<(NumberFacts, T)> {
    nodes
        .into_iter()
        .filter(|(number, _)| phone.is_shown_as(&number.display_phone_number))
        .min_by_key(|(number, _)| rank(number))
}

/// Whether the number has left the account that lists it.
pub(super) fn is_gone(number: &NumberFacts) -> bool {
    is_one_of(number.status.as_deref(), &GONE)
}

fn rank(number: &NumberFacts) -> Rank {
    let status = number.status.as_deref();
    let platform = number.platform_type.as_deref();
    let unregistered = is_one_of(platform, &["NOT_APPLICABLE"]);
    if is_one_of(status, &DEAD) || (unregistered && is_one_of(status, &["UNVERIFIED"])) {
        Rank::Dead
    } else if number.is_connected() {
        Rank::Live
    } else if number.works() {
        Rank::Elsewhere
    } else if number.is_verified() {
        Rank::Verified
    } else {
        Rank::Pending
    }
}

fn is_one_of(value: Option<&str>, names: &[&str]) -> bool {
    value.is_some_and(|value| names.iter().any(|name| value.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fields::NodeFields;
    use super::super::number::listed;
    use super::*;

    fn ranked(status: &str, platform: &str, code: &str) -> Rank {
        let node = json!({
            "id": "106540352242922", "display_phone_number": "+1 202-555-0123", "status": status,
            "platform_type": platform, "code_verification_status": code,
        });
        let node = NodeFields::whole(node.as_object().cloned().unwrap());
        rank(&listed(&node).unwrap())
    }

    #[test]
    fn nodes_are_ranked_by_their_state() {
        for (status, platform, code, expected) in [
            ("CONNECTED", "CLOUD_API", "EXPIRED", Rank::Live),
            ("FLAGGED", "CLOUD_API", "VERIFIED", Rank::Live),
            ("RESTRICTED", "CLOUD_API", "VERIFIED", Rank::Live),
            ("RATE_LIMITED", "CLOUD_API", "VERIFIED", Rank::Live),
            ("CONNECTED", "ON_PREMISE", "VERIFIED", Rank::Elsewhere),
            ("CONNECTED", "NOT_APPLICABLE", "VERIFIED", Rank::Verified),
            ("PENDING", "NOT_APPLICABLE", "VERIFIED", Rank::Verified),
            ("PENDING", "NOT_APPLICABLE", "NOT_VERIFIED", Rank::Pending),
            ("SOMETHING_NEW", "SOMETHING_NEW", "EXPIRED", Rank::Pending),
            ("UNVERIFIED", "NOT_APPLICABLE", "NOT_VERIFIED", Rank::Dead),
            ("DISCONNECTED", "CLOUD_API", "VERIFIED", Rank::Dead),
            ("MIGRATED", "CLOUD_API", "VERIFIED", Rank::Dead),
            ("BANNED", "CLOUD_API", "VERIFIED", Rank::Dead),
            ("DELETED", "NOT_APPLICABLE", "VERIFIED", Rank::Dead),
        ] {
            assert_eq!(
                ranked(status, platform, code),
                expected,
                "{status} {platform} {code}"
            );
        }
        assert!(Rank::Live < Rank::Verified && Rank::Verified < Rank::Dead);
    }
}
