//! JSON Web Tokens: what an identity provider says of a caller, under its signature.
//!
//! Only signatures by a pair of keys are known here, and of those only the algorithms of the configuration: no token can choose
//! to be verified by `none`, or by a secret that is in truth a public key. A key of the set is used for its own algorithms alone.

mod algorithms;
mod cached;
mod claims;
mod fetch;
#[cfg(fuzzing)]
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

/// AuthErrorKind a token is not taken. Never says what it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It is none.
    #[error("it is no JSON Web Token")]
    NotOne,
    /// It is signed by another algorithm than those of the configuration, or than its key is for.
    #[error("it is not signed by an algorithm that is taken here")]
    Algorithm,
    /// No key of the set has its key id.
    #[error("it is signed with a key that its issuer does not publish, or it names none")]
    UnknownKey,
    /// The signature is not of this key and this content.
    #[error("its signature is wrong")]
    Signature,
    /// Its issuer signed it, and this claim is not as it must be.
    #[error("its claim {0} is missing, or is not what this service needs")]
    Claim(String),
    /// Its time has not come.
    #[error("its time has not come yet: its claim nbf is in the future")]
    NotYetValid,
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// Its issuer signed it for the operator's own tenant, and the settings do not allow that.
    #[error(
        "its claim {0} names the tenant `default`, which is the operator's own: tokens for it are not accepted here"
    )]
    DefaultTenant(String),
    /// The keys that it would be verified with are unknown or stale, and cannot be fetched; the next attempt is after this time.
    #[error("the keys of its issuer cannot be fetched")]
    KeysUnavailable(Duration),
    /// Its key is not among those that were fetched last, and the next fetch may begin only after this time.
    #[error(
        "its key is not among the keys of its issuer that were fetched last, and it is too early to fetch them again"
    )]
    KeyNotFetched(Duration),
}

/// Reads tokens. A clone is the same.
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

    /// Who holds this token, where its issuer says so.
    pub(super) async fn holder(
        &self,
        token: &BearerToken,
        now: Timestamp,
    ) -> Result<Holder, TokenError> {
        let header = decode_header(token.expose()).map_err(|_| TokenError::NotOne)?;
        // It asks for something to be understood that nobody here understands.
        if header.crit.is_some() {
            return Err(TokenError::NotOne);
        }
        if !self.settings.algorithms.contains(header.alg) {
            return Err(TokenError::Algorithm);
        }
        let id = header.kid.as_deref().ok_or(TokenError::UnknownKey)?;
        let key = self.keys.find(id).await?;
        if !key.is_for(header.alg) {
            return Err(TokenError::Algorithm);
        }
        // The signature alone: all claims are looked at in one place, by the clock of this service.
        let mut signature = Validation::new(header.alg);
        signature.validate_exp = false;
        signature.validate_aud = false;
        signature.required_spec_claims.clear();
        let read = decode::<Claims>(token.expose(), key.decoding(), &signature);
        let claims = read.map_err(|_| TokenError::Signature)?.claims;
        claims.holder(&self.settings, now)
    }

    /// Asks for the keys beside the calls, so that the first of them need not wait.
    pub(super) fn warm(&self) {
        self.keys.refresh();
    }

    /// Waits for what is being asked for.
    pub(super) async fn finish(&self) {
        self.keys.finish().await;
    }
}
