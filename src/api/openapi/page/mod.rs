//! The reference for people: one page without scripts and without anything from elsewhere, made from the same descriptors.

mod html;
mod types;

use super::comments::Comment;
use super::reasons as reasons_of;
use crate::api::contract::{Contract, Rpc};
use crate::api::rest::http_of;
use crate::api::{Reason, status};
use html::{code, escaped, paragraphs, prose, table};
use types::{Types, fields};

const STYLE: &str = include_str!("style.css");
/// Nothing is loaded, run, sent or framed. What the page says comes from the contract alone.
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
    let service = contract.rpcs.first().map(|rpc| rpc.method.parent_service());
    let about = service.map_or_else(Comment::default, |service| {
        Comment::of(
            service.parent_file().file_descriptor_proto(),
            service.path(),
        )
    });
    let links = contract.rpcs.iter().map(|rpc| {
        let name = rpc.method.name();
        format!(
            "<li><a href=\"#{name}\">{name}</a> {}</li>\n",
            code(&place(rpc))
        )
    });
    let links = links.collect::<Vec<_>>().concat();
    let (rpcs, types, reasons) = (rpcs.concat(), types.html(), reasons());
    let about = paragraphs(about.paragraphs());
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>waba-migrator</title>\n\
         <style>\n{STYLE}</style>\n<h1>waba-migrator</h1>\n{about}\
         <p>The same for programs: <a href=\"/openapi.json\">/openapi.json</a>.</p>\n\
         <nav><ul>\n{links}<li><a href=\"#types\">Types</a></li>\n<li><a href=\"#errors\">Errors</a></li>\n</ul></nav>\n\
         {rpcs}<h2 id=\"types\">Types</h2>\n{types}<h2 id=\"errors\">Errors</h2>\n{reasons}</html>\n"
    )
}

fn place(rpc: &Rpc) -> String {
    format!("{} {}", rpc.verb, rpc.path)
}

fn operation(rpc: &Rpc, types: &mut Types) -> String {
    let name = escaped(rpc.method.name());
    let file = rpc.method.parent_file();
    let comment = Comment::of(file.file_descriptor_proto(), rpc.method.path());
    let reasons = reasons_of::of(rpc, &comment);
    let listed = reasons.iter().map(|reason| {
        let http = http_of(*reason).as_u16().to_string();
        [code(reason.as_str()), http, prose(reason.sentence())]
    });
    let listed: Vec<_> = listed.collect();
    let refused = table(["reason", "HTTP", "what it means"], &listed);
    let wanted = if rpc.has_body {
        "in the body"
    } else {
        "in the query"
    };
    let request = table(
        ["field", "type", "what it is"],
        &fields(&rpc.method.input(), types, |field| {
            let in_path = rpc.in_path().any(|it| it == field.name());
            Some(if in_path { "in the path" } else { wanted })
        }),
    );
    let answer = types.of_message(&rpc.method.output());
    let answer = if rpc.streams() {
        format!("Server-sent events; the data of each is a {answer}.")
    } else {
        format!("A {answer}.")
    };
    format!(
        "<h2 id=\"{name}\">{name}</h2>\n<p class=\"place\">{}</p>\n{}{request}<p>{answer}</p>\n\
         <details><summary>Why it may be refused</summary>\n{refused}</details>\n",
        code(&place(rpc)),
        paragraphs(comment.paragraphs()),
    )
}

fn reasons() -> String {
    let rows = Reason::ALL.iter().map(|reason| {
        let http = http_of(*reason).as_u16().to_string();
        let status = code(status::code_name(reason.code()));
        [
            code(reason.as_str()),
            http,
            status,
            prose(reason.sentence()),
        ]
    });
    let rows: Vec<_> = rows.collect();
    table(["reason", "HTTP", "gRPC", "what it means"], &rows)
}
