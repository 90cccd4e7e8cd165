//! `status`: the current state of a migration.

use super::Exit;
use super::client::ServiceSession;
use super::target::{Choice, MigrationTarget};
use crate::proto::v1::GetStatusRequest;

#[derive(Debug, clap::Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    target: MigrationTarget,
}

impl StatusArgs {
    pub(super) async fn run(self, session: ServiceSession<'_>) -> anyhow::Result<Exit> {
        let mut client = session.client().await?;
        let migration_id = self.target.id(&mut client, Choice::Newest).await?;
        let answer = client.get_status(GetStatusRequest { migration_id }).await?;
        let answer = answer.into_inner();
        session.show(&answer, answer.migration.as_ref())?;
        Ok(Exit::Done)
    }
}
