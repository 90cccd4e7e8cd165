//! REST, in front of the same API.

mod errors;
mod etag;
mod messages;
mod openapi;
mod pages;
mod sse;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::{Value as Json, json};
use tonic::client::GrpcService as _;

use super::ApiHarness;

/// A complete response.
#[derive(Debug)]
struct RestResponse {
    status: StatusCode,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl RestResponse {
    fn json(&self) -> Json {
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/json");
        serde_json::from_slice(&self.bytes).unwrap()
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        Some(self.headers.get(name)?.to_str().unwrap())
    }

    /// The HTTP status and the reason of an error.
    fn reason(&self) -> (u16, String) {
        let error = &self.json()["error"];
        assert_eq!(error["code"], self.status.as_u16());
        assert!(error["message"].as_str().is_some_and(|it| !it.is_empty()));
        let of_type = |name: &str| {
            let name = format!("type.googleapis.com/google.rpc.{name}");
            let mut details = error["details"].as_array().unwrap().iter();
            details.find(|it| it["@type"] == name)
        };
        let request = of_type("RequestInfo").expect("every error has a trace id");
        let trace_id = request["requestId"].as_str();
        assert!(trace_id.is_some() && trace_id == self.header("x-trace-id"));
        let info = of_type("ErrorInfo").expect("every error has a reason");
        assert_eq!(info["domain"], "waba-migrator");
        let reason = info["reason"].as_str().unwrap().to_owned();
        (self.status.as_u16(), reason)
    }

    /// The invalid fields, with their descriptions.
    fn violations(&self) -> Vec<(String, String)> {
        let json = self.json();
        let details = json["error"]["details"].as_array().unwrap().clone();
        let request = details
            .iter()
            .find_map(|it| it.get("fieldViolations"))
            .expect("a BadRequest");
        let text = |it: &Json, name: &str| it[name].as_str().unwrap().to_owned();
        let violations = request.as_array().unwrap().iter();
        violations
            .map(|it| (text(it, "field"), text(it, "description")))
            .collect()
    }
}

impl ApiHarness {
    async fn send(&self, request: Request<Body>) -> RestResponse {
        let request = request.map(tonic::body::Body::new);
        let answer = self.router.clone().call(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        RestResponse {
            status: parts.status,
            headers: parts.headers,
            bytes: bytes.to_vec(),
        }
    }

    async fn rest(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> RestResponse {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_owned())).unwrap())
            .await
    }

    async fn get(&self, path: &str) -> RestResponse {
        self.rest(Method::GET, path, &[], "").await
    }

    async fn post(&self, path: &str, body: &Json) -> RestResponse {
        let headers = [("content-type", "application/json")];
        self.rest(Method::POST, path, &headers, &body.to_string())
            .await
    }
}

/// A request of Migrate as JSON.
fn request(request_id: &str, last_digit: u8) -> Json {
    json!({
        "requestId": request_id,
        "phoneNumber": format!("+1202555012{last_digit}"),
        "destinationWabaId": "104996122399160",
        "accessToken": "EAAB-token",
        "wait": "0s",
    })
}
