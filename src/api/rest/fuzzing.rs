//! A door for made-up input: what becomes of whatever a caller may send to the REST door.

use std::sync::OnceLock;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use futures_util::FutureExt as _;
use tonic::Status;

use super::contract::Contract;
use super::header::{IDEMPOTENCY_KEY, LAST_EVENT_ID, PREFER};
use super::message::{self, Asked};
use crate::api::Limits;

/// The message that a request stands for. Its path, and the headers that say something of it, hold what the query does.
pub(in crate::api) fn message(rpc: usize, query: &str, body: &[u8]) -> Result<Vec<u8>, Status> {
    static CONTRACT: OnceLock<Option<Contract>> = OnceLock::new();
    let contract = CONTRACT.get_or_init(|| Contract::read().ok()).as_ref();
    let damaged = || Status::internal("the contract is damaged");
    let rpcs = &contract.ok_or_else(damaged)?.rpcs;
    let rpc = rpcs.get(rpc).ok_or_else(damaged)?;
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    if let Ok(value) = HeaderValue::from_str(query) {
        for name in [IDEMPOTENCY_KEY, LAST_EVENT_ID, PREFER] {
            headers.insert(name, value.clone());
        }
    }
    let asked = Asked {
        path: rpc
            .in_path()
            .map(|name| (name.to_owned(), query.to_owned()))
            .collect(),
        uri: format!("/?{query}").parse::<Uri>().unwrap_or_default(),
        headers,
        body: Body::from(body.to_vec()),
    };
    let read = message::read(rpc, asked, Limits::default()).now_or_never();
    read.ok_or_else(damaged)?
}
