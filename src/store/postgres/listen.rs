//! Hears what other processes commit.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{Stream, stream};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use uuid::Uuid;

use super::tell::{CHANNEL, DUE};
use crate::migration::MigrationId;
use crate::store::News;

/// The first pause between two tries to listen; it doubles up to the last.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Listens on a connection of its own.
struct Ear {
    options: PgConnectOptions,
    /// Who we are: our own news are none.
    own: Uuid,
    listener: Option<PgListener>,
    heard: VecDeque<News>,
    pause: Duration,
}

/// What other processes commit, from now on. Whenever it had to connect, something may have been missed.
pub(super) fn news(options: PgConnectOptions, own: Uuid) -> impl Stream<Item = News> + Send {
    let ear = Ear {
        options,
        own,
        listener: None,
        heard: VecDeque::new(),
        pause: PAUSE,
    };
    stream::unfold(ear, async |mut ear| Some((ear.next().await, ear)))
}

impl Ear {
    async fn next(&mut self) -> News {
        loop {
            if let Some(news) = self.heard.pop_front() {
                return news;
            }
            let Some(listener) = &mut self.listener else {
                self.connect().await;
                continue;
            };
            match listener.try_recv().await {
                Ok(Some(notification)) => {
                    self.heard.extend(parsed(notification.payload(), self.own));
                }
                // A new one is made rather than this one mended, so that there is one way to do it.
                Ok(None) | Err(_) => self.listener = None,
            }
        }
    }

    async fn connect(&mut self) {
        match listener(&self.options).await {
            Ok(listener) => {
                self.listener = Some(listener);
                self.pause = PAUSE;
                self.heard.push_back(News::Missed);
            }
            Err(error) => {
                if self.pause == PAUSE {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "other processes cannot be heard for now: what they do is found by looking"
                    );
                }
                tokio::time::sleep(self.pause).await;
                self.pause = self.pause.saturating_mul(2).min(LONGEST_PAUSE);
            }
        }
    }
}

async fn listener(options: &PgConnectOptions) -> Result<PgListener, sqlx::Error> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(LONGEST_PAUSE)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(options.clone());
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// What a notification says. A word that a later release may send is passed over.
fn parsed(payload: &str, own: Uuid) -> Vec<News> {
    let mut words = payload.split(' ');
    let sender = words.next().and_then(|sender| sender.parse().ok());
    if sender.is_none_or(|sender: Uuid| sender == own) {
        return Vec::new();
    }
    let news = |word: &str| {
        if word == DUE {
            return Some(News::Due);
        }
        let (id, sequence) = word.split_once(':')?;
        Some(News::Committed {
            id: MigrationId::from_uuid(id.parse().ok()?),
            sequence: sequence.parse().ok()?,
        })
    };
    words.filter_map(news).collect()
}
