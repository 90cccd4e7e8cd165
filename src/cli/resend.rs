//! `resend`: asks Meta to send another code.

use super::Exit;
use super::args::{CodeMethodArgs, WaitArg};
use super::client::ServiceSession;
use super::target::{Choice, MigrationTarget};
use crate::proto::v1::ResendCodeRequest;

#[derive(Debug, clap::Args)]
pub(super) struct ResendArgs {
    #[command(flatten)]
    target: MigrationTarget,
    #[command(flatten)]
    method: CodeMethodArgs,
    /// Language of the message, for example `pt_BR`. Default: the language of the last code.
    #[arg(long, default_value_t, hide_default_value = true)]
    language: String,
    #[command(flatten)]
    wait: WaitArg,
}

impl ResendArgs {
    pub(super) async fn run(self, session: ServiceSession<'_>) -> anyhow::Result<Exit> {
        let mut client = session.client().await?;
        let request = ResendCodeRequest {
            migration_id: self.target.id(&mut client, Choice::Live).await?,
            code_method: self.method.for_request().into(),
            language: self.language,
            wait: self.wait.for_request(),
        };
        let answer = client.resend_code(request).await?;
        let answer = answer.into_inner();
        session.show(&answer, answer.migration.as_ref())
    }
}
