//! The comments of the contract, from its descriptors.

use prost_reflect::FieldDescriptor;
use prost_types::FileDescriptorProto;

use crate::api::contract::{Contract, Rpc};
use crate::proto::v1::migration_service_server::SERVICE_NAME;

/// The beginning of a paragraph that lists reasons.
const ERRORS: &str = "Errors: ";

/// A comment, in paragraphs.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(in crate::api) struct Comment(Vec<String>);

impl Comment {
    /// The comment of the element at this path of a file.
    pub(in crate::api) fn of(file: &FileDescriptorProto, path: &[i32]) -> Self {
        let locations = file.source_code_info.iter().flat_map(|info| &info.location);
        let mut here = locations.filter(|location| location.path == path);
        here.next()
            .map(|location| Self::parse(location.leading_comments()))
            .unwrap_or_default()
    }

    /// The comment of the main service.
    pub(in crate::api) fn of_service(contract: &Contract) -> Self {
        let mut services = contract.rpcs.iter().map(|rpc| rpc.method.parent_service());
        let service = services.find(|service| service.full_name() == SERVICE_NAME);
        service.map_or_else(Self::default, |service| {
            let file = service.parent_file();
            Self::of(file.file_descriptor_proto(), service.path())
        })
    }

    /// The comment of an RPC.
    pub(in crate::api) fn of_rpc(rpc: &Rpc) -> Self {
        let file = rpc.method.parent_file();
        Self::of(file.file_descriptor_proto(), rpc.method.path())
    }

    /// The comment of a field.
    pub(in crate::api) fn of_field(field: &FieldDescriptor) -> Self {
        Self::of(field.parent_file().file_descriptor_proto(), field.path())
    }

    fn parse(text: &str) -> Self {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let paragraphs = lines.split(|line| line.is_empty());
        Self(
            paragraphs
                .filter(|paragraph| !paragraph.is_empty())
                .map(|paragraph| paragraph.join(" "))
                .collect(),
        )
    }

    /// The first sentence.
    pub(in crate::api) fn summary(&self) -> &str {
        let first = self.0.first().map_or("", String::as_str);
        first.split_inclusive(". ").next().unwrap_or(first).trim()
    }

    /// The paragraphs, without the one that lists reasons.
    pub(in crate::api) fn paragraphs(&self) -> impl Iterator<Item = &str> {
        let all = self.0.iter().map(String::as_str);
        all.filter(|paragraph| !paragraph.starts_with(ERRORS))
    }

    /// The paragraphs as one text.
    pub(in crate::api) fn text(&self) -> String {
        self.paragraphs().collect::<Vec<_>>().join("\n\n")
    }

    /// The list of reasons.
    pub(in crate::api) fn errors(&self) -> &str {
        let mut all = self.0.iter();
        all.find_map(|paragraph| paragraph.strip_prefix(ERRORS))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_parsed_into_paragraphs() {
        let comment =
            Comment::parse(" Does it. At once,\n and well.\n\n More.\n\n Errors: A_B,\n C_D.\n");
        assert_eq!(comment.summary(), "Does it.");
        assert_eq!(comment.text(), "Does it. At once, and well.\n\nMore.");
        assert_eq!(comment.errors(), "A_B, C_D.");
        assert_eq!(Comment::parse("").summary(), "");
    }
}
