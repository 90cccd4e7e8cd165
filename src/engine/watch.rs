//! Streams of a migration's events: each once, in order, as they are committed.
//!
//! A stream that waits holds no events and asks the store for nothing: it is woken when there is something to read.

use std::sync::Arc;

use futures_util::{Stream, stream};

use super::claim_loop::STORE_PAUSE;
use super::commit_feed::{Mark, Subscription};
use super::{Engine, Error, log};
use crate::store::Store;
use domain::{Event, MigrationId, TenantId};

/// The largest number of events that is read at once.
const PAGE: u32 = 200;

/// Where a stream stands.
struct Cursor<S> {
    engine: Engine<S>,
    tenant: TenantId,
    id: MigrationId,
    news: Subscription,
    /// The newest sequence that was taken.
    after: u64,
    /// What was read and not yet taken.
    page: Option<Page>,
    /// What was known before the last reading.
    mark: Mark,
    /// The migration had ended with the newest event that was taken.
    is_over: bool,
    stage: Stage,
}

/// Events, and how many of them were taken.
struct Page {
    events: Arc<[Event]>,
    taken: usize,
}

/// What a stream does once its page was taken.
#[derive(Clone, Copy)]
enum Stage {
    /// It reads for the first time.
    Begins,
    /// It reads: there is more, or may be.
    Reads,
    /// It waits for a commit.
    Waits,
    /// It has failed.
    Failed,
}

impl<S: Store> Engine<S> {
    /// The events after a sequence, then each new one as it is committed. Ends after the one that ended the migration.
    pub fn watch(
        &self,
        tenant: &TenantId,
        id: MigrationId,
        after: u64,
    ) -> impl Stream<Item = Result<Event, Error>> + Send + 'static {
        let cursor = Cursor {
            engine: self.clone(),
            tenant: tenant.clone(),
            id,
            // Before the first reading, so that no commit falls between.
            news: self.parts.hub.subscribe(id),
            after,
            page: None,
            mark: Mark::default(),
            is_over: false,
            stage: Stage::Begins,
        };
        stream::unfold(cursor, |mut cursor| async move {
            let item = cursor.next().await?;
            if item.is_err() {
                cursor.stage = Stage::Failed;
            }
            Some((item, cursor))
        })
    }
}

impl<S: Store> Cursor<S> {
    async fn next(&mut self) -> Option<Result<Event, Error>> {
        loop {
            if let Some(event) = self.take() {
                return Some(Ok(event));
            }
            // In a box of its own: what reading needs is not kept while the stream waits.
            let moved = match self.stage {
                Stage::Begins => Box::pin(self.begin()).await,
                Stage::Reads => Box::pin(self.read()).await,
                Stage::Waits if self.is_over => return None,
                Stage::Waits => self.wait().await,
                Stage::Failed => return None,
            };
            if let Err(error) = moved {
                return Some(Err(error));
            }
        }
    }

    /// The next event of the page.
    fn take(&mut self) -> Option<Event> {
        let page = self.page.as_mut()?;
        let Some(event) = page.events.get(page.taken).cloned() else {
            self.page = None;
            return None;
        };
        page.taken = page.taken.saturating_add(1);
        self.after = event.sequence;
        self.is_over = event.state.is_terminal();
        Some(event)
    }

    /// Reads for the first time, whatever others have read: this also finds out whether the migration is the tenant's.
    async fn begin(&mut self) -> Result<(), Error> {
        self.mark = self.news.mark();
        let (engine, tenant, id) = (&self.engine, &self.tenant, self.id);
        let events = engine.events(tenant, id, self.after, PAGE).await?;
        if events.is_empty() {
            let migration = engine.load(tenant, id).await?;
            let is_more = migration.last_sequence > self.after;
            self.stage = if is_more { Stage::Reads } else { Stage::Waits };
            self.is_over = migration.state.is_terminal();
            self.news.found(migration.last_sequence);
        } else {
            self.turn_to(events.into());
        }
        Ok(())
    }

    /// Reads on. A store that is unavailable for a while ends no stream.
    async fn read(&mut self) -> Result<(), Error> {
        self.mark = self.news.mark();
        let (engine, tenant, id) = (self.engine.clone(), self.tenant.clone(), self.id);
        let (channel, after) = (self.news.channel(), self.after);
        let reading = async move {
            let read = engine.events(&tenant, id, after, PAGE);
            channel.shared(&tenant, after, read).await
        };
        match self.engine.to_its_end(reading).await {
            Ok(events) => self.turn_to(events),
            Err(Error::Store(error)) if error.is_of_the_database() => {
                log::store_failed(&error, Some(id), "a stream could not be read on");
                let pause = tokio::time::sleep(STORE_PAUSE);
                let stopping = &self.engine.parts.stopping;
                stopping
                    .run_until_cancelled(pause)
                    .await
                    .ok_or(Error::ShuttingDown)?;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn turn_to(&mut self, events: Arc<[Event]>) {
        let is_full = events.len() >= PAGE as usize;
        self.stage = if is_full { Stage::Reads } else { Stage::Waits };
        if let Some(last) = events.last() {
            self.news.found(last.sequence);
        }
        self.page = Some(Page { events, taken: 0 });
    }

    /// Waits for a commit.
    async fn wait(&mut self) -> Result<(), Error> {
        tokio::select! {
            () = self.news.more(self.after, self.mark) => {}
            () = self.engine.parts.stopping.cancelled() => return Err(Error::ShuttingDown),
        }
        self.stage = Stage::Reads;
        Ok(())
    }
}
