//! `watch`: the events of a migration as they happen, until it ends.

use super::client::ServiceSession;
use super::reconnecting_watch::ReconnectingWatch;
use super::{Exit, follow, render};
use crate::proto::v1::WatchResponse;

#[derive(Debug, clap::Args)]
pub(super) struct WatchArgs {
    /// Id of the migration.
    id: String,
    /// Only events after this sequence number.
    #[arg(
        long,
        value_name = "SEQUENCE",
        default_value_t = 0,
        value_parser = clap::value_parser!(i64).range(0..)
    )]
    after: i64,
}

impl WatchArgs {
    pub(super) async fn run(self, session: ServiceSession<'_>) -> anyhow::Result<Exit> {
        let mut client = session.client().await?;
        let mut watch = ReconnectingWatch::new(&client, &self.id, self.after);
        let mut ticker = render::Ticker::default();
        while let Some(event) = watch.next().await? {
            let line = ticker.line(&session.out.style, &event);
            let answer = WatchResponse { event: Some(event) };
            session.out.message(&answer, |_| line)?;
        }
        let migration = follow::current(&mut client, &self.id).await?;
        Ok(Exit::of_state(migration.state()))
    }
}
