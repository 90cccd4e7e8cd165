//! Which credentials callers may use.

use std::fmt;

use jiff::SignedDuration;

use super::{CertificateNames, TokenSettings};

/// Which credentials callers may use. Without any, every caller acts for the default tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Accept API keys.
    pub api_keys: bool,
    /// Accept tokens of this issuer.
    pub tokens: Option<TokenSettings>,
    /// Accept certificates with these names.
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
        self.accepted().is_empty()
    }

    /// The kinds of credentials that callers may use.
    #[must_use]
    pub fn accepted(&self) -> Vec<CredentialKind> {
        let mut accepted = Vec::new();
        if self.api_keys {
            accepted.push(CredentialKind::ApiKey);
        }
        if self.tokens.is_some() {
            accepted.push(CredentialKind::Token);
        }
        if !self.certificates.is_empty() {
            accepted.push(CredentialKind::Certificate);
        }
        accepted
    }
}

impl fmt::Display for CredentialKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ApiKey => "an API key, `Authorization: Bearer wam_…`",
            Self::Token => "a token, `Authorization: Bearer …`",
            Self::Certificate => "a client certificate",
        })
    }
}
