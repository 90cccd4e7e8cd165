//! `cancel`: cancels a migration before the number is registered.

use super::Exit;
use super::args::WaitArg;
use super::client::ServiceSession;
use super::target::{Choice, MigrationTarget};
use crate::proto::v1::CancelRequest;

#[derive(Debug, clap::Args)]
pub(super) struct CancelArgs {
    #[command(flatten)]
    target: MigrationTarget,
    #[command(flatten)]
    wait: WaitArg,
}

impl CancelArgs {
    pub(super) async fn run(self, session: ServiceSession<'_>) -> anyhow::Result<Exit> {
        let mut client = session.client().await?;
        let request = CancelRequest {
            migration_id: self.target.id(&mut client, Choice::Live).await?,
            wait: self.wait.for_request(),
        };
        let answer = client.cancel(request).await?.into_inner();
        session.show(&answer, answer.migration.as_ref())?;
        Ok(Exit::Done)
    }
}
