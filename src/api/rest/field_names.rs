//! The names of fields in errors, as the caller wrote them.
//!
//! Inside the service, a violation names its field as the contract does, and a text marks such a
//! name with backticks. JSON has two forms of each name, so an error over REST uses the form of the
//! caller: as it wrote the field, or else as it wrote the others; lowerCamelCase if it wrote none.

use std::collections::BTreeMap;

use crate::api::contract::Contract;

/// How a caller wrote the names of the fields of its request.
#[derive(Debug, Clone, Default)]
pub(super) struct FieldNames {
    /// Paths in the form of the contract, with the last name as it was written, where that is not
    /// lowerCamelCase.
    written: BTreeMap<String, String>,
    has_snake_case: bool,
    has_camel_case: bool,
}

impl FieldNames {
    /// Records that the last name of this path was written as `name`.
    pub(super) fn note(&mut self, path: &str, name: &str) {
        if name.contains('_') {
            self.has_snake_case = true;
            self.written.insert(path.to_owned(), name.to_owned());
        } else if name.contains(|c: char| c.is_ascii_uppercase()) {
            self.has_camel_case = true;
        }
    }

    /// Records that a header stands for this field.
    pub(super) fn note_header(&mut self, path: &str, header: &str) {
        let name = self.written.entry(path.to_owned());
        name.or_insert_with(|| header.to_owned());
    }

    /// A path of the contract, such as `cutover.not_before` or `labels["floor"]`, in the caller's
    /// form.
    pub(super) fn path(&self, contract: &Contract, path: &str) -> String {
        // A key or an index ends a path.
        let (names, rest) = path.split_at(path.find('[').unwrap_or(path.len()));
        let mut end = 0;
        let written = names.split('.').map(|name| {
            end += name.len();
            let written = names.get(..end).and_then(|path| self.written.get(path));
            end += 1;
            written.map_or_else(|| self.name(contract, name), String::as_str)
        });
        let written: Vec<&str> = written.collect();
        written.join(".") + rest
    }

    /// A text, with the fields that it names in the caller's form.
    pub(super) fn text(&self, contract: &Contract, text: &str) -> String {
        let last = text.matches('`').count();
        let parts = text.split('`').enumerate().map(|(at, part)| {
            let is_marked = at % 2 == 1 && at < last;
            if is_marked && contract.is_field_path(part) {
                self.path(contract, part)
            } else {
                part.to_owned()
            }
        });
        parts.collect::<Vec<_>>().join("`")
    }

    /// A name that the caller did not write.
    fn name<'a>(&self, contract: &'a Contract, name: &'a str) -> &'a str {
        if self.has_snake_case && !self.has_camel_case {
            name
        } else {
            contract.json_name(name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(names: &[(&str, &str)]) -> FieldNames {
        let mut fields = FieldNames::default();
        for (path, name) in names {
            fields.note(path, name);
        }
        fields
    }

    #[test]
    fn a_field_is_named_as_the_caller_wrote_it_or_as_it_wrote_the_others() {
        let contract = Contract::read().unwrap();
        let none = FieldNames::default();
        let camel = written(&[("phone_number", "phoneNumber"), ("wait", "wait")]);
        let snake = written(&[("phone_number", "phone_number")]);
        let mixed = written(&[
            ("phone_number", "phoneNumber"),
            ("cutover", "cutover"),
            ("cutover.not_before", "not_before"),
        ]);
        for (path, in_camel_case, in_snake_case, if_mixed) in [
            ("request_id", "requestId", "request_id", "requestId"),
            ("phone_number", "phoneNumber", "phone_number", "phoneNumber"),
            (
                "cutover.not_before",
                "cutover.notBefore",
                "cutover.not_before",
                "cutover.not_before",
            ),
            (
                "labels[\"a_b.c\"]",
                "labels[\"a_b.c\"]",
                "labels[\"a_b.c\"]",
                "labels[\"a_b.c\"]",
            ),
            ("states[0]", "states[0]", "states[0]", "states[0]"),
            (
                "Last-Event-ID",
                "Last-Event-ID",
                "Last-Event-ID",
                "Last-Event-ID",
            ),
            ("request_ids", "request_ids", "request_ids", "request_ids"),
        ] {
            assert_eq!(none.path(&contract, path), in_camel_case);
            assert_eq!(camel.path(&contract, path), in_camel_case);
            assert_eq!(snake.path(&contract, path), in_snake_case);
            assert_eq!(mixed.path(&contract, path), if_mixed);
        }
    }

    #[test]
    fn a_text_is_changed_only_where_it_marks_a_field() {
        let contract = Contract::read().unwrap();
        let names = FieldNames::default();
        let text = "phone_number: see `cutover.not_before`, `limits.calls_in_flight`, `RetryInfo` \
                    and `next_action";
        assert_eq!(
            names.text(&contract, text),
            "phone_number: see `cutover.notBefore`, `limits.calls_in_flight`, `RetryInfo` and \
             `next_action"
        );
    }

    #[test]
    fn a_field_that_a_header_stands_for_has_the_name_of_the_header() {
        let contract = Contract::read().unwrap();
        let mut names = FieldNames::default();
        names.note_header("request_id", "Idempotency-Key");
        assert_eq!(names.path(&contract, "request_id"), "Idempotency-Key");
    }
}
