//! Fetches an issuer's keys over HTTP.

use std::time::Duration;

use reqwest::redirect;

use super::KeySetUrl;
use super::key_set::KeySet;

/// Timeout of a fetch, for which calls wait.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum size of a key set, bytes. One with all certificates has about 20 KiB.
const MAX_BYTES: usize = 256 * 1024;

/// The URL of an issuer's keys, and a client for it.
#[derive(Debug)]
pub(super) struct Source {
    http: reqwest::Client,
    url: KeySetUrl,
}

/// An issuer's keys cannot be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The HTTP client cannot be set up.
    #[error("the HTTP client for an issuer's keys cannot be set up: {0}")]
    Client(#[source] reqwest::Error),
    /// The request failed.
    #[error("the request failed: {0}")]
    Request(#[source] reqwest::Error),
    /// The response has another status than 200.
    #[error("the response has status {0}")]
    Status(reqwest::StatusCode),
    /// The response is too long.
    #[error("the response is longer than {MAX_BYTES} bytes")]
    TooLong,
    /// The response has no usable keys.
    #[error("the response is not a key set, or has no usable key")]
    NotKeys,
}

impl Source {
    pub(super) fn new(url: KeySetUrl) -> Result<Self, Error> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("waba-migrator/", env!("CARGO_PKG_VERSION")))
            // Only the configured host is trusted for the keys.
            .redirect(redirect::Policy::none())
            .timeout(TIMEOUT);
        if url.is_loopback() {
            builder = builder.no_proxy();
        }
        if url.url().scheme() == "http" {
            // Loading the system's root certificates would dominate the start-up time.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(Error::Client)?;
        Ok(Self { http, url })
    }

    /// Fetches the keys.
    pub(super) async fn fetch(&self) -> Result<KeySet, Error> {
        #[expect(
            clippy::disallowed_methods,
            reason = "not a call to Meta, and without secrets"
        )]
        let sent = self.http.get(self.url.url().clone()).send();
        let mut response = sent.await.map_err(request_error)?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(Error::Status(response.status()));
        }
        let mut document = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(request_error)? {
            if document.len().saturating_add(chunk.len()) > MAX_BYTES {
                return Err(Error::TooLong);
            }
            document.extend_from_slice(&chunk);
        }
        KeySet::read(&document).ok_or(Error::NotKeys)
    }
}

/// Removes the URL, which may contain a secret.
fn request_error(error: reqwest::Error) -> Error {
    Error::Request(error.without_url())
}
