//! Credentials and target of a migration's Graph calls. The only module that decides which token
//! and which app a call uses.
//!
//! The operator's credentials serve only the tenant `default`, and are never sent to a sandbox. A
//! tenant's credentials are sent only where that tenant's calls go.

use jiff::Timestamp;

use super::Engine;
use crate::graph;
use crate::store::Store;
use domain::tenancy::{MetaCredentials, Tenant};
use domain::{AccessToken, Fault, Reason, TenantId, WabaId};

/// Clients for the targets of calls.
#[derive(Debug, Clone)]
pub struct Graphs {
    /// Meta, or what the settings name in its place.
    pub meta: graph::Client,
    /// The sandbox, for sandbox tenants. It shares no state with the other: limits of an account
    /// there do not affect an account of the same id at Meta. `None`: calls of sandbox tenants are
    /// refused.
    pub sandbox: Option<graph::Client>,
}

impl From<graph::Client> for Graphs {
    /// Meta only.
    fn from(meta: graph::Client) -> Self {
        Self {
            meta,
            sandbox: None,
        }
    }
}

/// Access to Graph for one migration.
#[derive(Debug)]
pub(super) struct GraphAccess<'a> {
    client: &'a graph::Client,
    access: graph::Access,
    tenant: &'a TenantId,
}

impl GraphAccess<'_> {
    /// The client of its calls.
    pub(super) const fn client(&self) -> &graph::Client {
        self.client
    }

    /// Fails if this WABA should not be read now: it is near its limit, or has reached it.
    pub(super) fn check_limits(&self, waba: &WabaId, now: Timestamp) -> Result<(), Fault> {
        match self.client.throttled_until(waba, now) {
            None => Ok(()),
            Some(until) => Err(Fault::of(Reason::AccountRateLimited)
                .with_retry_after(Some(until.duration_since(now)))),
        }
    }

    /// Fails if Meta refuses every call of the app: then no intent is committed for a call that
    /// would not be made.
    pub(super) fn check_app(&self, now: Timestamp) -> Result<(), Fault> {
        match self.client.app_refusal(&self.access, now) {
            None => Ok(()),
            Some(fault) => Err(fault),
        }
    }

    /// A session of the adapter for calls that count against this WABA's limits.
    pub(super) fn session<'a>(&'a self, waba: &'a WabaId) -> graph::Session<'a> {
        let session = self.client.session(&self.access);
        session.on_behalf_of(self.tenant).about(waba)
    }
}

impl<S: Store> Engine<S> {
    /// Access to Graph for a migration, with its own token if it has one.
    pub(super) fn graph_access<'a>(
        &'a self,
        tenant: &'a Tenant,
        sandbox: bool,
        own: Option<&AccessToken>,
    ) -> Result<GraphAccess<'a>, Fault> {
        if tenant.sandbox != sandbox {
            return Err(Fault::of(Reason::SandboxChanged));
        }
        let graphs = &self.parts.graphs;
        let client = if sandbox {
            graphs.sandbox.as_ref().ok_or(Reason::SandboxMissing)
        } else {
            Ok(&graphs.meta)
        };
        let access = self.access(tenant, own).ok_or(Reason::TokenMissing);
        Ok(GraphAccess {
            client: client.map_err(Fault::of)?,
            access: access.map_err(Fault::of)?,
            tenant: &tenant.id,
        })
    }

    /// Credentials of a tenant's calls, or of a migration that has its own token.
    pub(super) fn access(
        &self,
        tenant: &Tenant,
        own: Option<&AccessToken>,
    ) -> Option<graph::Access> {
        access(tenant, &self.parts.settings.credentials, own)
    }
}

/// Credentials of a call: the token of the migration, or else of its tenant, or else, for the
/// tenant `default`, of the service.
///
/// The app is the one that issued the token: for the service's token the service's app. For any
/// other token it is the tenant's, because the tokens of a tenant's migrations come from the app
/// that its customers gave access to; if the tenant `default` has none, it is the service's.
fn access(
    tenant: &Tenant,
    service: &MetaCredentials,
    own: Option<&AccessToken>,
) -> Option<graph::Access> {
    let nothing = MetaCredentials::default();
    let is_operators = tenant.id == TenantId::default_tenant() && !tenant.sandbox;
    let service = if is_operators { service } else { &nothing };
    let theirs = &tenant.credentials;
    let has_app = theirs.app_id.is_some() || theirs.app_secret.is_some();
    let (token, app) = match own.or(theirs.access_token.as_ref()) {
        Some(token) if has_app => (token.clone(), theirs),
        Some(token) => (token.clone(), service),
        // The sandbox accepts any token.
        None if tenant.sandbox => ("sandbox".parse().ok()?, theirs),
        None => (service.access_token.clone()?, service),
    };
    Some(graph::Access {
        token,
        app_id: app.app_id.clone(),
        app_secret: app.app_secret.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(name: &str) -> MetaCredentials {
        MetaCredentials {
            access_token: format!("token-of-{name}").parse().ok(),
            app_id: "138483919580948".parse().ok(),
            app_secret: format!("app-of-{name}").parse().ok(),
        }
    }

    fn tenant(id: &str, credentials: MetaCredentials) -> Tenant {
        let name = id.parse().unwrap();
        Tenant {
            credentials,
            ..Tenant::new(id.parse().unwrap(), name, Timestamp::UNIX_EPOCH)
        }
    }

    /// The token and the app's secret that a call uses.
    fn used(tenant: &Tenant, own: Option<&str>) -> Option<(String, Option<String>)> {
        let own = own.map(|token| token.parse().unwrap());
        let access = access(tenant, &credentials("service"), own.as_ref())?;
        let secret = access.app_secret.map(|secret| secret.expose().to_owned());
        Some((access.token.expose().to_owned(), secret))
    }

    fn of(token: &str, secret: impl Into<Option<&'static str>>) -> (String, Option<String>) {
        (token.to_owned(), secret.into().map(str::to_owned))
    }

    #[test]
    fn a_tenant_never_uses_the_operators_credentials() {
        let bare = tenant("acme", MetaCredentials::default());
        assert_eq!(used(&bare, None), None);
        assert_eq!(used(&bare, Some("own")), Some(of("own", None)));
        let full = tenant("acme", credentials("acme"));
        assert_eq!(used(&full, None), Some(of("token-of-acme", "app-of-acme")));
        assert_eq!(used(&full, Some("own")), Some(of("own", "app-of-acme")));
        let mut no_app = full;
        no_app.credentials.app_id = None;
        no_app.credentials.app_secret = None;
        assert_eq!(used(&no_app, None), Some(of("token-of-acme", None)));
    }

    #[test]
    fn a_token_is_used_with_the_app_that_issued_it() {
        let default = |credentials| tenant("default", credentials);
        let bare = default(MetaCredentials::default());
        let services = Some(of("token-of-service", "app-of-service"));
        assert_eq!(used(&bare, None), services);
        assert_eq!(used(&bare, Some("own")), Some(of("own", "app-of-service")));
        let mut app_alone = default(credentials("default"));
        app_alone.credentials.access_token = None;
        assert_eq!(used(&app_alone, None), services, "not the tenant's app");
        assert_eq!(
            used(&app_alone, Some("own")),
            Some(of("own", "app-of-default"))
        );
        let mut id_alone = default(credentials("default"));
        id_alone.credentials.app_secret = None;
        assert_eq!(used(&id_alone, None), Some(of("token-of-default", None)));
    }

    #[test]
    fn the_sandbox_gets_no_credentials_of_the_operator() {
        for id in ["default", "acme"] {
            let mut bare = tenant(id, MetaCredentials::default());
            bare.sandbox = true;
            assert_eq!(used(&bare, None), Some(of("sandbox", None)));
            assert_eq!(used(&bare, Some("own")), Some(of("own", None)));
        }
    }
}
