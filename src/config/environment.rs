//! The one place that reads the environment.

use std::ffi::OsString;

use domain::tenancy::{InvalidKey, KeyText};
use domain::{AccessToken, InvalidSecret};

/// The caller's own access token, for the commands that take one.
pub const ACCESS_TOKEN: &str = "WABA_MIGRATOR_ACCESS_TOKEN";
/// The API key that the command line calls a service with.
pub const API_KEY: &str = "WABA_MIGRATOR_API_KEY";

/// The environment of this process.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the environment's one home"
)]
pub fn variables() -> impl Iterator<Item = (OsString, OsString)> {
    std::env::vars_os()
}

/// The access token in `WABA_MIGRATOR_ACCESS_TOKEN`, where one is set.
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

/// The API key in `WABA_MIGRATOR_API_KEY`, where one is set.
pub fn api_key() -> Result<Option<KeyText>, InvalidKey> {
    let key = variable(API_KEY);
    key.map(|text| text.to_str().ok_or(InvalidKey::Shape)?.parse())
        .transpose()
}

/// Whether the user asked every program for plain text: `NO_COLOR` holds anything at all.
#[must_use]
pub fn no_color() -> bool {
    variable("NO_COLOR").is_some()
}

/// What is to be logged: `RUST_LOG`, where it is set.
#[must_use]
pub fn rust_log() -> Option<String> {
    variable("RUST_LOG").map(|text| text.to_string_lossy().into_owned())
}

/// A variable, unless it is missing or empty.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the environment's one home"
)]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
