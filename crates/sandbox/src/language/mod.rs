//! Languages of the sandbox's errors: Meta translates `error_user_title` and `error_user_msg` by
//! the locale of the token.
//!
//! The texts are Meta's own where they are known from the field, otherwise ours. `message` and
//! `error_data` stay English, as at Meta.

mod de;
mod es;
mod fr;
mod pl;
mod pt;

use super::error::Refusal;

/// A language of the sandbox's errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
type Said = (Refusal, &'static str, &'static str);

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
        let fits = |(refusal, ..): &&Said| {
            let (own_title, own_text) = refusal.said();
            is_same(title.as_deref(), own_title) && is_same(text.as_deref(), own_text)
        };
        if let Some((_, other_title, other_text)) = self.texts().iter().find(fits) {
            *title = title.is_some().then(|| (*other_title).to_owned());
            *text = text.is_some().then(|| (*other_text).to_owned());
        }
    }

    /// The texts of the error with these codes in this language. The title distinguishes errors
    /// that share their codes.
    pub(crate) fn texts_of(
        self,
        codes: (i64, Option<i64>),
        title: Option<&str>,
    ) -> Option<(&'static str, &'static str)> {
        let fits = |(refusal, ..): &&Said| {
            refusal.codes() == codes && (title.is_none() || is_same(title, refusal.said().0))
        };
        self.texts()
            .iter()
            .find(fits)
            .map(|(_, title, text)| (*title, *text))
    }

    /// The translated errors. English needs none.
    fn texts(self) -> &'static [Said] {
        match self {
            Self::English => &[],
            Self::French => fr::TEXTS,
            Self::German => de::TEXTS,
            Self::Polish => pl::TEXTS,
            Self::Portuguese => pt::TEXTS,
            Self::Spanish => es::TEXTS,
        }
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
        let english: Vec<_> = Language::Portuguese
            .texts()
            .iter()
            .map(|(refusal, ..)| refusal.said())
            .collect();
        assert!(english.len() > 20);
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
                assert!(refusal.said().0.is_some_and(|own| own != *title), "{title}");
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
