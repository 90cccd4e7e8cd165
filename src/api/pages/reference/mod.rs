//! The reference of the API, made from the contract: an index, a page for each service, and a page
//! of the types.

mod call;
mod types;

use std::collections::BTreeSet;

use prost_reflect::ServiceDescriptor;

use super::entries;
use super::html::{code, code_block, link, paragraphs, prose, table};
use super::layout::{Content, Heading, Root};
use super::markdown;
use crate::api::Reason;
use crate::api::contract::{Contract, Rpc};
use crate::api::openapi::{Comment, examples, reasons};
use types::{Types, fields};

const INTRODUCTION: &str = include_str!("introduction.md");

/// The services, in the order of the contract.
pub(super) fn services(contract: &Contract) -> Vec<ServiceDescriptor> {
    let mut names = BTreeSet::new();
    let all = contract.rpcs.iter().map(|rpc| rpc.method.parent_service());
    let distinct = all.filter(|service| names.insert(service.full_name().to_owned()));
    let mut services: Vec<_> = distinct.cloned().collect();
    // The service that every reader needs is first.
    services.sort_by_key(|service| std::cmp::Reverse(service.methods().len()));
    services
}

/// The name of the page about a service: `migration-service` for `MigrationService`.
pub(super) fn page_name(service: &str) -> String {
    let mut name = String::new();
    for c in service.chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

/// The page that describes a file of the contract, by the name of the file.
pub(super) fn page_of_file(name: &str) -> Option<String> {
    let name = name.strip_suffix("_service")?;
    Some(format!("{}-service", name.replace('_', "-")))
}

/// How to call the API, and all RPCs.
pub(super) fn index(contract: &Contract) -> Content {
    let mut content = markdown::render(INTRODUCTION, Root::Pages, None);
    for service in services(contract) {
        let page = page_name(service.name());
        let heading = Heading {
            is_minor: false,
            id: service.name().to_owned(),
            html: service.name().to_owned(),
        };
        content.html.push_str(&heading.section());
        content.headings.push(heading);
        let rows: Vec<_> = rpcs(contract, &service)
            .map(|rpc| {
                let name = rpc.method.name();
                let summary = Comment::of_rpc(rpc);
                [
                    link(&format!("{page}#{name}"), name),
                    endpoint(rpc),
                    prose(summary.summary()),
                ]
            })
            .collect();
        let all = link(&page, &format!("{} in full", service.name()));
        let list = table(["RPC", "REST", "description"], &rows);
        content.html.extend(["<p>", &all, "</p>\n", &list]);
    }
    let general = Reason::ALL.iter().copied();
    let general: Vec<_> = general.filter(|it| reasons::is_general(*it)).collect();
    let heading = Heading {
        is_minor: false,
        id: "errors-of-every-rpc".to_owned(),
        html: "Errors of every RPC".to_owned(),
    };
    content
        .html
        .push_str(&(heading.section() + &reason_list(&general)));
    content.headings.push(heading);
    content
}

/// The page about a service.
pub(super) fn service(contract: &Contract, service: &ServiceDescriptor) -> Content {
    let file = service.parent_file();
    let about = Comment::of(file.file_descriptor_proto(), service.path());
    let mut content = Content {
        title: service.name().to_owned(),
        html: paragraphs(about.paragraphs()),
        headings: Vec::new(),
    };
    let text = "<p>How to call it, and what applies to all RPCs: <a href=\"reference\">reference</a>.</p>\n";
    content.html.push_str(text);
    let mut types = Types::default();
    for rpc in rpcs(contract, service) {
        let name = rpc.method.name().to_owned();
        let heading = Heading {
            is_minor: false,
            id: name.clone(),
            html: name,
        };
        content.html.push_str(&heading.section());
        content.html.push_str(&operation(rpc, &mut types));
        content.headings.push(heading);
    }
    content
}

/// The messages and enums that the RPCs use.
pub(super) fn types(contract: &Contract) -> Content {
    let mut types = Types::default();
    for rpc in &contract.rpcs {
        for message in [rpc.method.input(), rpc.method.output()] {
            fields(&message, &mut types, |_| None);
        }
    }
    types.content()
}

fn rpcs<'a>(
    contract: &'a Contract,
    service: &'a ServiceDescriptor,
) -> impl Iterator<Item = &'a Rpc> {
    let all = contract.rpcs.iter().map(AsRef::as_ref);
    all.filter(move |rpc: &&Rpc| rpc.method.parent_service() == service)
}

/// The HTTP method and the path.
fn endpoint(rpc: &Rpc) -> String {
    let (verb, path) = (&rpc.verb, code(&rpc.path));
    format!("<span class=\"verb\">{verb}</span> {path}")
}

fn operation(rpc: &Rpc, types: &mut Types) -> String {
    let comment = Comment::of_rpc(rpc);
    let location = if rpc.has_body { "body" } else { "query" };
    let request = table(
        ["field", "type", "description"],
        &fields(&rpc.method.input(), types, |field| {
            Some(if rpc.is_in_path(field.name()) {
                "path"
            } else {
                location
            })
        }),
    );
    let request = match request.as_str() {
        "" => "<p>The request has no fields.</p>\n",
        request => request,
    };
    let response = table(
        ["field", "type", "description"],
        &fields(&rpc.method.output(), types, |_| None),
    );
    let response = match (response.as_str(), rpc.streams()) {
        ("", _) => "<p>An empty object.</p>\n".to_owned(),
        (fields, false) => fields.to_owned(),
        (fields, true) => format!(
            "<p>A stream. Over REST it is server-sent events, each with these fields:</p>\n{fields}"
        ),
    };
    format!(
        "<p class=\"endpoint\">{}</p>\n{}<h3>Request</h3>\n{request}{}<h3>Response</h3>\n\
         {response}<h3>Errors</h3>\n{}",
        endpoint(rpc),
        paragraphs(comment.paragraphs()),
        requests(rpc),
        errors(rpc, &comment),
    )
}

/// The example requests, as commands.
fn requests(rpc: &Rpc) -> String {
    let examples = examples::of(rpc).unwrap_or_default();
    let examples = examples.as_object().into_iter().flatten();
    let commands: Vec<_> = examples
        .filter_map(|(summary, example)| {
            let body = serde_json::to_string_pretty(example.get("value")?).ok()?;
            Some((format!("Example: {summary}"), call::command(rpc, &body)))
        })
        .collect();
    let commands = if commands.is_empty() {
        let body = if rpc.has_body { "{}" } else { "" };
        vec![("Example".to_owned(), call::command(rpc, body))]
    } else {
        commands
    };
    let block = |(label, command): &(String, String)| code_block(label, command);
    commands.iter().map(block).collect()
}

/// The reasons of this RPC, and a link to the general ones.
fn errors(rpc: &Rpc, comment: &Comment) -> String {
    let mut own = reasons::of(rpc, comment);
    own.retain(|reason| !reasons::is_general(*reason));
    let general =
        "<p>And the <a href=\"reference#errors-of-every-rpc\">errors of every RPC</a>.</p>\n";
    reason_list(&own) + general
}

/// The reasons, grouped by HTTP status, each with a link to its explanation.
fn reason_list(reasons: &[Reason]) -> String {
    let groups = reasons::by_status(reasons);
    let items = groups.iter().map(|(status, reasons)| {
        let name = status.canonical_reason().unwrap_or_default();
        let links = reasons.iter().map(|reason| {
            let name = reason.as_str();
            link(&entries::error(name, Root::Pages), &code(name))
        });
        let (status, links) = (status.as_u16(), links.collect::<Vec<_>>().join(", "));
        format!("<dt>{status} {name}</dt>\n<dd>{links}</dd>\n")
    });
    format!(
        "<dl class=\"errors\">\n{}</dl>\n",
        items.collect::<String>()
    )
}
