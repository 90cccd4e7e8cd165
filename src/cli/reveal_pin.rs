//! `reveal-pin`: the two-step verification PIN that the number was registered with.

use super::Exit;
use super::client::ServiceSession;
use crate::proto::v1::RevealTwoStepPinRequest;

#[derive(Debug, clap::Args)]
pub(super) struct RevealPinArgs {
    /// Id of the migration.
    id: String,
}

impl RevealPinArgs {
    pub(super) async fn run(self, session: ServiceSession<'_>) -> anyhow::Result<Exit> {
        let request = RevealTwoStepPinRequest {
            migration_id: self.id,
        };
        let answer = session.client().await?.reveal_two_step_pin(request).await?;
        let answer = answer.into_inner();
        session
            .out
            .message(&answer, |_| answer.two_step_pin.clone())?;
        Ok(Exit::Done)
    }
}
