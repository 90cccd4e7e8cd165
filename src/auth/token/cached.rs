//! The key set that was fetched last, and when the next fetch may begin. Pure: `now` is an
//! argument.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::key_set::{KeySet, VerificationKey};
use super::{Settings, TokenError};
use crate::util::ttl_cache::TtlCache;

/// Maximum burst of fetches; the sustained rate is one for each `fetch_every`. More than one, so
/// that an invented key id does not use up the fetch that a new key needs.
const BURST: i32 = 4;
/// Capacity of the cache of key ids that a fetched set did not hold, entries.
const MISSING: usize = 1000;

/// The result of a lookup in the cached set.
#[derive(Debug)]
pub(super) enum Lookup {
    /// The key, from a fresh set.
    Found(Arc<VerificationKey>),
    /// The key, from a set that is due for a refresh and may still be used.
    Due(Arc<VerificationKey>),
    /// A set that was recently fetched for this id lacks it.
    Unknown,
    /// A fetch is needed.
    Fetch,
}

/// The key set that was fetched last.
#[derive(Debug)]
pub(super) struct Cached {
    set: Option<Arc<KeySet>>,
    /// When the fetch of this set began.
    fetched_at: Option<Timestamp>,
    /// When the last fetch began, if it failed.
    failed_at: Option<Timestamp>,
    /// The time until which past fetches have used up the rate of one for each `fetch_every`.
    spent_until: Timestamp,
    missing: TtlCache<String, ()>,
}

impl Cached {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            set: None,
            fetched_at: None,
            failed_at: None,
            spent_until: Timestamp::MIN,
            missing: TtlCache::new(settings.fetch_every, MISSING),
        }
    }

    pub(super) fn lookup(&self, id: &str, settings: &Settings, now: Timestamp) -> Lookup {
        let Some(set) = &self.set else {
            return Lookup::Fetch;
        };
        let is_older_than = |age| is_past(self.fetched_at, age, now);
        match set.find(id) {
            _ if is_older_than(settings.max_stale) => Lookup::Fetch,
            Some(key) if is_older_than(settings.refresh_after) => Lookup::Due(key),
            Some(key) => Lookup::Found(key),
            None if self.missing.get(&id.to_owned(), now).is_some() => Lookup::Unknown,
            None => Lookup::Fetch,
        }
    }

    /// Counts a fetch that begins now, or returns why and until when it may not begin.
    pub(super) fn begin(&mut self, settings: &Settings, now: Timestamp) -> Result<(), TokenError> {
        let every = settings.fetch_every;
        if !is_past(self.failed_at, every, now) {
            let since = self.failed_at.map(|at| now.duration_since(at));
            return Err(TokenError::KeysUnavailable(pause(
                every - since.unwrap_or_default(),
            )));
        }
        // After the clock was set back, fetches must not stop until it has caught up.
        let most = now + every * BURST;
        let spent_until = self.spent_until.clamp(now, most);
        let wait = spent_until.duration_since(now) - every * (BURST - 1);
        if wait.is_positive() {
            return Err(TokenError::KeyNotFetched(pause(wait)));
        }
        self.spent_until = spent_until + every;
        Ok(())
    }

    /// Stores the set of a fetch that began at `began`, for this id if it was for one.
    pub(super) fn fetched(&mut self, set: KeySet, began: Timestamp, id: Option<&str>) {
        if let Some(id) = id.filter(|id| set.find(id).is_none()) {
            self.missing.put(id.to_owned(), (), began);
        }
        self.set = Some(Arc::new(set));
        self.fetched_at = Some(began);
        self.failed_at = None;
    }

    /// Records that the fetch that began at `began` failed; returns when the cached set was
    /// fetched.
    pub(super) fn failed(&mut self, began: Timestamp) -> Option<Timestamp> {
        self.failed_at = Some(began);
        self.fetched_at
    }
}

/// Whether `age` has passed since `then`. Also true if there is no `then`, or if it is in the
/// future, since the clock was then set back.
fn is_past(then: Option<Timestamp>, age: SignedDuration, now: Timestamp) -> bool {
    then.is_none_or(|then| {
        let since = now.duration_since(then);
        since.is_negative() || since >= age
    })
}

/// The time until a caller may retry, at least a second.
fn pause(left: SignedDuration) -> Duration {
    let left = Duration::try_from(left).unwrap_or_default();
    left.max(Duration::from_secs(1))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::claims::tests::settings;
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    fn set(ids: &[&str]) -> KeySet {
        let key = |id: &&str| {
            json!({
                "kty": "OKP", "crv": "Ed25519", "kid": id,
                "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            })
        };
        let keys: Vec<_> = ids.iter().map(key).collect();
        KeySet::read(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
    }

    fn cached(ids: &[&str]) -> Cached {
        let mut cached = Cached::new(&settings());
        cached.fetched(set(ids), at(0), None);
        cached
    }

    /// The lookup of this id: `+` found, `~` due, `-` unknown, `?` a fetch is needed.
    fn mark(cached: &Cached, id: &str, second: i64) -> char {
        match cached.lookup(id, &settings(), at(second)) {
            Lookup::Found(_) => '+',
            Lookup::Due(_) => '~',
            Lookup::Unknown => '-',
            Lookup::Fetch => '?',
        }
    }

    #[test]
    fn a_known_key_is_used_until_its_set_is_stale() {
        let cached = cached(&["a"]);
        let marks: String = [0, 599, 600, 3599, 3600, 90_000, -1]
            .map(|second| mark(&cached, "a", second))
            .iter()
            .collect();
        assert_eq!(marks, "++~~???");
        assert_eq!(mark(&Cached::new(&settings()), "a", 0), '?');
    }

    #[test]
    fn an_id_that_a_fetched_set_lacks_is_unknown_until_the_next_fetch_is_allowed() {
        let mut cached = cached(&["a"]);
        assert_eq!(mark(&cached, "b", 0), '?');
        cached.fetched(set(&["a"]), at(1), Some("b"));
        let marks: String = [1, 30, 31]
            .map(|second| mark(&cached, "b", second))
            .iter()
            .collect();
        assert_eq!(marks, "--?");
        assert_eq!(mark(&cached, "c", 1), '?', "other ids are unaffected");
        cached.fetched(set(&["a", "b"]), at(2), None);
        assert_eq!(mark(&cached, "b", 2), '+');
    }

    #[test]
    fn invented_ids_cause_few_fetches() {
        let (mut cached, settings) = (cached(&["a"]), settings());
        let begun = (0..3000).filter(|tenth| {
            let now = at(0) + SignedDuration::from_millis(tenth * 100);
            cached.begin(&settings, now).is_ok()
        });
        // Four at once, and one for each of the 30 s of the following five minutes.
        assert_eq!(begun.count(), 4 + 9);
        let wait = cached.begin(&settings, at(300) - SignedDuration::from_secs(12));
        assert_eq!(
            wait,
            Err(TokenError::KeyNotFetched(Duration::from_secs(12))),
            "the time until the next fetch is returned"
        );
        assert_eq!(
            cached.begin(&settings, at(-90_000)),
            Err(TokenError::KeyNotFetched(Duration::from_secs(30))),
            "a clock that was set back does not extend the wait"
        );
    }

    #[test]
    fn after_a_failed_fetch_the_next_one_is_delayed() {
        let (mut cached, settings) = (Cached::new(&settings()), settings());
        assert_eq!(cached.begin(&settings, at(0)), Ok(()));
        assert_eq!(cached.failed(at(0)), None);
        assert_eq!(
            cached.begin(&settings, at(10)),
            Err(TokenError::KeysUnavailable(Duration::from_secs(20)))
        );
        assert_eq!(cached.begin(&settings, at(30)), Ok(()));
        cached.fetched(set(&["a"]), at(30), None);
        assert_eq!(cached.begin(&settings, at(30)), Ok(()));
        assert_eq!(cached.failed(at(31)), Some(at(30)));
        assert_eq!(mark(&cached, "a", 31), '+', "the fetched set is kept");
    }
}
