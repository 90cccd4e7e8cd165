//! What a call shows of its caller, read from its headers.

use std::fmt;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use domain::tenancy::{InvalidKey, KeyText};

/// An API key may come in a header of its own, for clients that put something else into the other.
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// How every API key begins.
const KEY_START: &str = "wam_";
/// How the header of all others begins, in whatever case.
const SCHEME: &str = "bearer ";

/// What a caller shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PresentedCredentials {
    /// An API key.
    Key(KeyText),
    /// Something else that came as a bearer's.
    Token(BearerToken),
}

/// A token as it came: anything at all. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct BearerToken(String);

/// What a caller shows is nothing that could be known. Never says what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedCredentials {
    /// More than one header, or one more than once.
    #[error(
        "credentials came more than once: send one authorization header, or one x-api-key header"
    )]
    Several,
    /// Another scheme.
    #[error("the authorization header must be Bearer, one space and the API key or token")]
    Scheme,
    /// An API key that is none.
    #[error("the API key {0}")]
    Key(#[from] InvalidKey),
}

/// What these headers show; `None` where they show nothing.
pub(super) fn read(
    headers: &HeaderMap,
) -> Result<Option<PresentedCredentials>, MalformedCredentials> {
    let mut bearers = headers.get_all(header::AUTHORIZATION).into_iter();
    let mut keys = headers.get_all(API_KEY).into_iter();
    match (bearers.next(), keys.next()) {
        (None, None) => Ok(None),
        _ if bearers.next().is_some() || keys.next().is_some() => {
            Err(MalformedCredentials::Several)
        }
        (Some(_), Some(_)) => Err(MalformedCredentials::Several),
        (Some(bearer), None) => bearer_of(bearer).map(Some),
        (None, Some(key)) => key_of(key.to_str().unwrap_or_default()).map(Some),
    }
}

fn bearer_of(value: &HeaderValue) -> Result<PresentedCredentials, MalformedCredentials> {
    let text = value.to_str().unwrap_or_default();
    let (scheme, shown) = text
        .split_at_checked(SCHEME.len())
        .ok_or(MalformedCredentials::Scheme)?;
    if !scheme.eq_ignore_ascii_case(SCHEME) || shown.trim().is_empty() {
        return Err(MalformedCredentials::Scheme);
    }
    let shown = shown.trim();
    if shown.starts_with(KEY_START) {
        key_of(shown)
    } else {
        Ok(PresentedCredentials::Token(BearerToken(shown.to_owned())))
    }
}

fn key_of(text: &str) -> Result<PresentedCredentials, MalformedCredentials> {
    Ok(PresentedCredentials::Key(text.parse()?))
}

impl BearerToken {
    /// The token itself, for who verifies it.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "wam_07enw3ahrz_6dmv29gqy5ckt18fpx4bjs07enw3ahrz6dmv29gqwfkjq1";

    fn headers(shown: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            (HeaderName::from_static(name), value)
        };
        let mut headers = HeaderMap::new();
        for (name, value) in shown.iter().map(pair) {
            headers.append(name, value);
        }
        headers
    }

    #[test]
    fn a_key_may_come_in_either_header_and_a_token_in_one() {
        let key = Some(PresentedCredentials::Key(KEY.parse().unwrap()));
        for shown in [
            ("authorization", format!("Bearer {KEY}")),
            ("authorization", format!("bearer  {KEY} ")),
            ("x-api-key", KEY.to_owned()),
        ] {
            assert_eq!(read(&headers(&[(shown.0, &shown.1)])), Ok(key.clone()));
        }
        let token = Some(PresentedCredentials::Token(BearerToken(
            "eyJ.eyJ.x".to_owned(),
        )));
        assert_eq!(
            read(&headers(&[("authorization", "BEARER eyJ.eyJ.x")])),
            Ok(token)
        );
        assert_eq!(read(&headers(&[("user-agent", KEY)])), Ok(None));
    }

    #[test]
    fn what_could_mean_two_things_or_none_is_refused() {
        let bearer = format!("Bearer {KEY}");
        let cut = format!("Bearer {}", &KEY[..KEY.len() - 1]);
        let mistyped = bearer.replace("6dmv", "6dmw");
        for (shown, malformed) in [
            (
                &[
                    ("authorization", bearer.as_str()),
                    ("authorization", &bearer),
                ][..],
                MalformedCredentials::Several,
            ),
            (
                &[("authorization", &bearer), ("x-api-key", KEY)],
                MalformedCredentials::Several,
            ),
            (
                &[("x-api-key", KEY), ("x-api-key", KEY)],
                MalformedCredentials::Several,
            ),
            (&[("authorization", "")], MalformedCredentials::Scheme),
            (&[("authorization", "Bearer")], MalformedCredentials::Scheme),
            (
                &[("authorization", "Bearer ")],
                MalformedCredentials::Scheme,
            ),
            (
                &[("authorization", "Basic dXNlcjpwYXNz")],
                MalformedCredentials::Scheme,
            ),
            (&[("authorization", KEY)], MalformedCredentials::Scheme),
            (
                &[("authorization", "Bearer\u{e9}\u{e9}")],
                MalformedCredentials::Scheme,
            ),
            (
                &[("x-api-key", "")],
                MalformedCredentials::Key(InvalidKey::Shape),
            ),
            (
                &[("x-api-key", "eyJ.eyJ.x")],
                MalformedCredentials::Key(InvalidKey::Shape),
            ),
            (
                &[("authorization", &cut)],
                MalformedCredentials::Key(InvalidKey::Shape),
            ),
            (
                &[("authorization", &mistyped)],
                MalformedCredentials::Key(InvalidKey::Checksum),
            ),
        ] {
            assert_eq!(read(&headers(shown)), Err(malformed), "{shown:?}");
        }
    }

    #[test]
    fn what_was_shown_is_never_printed() {
        let shown = read(&headers(&[("authorization", "Bearer canary")]));
        assert!(!format!("{shown:?}").contains("canary"));
    }
}
