//! Streams of a migration's events: each once, in order, as they are committed.
//!
//! A stream that waits keeps no events and makes no query: it is woken when there is something to
//! read.

use std::sync::Arc;

use futures_util::{Stream, stream};

use super::claim_loop::STORE_PAUSE;
use super::commit_feed::{FeedSubscriber, ReadMark};
use super::{Engine, Error, log};
use crate::store::Store;
use domain::{Event, MigrationId, TenantId};

/// Maximum events per read.
const PAGE: u32 = 200;

/// Position of a stream.
struct EventCursor<S> {
    engine: Engine<S>,
    tenant: TenantId,
    id: MigrationId,
    feed: FeedSubscriber,
    /// Sequence of the newest event that was returned.
    after: u64,
    /// What was read and not returned yet.
    page: Option<UnreturnedEvents>,
    /// What was known before the last read.
    mark: ReadMark,
    /// The newest event that was returned ended the migration.
    is_over: bool,
    stage: Stage,
}

/// Events, and the number of them that were returned.
struct UnreturnedEvents {
    events: Arc<[Event]>,
    returned: usize,
}

/// What a stream does once its page was returned.
#[derive(Clone, Copy)]
enum Stage {
    /// It reads for the first time.
    Begin,
    /// It reads: there is more, or may be.
    Read,
    /// It waits for a commit.
    Wait,
    /// It has failed.
    Failed,
}

impl<S: Store> Engine<S> {
    /// The events after a sequence, then each new one as it is committed. Ends after the one that
    /// ended the migration.
    pub fn watch(
        &self,
        tenant: &TenantId,
        id: MigrationId,
        after: u64,
    ) -> impl Stream<Item = Result<Event, Error>> + Send + 'static {
        let cursor = EventCursor {
            engine: self.clone(),
            tenant: tenant.clone(),
            id,
            // Before the first read, so that no commit is missed in between.
            feed: self.parts.feed.subscribe(tenant, id),
            after,
            page: None,
            mark: ReadMark::default(),
            is_over: false,
            stage: Stage::Begin,
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

impl<S: Store> EventCursor<S> {
    async fn next(&mut self) -> Option<Result<Event, Error>> {
        loop {
            if let Some(event) = self.take() {
                return Some(Ok(event));
            }
            // Boxed, so that a stream that waits does not keep the memory of a read.
            let result = match self.stage {
                Stage::Begin => Box::pin(self.begin()).await,
                Stage::Read => Box::pin(self.read()).await,
                Stage::Wait if self.is_over => return None,
                Stage::Wait => self.wait().await,
                Stage::Failed => return None,
            };
            if let Err(error) = result {
                return Some(Err(error));
            }
        }
    }

    /// The next event of the page.
    fn take(&mut self) -> Option<Event> {
        let page = self.page.as_mut()?;
        let Some(event) = page.events.get(page.returned).cloned() else {
            self.page = None;
            return None;
        };
        page.returned = page.returned.saturating_add(1);
        self.after = event.sequence;
        self.is_over = event.state.is_terminal();
        Some(event)
    }

    /// The first read, which is never shared: it also finds out whether the migration is the
    /// tenant's.
    async fn begin(&mut self) -> Result<(), Error> {
        self.mark = self.feed.mark();
        let (engine, tenant, id) = (&self.engine, &self.tenant, self.id);
        let events = engine.events(tenant, id, self.after, PAGE).await?;
        if events.is_empty() {
            let migration = engine.load(tenant, id).await?;
            let is_more = migration.last_sequence > self.after;
            self.stage = if is_more { Stage::Read } else { Stage::Wait };
            self.is_over = migration.state.is_terminal();
            self.feed.found(migration.last_sequence);
        } else {
            self.set_page(events.into());
        }
        Ok(())
    }

    /// Reads the next page. A store that is unavailable for a while ends no stream.
    async fn read(&mut self) -> Result<(), Error> {
        self.mark = self.feed.mark();
        let (engine, tenant, id) = (self.engine.clone(), self.tenant.clone(), self.id);
        let (channel, after) = (self.feed.channel(), self.after);
        let reading = async move {
            let read = engine.events(&tenant, id, after, PAGE);
            channel.shared(&tenant, after, read).await
        };
        match self.engine.run_detached(reading).await {
            Ok(events) => self.set_page(events),
            Err(Error::Store(error)) if error.is_of_the_database() => {
                log::store_failed(
                    &error,
                    Some(id),
                    "the events for a stream could not be read",
                );
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

    fn set_page(&mut self, events: Arc<[Event]>) {
        let is_full = events.len() >= PAGE as usize;
        self.stage = if is_full { Stage::Read } else { Stage::Wait };
        if let Some(last) = events.last() {
            self.feed.found(last.sequence);
        }
        let returned = 0;
        self.page = Some(UnreturnedEvents { events, returned });
    }

    /// Waits for a commit.
    async fn wait(&mut self) -> Result<(), Error> {
        tokio::select! {
            () = self.feed.more(self.after, self.mark) => {}
            () = self.engine.parts.stopping.cancelled() => return Err(Error::ShuttingDown),
        }
        self.stage = Stage::Read;
        Ok(())
    }
}
