//! `delete`: removes a migration that has ended.

use anyhow::ensure;

use super::Exit;
use super::client::ServiceSession;
use super::failure::Failure;
use crate::proto::v1::DeleteMigrationRequest;

#[derive(Debug, clap::Args)]
pub(super) struct DeleteArgs {
    /// Id of the migration.
    id: String,
    /// Confirm that it is removed for good.
    #[arg(long)]
    yes: bool,
}

impl DeleteArgs {
    pub(super) async fn run(self, session: ServiceSession<'_>) -> anyhow::Result<Exit> {
        let Self { id, yes } = self;
        ensure!(
            yes,
            Failure::usage(format!(
                "this permanently removes the migration {id} with its history and its PIN: confirm \
                 it with --yes"
            ))
        );
        let request = DeleteMigrationRequest {
            migration_id: id.clone(),
        };
        let answer = session.client().await?.delete_migration(request).await?;
        session.out.message(answer.get_ref(), |_| {
            format!("Removed the migration {id} with its history and its PIN.")
        })?;
        Ok(Exit::Done)
    }
}
