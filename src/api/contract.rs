//! The contract as REST and its description need it: read once, from the descriptors that gRPC is
//! generated from.

use std::sync::Arc;

use axum::http::{Method, Uri};
use prost::Message as _;
use prost_reflect::{
    DescriptorPool, DynamicMessage, ExtensionDescriptor, FieldDescriptor, MessageDescriptor,
    MethodDescriptor, SerializeOptions,
};

use crate::proto::DESCRIPTORS;

/// The option of an RPC that names its HTTP method and path.
const HTTP: &str = "google.api.http";
/// The message that carries an error and its details.
const STATUS: &str = "google.rpc.Status";
const METHODS: [(&str, Method); 5] = [
    ("get", Method::GET),
    ("post", Method::POST),
    ("put", Method::PUT),
    ("patch", Method::PATCH),
    ("delete", Method::DELETE),
];
/// Fields without presence are always written, so that the shape of a response never varies.
const ALL_FIELDS: SerializeOptions = SerializeOptions::new().skip_default_fields(false);

/// The RPCs, and how their messages are written as JSON.
#[derive(Debug)]
pub(super) struct Contract {
    /// All RPCs.
    pub(super) rpcs: Vec<Arc<Rpc>>,
    status: MessageDescriptor,
}

/// One RPC.
#[derive(Debug)]
pub(super) struct Rpc {
    /// Its descriptor.
    pub(super) method: MethodDescriptor,
    /// Its path over gRPC.
    pub(super) grpc: Uri,
    /// Its HTTP method over REST.
    pub(super) verb: Method,
    /// Its path over REST, with the names of fields in braces.
    pub(super) path: String,
    /// Whether the request message is in the body. Otherwise it is in the query.
    pub(super) has_body: bool,
}

/// The embedded descriptors of the contract cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContractError {
    /// They cannot be read.
    #[error(transparent)]
    Descriptors(#[from] prost_reflect::DescriptorError),
    /// The reflection service cannot be built from them.
    #[error(transparent)]
    Reflection(#[from] tonic_reflection::server::Error),
    /// An element is missing.
    #[error("{0} is missing from the descriptors")]
    Missing(String),
    /// REST does not support the HTTP rule of an RPC.
    #[error("the google.api.http option of {0} is not supported")]
    HttpRule(String),
}

impl Contract {
    /// Reads the embedded descriptors.
    pub(super) fn read() -> Result<Self, ContractError> {
        let mut pool = DescriptorPool::decode(DESCRIPTORS)?;
        add_files(&mut pool, tonic_types::pb::FILE_DESCRIPTOR_SET)?;
        let missing = |name: &str| ContractError::Missing(name.to_owned());
        let http = pool
            .get_extension_by_name(HTTP)
            .ok_or_else(|| missing(HTTP))?;
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
    pub(super) fn status_json(&self, encoded: &[u8]) -> Option<serde_json::Value> {
        json(&self.status, encoded)
    }

    /// A message as JSON, as the response of an RPC contains it.
    pub(super) fn message_json<M: prost::Name>(&self, message: &M) -> Option<serde_json::Value> {
        let pool = self.status.parent_pool();
        let descriptor = pool.get_message_by_name(&M::full_name())?;
        json(&descriptor, &message.encode_to_vec())
    }
}

impl Rpc {
    fn read(method: MethodDescriptor, http: &ExtensionDescriptor) -> Result<Self, ContractError> {
        let unsupported = || ContractError::HttpRule(method.full_name().to_owned());
        let options = method.options();
        let rule = options.get_extension(http);
        let rule = rule.as_message().ok_or_else(unsupported)?;
        let text = |name: &str| {
            let value = rule.get_field_by_name(name)?;
            value
                .as_str()
                .map(str::to_owned)
                .filter(|it| !it.is_empty())
        };
        let (verb, path) = METHODS
            .iter()
            .find_map(|(name, verb)| Some((verb.clone(), text(name)?)))
            .ok_or_else(unsupported)?;
        let has_body = match text("body").as_deref() {
            None => false,
            Some("*") => true,
            Some(_) => return Err(unsupported()),
        };
        let grpc = format!("/{}/{}", method.parent_service().full_name(), method.name());
        Ok(Self {
            grpc: grpc.parse().map_err(|_| unsupported())?,
            verb,
            path,
            has_body,
            method,
        })
    }

    /// An encoded response message as JSON.
    pub(super) fn response_json(&self, encoded: &[u8]) -> Option<Vec<u8>> {
        let message = DynamicMessage::decode(self.method.output(), encoded).ok()?;
        let mut json = serde_json::Serializer::new(Vec::with_capacity(4 * encoded.len()));
        message
            .serialize_with_options(&mut json, &ALL_FIELDS)
            .ok()?;
        Some(json.into_inner())
    }

    /// Whether the response is a stream.
    pub(super) fn streams(&self) -> bool {
        self.method.is_server_streaming()
    }

    /// The field of the request message with this name.
    pub(super) fn request_field(&self, name: &str) -> Option<FieldDescriptor> {
        self.method.input().get_field_by_name(name)
    }

    /// Whether this field of the request message is in the path.
    pub(super) fn is_in_path(&self, field: &str) -> bool {
        self.path_fields().any(|name| name == field)
    }

    /// The names of the fields in the path.
    pub(super) fn path_fields(&self) -> impl Iterator<Item = &str> {
        let parts = self.path.split('/');
        parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}

fn json(descriptor: &MessageDescriptor, encoded: &[u8]) -> Option<serde_json::Value> {
    let message = DynamicMessage::decode(descriptor.clone(), encoded).ok()?;
    let json = message.serialize_with_options(serde_json::value::Serializer, &ALL_FIELDS);
    json.ok()
}

/// Adds the files that the pool does not have yet: both sets contain Google's own.
fn add_files(pool: &mut DescriptorPool, set: &[u8]) -> Result<(), ContractError> {
    let set = prost_types::FileDescriptorSet::decode(set)
        .map_err(|_| ContractError::Missing(STATUS.to_owned()))?;
    let files = set.file.into_iter();
    let new: Vec<_> = files
        .filter(|file| pool.get_file_by_name(file.name()).is_none())
        .collect();
    Ok(pool.add_file_descriptor_protos(new)?)
}
