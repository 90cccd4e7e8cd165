//! Arguments that several commands take.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::{SignedDuration, Timestamp};

use super::failure::Failure;
use super::out::note;
use super::{input, time};
use crate::app;
use crate::config::{Config, Layers, StoreUrl, environment, parse_duration, secret_file_of};
use crate::proto::v1;
use crate::store::Database;
use crate::telemetry::{LogSettings, Telemetry};
use crate::util::clock::Clock;
use domain::AccessToken;

/// Heading of the configuration options in `--help`.
const CONFIGURATION: &str = "Configuration";

/// Where the service's settings come from.
#[derive(Debug, Clone, Default, Args)]
pub struct Settings {
    /// Configuration file. Default: waba-migrator.toml in the working directory, if it exists.
    #[arg(long, value_name = "FILE", env = "WABA_MIGRATOR_CONFIG", help_heading = CONFIGURATION)]
    pub config: Option<PathBuf>,
    /// Set one setting, for example `graph.version=v27.0`. Can be repeated.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair, help_heading = CONFIGURATION)]
    pub set: Vec<(String, String)>,
}

/// Where the service's settings come from, and its store.
#[derive(Debug, Clone, Default, Args)]
pub struct StoreSettings {
    #[command(flatten)]
    pub settings: Settings,
    /// Database of migrations, tenants and keys: the setting `store.url`, without a password.
    #[arg(long, value_name = "URL", help_heading = CONFIGURATION)]
    pub store: Option<String>,
}

/// The access token for the destination WABA.
#[derive(Debug, Clone, Default, Args)]
pub struct AccessTokenArg {
    /// File with the access token for the destination WABA; `-` reads standard input. Default: the
    /// token in the variable `WABA_MIGRATOR_ACCESS_TOKEN`, or the service's own.
    #[arg(long, value_name = "FILE")]
    pub access_token_file: Option<PathBuf>,
}

/// How long the service may take to answer.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct WaitArg {
    /// Maximum time that the service works before it answers: 0s (at once) to 60s. Default: 10s.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub wait: Option<SignedDuration>,
}

/// How the code reaches the number's owner.
#[derive(Debug, Clone, Copy, Default, Args)]
#[group(multiple = false)]
pub struct CodeMethodArgs {
    /// Send the code by voice call.
    #[arg(long)]
    pub voice: bool,
    /// Send the code by SMS.
    #[arg(long)]
    pub sms: bool,
}

/// Why a secret is not accepted on the command line.
pub(super) const READABLE: &str =
    "every user of this machine could read it in the list of processes";

/// Refuses a database URL with a password.
fn without_password(flag: &str, url: &str) -> Result<(), Failure> {
    if !StoreUrl::holds_password(url) {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "{flag}: the URL seems to contain a password, and {READABLE}. Put the URL into a file \
         (store.url_file) or into WABA_MIGRATOR__STORE__URL, or the password into PGPASSWORD or \
         into a file (PGPASSFILE)"
    )))
}

impl Settings {
    /// The sources of settings; each overrides the one before.
    pub(super) fn layers(&self) -> Result<Layers, Failure> {
        let mut layers = Layers::new()
            .file(self.config.as_deref())
            .environment(environment::variables());
        for (key, value) in &self.set {
            if let Some(file) = secret_file_of(key) {
                return Err(Failure::usage(format!(
                    "--set {key}: {READABLE}; set {file} instead"
                )));
            }
            if key == "store.url" {
                without_password("--set store.url", value)?;
            }
            layers = layers.set("--set", key, value);
        }
        Ok(layers)
    }
}

impl StoreSettings {
    /// The sources of settings; each overrides the one before.
    pub(super) fn layers(&self) -> Result<Layers, Failure> {
        let layers = self.settings.layers()?;
        let Some(store) = &self.store else {
            return Ok(layers);
        };
        without_password("--store", store)?;
        Ok(layers.set("--store", "store.url", store))
    }

    /// Opens the store, does `work` on it and closes it.
    pub(super) async fn with_store<T>(
        &self,
        work: impl AsyncFnOnce(&Database) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let config = Config::load(&self.layers()?)?;
        let new = config.store_url.file().filter(|file| !file.exists());
        // The causes of errors that the handlers hide from callers.
        let log = LogSettings {
            level: "error".to_owned(),
            ..config.log.in_force()
        };
        let _ = Telemetry::start(&log, None)?;
        let store = app::open_store(&config).await?;
        if let Some(file) = new {
            // Usually a mistake: the service runs in another directory.
            note(&format!("created {}: it did not exist", file.display()));
        }
        let done = work(&store).await;
        store.close().await;
        done
    }
}

impl AccessTokenArg {
    /// The token for a request; empty if there is none.
    pub(super) fn for_request(&self) -> Result<String, Failure> {
        let token: Option<AccessToken> = match &self.access_token_file {
            Some(path) => Some(input::secret_file("--access-token-file", path)?),
            None => environment::access_token().map_err(|error| {
                Failure::usage(format!("{}: {error}", environment::ACCESS_TOKEN))
            })?,
        };
        Ok(token.map_or_else(String::new, |token| token.expose().to_owned()))
    }
}

impl WaitArg {
    pub(super) fn for_request(self) -> Option<prost_types::Duration> {
        self.wait.map(time::to_duration)
    }
}

impl CodeMethodArgs {
    pub(super) const fn for_request(self) -> v1::CodeMethod {
        match (self.voice, self.sms) {
            (true, _) => v1::CodeMethod::Voice,
            (false, true) => v1::CodeMethod::Sms,
            (false, false) => v1::CodeMethod::Unspecified,
        }
    }
}

/// Parses a point in time.
pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    text.trim().parse().map_err(|_| {
        "must be a date, a time and a time zone, for example 2026-12-06T02:00:00Z or \
         2026-12-06T03:00:00+01:00"
            .to_owned()
    })
}

/// Parses a point in the past: a time, or how long ago it was.
pub(super) fn past(text: &str) -> Result<Timestamp, String> {
    if let Ok(ago) = parse_duration(text) {
        let past = Clock::default().now().saturating_sub(ago);
        return Ok(past.unwrap_or(Timestamp::MIN));
    }
    moment(text).map_err(|error| format!("{error}, or a duration before now, for example 2h"))
}

/// Parses one of a few values of a domain type, by its name in lower case with dashes. `--help` and
/// errors list the names.
pub(super) fn one_of<T: Copy + Send + Sync + 'static>(
    values: &'static [T],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    let flag = move |value: &T| name(*value).to_lowercase().replace('_', "-");
    let names = PossibleValuesParser::new(values.iter().map(flag));
    names.try_map(move |text| {
        let value = values.iter().find(|value| flag(value) == text);
        value.copied().ok_or("is not one of them")
    })
}

/// Parses KEY=VALUE.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("must be KEY=VALUE".to_owned()),
    }
}
