//! Names that people give.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What people call a tenant or a key: 1 to 100 characters, none of them a control character.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(String);

/// Not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a name: 1 to 100 characters on one line")]
pub struct InvalidName;

impl Name {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A name as it was stored.
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
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidName)
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_that_is_not_blank() {
        assert_eq!(
            " Bäckerei 3, Zürich ".parse::<Name>().unwrap().as_str(),
            "Bäckerei 3, Zürich"
        );
        for bad in ["", "  ", "a\nb", "a\0b", &"x".repeat(101)] {
            assert_eq!(bad.parse::<Name>(), Err(InvalidName), "{bad:?}");
        }
    }
}
