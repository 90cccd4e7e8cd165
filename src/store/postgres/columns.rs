//! Records as columns: a statement that writes many takes an array for each column.

use std::borrow::Cow;

use sqlx::postgres::{PgArguments, Postgres};
use sqlx::query::Query;
use uuid::Uuid;

use super::rows::count;
use super::time::Time;
use crate::migration::GraphCall;
use crate::store::record::Record;

/// The documents of migrations.
pub(super) struct Texts<'a> {
    pub(super) documents: Vec<Cow<'a, str>>,
}

/// The new events of migrations.
pub(super) struct EventColumns<'a> {
    migrations: Vec<Uuid>,
    sequences: Vec<i64>,
    calls: Vec<Option<&'static str>>,
    times: Vec<Time>,
    documents: Vec<Cow<'a, str>>,
}

impl<'a> Texts<'a> {
    pub(super) fn of(records: impl Iterator<Item = &'a Record>) -> Self {
        Self {
            documents: records.map(|record| storable(&record.document)).collect(),
        }
    }
}

impl<'a> EventColumns<'a> {
    pub(super) fn of(records: impl Iterator<Item = &'a Record>) -> Self {
        let mut columns = Self {
            migrations: Vec::new(),
            sequences: Vec::new(),
            calls: Vec::new(),
            times: Vec::new(),
            documents: Vec::new(),
        };
        for record in records {
            for (event, document) in &record.events {
                columns.migrations.push(record.migration.id.uuid());
                columns.sequences.push(count(event.sequence));
                let call = event.kind.call_sent().map(GraphCall::as_str);
                columns.calls.push(call);
                columns.times.push(Time(event.at));
                columns.documents.push(storable(document));
            }
        }
        columns
    }

    /// Hands them to a statement, in the order migration, sequence, call, time, document.
    pub(super) fn bind(
        self,
        query: Query<'_, Postgres, PgArguments>,
    ) -> Query<'_, Postgres, PgArguments> {
        query
            .bind(self.migrations)
            .bind(self.sequences)
            .bind(self.calls)
            .bind(self.times)
            .bind(
                self.documents
                    .iter()
                    .map(AsRef::as_ref)
                    .collect::<Vec<&str>>(),
            )
    }
}

/// A document as `jsonb` takes it. It takes any text but one with the character NUL in it, and Meta's words are kept as they
/// came: there it becomes the character that stands for one that could not be shown.
fn storable(document: &str) -> Cow<'_, str> {
    const NUL: &str = "\\u0000";
    if !document.contains(NUL) {
        return Cow::Borrowed(document);
    }
    let mut kept = String::with_capacity(document.len());
    let mut rest = document;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        kept.push_str(before);
        // An escape is a backslash and at least one more character, all of them ASCII.
        let (escape, after) = if let Some(after) = escape.strip_prefix(NUL) {
            ("\\ufffd", after)
        } else {
            escape.split_at_checked(2).unwrap_or((escape, ""))
        };
        kept.push_str(escape);
        rest = after;
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_keeps_everything_but_nul() {
        for (text, kept) in [
            ("plain \\ \" é \n", "plain \\ \" é \n"),
            ("a\0b\0", "a\u{fffd}b\u{fffd}"),
            ("\\u0000 \\\0 \\\\u0000", "\\u0000 \\\u{fffd} \\\\u0000"),
        ] {
            let document = serde_json::to_string(text).unwrap();
            let read: String = serde_json::from_str(&storable(&document)).unwrap();
            assert_eq!(read, kept, "{document}");
        }
    }
}
