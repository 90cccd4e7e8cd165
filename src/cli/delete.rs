//! `delete`: removes a migration that has ended.

use serde_json::json;

use super::failure::Failure;
use super::{Exit, Session};
use crate::proto::v1::DeleteMigrationRequest;

/// Removes a migration that has ended, with its history and its PIN.
#[derive(Debug, clap::Args)]
pub(super) struct DeleteArgs {
    /// The migration.
    id: String,
    /// Yes, remove it for good.
    #[arg(long)]
    yes: bool,
}

impl DeleteArgs {
    pub(super) async fn run(
        self,
        connect: impl AsyncFnOnce() -> anyhow::Result<Session>,
    ) -> anyhow::Result<Exit> {
        let Self { id, yes } = self;
        if !yes {
            return Err(Failure::usage(format!(
                "this removes the migration {id} with its history and its PIN, and nothing of it comes back: say --yes if that is meant"
            ))
            .into());
        }
        let mut session = connect().await?;
        let request = DeleteMigrationRequest {
            migration_id: id.clone(),
        };
        let answer = session.client.delete_migration(request).await;
        answer.map_err(Failure::from)?;
        session.out.show(
            || json!({ "deleted": id }),
            |_| format!("The migration {id} was removed, with its history and its PIN."),
        )?;
        Ok(Exit::Done)
    }
}
