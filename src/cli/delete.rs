//! `delete`: removes a migration that has ended.

use anyhow::ensure;

use super::Exit;
use super::client::ServiceSession;
use super::failure::Failure;
use super::target::{Choice, MigrationTarget};
use crate::proto::v1::DeleteMigrationRequest;

#[derive(Debug, clap::Args)]
pub(super) struct DeleteArgs {
    #[command(flatten)]
    target: MigrationTarget,
    /// Confirm that it is removed for good.
    #[arg(long)]
    yes: bool,
}

impl DeleteArgs {
    pub(super) async fn run(self, session: ServiceSession<'_>) -> anyhow::Result<Exit> {
        let Self { target, yes } = self;
        ensure!(
            yes,
            Failure::usage(format!(
                "this permanently removes the migration {} with its history and its PIN: confirm it \
                 with --yes",
                target.as_str()
            ))
        );
        let mut client = session.client().await?;
        let id = target.id(&mut client, Choice::Ended).await?;
        let request = DeleteMigrationRequest {
            migration_id: id.clone(),
        };
        let answer = client.delete_migration(request).await?;
        session.out.message(answer.get_ref(), |_| {
            format!("Removed the migration {id} with its history and its PIN.")
        })?;
        Ok(Exit::Done)
    }
}
