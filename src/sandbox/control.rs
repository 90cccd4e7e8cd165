//! The sandbox's own pages, under `/sandbox`: inboxes, ledger, faults, mending. Graph has none of this.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::Call;
use super::fault::{Fault, Kind};
use super::{Sandbox, digits_of, scenario};

type Page = Result<Json<Value>, Refused>;

/// A page that cannot be shown, and why.
struct Refused(StatusCode, String);

/// A fault as a person writes it.
#[derive(Deserialize)]
struct Wish {
    #[serde(default)]
    number: Option<String>,
    #[serde(default)]
    call: Option<String>,
    #[serde(default)]
    times: Option<u32>,
    #[serde(flatten)]
    kind: Kind,
}

/// The routes of the control surface.
pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/sandbox/scenarios", get(scenarios))
        .route("/sandbox/ledger", get(ledger))
        .route(
            "/sandbox/faults",
            get(faults).put(inject).delete(clear_faults),
        )
        .route("/sandbox/reset", post(reset))
        .route("/sandbox/numbers/{digits}", get(number).put(place))
        .route("/sandbox/numbers/{digits}/messages", get(messages))
        .route("/sandbox/numbers/{digits}/mend", post(mend_number))
        .route("/sandbox/accounts/{id}/mend", post(mend_account))
        .route(
            "/sandbox/{*rest}",
            get(no_page).post(no_page).put(no_page).delete(no_page),
        )
        .route("/sandbox", get(scenarios))
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
    let number = query.get("number").map(|text| digits_of(text));
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

async fn place(State(sandbox): State<Sandbox>, Path(digits): Path<String>) -> Page {
    let digits = digits_of(&digits);
    if !(7..=15).contains(&digits.len()) {
        return Err(Refused(
            StatusCode::BAD_REQUEST,
            "a number has 7 to 15 digits".to_owned(),
        ));
    }
    sandbox.place_number(&digits);
    sandbox
        .number(&digits)
        .map(Json)
        .ok_or_else(|| unknown_number(&digits))
}

async fn mend_number(State(sandbox): State<Sandbox>, Path(digits): Path<String>) -> Page {
    if sandbox.mend_number(&digits) {
        Ok(done())
    } else {
        Err(unknown_number(&digits))
    }
}

async fn mend_account(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Json<Value> {
    sandbox.mend_account(&id);
    done()
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
    let bad = |error: serde_json::Error| Refused(StatusCode::BAD_REQUEST, error.to_string());
    let wishes: Vec<Wish> = if body.trim_start().starts_with('[') {
        serde_json::from_str(&body).map_err(bad)?
    } else {
        vec![serde_json::from_str(&body).map_err(bad)?]
    };
    let faults = wishes
        .into_iter()
        .map(Wish::grant)
        .collect::<Result<Vec<_>, _>>()?;
    for fault in faults {
        sandbox.inject(fault);
    }
    Ok(Json(json!({ "faults": sandbox.faults() })))
}

async fn no_page() -> Refused {
    Refused(
        StatusCode::NOT_FOUND,
        "the sandbox has no such page; see docs/sandbox.md".to_owned(),
    )
}

impl Wish {
    fn grant(self) -> Result<Fault, Refused> {
        let mut fault = Fault::new(self.kind).times(self.times.unwrap_or(1));
        if let Some(number) = self.number.filter(|number| number != "*") {
            fault = fault.on_number(&number);
        }
        if let Some(name) = self.call.filter(|name| name != "*") {
            let call: Call = serde_json::from_value(json!(name))
                .map_err(|error| Refused(StatusCode::BAD_REQUEST, error.to_string()))?;
            fault = fault.on_call(call);
        }
        Ok(fault)
    }
}

fn unknown_number(digits: &str) -> Refused {
    Refused(
        StatusCode::NOT_FOUND,
        format!("the sandbox has not met the number {digits} yet"),
    )
}

fn done() -> Json<Value> {
    Json(json!({"success": true}))
}
