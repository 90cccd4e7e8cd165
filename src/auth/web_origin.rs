//! The origins of web pages that may call the service.

use std::fmt;
use std::str::FromStr;

use axum::http::{HeaderValue, Uri};

/// The origin of a web page: scheme, host and port, as a browser writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

/// A list of origins, written with commas between them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(pub Vec<Origin>);

/// The text is not a list of origins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be origins such as https://console.example.com, separated by commas: scheme, host and, unless it is the default, port"
)]
pub struct InvalidOrigin;

impl Origin {
    /// The origin as a browser sends it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host, and the port unless it is the default.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.split_once("://").map_or("", |(_, host)| host)
    }
}

impl FromStr for Origin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let uri: Uri = text.parse().map_err(|_| InvalidOrigin)?;
        let (scheme, authority) = uri.scheme_str().zip(uri.authority()).ok_or(InvalidOrigin)?;
        // A browser sends no trailing slash, no user and password, and no capital letters.
        let written = format!("{scheme}://{authority}").to_lowercase();
        let is_web = matches!(scheme, "http" | "https") && !text.contains('@');
        if is_web && written == text && HeaderValue::from_str(text).is_ok() {
            Ok(Self(written))
        } else {
            Err(InvalidOrigin)
        }
    }
}

impl FromStr for Origins {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let origins = text.split(',').map(|origin| origin.trim().parse());
        origins.collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_a_browser_writes_it() {
        for text in [
            "https://a.example",
            "http://localhost:3000",
            "http://[::1]:1",
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().as_str(), text);
        }
        for text in [
            "",
            "*",
            "null",
            "a.example",
            "https://a.example/",
            "https://a.example/x",
            "https://u:p@a.example",
            "ftp://a.example",
            "https://A.example",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(InvalidOrigin), "{text}");
        }
        let two: Origins = "https://a.example, http://b.example:81".parse().unwrap();
        let hosts: Vec<&str> = two.0.iter().map(Origin::host).collect();
        assert_eq!(hosts, ["a.example", "b.example:81"]);
    }
}
