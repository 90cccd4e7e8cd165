//! `check`: whether a number can be moved.

use super::args::{AccessTokenArg, one_of};
use super::client::ServiceSession;
use super::style::Tone;
use super::{Exit, render};
use crate::proto::v1::{self, CheckEligibilityRequest};
use domain::Route;

#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    /// The number in E.164, for example +12025550123, or as Meta displays it.
    number: String,
    /// Id of the WABA that the number would move to.
    #[arg(long, value_name = "WABA")]
    to: String,
    /// Id of the WABA that the number would leave. Needed for the checks of the source.
    #[arg(long, value_name = "WABA", default_value_t, hide_default_value = true)]
    from: String,
    /// How the number would be verified: by a code that Meta sends (otp), or already by Embedded
    /// Signup (added-number).
    #[arg(long, default_value = "otp", value_parser = one_of(&Route::ALL, Route::as_str))]
    route: Route,
    #[command(flatten)]
    token: AccessTokenArg,
}

impl CheckArgs {
    pub(super) async fn run(self, session: ServiceSession<'_>) -> anyhow::Result<Exit> {
        let request = CheckEligibilityRequest {
            phone_number: self.number,
            destination_waba_id: self.to,
            source_waba_id: self.from,
            route: v1::Route::from(self.route).into(),
            access_token: self.token.for_request()?,
        };
        let answer = session.client().await?.check_eligibility(request).await?;
        let answer = answer.into_inner();
        session.out.message(&answer, |style| {
            let verdict = if answer.eligible {
                style.paint(Tone::Good, "Eligible: no required check failed.")
            } else {
                style.paint(Tone::Bad, "Not eligible: a required check failed.")
            };
            format!("{}\n{verdict}", render::checks(style, &answer.checks))
        })?;
        Ok(if answer.eligible {
            Exit::Done
        } else {
            Exit::NotMoved
        })
    }
}
