//! Which credentials callers may use.

use std::fmt;

use jiff::SignedDuration;

use super::{CertificateNames, TokenSettings};

/// Which credentials callers may use. Without any, every caller acts for the default tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// API keys.
    pub api_keys: bool,
    /// Tokens of an issuer.
    pub tokens: Option<TokenSettings>,
    /// Certificates with these names.
    pub certificates: CertificateNames,
    /// TTL of cached API keys and tenants: a revoked key or a disabled tenant may work this long.
    pub cache_ttl: SignedDuration,
}

/// A kind of credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialKind {
    /// An API key.
    ApiKey,
    /// A JSON Web Token.
    Token,
    /// A client certificate.
    Certificate,
}

impl Settings {
    /// Whether callers need no credentials.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.taken().is_empty()
    }

    /// The kinds of credentials that callers may use.
    #[must_use]
    pub fn taken(&self) -> Vec<CredentialKind> {
        let mut taken = Vec::new();
        if self.api_keys {
            taken.push(CredentialKind::ApiKey);
        }
        if self.tokens.is_some() {
            taken.push(CredentialKind::Token);
        }
        if !self.certificates.is_empty() {
            taken.push(CredentialKind::Certificate);
        }
        taken
    }
}

impl fmt::Display for CredentialKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ApiKey => "an API key (authorization: Bearer wam_…)",
            Self::Token => "a token (authorization: Bearer …)",
            Self::Certificate => "a client certificate",
        })
    }
}
