//! A caller as it should be: it tries again elsewhere what had no answer, under the same request id, and does what it is told.

use std::sync::Arc;
use std::time::Duration;

use tonic::{Code, Request, Status};
use waba_migrator::proto::v1::{
    Event, GetStatusRequest, ListEventsRequest, MigrateRequest, Migration, ResendCodeRequest,
    State, SubmitCodeRequest,
};

use super::fleet::{Client, Fleet};

/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two tries; it doubles up to the last.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// More than the longest absence of the database takes.
const TRIES: usize = 60;

/// One number's caller.
pub struct Caller {
    pub fleet: Arc<Fleet>,
    pub n: usize,
}

impl Caller {
    /// The `n`th, who turns to the `n`th process first.
    pub fn new(fleet: &Arc<Fleet>, n: usize) -> Self {
        let fleet = Arc::clone(fleet);
        Self { fleet, n }
    }

    pub fn number(&self) -> String {
        format!("+1303555{:04}", self.n)
    }

    /// Asks for the migration, and waits no longer than `wait` for what comes of it; its id.
    pub async fn migrate(&self, wait: Duration) -> String {
        let request = MigrateRequest {
            request_id: format!("ordeal {}", self.n),
            phone_number: self.number(),
            destination_waba_id: format!("3000000{:05}", self.n / 4),
            wait: Some(wait.try_into().unwrap()),
            ..MigrateRequest::default()
        };
        let asked = |mut client: Client| {
            let request = timed(request.clone());
            async move { client.migrate(request).await }
        };
        self.anywhere(asked).await.migration.unwrap().id
    }

    /// Brings it to its end.
    pub async fn see_through(&self, id: &str) -> Migration {
        let mut pause = PAUSE;
        for n in self.n.. {
            let found = self.status(id).await;
            match found.state() {
                State::WaitingForCode if self.answer(id, n).await => {
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
                let request = timed(request.clone());
                async move { client.list_events(request).await }
            };
            let page = self.anywhere(asked).await;
            events.extend(page.events);
            if !page.more {
                return events;
            }
        }
    }

    async fn status(&self, id: &str) -> Migration {
        let request = GetStatusRequest {
            migration_id: id.to_owned(),
        };
        let asked = |mut client: Client| {
            let request = timed(request.clone());
            async move { client.get_status(request).await }
        };
        self.anywhere(asked).await.migration.unwrap()
    }

    /// Hands in the code that arrived, at the `n`th process; asks for another where none did, as after a code request that never
    /// went out. Whether that was answered: what came of it, the status says.
    async fn answer(&self, id: &str, n: usize) -> bool {
        let number = self.number();
        let messages = self.fleet.sandbox.messages(number.trim_start_matches('+'));
        let mut client = self.fleet.client(n);
        if let Some(message) = messages.last() {
            let request = SubmitCodeRequest {
                migration_id: id.to_owned(),
                code: message.code.clone(),
                wait: None,
            };
            client.submit_code(timed(request)).await.is_ok()
        } else {
            let request = ResendCodeRequest {
                migration_id: id.to_owned(),
                ..ResendCodeRequest::default()
            };
            client.resend_code(timed(request)).await.is_ok()
        }
    }

    /// Asks one process after the other until one answers.
    async fn anywhere<T, F>(&self, ask: impl Fn(Client) -> F) -> T
    where
        F: Future<Output = Result<tonic::Response<T>, Status>>,
    {
        let mut pause = PAUSE;
        for n in (self.n..).take(TRIES) {
            match ask(self.fleet.client(n)).await {
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
}

fn longer(pause: Duration) -> Duration {
    (pause * 2).min(LONGEST_PAUSE)
}

fn timed<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(PATIENCE);
    request
}
