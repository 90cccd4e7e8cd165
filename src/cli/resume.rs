//! `resume`: goes on after a remedy was applied, or at the cutover.

use std::path::PathBuf;

use super::args::{AccessTokenArg, WaitArg};
use super::failure::Failure;
use super::{Exit, Session, input};
use crate::proto::v1::ResumeRequest;
use domain::Pin;

/// Goes on after a remedy was applied, or releases a migration that is held for its cutover.
#[derive(Debug, clap::Args)]
pub(super) struct ResumeArgs {
    /// The migration.
    id: String,
    #[command(flatten)]
    token: AccessTokenArg,
    /// A file that holds the two-step verification PIN to register with, where Meta refused the old one; `-` reads
    /// standard input.
    #[arg(long, value_name = "FILE")]
    pin_file: Option<PathBuf>,
    #[command(flatten)]
    wait: WaitArg,
}

impl ResumeArgs {
    pub(super) async fn run(
        self,
        connect: impl AsyncFnOnce() -> anyhow::Result<Session>,
    ) -> anyhow::Result<Exit> {
        // The migration keeps its token unless another is handed in on purpose: what lies in the environment is not.
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
        let mut session = connect().await?;
        let request = ResumeRequest {
            migration_id: self.id,
            access_token,
            two_step_pin,
            wait: self.wait.for_request(),
        };
        let answer = session
            .client
            .resume(request)
            .await
            .map_err(Failure::from)?;
        let migration = session.show(answer.into_inner().migration)?;
        Ok(Exit::of_state(migration.state()))
    }
}
