//! The configured mapping of certificate names to tenants and roles. Pure.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::AuthErrorKind;
use domain::tenancy::{InvalidRole, Role};
use domain::{InvalidId, TenantId};

/// The tenant and role of each certificate name. Written `NAME = TENANT` or `NAME = TENANT ROLE`,
/// one per line or separated by commas; the default role is `migrator`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CertificateNames(BTreeMap<String, Entry>);

/// The tenant and role of one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) tenant: TenantId,
    pub(super) role: Role,
}

/// The text is not a valid mapping.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidNames {
    /// An entry has the wrong form.
    #[error(
        "must be entries such as \"billing.acme.example = acme\" or \"spiffe://acme/board = acme reader\""
    )]
    Shape,
    /// No certificate can have this name.
    #[error(
        "must have a name that a certificate can have: a DNS name without wildcard, a URI or an email address"
    )]
    Name,
    /// A name occurs twice.
    #[error("must contain each name once")]
    Twice,
    /// The tenant's id is malformed.
    #[error("the tenant of an entry {0}")]
    Tenant(#[from] InvalidId),
    /// The role is unknown.
    #[error("the role of an entry {0}")]
    Role(#[from] InvalidRole),
    /// An admin of a tenant other than `default`.
    #[error("must give the role admin to names of the tenant default only")]
    Admin,
}

impl CertificateNames {
    /// Whether there are no names.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first of `names` that is configured, and its entry. An error if `names` are configured
    /// for different tenants or roles: the choice would be arbitrary.
    pub(super) fn find<'a>(&self, names: &'a [String]) -> Result<(&'a str, &Entry), AuthErrorKind> {
        let mut found = names
            .iter()
            .filter_map(|name| Some((name.as_str(), self.0.get(&folded(name))?)));
        let first = found.next().ok_or(AuthErrorKind::UnknownCertificate)?;
        if found.any(|(_, entry)| entry != first.1) {
            return Err(AuthErrorKind::AmbiguousCertificate);
        }
        Ok(first)
    }
}

impl FromStr for CertificateNames {
    type Err = InvalidNames;

    fn from_str(text: &str) -> Result<Self, InvalidNames> {
        let mut names = BTreeMap::new();
        let entries = text.split([',', '\n']).map(str::trim);
        for entry in entries.filter(|entry| !entry.is_empty()) {
            let (name, target) = entry.rsplit_once('=').ok_or(InvalidNames::Shape)?;
            let (name, mut target) = (name.trim(), target.split_whitespace());
            let is_invalid = |c: char| c.is_whitespace() || c.is_control() || c == '*';
            if name.is_empty() || name.contains(is_invalid) {
                return Err(InvalidNames::Name);
            }
            let tenant: TenantId = target.next().ok_or(InvalidNames::Shape)?.parse()?;
            let role = target.next().map_or(Ok(Role::Migrator), str::parse)?;
            if target.next().is_some() {
                return Err(InvalidNames::Shape);
            }
            if !role.is_for(&tenant) {
                return Err(InvalidNames::Admin);
            }
            if names.insert(folded(name), Entry { tenant, role }).is_some() {
                return Err(InvalidNames::Twice);
            }
        }
        Ok(Self(names))
    }
}

/// A name as it is compared: DNS names are case-insensitive, URIs and email addresses are not.
fn folded(name: &str) -> String {
    if name.contains([':', '/', '@']) {
        name.to_owned()
    } else {
        name.to_ascii_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_name_maps_to_its_tenant_and_role() {
        let table: CertificateNames = "
            billing.acme.example = acme
            spiffe://prod/board?x=1 = acme reader,
            Ops@Bakery.example = bakery migrator
            spiffe://prod/platform = default admin
        "
        .parse()
        .unwrap();
        for (shown, expected) in [
            (&["Billing.ACME.example"][..], ("acme", Role::Migrator)),
            (
                &["other.example", "spiffe://prod/board?x=1"],
                ("acme", Role::Reader),
            ),
            (
                &["Ops@Bakery.example", "Ops@Bakery.example"],
                ("bakery", Role::Migrator),
            ),
            (&["spiffe://prod/platform"], ("default", Role::Admin)),
        ] {
            let shown = names(shown);
            let (_, entry) = table.find(&shown).unwrap();
            assert_eq!((entry.tenant.as_str(), entry.role), expected);
        }
        for unknown in [
            &[][..],
            &["acme.example"],
            &["x.billing.acme.example"],
            &["spiffe://PROD/board?x=1"],
            &["ops@bakery.example"],
        ] {
            let found = table.find(&names(unknown)).map(|_| ());
            assert!(
                matches!(found, Err(AuthErrorKind::UnknownCertificate)),
                "{unknown:?}"
            );
        }
        let both = names(&["billing.acme.example", "Ops@Bakery.example"]);
        let found = table.find(&both).map(|_| ());
        assert!(matches!(found, Err(AuthErrorKind::AmbiguousCertificate)));
        let roles = names(&["billing.acme.example", "spiffe://prod/board?x=1"]);
        let found = table.find(&roles).map(|_| ());
        assert!(matches!(found, Err(AuthErrorKind::AmbiguousCertificate)));
    }

    #[test]
    fn an_incomplete_or_ambiguous_entry_is_refused() {
        for bad in [
            "x",
            "x =",
            "= acme",
            "*.acme.example = acme",
            "a b = acme",
            "x = acme reader now",
            "x = acme owner",
            "x = Acme",
            "x = acme, X = bakery",
            "x = acme admin",
        ] {
            assert!(bad.parse::<CertificateNames>().is_err(), "{bad}");
        }
        assert!("".parse::<CertificateNames>().unwrap().is_empty());
    }
}
