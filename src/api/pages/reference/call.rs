//! Commands that call an RPC over REST.

use axum::http::Method;

use crate::api::contract::Rpc;
use crate::api::openapi::examples;

/// A `curl` command for this RPC, with this body. `$API` is the address of the service, and `$KEY`
/// the API key.
pub(super) fn command(rpc: &Rpc, body: &str) -> String {
    let mut options = vec![format!("curl -sS{}", if rpc.streams() { "N" } else { "" })];
    let is_implied = rpc.verb == Method::GET || (rpc.verb == Method::POST && rpc.has_body);
    if !is_implied {
        options.push(format!("-X {}", rpc.verb));
    }
    let first = format!("{} \"$API{}\"", options.join(" "), path(rpc));
    let mut lines = vec![first, "-H \"Authorization: Bearer $KEY\"".to_owned()];
    if rpc.has_body {
        lines.push("-H 'content-type: application/json'".to_owned());
        lines.push(format!("-d '{}'", body.replace('\'', "'\\''")));
    }
    lines.join(" \\\n  ")
}

/// The path with an example of each field.
fn path(rpc: &Rpc) -> String {
    let parts = rpc.path.split('/').map(|part| {
        let field = part.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
        match field {
            None => part.to_owned(),
            Some("migration_id") => examples::MIGRATION_ID.to_owned(),
            Some(field) => format!("${}", field.to_ascii_uppercase()),
        }
    });
    parts.collect::<Vec<_>>().join("/")
}
