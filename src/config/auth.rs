//! `[auth]`: authentication of callers.

use jiff::SignedDuration;

use super::Reader;
use crate::auth::{CertificateNames, Settings, TokenSettings};
use crate::http_server::TlsSettings;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// What token authentication needs. The first three have no default: setting one enables it.
const NEEDED: [&str; 5] = [
    "auth.jwt.issuer",
    "auth.jwt.audience",
    "auth.jwt.jwks_url",
    "auth.jwt.algorithms",
    "auth.jwt.tenant_claim",
];

impl Settings {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            api_keys: reader.switch("auth.api_keys"),
            tokens: TokenSettings::read(reader),
            certificates: reader
                .parsed::<CertificateNames>("auth.certificates")
                .unwrap_or_default(),
            cache_ttl: reader.duration("auth.cache_ttl", SignedDuration::ZERO..=MINUTE),
        }
    }
}

/// A client sends no certificate unless it is asked for one.
pub(super) fn require_client_ca(
    auth: &Settings,
    tls: Option<&TlsSettings>,
    reader: &mut Reader<'_>,
) {
    let asks = tls.is_some_and(|tls| tls.clients.is_some());
    if !auth.certificates.is_empty() && !asks && reader.is_sound("tls") {
        reader.problem(
            "auth.certificates",
            "needs tls.client_ca_file, the authorities that client certificates must come from: \
             without it no client is asked for a certificate",
        );
    }
}

impl TokenSettings {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let needed = NEEDED.map(|key| (key, reader.text(key)));
        let enabled = needed.iter().take(3).any(|(_, text)| !text.is_empty());
        for (key, text) in &needed {
            if enabled && text.is_empty() {
                reader.problem(
                    key,
                    "must be set, too: tokens need issuer, audience, jwks_url, algorithms and \
                     tenant_claim",
                );
            }
        }
        let [(_, issuer), (_, audience), ..] = needed;
        let jwks_url = reader.parsed("auth.jwt.jwks_url");
        let algorithms = reader.parsed("auth.jwt.algorithms");
        let tenant_claim = reader.parsed("auth.jwt.tenant_claim");
        let role_claim = reader.parsed("auth.jwt.role_claim");
        let leeway = reader.duration("auth.jwt.leeway", SignedDuration::ZERO..=MINUTE * 10);
        let refresh_after = reader.duration("auth.jwt.refresh_after", SECOND..=HOUR * 24);
        let fetch_every = reader.duration("auth.jwt.fetch_every", SECOND..=HOUR);
        let max_stale = reader.duration("auth.jwt.max_stale", SECOND..=HOUR * 24 * 7);
        if reader.is_sound("auth") && max_stale < refresh_after.max(fetch_every) {
            reader.problem(
                "auth.jwt.max_stale",
                "must not be shorter than auth.jwt.refresh_after and auth.jwt.fetch_every: the keys \
                 would be too old to use before they are fetched again",
            );
        }
        let allow_default_tenant = reader.switch("auth.jwt.allow_default_tenant");
        Some(Self {
            issuer,
            audience,
            jwks_url: jwks_url.filter(|_| enabled)?,
            algorithms: algorithms?,
            tenant_claim: tenant_claim?,
            role_claim,
            leeway,
            refresh_after,
            fetch_every,
            max_stale,
            allow_default_tenant,
        })
    }
}
