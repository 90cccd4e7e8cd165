//! The reference for people: one page without scripts and without external resources.

mod html;
mod types;

use super::comments::Comment;
use super::reasons;
use crate::api::contract::{Contract, Rpc};
use crate::api::{Reason, status};
use html::{code, escaped, paragraphs, prose, table};
use types::{Types, fields};

const STYLE: &str = include_str!("style.css");
/// The content security policy: the page loads, runs and sends nothing, and cannot be framed.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                                 frame-ancestors 'none'";

/// The page.
pub(super) fn page(contract: &Contract) -> String {
    let mut types = Types::default();
    let rpcs: Vec<String> = contract
        .rpcs
        .iter()
        .map(|rpc| operation(rpc, &mut types))
        .collect();
    let about = Comment::of_service(contract);
    let links = contract.rpcs.iter().map(|rpc| {
        let name = rpc.method.name();
        format!(
            "<li><a href=\"#{name}\">{name}</a> {}</li>\n",
            code(&endpoint(rpc))
        )
    });
    let links = links.collect::<Vec<_>>().concat();
    let (rpcs, types, errors) = (rpcs.concat(), types.html(), errors());
    let about = paragraphs(about.paragraphs());
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>waba-migrator</title>\n\
         <style>\n{STYLE}</style>\n<h1>waba-migrator</h1>\n{about}\
         <p>For programs: <a href=\"/openapi.json\">/openapi.json</a>.</p>\n\
         <nav><ul>\n{links}<li><a href=\"#types\">Types</a></li>\n<li><a href=\"#errors\">Errors</a></li>\n</ul></nav>\n\
         {rpcs}<h2 id=\"types\">Types</h2>\n{types}<h2 id=\"errors\">Errors</h2>\n{errors}</html>\n"
    )
}

fn endpoint(rpc: &Rpc) -> String {
    format!("{} {}", rpc.verb, rpc.path)
}

fn operation(rpc: &Rpc, types: &mut Types) -> String {
    let name = escaped(rpc.method.name());
    let comment = Comment::of_rpc(rpc);
    let rows: Vec<_> = reasons::of(rpc, &comment)
        .into_iter()
        .map(|reason| {
            [
                code(reason.as_str()),
                http(reason),
                prose(reason.sentence()),
            ]
        })
        .collect();
    let errors = table(["reason", "HTTP", "meaning"], &rows);
    let location = if rpc.has_body {
        "in the body"
    } else {
        "in the query"
    };
    let request = table(
        ["field", "type", "description"],
        &fields(&rpc.method.input(), types, |field| {
            let in_path = rpc.is_in_path(field.name());
            Some(if in_path { "in the path" } else { location })
        }),
    );
    let message = types.of_message(&rpc.method.output());
    let response = if rpc.streams() {
        format!("Response: server-sent events with a {message} each.")
    } else {
        format!("Response: {message}.")
    };
    format!(
        "<h2 id=\"{name}\">{name}</h2>\n<p class=\"place\">{}</p>\n{}{request}<p>{response}</p>\n\
         <details><summary>Errors</summary>\n{errors}</details>\n",
        code(&endpoint(rpc)),
        paragraphs(comment.paragraphs()),
    )
}

fn http(reason: Reason) -> String {
    reason.http().as_u16().to_string()
}

/// The table of all errors.
fn errors() -> String {
    let rows = Reason::ALL.iter().map(|reason| {
        let status = code(status::code_name(reason.code()));
        [
            code(reason.as_str()),
            http(*reason),
            status,
            prose(reason.sentence()),
        ]
    });
    let rows: Vec<_> = rows.collect();
    table(["reason", "HTTP", "gRPC", "meaning"], &rows)
}
