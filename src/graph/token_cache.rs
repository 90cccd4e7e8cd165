//! What is remembered of access tokens: the fields that Meta refuses them, and the app that issued them.
//!
//! Kept in memory, for an hour, and never more than so much; by a hash, so that no token is kept here.

use aws_lc_rs::digest::{SHA256, digest};
use jiff::{SignedDuration, Timestamp};

use crate::util::ttl_cache::TtlCache;
use domain::{AccessToken, AppId, WabaId};

/// A person may grant a permission at any time; an hour's readings then lack a field at most.
const REMEMBERED_FOR: SignedDuration = SignedDuration::from_hours(1);
/// Most entries of each kind. More are learnt again when they are needed.
const MOST: usize = 10_000;

/// What is remembered.
#[derive(Debug)]
pub(super) struct TokenCache {
    refused: TtlCache<FieldReader, Vec<&'static str>>,
    apps: TtlCache<Token, AppId>,
}

/// SHA-256 of a token.
type Token = Vec<u8>;

/// A token that reads a kind of node. What it may read depends on the account too: its owner may read the payment method, a
/// partner that the same account is shared with may not.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct FieldReader {
    token: Token,
    kind: &'static str,
    waba: Option<WabaId>,
}

impl FieldReader {
    /// The reader with `token` of nodes of this kind that belong to `waba`.
    pub(super) fn new(token: &AccessToken, kind: &'static str, waba: Option<&WabaId>) -> Self {
        Self {
            token: hash(token),
            kind,
            waba: waba.cloned(),
        }
    }
}

impl TokenCache {
    /// A memory that holds nothing yet.
    pub(super) fn new() -> Self {
        Self {
            refused: TtlCache::new(REMEMBERED_FOR, MOST),
            apps: TtlCache::new(REMEMBERED_FOR, MOST),
        }
    }

    /// The groups of fields that `reader` was refused.
    pub(super) fn refused(&self, reader: &FieldReader, now: Timestamp) -> Vec<&'static str> {
        self.refused.get(reader, now).unwrap_or_default()
    }

    /// Remembers that `reader` was refused these groups of fields.
    pub(super) fn refuses(&self, reader: FieldReader, groups: Vec<&'static str>, now: Timestamp) {
        if !groups.is_empty() {
            self.refused.put(reader, groups, now);
        }
    }

    /// The app that issued `token`, where Meta named it lately.
    pub(super) fn app(&self, token: &AccessToken, now: Timestamp) -> Option<AppId> {
        self.apps.get(&hash(token), now)
    }

    /// Remembers the app that issued `token`.
    pub(super) fn issued_by(&self, token: &AccessToken, app: AppId, now: Timestamp) {
        self.apps.put(hash(token), app, now);
    }
}

fn hash(token: &AccessToken) -> Token {
    digest(&SHA256, token.expose().as_bytes()).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_refusal_is_remembered_for_an_hour_for_its_token_kind_and_account_alone() {
        let memory = TokenCache::new();
        let [mine, other]: [AccessToken; 2] = ["EAA-one", "EAA-other"].map(|t| t.parse().unwrap());
        let waba: WabaId = "104996122399160".parse().unwrap();
        let reader = FieldReader::new(&mine, "account", Some(&waba));
        memory.refuses(reader.clone(), vec!["primary_funding_id"], at(0));
        assert_eq!(memory.refused(&reader, at(3_599)), ["primary_funding_id"]);
        assert!(memory.refused(&reader, at(3_600)).is_empty());
        for elsewhere in [
            FieldReader::new(&other, "account", Some(&waba)),
            FieldReader::new(&mine, "number", Some(&waba)),
            FieldReader::new(&mine, "account", None),
        ] {
            assert!(memory.refused(&elsewhere, at(1)).is_empty());
        }
        let printed = format!("{reader:?} {memory:?}");
        assert!(!printed.contains("EAA-one"), "{printed}");
    }
}
