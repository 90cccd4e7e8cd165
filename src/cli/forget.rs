//! `forget`: removes every migration of a number.

use serde_json::json;

use super::failure::Failure;
use super::{Exit, Session};
use crate::proto::v1::ForgetNumberRequest;

/// Removes every migration of a number, with its history and its PIN. All must have ended.
#[derive(Debug, clap::Args)]
pub(super) struct ForgetArgs {
    /// The number, in E.164: +12025550123.
    phone_number: String,
    /// Yes, remove them for good.
    #[arg(long)]
    yes: bool,
}

impl ForgetArgs {
    pub(super) async fn run(
        self,
        connect: impl AsyncFnOnce() -> anyhow::Result<Session>,
    ) -> anyhow::Result<Exit> {
        let Self { phone_number, yes } = self;
        if !yes {
            return Err(Failure::usage(format!(
                "this removes every migration of {phone_number} with its history and its PIN, and nothing of them comes back: say --yes \
                 if that is meant"
            ))
            .into());
        }
        let mut session = connect().await?;
        let request = ForgetNumberRequest {
            phone_number: phone_number.clone(),
        };
        let answer = session.client.forget_number(request).await;
        let removed = answer.map_err(Failure::from)?.into_inner().removed;
        session.out.show(
            || json!({ "removed": removed }),
            |_| match removed {
                0 => format!("No migration of {phone_number} was kept."),
                1 => format!("1 migration of {phone_number} was removed."),
                _ => format!("{removed} migrations of {phone_number} were removed."),
            },
        )?;
        Ok(Exit::Done)
    }
}
