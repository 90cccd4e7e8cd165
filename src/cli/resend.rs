//! `resend`: asks Meta to send another code.

use super::Exit;
use super::args::{self, WaitArg};
use super::client::ServiceSession;
use crate::proto::v1::ResendCodeRequest;

#[derive(Debug, clap::Args)]
pub(super) struct ResendArgs {
    /// Id of the migration.
    id: String,
    /// Send the code by voice call. Default: the method of the last code.
    #[arg(long)]
    voice: bool,
    /// Language of the message, for example `pt_BR`. Default: the language of the last code.
    #[arg(long, default_value_t, hide_default_value = true)]
    language: String,
    #[command(flatten)]
    wait: WaitArg,
}

impl ResendArgs {
    pub(super) async fn run(self, session: ServiceSession<'_>) -> anyhow::Result<Exit> {
        let request = ResendCodeRequest {
            migration_id: self.id,
            code_method: args::code_method(self.voice).into(),
            language: self.language,
            wait: self.wait.for_request(),
        };
        let answer = session.client().await?.resend_code(request).await?;
        let answer = answer.into_inner();
        session.show(&answer, answer.migration.as_ref())
    }
}
