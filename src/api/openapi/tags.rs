//! Groups the operations by their service.

use serde_json::{Value as Json, json};

use super::comments::Comment;
use crate::api::contract::{Contract, Rpc};

/// The names of services, for people.
const NAMES: [(&str, &str); 2] = [
    ("MigrationService", "Migrations"),
    ("AdminService", "Administration"),
];

/// The tag of an operation.
pub(super) fn of(rpc: &Rpc) -> String {
    let service = rpc.method.parent_service();
    let name = NAMES.iter().find(|(name, _)| *name == service.name());
    name.map_or(service.name(), |(_, tag)| *tag).to_owned()
}

/// All tags, in the order of [`NAMES`], with the comments of the services.
pub(super) fn all(contract: &Contract) -> Vec<Json> {
    let tag = |(name, tag): &(&str, &str)| {
        let mut rpcs = contract.rpcs.iter().map(|rpc| rpc.method.parent_service());
        let service = rpcs.find(|service| service.name() == *name)?;
        let file = service.parent_file();
        let comment = Comment::of(file.file_descriptor_proto(), service.path());
        Some(json!({ "name": tag, "description": comment.text() }))
    };
    NAMES.iter().filter_map(tag).collect()
}
