//! Languages of the sandbox's errors: Meta translates `error_user_title` and `error_user_msg` by
//! the locale of the token.
//!
//! The texts are in one JSON file for each language: title and text of each error. They are Meta's
//! own where they are known from the field, otherwise ours. No field case is in Polish, so Polish
//! is a language that a client does not know. `message` and `error_data` stay English, as at Meta.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::error::Refusal;
use super::refusals as r;

/// A language of the sandbox's errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Language {
    English,
    French,
    German,
    Polish,
    Portuguese,
    Spanish,
}

/// An error with its title and text in another language. The text is empty if the error has only a
/// title.
type Translation = (Refusal, String, String);

/// The translated errors, by their keys in the files.
const ERRORS: [(&str, Refusal); 24] = [
    ("NO_WEBHOOKS", r::NO_WEBHOOKS),
    ("PLAIN_ADD", r::PLAIN_ADD),
    ("NAME_NOT_APPROVED", r::NAME_NOT_APPROVED),
    ("SOURCE_NOT_SET_UP", r::SOURCE_NOT_SET_UP),
    ("NO_PAYMENT_ACCOUNT", r::NO_PAYMENT_ACCOUNT),
    ("ERROR_MIGRATING", r::ERROR_MIGRATING),
    ("OTHER_BUSINESS", r::OTHER_BUSINESS),
    ("ACCOUNT_NOT_APPROVED", r::ACCOUNT_NOT_APPROVED),
    ("MESSAGING_FOR_PENDING", r::MESSAGING_FOR_PENDING),
    ("TWO_STEP_ON", r::TWO_STEP_ON),
    ("CONFIRM_OWNERSHIP", r::CONFIRM_OWNERSHIP),
    ("NAME_NOT_PROCESSED", r::NAME_NOT_PROCESSED),
    ("TWO_FACTOR_ON", r::TWO_FACTOR_ON),
    ("ALREADY_IN_LIST", r::ALREADY_IN_LIST),
    ("USED_ELSEWHERE", r::USED_ELSEWHERE),
    ("MAY_NOT_ADD", r::MAY_NOT_ADD),
    ("ALREADY_VERIFIED", r::ALREADY_VERIFIED),
    ("CODE_TOO_OFTEN", r::CODE_TOO_OFTEN),
    ("CODES_UNAVAILABLE", r::CODES_UNAVAILABLE),
    ("NOT_BEING_MIGRATED_REQUEST", r::NOT_BEING_MIGRATED_REQUEST),
    ("NOT_BEING_MIGRATED_VERIFY", r::NOT_BEING_MIGRATED_VERIFY),
    ("WRONG_CODE", r::WRONG_CODE),
    ("GUESSED_TOO_OFTEN", r::GUESSED_TOO_OFTEN),
    ("MAINTENANCE", r::MAINTENANCE),
];

static TRANSLATIONS: LazyLock<HashMap<Language, Vec<Translation>>> = LazyLock::new(|| {
    HashMap::from([
        (Language::French, read(include_str!("fr.json"))),
        (Language::German, read(include_str!("de.json"))),
        (Language::Polish, read(include_str!("pl.json"))),
        (Language::Portuguese, read(include_str!("pt.json"))),
        (Language::Spanish, read(include_str!("es.json"))),
    ])
});

/// The translations of a file. A test holds that each file has every error.
fn read(file: &str) -> Vec<Translation> {
    let mut texts: HashMap<String, (String, String)> =
        serde_json::from_str(file).unwrap_or_default();
    let translated = |(key, error): &(&str, Refusal)| {
        let (title, text) = texts.remove(*key)?;
        Some((*error, title, text))
    };
    ERRORS.iter().filter_map(translated).collect()
}

impl Language {
    /// The supported locales, by language.
    pub(crate) const TAGS: [(&'static str, Self); 6] = [
        ("de", Self::German),
        ("en", Self::English),
        ("es", Self::Spanish),
        ("fr", Self::French),
        ("pl", Self::Polish),
        ("pt", Self::Portuguese),
    ];

    /// The language of a locale such as `pt_BR`, if supported.
    pub(crate) fn of(locale: &str) -> Option<Self> {
        let language = locale.split(['_', '-']).next().unwrap_or(locale);
        let language = language.to_ascii_lowercase();
        Self::TAGS
            .iter()
            .find_map(|(tag, known)| (*tag == language).then_some(*known))
    }

    /// Translates user texts into this language, if they are those of an error of the sandbox.
    pub(crate) fn translate(self, title: &mut Option<String>, text: &mut Option<String>) {
        let fits = |(refusal, ..): &&Translation| {
            let (own_title, own_text) = refusal.said();
            is_same(title.as_deref(), own_title) && is_same(text.as_deref(), own_text)
        };
        if let Some((_, other_title, other_text)) = self.texts().iter().find(fits) {
            *title = title.is_some().then(|| other_title.clone());
            *text = text.is_some().then(|| other_text.clone());
        }
    }

    /// The texts of the error with these codes in this language. The title distinguishes errors
    /// that share their codes.
    pub(crate) fn texts_of(
        self,
        codes: (i64, Option<i64>),
        title: Option<&str>,
    ) -> Option<(&'static str, &'static str)> {
        let fits = |(refusal, ..): &&Translation| {
            refusal.codes() == codes && (title.is_none() || is_same(title, refusal.said().0))
        };
        self.texts()
            .iter()
            .find(fits)
            .map(|(_, title, text)| (title.as_str(), text.as_str()))
    }

    /// The translated errors. English needs none.
    fn texts(self) -> &'static [Translation] {
        TRANSLATIONS.get(&self).map_or(&[], Vec::as_slice)
    }
}

fn is_same(one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        (None, None) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn each_language_translates_the_same_errors() {
        let english: Vec<_> = ERRORS.iter().map(|(_, error)| error.said()).collect();
        for (tag, language) in Language::TAGS {
            if language == Language::English {
                continue;
            }
            let own: Vec<_> = language
                .texts()
                .iter()
                .map(|(refusal, ..)| refusal.said())
                .collect();
            assert_eq!(own, english, "{tag}");
            let mut seen = HashSet::new();
            for (refusal, title, text) in language.texts() {
                assert!(refusal.said().0.is_some_and(|own| own != title), "{title}");
                assert_eq!(refusal.said().1.is_none(), text.is_empty(), "{title}");
                assert!(seen.insert((title, text)), "{title} is there twice");
            }
        }
    }

    #[test]
    fn a_locale_is_known_by_its_language() {
        assert_eq!(Language::of("pt_BR"), Some(Language::Portuguese));
        assert_eq!(Language::of("DE-de"), Some(Language::German));
        assert_eq!(Language::of("en_US"), Some(Language::English));
        assert_eq!(Language::of("tlh"), None);
    }
}
