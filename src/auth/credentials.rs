//! Reads credentials from the headers of a call.

use std::fmt;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use domain::tenancy::{InvalidKey, KeyText};

/// An alternative header for API keys, for clients that use `authorization` for something else.
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// The prefix of every API key.
const KEY_START: &str = "wam_";
/// The scheme of the `authorization` header, case-insensitive.
const SCHEME: &str = "bearer ";

/// The credentials of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PresentedCredentials {
    /// An API key.
    Key(KeyText),
    /// Any other bearer token.
    Token(BearerToken),
}

/// A bearer token as received: untrusted input. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct BearerToken(String);

/// The credentials are malformed. Never contains them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedCredentials {
    /// More than one header with credentials.
    #[error(
        "credentials were sent more than once: send one authorization header, or one x-api-key header"
    )]
    Several,
    /// The scheme is not Bearer.
    #[error("the authorization header must be Bearer, one space and the API key or token")]
    Scheme,
    /// The API key is malformed.
    #[error("the API key {0}")]
    Key(#[from] InvalidKey),
}

/// The credentials in these headers; `None` if there are none.
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
    /// The token itself, for its verification.
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
    fn malformed_and_repeated_credentials_are_refused() {
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
    fn credentials_are_never_printed() {
        let shown = read(&headers(&[("authorization", "Bearer canary")]));
        assert!(!format!("{shown:?}").contains("canary"));
    }
}
