//! Doors for made-up input: what becomes of whatever Meta, or something in between, may answer.

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::fields::NodeFields;
use super::redact::CallSecrets;
use super::response::RawResponse;
use super::usage::Usage;
use super::{account, number, outcome_label, pages, template, token};
use domain::{Fault, WabaId};

/// An answer over HTTP, to a call that held a secret.
#[derive(Debug, Clone, Copy)]
pub struct FuzzedResponse<'a> {
    /// The status. One that HTTP does not have is 200.
    pub status: u16,
    /// Both headers that tell of usage.
    pub usage: &'a [u8],
    /// The body.
    pub body: &'a [u8],
    /// Whether the call changes something at Meta.
    pub changes: bool,
    /// What the call held.
    pub secret: &'a str,
}

/// Reads the answer as each thing that a call can ask for.
pub fn answer(answered: FuzzedResponse<'_>) -> Result<(), Fault> {
    let usage = usage(answered.usage);
    let answer = RawResponse {
        status: StatusCode::from_u16(answered.status).unwrap_or_default(),
        usage,
        body: answered.body.to_vec(),
    };
    let secrets = CallSecrets::new([Some(answered.secret), None, None]);
    let read = answer.read(answered.changes, secrets);
    outcome_label::code(read.as_ref().err());
    let object = read?;
    let _ = pages::next(&object);
    let _ = template::read(&object);
    let _ = token::read(&object, secrets);
    let node = NodeFields::whole(object);
    let _ = number::listed(&node);
    if let Ok(waba) = "104996122399160".parse::<WabaId>() {
        let _ = account::read(&node, &waba);
    }
    Ok(())
}

/// What a walk through these pages, over and over, brings: how many pages it asked for, and how many items they had where it came to
/// the end of the list.
#[must_use]
pub fn walk(pages: &[Map<String, Value>]) -> (usize, Result<usize, Fault>) {
    let mut asked = 0;
    let mut walk = pages::Pagination::default();
    let mut items = 0;
    let brought = pages.iter().cycle().cloned().find_map(|page| {
        asked += 1;
        let of_page = walk.items(page).map(Iterator::count);
        items += match of_page {
            Ok(of_page) => of_page,
            Err(fault) => return Some(Err(fault)),
        };
        match walk.goes_on() {
            Ok(true) => None,
            Ok(false) => Some(Ok(items)),
            Err(fault) => Some(Err(fault)),
        }
    });
    (asked, brought.unwrap_or(Ok(0)))
}

fn usage(value: &[u8]) -> Usage {
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(value) {
        for name in ["x-business-use-case-usage", "x-app-usage"] {
            headers.insert(HeaderName::from_static(name), value.clone());
        }
    }
    let usage = Usage::read(&headers);
    usage.pauses().for_each(drop);
    usage.percents().for_each(drop);
    let _ = (usage.app_pause(), usage.regain());
    usage
}
