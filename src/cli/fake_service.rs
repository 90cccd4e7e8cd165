//! A fake service for tests, on a real socket: it simulates one migration and breaks connections.

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use futures_util::stream::{self, Stream};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

use crate::proto::v1::migration_service_server::{MigrationService, MigrationServiceServer};
use crate::proto::v1::*;

/// The simulated migration and the requests that arrived.
#[derive(Debug, Default)]
pub(super) struct FakeState {
    pub events: Vec<Event>,
    /// `after_sequence` of each Watch.
    pub watched_after: Vec<i64>,
    /// The submitted codes.
    pub codes: Vec<String>,
    pub resent: u32,
    /// The states after a valid code.
    pub ending: Vec<State>,
    /// The migrations of `ListMigrations`, newest first.
    pub listed: Vec<Migration>,
}

/// The fake service. Cheap to clone; clones share state.
#[derive(Debug, Clone)]
pub(super) struct FakeService {
    pub state: Arc<Mutex<FakeState>>,
    changed: watch::Sender<()>,
}

impl FakeService {
    /// Serves a migration that went through `states`, and goes through `ending` after a valid code.
    pub(super) async fn serve(states: &[State], ending: &[State]) -> (Self, String) {
        let state = FakeState {
            ending: ending.to_vec(),
            ..FakeState::default()
        };
        let service = Self {
            state: Arc::new(Mutex::new(state)),
            changed: watch::Sender::new(()),
        };
        for state in states {
            service.enter(*state);
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = tonic::transport::Server::builder()
            .add_service(MigrationServiceServer::new(service.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio_util::task::TaskTracker::new().spawn(server);
        (service, address)
    }

    /// Serves a list of migrations.
    pub(super) async fn with(listed: Vec<Migration>) -> (Self, String) {
        let served = Self::serve(&[], &[]).await;
        served.0.state.lock().unwrap().listed = listed;
        served
    }

    fn enter(&self, state: State) {
        let mut fake = self.state.lock().unwrap();
        let sequence = i64::try_from(fake.events.len()).unwrap() + 1;
        fake.events.push(Event {
            sequence,
            state: state.into(),
            kind: EventKind::StateChanged.into(),
            ..Event::default()
        });
        drop(fake);
        self.changed.send_replace(());
    }

    fn migration(&self) -> Migration {
        let fake = self.state.lock().unwrap();
        let last = fake.events.last().unwrap();
        Migration {
            id: "mig_1".to_owned(),
            state: last.state,
            last_sequence: last.sequence,
            next_action: (last.state() == State::WaitingForCutover).then(|| NextAction {
                kind: NextActionKind::ReleaseCutover.into(),
                ..NextAction::default()
            }),
            ..Migration::default()
        }
    }

    fn after(&self, sequence: i64) -> Option<Event> {
        let fake = self.state.lock().unwrap();
        fake.events
            .iter()
            .find(|event| event.sequence > sequence)
            .cloned()
    }
}

/// A migration of a number, for a list.
pub(super) fn migration_of(n: u32, phone_number: &str, state: State) -> Migration {
    Migration {
        id: format!("mig_{n}"),
        phone_number: phone_number.to_owned(),
        state: state.into(),
        ..Migration::default()
    }
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl MigrationService for FakeService {
    type WatchStream = Pin<Box<dyn Stream<Item = Result<WatchResponse, Status>> + Send>>;

    /// Each connection breaks after two events.
    async fn watch(&self, request: Request<WatchRequest>) -> Answer<Self::WatchStream> {
        let after = request.into_inner().after_sequence;
        self.state.lock().unwrap().watched_after.push(after);
        let start = (self.clone(), self.changed.subscribe(), after, 0);
        let events = stream::unfold(start, |(service, mut changed, after, sent)| async move {
            if sent == 2 {
                return Some((
                    Err(Status::unavailable("lost")),
                    (service, changed, after, sent + 1),
                ));
            }
            loop {
                if let Some(event) = service.after(after) {
                    let after = event.sequence;
                    let message = WatchResponse { event: Some(event) };
                    return Some((Ok(message), (service, changed, after, sent + 1)));
                }
                changed.changed().await.ok()?;
            }
        });
        Ok(Response::new(Box::pin(events)))
    }

    async fn submit_code(&self, request: Request<SubmitCodeRequest>) -> Answer<SubmitCodeResponse> {
        let code = request.into_inner().code;
        self.state.lock().unwrap().codes.push(code.clone());
        if code.len() != 6 {
            return Err(Status::invalid_argument("code must be 6 digits"));
        }
        let ending = self.state.lock().unwrap().ending.clone();
        for state in ending {
            self.enter(state);
        }
        Ok(Response::new(SubmitCodeResponse {
            migration: Some(self.migration()),
        }))
    }

    async fn resend_code(&self, _: Request<ResendCodeRequest>) -> Answer<ResendCodeResponse> {
        self.state.lock().unwrap().resent += 1;
        for state in [State::Running, State::WaitingForCode] {
            self.enter(state);
        }
        Ok(Response::new(ResendCodeResponse {
            migration: Some(self.migration()),
        }))
    }

    async fn get_status(&self, _: Request<GetStatusRequest>) -> Answer<GetStatusResponse> {
        Ok(Response::new(GetStatusResponse {
            migration: Some(self.migration()),
        }))
    }

    async fn migrate(&self, _: Request<MigrateRequest>) -> Answer<MigrateResponse> {
        Err(Status::unimplemented("not faked"))
    }

    async fn check_eligibility(
        &self,
        _: Request<CheckEligibilityRequest>,
    ) -> Answer<CheckEligibilityResponse> {
        Err(Status::unimplemented("not faked"))
    }

    async fn resume(&self, _: Request<ResumeRequest>) -> Answer<ResumeResponse> {
        Err(Status::unimplemented("not faked"))
    }

    async fn cancel(&self, _: Request<CancelRequest>) -> Answer<CancelResponse> {
        Err(Status::unimplemented("not faked"))
    }

    async fn reveal_two_step_pin(
        &self,
        _: Request<RevealTwoStepPinRequest>,
    ) -> Answer<RevealTwoStepPinResponse> {
        Err(Status::unimplemented("not faked"))
    }

    async fn list_migrations(
        &self,
        request: Request<ListMigrationsRequest>,
    ) -> Answer<ListMigrationsResponse> {
        let request = request.into_inner();
        let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
        let end = digits(&(request.phone_number + &request.phone_number_ends_with));
        let fake = self.state.lock().unwrap();
        let in_state = |migration: &Migration| {
            request.states.is_empty() || request.states.contains(&migration.state)
        };
        // One on each page, and a last page without any.
        let start: usize = request.page_token.parse().unwrap_or_default();
        let migrations: Vec<Migration> = fake
            .listed
            .iter()
            .filter(|it| it.phone_number.ends_with(&end) && in_state(it))
            .skip(start)
            .take(1)
            .cloned()
            .collect();
        let next = start + 1;
        Ok(Response::new(ListMigrationsResponse {
            next_page_token: if migrations.is_empty() {
                String::new()
            } else {
                next.to_string()
            },
            migrations,
        }))
    }

    async fn list_events(&self, _: Request<ListEventsRequest>) -> Answer<ListEventsResponse> {
        Err(Status::unimplemented("not faked"))
    }

    async fn update_migration(
        &self,
        _: Request<UpdateMigrationRequest>,
    ) -> Answer<UpdateMigrationResponse> {
        Err(Status::unimplemented("not faked"))
    }

    async fn delete_migration(
        &self,
        _: Request<DeleteMigrationRequest>,
    ) -> Answer<DeleteMigrationResponse> {
        Err(Status::unimplemented("not faked"))
    }

    async fn forget_number(&self, _: Request<ForgetNumberRequest>) -> Answer<ForgetNumberResponse> {
        Err(Status::unimplemented("not faked"))
    }
}
