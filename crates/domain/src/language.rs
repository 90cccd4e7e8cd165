//! Languages of code messages.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::string_newtype::string_newtype;

/// A language that WhatsApp supports, with an optional region: `en`, `en_US`, `pt_BR`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Language(String);

/// Not a language that WhatsApp supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a language that WhatsApp supports, with an optional region, for example en, en_US or pt_BR"
)]
pub struct InvalidLanguage;

/// ISO 639 codes of the languages that WhatsApp supports.
const LANGUAGES: [&str; 66] = [
    "af", "ar", "az", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi",
    "fil", "fr", "ga", "gu", "ha", "he", "hi", "hr", "hu", "id", "it", "ja", "ka", "kk", "kn",
    "ko", "ky", "lo", "lt", "lv", "mk", "ml", "mr", "ms", "nb", "nl", "pa", "pl", "prs", "ps",
    "pt", "ro", "ru", "rw", "si", "sk", "sl", "sq", "sr", "sv", "sw", "ta", "te", "th", "tr", "uk",
    "ur", "uz", "vi", "zh", "zu",
];

string_newtype!(Language);

impl Default for Language {
    fn default() -> Self {
        Self("en_US".to_owned())
    }
}

impl FromStr for Language {
    type Err = InvalidLanguage;

    fn from_str(text: &str) -> Result<Self, InvalidLanguage> {
        let text = text.trim();
        let (language, region) = match text.split_once(['_', '-']) {
            Some((language, region)) => (language, Some(region)),
            None => (text, None),
        };
        let language = language.to_ascii_lowercase();
        if !LANGUAGES.contains(&language.as_str()) {
            return Err(InvalidLanguage);
        }
        match region {
            None => Ok(Self(language)),
            Some(region)
                if region.len() == 2 && region.bytes().all(|b| b.is_ascii_alphabetic()) =>
            {
                Ok(Self(format!("{language}_{}", region.to_ascii_uppercase())))
            }
            Some(_) => Err(InvalidLanguage),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_normalised_to_the_form_that_meta_accepts() {
        for (given, read) in [
            ("en", "en"),
            ("en-us", "en_US"),
            ("pt_BR", "pt_BR"),
            ("fil", "fil"),
        ] {
            assert_eq!(given.parse::<Language>().unwrap().as_str(), read);
        }
        for bad in ["", "xx", "english", "en_USA", "en_1"] {
            assert_eq!(bad.parse::<Language>(), Err(InvalidLanguage), "{bad}");
        }
    }
}
