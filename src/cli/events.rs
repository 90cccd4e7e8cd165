//! `events`: a migration's history.

use serde_json::json;

use super::failure::Failure;
use super::{Exit, Session, json as as_json, render};
use crate::proto::v1::ListEventsRequest;

/// Shows a migration's history.
#[derive(Debug, clap::Args)]
pub(super) struct EventsArgs {
    /// The migration.
    id: String,
    /// Only events after this sequence.
    #[arg(long, value_name = "SEQUENCE", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..))]
    after: i64,
}

/// Events a page.
const PAGE: i32 = 1000;

impl EventsArgs {
    pub(super) async fn run(self, mut session: Session) -> anyhow::Result<Exit> {
        let mut events = Vec::new();
        let mut after_sequence = self.after;
        loop {
            let request = ListEventsRequest {
                migration_id: self.id.clone(),
                after_sequence,
                page_size: PAGE,
            };
            let page = session
                .client
                .list_events(request)
                .await
                .map_err(Failure::from)?
                .into_inner();
            let last = page.events.last().map(|event| event.sequence);
            events.extend(page.events);
            match last {
                Some(last) if page.more => after_sequence = last,
                _ => break,
            }
        }
        session.out.show(
            || json!({ "events": as_json::all(&events, as_json::event) }),
            |style| render::events(style, &events),
        )?;
        Ok(Exit::Done)
    }
}
