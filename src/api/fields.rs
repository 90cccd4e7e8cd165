//! Reads the fields of a request and collects what is wrong with them, so that a caller learns all of it at once.
//!
//! A violation names the field and says what it must be. It never repeats a value, since some values are secrets; a phone number
//! alone is shown, as it was read.

use std::fmt::Display;
use std::str::FromStr;

use tonic_types::FieldViolation;

use super::Error;

/// No answer names more violations than these: an error travels in headers, and many clients take 8 KiB of those.
const MOST: usize = 24;

/// Collects the violations of one request.
#[derive(Debug, Default)]
pub(super) struct Fields {
    violations: Vec<FieldViolation>,
}

impl Fields {
    /// Reads a request. `read` continues after a violation, and returns `None` where a value is missing because of one.
    pub(super) fn read<T>(
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Result<T, Vec<FieldViolation>> {
        let mut fields = Self::default();
        match read(&mut fields) {
            Some(request) if fields.is_empty() => Ok(request),
            _ => Err(fields.violations),
        }
    }

    /// Reads a request whose fields are all that can be wrong with it.
    pub(super) fn collect<T>(read: impl FnOnce(&mut Self) -> Option<T>) -> Result<T, Error> {
        Self::read(read).map_err(Error::Fields)
    }

    /// Whether there are no violations so far.
    pub(super) fn is_empty(&self) -> bool {
        self.violations.is_empty()
    }

    /// Records that `field` is wrong; `fix` says what it must be.
    pub(super) fn refuse(&mut self, field: impl Into<String>, fix: impl Into<String>) {
        if self.violations.len() < MOST {
            self.violations.push(FieldViolation::new(field, fix));
        }
    }

    /// A field that must be there.
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

    /// A field that may be empty.
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

    /// A value of an enum of the contract, as the domain's `T`. `read` answers `None` for values that cannot be asked
    /// for; `names` are those that can.
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

    /// A text of the caller's own, of at most `most` characters.
    pub(super) fn text(&mut self, field: &str, text: &str, most: usize) -> String {
        // Control characters would break a line of a log or a terminal, and not every store can keep a NUL.
        if text.chars().count() > most || text.chars().any(char::is_control) {
            self.refuse(
                field,
                format!("must be at most {most} characters, without control characters"),
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
    fn all_violations_are_told_at_once() {
        let told = violations(|fields| {
            fields.required::<WabaId>("one", " ");
            fields.required::<WabaId>("two", "12a45");
            fields.optional::<WabaId>("three", "");
            fields.text("four", "a\nb", 9);
        });
        let fields: Vec<&str> = told.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["one", "two", "four"]);
        assert_eq!(
            told[0].1,
            "is missing; it must be Meta's numeric id: 5 to 32 digits"
        );
    }

    #[test]
    fn an_endless_list_of_violations_is_cut() {
        let told = violations(|fields| {
            for at in 0..1000 {
                fields.refuse(format!("states[{at}]"), "must be something else");
            }
        });
        assert_eq!(told.len(), MOST);
    }
}
