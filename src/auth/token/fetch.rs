//! Fetches an issuer's keys over HTTP.

use std::time::Duration;

use reqwest::redirect;

use super::KeySetUrl;
use super::key_set::KeySet;

/// How long it may take. Calls wait for it.
const TIMEOUT: Duration = Duration::from_secs(5);
/// A set of keys with all their certificates has some 20 KiB.
const MOST_BYTES: usize = 256 * 1024;

/// Where the keys come from.
#[derive(Debug)]
pub(super) struct Source {
    http: reqwest::Client,
    url: KeySetUrl,
}

/// AuthErrorKind keys cannot be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The HTTP client cannot be set up.
    #[error("the HTTP client for an issuer's keys cannot be set up: {0}")]
    Client(#[source] reqwest::Error),
    /// No answer came.
    #[error("no answer came: {0}")]
    Lost(#[source] reqwest::Error),
    /// Another answer came.
    #[error("the answer was {0}")]
    Status(reqwest::StatusCode),
    /// More came than a set of keys ever has.
    #[error("the answer is longer than {MOST_BYTES} bytes")]
    TooLong,
    /// Something else came.
    #[error("the answer is no set of keys, or none of its keys can be used")]
    NotKeys,
}

impl Source {
    pub(super) fn new(url: KeySetUrl) -> Result<Self, Error> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("waba-migrator/", env!("CARGO_PKG_VERSION")))
            // Whoever is named vouches for the keys, and not whomever it names.
            .redirect(redirect::Policy::none())
            .timeout(TIMEOUT);
        if url.is_loopback() {
            builder = builder.no_proxy();
        }
        if url.url().scheme() == "http" {
            // Reading the system's roots takes longer than all the rest of the start.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(Error::Client)?;
        Ok(Self { http, url })
    }

    /// The keys as they are now.
    pub(super) async fn fetch(&self) -> Result<KeySet, Error> {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is no call to Meta, and holds no secret"
        )]
        let sent = self.http.get(self.url.url().clone()).send();
        let mut answer = sent.await.map_err(lost)?;
        if answer.status() != reqwest::StatusCode::OK {
            return Err(Error::Status(answer.status()));
        }
        let mut document = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(lost)? {
            if document.len().saturating_add(chunk.len()) > MOST_BYTES {
                return Err(Error::TooLong);
            }
            document.extend_from_slice(&chunk);
        }
        KeySet::read(&document).ok_or(Error::NotKeys)
    }
}

/// Without the URL, which may hold a secret.
fn lost(error: reqwest::Error) -> Error {
    Error::Lost(error.without_url())
}
