//! `migrate`: starts the migration of a number.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use super::args::{self, AccessTokenArg, Route, WaitArg, pair};
use super::failure::Failure;
use super::follow::{Keyboard, NoOwner, follow};
use super::out::note;
use super::{Exit, Session, input, time};
use crate::config::parse_duration;
use crate::proto::v1::migrate_request::TwoStepPin;
use crate::proto::v1::{self, Cutover, GeneratePin, MigrateRequest, UseCodeAsPin, cutover};
use crate::util::clock;
use domain::Pin;

/// Starts the migration of a number.
#[derive(Debug, clap::Args)]
pub(super) struct MigrateArgs {
    /// The number in E.164, for example +12025550123, or as Meta displays it.
    number: String,
    /// The WABA that the number moves to.
    #[arg(long, value_name = "WABA")]
    to: String,
    /// The WABA that the number leaves. Opens the checks of its side and the report's "before".
    #[arg(long, value_name = "WABA", default_value_t, hide_default_value = true)]
    from: String,
    /// The key under which the same command started twice moves the number once. Default: a new one, which is printed.
    #[arg(long, value_name = "KEY")]
    request_id: Option<String>,
    /// How the number gets verified.
    #[arg(long, value_enum, default_value_t = Route::Otp)]
    route: Route,
    /// The code comes by voice call rather than by SMS.
    #[arg(long)]
    voice: bool,
    /// Language of the code message, for example `pt_BR`. Default: `en_US`.
    #[arg(long, default_value_t, hide_default_value = true)]
    language: String,
    #[command(flatten)]
    pin: PinSource,
    #[command(flatten)]
    token: AccessTokenArg,
    /// Your own name for this migration.
    #[arg(long, default_value_t, hide_default_value = true)]
    reference: String,
    /// A label of your own. May be repeated.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    label: Vec<(String, String)>,
    #[command(flatten)]
    cutover: When,
    /// How long the migration may take before it expires: 1h to 90d. Default: 14d.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    expires_after: Option<SignedDuration>,
    #[command(flatten)]
    wait: WaitArg,
    /// Shows each step as it happens, asks for the code on a terminal, and ends when the migration ends or somebody must
    /// act.
    #[arg(long, conflicts_with = "wait")]
    follow: bool,
}

/// Where the two-step verification PIN comes from. Default: the service makes one.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct PinSource {
    /// A file that holds the two-step verification PIN to register with, 6 digits; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    pin_file: Option<PathBuf>,
    /// Registers with the verification code itself as the PIN.
    #[arg(long)]
    use_code_as_pin: bool,
}

/// When the number may be registered. Default: as soon as it can be.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct When {
    /// Holds before the number is registered, until `resume`.
    #[arg(long)]
    hold: bool,
    /// Registers the number not before this time, for example 2026-12-01T02:00:00Z.
    #[arg(long, value_name = "TIME")]
    not_before: Option<Timestamp>,
}

impl MigrateArgs {
    pub(super) async fn run(
        self,
        connect: impl AsyncFnOnce() -> anyhow::Result<Session>,
    ) -> anyhow::Result<Exit> {
        let (following, generated) = (self.follow, self.request_id.is_none());
        let request = self.request()?;
        let mut session = connect().await?;
        if generated {
            // Told before the call, so that one whose answer is lost can be repeated.
            note(&format!("request id: {}", request.request_id));
        }
        let answer = session
            .client
            .migrate(request)
            .await
            .map_err(Failure::from)?
            .into_inner();
        if answer.already_existed {
            note("the same request had started this migration before");
        }
        if !following {
            let migration = session.show(answer.migration)?;
            return Ok(Exit::of_state(migration.state()));
        }
        let id = super::client::migration(answer.migration)?.id;
        note(&format!("migration: {id}"));
        let Session { client, out } = &mut session;
        let migration = if input::is_terminal() {
            follow(client, out, &id, &mut Keyboard::new(), None).await?
        } else {
            follow(client, out, &id, &mut NoOwner, None).await?
        };
        let migration = session.show(Some(migration))?;
        Ok(Exit::of_state(migration.state()))
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
        Ok(MigrateRequest {
            request_id: self
                .request_id
                .unwrap_or_else(|| clock::new_id().to_string()),
            phone_number: self.number,
            destination_waba_id: self.to,
            source_waba_id: self.from,
            route: v1::Route::from(self.route).into(),
            code_method: args::code_method(self.voice).into(),
            language: self.language,
            access_token: self.token.for_request()?,
            reference: self.reference,
            labels: self.label.into_iter().collect(),
            cutover: cutover.map(|when| Cutover { when: Some(when) }),
            expires_after: self.expires_after.map(time::to_duration),
            wait,
            two_step_pin: Some(self.pin.two_step_pin()?),
        })
    }
}

impl PinSource {
    fn two_step_pin(&self) -> Result<TwoStepPin, Failure> {
        match &self.pin_file {
            Some(path) => {
                let pin: Pin = input::secret_file("--pin-file", path)?;
                Ok(TwoStepPin::Provided(pin.expose().to_owned()))
            }
            None if self.use_code_as_pin => Ok(TwoStepPin::UseCode(UseCodeAsPin {})),
            None => Ok(TwoStepPin::Generate(GeneratePin {})),
        }
    }
}
