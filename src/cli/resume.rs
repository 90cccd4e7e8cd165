//! `resume`: continues a migration after a remedy was applied, or at the cutover.

use std::path::PathBuf;

use super::args::{AccessTokenArg, WaitArg};
use super::client::ServiceSession;
use super::target::{Choice, MigrationTarget};
use super::{Exit, input};
use crate::proto::v1::ResumeRequest;
use domain::Pin;

#[derive(Debug, clap::Args)]
pub(super) struct ResumeArgs {
    #[command(flatten)]
    target: MigrationTarget,
    #[command(flatten)]
    token: AccessTokenArg,
    /// File with the 6-digit two-step verification PIN to register with, if Meta refused the last
    /// one; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    pin_file: Option<PathBuf>,
    #[command(flatten)]
    wait: WaitArg,
}

impl ResumeArgs {
    pub(super) async fn run(self, session: ServiceSession<'_>) -> anyhow::Result<Exit> {
        // A token in the environment does not replace the migration's token: only the flag does.
        let access_token = match self.token.access_token_file {
            Some(_) => self.token.for_request()?,
            None => String::new(),
        };
        let two_step_pin = match &self.pin_file {
            Some(path) => input::secret_file::<Pin>("--pin-file", path)?
                .expose()
                .to_owned(),
            None => String::new(),
        };
        let mut client = session.client().await?;
        let request = ResumeRequest {
            migration_id: self.target.id(&mut client, Choice::Live).await?,
            access_token,
            two_step_pin,
            wait: self.wait.for_request(),
        };
        let answer = client.resume(request).await?.into_inner();
        session.show(&answer, answer.migration.as_ref())
    }
}
