//! A bounded cache of facts about access tokens: the fields that Meta refuses them, and the app
//! that issued them. Keyed by a hash, so that it contains no token.

use jiff::{SignedDuration, Timestamp};

use super::signing::fingerprint;
use crate::util::ttl_cache::TtlCache;
use domain::{AccessToken, AppId, WabaId};

/// Cache TTL. A permission may be granted at any time; until then a read may lack its fields.
const TTL: SignedDuration = SignedDuration::from_hours(1);
/// Cache capacity, entries of each kind.
const CAPACITY: usize = 10_000;

/// The cache.
#[derive(Debug)]
pub(super) struct TokenCache {
    refused: TtlCache<FieldReader, Vec<&'static str>>,
    apps: TtlCache<String, AppId>,
}

/// A token that reads a kind of node. Its access depends on the account as well: the owner of an
/// account may read the payment method, a partner with whom the account is shared may not.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct FieldReader {
    token: String,
    kind: &'static str,
    waba: Option<WabaId>,
}

impl FieldReader {
    /// `token`, reading nodes of this kind that belong to `waba`.
    pub(super) fn new(token: &AccessToken, kind: &'static str, waba: Option<&WabaId>) -> Self {
        Self {
            token: fingerprint(token),
            kind,
            waba: waba.cloned(),
        }
    }
}

impl TokenCache {
    /// An empty cache.
    pub(super) fn new() -> Self {
        Self {
            refused: TtlCache::new(TTL, CAPACITY),
            apps: TtlCache::new(TTL, CAPACITY),
        }
    }

    /// The groups of fields that Meta refused to `reader`.
    pub(super) fn refused(&self, reader: &FieldReader, now: Timestamp) -> Vec<&'static str> {
        self.refused.get(reader, now).unwrap_or_default()
    }

    /// Stores that Meta refused these groups of fields to `reader`.
    pub(super) fn refuses(&self, reader: FieldReader, groups: Vec<&'static str>, now: Timestamp) {
        if !groups.is_empty() {
            self.refused.put(reader, groups, now);
        }
    }

    /// The app that issued `token`, if it is cached.
    pub(super) fn app(&self, token: &AccessToken, now: Timestamp) -> Option<AppId> {
        self.apps.get(&fingerprint(token), now)
    }

    /// Stores the app that issued `token`.
    pub(super) fn issued_by(&self, token: &AccessToken, app: AppId, now: Timestamp) {
        self.apps.put(fingerprint(token), app, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_refusal_is_cached_for_an_hour_by_token_kind_and_account() {
        let cache = TokenCache::new();
        let [mine, other]: [AccessToken; 2] = ["EAA-one", "EAA-other"].map(|t| t.parse().unwrap());
        let waba: WabaId = "104996122399160".parse().unwrap();
        let reader = FieldReader::new(&mine, "account", Some(&waba));
        cache.refuses(reader.clone(), vec!["primary_funding_id"], at(0));
        assert_eq!(cache.refused(&reader, at(3_599)), ["primary_funding_id"]);
        assert!(cache.refused(&reader, at(3_600)).is_empty());
        for elsewhere in [
            FieldReader::new(&other, "account", Some(&waba)),
            FieldReader::new(&mine, "number", Some(&waba)),
            FieldReader::new(&mine, "account", None),
        ] {
            assert!(cache.refused(&elsewhere, at(1)).is_empty());
        }
        let printed = format!("{reader:?} {cache:?}");
        assert!(!printed.contains("EAA-one"), "{printed}");
    }
}
