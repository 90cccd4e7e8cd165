//! The claims of a token whose signature was verified. Pure.

use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Settings, TokenError};
use domain::tenancy::Role;
use domain::{Principal, TenantId};

/// The claims of a token.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(in crate::auth) struct Claims(Map<String, Value>);

/// The holder of a token.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::auth) struct Holder {
    pub(in crate::auth) principal: Principal,
    pub(in crate::auth) tenant: TenantId,
    pub(in crate::auth) role: Role,
    /// When the token expires, including the leeway.
    pub(in crate::auth) expires_at: Timestamp,
}

/// The name of a claim, or, if it begins with a slash, a JSON pointer to one: `/realm/roles`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim(String);

/// The text is not the name of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be the name of a claim, such as tenant, or a JSON pointer to one, such as /realm_access/roles"
)]
pub struct InvalidClaim;

impl Claims {
    /// The holder of the token, if it is for this service, valid now, and complete.
    pub(super) fn holder(&self, settings: &Settings, now: Timestamp) -> Result<Holder, TokenError> {
        let wrong = |claim: &str| TokenError::Claim(claim.to_owned());
        if self.text("iss") != Some(&settings.issuer) {
            return Err(wrong("iss"));
        }
        if !texts(self.0.get("aud")).any(|audience| audience == settings.audience) {
            return Err(wrong("aud"));
        }
        let expires_at = self.in_force(settings, now)?;
        let subject = self.text("sub").filter(|subject| !subject.is_empty());
        let subject = subject.ok_or_else(|| wrong("sub"))?;
        let (tenant, role) = (&settings.tenant_claim, settings.role_claim.as_ref());
        let named = self.get(tenant).and_then(Value::as_str);
        let id: Option<TenantId> = named.and_then(|id| id.parse().ok());
        let id = id.ok_or_else(|| wrong(&tenant.0))?;
        // A tenant that the identity provider calls "default" need not be the operator.
        if id == TenantId::default_tenant() && !settings.allow_default_tenant {
            return Err(TokenError::DefaultTenant(tenant.0.clone()));
        }
        Ok(Holder {
            principal: Principal::of_token(subject),
            role: match role {
                Some(claim) => self.role(claim, &id).ok_or_else(|| wrong(&claim.0))?,
                None => Role::Migrator,
            },
            tenant: id,
            expires_at,
        })
    }

    /// When the token expires, if it is valid now.
    fn in_force(&self, settings: &Settings, now: Timestamp) -> Result<Timestamp, TokenError> {
        let wrong = |claim: &str| TokenError::Claim(claim.to_owned());
        let (now, leeway) = (
            now.as_duration().as_secs_f64(),
            settings.leeway.as_secs_f64(),
        );
        let expires = self.0.get("exp").and_then(Value::as_f64);
        let expires = expires.ok_or_else(|| wrong("exp"))? + leeway;
        if now >= expires {
            return Err(TokenError::Expired);
        }
        // A time beyond the range of `Timestamp` never comes.
        let expires_at = SignedDuration::try_from_secs_f64(expires)
            .ok()
            .and_then(|since| Timestamp::UNIX_EPOCH.checked_add(since).ok())
            .unwrap_or(Timestamp::MAX);
        match self.0.get("nbf").map(Value::as_f64) {
            Some(None) => Err(wrong("nbf")),
            Some(Some(begins)) if now < begins - leeway => Err(TokenError::NotYetValid),
            Some(Some(_)) | None => Ok(expires_at),
        }
    }

    /// The most powerful role in the claim that callers of `tenant` can have. Roles of other
    /// services are ignored.
    fn role(&self, claim: &Claim, tenant: &TenantId) -> Option<Role> {
        let named: Vec<Role> = texts(self.get(claim))
            .filter_map(|role| role.parse().ok())
            .collect();
        let mut roles = Role::ALL.into_iter();
        roles.find(|role| named.contains(role) && role.is_for(tenant))
    }

    fn get(&self, claim: &Claim) -> Option<&Value> {
        let Some(pointer) = claim.0.strip_prefix('/') else {
            return self.0.get(&claim.0);
        };
        let (first, rest) = pointer.split_at(pointer.find('/').unwrap_or(pointer.len()));
        let first = first.replace("~1", "/").replace("~0", "~");
        self.0.get(&first)?.pointer(rest)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }
}

/// A string, or each string of an array.
fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let (one, many) = match value {
        Some(Value::Array(many)) => (None, many.as_slice()),
        one => (one, &[][..]),
    };
    one.into_iter().chain(many).filter_map(Value::as_str)
}

impl FromStr for Claim {
    type Err = InvalidClaim;

    fn from_str(text: &str) -> Result<Self, InvalidClaim> {
        let is_invalid = |c: char| c.is_whitespace() || c.is_control();
        if text.trim_matches('/').is_empty() || text.contains(is_invalid) {
            return Err(InvalidClaim);
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use jiff::SignedDuration;
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_790_000_000;

    pub(in crate::auth::token) fn settings() -> Settings {
        Settings {
            issuer: "https://login.example.com".to_owned(),
            audience: "waba-migrator".to_owned(),
            jwks_url: "https://login.example.com/keys".parse().unwrap(),
            algorithms: "ES256".parse().unwrap(),
            tenant_claim: "tenant".parse().unwrap(),
            role_claim: Some("/realm/roles".parse().unwrap()),
            leeway: SignedDuration::from_secs(30),
            refresh_after: SignedDuration::from_mins(10),
            fetch_every: SignedDuration::from_secs(30),
            max_stale: SignedDuration::from_hours(1),
            allow_default_tenant: false,
        }
    }

    fn good() -> Value {
        json!({
            "iss": "https://login.example.com",
            "aud": ["other", "waba-migrator"],
            "sub": "billing",
            "exp": NOW + 60,
            "nbf": NOW - 60,
            "tenant": "acme",
            "realm": { "roles": ["offline_access", "reader"] },
        })
    }

    fn holder(claims: Value) -> Result<Holder, TokenError> {
        let claims: Claims = serde_json::from_value(claims).unwrap();
        claims.holder(&settings(), Timestamp::from_second(NOW).unwrap())
    }

    #[test]
    fn a_valid_token_names_principal_tenant_and_role() {
        let held = holder(good()).unwrap();
        assert_eq!(held.principal.as_str(), "jwt:billing");
        assert_eq!((held.tenant.as_str(), held.role), ("acme", Role::Reader));
        let mut both = good();
        both["realm"]["roles"] = json!(["reader", "migrator"]);
        both["aud"] = json!("waba-migrator");
        assert_eq!(holder(both).unwrap().role, Role::Migrator);
    }

    #[test]
    fn a_missing_or_invalid_claim_is_refused() {
        let claim = |claim: &str| Err(TokenError::Claim(claim.to_owned()));
        for (pointer, values, problem) in [
            (
                "iss",
                &[
                    json!(null),
                    json!("https://evil.example"),
                    json!(["https://login.example.com"]),
                    json!(7),
                ][..],
                claim("iss"),
            ),
            (
                "aud",
                &[
                    json!(null),
                    json!("other"),
                    json!([]),
                    json!({"waba-migrator": 1}),
                    json!("waba-migrator "),
                ],
                claim("aud"),
            ),
            ("sub", &[json!(null), json!(""), json!(7)], claim("sub")),
            (
                "exp",
                &[json!(null), json!("1890000000"), json!([NOW + 60])],
                claim("exp"),
            ),
            (
                "exp",
                &[json!(NOW - 30), json!(0), json!(-1), json!(-1e300)],
                Err(TokenError::Expired),
            ),
            (
                "nbf",
                &[json!(NOW + 31), json!(1e300)],
                Err(TokenError::NotYetValid),
            ),
            ("nbf", &[json!("soon"), json!([])], claim("nbf")),
            (
                "tenant",
                &[json!(null), json!("Acme"), json!(""), json!(["acme"])],
                claim("tenant"),
            ),
            (
                "realm",
                &[
                    json!(null),
                    json!("migrator"),
                    json!({}),
                    json!({"roles": []}),
                    json!({"roles": ["owner", 7]}),
                ],
                claim("/realm/roles"),
            ),
        ] {
            for value in values {
                let mut claims = good();
                claims[pointer] = value.clone();
                let held = holder(claims);
                match (pointer, value) {
                    ("nbf", Value::Null) => assert!(held.is_ok()),
                    _ => assert_eq!(held, problem, "{pointer} {value}"),
                }
            }
            let mut without = good();
            without.as_object_mut().unwrap().remove(pointer);
            assert_eq!(holder(without).is_ok(), pointer == "nbf", "{pointer}");
        }
    }

    #[test]
    fn a_token_for_the_operators_tenant_needs_the_setting() {
        let mut own = good();
        own["tenant"] = json!("default");
        let read = |allow_default_tenant| {
            let claims: Claims = serde_json::from_value(own.clone()).unwrap();
            let settings = Settings {
                allow_default_tenant,
                ..settings()
            };
            claims.holder(&settings, Timestamp::from_second(NOW).unwrap())
        };
        assert_eq!(
            read(false),
            Err(TokenError::DefaultTenant("tenant".to_owned()))
        );
        assert_eq!(read(true).unwrap().tenant, TenantId::default_tenant());
    }

    #[test]
    fn an_admin_role_counts_only_where_the_token_may_act_for_the_operators_tenant() {
        let read = |tenant: &str, roles: &[&str], allow_default_tenant| {
            let mut claims = good();
            claims["tenant"] = json!(tenant);
            claims["realm"]["roles"] = json!(roles);
            let claims: Claims = serde_json::from_value(claims).unwrap();
            let settings = Settings {
                allow_default_tenant,
                ..settings()
            };
            let held = claims.holder(&settings, Timestamp::from_second(NOW).unwrap());
            held.map(|holder| holder.role)
        };
        assert_eq!(read("default", &["reader", "admin"], true), Ok(Role::Admin));
        assert!(read("default", &["admin"], false).is_err());
        for allow_default_tenant in [false, true] {
            let role = read("acme", &["admin", "reader"], allow_default_tenant);
            assert_eq!(role, Ok(Role::Reader));
            let role = read("acme", &["admin"], allow_default_tenant);
            assert_eq!(role, Err(TokenError::Claim("/realm/roles".to_owned())));
        }
    }

    #[test]
    fn clocks_may_differ_by_the_leeway() {
        let mut late = good();
        late["exp"] = json!(NOW - 29);
        late["nbf"] = json!(NOW + 30);
        assert!(holder(late).is_ok());
    }

    #[test]
    fn a_claim_is_found_by_name_or_json_pointer() {
        let claims: Claims = serde_json::from_value(json!({
            "https://acme.example/tenant": "acme",
            "a/b": { "~": ["x"] },
        }))
        .unwrap();
        let found = |name: &str| claims.get(&name.parse().unwrap()).cloned();
        assert_eq!(found("https://acme.example/tenant"), Some(json!("acme")));
        assert_eq!(found("/a~1b/~0/0"), Some(json!("x")));
        assert_eq!(found("/a~1b/0"), None);
        for bad in ["", "/", "a b", "a\n"] {
            assert_eq!(bad.parse::<Claim>(), Err(InvalidClaim), "{bad:?}");
        }
    }
}
