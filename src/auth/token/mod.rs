//! JSON Web Tokens, signed by an identity provider.
//!
//! Only asymmetric signatures with a configured algorithm are verified: no token can choose `none`,
//! or an HMAC with the public key as its secret. A key is used for its own algorithms only.

mod algorithms;
mod cached;
mod claims;
mod fetch;
#[cfg(fuzzing)]
#[path = "../../../fuzz/hooks/token.rs"]
pub(super) mod fuzzing;
mod key_set;
mod keys;
mod settings;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jsonwebtoken::{Validation, decode, decode_header};

use super::credentials::BearerToken;
use crate::util::clock::Clock;
use keys::IssuerKeys;

pub use algorithms::{Algorithms, InvalidAlgorithms};
pub use claims::{Claim, InvalidClaim};
pub(super) use claims::{Claims, Holder};
pub use fetch::Error;
pub use settings::{InvalidUrl, KeySetUrl, Settings};

/// A token is not accepted. Never contains the token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It is not a JSON Web Token.
    #[error("it is not a valid JSON Web Token")]
    Malformed,
    /// Its algorithm is not configured, or not one of its key.
    #[error("it is not signed with an accepted algorithm")]
    Algorithm,
    /// It has no key id, or no key of the issuer has it.
    #[error("it has no key id, or its issuer does not publish the key")]
    UnknownKey,
    /// The signature does not match the key and the content.
    #[error("its signature is wrong")]
    Signature,
    /// The signature is valid, but this claim is missing or invalid.
    #[error("its claim {0} is missing or invalid")]
    Claim(String),
    /// It is not valid yet.
    #[error("it is not valid yet: its claim nbf is in the future")]
    NotYetValid,
    /// It has expired.
    #[error("it has expired")]
    Expired,
    /// It is for the operator's own tenant, and the settings do not allow that.
    #[error(
        "its claim {0} names the tenant `default`, which is the operator's own: tokens for it are not accepted here"
    )]
    DefaultTenant(String),
    /// The issuer's keys are unknown or stale, and cannot be fetched until this time has passed.
    #[error("the keys of its issuer cannot be fetched")]
    KeysUnavailable(Duration),
    /// The last fetched key set lacks its key, and the next fetch may begin after this time.
    #[error(
        "its key is not among the last fetched keys of its issuer, and it is too early to fetch them again"
    )]
    KeyNotFetched(Duration),
}

/// Verifies tokens. Cheap to clone; clones share state.
#[derive(Debug, Clone)]
pub(super) struct Tokens {
    settings: Arc<Settings>,
    keys: Arc<IssuerKeys>,
}

impl Tokens {
    pub(super) fn new(settings: Settings, clock: Clock) -> Result<Self, Error> {
        let settings = Arc::new(settings);
        Ok(Self {
            keys: Arc::new(IssuerKeys::new(Arc::clone(&settings), clock)?),
            settings,
        })
    }

    /// The holder of this token, if it is valid.
    pub(super) async fn holder(
        &self,
        token: &BearerToken,
        now: Timestamp,
    ) -> Result<Holder, TokenError> {
        let header = decode_header(token.expose()).map_err(|_| TokenError::Malformed)?;
        // It requires an extension, and none is supported.
        if header.crit.is_some() {
            return Err(TokenError::Malformed);
        }
        if !self.settings.algorithms.contains(header.alg) {
            return Err(TokenError::Algorithm);
        }
        let id = header.kid.as_deref().ok_or(TokenError::UnknownKey)?;
        let key = self.keys.find(id).await?;
        if !key.is_for(header.alg) {
            return Err(TokenError::Algorithm);
        }
        // The signature only: `Claims` checks the claims, with the clock of this service.
        let mut signature = Validation::new(header.alg);
        signature.validate_exp = false;
        signature.validate_aud = false;
        signature.required_spec_claims.clear();
        let read = decode::<Claims>(token.expose(), key.decoding(), &signature);
        let claims = read.map_err(|_| TokenError::Signature)?.claims;
        claims.holder(&self.settings, now)
    }

    /// Fetches the keys in the background, so that the first call need not wait.
    pub(super) fn warm(&self) {
        self.keys.refresh();
    }

    /// Waits for the fetch in progress, and starts no more.
    pub(super) async fn finish(&self) {
        self.keys.finish().await;
    }
}
