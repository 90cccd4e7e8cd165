//! The control API under `/sandbox`: inboxes, ledger, faults, fixes. Graph has none of this.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::guard::guard;
use super::invalid::Invalid;
use super::{Sandbox, fault_form, scenario};

type Page = Result<Json<Value>, Refused>;

/// A control request that failed: status and reason.
struct Refused(StatusCode, String);

/// The routes of the control API.
pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/sandbox/scenarios", get(scenarios))
        .route("/sandbox/ledger", get(ledger))
        .route(
            "/sandbox/faults",
            get(faults).put(inject).delete(clear_faults),
        )
        .route("/sandbox/app", get(app).put(shape_app))
        .route("/sandbox/calls", get(calls).delete(forget_calls))
        .route("/sandbox/reset", post(reset))
        .route("/sandbox/accounts/{id}", get(account).put(shape_account))
        .route("/sandbox/numbers/{digits}", get(number).put(place))
        .route("/sandbox/numbers/{digits}/messages", get(messages))
        .route("/sandbox/numbers/{digits}/fix", post(fix_number))
        .route("/sandbox/accounts/{id}/fix", post(fix_account))
        .route(
            "/sandbox/{*rest}",
            get(no_page).post(no_page).put(no_page).delete(no_page),
        )
        .route("/sandbox", get(scenarios))
        .route_layer(from_fn(guard))
}

impl From<Invalid> for Refused {
    fn from(invalid: Invalid) -> Self {
        Self(StatusCode::BAD_REQUEST, invalid.to_string())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

async fn scenarios() -> Json<Value> {
    Json(json!({
        "source_account": scenario::account::SOURCE,
        "numbers": scenario::all().collect::<Vec<_>>(),
        "accounts": scenario::account::ALL,
        "tokens": scenario::token::ALL,
    }))
}

async fn ledger(
    State(sandbox): State<Sandbox>,
    Query(query): Query<HashMap<String, String>>,
) -> Json<Value> {
    let number = query.get("number").map(|text| sandbox.line_of(text));
    let entries: Vec<_> = sandbox
        .ledger()
        .into_iter()
        .filter(|entry| number.is_none() || entry.number == number)
        .collect();
    Json(json!({ "entries": entries }))
}

async fn messages(State(sandbox): State<Sandbox>, Path(digits): Path<String>) -> Json<Value> {
    Json(json!({ "messages": sandbox.messages(&digits) }))
}

async fn number(State(sandbox): State<Sandbox>, Path(digits): Path<String>) -> Page {
    sandbox
        .number(&digits)
        .map(Json)
        .ok_or_else(|| unknown_number(&digits))
}

async fn place(State(sandbox): State<Sandbox>, Path(digits): Path<String>, body: String) -> Page {
    Ok(Json(sandbox.place_as(&digits, &body)?))
}

async fn account(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Page {
    Ok(Json(sandbox.account(&id)?))
}

async fn shape_account(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    body: String,
) -> Page {
    Ok(Json(sandbox.shape_account(&id, &body)?))
}

async fn app(State(sandbox): State<Sandbox>) -> Page {
    Ok(Json(sandbox.app()?))
}

async fn shape_app(State(sandbox): State<Sandbox>, body: String) -> Page {
    Ok(Json(sandbox.shape_app(&body)?))
}

async fn calls(
    State(sandbox): State<Sandbox>,
    Query(query): Query<HashMap<String, String>>,
) -> Json<Value> {
    if let Some(account) = query.get("account") {
        return Json(json!(sandbox.call_counts_of(account)));
    }
    let mut counts = json!(sandbox.call_counts());
    if let Some(counts) = counts.as_object_mut() {
        counts.insert("by_account".to_owned(), sandbox.calls_by_account());
    }
    Json(counts)
}

async fn forget_calls(State(sandbox): State<Sandbox>) -> Json<Value> {
    sandbox.forget_calls();
    done()
}

async fn fix_number(State(sandbox): State<Sandbox>, Path(digits): Path<String>) -> Page {
    if sandbox.fix_number(&digits) {
        Ok(done())
    } else {
        Err(unknown_number(&digits))
    }
}

async fn fix_account(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Page {
    // Refuses an account that is unknown and beyond `Options::most_objects`.
    sandbox.account(&id)?;
    sandbox.fix_account(&id);
    Ok(done())
}

async fn reset(State(sandbox): State<Sandbox>) -> Json<Value> {
    sandbox.reset();
    done()
}

async fn faults(State(sandbox): State<Sandbox>) -> Json<Value> {
    Json(json!({ "faults": sandbox.faults() }))
}

async fn clear_faults(State(sandbox): State<Sandbox>) -> Json<Value> {
    sandbox.clear_faults();
    done()
}

async fn inject(State(sandbox): State<Sandbox>, body: String) -> Page {
    let faults = fault_form::read(&body)?;
    sandbox.has_room_for_faults(faults.len())?;
    for fault in faults {
        sandbox.inject(fault);
    }
    Ok(Json(json!({ "faults": sandbox.faults() })))
}

async fn no_page() -> Refused {
    Refused(
        StatusCode::NOT_FOUND,
        "unknown path of the sandbox; see docs/sandbox.md".to_owned(),
    )
}

fn unknown_number(digits: &str) -> Refused {
    Refused(
        StatusCode::NOT_FOUND,
        format!("the sandbox does not know the number {digits}"),
    )
}

fn done() -> Json<Value> {
    Json(json!({"success": true}))
}
