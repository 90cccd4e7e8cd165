//! `check`: whether a number can be moved.

use super::args::{AccessTokenArg, Route};
use super::failure::Failure;
use super::style::Tone;
use super::{Exit, Session, json, render};
use crate::proto::v1::{self, CheckEligibilityRequest};

/// Checks whether a number can be moved. Changes nothing at Meta and stores nothing.
#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    /// The number in E.164, for example +12025550123, or as Meta displays it.
    number: String,
    /// The WABA that the number would move to.
    #[arg(long, value_name = "WABA")]
    to: String,
    /// The WABA that the number would leave. Opens the checks of its side.
    #[arg(long, value_name = "WABA", default_value_t, hide_default_value = true)]
    from: String,
    /// How the number would get verified.
    #[arg(long, value_enum, default_value_t = Route::Otp)]
    route: Route,
    #[command(flatten)]
    token: AccessTokenArg,
}

impl CheckArgs {
    pub(super) async fn run(
        self,
        connect: impl AsyncFnOnce() -> anyhow::Result<Session>,
    ) -> anyhow::Result<Exit> {
        let request = CheckEligibilityRequest {
            phone_number: self.number,
            destination_waba_id: self.to,
            source_waba_id: self.from,
            route: v1::Route::from(self.route).into(),
            access_token: self.token.for_request()?,
        };
        let mut session = connect().await?;
        let answer = session
            .client
            .check_eligibility(request)
            .await
            .map_err(Failure::from)?
            .into_inner();
        session.out.show(
            || json::eligibility(&answer),
            |style| {
                let verdict = if answer.eligible {
                    style.paint(Tone::Good, "Eligible: no required check failed.")
                } else {
                    style.paint(Tone::Bad, "Not eligible: a required check failed.")
                };
                format!("{}\n{verdict}", render::checks(style, &answer.checks))
            },
        )?;
        Ok(if answer.eligible {
            Exit::Done
        } else {
            Exit::NotMoved
        })
    }
}
