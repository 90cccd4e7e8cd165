//! `events`: the history of a migration.

use super::client::ServiceSession;
use super::target::{Choice, MigrationTarget};
use super::{Exit, render};
use crate::proto::v1::{ListEventsRequest, ListEventsResponse};

#[derive(Debug, clap::Args)]
pub(super) struct EventsArgs {
    #[command(flatten)]
    target: MigrationTarget,
    /// Only events after this sequence number.
    #[arg(
        long,
        value_name = "SEQUENCE",
        default_value_t = 0,
        value_parser = clap::value_parser!(i64).range(0..)
    )]
    after: i64,
}

/// Page size, events.
const PAGE: i32 = 1000;

impl EventsArgs {
    pub(super) async fn run(self, session: ServiceSession<'_>) -> anyhow::Result<Exit> {
        let mut client = session.client().await?;
        let mut all = ListEventsResponse::default();
        let mut request = ListEventsRequest {
            migration_id: self.target.id(&mut client, Choice::Newest).await?,
            after_sequence: self.after,
            page_size: PAGE,
        };
        loop {
            let page = client.list_events(request.clone()).await?.into_inner();
            all.events.extend(page.events);
            match all.events.last() {
                Some(last) if page.more => request.after_sequence = last.sequence,
                _ => break,
            }
        }
        session
            .out
            .message(&all, |style| render::events(style, &all.events))?;
        Ok(Exit::Done)
    }
}
