//! `status`: a migration as it stands.

use super::failure::Failure;
use super::{Exit, Session};
use crate::proto::v1::GetStatusRequest;

/// Shows a migration as it stands.
#[derive(Debug, clap::Args)]
pub(super) struct StatusArgs {
    /// The migration.
    id: String,
}

impl StatusArgs {
    pub(super) async fn run(self, mut session: Session) -> anyhow::Result<Exit> {
        let request = GetStatusRequest {
            migration_id: self.id,
        };
        let answer = session
            .client
            .get_status(request)
            .await
            .map_err(Failure::from)?;
        session.show(answer.into_inner().migration)?;
        Ok(Exit::Done)
    }
}
