//! Each part of our description names its sources.

use serde_json::Value;

use super::document::Document;
use super::listed::List;

/// Parts without a source, and sources that are not explained.
pub fn problems(document: &Document) -> Vec<String> {
    let known = document.file("sources.yaml");
    let mut problems = Vec::new();
    let files = document.tree().as_object().unwrap();
    for (file, content) in files {
        walk(content, file, known, &mut problems);
    }
    // Each entry of these files is a part.
    for file in ["answers.yaml", "headers.yaml", "nodes.yaml"] {
        for (name, part) in document.file(file).as_object().unwrap() {
            required(part, &format!("{file}/{name}"), &mut problems);
        }
    }
    for operation in document.operations() {
        let body = operation
            .request()
            .map(|body| &body["content"]["application/json"]["schema"]);
        let properties = body.and_then(|schema| schema["properties"].as_object());
        for (name, property) in properties.into_iter().flatten() {
            required(
                property,
                &format!("{}: {name}", operation.name()),
                &mut problems,
            );
        }
    }
    for source in List::read().sources() {
        explained(source, "differences.yaml", known, &mut problems);
    }
    problems
}

/// Finds operations, parameters, errors and forbidden items without a source, and unexplained
/// sources.
fn walk(node: &Value, place: &str, known: &Value, problems: &mut Vec<String>) {
    match node {
        Value::Object(fields) => {
            let has = |name| fields.get(name).is_some_and(Value::is_string);
            let is_part = has("operationId") || has("in") || has("meaning");
            if is_part {
                required(node, place, problems);
            }
            match fields.get("x-source") {
                Some(Value::String(source)) => explained(source, place, known, problems),
                Some(Value::Array(sources)) => {
                    for source in sources.iter().filter_map(Value::as_str) {
                        explained(source, place, known, problems);
                    }
                }
                Some(odd) => problems.push(format!("{place}: {odd} is no source")),
                None => {}
            }
            for (name, field) in fields {
                walk(field, &format!("{place}/{name}"), known, problems);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                walk(item, &format!("{place}/{at}"), known, problems);
            }
        }
        // Usually a text with a comma and without quotes.
        Value::Null => problems.push(format!("{place} is empty")),
        _ => {}
    }
}

fn required(part: &Value, place: &str, problems: &mut Vec<String>) {
    if part.get("x-source").is_none() {
        problems.push(format!("{place} names no source"));
    }
}

fn explained(source: &str, place: &str, known: &Value, problems: &mut Vec<String>) {
    if known.get(source).is_none() {
        problems.push(format!("{place}: sources.yaml does not explain {source}"));
    }
}
