//! Claims of tokens with a valid signature, and the key sets of issuers.

#![no_main]

use std::sync::LazyLock;

use jiff::SignedDuration;
use libfuzzer_sys::fuzz_target;
use waba_migrator::auth::TokenSettings;
use waba_migrator::auth::fuzzing::{has_key, tenant};
use waba_migrator_fuzz::now;

static SETTINGS: LazyLock<TokenSettings> = LazyLock::new(|| TokenSettings {
    issuer: "https://login.example".to_owned(),
    audience: "waba".to_owned(),
    jwks_url: "https://login.example/keys".parse().expect("an address"),
    algorithms: "ES256".parse().expect("an algorithm"),
    tenant_claim: "tenant".parse().expect("a claim"),
    role_claim: Some("/realm/roles".parse().expect("a claim")),
    leeway: SignedDuration::from_secs(30),
    refresh_after: SignedDuration::from_mins(10),
    fetch_every: SignedDuration::from_secs(30),
    max_stale: SignedDuration::from_hours(1),
    allow_default_tenant: false,
});

fuzz_target!(|input: &[u8]| {
    if let Some(Ok(tenant)) = tenant(input, &SETTINGS, now()) {
        // No token is accepted that is not of this issuer, for this audience and for this tenant.
        let claims: serde_json::Value = serde_json::from_slice(input).expect("it was read before");
        assert_eq!(claims["iss"], SETTINGS.issuer);
        assert!(claims["aud"].to_string().contains(&SETTINGS.audience));
        assert_eq!(claims["tenant"], tenant.as_str());
        assert!(
            claims["exp"]
                .as_f64()
                .is_some_and(|exp| exp > 1_789_999_970.0)
        );
    }
    let _ = has_key(input, "key-1");
});
