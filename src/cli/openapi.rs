//! `openapi`: prints the description of the REST API.

use super::{Exit, Out};
use crate::api;

pub(super) fn run(out: &Out) -> anyhow::Result<Exit> {
    out.text(&api::openapi()?)?;
    Ok(Exit::Done)
}
