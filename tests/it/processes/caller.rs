//! A caller as it should be: it tries again elsewhere what had no answer, under the same request id, and does what it is told.

use std::time::Duration;

use tonic::{Code, Request, Status};
use waba_migrator::proto::v1::{
    Event, GetStatusRequest, ListEventsRequest, MigrateRequest, Migration, ResendCodeRequest,
    State, SubmitCodeRequest,
};

use super::fleet::{Client, Fleet};

/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);
/// More than the longest absence of the database takes.
const TRIES: usize = 300;

/// One number's caller.
pub struct Caller<'a> {
    pub fleet: &'a Fleet,
    pub n: usize,
}

impl Caller<'_> {
    pub fn number(&self) -> String {
        format!("+1303555{:04}", self.n)
    }

    /// Asks for the migration; its id.
    pub async fn migrate(&self) -> String {
        let request = MigrateRequest {
            request_id: format!("ordeal {}", self.n),
            phone_number: self.number(),
            destination_waba_id: format!("3000000{:05}", self.n / 4),
            ..MigrateRequest::default()
        };
        let asked = async |mut client: Client| client.migrate(timed(request.clone())).await;
        self.anywhere(asked).await.migration.unwrap().id
    }

    /// Brings it to its end.
    pub async fn see_through(&self, id: &str) -> Migration {
        for n in self.n.. {
            let found = self.status(id).await;
            match found.state() {
                State::Running => tokio::time::sleep(PAUSE).await,
                State::WaitingForCode => self.answer(id, n).await,
                _ => return found,
            }
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
            let asked = async |mut client: Client| client.list_events(timed(request.clone())).await;
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
        let asked = async |mut client: Client| client.get_status(timed(request.clone())).await;
        self.anywhere(asked).await.migration.unwrap()
    }

    /// Hands in the code that arrived, at the `n`th process; asks for another where none did, as after a code request that never went out.
    async fn answer(&self, id: &str, n: usize) {
        let number = self.number();
        let messages = self.fleet.sandbox.messages(number.trim_start_matches('+'));
        let Some(mut client) = self.fleet.client(n).await else {
            return tokio::time::sleep(PAUSE).await;
        };
        let answered = if let Some(message) = messages.last() {
            let request = SubmitCodeRequest {
                migration_id: id.to_owned(),
                code: message.code.clone(),
                wait: None,
            };
            client.submit_code(timed(request)).await.map(drop)
        } else {
            let request = ResendCodeRequest {
                migration_id: id.to_owned(),
                ..ResendCodeRequest::default()
            };
            client.resend_code(timed(request)).await.map(drop)
        };
        // Whatever came of it, the status says how it stands.
        if answered.is_err() {
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Asks one process after the other until one answers.
    async fn anywhere<T>(
        &self,
        ask: impl AsyncFn(Client) -> Result<tonic::Response<T>, Status>,
    ) -> T {
        for n in (self.n..).take(TRIES) {
            if let Some(client) = self.fleet.client(n).await {
                match ask(client).await {
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
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("{}: no process answers", self.number())
    }
}

fn timed<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(PATIENCE);
    request
}
