//! Calls of any RPC as bytes, so that answers can be compared whole.

use axum::http::uri::PathAndQuery;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use super::rpcs;
use crate::support::codec::Raw;
use crate::support::transport::Transport;

/// The complete answer to an RPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub messages: Vec<Vec<u8>>,
    pub code: Code,
    pub message: String,
    pub details: Vec<u8>,
}

impl Answer {
    /// The reason of a refusal.
    pub fn reason(&self) -> String {
        let status = Status::with_details(self.code, &self.message, self.details.clone().into());
        let info = status.get_details_error_info();
        info.unwrap_or_else(|| panic!("{self:?}")).reason
    }

    /// The delay before a retry.
    pub fn retry_delay(&self) -> Option<std::time::Duration> {
        let status = Status::with_details(self.code, &self.message, self.details.clone().into());
        status.get_details_retry_info()?.retry_delay
    }

    /// The same answer with one text replaced by another of the same length.
    pub fn with(mut self, text: &str, other: &str) -> Self {
        assert_eq!(text.len(), other.len());
        let swap = |bytes: &mut Vec<u8>| {
            for at in 0..bytes.len().saturating_sub(text.len() - 1) {
                if bytes[at..].starts_with(text.as_bytes()) {
                    bytes[at..at + text.len()].copy_from_slice(other.as_bytes());
                }
            }
        };
        swap(&mut self.details);
        self.messages.iter_mut().for_each(swap);
        self.message = self.message.replace(text, other);
        self
    }

    /// A refusal. Its trace id is replaced, so that two refusals can be equal.
    fn refused(messages: Vec<Vec<u8>>, status: &Status) -> Self {
        let mut details = status.get_error_details();
        let request = details
            .request_info()
            .unwrap_or_else(|| panic!("{status:?}"));
        assert_eq!(request.request_id.len(), 32);
        details.set_request_info("any", "");
        let status = Status::with_error_details(status.code(), status.message(), details);
        Self {
            messages,
            code: status.code(),
            message: status.message().to_owned(),
            details: status.details().to_vec(),
        }
    }
}

/// Calls an RPC with these headers and reads its answer, at most `most` messages.
pub async fn call(
    transport: &Transport,
    rpc: &str,
    message: Vec<u8>,
    headers: &[(&'static str, String)],
    most: usize,
) -> Answer {
    let mut request = Request::new(message.into());
    for (name, value) in headers {
        request.metadata_mut().append(*name, value.parse().unwrap());
    }
    let service = rpcs::service(rpc);
    let path = format!("/waba.migration.v1.{service}/{rpc}");
    let path = PathAndQuery::from_maybe_shared(path).unwrap();
    let mut client = tonic::client::Grpc::new(transport.clone());
    client.ready().await.unwrap();
    // A unary answer is a stream of one.
    let mut stream = match client.server_streaming(request, path, Raw).await {
        Ok(answer) => answer.into_inner(),
        Err(status) => return Answer::refused(Vec::new(), &status),
    };
    let mut messages = Vec::new();
    while messages.len() < most {
        match stream.message().await {
            Ok(Some(message)) => messages.push(message.to_vec()),
            Ok(None) => break,
            Err(status) => return Answer::refused(messages, &status),
        }
    }
    Answer {
        messages,
        code: Code::Ok,
        message: String::new(),
        details: Vec::new(),
    }
}
