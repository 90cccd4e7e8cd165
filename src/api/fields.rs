//! Reads the fields of a request and collects all violations for one response.
//!
//! A violation names the field and what it must be; the two together are a sentence. A description
//! marks other fields that it names with backticks. It never repeats a value, since some values are
//! secrets, except a phone number as it was read.

use std::fmt::Display;
use std::str::FromStr;

use tonic_types::FieldViolation;

use super::Error;

/// Maximum violations in a response: errors are sent in headers, which many clients limit to 8 KiB.
const MAX_VIOLATIONS: usize = 24;

/// Maximum number of further fields that a message names. The details name all of them.
const MAX_NAMED_FIELDS: usize = 6;

/// The message of an error for these fields and their descriptions: the first violation, and the
/// names of the other fields. `None` if there are none.
pub(super) fn message(violations: &[(&str, &str)]) -> Option<String> {
    let ((first, description), rest) = violations.split_first()?;
    let mut others: Vec<&str> = Vec::new();
    for (field, _) in rest {
        if field != first && !others.contains(field) {
            others.push(field);
        }
    }
    let fields = match others.len() {
        0 => return Some(format!("{first} {description}")),
        1 => "1 more field".to_owned(),
        count => format!("{count} more fields"),
    };
    let end = if others.len() > MAX_NAMED_FIELDS {
        ", …"
    } else {
        ""
    };
    others.truncate(MAX_NAMED_FIELDS);
    let others = others.join(", ");
    Some(format!(
        "{first} {description} (and {fields}: {others}{end})"
    ))
}

/// Collects the violations of one request.
#[derive(Debug, Default)]
pub(super) struct Fields {
    violations: Vec<FieldViolation>,
}

impl Fields {
    /// Reads a request. `read` continues after a violation, and returns `None` if a value is
    /// missing because of one.
    pub(super) fn read<T>(
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Result<T, Vec<FieldViolation>> {
        let mut fields = Self::default();
        match read(&mut fields) {
            Some(request) if fields.is_empty() => Ok(request),
            _ => Err(fields.violations),
        }
    }

    /// Reads a request that needs no other checks than those of its fields.
    pub(super) fn collect<T>(read: impl FnOnce(&mut Self) -> Option<T>) -> Result<T, Error> {
        Self::read(read).map_err(Error::Fields)
    }

    /// Whether there are no violations so far.
    pub(super) fn is_empty(&self) -> bool {
        self.violations.is_empty()
    }

    /// Records that `field` is invalid; `fix` is what it must be.
    pub(super) fn refuse(&mut self, field: impl Into<String>, fix: impl Into<String>) {
        if self.violations.len() < MAX_VIOLATIONS {
            self.violations.push(FieldViolation::new(field, fix));
        }
    }

    /// A required field.
    pub(super) fn required<T>(&mut self, field: &str, text: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) if text.trim().is_empty() => {
                self.refuse(field, format!("is missing; it {error}"));
                None
            }
            Err(error) => {
                self.refuse(field, error.to_string());
                None
            }
        }
    }

    /// An optional field; `None` if it is empty.
    pub(super) fn optional<T>(&mut self, field: &str, text: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        if text.is_empty() {
            return None;
        }
        self.required(field, text)
    }

    /// A value of an enum of the contract, as the domain's `T`. `read` returns `None` for values
    /// that are not accepted; `names` are the accepted ones.
    pub(super) fn choice<V, T>(
        &mut self,
        field: &str,
        number: i32,
        read: impl FnOnce(V) -> Option<T>,
        names: &str,
    ) -> Option<T>
    where
        V: TryFrom<i32>,
    {
        let value = V::try_from(number).ok().and_then(read);
        if value.is_none() {
            self.refuse(field, format!("must be one of {names}"));
        }
        value
    }

    /// Free text of at most `max` characters.
    pub(super) fn text(&mut self, field: &str, text: &str, max: usize) -> String {
        // Control characters break lines of logs and terminals, and PostgreSQL stores no NUL.
        if text.chars().count() > max || text.chars().any(char::is_control) {
            self.refuse(
                field,
                format!("must be at most {max} characters, without control characters"),
            );
        }
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::WabaId;

    fn violations(read: impl FnOnce(&mut Fields)) -> Vec<(String, String)> {
        let collected = Fields::collect(|fields| {
            read(fields);
            Some(())
        });
        match collected {
            Ok(()) => Vec::new(),
            Err(Error::Fields(violations)) => violations
                .into_iter()
                .map(|violation| (violation.field, violation.description))
                .collect(),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn all_violations_are_collected() {
        let found = violations(|fields| {
            fields.required::<WabaId>("one", " ");
            fields.required::<WabaId>("two", "12a45");
            fields.optional::<WabaId>("three", "");
            fields.text("four", "a\nb", 9);
        });
        let fields: Vec<&str> = found.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["one", "two", "four"]);
        assert_eq!(
            found[0].1,
            "is missing; it must be Meta's numeric id: 5 to 32 digits"
        );
    }

    #[test]
    fn a_message_has_the_first_violation_and_the_names_of_the_other_fields() {
        assert_eq!(message(&[]), None);
        let mut violations = vec![("phone_number", "is too short for its country")];
        let first = "phone_number is too short for its country";
        assert_eq!(message(&violations).unwrap(), first);
        violations.extend([
            ("wait", "must be 0 to 60 seconds"),
            ("wait", "is given twice"),
        ]);
        let two = message(&violations).unwrap();
        assert_eq!(two, format!("{first} (and 1 more field: wait)"));
        violations.extend(["a", "b", "c", "d", "e", "f"].map(|field| (field, "is missing")));
        let many = message(&violations).unwrap();
        assert_eq!(
            many,
            format!("{first} (and 7 more fields: wait, a, b, c, d, e, …)")
        );
    }

    #[test]
    fn the_number_of_violations_is_limited() {
        let found = violations(|fields| {
            for at in 0..1000 {
                fields.refuse(format!("states[{at}]"), "must be something else");
            }
        });
        assert_eq!(found.len(), MAX_VIOLATIONS);
    }
}
