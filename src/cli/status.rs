//! `status`: the current state of a migration.

use super::Exit;
use super::client::ServiceSession;
use crate::proto::v1::GetStatusRequest;

#[derive(Debug, clap::Args)]
pub(super) struct StatusArgs {
    /// Id of the migration.
    id: String,
}

impl StatusArgs {
    pub(super) async fn run(self, session: ServiceSession<'_>) -> anyhow::Result<Exit> {
        let migration_id = self.id;
        let mut client = session.client().await?;
        let answer = client.get_status(GetStatusRequest { migration_id }).await?;
        let answer = answer.into_inner();
        session.show(&answer, answer.migration.as_ref())?;
        Ok(Exit::Done)
    }
}
