//! The RPCs of `waba.migration.v1.AdminService`: each reads its request, acts, logs the act, and
//! answers.
//!
//! The request names the tenant: admission has let only callers pass that have the role admin. The
//! log has the names of what an act has changed, never a value.

use tonic::{Request, Response, Status};

use super::requests::administration as requests;
use super::responses::administration as responses;
use super::{Error, caller};
use crate::admin::{self, Administration, Changed, IssuedKey, Rotated};
use crate::auth::Caller;
use crate::engine::Engine;
use crate::proto::v1::{self, admin_service_server::AdminService};
use crate::store::Store;
use crate::util::clock::Clock;
use domain::tenancy::{ApiKeyId, Month, Role};
use domain::{Principal, TenantId};

/// Answers the RPCs of `waba.migration.v1.AdminService`.
#[derive(Debug)]
pub struct AdminHandlers<S> {
    administration: Administration<S>,
    /// The engine of this process, where it has one. A change is applied to it at once.
    engine: Option<Engine<S>>,
}

/// Marks a request that an operator has made with the command line, beside the store.
#[derive(Debug, Clone, Copy)]
struct FromCommandLine;

/// A request that an operator makes with the command line, for the methods of [`AdminHandlers`].
///
/// Nothing is authenticated: who can open the store needs no permission of the service.
pub fn as_command_line<M>(message: M) -> Request<M> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(FromCommandLine);
    request
}

/// Who acts, and by which RPC.
#[derive(Debug)]
struct Actor {
    principal: Principal,
    /// The tenant that a caller of the API acts for.
    tenant: Option<TenantId>,
    rpc: &'static str,
}

/// What an act was about, for its line in the log.
#[derive(Debug, Default)]
struct Act<'a> {
    tenant: Option<&'a TenantId>,
    key: Option<ApiKeyId>,
    role: Option<Role>,
    /// The names of the changed settings.
    changed: &'a [&'static str],
}

impl Actor {
    fn of<M>(request: &Request<M>, rpc: &'static str) -> Result<Self, Status> {
        if request.extensions().get::<FromCommandLine>().is_some() {
            return Ok(Self {
                principal: Principal::command_line(),
                tenant: None,
                rpc,
            });
        }
        let caller: &Caller = caller::of(request)?;
        Ok(Self {
            principal: caller.principal().clone(),
            tenant: Some(caller.tenant().clone()),
            rpc,
        })
    }

    /// Logs an act that was executed.
    fn log(&self, act: &Act<'_>) {
        let changed = act.changed.join(",");
        tracing::info!(
            rpc.method = self.rpc,
            principal = self.principal.as_str(),
            tenant.id = act.tenant.map(TenantId::as_str),
            api_key.id = act.key.map(tracing::field::display),
            role = act.role.map(Role::as_str),
            changed = (!changed.is_empty()).then_some(changed),
            "admin call"
        );
    }
}

impl<S: Store> AdminHandlers<S> {
    /// Administers a store without a service, for the command line.
    #[must_use]
    pub const fn new(store: S, clock: Clock) -> Self {
        Self {
            administration: Administration::new(store, clock),
            engine: None,
        }
    }

    /// Administers the store of this engine.
    #[must_use]
    pub fn beside(engine: &Engine<S>) -> Self {
        let (store, clock) = (engine.store().clone(), engine.clock().clone());
        Self {
            administration: Administration::new(store, clock),
            engine: Some(engine.clone()),
        }
    }

    /// Acts to the end, even if the client disconnects: each executed act is logged.
    async fn act<T, F>(&self, act: impl FnOnce(Administration<S>) -> F) -> Result<T, Status>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, admin::Error>> + Send + 'static,
    {
        let work = act(self.administration.clone());
        let done = match &self.engine {
            Some(engine) => engine.complete(work).await.map_err(|error| Error::Engine {
                error,
                id: None,
                now: engine.clock().now(),
            })?,
            None => work.await,
        };
        Ok(done.map_err(Error::Administration)?)
    }

    /// Changes a tenant, and applies the change in this process.
    async fn change<F>(
        &self,
        actor: Actor,
        change: impl FnOnce(Administration<S>) -> F,
    ) -> Result<Option<v1::Tenant>, Status>
    where
        F: Future<Output = Result<Changed, admin::Error>> + Send + 'static,
    {
        let engine = self.engine.clone();
        let changed = self.act(|administration| {
            let change = change(administration);
            async move {
                let changed = change.await?;
                if let Some(engine) = engine {
                    engine.tenant_changed(&changed.tenant.id);
                }
                actor.log(&Act {
                    tenant: Some(&changed.tenant.id),
                    changed: &changed.names,
                    ..Act::default()
                });
                Ok(changed)
            }
        });
        Ok(Some(responses::tenant(&changed.await?.tenant)))
    }
}

#[tonic::async_trait]
impl<S: Store> AdminService for AdminHandlers<S> {
    async fn create_tenant(
        &self,
        request: Request<v1::CreateTenantRequest>,
    ) -> Result<Response<v1::CreateTenantResponse>, Status> {
        let actor = Actor::of(&request, "CreateTenant")?;
        let (id, settings) = requests::create_tenant(request.get_ref())?;
        let create =
            |admin: Administration<S>| async move { admin.create_tenant(id, settings).await };
        let tenant = self.change(actor, create).await?;
        Ok(Response::new(v1::CreateTenantResponse { tenant }))
    }

    async fn get_tenant(
        &self,
        request: Request<v1::GetTenantRequest>,
    ) -> Result<Response<v1::GetTenantResponse>, Status> {
        let actor = Actor::of(&request, "GetTenant")?;
        let id = requests::tenant_id(&request.get_ref().tenant_id)?;
        let found = self.administration.tenant(&id).await;
        let tenant = found.map_err(Error::Administration)?;
        actor.log(&Act {
            tenant: Some(&id),
            ..Act::default()
        });
        let tenant = Some(responses::tenant(&tenant));
        Ok(Response::new(v1::GetTenantResponse { tenant }))
    }

    async fn list_tenants(
        &self,
        request: Request<v1::ListTenantsRequest>,
    ) -> Result<Response<v1::ListTenantsResponse>, Status> {
        let actor = Actor::of(&request, "ListTenants")?;
        let requests::TenantsAfter { after, size } = requests::list_tenants(request.get_ref())?;
        let page = self.administration.tenants(after.as_ref(), size).await;
        let page = page.map_err(Error::Administration)?;
        let tenants = page.tenants.iter().map(|listed| match &listed.tenant {
            Ok(tenant) => responses::tenant(tenant),
            Err(error) => {
                tracing::error!(
                    tenant.id = listed.id.as_str(),
                    error = error as &dyn std::error::Error,
                    "a tenant cannot be read"
                );
                responses::unreadable_tenant(&listed.id)
            }
        });
        let tenants = tenants.collect();
        let next_page_token = page
            .next
            .map_or_else(String::new, |id| id.as_str().to_owned());
        actor.log(&Act::default());
        Ok(Response::new(v1::ListTenantsResponse {
            tenants,
            next_page_token,
        }))
    }

    async fn update_tenant(
        &self,
        request: Request<v1::UpdateTenantRequest>,
    ) -> Result<Response<v1::UpdateTenantResponse>, Status> {
        let actor = Actor::of(&request, "UpdateTenant")?;
        let (id, changes) = requests::update_tenant(request.get_ref())?;
        let update =
            |admin: Administration<S>| async move { admin.update_tenant(&id, changes).await };
        let tenant = self.change(actor, update).await?;
        Ok(Response::new(v1::UpdateTenantResponse { tenant }))
    }

    async fn disable_tenant(
        &self,
        request: Request<v1::DisableTenantRequest>,
    ) -> Result<Response<v1::DisableTenantResponse>, Status> {
        let actor = Actor::of(&request, "DisableTenant")?;
        let id = requests::tenant_id(&request.get_ref().tenant_id)?;
        if actor.tenant.as_ref() == Some(&id) {
            return Err(Error::Administration(admin::Error::OwnTenantNotDisabled(id)).into());
        }
        let disable = |admin: Administration<S>| async move { admin.disable_tenant(&id).await };
        let tenant = self.change(actor, disable).await?;
        Ok(Response::new(v1::DisableTenantResponse { tenant }))
    }

    async fn enable_tenant(
        &self,
        request: Request<v1::EnableTenantRequest>,
    ) -> Result<Response<v1::EnableTenantResponse>, Status> {
        let actor = Actor::of(&request, "EnableTenant")?;
        let id = requests::tenant_id(&request.get_ref().tenant_id)?;
        let enable = |admin: Administration<S>| async move { admin.enable_tenant(&id).await };
        let tenant = self.change(actor, enable).await?;
        Ok(Response::new(v1::EnableTenantResponse { tenant }))
    }

    async fn delete_tenant(
        &self,
        request: Request<v1::DeleteTenantRequest>,
    ) -> Result<Response<v1::DeleteTenantResponse>, Status> {
        let actor = Actor::of(&request, "DeleteTenant")?;
        let id = requests::tenant_id(&request.get_ref().tenant_id)?;
        let engine = self.engine.clone();
        let deleted = self.act(|admin| async move {
            admin.delete_tenant(&id).await?;
            if let Some(engine) = engine {
                engine.tenant_changed(&id);
            }
            actor.log(&Act {
                tenant: Some(&id),
                ..Act::default()
            });
            Ok(())
        });
        deleted.await?;
        Ok(Response::new(v1::DeleteTenantResponse {}))
    }

    async fn create_api_key(
        &self,
        request: Request<v1::CreateApiKeyRequest>,
    ) -> Result<Response<v1::CreateApiKeyResponse>, Status> {
        let actor = Actor::of(&request, "CreateApiKey")?;
        let new = requests::create_api_key(request.get_ref())?;
        let created = self.act(|admin| async move {
            let new = admin.create_key(new).await?;
            actor.log(&Act {
                tenant: Some(&new.key.tenant),
                key: Some(new.key.id),
                role: Some(new.key.role),
                ..Act::default()
            });
            Ok(new)
        });
        let IssuedKey { key, text } = created.await?;
        Ok(Response::new(v1::CreateApiKeyResponse {
            api_key: Some(responses::api_key(&key, self.administration.clock().now())),
            key: text.expose().to_owned(),
        }))
    }

    async fn list_api_keys(
        &self,
        request: Request<v1::ListApiKeysRequest>,
    ) -> Result<Response<v1::ListApiKeysResponse>, Status> {
        let actor = Actor::of(&request, "ListApiKeys")?;
        let id = requests::tenant_id(&request.get_ref().tenant_id)?;
        let keys = self.administration.keys(&id).await;
        let keys = keys.map_err(Error::Administration)?;
        actor.log(&Act {
            tenant: Some(&id),
            ..Act::default()
        });
        let now = self.administration.clock().now();
        let api_keys = keys.iter().map(|key| responses::api_key(key, now));
        Ok(Response::new(v1::ListApiKeysResponse {
            api_keys: api_keys.collect(),
        }))
    }

    async fn rotate_api_key(
        &self,
        request: Request<v1::RotateApiKeyRequest>,
    ) -> Result<Response<v1::RotateApiKeyResponse>, Status> {
        let actor = Actor::of(&request, "RotateApiKey")?;
        let rotation = requests::rotate_api_key(request.get_ref())?;
        let rotated = self.act(|admin| async move {
            let rotated = admin.rotate_key(rotation).await?;
            actor.log(&Act {
                tenant: Some(&rotated.old.tenant),
                key: Some(rotated.old.id),
                role: Some(rotated.old.role),
                ..Act::default()
            });
            Ok(rotated)
        });
        let Rotated { new, old } = rotated.await?;
        let now = self.administration.clock().now();
        Ok(Response::new(v1::RotateApiKeyResponse {
            api_key: Some(responses::api_key(&new.key, now)),
            key: new.text.expose().to_owned(),
            replaced: Some(responses::api_key(&old, now)),
        }))
    }

    async fn revoke_api_key(
        &self,
        request: Request<v1::RevokeApiKeyRequest>,
    ) -> Result<Response<v1::RevokeApiKeyResponse>, Status> {
        let actor = Actor::of(&request, "RevokeApiKey")?;
        let (tenant, id) = requests::revoke_api_key(request.get_ref())?;
        let revoked = self.act(|admin| async move {
            let key = admin.revoke_key(&tenant, id).await?;
            actor.log(&Act {
                tenant: Some(&tenant),
                key: Some(id),
                role: Some(key.role),
                ..Act::default()
            });
            Ok(key)
        });
        let key = revoked.await?;
        let api_key = Some(responses::api_key(&key, self.administration.clock().now()));
        Ok(Response::new(v1::RevokeApiKeyResponse { api_key }))
    }

    async fn get_usage(
        &self,
        request: Request<v1::GetUsageRequest>,
    ) -> Result<Response<v1::GetUsageResponse>, Status> {
        let actor = Actor::of(&request, "GetUsage")?;
        if let Some(engine) = &self.engine {
            // So that a process shows its own calls at once.
            engine.write_usage().await;
        }
        let current = Month::of(self.administration.clock().now());
        let (id, from, to) = requests::get_usage(request.get_ref(), current)?;
        let usage = self.administration.usage(&id, from, to).await;
        let usage = usage.map_err(Error::Administration)?;
        actor.log(&Act {
            tenant: Some(&id),
            ..Act::default()
        });
        let months = usage.iter().map(responses::monthly_usage).collect();
        Ok(Response::new(v1::GetUsageResponse { months }))
    }
}
