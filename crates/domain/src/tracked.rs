//! Values that know whether they changed since they were stored.

use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value with a mark whether it may differ from what is stored: every mutable access sets it.
/// Equality compares the values alone.
#[derive(Debug, Clone, Default)]
pub struct Tracked<T> {
    value: T,
    is_changed: bool,
}

impl<T> Tracked<T> {
    /// A value as it is stored.
    #[must_use]
    pub const fn stored(value: T) -> Self {
        Self {
            value,
            is_changed: false,
        }
    }

    /// Whether it may differ from what is stored.
    #[must_use]
    pub const fn is_changed(&self) -> bool {
        self.is_changed
    }

    /// Records that it is stored as it is.
    pub const fn mark_stored(&mut self) {
        self.is_changed = false;
    }
}

impl<T> Deref for Tracked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Tracked<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.is_changed = true;
        &mut self.value
    }
}

impl<T: Serialize> Serialize for Tracked<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Tracked<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::stored)
    }
}

impl<T: PartialEq> PartialEq for Tracked<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Tracked<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_mutable_access_marks_a_change() {
        let mut it = Tracked::stored(vec![1]);
        assert_eq!(it.len(), 1);
        assert!(!it.is_changed());
        it.push(2);
        assert!(it.is_changed());
        assert_eq!(it, Tracked::stored(vec![1, 2]), "the mark is not compared");
        it.mark_stored();
        assert!(!it.is_changed());
    }
}
