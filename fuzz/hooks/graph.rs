//! Entry points for fuzzing the adapter: responses of Meta and of proxies.

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::fields::NodeFields;
use super::redact::CallSecrets;
use super::response::RawResponse;
use super::usage::Usage;
use super::{account, number, outcome_label, pages, template, token};
use domain::{Fault, WabaId};

/// An HTTP response to a call that contained a secret.
#[derive(Debug, Clone, Copy)]
pub struct FuzzedResponse<'a> {
    /// The status; an invalid one becomes 200.
    pub status: u16,
    /// The value of both usage headers.
    pub usage: &'a [u8],
    /// The body.
    pub body: &'a [u8],
    /// Whether the call changes something at Meta.
    pub changes: bool,
    /// The secret of the call.
    pub secret: &'a str,
}

/// Parses the response as the result of every kind of call.
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

/// Pages through these pages, over and over. Returns the number of requested pages, and the number
/// of items if the list came to an end.
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
