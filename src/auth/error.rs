//! Why a caller is not authenticated.

use super::{CredentialKind, MalformedCredentials, TokenError};
use crate::store;
use domain::{Principal, TenantId};

/// A caller is not authenticated.
#[derive(Debug)]
pub struct AuthError {
    /// Why.
    pub kind: AuthErrorKind,
    /// The caller, if it proved its identity.
    pub principal: Option<Principal>,
    /// The tenant that it would act for, if known.
    pub tenant: Option<TenantId>,
}

/// Why a caller is not authenticated.
#[derive(Debug)]
#[non_exhaustive]
pub enum AuthErrorKind {
    /// No credentials were sent; these kinds are accepted.
    NoCredentials(Vec<CredentialKind>),
    /// The credentials are malformed.
    Malformed(MalformedCredentials),
    /// The service does not accept this kind of credentials.
    NotAccepted(&'static str),
    /// Unknown API key.
    UnknownKey,
    /// The API key has expired.
    KeyExpired,
    /// The API key was revoked.
    KeyRevoked,
    /// The token is not accepted.
    Token(TokenError),
    /// No tenant is configured for any name of the certificate.
    UnknownCertificate,
    /// The names of the certificate are configured for different callers.
    AmbiguousCertificate,
    /// The tenant does not exist.
    NoTenant,
    /// The tenant is disabled.
    TenantDisabled,
    /// The store failed.
    Store(store::Error),
}

impl AuthError {
    /// The error for a caller that proved to be `principal` and would act for `tenant`.
    pub(super) fn of(kind: AuthErrorKind, principal: &Principal, tenant: &TenantId) -> Self {
        Self {
            kind,
            principal: Some(principal.clone()),
            tenant: Some(tenant.clone()),
        }
    }
}

impl From<AuthErrorKind> for AuthError {
    fn from(kind: AuthErrorKind) -> Self {
        Self {
            kind,
            principal: None,
            tenant: None,
        }
    }
}

impl From<store::Error> for AuthError {
    fn from(error: store::Error) -> Self {
        AuthErrorKind::Store(error).into()
    }
}
