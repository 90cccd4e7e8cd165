//! Which certificate acts for whom: the table of the configuration. Pure.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::AuthErrorKind;
use domain::tenancy::{InvalidRole, Role};
use domain::{InvalidId, TenantId};

/// For whom the owners of certificates act, by the certificates' names. Written `NAME = TENANT` or `NAME = TENANT ROLE`, one a
/// line or separated by commas; a role that is not said is `migrator`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CertificateNames(BTreeMap<String, Entry>);

/// For whom the owner of a name acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) tenant: TenantId,
    pub(super) role: Role,
}

/// Not a table of certificates.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidNames {
    /// Not the form of an entry.
    #[error(
        "must be entries such as \"billing.acme.example = acme\" or \"spiffe://acme/board = acme reader\""
    )]
    Shape,
    /// A name that no certificate has.
    #[error(
        "must name what certificates have: a DNS name without wildcard, a URI or an email address"
    )]
    Name,
    /// A name that stands there twice.
    #[error("must name each name once")]
    Twice,
    /// Not a tenant.
    #[error("the tenant of an entry {0}")]
    Tenant(#[from] InvalidId),
    /// Not a role.
    #[error("the role of an entry {0}")]
    Role(#[from] InvalidRole),
}

impl CertificateNames {
    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first of `names` that stands here, and for whom. Names that stand here for different callers are worth nothing:
    /// chance would choose among them.
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
            let (name, whom) = entry.rsplit_once('=').ok_or(InvalidNames::Shape)?;
            let (name, mut whom) = (name.trim(), whom.split_whitespace());
            let odd = |c: char| c.is_whitespace() || c.is_control() || c == '*';
            if name.is_empty() || name.contains(odd) {
                return Err(InvalidNames::Name);
            }
            let tenant = whom.next().ok_or(InvalidNames::Shape)?.parse()?;
            let role = whom.next().map_or(Ok(Role::Migrator), str::parse)?;
            if whom.next().is_some() {
                return Err(InvalidNames::Shape);
            }
            if names.insert(folded(name), Entry { tenant, role }).is_some() {
                return Err(InvalidNames::Twice);
            }
        }
        Ok(Self(names))
    }
}

/// A name as it is compared: the case of a DNS name means nothing; that of the others does.
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
    fn a_certificate_acts_for_whom_its_name_stands() {
        let table: CertificateNames = "
            billing.acme.example = acme
            spiffe://prod/board?x=1 = acme reader,
            Ops@Bakery.example = bakery migrator
        "
        .parse()
        .unwrap();
        for (shown, whom) in [
            (&["Billing.ACME.example"][..], ("acme", Role::Migrator)),
            (
                &["other.example", "spiffe://prod/board?x=1"],
                ("acme", Role::Reader),
            ),
            (
                &["Ops@Bakery.example", "Ops@Bakery.example"],
                ("bakery", Role::Migrator),
            ),
        ] {
            let shown = names(shown);
            let (_, entry) = table.find(&shown).unwrap();
            assert_eq!((entry.tenant.as_str(), entry.role), whom);
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
    fn a_table_that_says_less_or_too_much_is_refused() {
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
        ] {
            assert!(bad.parse::<CertificateNames>().is_err(), "{bad}");
        }
        assert!("".parse::<CertificateNames>().unwrap().is_empty());
    }
}
