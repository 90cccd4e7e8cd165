//! `watch`: a migration's events as they happen, until it ends.

use super::watcher::Watcher;
use super::{Exit, Session, follow, json, view};

/// Shows a migration's events as they happen, until it ends.
#[derive(Debug, clap::Args)]
pub(super) struct Watch {
    /// The migration.
    id: String,
    /// Only events after this sequence.
    #[arg(long, value_name = "SEQUENCE", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..))]
    after: i64,
}

impl Watch {
    pub(super) async fn run(self, mut session: Session) -> anyhow::Result<Exit> {
        let mut watcher = Watcher::new(&session.client, &self.id, self.after);
        let mut ticker = view::Ticker::default();
        while let Some(event) = watcher.next().await? {
            session
                .out
                .show(|| json::event(&event), |look| ticker.line(look, &event))?;
        }
        let migration = follow::stands(&mut session.client, &self.id).await?;
        Ok(Exit::of_state(migration.state()))
    }
}
