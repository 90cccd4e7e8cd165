//! The sentences of an error, and which of them carry information.

use super::phrases::{self, Headline};
use super::text::normalised;
use domain::GraphError;

/// The sentences of an error's texts, as [`normalised`] leaves them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Clauses {
    /// The sentences of its title.
    title: Vec<String>,
    /// The first informative sentence of every other text.
    first: Vec<String>,
    /// All sentences.
    all: Vec<String>,
}

impl Clauses {
    pub(super) fn of(error: &GraphError) -> Self {
        let title: Vec<String> = error.user_title.as_deref().map(split).unwrap_or_default();
        let mut clauses = Self {
            title: title.clone(),
            first: Vec::new(),
            all: title,
        };
        let others = [
            error.details.as_deref(),
            error.user_message.as_deref(),
            Some(error.message.as_str()),
        ];
        for line in others.into_iter().flatten().flat_map(str::lines) {
            let said = split(line);
            let first = said.iter().find(|clause| says_something(clause));
            clauses.first.extend(first.cloned());
            clauses.all.extend(said);
        }
        clauses
    }

    /// The sentences by priority: the title names one reason, the first sentence of a text is its
    /// main point, and later ones may mention others, for example further requirements.
    pub(super) fn regions(&self) -> [&[String]; 3] {
        [&self.title, &self.first, &self.all]
    }

    /// All sentences.
    pub(super) fn all(&self) -> &[String] {
        &self.all
    }

    /// The headline among them, if there is one.
    pub(super) fn headline(&self) -> Option<Headline> {
        self.all.iter().find_map(|clause| phrases::headline(clause))
    }

    /// Whether they contain more than a headline and the phrases of every error of a code.
    pub(super) fn say_something(&self) -> bool {
        self.all.iter().any(|clause| says_something(clause))
    }
}

fn says_something(clause: &str) -> bool {
    clause.chars().any(char::is_alphabetic)
        && phrases::headline(clause).is_none()
        && !phrases::is_filler(clause)
}

/// The sentences of a text. A colon ends one too: the part before it introduces the rest.
fn split(text: &str) -> Vec<String> {
    let normal = normalised(text);
    let mut clauses = Vec::new();
    let mut clause = String::new();
    let mut rest = normal.chars().peekable();
    while let Some(c) = rest.next() {
        let ends = match c {
            '!' | '?' | ';' | '\n' | '।' | '؟' | '؛' | '۔' | '。' => true,
            // Not in a number, a version, a host name or a URL.
            '.' => rest.peek().is_none_or(|next| !next.is_alphanumeric()),
            ':' => rest
                .peek()
                .is_none_or(|next| *next != '/' && !next.is_ascii_digit()),
            _ => false,
        };
        if ends {
            clauses.push(std::mem::take(&mut clause));
        } else {
            clause.push(c);
        }
    }
    clauses.push(clause);
    let clauses = clauses.iter().map(|clause| without_code(clause.trim()));
    clauses
        .filter(|clause| !clause.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

/// A sentence without the code at the start of Meta's messages: `(#100) Invalid parameter`.
fn without_code(clause: &str) -> &str {
    let code = clause
        .strip_prefix("(#")
        .and_then(|rest| rest.split_once(')'));
    match code {
        Some((code, rest)) if code.chars().all(|c| c.is_ascii_digit()) => rest.trim_start(),
        _ => clause,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_split_into_sentences_and_at_colons() {
        let text =
            "(#100) Cannot migrate: see https://fb.me/a.b, v25.0 at 12:30. Wait!\nThen go on";
        assert_eq!(
            split(text),
            [
                "cannot migrate",
                "see https://fb.me/a.b, v25.0 at 12:30",
                "wait",
                "then go on"
            ]
        );
    }

    #[test]
    fn headlines_and_fillers_are_not_informative() {
        let said = |message: &str| {
            Clauses::of(&GraphError {
                message: message.to_owned(),
                user_title: Some("Cannot Create Certificate".to_owned()),
                ..GraphError::default()
            })
            .say_something()
        };
        for nothing in [
            "",
            "(#100) Invalid parameter",
            "(#136024) Request code error",
            "…",
            "Cannot Migrate Phone Number.",
        ] {
            assert!(!said(nothing), "{nothing}");
        }
        for something in [
            "x",
            "Cannot migrate phone number: nie można",
            "(#100) Invalid parameter pin",
        ] {
            assert!(said(something), "{something}");
        }
    }
}
