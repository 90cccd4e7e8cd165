//! The contract as the REST door needs it: read once, from the descriptors that the gRPC door is made from.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, Method, Uri};
use prost::Message as _;
use prost_reflect::{
    DescriptorPool, DynamicMessage, ExtensionDescriptor, MessageDescriptor, MethodDescriptor,
    SerializeOptions,
};

use super::rest::headers as header;
use crate::proto::DESCRIPTORS;

/// The option of an RPC that says where REST has it.
const HTTP: &str = "google.api.http";
/// What carries an error and its details.
const STATUS: &str = "google.rpc.Status";
/// The verbs that an RPC can have.
const VERBS: [(&str, Method); 5] = [
    ("get", Method::GET),
    ("post", Method::POST),
    ("put", Method::PUT),
    ("patch", Method::PATCH),
    ("delete", Method::DELETE),
];
/// Fields that have no presence are always there, so that an answer has the same shape whatever is in it.
const WHOLE: SerializeOptions = SerializeOptions::new().skip_default_fields(false);

/// What is served, and how its messages are written.
#[derive(Debug)]
pub(super) struct Contract {
    /// Every RPC.
    pub(super) rpcs: Vec<Arc<Rpc>>,
    /// `google.rpc.Status`.
    status: MessageDescriptor,
}

/// One RPC.
#[derive(Debug)]
pub(super) struct Rpc {
    /// What the contract says of it.
    pub(super) method: MethodDescriptor,
    /// Where gRPC has it.
    pub(super) grpc: Uri,
    /// Where REST has it: the verb and the path, with the names of its fields in braces.
    pub(super) verb: Method,
    /// The path.
    pub(super) path: String,
    /// Whether its message comes in the body; otherwise in the query.
    pub(super) has_body: bool,
}

/// The contract's own description is damaged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Damaged {
    /// It cannot be read.
    #[error(transparent)]
    Descriptors(#[from] prost_reflect::DescriptorError),
    /// The services that tell of it cannot be made.
    #[error(transparent)]
    Reflection(#[from] tonic_reflection::server::Error),
    /// Something that it must hold is not there.
    #[error("{0} is missing")]
    Missing(String),
    /// REST has no place for an RPC that is written this way.
    #[error("the google.api.http option of {0} cannot be served")]
    Place(String),
}

impl Contract {
    /// Reads the contract.
    pub(super) fn read() -> Result<Self, Damaged> {
        let mut pool = DescriptorPool::decode(DESCRIPTORS)?;
        add(&mut pool, tonic_types::pb::FILE_DESCRIPTOR_SET)?;
        let missing = |name: &str| Damaged::Missing(name.to_owned());
        let http = pool.get_extension_by_name(HTTP);
        let http = http.ok_or_else(|| missing(HTTP))?;
        let status = pool.get_message_by_name(STATUS);
        let methods: Vec<_> = pool
            .services()
            .flat_map(|service| service.methods().collect::<Vec<_>>())
            .collect();
        let rpcs = methods
            .into_iter()
            .map(|rpc| Rpc::read(rpc, &http).map(Arc::new));
        Ok(Self {
            rpcs: rpcs.collect::<Result<_, _>>()?,
            status: status.ok_or_else(|| missing(STATUS))?,
        })
    }

    /// An encoded `google.rpc.Status` as JSON.
    pub(super) fn status(&self, encoded: &[u8]) -> Option<serde_json::Value> {
        let message = DynamicMessage::decode(self.status.clone(), encoded).ok()?;
        let written = message.serialize_with_options(serde_json::value::Serializer, &WHOLE);
        written.ok()
    }
}

impl Rpc {
    fn read(method: MethodDescriptor, http: &ExtensionDescriptor) -> Result<Self, Damaged> {
        let damaged = || Damaged::Place(method.full_name().to_owned());
        let options = method.options();
        let rule = options.get_extension(http);
        let rule = rule.as_message().ok_or_else(damaged)?;
        let text = |name: &str| {
            let value = rule.get_field_by_name(name)?;
            value
                .as_str()
                .map(str::to_owned)
                .filter(|it| !it.is_empty())
        };
        let place = VERBS
            .iter()
            .find_map(|(name, verb)| Some((verb.clone(), text(name)?)));
        let (verb, path) = place.ok_or_else(damaged)?;
        let has_body = match text("body").as_deref() {
            None => false,
            Some("*") => true,
            Some(_) => return Err(damaged()),
        };
        let grpc = format!("/{}/{}", method.parent_service().full_name(), method.name());
        Ok(Self {
            grpc: grpc.parse().map_err(|_| damaged())?,
            verb,
            path,
            has_body,
            method,
        })
    }

    /// An encoded answer as JSON.
    pub(super) fn answer(&self, encoded: &[u8]) -> Option<Vec<u8>> {
        let message = DynamicMessage::decode(self.method.output(), encoded).ok()?;
        let mut json = serde_json::Serializer::new(Vec::with_capacity(4 * encoded.len()));
        message.serialize_with_options(&mut json, &WHOLE).ok()?;
        Some(json.into_inner())
    }

    /// Whether its answer is a stream.
    pub(super) fn streams(&self) -> bool {
        self.method.is_server_streaming()
    }

    /// Whether its message says by what key a repeat is known.
    pub(super) fn takes_request_id(&self) -> bool {
        self.method
            .input()
            .get_field_by_name("request_id")
            .is_some()
    }

    /// How long it shall wait, where the caller has a preference and it can wait at all.
    pub(super) fn applied_wait(&self, headers: &HeaderMap) -> Option<Duration> {
        self.method.input().get_field_by_name("wait")?;
        header::preferred_wait(headers)
    }

    /// The names of the fields in its path.
    pub(super) fn in_path(&self) -> impl Iterator<Item = &str> {
        let parts = self.path.split('/');
        parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}

/// Adds what is not there yet: both sets hold Google's own files.
fn add(pool: &mut DescriptorPool, set: &[u8]) -> Result<(), Damaged> {
    let set = prost_types::FileDescriptorSet::decode(set)
        .map_err(|_| Damaged::Missing(STATUS.to_owned()))?;
    let files = set.file.into_iter();
    let new: Vec<_> = files
        .filter(|file| pool.get_file_by_name(file.name()).is_none())
        .collect();
    Ok(pool.add_file_descriptor_protos(new)?)
}
