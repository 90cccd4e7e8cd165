//! The contract as REST and its description need it: read once, from the descriptors that gRPC is
//! generated from.

use std::collections::HashMap;
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
/// The package of the contract.
const PACKAGE: &str = "waba.migration.v1";
/// The field with the id of a resource.
const ID: &str = "id";
/// The field of a response that is true if the resource was not created by this call.
const ALREADY_EXISTED: &str = "already_existed";
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
    /// The names of all fields of the contract, and their names in JSON.
    fields: HashMap<String, String>,
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
    /// What it creates, if it does.
    pub(super) creates: Option<Creation>,
}

/// The RPC adds a resource to the collection at its path.
#[derive(Debug)]
pub(super) struct Creation {
    /// The field of the response with the resource.
    resource: FieldDescriptor,
    /// The field of the response that is true if the resource already existed.
    pub(super) already_existed: Option<FieldDescriptor>,
    /// Whether the resource can be read, at its id below the path of the collection.
    pub(super) can_be_read: bool,
}

/// A resource that a call has created.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CreatedResource {
    /// Its id, where it can be read below the path of the call.
    pub(super) id: Option<String>,
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
        let rpcs = methods.into_iter().map(|rpc| Rpc::read(rpc, &http));
        let mut rpcs: Vec<Rpc> = rpcs.collect::<Result<_, _>>()?;
        let paths: Vec<_> = rpcs
            .iter()
            .map(|rpc| (rpc.verb.clone(), rpc.path.clone()))
            .collect();
        for rpc in &mut rpcs {
            rpc.creates = Creation::by(rpc, &paths);
        }
        let messages = pool.all_messages();
        let ours = messages.filter(|message| message.package_name() == PACKAGE);
        let fields = ours.flat_map(|message| message.fields().collect::<Vec<_>>());
        Ok(Self {
            rpcs: rpcs.into_iter().map(Arc::new).collect(),
            status: status.ok_or_else(|| missing(STATUS))?,
            fields: fields
                .map(|field| (field.name().to_owned(), field.json_name().to_owned()))
                .collect(),
        })
    }

    /// The name in JSON of the fields with this name; the name itself if there are none.
    pub(super) fn json_name<'a>(&'a self, name: &'a str) -> &'a str {
        self.fields.get(name).map_or(name, String::as_str)
    }

    /// Whether each part of this path is the name of a field.
    pub(super) fn is_field_path(&self, path: &str) -> bool {
        path.split('.').all(|name| self.fields.contains_key(name))
    }

    /// Whether a path over REST is that of an RPC.
    pub(super) fn serves(&self, path: &str) -> bool {
        self.rpcs.iter().any(|rpc| rpc.is_at(path))
    }

    /// The message with this full name.
    pub(super) fn message(&self, full_name: &str) -> Option<MessageDescriptor> {
        self.status.parent_pool().get_message_by_name(full_name)
    }

    /// An encoded `google.rpc.Status` as JSON.
    pub(super) fn status_json(&self, encoded: &[u8]) -> Option<serde_json::Value> {
        json(&self.status, encoded)
    }

    /// A message as JSON, as the response of an RPC contains it.
    pub(super) fn message_json<M: prost::Name>(&self, message: &M) -> Option<serde_json::Value> {
        let descriptor = self.message(&M::full_name())?;
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
            creates: None,
            method,
        })
    }

    /// Whether a path has the form of its path.
    fn is_at(&self, path: &str) -> bool {
        let (template, parts) = (self.path.split('/'), path.split('/'));
        let fits = |(template, part): (&str, &str)| {
            template == part || (template.starts_with('{') && !part.is_empty())
        };
        template.clone().count() == parts.clone().count() && template.zip(parts).all(fits)
    }

    /// An encoded response message as JSON, and what the call has created.
    pub(super) fn response_json(
        &self,
        encoded: &[u8],
    ) -> Option<(Vec<u8>, Option<CreatedResource>)> {
        let message = DynamicMessage::decode(self.method.output(), encoded).ok()?;
        let mut json = serde_json::Serializer::new(Vec::with_capacity(4 * encoded.len()));
        message
            .serialize_with_options(&mut json, &ALL_FIELDS)
            .ok()?;
        let created = self.creates.as_ref().and_then(|it| it.created(&message));
        Some((json.into_inner(), created))
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

impl Creation {
    /// What an RPC creates: it is a POST to a collection, in which other paths name a resource, and
    /// it returns the resource with its id.
    fn by(rpc: &Rpc, paths: &[(Method, String)]) -> Option<Self> {
        let of_resource = format!("{}/{{", rpc.path);
        let is_collection = paths.iter().any(|(_, path)| path.starts_with(&of_resource));
        if rpc.verb != Method::POST || !is_collection {
            return None;
        }
        let output = rpc.method.output();
        let has_id = |field: &FieldDescriptor| {
            let message = field.kind().as_message().cloned();
            !field.is_list() && message.is_some_and(|it| it.get_field_by_name(ID).is_some())
        };
        let reads = |(verb, path): &(Method, String)| {
            let id = path.strip_prefix(&of_resource);
            verb == Method::GET && id.is_some_and(|id| !id.contains('/'))
        };
        Some(Self {
            resource: output.fields().find(has_id)?,
            already_existed: output.get_field_by_name(ALREADY_EXISTED),
            can_be_read: paths.iter().any(reads),
        })
    }

    /// The resource in this response; `None` if it already existed.
    fn created(&self, response: &DynamicMessage) -> Option<CreatedResource> {
        let is_true = |field| response.get_field(field).as_bool() == Some(true);
        if self.already_existed.as_ref().is_some_and(is_true) {
            return None;
        }
        let resource = response.get_field(&self.resource);
        let id = resource.as_message()?.get_field_by_name(ID)?;
        let id = id.as_str()?.to_owned();
        Some(CreatedResource {
            id: self.can_be_read.then_some(id),
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_descriptors_show_which_rpcs_create_a_resource() {
        let contract = Contract::read().unwrap();
        let creating = contract.rpcs.iter().filter_map(|rpc| {
            let creates = rpc.creates.as_ref()?;
            let name = rpc.method.name();
            Some((name, creates.resource.name(), creates.can_be_read))
        });
        assert_eq!(
            creating.collect::<Vec<_>>(),
            [
                ("CreateTenant", "tenant", true),
                ("CreateApiKey", "api_key", false),
                ("Migrate", "migration", true),
            ]
        );
    }

    #[test]
    fn a_path_is_served_if_it_has_the_form_of_an_rpcs_path() {
        let contract = Contract::read().unwrap();
        for (path, is_served) in [
            ("/v1/migrations", true),
            ("/v1/migrations/mig_1/code", true),
            ("/v1/migrations/", false),
            ("/v1/migrations/mig_1/codes", false),
            ("/v1", false),
            ("", false),
        ] {
            assert_eq!(contract.serves(path), is_served, "{path}");
        }
    }
}
