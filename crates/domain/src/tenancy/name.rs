//! Display names.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::string_newtype::string_newtype;

/// The display name of a tenant or a key: 1 to 100 characters, without control characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(String);

/// Not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a name: 1 to 100 characters on one line")]
pub struct InvalidName;

impl Name {
    /// A stored name, without validation.
    #[must_use]
    pub fn from_stored(name: String) -> Self {
        Self(name)
    }
}

impl FromStr for Name {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let text = text.trim();
        let fits = (1..=100).contains(&text.chars().count()) && !text.contains(char::is_control);
        fits.then(|| Self(text.to_owned())).ok_or(InvalidName)
    }
}

string_newtype!(Name);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_and_not_blank() {
        assert_eq!(
            " Bäckerei 3, Zürich ".parse::<Name>().unwrap().as_str(),
            "Bäckerei 3, Zürich"
        );
        for bad in ["", "  ", "a\nb", "a\0b", &"x".repeat(101)] {
            assert_eq!(bad.parse::<Name>(), Err(InvalidName), "{bad:?}");
        }
    }
}
