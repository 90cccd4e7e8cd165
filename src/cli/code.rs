//! `code`: hands in the 6 digits that the number's owner received.

use super::args::Wait;
use super::failure::Failure;
use super::{Exit, Session, input};
use crate::proto::v1::SubmitCodeRequest;

/// Hands in the 6 digits that the number's owner received.
#[derive(Debug, clap::Args)]
pub(super) struct Code {
    /// The migration.
    id: String,
    /// The 6 digits, with or without a dash; `-` reads them from standard input.
    #[arg(value_name = "CODE")]
    digits: String,
    #[command(flatten)]
    wait: Wait,
}

impl Code {
    pub(super) async fn run(
        self,
        connect: impl AsyncFnOnce() -> anyhow::Result<Session>,
    ) -> anyhow::Result<Exit> {
        let code = if self.digits == "-" {
            input::line("Code: ")?
        } else {
            self.digits
        };
        let mut session = connect().await?;
        let request = SubmitCodeRequest {
            migration_id: self.id,
            code,
            wait: self.wait.for_request(),
        };
        let answer = session
            .client
            .submit_code(request)
            .await
            .map_err(Failure::from)?;
        let migration = session.show(answer.into_inner().migration)?;
        Ok(Exit::of_state(migration.state()))
    }
}
