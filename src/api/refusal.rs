//! What somebody is told who is not let in: enough to mend it, and nothing that only an insider should know.

use std::fmt::Display;

use super::Reason;
use super::error::{self, Answer};
use crate::auth::{TokenProblem, Why};
use domain::tenancy::Role;

impl From<&Why> for Answer {
    /// The answer to somebody who was not let in.
    fn from(why: &Why) -> Self {
        match why {
            Why::NoCredentials(kinds) => {
                let answer = Answer::new(Reason::CredentialsMissing);
                answer.saying(format!(
                    "the call shows nothing of who makes it: {}",
                    list(kinds)
                ))
            }
            Why::Malformed(malformed) => {
                Answer::new(Reason::CredentialsMalformed).saying(malformed.to_string())
            }
            Why::NotTaken(what) => Answer::new(Reason::CredentialsMalformed)
                .saying(format!("this service does not take {what}")),
            Why::UnknownKey => Answer::new(Reason::ApiKeyUnknown),
            Why::KeyExpired => Answer::new(Reason::ApiKeyExpired),
            Why::KeyRevoked => Answer::new(Reason::ApiKeyRevoked),
            Why::Token(problem) => token(problem),
            Why::UnknownCertificate => Answer::new(Reason::TenantUnknown)
                .saying("no name of the client's certificate stands for a tenant of this service"),
            Why::AmbiguousCertificate => Answer::new(Reason::TenantUnknown)
                .saying("the names of the client's certificate stand for different callers"),
            Why::NoTenant => Answer::new(Reason::TenantUnknown),
            Why::TenantDisabled => Answer::new(Reason::TenantDisabled),
            Why::Store(error) => error::from_store(error),
        }
    }
}

/// The answer to a caller whose role may not do what it asks for.
pub(super) fn role(role: Role, needed: Role) -> Answer {
    Answer::new(Reason::RoleMayNot)
        .saying(format!(
            "the caller is a {role}, and this RPC is for a {needed}"
        ))
        .with("needed_role", &needed)
}

/// What is told of claims is told under their issuer's signature.
fn token(problem: &TokenProblem) -> Answer {
    let invalid =
        Answer::new(Reason::TokenInvalid).saying(format!("the token is not taken: {problem}"));
    match problem {
        TokenProblem::Expired => Answer::new(Reason::TokenExpired),
        TokenProblem::KeysUnavailable(pause) | TokenProblem::KeyNotFetched(pause) => {
            Answer::new(Reason::TokenKeysUnavailable)
                .saying(format!("the token cannot be verified now: {problem}"))
                .retry_after(*pause)
        }
        TokenProblem::Claim(claim) | TokenProblem::DefaultTenant(claim) => {
            invalid.with("claim", claim)
        }
        _ => invalid,
    }
}

/// What is asked for.
fn list<T: Display>(kinds: &[T]) -> String {
    let kinds: Vec<String> = kinds.iter().map(ToString::to_string).collect();
    format!("it needs {}", kinds.join(", or "))
}
