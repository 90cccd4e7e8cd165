//! Parses server-sent events.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::{Stream, stream};
use hyper::body::Frame;
use prost::bytes::Bytes;
use prost_reflect::MessageDescriptor;
use tonic::Status;

use super::answer::{ended, message, refused};

/// A stream of events as gRPC frames.
pub struct Events(Pin<Box<dyn Stream<Item = Frame<Bytes>> + Send>>);

/// The state of a stream.
struct Parser {
    response: reqwest::Response,
    descriptor: MessageDescriptor,
    text: String,
    last: Option<u64>,
    is_over: bool,
}

impl Events {
    pub fn new(response: reqwest::Response, descriptor: MessageDescriptor) -> Self {
        let parser = Parser {
            response,
            descriptor,
            text: String::new(),
            last: None,
            is_over: false,
        };
        Self(Box::pin(stream::unfold(parser, Parser::next)))
    }
}

impl Stream for Events {
    type Item = Frame<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Frame<Bytes>>> {
        self.0.as_mut().poll_next(cx)
    }
}

impl Parser {
    async fn next(mut self) -> Option<(Frame<Bytes>, Self)> {
        while !self.is_over {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                if let Some(frame) = self.frame(&block) {
                    return Some((frame, self));
                }
                continue;
            }
            let Ok(Some(bytes)) = self.response.chunk().await else {
                // Cut off: a gRPC client gets the same status.
                self.is_over = true;
                return Some((ended(&Status::unknown("the stream was cut off")), self));
            };
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
        None
    }

    /// The frame of an event; `None` for a comment.
    fn frame(&mut self, block: &str) -> Option<Frame<Bytes>> {
        let field = |name: &str| {
            let mut fields = block.lines().filter_map(|line| line.split_once(": "));
            fields.find_map(|(field, value)| (field == name).then_some(value))
        };
        let data = field("data")?;
        match field("event") {
            None => {
                let id: u64 = field("id").unwrap().parse().unwrap();
                assert!(self.last.is_none_or(|last| last < id), "{block}");
                self.last = Some(id);
                Some(message(self.descriptor.clone(), data.as_bytes()))
            }
            Some("end") => {
                self.is_over = true;
                Some(ended(&Status::ok("")))
            }
            Some("status") => {
                self.is_over = true;
                Some(ended(&refused(&serde_json::from_str(data).unwrap())))
            }
            Some(other) => panic!("an event of an unknown name: {other}"),
        }
    }
}
