//! `reveal-pin`: the two-step verification PIN that the number was registered with.

use super::Exit;
use super::client::ServiceSession;
use super::target::{Choice, MigrationTarget};
use crate::proto::v1::RevealTwoStepPinRequest;

#[derive(Debug, clap::Args)]
pub(super) struct RevealPinArgs {
    #[command(flatten)]
    target: MigrationTarget,
}

impl RevealPinArgs {
    pub(super) async fn run(self, session: ServiceSession<'_>) -> anyhow::Result<Exit> {
        let mut client = session.client().await?;
        let request = RevealTwoStepPinRequest {
            migration_id: self.target.id(&mut client, Choice::Newest).await?,
        };
        let answer = client.reveal_two_step_pin(request).await?;
        let answer = answer.into_inner();
        session
            .out
            .message(&answer, |_| answer.two_step_pin.clone())?;
        Ok(Exit::Done)
    }
}
