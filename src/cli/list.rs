//! `list`: migrations, newest first.

use jiff::Timestamp;

use super::args::{one_of, pair, past};
use super::client::ServiceSession;
use super::target::NumberFilter;
use super::{Exit, render, time};
use crate::proto::v1::{self, Actor, ListMigrationsRequest, ListMigrationsResponse, MigrationView};
use domain::State;

#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    /// Only migrations in this state. Can be repeated: in one of these states.
    #[arg(long, value_parser = one_of(&State::ALL, State::as_str))]
    state: Vec<State>,
    /// Only migrations of this number, or of numbers that end with these 4 or more digits.
    #[arg(long)]
    number: Option<String>,
    /// Only migrations whose next action is up to this actor.
    #[arg(long, value_parser = one_of(&ACTORS, render::actor))]
    actor: Option<Actor>,
    /// Only migrations whose current fault has this reason, for example `CODE_REJECTED`.
    #[arg(
        long,
        value_name = "REASON",
        default_value_t,
        hide_default_value = true
    )]
    fault: String,
    /// Only migrations that changed at this time or later: a time, or how long ago, for example 2h.
    #[arg(long, value_name = "TIME", value_parser = past)]
    updated_since: Option<Timestamp>,
    /// Only migrations from or to this WABA.
    #[arg(long, default_value_t, hide_default_value = true)]
    waba: String,
    /// Only migrations with this label. Can be repeated: with all of these labels.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    label: Vec<(String, String)>,
    /// Only migrations with this reference.
    #[arg(long, default_value_t, hide_default_value = true)]
    reference: String,
    /// Maximum number of migrations to list.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// Who can be responsible for the next action.
const ACTORS: [Actor; 6] = [
    Actor::Caller,
    Actor::NumberOwner,
    Actor::SourceProvider,
    Actor::DestinationAdmin,
    Actor::Meta,
    Actor::Operator,
];

/// The service's maximum page size, migrations.
const PAGE: usize = 200;

impl ListArgs {
    pub(super) async fn run(self, session: ServiceSession<'_>) -> anyhow::Result<Exit> {
        let limit = usize::try_from(self.limit)?;
        // The table needs none of the large fields.
        let view = if session.out.is_json() {
            MigrationView::Full
        } else {
            MigrationView::Basic
        };
        let states = self.state.into_iter().map(v1::State::from);
        let mut request = ListMigrationsRequest {
            states: states.map(Into::into).collect(),
            waba_id: self.waba,
            labels: self.label.into_iter().collect(),
            reference: self.reference,
            page_size: 0,
            page_token: String::new(),
            view: view.into(),
            actor: self.actor.unwrap_or_default().into(),
            fault: self.fault.to_uppercase().replace('-', "_"),
            updated_since: self.updated_since.map(time::to_moment),
            ..ListMigrationsRequest::default()
        };
        if let Some(number) = &self.number {
            NumberFilter::read(number)?.apply(&mut request);
        }
        let mut all = ListMigrationsResponse::default();
        let mut client = session.client().await?;
        // A page can be short or empty without being the last.
        loop {
            let rest = limit.saturating_sub(all.migrations.len());
            request.page_size = i32::try_from(rest.min(PAGE))?;
            let page = client.list_migrations(request.clone()).await?.into_inner();
            all.migrations.extend(page.migrations);
            all.next_page_token.clone_from(&page.next_page_token);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() || all.migrations.len() >= limit {
                break;
            }
        }
        session
            .out
            .message(&all, |style| render::list(style, &all))?;
        Ok(Exit::Done)
    }
}
