//! The RPCs: each reads its request, asks the engine, and answers. Decides nothing.

use std::pin::Pin;

use futures_util::{Stream, StreamExt as _};
use tonic::{Request, Response, Status};
use tracing::field::display;

use super::docs_links::DocsLinks;
use super::etag::EntityTag;
use super::requests::{self, After, History, NewMigration, Rejected, Search, commands};
use super::responses::{self, View};
use super::status::StatusBuilder;
use super::{Error, Reason, caller, page_token, read_slot};
use crate::auth::Caller;
use crate::engine::{self, Engine, NotForgotten, Started};
use crate::proto::v1::{self, migration_service_server::MigrationService};
use crate::store::Store;
use domain::{Command, Migration, MigrationId};

/// Answers the RPCs of `waba.migration.v1.MigrationService` over an engine.
#[derive(Debug)]
pub struct Service<S> {
    engine: Engine<S>,
}

impl<S: Store> Service<S> {
    /// The service over this engine.
    #[must_use]
    pub const fn new(engine: Engine<S>) -> Self {
        Self { engine }
    }

    fn view(&self, migration: &Migration, links: &DocsLinks) -> v1::Migration {
        responses::migration(migration, self.now(links))
    }

    /// What migrations are shown with at this moment.
    fn now<'a>(&'a self, links: &'a DocsLinks) -> View<'a> {
        View {
            machine: self.engine.machine(),
            now: self.engine.clock().now(),
            links,
        }
    }

    fn failed(&self, id: impl Into<Option<MigrationId>>) -> impl FnOnce(engine::Error) -> Error {
        let (id, now) = (id.into(), self.engine.clock().now());
        move |error| Error::Engine { error, id, now }
    }

    async fn carry_out<T: Sync>(
        &self,
        request: &Request<T>,
        order: commands::Order,
    ) -> Result<v1::Migration, Status> {
        let (caller, links) = (caller::of(request)?, links(request));
        let commands::Order { id, command, wait } = order;
        record(id);
        let (tenant, by) = (caller.tenant(), caller.principal());
        let accepted = self.engine.command(tenant, by, id, command).await;
        let accepted = accepted.map_err(self.failed(id))?;
        Ok(self.view(&*self.engine.settled(accepted, wait).await, &links))
    }

    /// The error for a request with malformed fields. It lists what else keeps the request from
    /// being accepted, so that the caller learns everything at once.
    async fn rejected(&self, caller: &Caller, rejected: Rejected) -> Error {
        let Rejected {
            mut violations,
            conditions,
        } = rejected;
        match self.engine.objections(caller.tenant(), conditions).await {
            Ok(objections) => {
                violations.extend(objections.into_iter().map(requests::violation));
                Error::Fields(violations)
            }
            Err(error) => self.failed(None)(error),
        }
    }
}

/// Links to the pages for people, as the caller of this request can follow them.
fn links<T>(request: &Request<T>) -> DocsLinks {
    DocsLinks::of(request.extensions())
}

/// Names the migration in the RPC's span.
fn record(id: MigrationId) {
    tracing::Span::current().record("migration.id", display(id));
}

#[tonic::async_trait]
impl<S: Store> MigrationService for Service<S> {
    type WatchStream = Pin<Box<dyn Stream<Item = Result<v1::WatchResponse, Status>> + Send>>;

    async fn migrate(
        &self,
        request: Request<v1::MigrateRequest>,
    ) -> Result<Response<v1::MigrateResponse>, Status> {
        let (caller, links) = (caller::of(&request)?, links(&request));
        let NewMigration {
            request,
            secrets,
            wait,
        } = match NewMigration::read(request.get_ref()) {
            Ok(read) => read,
            Err(rejected) => return Err(self.rejected(caller, rejected).await.into()),
        };
        let (tenant, by) = (caller.tenant(), caller.principal());
        let started = self.engine.start(tenant, by, request, secrets).await;
        let (accepted, already_existed) = match started.map_err(self.failed(None))? {
            Started::New(accepted) => (accepted, false),
            Started::Existing(accepted) => (accepted, true),
        };
        record(accepted.migration.id);
        let migration = self.engine.settled(accepted, wait).await;
        Ok(Response::new(v1::MigrateResponse {
            migration: Some(self.view(&migration, &links)),
            already_existed,
        }))
    }

    async fn submit_code(
        &self,
        request: Request<v1::SubmitCodeRequest>,
    ) -> Result<Response<v1::SubmitCodeResponse>, Status> {
        let order = commands::submit_code(request.get_ref())?;
        let migration = Some(self.carry_out(&request, order).await?);
        Ok(Response::new(v1::SubmitCodeResponse { migration }))
    }

    async fn get_status(
        &self,
        request: Request<v1::GetStatusRequest>,
    ) -> Result<Response<v1::GetStatusResponse>, Status> {
        let id = requests::migration_id(&request.get_ref().migration_id)?;
        record(id);
        let slot = read_slot::take(request.extensions()).await;
        let found = self.engine.load(caller::of(&request)?.tenant(), id).await;
        let migration = self.view(&found.map_err(self.failed(id))?, &links(&request));
        let tag = EntityTag(migration.etag.clone());
        let migration = Some(migration);
        let mut response = read_slot::within(slot, v1::GetStatusResponse { migration });
        response.extensions_mut().insert(tag);
        Ok(response)
    }

    async fn check_eligibility(
        &self,
        request: Request<v1::CheckEligibilityRequest>,
    ) -> Result<Response<v1::CheckEligibilityResponse>, Status> {
        let caller = caller::of(&request)?;
        let ask = match requests::eligibility(request.get_ref()) {
            Ok(ask) => ask,
            Err(rejected) => return Err(self.rejected(caller, rejected).await.into()),
        };
        let found = self.engine.check(caller.tenant(), ask).await;
        let found = found.map_err(self.failed(None))?;
        Ok(Response::new(v1::CheckEligibilityResponse {
            eligible: !found.checks.iter().any(domain::Check::stops),
            checks: responses::checks(&found.checks, &links(&request)),
            snapshot: found.snapshot.as_ref().map(responses::snapshot),
        }))
    }

    async fn resend_code(
        &self,
        request: Request<v1::ResendCodeRequest>,
    ) -> Result<Response<v1::ResendCodeResponse>, Status> {
        let order = commands::resend_code(request.get_ref())?;
        let migration = Some(self.carry_out(&request, order).await?);
        Ok(Response::new(v1::ResendCodeResponse { migration }))
    }

    async fn resume(
        &self,
        request: Request<v1::ResumeRequest>,
    ) -> Result<Response<v1::ResumeResponse>, Status> {
        let order = commands::resume(request.get_ref())?;
        let migration = Some(self.carry_out(&request, order).await?);
        Ok(Response::new(v1::ResumeResponse { migration }))
    }

    async fn cancel(
        &self,
        request: Request<v1::CancelRequest>,
    ) -> Result<Response<v1::CancelResponse>, Status> {
        let order = commands::cancel(request.get_ref())?;
        let migration = Some(self.carry_out(&request, order).await?);
        Ok(Response::new(v1::CancelResponse { migration }))
    }

    async fn reveal_two_step_pin(
        &self,
        request: Request<v1::RevealTwoStepPinRequest>,
    ) -> Result<Response<v1::RevealTwoStepPinResponse>, Status> {
        let id = requests::migration_id(&request.get_ref().migration_id)?;
        record(id);
        let (caller, command) = (caller::of(&request)?, Command::RevealTwoStepPin);
        let (tenant, by) = (caller.tenant(), caller.principal());
        let revealed = self.engine.command(tenant, by, id, command).await;
        let revealed = revealed.map_err(self.failed(id))?;
        let Some(pin) = revealed.migration.secrets.two_step_pin.as_ref() else {
            return Err(StatusBuilder::new(Reason::TwoStepPinNotSet).build());
        };
        Ok(Response::new(v1::RevealTwoStepPinResponse {
            two_step_pin: pin.expose().to_owned(),
        }))
    }

    async fn list_migrations(
        &self,
        request: Request<v1::ListMigrationsRequest>,
    ) -> Result<Response<v1::ListMigrationsResponse>, Status> {
        let tenant = caller::of(&request)?.tenant();
        let Search {
            filter,
            page,
            is_basic,
        } = Search::read(request.get_ref(), tenant)?;
        let slot = read_slot::take(request.extensions()).await;
        let listing = self.engine.list(tenant, &filter, page).await;
        let listing = listing.map_err(self.failed(None))?;
        let ids: Vec<MigrationId> = listing.migrations.iter().map(|it| it.id).collect();
        let show = if is_basic {
            responses::basic
        } else {
            responses::migration
        };
        let links = links(&request);
        let now = self.now(&links);
        let views = listing.migrations.iter().map(|it| show(it, now));
        let (migrations, cut) = responses::fit(views);
        let last = migrations.len().checked_sub(1).and_then(|at| ids.get(at));
        let next = if cut { last.copied() } else { listing.next };
        let next_page_token =
            next.map_or_else(String::new, |id| page_token::write(tenant, &filter, id));
        let answer = v1::ListMigrationsResponse {
            migrations,
            next_page_token,
        };
        Ok(read_slot::within(slot, answer))
    }

    async fn list_events(
        &self,
        request: Request<v1::ListEventsRequest>,
    ) -> Result<Response<v1::ListEventsResponse>, Status> {
        let History { after, size } = History::read(request.get_ref())?;
        let (id, tenant) = (after.id, caller::of(&request)?.tenant());
        record(id);
        let slot = read_slot::take(request.extensions()).await;
        // One more than was asked for, to know whether there is one more.
        let read = self.engine.events(tenant, id, after.sequence, size + 1);
        let read = read.await.map_err(self.failed(id))?;
        let beyond = read.len() > size as usize;
        let page = read.iter().take(size as usize);
        let links = links(&request);
        let events = page.map(|event| responses::event(id, event, &links));
        let (events, cut) = responses::fit(events);
        let more = beyond || cut;
        Ok(read_slot::within(
            slot,
            v1::ListEventsResponse { events, more },
        ))
    }

    async fn watch(
        &self,
        request: Request<v1::WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let After { id, sequence } = After::read(request.get_ref())?;
        record(id);
        let clock = self.engine.clock().clone();
        let (tenant, links) = (caller::of(&request)?.tenant(), links(&request));
        let events = self.engine.watch(tenant, id, sequence);
        let stream = events.map(move |item| match item {
            Ok(event) => Ok(v1::WatchResponse {
                event: Some(responses::event(id, &event, &links)),
            }),
            Err(error) => Err(Error::Engine {
                error,
                id: Some(id),
                now: clock.now(),
            }
            .into()),
        });
        Ok(Response::new(Box::pin(stream)))
    }

    async fn update_migration(
        &self,
        request: Request<v1::UpdateMigrationRequest>,
    ) -> Result<Response<v1::UpdateMigrationResponse>, Status> {
        let order = commands::update(request.get_ref())?;
        let migration = Some(self.carry_out(&request, order).await?);
        Ok(Response::new(v1::UpdateMigrationResponse { migration }))
    }

    async fn delete_migration(
        &self,
        request: Request<v1::DeleteMigrationRequest>,
    ) -> Result<Response<v1::DeleteMigrationResponse>, Status> {
        let id = requests::migration_id(&request.get_ref().migration_id)?;
        record(id);
        let caller = caller::of(&request)?;
        let (tenant, by) = (caller.tenant(), caller.principal());
        let removed = self.engine.remove(tenant, by, id).await;
        removed.map_err(self.failed(id))?;
        Ok(Response::new(v1::DeleteMigrationResponse {}))
    }

    async fn forget_number(
        &self,
        request: Request<v1::ForgetNumberRequest>,
    ) -> Result<Response<v1::ForgetNumberResponse>, Status> {
        let number = requests::phone_number(&request.get_ref().phone_number)?;
        let caller = caller::of(&request)?;
        let (tenant, by) = (caller.tenant(), caller.principal());
        let removed = self.engine.forget(tenant, by, number).await;
        let removed = removed.map_err(|NotForgotten { error, id }| self.failed(id)(error))?;
        Ok(Response::new(v1::ForgetNumberResponse {
            removed: i32::try_from(removed).unwrap_or(i32::MAX),
        }))
    }
}
