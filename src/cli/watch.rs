//! `watch`: a migration's events as they happen, until it ends.

use super::reconnecting_watch::ReconnectingWatch;
use super::{Exit, Session, follow, json, render};

/// Shows a migration's events as they happen, until it ends.
#[derive(Debug, clap::Args)]
pub(super) struct WatchArgs {
    /// The migration.
    id: String,
    /// Only events after this sequence.
    #[arg(long, value_name = "SEQUENCE", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..))]
    after: i64,
}

impl WatchArgs {
    pub(super) async fn run(self, mut session: Session) -> anyhow::Result<Exit> {
        let mut watcher = ReconnectingWatch::new(&session.client, &self.id, self.after);
        let mut ticker = render::Ticker::default();
        while let Some(event) = watcher.next().await? {
            session
                .out
                .show(|| json::event(&event), |style| ticker.line(style, &event))?;
        }
        let migration = follow::stands(&mut session.client, &self.id).await?;
        Ok(Exit::of_state(migration.state()))
    }
}
