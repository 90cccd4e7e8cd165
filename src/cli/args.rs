//! Values that several commands take.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::SignedDuration;

use super::failure::Failure;
use super::{input, time};
use crate::config::{Layers, StoreUrl, environment, parse_duration, secret_file_of};
use crate::proto::v1;
use domain::AccessToken;

/// How the number gets verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Route {
    /// Meta sends a code to the number and its owner hands it in.
    Otp,
    /// Embedded Signup added and verified the number already.
    AddedNumber,
}

/// Where the settings of the service come from.
#[derive(Debug, Clone, Default, Args)]
pub struct Settings {
    /// The configuration file. Default: waba-migrator.toml in the working directory, where it exists.
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Configuration",
        env = "WABA_MIGRATOR_CONFIG"
    )]
    pub config: Option<PathBuf>,
    /// Sets one setting, for example `graph.version=v27.0`. May be repeated.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair, help_heading = "Configuration")]
    pub set: Vec<(String, String)>,
}

/// Where the settings of the service and its store come from.
#[derive(Debug, Clone, Default, Args)]
pub struct StoreSettings {
    #[command(flatten)]
    pub settings: Settings,
    /// Where migrations, tenants and keys are kept: `store.url`, without a password.
    #[arg(long, value_name = "URL", help_heading = "Configuration")]
    pub store: Option<String>,
}

/// The access token for the destination WABA.
#[derive(Debug, Clone, Default, Args)]
pub struct AccessTokenArg {
    /// A file that holds the access token for the destination WABA; `-` reads standard input. Without it the token in
    /// `WABA_MIGRATOR_ACCESS_TOKEN` is sent, and without that none: the service may have its own.
    #[arg(long, value_name = "FILE")]
    pub access_token_file: Option<PathBuf>,
}

/// How long the service may take to answer.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct WaitArg {
    /// How long the service may work before it answers: 0s answers at once, at most 60s. Default: 10s.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub wait: Option<SignedDuration>,
}

/// Why a secret is not taken from the command line.
pub(super) const READABLE: &str =
    "every user of this machine could read it in the list of processes";

/// Refuses a database's URL that holds a password.
fn without_password(flag: &str, url: &str) -> Result<(), Failure> {
    if !StoreUrl::holds_password(url) {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "{flag}: the URL holds a password, or something that may be one, and {READABLE}. Put the URL into a file that store.url_file \
         names or into WABA_MIGRATOR__STORE__URL, or leave the password to PGPASSWORD or to a file that PGPASSFILE names"
    )))
}

impl From<Route> for v1::Route {
    fn from(route: Route) -> Self {
        match route {
            Route::Otp => Self::Otp,
            Route::AddedNumber => Self::AddedNumber,
        }
    }
}

impl Settings {
    /// The sources, each over the one before.
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
    /// The sources, each over the one before.
    pub(super) fn layers(&self) -> Result<Layers, Failure> {
        let layers = self.settings.layers()?;
        let Some(store) = &self.store else {
            return Ok(layers);
        };
        without_password("--store", store)?;
        Ok(layers.set("--store", "store.url", store))
    }
}

impl AccessTokenArg {
    /// The token, where there is one.
    pub(super) fn read(&self) -> Result<Option<AccessToken>, Failure> {
        match &self.access_token_file {
            Some(path) => input::secret_file("--access-token-file", path).map(Some),
            None => environment::access_token()
                .map_err(|error| Failure::usage(format!("{}: {error}", environment::ACCESS_TOKEN))),
        }
    }

    /// The same for a request: empty where there is none.
    pub(super) fn for_request(&self) -> Result<String, Failure> {
        Ok(self
            .read()?
            .map(|token| token.expose().to_owned())
            .unwrap_or_default())
    }
}

impl WaitArg {
    pub(super) fn for_request(self) -> Option<prost_types::Duration> {
        self.wait.map(time::to_duration)
    }
}

/// The method that a flag asks for.
pub(super) const fn code_method(voice: bool) -> v1::CodeMethod {
    if voice {
        v1::CodeMethod::Voice
    } else {
        v1::CodeMethod::Unspecified
    }
}

/// A key and its value.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("must be KEY=VALUE".to_owned()),
    }
}
