//! The API over a real store. The engine does not run, so a migration stays as it was accepted.

mod audit;
mod certificate;
mod in_flight;
mod rest;
mod transport;

use std::num::NonZeroU32;

use axum::Router;
use futures_util::StreamExt as _;
use jiff::SignedDuration;
use tempfile::TempDir;
use tonic::Status;
use tonic_types::StatusExt as _;

use super::*;
use crate::auth::{self, Authenticator, InFlightLimits, Rate, TenantLimiter, TenantLimits};
use crate::config::Config;
use crate::crypto::Keyring;
use crate::graph;
use crate::proto::v1;
use crate::proto::v1::migration_service_client::MigrationServiceClient;
use crate::store::Database;
use crate::util::clock::Clock;
use domain::Machine;

const UNKNOWN_ID: &str = "mig_01935f00000070008000000000000001";

struct ApiHarness {
    router: Router,
    health: HealthStatus,
    clock: Clock,
    engine: Engine<Database>,
    /// Holds the store's files.
    _folder: TempDir,
}

impl ApiHarness {
    async fn start() -> Self {
        Self::with_limits(Config::defaults().server.api).await
    }

    async fn with_limits(limits: ApiLimits) -> Self {
        Self::without_quotas(limits, auth::Settings::default(), &[])
            .await
            .0
    }

    /// An API with this authentication, and its store.
    async fn with_auth(who: auth::Settings) -> (Self, Database) {
        Self::without_quotas(Config::defaults().server.api, who, &[]).await
    }

    /// An API that web pages of these origins may call.
    async fn with_origins(origins: &[&str]) -> Self {
        let open = auth::Settings::default();
        Self::without_quotas(Config::defaults().server.api, open, origins)
            .await
            .0
    }

    async fn without_quotas(
        limits: ApiLimits,
        who: auth::Settings,
        origins: &[&str],
    ) -> (Self, Database) {
        let most = NonZeroU32::MAX;
        let in_flight = InFlightLimits {
            calls: most,
            watches: most,
            reads: most,
        };
        Self::build(in_flight, limits, who, origins).await
    }

    /// An API with these limits per tenant.
    async fn build(
        in_flight: InFlightLimits,
        limits: ApiLimits,
        who: auth::Settings,
        origins: &[&str],
    ) -> (Self, Database) {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/api.db", folder.path().display());
        let keyring = Keyring::load_or_create(&folder.path().join("api.db.key")).unwrap();
        let store = Database::open(&url, keyring).await.unwrap();
        let clock = Clock::default();
        // Nothing listens at this address, and the engine does not run.
        let defaults = Config::defaults();
        let settings = graph::Settings {
            base_url: "http://127.0.0.1:9".parse().unwrap(),
            ..defaults.graph
        };
        let graph = graph::Client::new(settings, clock.clone()).unwrap();
        let settings = defaults.engine;
        let who_is_open = who.is_open();
        let engine = Engine::new(
            store.clone(),
            graph.into(),
            Machine::default(),
            clock.clone(),
            settings,
        );
        let authenticator =
            Authenticator::new(store.clone(), engine.tenants(), who, clock.clone()).unwrap();
        let health = HealthStatus::serving().await;
        let most = NonZeroU32::MAX;
        let allowance = TenantLimits {
            rate: Rate {
                per_second: most,
                burst: most,
            },
            in_flight,
        };
        let pages = OriginPolicy {
            allowed: origins.iter().map(|it| it.parse().unwrap()).collect(),
            is_open: who_is_open,
        };
        let admission = Admission::new(authenticator, TenantLimiter::new(allowance));
        let api = Self {
            router: router(
                engine.clone(),
                admission,
                limits,
                pages,
                DocsBase::default(),
                &health,
            )
            .unwrap(),
            health,
            clock,
            engine,
            _folder: folder,
        };
        (api, store)
    }

    fn client(&self) -> MigrationServiceClient<Router> {
        MigrationServiceClient::new(self.router.clone())
    }

    async fn migrate(&self, message: v1::MigrateRequest) -> Result<v1::MigrateResponse, Status> {
        let answer = self.client().migrate(message).await?;
        Ok(answer.into_inner())
    }

    async fn started(&self, message: v1::MigrateRequest) -> v1::Migration {
        self.migrate(message).await.unwrap().migration.unwrap()
    }
}

fn message(request_id: &str, last_digit: u8) -> v1::MigrateRequest {
    v1::MigrateRequest {
        request_id: request_id.to_owned(),
        phone_number: format!("+1202555012{last_digit}"),
        destination_waba_id: "104996122399160".to_owned(),
        access_token: "EAAB-token".to_owned(),
        wait: Some(prost_types::Duration::default()),
        ..v1::MigrateRequest::default()
    }
}

#[track_caller]
fn assert_reason(status: &Status, reason: Reason) {
    let info = status.get_details_error_info().expect("an ErrorInfo");
    assert_eq!(info.reason, reason.as_str(), "{status:?}");
    assert_eq!(
        (info.domain.as_str(), status.code()),
        (DOMAIN, reason.code())
    );
}

#[tokio::test]
async fn the_same_request_finds_the_migration_that_it_started() {
    let api = ApiHarness::start().await;
    let first = api.migrate(message("a", 3)).await.unwrap();
    let again = api.migrate(message("a", 3)).await.unwrap();
    assert!(!first.already_existed && again.already_existed);
    let (first, again) = (first.migration.unwrap(), again.migration.unwrap());
    assert_eq!(
        (&first.id, &first.expires_at),
        (&again.id, &again.expires_at)
    );
    assert_eq!(again.phone_number, "+12025550123");
    assert_eq!(again.state(), v1::State::Running);

    let reused = api.migrate(message("a", 4)).await.unwrap_err();
    assert_reason(&reused, Reason::RequestIdReused);
    let info = reused.get_details_error_info().unwrap();
    assert_eq!(info.metadata["fields"], "phone_number");

    let busy = api.migrate(message("b", 3)).await.unwrap_err();
    assert_reason(&busy, Reason::MigrationInProgress);
    let info = busy.get_details_error_info().unwrap();
    assert_eq!(info.metadata["migration_id"], first.id);
}

#[tokio::test]
async fn a_cutover_in_the_past_is_refused_unless_the_request_is_a_repeat() {
    let api = ApiHarness::start().await;
    let soon = api.clock.now() + SignedDuration::from_mins(1);
    let when = v1::cutover::When::NotBefore(prost_types::Timestamp {
        seconds: soon.as_second(),
        nanos: 0,
    });
    let with_cutover = |request_id| v1::MigrateRequest {
        cutover: Some(v1::Cutover { when: Some(when) }),
        ..message(request_id, 3)
    };
    let first = api.started(with_cutover("a")).await;
    api.clock.advance(SignedDuration::from_mins(2));
    let again = api.migrate(with_cutover("a")).await.unwrap();
    assert!(again.already_existed);
    assert_eq!(again.migration.unwrap().id, first.id);
    let late = api.migrate(with_cutover("b")).await.unwrap_err();
    assert_reason(&late, Reason::InvalidFields);
}

#[tokio::test]
async fn commands_depend_on_the_state_of_the_migration() {
    let api = ApiHarness::start().await;
    let id = api.started(message("a", 3)).await.id;
    let mut client = api.client();
    let code = |id: &str| v1::SubmitCodeRequest {
        migration_id: id.to_owned(),
        code: "123-830".to_owned(),
        wait: None,
    };
    let early = client.submit_code(code(&id)).await.unwrap_err();
    assert_reason(&early, Reason::CodeNotAwaited);
    let unknown = client.submit_code(code(UNKNOWN_ID)).await.unwrap_err();
    assert_reason(&unknown, Reason::MigrationNotFound);
    let reveal = v1::RevealTwoStepPinRequest {
        migration_id: id.clone(),
    };
    let early = client.reveal_two_step_pin(reveal).await.unwrap_err();
    assert_reason(&early, Reason::TwoStepPinNotSet);
    let resume = v1::ResumeRequest {
        migration_id: id.clone(),
        ..v1::ResumeRequest::default()
    };
    let early = client.resume(resume.clone()).await.unwrap_err();
    assert_reason(&early, Reason::NothingToResume);

    let cancel = v1::CancelRequest {
        migration_id: id.clone(),
        wait: None,
    };
    let canceled = client
        .cancel(cancel)
        .await
        .unwrap()
        .into_inner()
        .migration
        .unwrap();
    assert_eq!(canceled.state(), v1::State::Canceled);
    assert_eq!(canceled.clean_up[0].kind, "TURN_ON_TWO_STEP_AGAIN");
    let status = v1::GetStatusRequest { migration_id: id };
    let now = client
        .get_status(status)
        .await
        .unwrap()
        .into_inner()
        .migration
        .unwrap();
    assert_eq!(
        (now.etag, now.last_sequence),
        (canceled.etag, canceled.last_sequence)
    );
}

#[tokio::test]
async fn history_and_watch_return_the_same_events() {
    let api = ApiHarness::start().await;
    let id = api.started(message("a", 3)).await.id;
    let mut client = api.client();
    client
        .cancel(v1::CancelRequest {
            migration_id: id.clone(),
            wait: None,
        })
        .await
        .unwrap();
    let mut reported = Vec::new();
    loop {
        let page = client
            .list_events(v1::ListEventsRequest {
                migration_id: id.clone(),
                after_sequence: reported
                    .last()
                    .map_or(0, |event: &v1::Event| event.sequence),
                page_size: 1,
            })
            .await
            .unwrap()
            .into_inner();
        reported.extend(page.events);
        if !page.more {
            break;
        }
    }
    assert_eq!(reported[0].kind(), v1::EventKind::Accepted);
    assert_eq!(reported.last().unwrap().state(), v1::State::Canceled);

    let watch = v1::WatchRequest {
        migration_id: id,
        after_sequence: 0,
    };
    let stream = client.watch(watch).await.unwrap().into_inner();
    let seen: Vec<v1::Event> = stream
        .map(|item| item.unwrap().event.unwrap())
        .collect()
        .await;
    assert_eq!(seen, reported);

    let watch = v1::WatchRequest {
        migration_id: UNKNOWN_ID.to_owned(),
        after_sequence: 0,
    };
    let mut stream = client.watch(watch).await.unwrap().into_inner();
    assert_reason(
        &stream.message().await.unwrap_err(),
        Reason::MigrationNotFound,
    );
}

#[tokio::test]
async fn a_list_is_read_page_by_page() {
    let api = ApiHarness::start().await;
    let mut ids = Vec::new();
    for digit in 0..5 {
        ids.push(api.started(message(&format!("r{digit}"), digit)).await.id);
    }
    ids.reverse();
    let mut client = api.client();
    let (mut listed, mut token) = (Vec::new(), String::new());
    loop {
        let page = client
            .list_migrations(v1::ListMigrationsRequest {
                states: vec![v1::State::Running.into()],
                page_size: 2,
                page_token: token,
                ..v1::ListMigrationsRequest::default()
            })
            .await
            .unwrap()
            .into_inner();
        listed.extend(page.migrations.into_iter().map(|migration| migration.id));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(listed, ids);
}
