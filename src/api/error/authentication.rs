//! The statuses of failed authentication: enough to fix the call, and nothing that would help an
//! attacker.

use std::fmt::Display;

use super::{Reason, StatusBuilder, capitalized, from_store};
use crate::auth::{AuthErrorKind, TokenError};

impl From<&AuthErrorKind> for StatusBuilder {
    fn from(why: &AuthErrorKind) -> Self {
        match why {
            AuthErrorKind::NoCredentials(kinds) => Self::new(Reason::CredentialsMissing)
                .message(format!("No credentials. Send {}.", any_of(kinds))),
            AuthErrorKind::Malformed(malformed) => Self::new(Reason::CredentialsMalformed)
                .message(format!("{}.", capitalized(&malformed.to_string()))),
            AuthErrorKind::NotAccepted(what) => Self::new(Reason::CredentialsMalformed)
                .message(format!("This service does not accept {what}.")),
            AuthErrorKind::UnknownKey => Self::new(Reason::ApiKeyUnknown),
            AuthErrorKind::KeyExpired => Self::new(Reason::ApiKeyExpired),
            AuthErrorKind::KeyRevoked => Self::new(Reason::ApiKeyRevoked),
            AuthErrorKind::Token(problem) => token(problem),
            AuthErrorKind::UnknownCertificate => Self::new(Reason::TenantUnknown)
                .message("No name of the client certificate is mapped to a tenant."),
            AuthErrorKind::AmbiguousCertificate => Self::new(Reason::TenantUnknown)
                .message("The names of the client certificate are mapped to different callers."),
            AuthErrorKind::NoTenant => Self::new(Reason::TenantUnknown),
            AuthErrorKind::TenantDisabled => Self::new(Reason::TenantDisabled),
            AuthErrorKind::Store(error) => from_store(error),
        }
    }
}

/// A claim is named only after the signature of the token was verified.
fn token(problem: &TokenError) -> StatusBuilder {
    let invalid = StatusBuilder::new(Reason::TokenInvalid)
        .message(format!("The token is not accepted: {problem}."));
    match problem {
        TokenError::Expired => StatusBuilder::new(Reason::TokenExpired),
        TokenError::KeysUnavailable(pause) | TokenError::KeyNotFetched(pause) => {
            StatusBuilder::new(Reason::TokenKeysUnavailable)
                .message(format!("The token cannot be verified now: {problem}."))
                .retry_after(*pause)
        }
        TokenError::Claim(claim) | TokenError::DefaultTenant(claim) => {
            invalid.metadata("claim", claim)
        }
        _ => invalid,
    }
}

fn any_of<T: Display>(kinds: &[T]) -> String {
    let kinds: Vec<String> = kinds.iter().map(ToString::to_string).collect();
    kinds.join(", or ")
}
