//! By what callers are known.

use std::fmt;

use jiff::SignedDuration;

use super::{CertificateNames, TokenSettings};

/// By what callers are known, and for how long that is believed. Whoever calls acts for the default tenant where none of it is
/// set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// By API keys.
    pub api_keys: bool,
    /// By the tokens of an issuer.
    pub tokens: Option<TokenSettings>,
    /// By certificates with these names.
    pub certificates: CertificateNames,
    /// How long what was read of keys and tenants is believed.
    pub believed_for: SignedDuration,
}

/// What proves who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An API key.
    ApiKey,
    /// A JSON Web Token.
    Token,
    /// A client certificate.
    Certificate,
}

impl Settings {
    /// Whether nobody is asked who they are.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.taken().is_empty()
    }

    /// What callers may prove who they are by.
    #[must_use]
    pub fn taken(&self) -> Vec<Kind> {
        let mut taken = Vec::new();
        if self.api_keys {
            taken.push(Kind::ApiKey);
        }
        if self.tokens.is_some() {
            taken.push(Kind::Token);
        }
        if !self.certificates.is_empty() {
            taken.push(Kind::Certificate);
        }
        taken
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ApiKey => "an API key (authorization: Bearer wam_…)",
            Self::Token => "a token (authorization: Bearer …)",
            Self::Certificate => "a client certificate",
        })
    }
}
