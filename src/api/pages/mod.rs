//! The pages for people, at `/docs`: the documents of `docs/` for those who own a number or call
//! the API, and the reference made from the contract. `/openapi.json` is the same for programs.
//!
//! They require no authentication, since they hold public text only. They have no scripts and load
//! nothing from other servers.

mod document;
mod entries;
mod html;
mod layout;
mod markdown;
mod reference;
mod site;

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Redirect;
use axum::routing::get;

use super::contract::Contract;
use super::openapi;
use document::StaticDocument;
use site::Site;

/// The path of the first page.
pub(super) const HOME: &str = "/docs";

/// The routes of the pages and of the `OpenAPI` document.
pub(super) fn routes(contract: &Arc<Contract>) -> Router {
    let described = Arc::clone(contract);
    let openapi = StaticDocument::new("application/json", move || {
        openapi::document(&described).to_string()
    });
    let openapi = Arc::new(openapi);
    let site = Arc::new(Site::new(contract));
    let home = Arc::clone(&site);
    let page = move |Path(name): Path<String>, headers: HeaderMap| async move {
        let (document, status) = match site.page(&name) {
            Some(document) => (document, StatusCode::OK),
            None => (&site.not_found, StatusCode::NOT_FOUND),
        };
        document.response(&headers, status)
    };
    Router::new()
        .route(
            "/openapi.json",
            get(move |headers: HeaderMap| async move { openapi.response(&headers, StatusCode::OK) }),
        )
        .route(
            HOME,
            get(move |headers: HeaderMap| async move { home.home.response(&headers, StatusCode::OK) }),
        )
        .route("/docs/", get(|| async { Redirect::permanent("../docs") }))
        .route("/docs/{page}", get(page))
}
