//! Hears what other processes commit, and with it whether the server is there at all.
//!
//! A process may have nothing to ask of the server for as long as `engine.poll`, and a connection on which nothing is sent never
//! breaks. So the one that is listened on is asked now and then whether it lives, and an answer that does not come is the first that
//! is heard of a server that has fallen silent.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{Stream, stream};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::connect::by;
use super::error::classified;
use super::notify::{CHANNEL, DUE};
use crate::store::{Error, Notification};
use crate::util::backoff::Backoff;
use domain::MigrationId;

/// Pauses between attempts to listen.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(3));
/// How long nothing is heard before the server is asked whether it still is there, and how long it may take to answer.
const HEARTBEAT: Duration = Duration::from_secs(3);
/// How long it may take to connect and listen.
const GREETING: Duration = Duration::from_secs(4);

/// Listens on a connection of its own.
struct Ear {
    options: PgConnectOptions,
    /// Who we are: our own news are none.
    own: Uuid,
    listener: Option<PgListener>,
    heard: VecDeque<Notification>,
    /// The last try to connect failed.
    failed: bool,
    backoff: Backoff,
}

/// What other processes commit, from now on. Whenever it had to connect, something may have been missed. Where it could not, the
/// error says why.
pub(super) fn heard(
    options: PgConnectOptions,
    own: Uuid,
) -> impl Stream<Item = Result<Notification, Error>> + Send {
    let ear = Ear {
        options,
        own,
        listener: None,
        heard: VecDeque::new(),
        failed: false,
        backoff: BACKOFF,
    };
    stream::unfold(ear, async |mut ear| Some((ear.next().await, ear)))
}

impl Ear {
    async fn next(&mut self) -> Result<Notification, Error> {
        loop {
            if let Some(news) = self.heard.pop_front() {
                return Ok(news);
            }
            let Some(listener) = &mut self.listener else {
                self.connect().await?;
                continue;
            };
            let lives = match timeout(HEARTBEAT, listener.try_recv()).await {
                Ok(Ok(Some(notification))) => {
                    self.heard.extend(parsed(notification.payload(), self.own));
                    true
                }
                Ok(Ok(None) | Err(_)) => false,
                Err(_) => answers(listener).await,
            };
            if !lives {
                // A new one is made rather than this one repaired, so that there is one way to do it.
                self.listener = None;
            }
        }
    }

    async fn connect(&mut self) -> Result<(), Error> {
        // The first try goes out at once.
        if self.failed {
            self.backoff.wait().await;
        }
        match by(Instant::now() + GREETING, listener(&self.options)).await {
            Ok(listener) => {
                self.listener = Some(listener);
                self.failed = false;
                self.backoff.reset();
                self.heard.push_back(Notification::Missed);
                Ok(())
            }
            Err(error) => {
                if !std::mem::replace(&mut self.failed, true) {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "other processes cannot be heard for now: what they do is found by polling"
                    );
                }
                Err(classified(error))
            }
        }
    }
}

/// Whether the connection that is listened on still answers. What is heard meanwhile is kept.
///
/// One that does not is left to the driver, which tries to take its leave of the server; that ends when the system gives the
/// connection up.
async fn answers(listener: &mut PgListener) -> bool {
    let asked = sqlx::raw_sql("SELECT 1").execute(listener);
    by(Instant::now() + HEARTBEAT, asked).await.is_ok()
}

async fn listener(options: &PgConnectOptions) -> Result<PgListener, sqlx::Error> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(GREETING)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(options.clone());
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// What a notification says. A word that a later release may send is passed over.
fn parsed(payload: &str, own: Uuid) -> Vec<Notification> {
    let mut words = payload.split(' ');
    let sender = words.next().and_then(|sender| sender.parse().ok());
    if sender.is_none_or(|sender: Uuid| sender == own) {
        return Vec::new();
    }
    let news = |word: &str| {
        if word == DUE {
            return Some(Notification::Due);
        }
        let (id, sequence) = word.split_once(':')?;
        Some(Notification::Committed {
            id: MigrationId::from_uuid(id.parse().ok()?),
            sequence: sequence.parse().ok()?,
        })
    };
    words.filter_map(news).collect()
}
