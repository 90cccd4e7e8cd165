//! Streams of a migration's events: each once, in order, as they are committed.

use std::collections::VecDeque;

use futures_util::{Stream, stream};

use super::hub::Subscription;
use super::{Engine, Error};
use crate::migration::{Event, MigrationId, TenantId};
use crate::store::Store;

/// Events are read in pages of so many.
const PAGE: u32 = 200;

/// Where a stream stands.
struct Cursor<S> {
    engine: Engine<S>,
    tenant: TenantId,
    id: MigrationId,
    news: Subscription,
    /// The newest sequence that was read.
    after: u64,
    read: VecDeque<Event>,
    /// The event that ended the migration was read, or the stream failed.
    ended: bool,
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
            read: VecDeque::new(),
            ended: false,
        };
        stream::unfold(cursor, |mut cursor| async move {
            let item = cursor.next().await?;
            cursor.ended |= item.is_err();
            Some((item, cursor))
        })
    }
}

impl<S: Store> Cursor<S> {
    async fn next(&mut self) -> Option<Result<Event, Error>> {
        loop {
            if let Some(event) = self.read.pop_front() {
                return Some(Ok(event));
            }
            if self.ended {
                return None;
            }
            match self
                .engine
                .events(&self.tenant, self.id, self.after, PAGE)
                .await
            {
                Err(error) => return Some(Err(error)),
                Ok(events) if events.is_empty() => match self.more_to_come().await {
                    Ok(true) => {}
                    Ok(false) => return None,
                    Err(error) => return Some(Err(error)),
                },
                Ok(events) => self.take(events),
            }
        }
    }

    fn take(&mut self, events: Vec<Event>) {
        if let Some(last) = events.last() {
            self.after = last.sequence;
        }
        self.read = events.into();
    }

    /// Waits for the next commit; `false` when the migration has ended and all of its events were read.
    async fn more_to_come(&mut self) -> Result<bool, Error> {
        let parts = &self.engine.parts;
        let migration = self.engine.load(&self.tenant, self.id).await?;
        if migration.last_sequence > self.after {
            return Ok(true);
        }
        if migration.state.is_terminal() {
            return Ok(false);
        }
        tokio::select! {
            _ = self.news.changed() => Ok(true),
            () = tokio::time::sleep(parts.settings.poll) => Ok(true),
            () = parts.stopping.cancelled() => Err(Error::ShuttingDown),
        }
    }
}
