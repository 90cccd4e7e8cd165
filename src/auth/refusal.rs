//! Why somebody is not let in.

use super::{Kind, Malformed, TokenProblem};
use crate::store;
use domain::{Principal, TenantId};

/// Somebody is not let in.
#[derive(Debug)]
pub struct Refusal {
    /// Why.
    pub why: Why,
    /// Who it is, where that was proved.
    pub principal: Option<Principal>,
    /// For whom it would have acted, where that is known.
    pub tenant: Option<TenantId>,
}

/// Why somebody is not let in.
#[derive(Debug)]
#[non_exhaustive]
pub enum Why {
    /// It showed nothing, where one of these is asked for.
    NoCredentials(Vec<Kind>),
    /// What it showed is nothing that could be known.
    Malformed(Malformed),
    /// What it showed is of a kind that is not taken here.
    NotTaken(&'static str),
    /// Nobody has this key.
    UnknownKey,
    /// The key's time has run out.
    KeyExpired,
    /// The key was withdrawn.
    KeyRevoked,
    /// The token is not taken.
    Token(TokenProblem),
    /// No tenant is named for any name of its certificate.
    UnknownCertificate,
    /// The names of its certificate stand for different callers.
    AmbiguousCertificate,
    /// Its tenant is not there.
    NoTenant,
    /// Its tenant is disabled.
    TenantDisabled,
    /// The store cannot say.
    Store(store::Error),
}

impl Refusal {
    /// Refuses somebody who proved to be `principal`, and would act for `tenant`.
    pub(super) fn of(why: Why, principal: &Principal, tenant: &TenantId) -> Self {
        Self {
            why,
            principal: Some(principal.clone()),
            tenant: Some(tenant.clone()),
        }
    }
}

impl From<Why> for Refusal {
    fn from(why: Why) -> Self {
        Self {
            why,
            principal: None,
            tenant: None,
        }
    }
}

impl From<store::Error> for Refusal {
    fn from(error: store::Error) -> Self {
        Why::Store(error).into()
    }
}
