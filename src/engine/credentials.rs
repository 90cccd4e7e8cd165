//! With what, and where, the calls for a migration are made. The only place that knows whose token and whose app they take.
//!
//! What is the operator's own serves the tenant `default` alone, and never goes to a sandbox. What is a tenant's goes where
//! that tenant's calls go, and nowhere else.

use jiff::Timestamp;

use super::Engine;
use crate::graph;
use crate::store::Store;
use domain::tenancy::{MetaCredentials, Tenant};
use domain::{AccessToken, Fault, Reason, TenantId, WabaId};

/// Where calls can go.
#[derive(Debug, Clone)]
pub struct Graphs {
    /// To Meta, or to what the service was told to take for Meta.
    pub meta: graph::Client,
    /// To the sandbox of the tenants that have none to do with Meta. It shares nothing with the other: what an account there
    /// suffers, one of the same id at Meta does not. `None`: their calls are refused.
    pub sandbox: Option<graph::Client>,
}

impl From<graph::Client> for Graphs {
    /// To Meta alone.
    fn from(meta: graph::Client) -> Self {
        Self {
            meta,
            sandbox: None,
        }
    }
}

/// The way to Graph for one migration.
#[derive(Debug)]
pub(super) struct Way<'a> {
    client: &'a graph::Client,
    access: graph::Access,
    tenant: &'a TenantId,
}

impl Way<'_> {
    /// Refuses where readings of this WABA should be left out just now: its limit is near or was met.
    pub(super) fn is_free(&self, waba: &WabaId, now: Timestamp) -> Result<(), Fault> {
        match self.client.throttled_until(waba, now) {
            None => Ok(()),
            Some(until) => Err(Fault::of(Reason::AccountRateLimited)
                .with_retry_after(Some(until.duration_since(now)))),
        }
    }

    /// Refuses where Meta refuses every call of the app: then no intent is made durable for a call that would not be made.
    pub(super) fn app_is_free(&self, now: Timestamp) -> Result<(), Fault> {
        match self.client.app_refusal(&self.access, now) {
            None => Ok(()),
            Some(fault) => Err(fault),
        }
    }

    /// The adapter with what belongs to the migration, about the WABA whose limits the calls count against.
    pub(super) fn session<'a>(&'a self, waba: &'a WabaId) -> graph::Session<'a> {
        let session = self.client.session(&self.access);
        session.on_behalf_of(self.tenant).about(waba)
    }
}

impl<S: Store> Engine<S> {
    /// The way to Graph for a migration of the sandbox or of Meta's, with its own token where it has one.
    pub(super) fn way<'a>(
        &'a self,
        tenant: &'a Tenant,
        sandbox: bool,
        own: Option<&AccessToken>,
    ) -> Result<Way<'a>, Fault> {
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
        Ok(Way {
            client: client.map_err(Fault::of)?,
            access: access.map_err(Fault::of)?,
            tenant: &tenant.id,
        })
    }

    /// What a tenant's calls are made with, or those of a migration of its that has a token of its own.
    pub(super) fn access(
        &self,
        tenant: &Tenant,
        own: Option<&AccessToken>,
    ) -> Option<graph::Access> {
        access(tenant, &self.parts.settings.credentials, own)
    }
}

/// What calls are made with: the token of the migration, or else of its tenant, or else, for the tenant `default`, of the
/// service.
///
/// The app is the one that issued the token: for the service's token the service's app. For any other it is the tenant's, as the
/// tokens of a tenant's migrations come from the app that its customers gave access to; where the tenant `default` names
/// none, it is the service's.
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
        // The sandbox takes any token.
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

    /// The token and the app's secret.
    fn taken(tenant: &Tenant, own: Option<&str>) -> Option<(String, Option<String>)> {
        let own = own.map(|token| token.parse().unwrap());
        let access = access(tenant, &credentials("service"), own.as_ref())?;
        let secret = access.app_secret.map(|secret| secret.expose().to_owned());
        Some((access.token.expose().to_owned(), secret))
    }

    fn of(token: &str, secret: impl Into<Option<&'static str>>) -> (String, Option<String>) {
        (token.to_owned(), secret.into().map(str::to_owned))
    }

    #[test]
    fn a_tenant_never_falls_through_to_what_is_the_operators() {
        let bare = tenant("acme", MetaCredentials::default());
        assert_eq!(taken(&bare, None), None);
        assert_eq!(taken(&bare, Some("own")), Some(of("own", None)));
        let full = tenant("acme", credentials("acme"));
        assert_eq!(taken(&full, None), Some(of("token-of-acme", "app-of-acme")));
        assert_eq!(taken(&full, Some("own")), Some(of("own", "app-of-acme")));
        let mut no_app = full;
        no_app.credentials.app_id = None;
        no_app.credentials.app_secret = None;
        assert_eq!(taken(&no_app, None), Some(of("token-of-acme", None)));
    }

    #[test]
    fn a_token_goes_with_the_app_that_issued_it() {
        let default = |credentials| tenant("default", credentials);
        let bare = default(MetaCredentials::default());
        let services = Some(of("token-of-service", "app-of-service"));
        assert_eq!(taken(&bare, None), services);
        assert_eq!(taken(&bare, Some("own")), Some(of("own", "app-of-service")));
        let mut app_alone = default(credentials("default"));
        app_alone.credentials.access_token = None;
        assert_eq!(taken(&app_alone, None), services, "not the tenant's app");
        assert_eq!(
            taken(&app_alone, Some("own")),
            Some(of("own", "app-of-default"))
        );
        let mut id_alone = default(credentials("default"));
        id_alone.credentials.app_secret = None;
        assert_eq!(taken(&id_alone, None), Some(of("token-of-default", None)));
    }

    #[test]
    fn the_sandbox_gets_nothing_of_the_operators() {
        for id in ["default", "acme"] {
            let mut bare = tenant(id, MetaCredentials::default());
            bare.sandbox = true;
            assert_eq!(taken(&bare, None), Some(of("sandbox", None)));
            assert_eq!(taken(&bare, Some("own")), Some(of("own", None)));
        }
    }
}
