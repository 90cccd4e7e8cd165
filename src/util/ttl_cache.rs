//! A bounded cache whose entries expire. Pure: `now` is a parameter.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

/// A bounded cache whose entries expire.
pub struct TtlCache<K, V> {
    entries: Mutex<HashMap<K, Entry<V>>>,
    ttl: SignedDuration,
    capacity: usize,
}

struct Entry<V> {
    value: V,
    read_at: Timestamp,
}

impl<K: Eq + Hash, V: Clone> TtlCache<K, V> {
    /// An empty cache of at most `capacity` entries.
    #[must_use]
    pub fn new(ttl: SignedDuration, capacity: usize) -> Self {
        Self {
            entries: Mutex::default(),
            ttl,
            capacity,
        }
    }

    /// The value, unless it has expired.
    pub fn get(&self, key: &K, now: Timestamp) -> Option<V> {
        let entries = self.entries.lock();
        let entry = entries.get(key)?;
        self.is_fresh(entry, now).then(|| entry.value.clone())
    }

    /// Whether there is an entry, expired or not.
    pub fn knew(&self, key: &K) -> bool {
        self.entries.lock().contains_key(key)
    }

    /// Removes an entry.
    pub fn forget(&self, key: &K) {
        self.entries.lock().remove(key);
    }

    /// Adds a value that was read at `now`. A full cache drops what has expired, or everything if
    /// nothing has.
    pub fn put(&self, key: K, value: V, now: Timestamp) {
        let mut entries = self.entries.lock();
        if entries.len() >= self.capacity && !entries.contains_key(&key) {
            entries.retain(|_, entry| self.is_fresh(entry, now));
            if entries.len() >= self.capacity {
                entries.clear();
            }
        }
        let read_at = now;
        entries.insert(key, Entry { value, read_at });
    }

    /// After the clock was set back, every entry has expired.
    fn is_fresh(&self, entry: &Entry<V>, now: Timestamp) -> bool {
        let age = now.duration_since(entry.read_at);
        !age.is_negative() && age < self.ttl
    }
}

impl<K, V> fmt::Debug for TtlCache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TtlCache").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    #[test]
    fn an_entry_expires_after_its_ttl() {
        let cache = TtlCache::new(SignedDuration::from_secs(5), 10);
        cache.put("a", 1, at(0));
        assert_eq!(
            [4, 5, -1].map(|second| cache.get(&"a", at(second))),
            [Some(1), None, None]
        );
        cache.put("a", 2, at(5));
        assert_eq!(cache.get(&"a", at(9)), Some(2));
        assert!(cache.get(&"a", at(99)).is_none() && cache.knew(&"a"));
        cache.forget(&"a");
        assert!(!cache.knew(&"a"));
        assert_eq!(cache.get(&"a", at(9)), None);
        let never = TtlCache::new(SignedDuration::ZERO, 10);
        never.put("a", 1, at(0));
        assert_eq!(never.get(&"a", at(0)), None);
    }

    #[test]
    fn the_cache_never_exceeds_its_capacity() {
        let cache = TtlCache::new(SignedDuration::from_secs(5), 3);
        for n in 0..3 {
            cache.put(n, n, at(n.into()));
        }
        cache.put(3, 3, at(6));
        let kept = |at| [0, 1, 2, 3, 4].map(|n| cache.get(&n, at).is_some());
        assert_eq!(kept(at(6)), [false, false, true, true, false]);
        cache.put(2, 2, at(6));
        cache.put(4, 4, at(6));
        cache.put(5, 5, at(6));
        assert_eq!(cache.entries.lock().len(), 1);
    }
}
