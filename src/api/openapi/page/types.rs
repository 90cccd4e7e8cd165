//! The messages and enums that the page refers to.

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};

use super::html::{code, escaped, paragraphs, prose, table};
use crate::api::openapi::comments::Comment;

/// What was referred to, in the order in which it was met.
#[derive(Debug, Default)]
pub(super) struct Types {
    met: Vec<String>,
    sections: Vec<String>,
}

impl Types {
    /// The sections about all of them.
    pub(super) fn html(self) -> String {
        self.sections.concat()
    }

    /// A link to a message.
    pub(super) fn of_message(&mut self, message: &MessageDescriptor) -> String {
        let name = message.name();
        if let Some(at) = self.first_met(name) {
            let comment = Comment::of(message.parent_file_descriptor_proto(), message.path());
            let rows = fields(message, self, |_| None);
            self.put(
                at,
                name,
                &comment,
                &table(["field", "type", "what it is"], &rows),
            );
        }
        link(name)
    }

    fn of_enum(&mut self, descriptor: &EnumDescriptor) -> String {
        let name = descriptor.name();
        if let Some(at) = self.first_met(name) {
            let file = descriptor.parent_file_descriptor_proto();
            let comment = Comment::of(file, descriptor.path());
            let rows = descriptor.values().map(|value| {
                let comment = Comment::of(file, value.path());
                [code(value.name()), prose(&comment.text())]
            });
            let rows: Vec<_> = rows.collect();
            let rows = table(["value", "what it means"], &rows);
            self.put(at, name, &comment, &rows);
        }
        link(name)
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
            Kind::Bool => "true or false",
            Kind::String => "text",
            Kind::Bytes => "text in base64",
            Kind::Double | Kind::Float => "number",
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 | Kind::Uint64 | Kind::Fixed64 => {
                "whole number, as a text"
            }
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 | Kind::Uint32 | Kind::Fixed32 => {
                "whole number"
            }
        };
        plain.to_owned()
    }

    /// Where its section goes, where it has none yet.
    fn first_met(&mut self, name: &str) -> Option<usize> {
        if self.met.iter().any(|met| met == name) {
            return None;
        }
        self.met.push(name.to_owned());
        self.sections.push(String::new());
        self.sections.len().checked_sub(1)
    }

    fn put(&mut self, at: usize, name: &str, comment: &Comment, rows: &str) {
        if let Some(section) = self.sections.get_mut(at) {
            let (name, about) = (escaped(name), paragraphs(comment.paragraphs()));
            *section = format!("<h3 id=\"type-{name}\">{name}</h3>\n{about}{rows}");
        }
    }
}

/// The rows of a message's fields; `place` says where each is, where that is to be said.
pub(super) fn fields(
    message: &MessageDescriptor,
    types: &mut Types,
    place: impl Fn(&FieldDescriptor) -> Option<&'static str>,
) -> Vec<[String; 3]> {
    let file = message.parent_file_descriptor_proto();
    let row = |field: FieldDescriptor| {
        let comment = Comment::of(file, field.path());
        let place = place(&field).map_or_else(String::new, |place| format!("<br>{place}"));
        let name = code(field.json_name());
        [
            format!("{name}{place}"),
            types.of(&field),
            prose(&comment.text()),
        ]
    };
    // In the order of the contract.
    message.fields().map(row).collect()
}

fn link(name: &str) -> String {
    let name = escaped(name);
    format!("<a href=\"#type-{name}\">{name}</a>")
}
