//! The messages and enums that requests and responses refer to.

use std::collections::BTreeMap;

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};

use crate::api::openapi::Comment;
use crate::api::pages::html::{code, link, paragraphs, prose, table};
use crate::api::pages::layout::{Content, Heading};

/// The types that were referred to.
#[derive(Debug, Default)]
pub(super) struct Types {
    /// The sections of messages, by name.
    messages: BTreeMap<String, String>,
    /// The sections of enums, by name.
    enums: BTreeMap<String, String>,
}

impl Types {
    /// The page of the types.
    pub(super) fn content(self) -> Content {
        let mut content = Content {
            title: "Types".to_owned(),
            html: "<p>The messages and enums of the <a href=\"reference\">API</a>, as JSON. gRPC has the \
                   same, with the field names of the contract.</p>\n"
                .to_owned(),
            headings: Vec::new(),
        };
        for (title, sections) in [("Messages", self.messages), ("Enums", self.enums)] {
            let group = Heading {
                is_minor: false,
                id: title.to_lowercase(),
                html: title.to_owned(),
            };
            content.html.push_str(&group.section());
            content.headings.push(group);
            for (name, section) in sections {
                let heading = Heading {
                    is_minor: true,
                    id: name.clone(),
                    html: name,
                };
                content.html.push_str(&heading.section());
                content.html.push_str(&section);
                content.headings.push(heading);
            }
        }
        content
    }

    /// A link to a message.
    fn of_message(&mut self, message: &MessageDescriptor) -> String {
        let name = message.name().to_owned();
        if !self.messages.contains_key(&name) {
            // Reserved first, since it may refer to itself.
            self.messages.insert(name.clone(), String::new());
            let comment = Comment::of(message.parent_file_descriptor_proto(), message.path());
            let rows = fields(message, self, |_| None);
            let about = paragraphs(comment.paragraphs());
            let section = about + &table(["field", "type", "description"], &rows);
            self.messages.insert(name.clone(), section);
        }
        to(&name)
    }

    /// A link to an enum.
    fn of_enum(&mut self, descriptor: &EnumDescriptor) -> String {
        let name = descriptor.name().to_owned();
        let section = self.enums.entry(name.clone());
        section.or_insert_with(|| {
            let file = descriptor.parent_file_descriptor_proto();
            let rows = descriptor.values().map(|value| {
                let comment = Comment::of(file, value.path());
                [code(value.name()), prose(&comment.text())]
            });
            let rows: Vec<_> = rows.collect();
            let about = Comment::of(file, descriptor.path());
            paragraphs(about.paragraphs()) + &table(["value", "meaning"], &rows)
        });
        to(&name)
    }

    fn of(&mut self, field: &FieldDescriptor) -> String {
        match field.kind() {
            Kind::Message(entry) if field.is_map() => {
                let value = self.of_kind(&entry.map_entry_value_field().kind());
                format!("object; each value: {value}")
            }
            kind if field.is_list() => format!("list of {}", self.of_kind(&kind)),
            kind => self.of_kind(&kind),
        }
    }

    fn of_kind(&mut self, kind: &Kind) -> String {
        let plain = match kind {
            Kind::Enum(descriptor) => return self.of_enum(descriptor),
            Kind::Message(descriptor) => match descriptor.full_name() {
                "google.protobuf.Timestamp" => "time, as in <code>2026-12-01T09:30:00Z</code>",
                "google.protobuf.Duration" => "duration, as in <code>1.5s</code>",
                _ => return self.of_message(descriptor),
            },
            Kind::Bool => "boolean",
            Kind::String => "string",
            Kind::Bytes => "string, base64",
            Kind::Double | Kind::Float => "number",
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 | Kind::Uint64 | Kind::Fixed64 => {
                "string with an integer, 64 bits"
            }
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 | Kind::Uint32 | Kind::Fixed32 => {
                "integer, 32 bits"
            }
        };
        plain.to_owned()
    }
}

/// A link to the section of a type.
fn to(name: &str) -> String {
    link(&format!("types#{name}"), name)
}

/// The rows of the fields of a message. `location` says where in a request each of them is.
pub(super) fn fields(
    message: &MessageDescriptor,
    types: &mut Types,
    location: impl Fn(&FieldDescriptor) -> Option<&'static str>,
) -> Vec<[String; 3]> {
    let row = |field: FieldDescriptor| {
        let comment = Comment::of_field(&field);
        let location = location(&field).map_or_else(String::new, |it| {
            format!(" <span class=\"where\">in the {it}</span>")
        });
        let name = code(field.json_name());
        [
            format!("{name}{location}"),
            types.of(&field),
            prose(&comment.text()),
        ]
    };
    message.fields().map(row).collect()
}
