//! A JSON key that may be missing, null or set: three cases, where `Option` has two.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The value of a JSON key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Given<T> {
    /// The key is missing.
    #[default]
    Nothing,
    Null,
    This(T),
}

impl<T> Given<T> {
    pub(crate) const fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }
}

/// For a field with `#[serde(default)]`: a missing key is `Nothing`.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(source)?.map_or(Self::Null, Self::This))
    }
}

impl<T: Serialize> Serialize for Given<T> {
    fn serialize<S: Serializer>(&self, target: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nothing | Self::Null => target.serialize_none(),
            Self::This(value) => target.serialize_some(value),
        }
    }
}
