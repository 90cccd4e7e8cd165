//! `forget`: removes every migration of a number.

use anyhow::ensure;

use super::Exit;
use super::client::ServiceSession;
use super::failure::Failure;
use crate::proto::v1::ForgetNumberRequest;

#[derive(Debug, clap::Args)]
pub(super) struct ForgetArgs {
    /// The number in E.164, for example +12025550123.
    phone_number: String,
    /// Confirm that they are removed for good.
    #[arg(long)]
    yes: bool,
}

impl ForgetArgs {
    pub(super) async fn run(self, session: ServiceSession<'_>) -> anyhow::Result<Exit> {
        let Self { phone_number, yes } = self;
        ensure!(
            yes,
            Failure::usage(format!(
                "this permanently removes every migration of {phone_number} with its history and \
                 its PIN: confirm it with --yes"
            ))
        );
        let request = ForgetNumberRequest {
            phone_number: phone_number.clone(),
        };
        let answer = session.client().await?.forget_number(request).await?;
        session.out.message(answer.get_ref(), |_| {
            format!(
                "Migrations of {phone_number} removed: {}.",
                answer.get_ref().removed
            )
        })?;
        Ok(Exit::Done)
    }
}
