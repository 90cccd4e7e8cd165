//! Converts a REST response into a gRPC response.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::HttpBody;
use axum::http::{HeaderMap, HeaderValue, Response};
use futures_util::{Stream, stream};
use hyper::body::Frame;
use prost::Message as _;
use prost::bytes::{BufMut as _, Bytes, BytesMut};
use prost_reflect::{DynamicMessage, MessageDescriptor};
use serde_json::{Value as Json, json};
use tonic::body::Body;
use tonic::{Code, Status};

use super::events::Events;
use super::request::Rpc;
use super::{Error, pool};

/// The frames of a gRPC response.
pub struct Frames(Pin<Box<dyn Stream<Item = Frame<Bytes>> + Send>>);

/// Converts the response.
pub async fn read(rpc: &Rpc, response: reqwest::Response) -> Result<Response<Body>, Error> {
    let (status, headers) = (response.status(), response.headers());
    let is = |kind: &str| headers.get("content-type").is_some_and(|it| it == kind);
    if !status.is_success() {
        assert!(is("application/json"), "{response:?}");
        let error: Json = serde_json::from_slice(&response.bytes().await?)?;
        assert_eq!(error["error"]["code"], status.as_u16());
        return Ok(refused(&error).into_http());
    }
    let frames = if is("text/event-stream") {
        Frames(Box::pin(Events::new(response, rpc.method.output())))
    } else if status.as_u16() == 204 {
        Frames(Box::pin(stream::iter([ended(&Status::ok(""))])))
    } else {
        assert!(is("application/json"), "{response:?}");
        let message = message(rpc.method.output(), &response.bytes().await?);
        Frames(Box::pin(stream::iter([message, ended(&Status::ok(""))])))
    };
    let mut answer = Response::new(Body::new(frames));
    let grpc = HeaderValue::from_static("application/grpc");
    answer.headers_mut().insert("content-type", grpc);
    Ok(answer)
}

/// A message in its frame. Fields that are not in the contract are an error.
pub fn message(descriptor: MessageDescriptor, text: &[u8]) -> Frame<Bytes> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let message = DynamicMessage::deserialize(descriptor, &mut json).unwrap();
    json.end().unwrap();
    let mut frame = BytesMut::new();
    frame.put_u8(0);
    frame.put_u32(message.encoded_len().try_into().unwrap());
    message.encode(&mut frame).unwrap();
    Frame::data(frame.freeze())
}

/// The end of a response.
pub fn ended(status: &Status) -> Frame<Bytes> {
    let mut trailers = HeaderMap::new();
    status.add_header(&mut trailers).unwrap();
    Frame::trailers(trailers)
}

/// The status in an error. Its fields are named in lowerCamelCase, as the request was written.
pub fn refused(error: &Json) -> Status {
    let error = &mut error["error"].clone();
    for detail in error["details"].as_array_mut().unwrap() {
        let violations = detail.get_mut("fieldViolations");
        let violations = violations
            .into_iter()
            .flat_map(|it| it.as_array_mut().unwrap());
        violations.for_each(|it| snake_case(&mut it["field"]));
        if let Some(fields) = detail.pointer_mut("/metadata/fields") {
            snake_case(fields);
        }
    }
    let name = error["status"].as_str().unwrap();
    let code = (1..=16)
        .map(Code::from_i32)
        .find(|code| name == snake(*code))
        .unwrap_or_else(|| panic!("{error}"));
    let message = error["message"].as_str().unwrap();
    let whole = json!({ "code": i32::from(code), "message": message, "details": error["details"] });
    let descriptor = pool().get_message_by_name("google.rpc.Status").unwrap();
    let status = DynamicMessage::deserialize(descriptor, whole).unwrap();
    Status::with_details(code, message, status.encode_to_vec().into())
}

/// Writes the names of fields as the contract does.
fn snake_case(fields: &mut Json) {
    let text = fields.as_str().unwrap();
    let (names, keys) = text.split_at(text.find('[').unwrap_or(text.len()));
    assert!(!names.contains('_'), "{text} is not in lowerCamelCase");
    let names = names.chars().flat_map(|c| {
        let start = c.is_ascii_uppercase().then_some('_');
        start.into_iter().chain([c.to_ascii_lowercase()])
    });
    *fields = (names.collect::<String>() + keys).into();
}

/// The name of a code in JSON.
fn snake(code: Code) -> String {
    let name = format!("{code:?}");
    let parts = name.char_indices().map(|(at, c)| {
        let word = at > 0 && c.is_uppercase();
        format!("{}{}", if word { "_" } else { "" }, c.to_ascii_uppercase())
    });
    parts.collect::<Vec<_>>().concat()
}

impl HttpBody for Frames {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.0.as_mut().poll_next(cx).map(|frame| frame.map(Ok))
    }
}
