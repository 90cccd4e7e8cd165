//! What was read a moment ago. Pure: `now` is handed in.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Keeps what was read for a while, and never more than so much.
pub struct Cache<K, V> {
    entries: Mutex<HashMap<K, Entry<V>>>,
    believed_for: SignedDuration,
    most: usize,
}

struct Entry<V> {
    value: V,
    read_at: Timestamp,
}

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    /// Keeps at most `most` for so long.
    #[must_use]
    pub fn new(believed_for: SignedDuration, most: usize) -> Self {
        Self {
            entries: Mutex::default(),
            believed_for,
            most,
        }
    }

    /// What was read, where that was not too long ago.
    pub fn get(&self, key: &K, now: Timestamp) -> Option<V> {
        let entries = self.lock();
        let entry = entries.get(key)?;
        self.holds(entry, now).then(|| entry.value.clone())
    }

    /// Whether something was read, however long ago, and there was room to remember it since.
    pub fn knew(&self, key: &K) -> bool {
        self.lock().contains_key(key)
    }

    /// Believes it no more.
    pub fn forget(&self, key: &K) {
        self.lock().remove(key);
    }

    /// Keeps what was read at `now`. Where there is no more room the old goes, and all of it where nothing is old.
    pub fn put(&self, key: K, value: V, now: Timestamp) {
        let mut entries = self.lock();
        if entries.len() >= self.most && !entries.contains_key(&key) {
            entries.retain(|_, entry| self.holds(entry, now));
            if entries.len() >= self.most {
                entries.clear();
            }
        }
        let read_at = now;
        entries.insert(key, Entry { value, read_at });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Entry<V>>> {
        // Nothing in here can panic half-way, so a poisoned map is a whole one.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A clock that was set back makes everything old.
    fn holds(&self, entry: &Entry<V>, now: Timestamp) -> bool {
        let age = now.duration_since(entry.read_at);
        !age.is_negative() && age < self.believed_for
    }
}

impl<K, V> fmt::Debug for Cache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    #[test]
    fn what_was_read_is_believed_for_so_long() {
        let cache = Cache::new(SignedDuration::from_secs(5), 10);
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
        let never = Cache::new(SignedDuration::ZERO, 10);
        never.put("a", 1, at(0));
        assert_eq!(never.get(&"a", at(0)), None);
    }

    #[test]
    fn there_is_never_more_than_there_is_room_for() {
        let cache = Cache::new(SignedDuration::from_secs(5), 3);
        for n in 0..3 {
            cache.put(n, n, at(n.into()));
        }
        cache.put(3, 3, at(6));
        let kept = |at| [0, 1, 2, 3, 4].map(|n| cache.get(&n, at).is_some());
        assert_eq!(kept(at(6)), [false, false, true, true, false]);
        cache.put(2, 2, at(6));
        cache.put(4, 4, at(6));
        cache.put(5, 5, at(6));
        assert_eq!(cache.entries.lock().unwrap().len(), 1);
    }
}
