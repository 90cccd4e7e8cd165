//! Authentication: from the credentials of a call to a [`Caller`], or an [`AuthError`].
//!
//! Owns API keys, tokens, certificates, the cache of keys, and the request rate and the calls in
//! flight of each tenant. It must never know what a call is about: which role may call an RPC, and
//! how an error is worded, is decided in `api`.
//!
//! Cheap checks come first: a mistyped key is rejected without a read of the store. Unauthenticated
//! clients can cause reads, but few at a time ([`lookup_limiter`]), and what they sent is cached
//! for two seconds at most.

mod authenticator;
mod caller;
mod certificate;
mod credentials;
mod error;
#[cfg(fuzzing)]
#[path = "../../fuzz/hooks/auth.rs"]
pub mod fuzzing;
mod in_flight;
mod key_cache;
mod lookup_limiter;
mod settings;
mod tenant_limiter;
mod token;
mod token_bucket;
mod web_origin;

use tracing::Instrument as _;

pub use authenticator::Authenticator;
pub use caller::Caller;
pub use certificate::{CertificateNames, InvalidNames};
pub use credentials::MalformedCredentials;
pub use error::{AuthError, AuthErrorKind};
pub use in_flight::{InFlightGuard, InFlightKind, InFlightLimits, ReadSlot, TooManyInFlight};
pub use settings::{CredentialKind, Settings};
pub use tenant_limiter::{RateExceeded, TenantLimiter, TenantLimits};
pub use token::{
    Algorithms, Claim, Error, InvalidAlgorithms, InvalidClaim, InvalidUrl, KeySetUrl,
    Settings as TokenSettings, TokenError,
};
pub use token_bucket::{Rate, TokenBucket};
pub use web_origin::{InvalidOrigin, Origin, Origins};

/// Runs a read in a trace of its own: a call that is not authenticated joins no other trace.
async fn apart<T>(read: impl Future<Output = T>) -> T {
    let span = tracing::debug_span!(parent: None, "authenticate");
    read.instrument(span).await
}
