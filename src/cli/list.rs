//! `list`: migrations, newest first.

use clap::ValueEnum;
use serde_json::json;

use super::args::pair;
use super::failure::Failure;
use super::{Exit, Session, json as as_json, render};
use crate::proto::v1::{self, ListMigrationsRequest, MigrationView};

/// Lists migrations, newest first. A migration must match every filter.
#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    /// Only migrations in this state. May be repeated: in one of them.
    #[arg(long, value_enum)]
    state: Vec<State>,
    /// Only migrations of this number.
    #[arg(long, default_value_t, hide_default_value = true)]
    number: String,
    /// Only migrations from or to this WABA.
    #[arg(long, default_value_t, hide_default_value = true)]
    waba: String,
    /// Only migrations with this label. May be repeated: with all of them.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    label: Vec<(String, String)>,
    /// Only migrations with this reference.
    #[arg(long, default_value_t, hide_default_value = true)]
    reference: String,
    /// At most so many.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum State {
    Running,
    WaitingForCode,
    WaitingForCutover,
    ActionRequired,
    Succeeded,
    Failed,
    Canceled,
    Expired,
}

/// The most that the service puts on a page.
const PAGE: usize = 200;

impl ListArgs {
    pub(super) async fn run(self, mut session: Session) -> anyhow::Result<Exit> {
        let limit = usize::try_from(self.limit)?;
        // A table shows nothing of what is large.
        let view = if session.out.is_json() {
            MigrationView::Full
        } else {
            MigrationView::Basic
        };
        let mut request = ListMigrationsRequest {
            states: self
                .state
                .into_iter()
                .map(|state| v1::State::from(state).into())
                .collect(),
            phone_number: self.number,
            waba_id: self.waba,
            labels: self.label.into_iter().collect(),
            reference: self.reference,
            page_size: 0,
            page_token: String::new(),
            view: view.into(),
        };
        let mut migrations = Vec::new();
        // A page may be short, or empty, and not be the last.
        loop {
            request.page_size = i32::try_from(limit.saturating_sub(migrations.len()).min(PAGE))?;
            let page = session
                .client
                .list_migrations(request.clone())
                .await
                .map_err(Failure::from)?
                .into_inner();
            migrations.extend(page.migrations);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() || migrations.len() >= limit {
                break;
            }
        }
        let more = !request.page_token.is_empty();
        session.out.show(
            || json!({ "migrations": as_json::all(&migrations, as_json::migration), "more": more }),
            |style| render::list(style, &migrations, more),
        )?;
        Ok(Exit::Done)
    }
}

impl From<State> for v1::State {
    fn from(state: State) -> Self {
        match state {
            State::Running => Self::Running,
            State::WaitingForCode => Self::WaitingForCode,
            State::WaitingForCutover => Self::WaitingForCutover,
            State::ActionRequired => Self::ActionRequired,
            State::Succeeded => Self::Succeeded,
            State::Failed => Self::Failed,
            State::Canceled => Self::Canceled,
            State::Expired => Self::Expired,
        }
    }
}
