//! The messages and enums that the page refers to.

use std::collections::BTreeMap;

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};

use super::super::comments::Comment;
use super::html::{code, escaped, paragraphs, prose, table};

/// The sections of the types that were referred to, by name.
#[derive(Debug, Default)]
pub(super) struct Types(BTreeMap<String, String>);

impl Types {
    /// All sections.
    pub(super) fn html(self) -> String {
        self.0.into_values().collect()
    }

    /// A link to a message.
    pub(super) fn of_message(&mut self, message: &MessageDescriptor) -> String {
        self.link(message.name(), |types| {
            let comment = Comment::of(message.parent_file_descriptor_proto(), message.path());
            let rows = fields(message, types, |_| None);
            (comment, table(["field", "type", "description"], &rows))
        })
    }

    /// A link to an enum.
    fn of_enum(&mut self, descriptor: &EnumDescriptor) -> String {
        self.link(descriptor.name(), |_| {
            let file = descriptor.parent_file_descriptor_proto();
            let rows = descriptor.values().map(|value| {
                let comment = Comment::of(file, value.path());
                [code(value.name()), prose(&comment.text())]
            });
            let rows: Vec<_> = rows.collect();
            let comment = Comment::of(file, descriptor.path());
            (comment, table(["value", "meaning"], &rows))
        })
    }

    /// A link to a type, with a section of this comment and table.
    fn link(&mut self, name: &str, section: impl FnOnce(&mut Self) -> (Comment, String)) -> String {
        let name = escaped(name);
        if !self.0.contains_key(&name) {
            // Reserved first, since it may refer to itself.
            self.0.insert(name.clone(), String::new());
            let (comment, table) = section(self);
            let about = paragraphs(comment.paragraphs());
            let section = format!("<h3 id=\"type-{name}\">{name}</h3>\n{about}{table}");
            self.0.insert(name.clone(), section);
        }
        format!("<a href=\"#type-{name}\">{name}</a>")
    }

    fn of(&mut self, field: &FieldDescriptor) -> String {
        match field.kind() {
            Kind::Message(entry) if field.is_map() => {
                let value = self.of_kind(&entry.map_entry_value_field().kind());
                format!("object of {value}")
            }
            kind if field.is_list() => format!("list of {}", self.of_kind(&kind)),
            kind => self.of_kind(&kind),
        }
    }

    fn of_kind(&mut self, kind: &Kind) -> String {
        let plain = match kind {
            Kind::Enum(descriptor) => return self.of_enum(descriptor),
            Kind::Message(descriptor) => match descriptor.full_name() {
                "google.protobuf.Timestamp" => "time",
                "google.protobuf.Duration" => "duration",
                _ => return self.of_message(descriptor),
            },
            Kind::Bool => "boolean",
            Kind::String => "string",
            Kind::Bytes => "string in base64",
            Kind::Double | Kind::Float => "number",
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 | Kind::Uint64 | Kind::Fixed64 => {
                "integer, as a string"
            }
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 | Kind::Uint32 | Kind::Fixed32 => "integer",
        };
        plain.to_owned()
    }
}

/// The rows of the fields of a message. `location` says where in a request each of them is.
pub(super) fn fields(
    message: &MessageDescriptor,
    types: &mut Types,
    location: impl Fn(&FieldDescriptor) -> Option<&'static str>,
) -> Vec<[String; 3]> {
    let row = |field: FieldDescriptor| {
        let comment = Comment::of_field(&field);
        let location = location(&field).map_or_else(String::new, |it| format!("<br>{it}"));
        let name = code(field.json_name());
        [
            format!("{name}{location}"),
            types.of(&field),
            prose(&comment.text()),
        ]
    };
    message.fields().map(row).collect()
}
