//! The errors that our description has.

use serde::Deserialize;
use serde_json::Value;

use super::document::Document;

/// One meaning of an error.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    pub code: i64,
    pub subcode: Option<i64>,
    /// Its HTTP statuses.
    pub status: Vec<u16>,
    on: On,
    pub meaning: String,
    /// Texts of this meaning; empty: any text.
    #[serde(default)]
    texts: Vec<String>,
    #[serde(rename = "inferred")]
    _inferred: Option<String>,
    /// The sandbox does not return it in this test.
    #[serde(default)]
    pub absent: bool,
    #[serde(rename = "x-source")]
    _source: Value,
}

/// The operations that return an error.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum On {
    /// `any`.
    All(String),
    /// These ids.
    These(Vec<String>),
}

/// The rows of our description.
pub fn of(document: &Document) -> Vec<Row> {
    let rows: Vec<Row> = serde_json::from_value(document.file("errors.yaml").clone()).unwrap();
    for row in &rows {
        match &row.on {
            On::All(word) => assert_eq!(word, "any", "{row:?}"),
            On::These(ids) => {
                for id in ids {
                    let known = document.operations().any(|operation| operation.id() == id);
                    assert!(known, "{id} is no operation: {row:?}");
                }
            }
        }
    }
    rows
}

impl Row {
    /// Whether the operation with this id may return it.
    pub fn is_of(&self, operation: &str) -> bool {
        match &self.on {
            On::All(_) => true,
            On::These(ids) => ids.iter().any(|id| id == operation),
        }
    }

    /// `100/2388103`.
    pub fn name(&self) -> String {
        name(self.code, self.subcode)
    }

    /// Whether an error has one of its texts, or it has no texts.
    pub fn is_said_by(&self, error: &Value) -> bool {
        let says = |text: &String| texts_of(error).iter().any(|own| own.contains(text));
        self.texts.is_empty() || self.texts.iter().any(says)
    }
}

/// A code and its subcode, if it has one.
pub fn name(code: i64, subcode: Option<i64>) -> String {
    subcode.map_or_else(|| code.to_string(), |subcode| format!("{code}/{subcode}"))
}

fn texts_of(error: &Value) -> Vec<&str> {
    [
        &error["message"],
        &error["error_user_title"],
        &error["error_user_msg"],
        &error["error_data"],
        &error["error_data"]["details"],
    ]
    .into_iter()
    .filter_map(Value::as_str)
    .collect()
}
