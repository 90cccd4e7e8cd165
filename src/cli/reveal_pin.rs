//! `reveal-pin`: the two-step verification PIN that the number was registered with.

use serde_json::json;

use super::failure::Failure;
use super::{Exit, Session};
use crate::proto::v1::RevealTwoStepPinRequest;

/// Shows the two-step verification PIN that the number was registered with. The service records each time.
#[derive(Debug, clap::Args)]
pub(super) struct RevealPinArgs {
    /// The migration.
    id: String,
}

impl RevealPinArgs {
    pub(super) async fn run(self, mut session: Session) -> anyhow::Result<Exit> {
        let request = RevealTwoStepPinRequest {
            migration_id: self.id,
        };
        let answer = session
            .client
            .reveal_two_step_pin(request)
            .await
            .map_err(Failure::from)?;
        let pin = answer.into_inner().two_step_pin;
        session
            .out
            .show(|| json!({ "two_step_pin": pin }), |_| pin.clone())?;
        Ok(Exit::Done)
    }
}
