//! `migrate`: starts the migration of a number.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use super::args::{AccessTokenArg, CodeMethodArgs, WaitArg, moment, one_of, pair};
use super::client::{self, ServiceSession};
use super::failure::Failure;
use super::follow::{Keyboard, NoOwner, follow};
use super::out::note;
use super::{Exit, input, time};
use crate::config::parse_duration;
use crate::proto::v1::{
    self, Cutover, GetStatusResponse, MigrateRequest, TwoStepPinSource, cutover,
};
use crate::util::clock;
use domain::{Pin, Route};

#[derive(Debug, clap::Args)]
pub(super) struct MigrateArgs {
    /// The number in E.164, for example +12025550123, or as Meta displays it.
    number: String,
    /// Id of the WABA that the number moves to.
    #[arg(long, value_name = "WABA")]
    to: String,
    /// Id of the WABA that the number leaves. Needed for the checks of the source and for the
    /// report's "before".
    #[arg(long, value_name = "WABA", default_value_t, hide_default_value = true)]
    from: String,
    /// Idempotency key: a repeated command with the same key starts nothing new. Default: a random
    /// key, which is printed.
    #[arg(long, value_name = "KEY")]
    request_id: Option<String>,
    /// How the number is verified: by a code that Meta sends (otp), or already by Embedded Signup
    /// (added-number).
    #[arg(long, default_value = "otp", value_parser = one_of(&Route::ALL, Route::as_str))]
    route: Route,
    #[command(flatten)]
    method: CodeMethodArgs,
    /// Language of the code message, for example `pt_BR`. Default: `en_US`.
    #[arg(long, default_value_t, hide_default_value = true)]
    language: String,
    #[command(flatten)]
    pin: PinArgs,
    #[command(flatten)]
    token: AccessTokenArg,
    /// Your own name for this migration.
    #[arg(long, default_value_t, hide_default_value = true)]
    reference: String,
    /// A label of your own. Can be repeated.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    label: Vec<(String, String)>,
    #[command(flatten)]
    cutover: CutoverArgs,
    /// Time until the migration expires: 1h to 90d. Default: 14d.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    expires_after: Option<SignedDuration>,
    #[command(flatten)]
    wait: WaitArg,
    /// Print each step as it happens, until the migration ends or a person must act. Prompts for
    /// the code on a terminal; without one, ends with exit code 6 as soon as a code is needed.
    #[arg(long, conflicts_with = "wait")]
    follow: bool,
}

/// The two-step verification PIN. Default: the service generates one.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct PinArgs {
    /// File with the 6-digit two-step verification PIN to register with; `-` reads standard input.
    /// Default: the service generates a PIN.
    #[arg(long, value_name = "FILE")]
    pin_file: Option<PathBuf>,
    /// Use the verification code as the two-step verification PIN.
    #[arg(long)]
    use_code_as_pin: bool,
}

/// When the number may be registered. Default: as soon as possible.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct CutoverArgs {
    /// Stop before the number is registered, until `resume`.
    #[arg(long)]
    hold: bool,
    /// Do not register the number before this time, for example 2026-12-01T02:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    not_before: Option<Timestamp>,
}

impl MigrateArgs {
    pub(super) async fn run(self, session: ServiceSession<'_>) -> anyhow::Result<Exit> {
        let (following, generated) = (self.follow, self.request_id.is_none());
        let request = self.request()?;
        let mut client = session.client().await?;
        if generated {
            // Before the call, so that it can be repeated if its answer is lost.
            note(&format!("request id: {}", request.request_id));
        }
        let answer = client.migrate(request).await?.into_inner();
        if answer.already_existed {
            note("this request had started the migration before");
        }
        if !following {
            return session.show(&answer, answer.migration.as_ref());
        }
        let id = client::present(answer.migration)?.id;
        note(&format!("migration: {id}"));
        let migration = if input::is_terminal() {
            follow(&mut client, session.out, &id, &mut Keyboard::new(), None).await?
        } else {
            follow(&mut client, session.out, &id, &mut NoOwner, None).await?
        };
        let exit = Exit::of_followed(&migration);
        let answer = GetStatusResponse {
            migration: Some(migration),
        };
        session.show(&answer, answer.migration.as_ref())?;
        Ok(exit)
    }

    fn request(self) -> anyhow::Result<MigrateRequest> {
        let cutover = match (self.cutover.hold, self.cutover.not_before) {
            (true, _) => Some(cutover::When::Hold(true)),
            (false, Some(at)) => Some(cutover::When::NotBefore(time::to_moment(at))),
            (false, None) => None,
        };
        let wait = if self.follow {
            Some(prost_types::Duration::default())
        } else {
            self.wait.for_request()
        };
        let (two_step_pin, two_step_pin_source) = self.pin.read()?;
        Ok(MigrateRequest {
            request_id: self
                .request_id
                .unwrap_or_else(|| clock::new_id().to_string()),
            phone_number: self.number,
            destination_waba_id: self.to,
            source_waba_id: self.from,
            route: v1::Route::from(self.route).into(),
            code_method: self.method.for_request().into(),
            language: self.language,
            access_token: self.token.for_request()?,
            reference: self.reference,
            labels: self.label.into_iter().collect(),
            cutover: cutover.map(|when| Cutover { when: Some(when) }),
            expires_after: self.expires_after.map(time::to_duration),
            wait,
            two_step_pin,
            two_step_pin_source: two_step_pin_source.into(),
        })
    }
}

impl PinArgs {
    /// The PIN, and where it comes from.
    fn read(&self) -> Result<(String, TwoStepPinSource), Failure> {
        match &self.pin_file {
            Some(path) => {
                let pin: Pin = input::secret_file("--pin-file", path)?;
                Ok((pin.expose().to_owned(), TwoStepPinSource::Provided))
            }
            None if self.use_code_as_pin => Ok((String::new(), TwoStepPinSource::Code)),
            None => Ok((String::new(), TwoStepPinSource::Generated)),
        }
    }
}
