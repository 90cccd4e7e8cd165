//! The statuses of failed authentication: enough to fix the call, and nothing that would help an
//! attacker.

use std::fmt::Display;

use super::{Reason, StatusBuilder, from_store};
use crate::auth::{TokenProblem, Why};

impl From<&Why> for StatusBuilder {
    fn from(why: &Why) -> Self {
        match why {
            Why::NoCredentials(kinds) => Self::new(Reason::CredentialsMissing).message(format!(
                "the call carries no credentials: send {}",
                any_of(kinds)
            )),
            Why::Malformed(malformed) => {
                Self::new(Reason::CredentialsMalformed).message(malformed.to_string())
            }
            Why::NotTaken(what) => Self::new(Reason::CredentialsMalformed)
                .message(format!("this service does not accept {what}")),
            Why::UnknownKey => Self::new(Reason::ApiKeyUnknown),
            Why::KeyExpired => Self::new(Reason::ApiKeyExpired),
            Why::KeyRevoked => Self::new(Reason::ApiKeyRevoked),
            Why::Token(problem) => token(problem),
            Why::UnknownCertificate => Self::new(Reason::TenantUnknown)
                .message("no name of the client certificate is mapped to a tenant"),
            Why::AmbiguousCertificate => Self::new(Reason::TenantUnknown)
                .message("the names of the client certificate are mapped to different callers"),
            Why::NoTenant => Self::new(Reason::TenantUnknown),
            Why::TenantDisabled => Self::new(Reason::TenantDisabled),
            Why::Store(error) => from_store(error),
        }
    }
}

/// A claim is named only after the signature of the token was verified.
fn token(problem: &TokenProblem) -> StatusBuilder {
    let invalid = StatusBuilder::new(Reason::TokenInvalid)
        .message(format!("the token is not accepted: {problem}"));
    match problem {
        TokenProblem::Expired => StatusBuilder::new(Reason::TokenExpired),
        TokenProblem::KeysUnavailable(pause) | TokenProblem::KeyNotFetched(pause) => {
            StatusBuilder::new(Reason::TokenKeysUnavailable)
                .message(format!("the token cannot be verified now: {problem}"))
                .retry_after(*pause)
        }
        TokenProblem::Claim(claim) | TokenProblem::DefaultTenant(claim) => {
            invalid.metadata("claim", claim)
        }
        _ => invalid,
    }
}

fn any_of<T: Display>(kinds: &[T]) -> String {
    let kinds: Vec<String> = kinds.iter().map(ToString::to_string).collect();
    kinds.join(", or ")
}
