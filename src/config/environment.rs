//! Reads the environment; no other module does.

use std::ffi::OsString;
use std::path::PathBuf;

use domain::tenancy::{InvalidKey, KeyText};
use domain::{AccessToken, InvalidSecret};

/// Holds the caller's own access token, for the commands that accept one.
pub const ACCESS_TOKEN: &str = "WABA_MIGRATOR_ACCESS_TOKEN";
/// Holds the API key that the command line sends to a service.
pub const API_KEY: &str = "WABA_MIGRATOR_API_KEY";

/// The environment of this process.
#[expect(
    clippy::disallowed_methods,
    reason = "only this module reads the environment"
)]
pub fn variables() -> impl Iterator<Item = (OsString, OsString)> {
    std::env::vars_os()
}

/// The access token in `WABA_MIGRATOR_ACCESS_TOKEN`, if set.
pub fn access_token() -> Result<Option<AccessToken>, InvalidSecret> {
    match variable(ACCESS_TOKEN) {
        None => Ok(None),
        Some(text) => text
            .to_str()
            .ok_or(InvalidSecret::AccessToken)?
            .parse()
            .map(Some),
    }
}

/// The API key in `WABA_MIGRATOR_API_KEY`, if set.
pub fn api_key() -> Result<Option<KeyText>, InvalidKey> {
    let key = variable(API_KEY);
    key.map(|text| text.to_str().ok_or(InvalidKey::Shape)?.parse())
        .transpose()
}

/// The configuration file in `WABA_MIGRATOR_CONFIG`, if set.
#[must_use]
pub fn config_file() -> Option<PathBuf> {
    variable("WABA_MIGRATOR_CONFIG").map(PathBuf::from)
}

/// Whether the user wants plain text from every program: `NO_COLOR` is not empty.
#[must_use]
pub fn no_color() -> bool {
    variable("NO_COLOR").is_some()
}

/// The log level of `RUST_LOG`.
#[must_use]
pub fn rust_log() -> Option<String> {
    variable("RUST_LOG").map(|text| text.to_string_lossy().into_owned())
}

/// A variable; `None` if it is missing or empty.
#[expect(
    clippy::disallowed_methods,
    reason = "only this module reads the environment"
)]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
