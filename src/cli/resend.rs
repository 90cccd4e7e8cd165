//! `resend`: asks Meta for another code.

use super::args::{self, WaitArg};
use super::failure::Failure;
use super::{Exit, Session};
use crate::proto::v1::ResendCodeRequest;

/// Asks Meta for another code.
#[derive(Debug, clap::Args)]
pub(super) struct ResendArgs {
    /// The migration.
    id: String,
    /// By voice call. Without it: as the last one came.
    #[arg(long)]
    voice: bool,
    /// Language of the message, for example `pt_BR`. Without it: as before.
    #[arg(long, default_value_t, hide_default_value = true)]
    language: String,
    #[command(flatten)]
    wait: WaitArg,
}

impl ResendArgs {
    pub(super) async fn run(self, mut session: Session) -> anyhow::Result<Exit> {
        let request = ResendCodeRequest {
            migration_id: self.id,
            code_method: args::code_method(self.voice).into(),
            language: self.language,
            wait: self.wait.for_request(),
        };
        let answer = session
            .client
            .resend_code(request)
            .await
            .map_err(Failure::from)?;
        let migration = session.show(answer.into_inner().migration)?;
        Ok(Exit::of_state(migration.state()))
    }
}
