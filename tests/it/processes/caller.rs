//! A well-behaved caller: it repeats failed calls at another process under the same request id, and
//! does what the next action asks for.

use std::sync::Arc;
use std::time::Duration;

use tonic::{Code, Request, Status};
use waba_migrator::proto::v1::{
    Event, GetStatusRequest, ListEventsRequest, MigrateRequest, Migration, ResendCodeRequest,
    State, SubmitCodeRequest,
};

use super::replicas::{Client, Replicas};
use crate::support::wait::eventually;

/// Timeout of a call, unless a test sets another.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Pause between two attempts; doubles up to the longest.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// Maximum attempts: enough for the longest outage of the database.
const ATTEMPTS: usize = 60;

/// The caller of one number.
pub struct Caller {
    pub replicas: Arc<Replicas>,
    pub n: usize,
    /// The process that it calls first.
    pub first: usize,
    /// Timeout of a call.
    pub timeout: Duration,
}

impl Caller {
    /// The `n`th caller, which calls the `n`th process first.
    pub fn new(replicas: &Arc<Replicas>, n: usize) -> Self {
        let replicas = Arc::clone(replicas);
        Self {
            replicas,
            n,
            first: n,
            timeout: TIMEOUT,
        }
    }

    pub fn number(&self) -> String {
        format!("+1303555{:04}", self.n)
    }

    /// Starts the migration, and waits at most `wait` for its result; its id.
    pub async fn migrate(&self, wait: Duration) -> String {
        let request = MigrateRequest {
            request_id: format!("crashes {}", self.n),
            phone_number: self.number(),
            destination_waba_id: format!("3000000{:05}", self.n / 4),
            wait: Some(wait.try_into().unwrap()),
            ..MigrateRequest::default()
        };
        let asked = |mut client: Client| {
            let request = self.timed(request.clone());
            async move { client.migrate(request).await }
        };
        self.anywhere(asked).await.migration.unwrap().id
    }

    /// Sees the migration through to its end.
    pub async fn see_through(&self, id: &str) -> Migration {
        let mut pause = PAUSE;
        for n in self.first.. {
            let found = self.status(id).await;
            match found.state() {
                State::WaitingForCode if self.act(id, n).await => {
                    pause = PAUSE;
                    continue;
                }
                State::Running | State::WaitingForCode => {}
                _ => return found,
            }
            tokio::time::sleep(pause).await;
            pause = longer(pause);
        }
        unreachable!()
    }

    /// Its whole history.
    pub async fn history(&self, id: &str) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            let request = ListEventsRequest {
                migration_id: id.to_owned(),
                after_sequence: events.last().map_or(0, |last: &Event| last.sequence),
                ..ListEventsRequest::default()
            };
            let asked = |mut client: Client| {
                let request = self.timed(request.clone());
                async move { client.list_events(request).await }
            };
            let page = self.anywhere(asked).await;
            events.extend(page.events);
            if !page.more {
                return events;
            }
        }
    }

    /// Waits until the migration is in this state.
    pub async fn reaches(&self, id: &str, state: State) {
        eventually(async || self.status(id).await.state() == state).await;
    }

    async fn status(&self, id: &str) -> Migration {
        let request = GetStatusRequest {
            migration_id: id.to_owned(),
        };
        let asked = |mut client: Client| {
            let request = self.timed(request.clone());
            async move { client.get_status(request).await }
        };
        self.anywhere(asked).await.migration.unwrap()
    }

    /// Submits the code that arrived to the `n`th process, or requests another if none did, as
    /// after a code request that was never sent. Returns whether the call succeeded; the status has
    /// the result.
    async fn act(&self, id: &str, n: usize) -> bool {
        let messages = self.replicas.sandbox.messages(&self.number());
        if let Some(message) = messages.last() {
            self.submit_code(id, n, &message.code, None).await
        } else {
            self.resend_code(id, n, None).await
        }
    }

    /// Submits this code to the `n`th process; whether the call succeeded.
    pub async fn submit_code(
        &self,
        id: &str,
        n: usize,
        code: &str,
        wait: Option<Duration>,
    ) -> bool {
        let request = SubmitCodeRequest {
            migration_id: id.to_owned(),
            code: code.to_owned(),
            wait: wait.map(|wait| wait.try_into().unwrap()),
        };
        let mut client = self.replicas.client(n);
        client.submit_code(self.timed(request)).await.is_ok()
    }

    /// Requests another code from the `n`th process; whether the call succeeded.
    pub async fn resend_code(&self, id: &str, n: usize, wait: Option<Duration>) -> bool {
        let request = ResendCodeRequest {
            migration_id: id.to_owned(),
            wait: wait.map(|wait| wait.try_into().unwrap()),
            ..ResendCodeRequest::default()
        };
        let mut client = self.replicas.client(n);
        client.resend_code(self.timed(request)).await.is_ok()
    }

    /// Calls one process after the other until one responds.
    async fn anywhere<T, F>(&self, ask: impl Fn(Client) -> F) -> T
    where
        F: Future<Output = Result<tonic::Response<T>, Status>>,
    {
        let mut pause = PAUSE;
        for n in (self.first..).take(ATTEMPTS) {
            match ask(self.replicas.client(n)).await {
                Ok(answer) => return answer.into_inner(),
                Err(status) => assert!(
                    matches!(
                        status.code(),
                        Code::Unavailable
                            | Code::Unknown
                            | Code::Cancelled
                            | Code::DeadlineExceeded
                    ),
                    "{}: {status:?}",
                    self.number()
                ),
            }
            tokio::time::sleep(pause).await;
            pause = longer(pause);
        }
        panic!("{}: no process answers", self.number())
    }

    fn timed<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(self.timeout);
        request
    }
}

fn longer(pause: Duration) -> Duration {
    (pause * 2).min(LONGEST_PAUSE)
}
