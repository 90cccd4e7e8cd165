//! `cancel`: stops a migration before the number is registered.

use super::args::WaitArg;
use super::failure::Failure;
use super::{Exit, Session};
use crate::proto::v1::CancelRequest;

/// Stops a migration before the number is registered.
#[derive(Debug, clap::Args)]
pub(super) struct CancelArgs {
    /// The migration.
    id: String,
    #[command(flatten)]
    wait: WaitArg,
}

impl CancelArgs {
    pub(super) async fn run(self, mut session: Session) -> anyhow::Result<Exit> {
        let request = CancelRequest {
            migration_id: self.id,
            wait: self.wait.for_request(),
        };
        let answer = session
            .client
            .cancel(request)
            .await
            .map_err(Failure::from)?;
        session.show(answer.into_inner().migration)?;
        Ok(Exit::Done)
    }
}
