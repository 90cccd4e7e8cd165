//! The differences between our description and Meta's file that are right, each with the fact
//! behind it.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::compare::Difference;
use super::document::Document;

/// An accepted difference.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    /// The operations; absent: any.
    on: Option<OneOrMany>,
    what: String,
    at: OneOrMany,
    /// Ours, if present.
    #[serde(default)]
    ours: Value,
    /// Theirs, if present.
    #[serde(default)]
    theirs: Value,
    /// The fact that makes ours right.
    fact: String,
    #[serde(rename = "x-source")]
    source: OneOrMany,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// The list.
pub struct List(Vec<Row>);

impl List {
    pub fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract/differences.yaml");
        Self(serde_saphyr::from_str(&fs::read_to_string(path).unwrap()).unwrap())
    }

    /// A list without rows.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The sources of its rows.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|row| row.source.items())
    }

    /// Differences that are not listed, and rows without a difference.
    pub fn problems(&self, differences: &[Difference], theirs: &Document) -> Vec<String> {
        let unlisted = differences
            .iter()
            .filter(|difference| !self.0.iter().any(|row| row.is(difference)))
            .map(|difference| {
                let Difference {
                    on,
                    what,
                    at,
                    ours,
                    theirs,
                } = difference;
                format!("not listed: {on}: {what} at {at:?}: ours {ours}, theirs {theirs}")
            });
        let outlived = self.0.iter().flat_map(|row| {
            let missing = row.missing(differences, theirs);
            missing.map(move |place| {
                let Row { what, fact, .. } = row;
                format!("listed, but there is no such difference: {place}: {what}: {fact}")
            })
        });
        unlisted.chain(outlived).collect()
    }
}

impl Row {
    fn is(&self, difference: &Difference) -> bool {
        let on = self.on.as_ref().is_none_or(|on| on.has(&difference.on));
        on && self.at.has(&difference.at) && self.is_alike(difference)
    }

    fn is_alike(&self, difference: &Difference) -> bool {
        let Difference {
            what, ours, theirs, ..
        } = difference;
        *what == self.what && *ours == self.ours && *theirs == self.theirs
    }

    /// The places of the row that no difference shows: each place on each of its operations, or on
    /// one where it names none.
    fn missing(
        &self,
        differences: &[Difference],
        theirs: &Document,
    ) -> impl Iterator<Item = String> {
        let operations: Vec<Option<&str>> = match &self.on {
            Some(on) => on.items().map(Some).collect(),
            None => vec![None],
        };
        let mut missing = Vec::new();
        for at in self.at.items() {
            for on in &operations {
                let shows = |difference: &Difference| {
                    on.is_none_or(|on| on == difference.on)
                        && at == difference.at
                        && self.is_alike(difference)
                };
                let is_there = if self.what == "words" {
                    self.is_worded(at, theirs)
                } else {
                    differences.iter().any(shows)
                };
                if !is_there {
                    missing.push(format!("{} {at}", on.unwrap_or("any")));
                }
            }
        }
        missing.into_iter()
    }

    /// Whether Meta's file has these words at this JSON pointer: no schema holds them.
    fn is_worded(&self, pointer: &str, theirs: &Document) -> bool {
        let text = theirs.root().pointer(pointer).map(ToString::to_string);
        text.is_some_and(|text| text.contains(self.theirs.as_str().unwrap()))
    }
}

impl OneOrMany {
    fn items(&self) -> impl Iterator<Item = &str> {
        let items = match self {
            Self::One(item) => std::slice::from_ref(item),
            Self::Many(items) => items,
        };
        items.iter().map(String::as_str)
    }

    fn has(&self, item: &str) -> bool {
        self.items().any(|own| own == item)
    }
}
