//! Receives the notifications of other processes, and detects a silent server.
//!
//! A process may have nothing to send for as long as `engine.poll`, and a connection on which
//! nothing is sent never breaks. So the LISTEN connection has a heartbeat; a missing answer is the
//! first sign of a silent server.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{Stream, stream};
use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::connect::by;
use super::error::{classified, lost};
use super::notify::{CHANNEL, DUE};
use crate::store::{Error, Notification};
use crate::util::backoff::Backoff;
use crate::util::clock;
use domain::MigrationId;

/// Pauses between attempts to listen.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(3));
/// Silence after which the server is pinged, and the maximum time to answer the ping.
const HEARTBEAT: Duration = Duration::from_secs(3);
/// Maximum time to connect and listen.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);

/// Maximum time of the check that notifications are delivered.
const CHECK_TIMEOUT: Duration = Duration::from_secs(6);

const NOT_DELIVERED: &str = "store.notifications is `listen`, but the database server, or a pooler \
     before it, does not deliver notifications: connect without the pooler or with sessions of its \
     own, or set store.notifications to `auto` or `poll` (docs/postgresql.md)";

/// Listens on a connection of its own.
struct Subscription {
    options: PgConnectOptions,
    /// The id of this process, whose own notifications are ignored.
    own: Uuid,
    listener: Option<PgListener>,
    received: VecDeque<Notification>,
    /// Whether the last attempt to connect failed.
    failed: bool,
    backoff: Backoff,
}

/// The notifications of other processes, from now on; [`Notification::Missed`] after every connect;
/// an error where the server cannot be connected to.
pub(super) fn notifications(
    options: PgConnectOptions,
    own: Uuid,
) -> impl Stream<Item = Result<Notification, Error>> + Send {
    let subscription = Subscription {
        options,
        own,
        listener: None,
        received: VecDeque::new(),
        failed: false,
        backoff: BACKOFF,
    };
    stream::unfold(subscription, async |mut it| Some((it.next().await, it)))
}

impl Subscription {
    async fn next(&mut self) -> Result<Notification, Error> {
        loop {
            if let Some(notification) = self.received.pop_front() {
                return Ok(notification);
            }
            let Some(listener) = &mut self.listener else {
                self.connect().await?;
                continue;
            };
            let alive = match timeout(HEARTBEAT, listener.try_recv()).await {
                Ok(Ok(Some(notification))) => {
                    self.received
                        .extend(parsed(notification.payload(), self.own));
                    true
                }
                Ok(Ok(None) | Err(_)) => false,
                Err(_) => answers(listener).await,
            };
            if !alive {
                // Reconnects rather than repairs, so that there is one way to connect.
                self.listener = None;
            }
        }
    }

    async fn connect(&mut self) -> Result<(), Error> {
        // The first attempt is made at once.
        if self.failed {
            self.backoff.wait().await;
        }
        match by(Instant::now() + CONNECT_TIMEOUT, listener(&self.options)).await {
            Ok(listener) => {
                self.listener = Some(listener);
                self.failed = false;
                self.backoff.reset();
                self.received.push_back(Notification::Missed);
                Ok(())
            }
            Err(error) => {
                if !std::mem::replace(&mut self.failed, true) {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "LISTEN connection lost; falling back to polling"
                    );
                }
                Err(classified(error))
            }
        }
    }
}

/// Whether the LISTEN connection answers. Notifications that arrive meanwhile are kept.
///
/// A connection that does not is left to the driver, which tries to close it; that ends when the
/// operating system gives the connection up.
async fn answers(listener: &mut PgListener) -> bool {
    let asked = sqlx::raw_sql("SELECT 1").execute(listener);
    by(Instant::now() + HEARTBEAT, asked).await.is_ok()
}

/// Checks that the server delivers notifications to a session that listens. A pooler may accept
/// LISTEN and deliver nothing.
pub(super) async fn check_delivery(options: &PgConnectOptions) -> Result<(), Error> {
    let delivered = async {
        let mut listener = listener(options).await?;
        let mut sender = options.connect().await?;
        // Without a sender that is a UUID, which other processes ignore.
        let payload = format!("check-{}", clock::new_id().simple());
        sqlx::query("SELECT pg_notify($1, $2)")
            .bind(CHANNEL)
            .bind(&payload)
            .execute(&mut sender)
            .await?;
        while let Some(notification) = listener.try_recv().await? {
            if notification.payload() == payload {
                return Ok(true);
            }
        }
        Ok(false)
    };
    match timeout(CHECK_TIMEOUT, delivered).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Err(error)) if lost(&error) => Err(classified(error)),
        _ => Err(Error::Unsuitable(NOT_DELIVERED)),
    }
}

async fn listener(options: &PgConnectOptions) -> Result<PgListener, sqlx::Error> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(CONNECT_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(options.clone());
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// The notifications in a payload. Parts that only a later release knows are skipped.
fn parsed(payload: &str, own: Uuid) -> Vec<Notification> {
    let mut parts = payload.split(' ');
    let sender = parts.next().and_then(|sender| sender.parse().ok());
    if sender.is_none_or(|sender: Uuid| sender == own) {
        return Vec::new();
    }
    let notification = |part: &str| {
        if part == DUE {
            return Some(Notification::Due);
        }
        let (id, sequence) = part.split_once(':')?;
        Some(Notification::Committed {
            id: MigrationId::from_uuid(id.parse().ok()?),
            sequence: sequence.parse().ok()?,
        })
    };
    parts.filter_map(notification).collect()
}
