//! `cancel`: cancels a migration before the number is registered.

use super::Exit;
use super::args::WaitArg;
use super::client::ServiceSession;
use crate::proto::v1::CancelRequest;

#[derive(Debug, clap::Args)]
pub(super) struct CancelArgs {
    /// Id of the migration.
    id: String,
    #[command(flatten)]
    wait: WaitArg,
}

impl CancelArgs {
    pub(super) async fn run(self, session: ServiceSession<'_>) -> anyhow::Result<Exit> {
        let request = CancelRequest {
            migration_id: self.id,
            wait: self.wait.for_request(),
        };
        let answer = session.client().await?.cancel(request).await?.into_inner();
        session.show(&answer, answer.migration.as_ref())?;
        Ok(Exit::Done)
    }
}
