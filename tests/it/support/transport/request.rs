//! Converts a gRPC call into a REST request.

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::{Method, Request};
use prost_reflect::{DynamicMessage, MethodDescriptor};
use reqwest::RequestBuilder;
use serde_json::Value as Json;
use tonic::body::Body;

use super::{Error, pool};

/// Headers of gRPC itself.
const OWN: [&str; 5] = [
    "te",
    "content-type",
    "grpc-timeout",
    "user-agent",
    "grpc-accept-encoding",
];

/// The RPCs of the contract by path.
#[derive(Debug, Clone)]
pub struct Contract {
    rpcs: Arc<HashMap<String, Rpc>>,
}

/// The REST method and path of an RPC.
#[derive(Debug, Clone)]
pub struct Rpc {
    pub method: MethodDescriptor,
    verb: Method,
    path: String,
    has_body: bool,
}

impl Contract {
    pub fn read() -> Self {
        let pool = pool();
        let http = pool.get_extension_by_name("google.api.http").unwrap();
        let methods = pool
            .services()
            .flat_map(|it| it.methods().collect::<Vec<_>>());
        let rpcs = methods.map(|method| {
            let options = method.options();
            let rule = options.get_extension(&http);
            let text = |name: &str| {
                let value = rule.as_message().unwrap().get_field_by_name(name);
                value.unwrap().as_str().unwrap().to_owned()
            };
            let verbs = [Method::GET, Method::POST, Method::PATCH, Method::DELETE];
            let place = verbs.into_iter().find_map(|verb| {
                let path = text(verb.as_str().to_lowercase().as_str());
                (!path.is_empty()).then_some((verb, path))
            });
            let (verb, path) = place.unwrap();
            let has_body = text("body") == "*";
            let service = method.parent_service().full_name().to_owned();
            let name = format!("/{service}/{}", method.name());
            let rpc = Rpc {
                method,
                verb,
                path,
                has_body,
            };
            (name, rpc)
        });
        let rpcs = Arc::new(rpcs.collect());
        Self { rpcs }
    }

    /// The RPC of a call, and its REST request.
    pub async fn request(
        &self,
        http: &reqwest::Client,
        url: &str,
        request: Request<Body>,
    ) -> Result<(Rpc, RequestBuilder), Error> {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(axum::body::Body::new(body), usize::MAX).await?;
        let rpc = self.rpcs[parts.uri.path()].clone();
        let message = DynamicMessage::decode(rpc.method.input(), &body[5..])?;
        let Json::Object(mut object) = serde_json::to_value(&message)? else {
            panic!("a message is an object");
        };
        let mut path = rpc.path.clone();
        for field in rpc.method.input().fields() {
            let place = format!("{{{}}}", field.name());
            if path.contains(&place) {
                let value = object.remove(field.json_name());
                let value = value.as_ref().and_then(Json::as_str).unwrap_or_default();
                path = path.replace(&place, &encoded(value));
            }
        }
        let mut sent = http.request(rpc.verb.clone(), format!("{url}{path}"));
        for (name, value) in &parts.headers {
            if !OWN.contains(&name.as_str()) {
                sent = sent.header(name, value);
            }
        }
        sent = if rpc.has_body {
            sent.json(&object)
        } else {
            sent.query(&query(object))
        };
        Ok((rpc, sent))
    }
}

fn query(object: serde_json::Map<String, Json>) -> Vec<(String, String)> {
    let plain = |value: &Json| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let mut pairs = Vec::new();
    for (name, value) in object {
        match value {
            Json::Array(items) => {
                pairs.extend(items.iter().map(|item| (name.clone(), plain(item))));
            }
            Json::Object(entries) => {
                let entries = entries.iter();
                pairs.extend(entries.map(|(key, item)| (format!("{name}.{key}"), plain(item))));
            }
            value => pairs.push((name, plain(&value))),
        }
    }
    pairs
}

/// Percent-encodes a path segment.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect::<Vec<_>>().concat()
}
